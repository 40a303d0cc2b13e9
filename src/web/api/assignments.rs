//! Who cares for whom: the administrator's list, and a doctor handing on.

use crate::store::assignment::Wanted;
use crate::store::milliseconds;
use crate::web::guard::Clearance;
use crate::web::openings;
use crate::web::request::{Answered, Asked, json, json_with};
use crate::web::status::Refusal;
use axum::http::StatusCode;
use interval_core::access::{
    Assignment, AssignmentId, AssignmentState, By, Permit, PersonId, Source,
};
use interval_core::patient::PatientPseudonym;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Assignments on one page.
const PAGE_MAX: u64 = 1_000;

/// A page of assignments.
#[derive(Serialize, JsonSchema)]
pub struct AssignmentPage {
    total: usize,
    assignments: Vec<AssignmentDto>,
}

/// An assignment on a screen. The patient appears by pseudonym.
#[derive(Serialize, JsonSchema)]
pub struct AssignmentDto {
    assignment: i32,
    person: String,
    patient: String,
    from_ms: i64,
    until_ms: Option<i64>,
    revoked_ms: Option<i64>,
    state: &'static str,
    made_by: Option<String>,
    delegated_from: Option<i32>,
}

/// Who is to care for whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssignment {
    person: String,
    patient: Option<String>,
    patient_id: Option<String>,
    #[serde(default)]
    patient_id_issuer: String,
    from_ms: Option<i64>,
    until_ms: Option<i64>,
}

/// Whom an assignment is handed on to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDelegation {
    /// Whose assignment; the gate reads it.
    #[serde(rename = "patient")]
    _patient: String,
    to: String,
    until_ms: Option<i64>,
}

/// `GET /api/v1/assignments`
pub async fn list(asked: Asked) -> Answered {
    let offset = asked.number("offset", 0, u64::from(u32::MAX))? as usize;
    let limit = asked.number("limit", 200, PAGE_MAX)? as usize;
    let all = asked.door.host.store.all_assignments().await?;
    let page = all.iter().skip(offset).take(limit);
    let assignments = page.map(|assignment| dto(assignment, asked.now)).collect();
    json(&AssignmentPage { total: all.len(), assignments })
}

/// `POST /api/v1/assignments`
pub async fn make(asked: Asked) -> Answered {
    let wish: NewAssignment = asked.json()?;
    let wanted = Wanted {
        person: named(&wish.person)?,
        patient: patient(&asked, &wish).await?,
        from: moment(wish.from_ms)?.unwrap_or(asked.now),
        until: moment(wish.until_ms)?,
    };
    let made = asked.door.host.store.assign(permit(&asked)?, &wanted, asked.now).await?;
    json_with(StatusCode::CREATED, &dto(&made, asked.now))
}

/// `POST /api/v1/assignments/{assignment}/end`
pub async fn end(asked: Asked) -> Answered {
    let number = AssignmentId(asked.parsed("assignment")?);
    let ended = asked.door.host.store.revoke(permit(&asked)?, number, asked.now).await?;
    json(&dto(&ended, asked.now))
}

/// `POST /api/v1/delegations`: the caller hands their own assignment on.
pub async fn delegate(asked: Asked) -> Answered {
    let wish: NewDelegation = asked.json()?;
    let (to, until) = (named(&wish.to)?, moment(wish.until_ms)?);
    let made = asked.door.host.store.delegate(asked.grant()?, &to, until, asked.now).await?;
    json_with(StatusCode::CREATED, &dto(&made, asked.now))
}

/// The permit of a duty.
pub(super) fn permit(asked: &Asked) -> Result<&Permit, Refusal> {
    match &asked.clearance {
        Clearance::Duty(permit) => Ok(permit),
        _ => Err(Refusal::Forbidden),
    }
}

async fn patient(asked: &Asked, wish: &NewAssignment) -> Result<PatientPseudonym, Refusal> {
    let found = match (&wish.patient, &wish.patient_id) {
        (Some(pseudonym), None) => pseudonym.parse().ok(),
        (None, Some(id)) => openings::exact_for(asked, (id, &wish.patient_id_issuer)).await?,
        _ => return Err(Refusal::Invalid("Name the patient once.".into())),
    };
    found.ok_or(Refusal::Forbidden)
}

fn named(text: &str) -> Result<PersonId, Refusal> {
    text.parse().map_err(|_| Refusal::Invalid("A person is written ISSUER#SUBJECT.".into()))
}

fn moment(ms: Option<i64>) -> Result<Option<SystemTime>, Refusal> {
    let Some(ms) = ms else { return Ok(None) };
    // Up to the year 9999, as DICOM and everybody else writes it.
    let within = u64::try_from(ms).ok().filter(|ms| *ms <= 253_402_300_799_999);
    let ms = within.ok_or_else(|| Refusal::Invalid("A time is in ms since 1970.".into()))?;
    Ok(Some(UNIX_EPOCH + Duration::from_millis(ms)))
}

fn dto(assignment: &Assignment, now: SystemTime) -> AssignmentDto {
    let (made_by, delegated_from) = match &assignment.source {
        Source::Made(by @ By::Person(_)) => (Some(by.to_string()), None),
        Source::Made(By::Operator) => (None, None),
        Source::Delegated(of) => (Some(of.person.to_string()), Some(of.id.0)),
    };
    AssignmentDto {
        assignment: assignment.id.0,
        person: assignment.person.to_string(),
        patient: assignment.patient.to_string(),
        from_ms: milliseconds(assignment.from),
        until_ms: assignment.until.map(milliseconds),
        revoked_ms: assignment.revoked.map(milliseconds),
        state: match assignment.state(now) {
            AssignmentState::Planned => "planned",
            AssignmentState::Active => "active",
            AssignmentState::Over => "over",
            AssignmentState::Revoked => "revoked",
        },
        made_by,
        delegated_from,
    }
}
