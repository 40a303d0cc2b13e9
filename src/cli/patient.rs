//! `interval patient`: patients by pseudonym, made one, or destroyed.

use super::user::permitted;
use super::{Ended, Failure, Place, fail, refused_by_store, write_json};
use crate::store::Store;
use crate::store::vault::{Entry, Journal};
use clap::{Args, Subcommand};
use interval_core::access::{Action as Right, Grant, Policy, Principal, Standing, decide};
use interval_core::digest::Digest;
use interval_core::fault::Fault;
use interval_core::patient::PatientPseudonym;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

/// Look at the patients of the node, make two of them one, or destroy one's data.
///
/// A patient is written as pseudonym (p...) or as code (64 digits), as the list shows; `find` gives
/// the pseudonym for an id of the hospital. Names are never shown here.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval patient list --data /var/lib/interval\n  \
                        printf '4711\\n' | interval patient find --issuer WARD\n  \
                        interval patient merge p0a1... p77c...\n  \
                        interval patient shred p0a1... --yes")]
pub struct PatientCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the patients, the first seen first.
    List,
    /// Show one patient.
    Show {
        /// Pseudonym or code.
        patient: Named,
    },
    /// Find the pseudonym for an id of the hospital, read from standard input: it stays out of the
    /// shell's memory.
    Find {
        /// Issuer of the id, where the hospital sends one.
        #[arg(long, default_value = "")]
        issuer: String,
    },
    /// Make one patient part of another: studies, results and assignments go over, and the
    /// hospital's id of the first leads to the second. It cannot be undone.
    Merge {
        /// Who turned out to be the other: pseudonym or code.
        from: Named,
        /// Who stays: pseudonym or code.
        into: Named,
    },
    /// Destroy the key of a patient, and with it everything that the node holds of them. It cannot
    /// be undone.
    Shred {
        /// Pseudonym or code.
        patient: Named,
        /// Yes, destroy it.
        #[arg(long)]
        yes: bool,
    },
}

/// How an operator writes a patient.
#[derive(Debug, Clone, Copy)]
enum Named {
    Pseudonym(PatientPseudonym),
    Code(Digest),
}

/// The text is neither.
#[derive(Debug)]
struct NotNamed;

impl fmt::Display for NotNamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither a pseudonym (p and 32 digits) nor a code (64 digits)")
    }
}

impl std::error::Error for NotNamed {}

impl FromStr for Named {
    type Err = NotNamed;
    fn from_str(text: &str) -> Result<Self, NotNamed> {
        let pseudonym = text.parse().map(Self::Pseudonym).ok();
        pseudonym.or_else(|| text.parse().map(Self::Code).ok()).ok_or(NotNamed)
    }
}

/// A merge, for machines.
#[derive(Debug, Serialize)]
struct Merged {
    from: String,
    into: String,
    journal: Journal,
}

impl PatientCommand {
    pub(super) async fn run(self) -> Ended {
        let store = self.place.store().await?;
        let json = self.place.json.as_deref();
        let now = SystemTime::now();
        match self.action {
            Action::List => {
                let permit = permitted(Right::Oversee, now)?;
                let entries = store.roster(&permit, now).await.map_err(refused_by_store)?;
                if json.is_none() {
                    entries.iter().for_each(print);
                }
                write_json(json, &entries)
            }
            Action::Show { patient } => {
                let grant = grant(&store, patient, now).await?;
                let entry = store.entry(&grant, now).await.map_err(refused_by_store)?;
                if json.is_none() {
                    print(&entry);
                    entry.codes.iter().for_each(|code| println!("    code {code}"));
                }
                write_json(json, &entry)
            }
            Action::Find { issuer } => {
                let id = std::io::read_to_string(std::io::stdin()).map_err(Failure::failed)?;
                let id = id.trim_end_matches(['\r', '\n']);
                let patient = store.found(id, &issuer, now).await.map_err(refused_by_store)?;
                if json.is_none() {
                    println!("{patient}");
                }
                write_json(json, &patient.to_string())
            }
            Action::Merge { from, into } => {
                let (from, into) =
                    (grant(&store, from, now).await?, grant(&store, into, now).await?);
                let journal = store.merge(&from, &into, now).await.map_err(refused_by_store)?;
                let (from, into) = (from.patient().to_string(), into.patient().to_string());
                if json.is_none() {
                    println!("{from} is part of {into} now");
                }
                warn(journal);
                write_json(json, &Merged { from, into, journal })
            }
            Action::Shred { patient, yes } => {
                let grant = grant(&store, patient, now).await?;
                if !yes {
                    let entry = store.entry(&grant, now).await.map_err(refused_by_store)?;
                    return Err(Failure::refused(would_be_lost(&entry)));
                }
                let shred = store.shred(&grant, now).await.map_err(refused_by_store)?;
                if json.is_none() {
                    println!("{} was destroyed: {} objects", grant.patient(), shred.objects);
                }
                if shred.left > 0 {
                    eprintln!(
                        "note: {} files could not be removed; nobody can open them",
                        shred.left
                    );
                }
                warn(shred.journal);
                write_json(json, &shred)
            }
        }
    }
}

fn would_be_lost(entry: &Entry) -> String {
    format!(
        "{} and the images, results, assessments and assignments of {} studies would be lost for \
         ever, here and in every copy of the objects; reports that were sent to the archive stay \
         there. A backup of the database from before opens them still, with its master key. Say \
         --yes if that is meant",
        entry.patient, entry.studies
    )
}

fn warn(journal: Journal) {
    if journal == Journal::Busy {
        eprintln!("note: the database is busy; its journal is cleared when the node stops");
    }
}

/// The operator's grant for a patient.
async fn grant(store: &Store, named: Named, now: SystemTime) -> Result<Grant, Failure> {
    let patient = match named {
        Named::Pseudonym(patient) => patient,
        Named::Code(code) => store.coded(code).await.map_err(refused_by_store)?,
    };
    let (operator, standing) = (Principal::Operator, Standing::none(patient));
    decide(&Policy::house(), &operator, &standing, Right::Maintain, now)
        .map_err(|denied| fail(Fault::Refused)(denied))
}

fn print(entry: &Entry) {
    let Entry { patient, codes, master, studies, assignments } = entry;
    println!(
        "{patient}  {studies} studies  {assignments} assignments  {} ids  under {master}",
        codes.len()
    );
}
