//! `interval study`: what the node holds.

use super::{Ended, fail, write_json};
use crate::node::open_store;
use clap::{Args, Subcommand};
use interval_core::fault::Fault;
use std::path::PathBuf;

/// Look at the studies that the node holds.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval study list --data /var/lib/interval --json -")]
pub struct StudyCommand {
    #[command(subcommand)]
    action: Action,
    /// Folder of the node.
    #[arg(long, default_value = "interval-data", global = true)]
    data: PathBuf,
    /// Write the result for machines here; `-` is standard output.
    #[arg(long, global = true)]
    json: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List studies with their instances by modality.
    List,
}

impl StudyCommand {
    pub(super) async fn run(self) -> Ended {
        let Action::List = self.action;
        let store = open_store(&self.data).await.map_err(fail(Fault::Unavailable))?;
        let holdings = store.holdings().await.map_err(fail(Fault::Unavailable))?;
        if self.json.is_none() {
            for holding in &holdings {
                let kinds: Vec<_> =
                    holding.by_modality.iter().map(|(m, n)| format!("{m} {n}")).collect();
                println!(
                    "{}  {}  {}  {}",
                    holding.study,
                    holding.date,
                    holding.state,
                    kinds.join(", ")
                );
            }
        }
        write_json(self.json.as_deref(), &holdings)
    }
}
