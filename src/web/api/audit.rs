//! The audit log, read and verified by the auditor.

use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::audit::record::Record;
use interval_core::fault::Fault;
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// Records on one page.
const PAGE_MAX: u64 = 500;

/// A page of the audit log.
#[derive(Serialize, JsonSchema)]
pub struct AuditPage {
    /// How many records the log has.
    total: u64,
    records: Vec<RecordDto>,
}

/// A record on a screen; of one that cannot be read only the place is said.
#[derive(Serialize, JsonSchema, Default)]
pub struct RecordDto {
    place: i64,
    readable: bool,
    at_ms: i64,
    actor: String,
    action: &'static str,
    resource: &'static str,
    resource_id: String,
    patient: Option<String>,
    outcome: &'static str,
    detail: &'static str,
    count: Option<u32>,
    trace: Option<String>,
}

/// `GET /api/v1/audit`: from a place on; without one, the newest.
pub async fn list(asked: Asked) -> Answered {
    let store = &asked.door.host.store;
    let total = store.audit_size().await?;
    let limit = asked.number("limit", 100, PAGE_MAX)?;
    let from = asked.number("from", total.saturating_sub(limit), u64::from(u32::MAX))?;
    let rows = store.audit_rows(Some(from), limit as usize).await?;
    let records = rows.iter().map(|row| {
        let record = row.record.as_deref().and_then(|bytes| Record::parse(bytes).ok());
        record.map_or_else(|| RecordDto { place: row.place, ..Default::default() }, dto)
    });
    json(&AuditPage { total, records: records.collect() })
}

fn dto(record: Record) -> RecordDto {
    let event = record.event;
    RecordDto {
        place: record.index as i64,
        readable: true,
        at_ms: event.at_ms,
        actor: event.actor.to_string(),
        action: event.action.as_str(),
        resource: event.resource.kind(),
        resource_id: event.resource.id(),
        patient: event.patient.map(|patient| patient.to_string()),
        outcome: event.outcome.as_str(),
        detail: event.detail.as_str(),
        count: event.count,
        trace: event.trace.map(|trace| trace.to_string()),
    }
}

/// `GET /api/v1/audit/verify`: the whole log against its checkpoints. One at a time: it reads
/// every record.
pub async fn verify(asked: Asked) -> Answered {
    let door = &asked.door;
    let Ok(_only) = door.verifying.try_lock() else {
        return Err(Refusal::TooMany(Duration::from_secs(30)));
    };
    let verdict = (door.host.verify_log)().await;
    json(&verdict.map_err(|what| Refusal::failed(Fault::Unavailable, what))?)
}
