//! Broken glass: a patient's data in an emergency, and the judgement afterwards.

use super::assignments::permit;
use crate::store::milliseconds;
use crate::web::request::{Answered, Asked, json, json_with};
use crate::web::status::Refusal;
use axum::http::StatusCode;
use interval_core::access::{BREAK_GLASS_MAX, BreakGlass, BreakGlassId, EmergencyReason, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tracing::warn;

/// A wish to see a patient in an emergency.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEmergency {
    // The gate finds the patient by one of these.
    #[serde(rename = "patient")]
    _patient: Option<String>,
    #[serde(rename = "patient_id")]
    _patient_id: Option<String>,
    #[serde(default, rename = "patient_id_issuer")]
    _patient_id_issuer: String,
    reason: String,
    minutes: Option<u64>,
}

/// What is thought of an emergency afterwards.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    verdict: String,
}

/// Emergencies that wait for a judgement.
#[derive(Serialize, JsonSchema)]
pub struct Cases {
    cases: Vec<CaseDto>,
}

/// One emergency.
#[derive(Serialize, JsonSchema)]
pub struct CaseDto {
    case: i32,
    person: String,
    patient: String,
    reason: String,
    from_ms: i64,
    until_ms: i64,
    verdict: Option<&'static str>,
    notice: &'static str,
}

/// What the screen says beside it.
const NOTICE: &str = "Emergency access is recorded and will be reviewed.";

impl From<&BreakGlass> for CaseDto {
    fn from(case: &BreakGlass) -> Self {
        Self {
            case: case.id.0,
            person: case.person.to_string(),
            patient: case.patient.to_string(),
            reason: case.reason.as_str().to_owned(),
            from_ms: milliseconds(case.from),
            until_ms: milliseconds(case.ends()),
            verdict: case.review.as_ref().map(|review| review.verdict.as_str()),
            notice: NOTICE,
        }
    }
}

/// `POST /api/v1/break-glass`
pub async fn open(asked: Asked) -> Answered {
    let wish: NewEmergency = asked.json()?;
    let reason: EmergencyReason =
        wish.reason.parse().map_err(|error| Refusal::Invalid(format!("{error}.")))?;
    let life = wish.minutes.map_or(BREAK_GLASS_MAX, |minutes| {
        Duration::from_secs(minutes.saturating_mul(60)).min(BREAK_GLASS_MAX)
    });
    let store = &asked.door.host.store;
    let case = store.break_glass(asked.grant()?, &reason, life, asked.now).await?;
    warn!(id = %asked.id, case = case.id.0, patient = %case.patient, "glass was broken");
    json_with(StatusCode::CREATED, &CaseDto::from(&case))
}

/// `GET /api/v1/break-glass/pending`
pub async fn pending(asked: Asked) -> Answered {
    let cases = asked.door.host.store.pending_reviews().await?;
    json(&Cases { cases: cases.iter().map(CaseDto::from).collect() })
}

/// `POST /api/v1/break-glass/{case}/review`
pub async fn review(asked: Asked) -> Answered {
    let judge: Judgement = asked.json()?;
    let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == judge.verdict);
    let verdict =
        verdict.ok_or_else(|| Refusal::Invalid("It is justified or unjustified.".into()))?;
    let number = BreakGlassId(asked.parsed("case")?);
    let store = &asked.door.host.store;
    let case = store.review(permit(&asked)?, number, verdict, asked.now).await?;
    json(&CaseDto::from(&case))
}
