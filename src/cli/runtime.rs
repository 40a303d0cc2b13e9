//! `interval runtime`: the inference runtime.

use super::{Ended, fail};
use crate::runtime;
use clap::{Args, Subcommand};
use interval_core::fault::Fault;
use std::path::PathBuf;

/// Install the inference runtime.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval runtime install --data /var/lib/interval")]
pub struct RuntimeCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Take the pinned ONNX Runtime from its Python wheel, check it, keep it in the data folder.
    Install {
        /// Folder of the node.
        #[arg(long, default_value = "interval-data")]
        data: PathBuf,
        /// The Python whose pip fetches the wheel.
        #[arg(long, default_value = "python3")]
        python: String,
    },
}

impl RuntimeCommand {
    pub(super) fn run(self) -> Ended {
        let Action::Install { data, python } = self.action;
        let library = runtime::install(&data, &python).map_err(fail(Fault::Unavailable))?;
        println!("{}", library.display());
        Ok(())
    }
}
