//! The program: parses the command line, runs one command, ends with its exit code.

use clap::Parser;
use interval::cli::{Cli, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Cli::parse())
}
