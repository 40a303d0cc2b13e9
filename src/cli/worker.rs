//! `interval worker`: started by the node, never by a person.

use super::{Ended, Failure};
use crate::pipeline::worker::{self, Limits};
use clap::Args;
use std::path::PathBuf;

/// Compute one stage: reads a request from standard input, answers on standard output.
#[derive(Debug, Args)]
pub struct Worker {
    /// Folder of the objects.
    #[arg(long)]
    objects: PathBuf,
    /// Threads for computing.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Address space in MiB.
    #[arg(long, default_value_t = 8192)]
    memory_mib: u64,
}

impl Worker {
    pub(super) fn run(self) -> Ended {
        let Self { objects, threads, memory_mib } = self;
        worker::main(&Limits { objects, threads, memory_mib }).map_err(Failure::failed)
    }
}
