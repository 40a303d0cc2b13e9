//! `interval statement`: the DICOM Conformance Statement.

use super::{Ended, Failure};
use clap::Args;
use std::path::PathBuf;

/// Write the DICOM Conformance Statement (PS3.2 Annex N), from the tables that this program uses.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval statement --out conformance/STATEMENT.md")]
pub struct Statement {
    /// File to write; standard output when not given.
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Statement {
    pub(super) fn run(&self) -> Ended {
        let text = crate::statement::statement();
        match &self.out {
            None => print!("{text}"),
            Some(path) => std::fs::write(path, text).map_err(|error| {
                Failure::failed(format!("cannot write {}: {error}", path.display()))
            })?,
        }
        Ok(())
    }
}
