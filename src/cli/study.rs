//! `interval study`: what the node holds.

use super::{Ended, Place, fail, write_json};
use clap::{Args, Subcommand};
use interval_core::fault::Fault;

/// Look at the studies that the node holds.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval study list --data /var/lib/interval --json -")]
pub struct StudyCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List studies with their instances by modality.
    List,
}

impl StudyCommand {
    pub(super) async fn run(self) -> Ended {
        let Action::List = self.action;
        let store = self.place.store().await?;
        let holdings = store.holdings().await.map_err(fail(Fault::Unavailable))?;
        if self.place.json.is_none() {
            for holding in &holdings {
                let kinds: Vec<_> =
                    holding.by_modality.iter().map(|(m, n)| format!("{m} {n}")).collect();
                println!(
                    "{}  {}  {}  {}",
                    holding.study,
                    holding.patient,
                    holding.state,
                    kinds.join(", ")
                );
            }
        }
        write_json(self.place.json.as_deref(), &holdings)
    }
}
