//! Which records are meant, and reading them: for lists and for exports.

use super::super::{Ended, Failure, fail, write_json};
use crate::store::Store;
use clap::Args;
use interval_core::audit::AuditEvent;
use interval_core::audit::record::Record;
use interval_core::audit::words::Action as Did;
use interval_core::fault::Fault;
use interval_core::patient::PatientPseudonym;
use serde::Serialize;
use std::path::Path;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Records that are read at one time.
const BATCH: usize = 10_000;

/// Which records.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Only this action: read, receive, sign-in, ...
    #[arg(long)]
    action: Option<String>,
    /// Only this actor, as listed: "peer ORTHANC", "job 3", "operator", ...
    #[arg(long)]
    actor: Option<String>,
    /// Only this patient, by pseudonym.
    #[arg(long)]
    patient: Option<String>,
    /// Only what was done to this thing: a UID, a pseudonym, a number.
    #[arg(long)]
    resource: Option<String>,
    /// Only from this time on, as 2026-11-25T04:00:00Z.
    #[arg(long)]
    since: Option<String>,
    /// From this record on.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// At most so many.
    #[arg(long)]
    limit: Option<usize>,
}

/// A record for machines.
#[derive(Debug, Serialize)]
struct Listed {
    record: u64,
    at: String,
    actor: String,
    action: &'static str,
    resource: &'static str,
    id: String,
    patient: Option<String>,
    outcome: &'static str,
    detail: &'static str,
    count: Option<u32>,
    trace: Option<String>,
}

/// The filter, parsed.
struct Filter {
    action: Option<Did>,
    actor: Option<String>,
    patient: Option<PatientPseudonym>,
    resource: Option<String>,
    since_ms: i64,
}

impl Filter {
    fn of(which: &Which) -> Result<Self, Failure> {
        let time = |text: &String| OffsetDateTime::parse(text, &Rfc3339).map_err(Failure::refused);
        let since = which.since.as_ref().map(time).transpose()?;
        Ok(Self {
            action: which
                .action
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(Failure::refused)?,
            actor: which.actor.clone(),
            patient: which
                .patient
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(Failure::refused)?,
            resource: which.resource.clone(),
            since_ms: since
                .map_or(i64::MIN, |time| (time.unix_timestamp_nanos() / 1_000_000) as i64),
        })
    }

    fn takes(&self, event: &AuditEvent) -> bool {
        self.action.is_none_or(|action| action == event.action)
            && self.actor.as_ref().is_none_or(|actor| *actor == event.actor.to_string())
            && self.patient.is_none_or(|patient| Some(patient) == event.patient)
            && self.resource.as_ref().is_none_or(|id| *id == event.resource.id())
            && event.at_ms >= self.since_ms
    }
}

/// Goes through the records that are meant, a batch at a time.
pub(super) struct Reader<'a> {
    store: &'a Store,
    filter: Filter,
    next: u64,
    left: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(store: &'a Store, which: &Which) -> Result<Self, Failure> {
        let left = which.limit.unwrap_or(usize::MAX);
        Ok(Self { store, filter: Filter::of(which)?, next: which.from, left })
    }

    /// The next of them; `None` at the end of the log.
    pub(super) async fn batch(&mut self) -> Result<Option<Vec<Record>>, Failure> {
        let rows = self.store.audit_rows(Some(self.next), BATCH).await;
        let rows = rows.map_err(fail(Fault::Unavailable))?;
        let Some(last) = rows.last() else { return Ok(None) };
        if self.left == 0 {
            return Ok(None);
        }
        self.next = last.place as u64 + 1;
        let mut records = Vec::new();
        for row in &rows {
            let bytes = row.record.as_deref().unwrap_or_default();
            let record = Record::parse(bytes)
                .map_err(|e| Failure::failed(format!("record {}: {e}", row.place)))?;
            if self.filter.takes(&record.event) && records.len() < self.left {
                records.push(record);
            }
        }
        self.left -= records.len();
        Ok(Some(records))
    }
}

/// Lists them for people, or for machines.
pub(super) async fn list(store: &Store, which: &Which, json: Option<&Path>) -> Ended {
    let mut reader = Reader::new(store, which)?;
    let mut listed = Vec::new();
    while let Some(records) = reader.batch().await? {
        for record in records {
            let line = listing(&record);
            if json.is_none() {
                println!(
                    "{:>8}  {}  {:<20}  {:<11}  {} {}  {} {}",
                    line.record,
                    line.at,
                    line.actor,
                    line.action,
                    line.resource,
                    line.id,
                    line.outcome,
                    line.detail
                );
            } else {
                listed.push(line);
            }
        }
    }
    write_json(json, &listed)
}

fn listing(record: &Record) -> Listed {
    let event = &record.event;
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(event.at_ms) * 1_000_000);
    Listed {
        record: record.index,
        at: at.ok().and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default(),
        actor: event.actor.to_string(),
        action: event.action.as_str(),
        resource: event.resource.kind(),
        id: event.resource.id(),
        patient: event.patient.map(|patient| patient.to_string()),
        outcome: event.outcome.as_str(),
        detail: event.detail.as_str(),
        count: event.count,
        trace: event.trace.map(|trace| trace.to_string()),
    }
}
