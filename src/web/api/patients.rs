//! The worklist, one patient, and one study: what a doctor reads.

use super::jobs::JobDto;
use crate::store::milliseconds;
use crate::store::record::AssessmentRecord;
use crate::store::study::StudyEntry;
use crate::store::worklist::{Wish, WorklistRow};
use crate::web::openings::{self, Shown};
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::access::Ground;
use interval_core::fault::Fault;
use interval_core::patient::PatientPseudonym;
use interval_core::uid::StudyUid;
use schemars::JsonSchema;
use serde::Serialize;

/// Patients on one page.
const PAGE_MAX: u64 = 100;

/// Characters of a search: names and ids are shorter.
const SEARCH_CHARS_MAX: usize = 64;

/// A page of the worklist.
#[derive(Serialize, JsonSchema)]
pub struct PatientPage {
    total: u64,
    patients: Vec<PatientRow>,
}

/// One patient of the worklist.
#[derive(Serialize, JsonSchema)]
pub struct PatientRow {
    patient: String,
    identity: Option<Shown>,
    studies: u64,
    newest_study_date: String,
    last_arrival_ms: i64,
    job: Option<JobDto>,
}

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

/// `GET /api/v1/patients`: those of the caller's panel; `search`, `offset`, `limit`.
pub async fn list(asked: Asked) -> Answered {
    let panel = asked.panel()?;
    let host = &asked.door.host;
    let only = match asked.parameter("search").map(str::trim).filter(|text| !text.is_empty()) {
        None => None,
        Some(text) if text.chars().count() > SEARCH_CHARS_MAX => {
            let most = SEARCH_CHARS_MAX;
            return Err(Refusal::Invalid(format!("A search has up to {most} characters.")));
        }
        Some(text) => {
            let mut found = openings::search(&asked, text).await?;
            found.extend(text.parse::<PatientPseudonym>());
            Some(found)
        }
    };
    let offset = asked.number("offset", 0, u64::from(u32::MAX))?;
    let limit = asked.number("limit", 50, PAGE_MAX)?;
    let list = host.store.worklist(panel, &Wish { only, offset, limit }).await?;
    let patients: Vec<_> = list.rows.iter().map(|row| row.patient).collect();
    let identities = openings::of_rows(&asked, panel, &patients).await?;
    let row = |(row, identity): (WorklistRow, Option<Shown>)| PatientRow {
        patient: row.patient.to_string(),
        identity,
        studies: row.studies,
        newest_study_date: row.newest_study_date,
        last_arrival_ms: row.last_arrival_ms,
        job: row.job.as_ref().map(JobDto::from),
    };
    let patients = list.rows.into_iter().zip(identities).map(row).collect();
    json(&PatientPage { total: list.total, patients })
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
async fn held(asked: &Asked) -> Result<Vec<StudyDto>, Refusal> {
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
