//! `interval audit`: who did what, and whether the log of it is still whole.

mod export;
mod reading;

use super::{Ended, Failure, Place, fail, write_json};
use crate::audit::notary::Notary;
use crate::audit::verify::{Evidence, Finding, Verdict, Wrong, verify};
use crate::audit::{AuditConfig, AuditError, source};
use crate::store::Store;
use crate::store::audit::now_ms;
use clap::{Args, Subcommand};
use export::Export;
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action as Did, Actor, Resource};
use interval_core::fault::Fault;
use reading::{Which, list};
use std::path::{Path, PathBuf};

/// Look at the audit log, check it, sign it, give it to others.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval audit list --action read --json -\n  \
                        interval audit verify --checkpoints /mnt/auditor/checkpoints \
                        --public-key /mnt/auditor/audit.pub\n  \
                        interval audit export --format fhir --out events.ndjson")]
pub struct AuditCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List records, the oldest first.
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Check every record and every checkpoint; name the first bad record.
    Verify {
        /// A file of checkpoints that was kept elsewhere; the hashes are looked for beside it.
        #[arg(long)]
        checkpoints: Vec<PathBuf>,
        /// The public key as the auditor keeps it; else the one in the data folder is believed.
        #[arg(long)]
        public_key: Option<PathBuf>,
    },
    /// Sign the log as it is now.
    Checkpoint {
        /// Keep the checkpoint and the hashes in this folder too.
        #[arg(long)]
        second_place: Option<PathBuf>,
    },
    /// Write records in the form of other systems.
    Export(Export),
}

impl AuditCommand {
    pub(super) async fn run(self) -> Ended {
        let data = &self.place.data;
        let store = self.place.store().await?;
        let json = self.place.json.as_deref();
        match self.action {
            Action::List { which } => {
                // Who looks into the log is itself part of it.
                let event = AuditEvent::new(now_ms(), Actor::Operator, Did::Query, Resource::Log);
                store.audit(&event).await.map_err(fail(Fault::Unavailable))?;
                list(&store, &which, json).await
            }
            Action::Verify { checkpoints, public_key } => {
                let verdict = check(&store, data, &checkpoints, public_key).await?;
                write_json(json, &verdict)?;
                say(&verdict)
            }
            Action::Checkpoint { second_place } => {
                let config = AuditConfig { second_place, ..Default::default() };
                let notary = Notary::open(data, &config).map_err(failure)?;
                let note = notary.checkpoint(&store).await.map_err(failure)?;
                print!("{note}");
                Ok(())
            }
            Action::Export(export) => {
                let source = source(data);
                let count = export.run(&store, &source).await?;
                // Who takes the log away is itself part of it.
                let event = AuditEvent::new(now_ms(), Actor::Operator, Did::Export, Resource::Log)
                    .with_count(u32::try_from(count).unwrap_or(u32::MAX));
                store.audit(&event).await.map_err(fail(Fault::Unavailable))?;
                eprintln!("{count} records");
                Ok(())
            }
        }
    }
}

fn failure(error: AuditError) -> Failure {
    Failure { fault: error.fault(), message: crate::pipeline::sentence(&error) }
}

async fn check(
    store: &Store,
    data: &Path,
    checkpoints: &[PathBuf],
    public_key: Option<PathBuf>,
) -> Result<Verdict, Failure> {
    if let Some(absent) = checkpoints.iter().find(|file| !file.exists()) {
        return Err(Failure::refused(format!("there is no {}", absent.display())));
    }
    let evidence = Evidence::gather(data, checkpoints, public_key.as_deref()).map_err(failure)?;
    verify(store, evidence).await.map_err(failure)
}

/// Says the verdict to the person at the terminal.
fn say(verdict: &Verdict) -> Ended {
    for complaint in &verdict.complaints {
        eprintln!("{complaint}");
    }
    let Verdict { records, anchored, checkpoints, .. } = verdict;
    eprintln!("{records} records good, {anchored} of them under {checkpoints} checkpoints met");
    if *anchored < *records {
        let rest = records - anchored;
        eprintln!(
            "the last {rest} records are not signed yet: the database alone vouches for them"
        );
    }
    match &verdict.first_bad {
        Some(finding) => Err(Failure::failed(sentence(finding))),
        None if verdict.complaints.is_empty() => Ok(()),
        None => Err(Failure::failed("the records are good, but not every checkpoint is")),
    }
}

/// The finding in words.
fn sentence(finding: &Finding) -> String {
    let Finding { record, up_to, wrong } = finding;
    match wrong {
        Wrong::Altered => format!("record {record} was altered"),
        Wrong::Missing => format!("record {record} is missing"),
        Wrong::Reordered => format!("record {record} was exchanged for another one of the log"),
        Wrong::Inserted => format!("record {record} was inserted later"),
        Wrong::Truncated => format!("the log was cut: records {record} to {up_to} are missing"),
        Wrong::Rewritten => format!(
            "the log was rewritten: the first bad record is one of {record} to {up_to} (the hashes \
             kept beside the checkpoints would tell which)"
        ),
    }
}
