//! The worklist: the caller's patients, with what was found last of each.

use super::jobs::JobDto;
use crate::store::newest::Newest;
use crate::store::record::AssessmentRecord;
use crate::store::worklist::{Order, Standing, Wish, WorklistRow};
use crate::web::openings::{self, Shown};
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::assessment::Assessment;
use interval_core::job::JobState;
use interval_core::patient::PatientPseudonym;
use interval_core::review::ReviewState;
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
    state: State,
    assessed: Option<Assessed>,
}

/// How far the newest study of a patient is, in the words of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Images came; nothing was begun.
    Received,
    /// Work is waiting or under way.
    Analysing,
    /// A human must look before it goes on.
    Held,
    /// A machine failed.
    Failed,
    /// No human has signed the result.
    Preliminary,
    /// A human signed it as it was found.
    Verified,
    /// A human signed it with corrections.
    Amended,
    /// A human said that it must not be used.
    Rejected,
}

/// What was found last.
#[derive(Serialize, JsonSchema)]
pub struct Assessed {
    /// Its study.
    study: String,
    /// Date of that study.
    date: Option<String>,
    /// When it was found.
    made_ms: i64,
    /// The criteria that the response is by.
    criteria: Option<String>,
    /// CR, PR, SD or PD; nothing when it cannot be said.
    response: Option<String>,
    /// Whether the response is more than its images: treatment, steroids and state are known.
    is_overall: bool,
    /// Whole tumour.
    volume_cm3: f64,
    /// Its change since the reference.
    change_cm3: Option<f64>,
    /// The same in per cent, where that means something.
    change_percent: Option<f64>,
    /// What the change may be off by.
    noise_cm3: Option<f64>,
    /// What it is compared with.
    versus: Option<&'static str>,
    /// How much a person should know beside it.
    doubts: usize,
}

/// `GET /api/v1/patients`: those of the caller's panel; `search`, `state`, `sort`, `offset`,
/// `limit`.
pub async fn list(asked: Asked) -> Answered {
    let panel = asked.panel()?;
    let store = &asked.door.host.store;
    let list = store.worklist(panel, &wish(&asked).await?).await?;
    let patients: Vec<_> = list.rows.iter().map(|row| row.patient).collect();
    let identities = openings::of_rows(&asked, panel, &patients).await?;
    let mut newest = store.newest_of(panel, &patients).await?;
    let row = |(row, identity): (WorklistRow, Option<Shown>)| {
        let found = newest.remove(&row.patient);
        let review = found.as_ref().and_then(|newest| newest.review);
        PatientRow {
            patient: row.patient.to_string(),
            identity,
            studies: row.studies,
            newest_study_date: row.newest_study_date,
            last_arrival_ms: row.last_arrival_ms,
            state: State::of(row.job.as_ref().map(|job| job.state), review),
            job: row.job.as_ref().map(JobDto::from),
            assessed: found.as_ref().and_then(Assessed::of),
        }
    };
    let patients = list.rows.into_iter().zip(identities).map(row).collect();
    json(&PatientPage { total: list.total, patients })
}

async fn wish(asked: &Asked) -> Result<Wish, Refusal> {
    let only = match asked.parameter("search").map(str::trim).filter(|text| !text.is_empty()) {
        None => None,
        Some(text) if text.chars().count() > SEARCH_CHARS_MAX => {
            let most = SEARCH_CHARS_MAX;
            return Err(Refusal::Invalid(format!("A search has up to {most} characters.")));
        }
        Some(text) => {
            let mut found = openings::search(asked, text).await?;
            found.extend(text.parse::<PatientPseudonym>());
            Some(found)
        }
    };
    let standing = match asked.parameter("state").filter(|text| !text.is_empty()) {
        None => None,
        Some("received") => Some(Standing::Untouched),
        Some("analysing") => Some(Standing::Job(vec![JobState::Pending, JobState::Running])),
        Some("held") => Some(Standing::Job(vec![JobState::Held])),
        Some("failed") => Some(Standing::Job(vec![JobState::Failed])),
        Some("preliminary") => Some(Standing::Unsigned),
        Some("verified") => Some(Standing::Signed(ReviewState::Verified)),
        Some("amended") => Some(Standing::Signed(ReviewState::Amended)),
        Some("rejected") => Some(Standing::Signed(ReviewState::Rejected)),
        Some(_) => return Err(Refusal::Invalid("There is no such state.".into())),
    };
    let order = match asked.parameter("sort").filter(|text| !text.is_empty()) {
        None | Some("arrival") => Order::Arrival,
        Some("oldest") => Order::Oldest,
        Some(_) => return Err(Refusal::Invalid("The order is arrival or oldest.".into())),
    };
    let offset = asked.number("offset", 0, u64::from(u32::MAX))?;
    let limit = asked.number("limit", 50, PAGE_MAX)?;
    Ok(Wish { only, standing, order, offset, limit })
}

impl State {
    fn of(job: Option<JobState>, review: Option<ReviewState>) -> Self {
        match job {
            None | Some(JobState::Superseded | JobState::Cancelled) => Self::Received,
            Some(JobState::Pending | JobState::Running) => Self::Analysing,
            Some(JobState::Held) => Self::Held,
            Some(JobState::Failed) => Self::Failed,
            Some(JobState::Completed) => match review {
                Some(ReviewState::Verified) => Self::Verified,
                Some(ReviewState::Amended) => Self::Amended,
                Some(ReviewState::Rejected) => Self::Rejected,
                None | Some(ReviewState::Preliminary | ReviewState::Superseded) => {
                    Self::Preliminary
                }
            },
        }
    }
}

impl Assessed {
    /// The record in one line; nothing where nothing was measured or it cannot be read: its own
    /// page says why.
    pub(super) fn of(newest: &Newest) -> Option<Self> {
        let record = AssessmentRecord::parse(newest.record.as_bytes()).ok()?;
        let headline = Assessment::try_from(&record).ok()?.headline()?;
        let verdict = record.verdicts.iter().find(|verdict| verdict.imaging.is_some());
        let change = headline.change.as_ref();
        Some(Self {
            study: newest.study.to_string(),
            date: headline.date.map(|date| date.to_string()),
            made_ms: newest.made_ms,
            criteria: verdict.map(|verdict| verdict.criteria.clone()),
            response: verdict.and_then(|v| v.overall.clone().or_else(|| v.imaging.clone())),
            is_overall: verdict.is_some_and(|verdict| verdict.overall.is_some()),
            volume_cm3: headline.volume.0,
            change_cm3: change.map(|change| change.difference.0),
            change_percent: change.and_then(|change| change.percent).map(|percent| percent.0),
            noise_cm3: change.map(|change| change.noise.0),
            versus: change.map(|change| change.versus.as_str()),
            doubts: record.doubts.len(),
        })
    }
}
