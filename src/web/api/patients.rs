//! One patient, and one study: what a doctor reads.

use super::jobs::JobDto;
use crate::store::milliseconds;
use crate::store::record::AssessmentRecord;
use crate::store::study::StudyEntry;
use crate::web::openings::{self, Shown};
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::access::Ground;
use interval_core::fault::Fault;
use interval_core::uid::StudyUid;
use schemars::JsonSchema;
use serde::Serialize;

/// One patient.
#[derive(Serialize, JsonSchema)]
pub struct PatientDto {
    patient: String,
    identity: Option<Shown>,
    /// What the access rests on: the screen shows a banner when it is an emergency.
    access: &'static str,
    access_ends_ms: i64,
    studies: Vec<StudyDto>,
}

/// A study of a patient.
#[derive(Serialize, JsonSchema)]
pub struct StudyDto {
    study: String,
    date: String,
    state: String,
}

/// The studies of a patient.
#[derive(Serialize, JsonSchema)]
pub struct Studies {
    studies: Vec<StudyDto>,
}

/// One study: its jobs, and what was found.
#[derive(Serialize, JsonSchema)]
pub struct StudyPage {
    study: String,
    patient: String,
    jobs: Vec<JobDto>,
    /// What the newest finished job found.
    assessment: Option<AssessmentRecord>,
}

impl From<StudyEntry> for StudyDto {
    fn from(entry: StudyEntry) -> Self {
        Self { study: entry.uid.to_string(), date: entry.study_date, state: entry.state }
    }
}

/// `GET /api/v1/patients/{patient}`
pub async fn show(asked: Asked) -> Answered {
    let grant = asked.grant()?;
    let studies = held(&asked).await?;
    json(&PatientDto {
        patient: grant.patient().to_string(),
        identity: openings::of(&asked, grant).await?,
        access: match grant.ground() {
            Ground::Assigned(_) => "assigned",
            Ground::Delegated(_) => "delegated",
            Ground::BrokenGlass(_) => "emergency",
            Ground::Configured | Ground::Lease | Ground::Nothing => "configured",
        },
        access_ends_ms: milliseconds(grant.expires()),
        studies,
    })
}

/// `GET /api/v1/patients/{patient}/studies`
pub async fn studies(asked: Asked) -> Answered {
    json(&Studies { studies: held(&asked).await? })
}

/// The studies of the grant's patient. Of whom there is none is not there: who may see everybody
/// learns no more than who may see nobody.
pub(super) async fn held(asked: &Asked) -> Result<Vec<StudyDto>, Refusal> {
    let studies = asked.door.host.store.studies(asked.grant()?).await?;
    if studies.is_empty() {
        return Err(Refusal::Forbidden);
    }
    Ok(studies.into_iter().map(StudyDto::from).collect())
}

/// `GET /api/v1/studies/{study}`: its jobs, and what was found.
pub async fn study(asked: Asked) -> Answered {
    let store = &asked.door.host.store;
    let (grant, uid) = (asked.grant()?, asked.parsed::<StudyUid>("study")?);
    let jobs = store.jobs_of(grant, &uid).await?;
    let mut assessment = None;
    for job in &jobs {
        if let Some(text) = store.assessment(job.id).await? {
            let record = AssessmentRecord::parse(text.as_bytes());
            let record = record.map_err(|error| Refusal::failed(Fault::Defect, error))?;
            assessment = Some(record);
            break;
        }
    }
    json(&StudyPage {
        study: uid.to_string(),
        patient: grant.patient().to_string(),
        jobs: jobs.iter().map(JobDto::from).collect(),
        assessment,
    })
}
