//! `interval study`: what the node holds, and an operator's word on it.

use super::{Ended, Place, fail, refused_by_store, write_json};
use clap::{Args, Subcommand};
use interval_core::completeness::Because;
use interval_core::fault::Fault;
use interval_core::uid::StudyUid;
use serde_json::json;

/// What a study's evidence says when somebody wants it analysed again.
const REPLAYED: &str = "somebody asked for it again";

/// Look at the studies that the node holds, and say that one is complete.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interval study list --data /var/lib/interval --json -
  interval study settle 1.2.840.113619.2.1.7 --data /var/lib/interval")]
pub struct StudyCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List studies with their instances by modality, and why each counts as complete.
    List,
    /// Say that a study is complete although it is still waited for: its analysis begins.
    Settle {
        /// Study Instance UID.
        study: StudyUid,
    },
    /// Analyse a study again that is complete already: its earlier results are superseded.
    Replay {
        /// Study Instance UID.
        study: StudyUid,
    },
}

impl StudyCommand {
    pub(super) async fn run(self) -> Ended {
        match &self.action {
            Action::List => self.list().await,
            Action::Settle { study } => self.force(study, &Because::Forced.to_string()).await,
            Action::Replay { study } => self.force(study, REPLAYED).await,
        }
    }

    async fn list(&self) -> Ended {
        let store = self.place.store().await?;
        let holdings = store.holdings().await.map_err(fail(Fault::Unavailable))?;
        if self.place.json.is_none() {
            for holding in &holdings {
                let kinds: Vec<_> =
                    holding.by_modality.iter().map(|(m, n)| format!("{m} {n}")).collect();
                println!(
                    "{}  {}  {}  {}  {}",
                    holding.study,
                    holding.patient,
                    holding.state,
                    kinds.join(", "),
                    holding.evidence,
                );
            }
        }
        write_json(self.place.json.as_deref(), &holdings)
    }

    async fn force(&self, study: &StudyUid, evidence: &str) -> Ended {
        let store = self.place.store().await?;
        let settled = store.force(study, evidence).await.map_err(refused_by_store)?;
        println!("{study}: a job begins for its state {}", settled.revision);
        let said = json!({ "study": study.to_string(), "revision": settled.revision });
        write_json(self.place.json.as_deref(), &said)
    }
}
