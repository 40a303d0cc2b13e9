//! `interval assign`: which people are in the care of which patients.

use super::user::permitted;
use super::{Ended, Failure, Place, fail, refused_by_store, stamp, write_json};
use crate::store::assignment::{HandOn, Wanted};
use crate::store::{Store, StoreError};
use clap::{Args, Subcommand};
use interval_core::access::{
    Action as Right, Assignment, AssignmentId, AssignmentState, By, PersonId, Source,
};
use interval_core::fault::Fault;
use interval_core::patient::PatientPseudonym;
use serde::Serialize;
use std::time::SystemTime;

/// Say which people are in the care of which patients, from when until when.
///
/// A person is written ISSUER#SUBJECT, as `interval user list` shows; a patient by pseudonym; a
/// time as 2026-12-31 or 2026-12-31T18:00:00Z, always UTC.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval assign list --patient p0a1...\n  \
                        interval assign add 'https://id.example#2482' p0a1... --until 2026-12-31\n  \
                        interval assign delegate 3 'https://id.example#7703' --until 2026-12-01\n  \
                        interval assign end 3")]
pub struct AssignCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List assignments, the newest first.
    List {
        /// Only those of this person: ISSUER#SUBJECT.
        #[arg(long)]
        person: Option<PersonId>,
        /// Only those to this patient: a pseudonym.
        #[arg(long)]
        patient: Option<PatientPseudonym>,
    },
    /// Assign a person to a patient.
    Add {
        /// ISSUER#SUBJECT.
        person: PersonId,
        /// The patient's pseudonym.
        patient: PatientPseudonym,
        /// From when on; now when not given.
        #[arg(long, value_parser = stamp::parse)]
        from: Option<SystemTime>,
        /// Until when, not included; without an end when not given.
        #[arg(long, value_parser = stamp::parse)]
        until: Option<SystemTime>,
    },
    /// End an assignment now, and whatever was handed on from it.
    End {
        /// Number of the assignment.
        assignment: i32,
    },
    /// Hand an assignment on to a colleague, for the person who has it.
    Delegate {
        /// Number of the assignment.
        assignment: i32,
        /// To whom: ISSUER#SUBJECT.
        to: PersonId,
        /// Until when, not included; never after the assignment's own end.
        #[arg(long, value_parser = stamp::parse)]
        until: Option<SystemTime>,
    },
}

/// An assignment for machines.
#[derive(Debug, Serialize)]
struct AssignmentRecord {
    id: i32,
    person: String,
    patient: String,
    state: &'static str,
    from: String,
    until: Option<String>,
    revoked: Option<String>,
    made_by: String,
    delegated_from: Option<i32>,
}

fn record(assignment: &Assignment, now: SystemTime) -> AssignmentRecord {
    let (made_by, delegated_from) = match &assignment.source {
        Source::Made(By::Operator) => ("operator".to_owned(), None),
        Source::Made(By::Person(by)) => (by.to_string(), None),
        Source::Delegated(of) => (of.person.to_string(), Some(of.id.0)),
    };
    AssignmentRecord {
        id: assignment.id.0,
        person: assignment.person.to_string(),
        patient: assignment.patient.to_string(),
        state: assignment.state(now).as_str(),
        from: stamp::show(assignment.from),
        until: assignment.ends().map(stamp::show),
        revoked: assignment.revoked.map(stamp::show),
        made_by,
        delegated_from,
    }
}

impl AssignCommand {
    pub(super) async fn run(self) -> Ended {
        let store = self.place.store().await?;
        let json = self.place.json.as_deref();
        let now = SystemTime::now();
        if let Action::List { person, patient } = &self.action {
            permitted(Right::Oversee, now)?;
            let found = list(&store, person.as_ref(), *patient).await;
            let found = found.map_err(fail(Fault::Unavailable))?;
            let records: Vec<_> = found.iter().map(|found| record(found, now)).collect();
            if json.is_none() {
                records.iter().for_each(print_line);
            }
            return write_json(json, &records);
        }
        let changed = change(&store, self.action, now).await?;
        let record = record(&changed, now);
        if json.is_none() {
            print_line(&record);
        }
        if changed.state(now) != AssignmentState::Revoked {
            let user = store.user(&changed.person).await.map_err(fail(Fault::Unavailable))?;
            if user.is_none_or(|user| user.seen.is_none()) {
                eprintln!("note: {} has never signed in here", changed.person);
            }
        }
        write_json(json, &record)
    }
}

async fn list(
    store: &Store,
    person: Option<&PersonId>,
    patient: Option<PatientPseudonym>,
) -> Result<Vec<Assignment>, StoreError> {
    let mut found = match (person, patient) {
        (Some(person), _) => store.assignments_of(person).await?,
        (None, Some(patient)) => store.assignments_to(patient).await?,
        (None, None) => store.all_assignments().await?,
    };
    found.retain(|assignment| patient.is_none_or(|patient| assignment.patient == patient));
    Ok(found)
}

async fn change(store: &Store, action: Action, now: SystemTime) -> Result<Assignment, Failure> {
    let permit = permitted(Right::Administer, now)?;
    let changed = match action {
        Action::List { .. } => return Err(Failure::failed("a list changes nothing")),
        Action::Add { person, patient, from, until } => {
            let wanted = Wanted { person, patient, from: from.unwrap_or(now), until };
            store.assign(&permit, &wanted, now).await
        }
        Action::End { assignment } => store.revoke(&permit, AssignmentId(assignment), now).await,
        Action::Delegate { assignment, to, until } => {
            let wanted = HandOn { assignment: AssignmentId(assignment), to, until };
            store.hand_on(&permit, &wanted, now).await
        }
    };
    changed.map_err(refused_by_store)
}

fn print_line(assignment: &AssignmentRecord) {
    let AssignmentRecord { id, person, patient, state, from, until, .. } = assignment;
    let until = until.as_deref().unwrap_or("without end");
    let handed_on = match assignment.delegated_from {
        Some(of) => format!("  handed on from {of}"),
        None => String::new(),
    };
    println!("{id:>5}  {state:<8}  {patient}  {person}  {from} to {until}{handed_on}");
}
