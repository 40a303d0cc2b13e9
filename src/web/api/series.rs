//! Which series of a study is which: what the rule says, and a person's word on it.

use crate::store::StoreError;
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::assessment::Doubt;
use interval_core::fault::Fault;
use interval_core::role::{self, CONFIDENCE_MIN, SeriesRole};
use interval_core::study::Study;
use interval_core::uid::{SeriesUid, StudyUid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The series of a study.
#[derive(Serialize, JsonSchema)]
pub struct SeriesPage {
    pub(super) series: Vec<SeriesDto>,
    /// Roles that an analysis needs and no series has, or more than one.
    pub(super) needs: Vec<&'static str>,
}

/// One series.
#[derive(Serialize, JsonSchema)]
pub struct SeriesDto {
    series: String,
    description: String,
    /// What it shows; nothing when that is unsure.
    role: Option<&'static str>,
    /// What speaks for it, or what is to be said by a person.
    why: String,
    images: usize,
    assigned_by_human: bool,
    /// Whether it takes part in an analysis.
    used: bool,
}

/// What a series shows; nothing takes an earlier word back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Word {
    role: Option<String>,
}

impl Word {
    /// The role, in our words.
    pub(super) fn role(&self) -> Result<Option<SeriesRole>, Refusal> {
        let parsed = self.role.as_deref().map(str::parse).transpose();
        parsed.map_err(|error| Refusal::Invalid(format!("{error}.")))
    }
}

impl SeriesPage {
    /// What is said of the series of a study, with what a person assigned.
    pub(super) fn of(study: &Study, assigned: &[(SeriesUid, SeriesRole)]) -> Self {
        let choice = role::choose_with(study, assigned);
        let series = study.series.iter().map(|series| {
            let by_person = assigned.iter().any(|(uid, _)| *uid == series.uid);
            let found = choice.identified.iter().find(|found| found.series == series.uid);
            let sure = found.filter(|found| by_person || found.confidence >= CONFIDENCE_MIN);
            let asked = choice.doubts.iter().filter(|doubt| is_about(doubt, &series.uid));
            let evidence = found.iter().flat_map(|found| found.evidence.iter().cloned());
            let why: Vec<_> = asked.map(ToString::to_string).chain(evidence).collect();
            let description = series.acquisition().map(|of| of.series_description.clone());
            SeriesDto {
                series: series.uid.to_string(),
                description: description.unwrap_or_default(),
                role: sure.map(|found| found.role.as_str()),
                why: why.join("; "),
                images: series.instances.len(),
                assigned_by_human: by_person,
                used: choice.channels.iter().any(|channel| channel.series == series.uid),
            }
        });
        let series = series.collect();
        let missing = |role: &SeriesRole| choice.channel(*role).is_none();
        let needs = SeriesRole::CHANNELS.into_iter().filter(missing).map(SeriesRole::as_str);
        Self { series, needs: needs.collect() }
    }
}

fn is_about(doubt: &Doubt, series: &SeriesUid) -> bool {
    matches!(doubt, Doubt::AmbiguousSeries(_, among) if among.contains(series))
}

/// `GET /api/v1/studies/{study}/series`
pub async fn list(asked: Asked) -> Answered {
    json(&page(&asked).await?)
}

/// `PUT /api/v1/studies/{study}/series/{series}`: a person's word, which the next analysis follows.
pub async fn assign(asked: Asked) -> Answered {
    let word: Word = asked.json()?;
    let (study, series) = (asked.parsed::<StudyUid>("study")?, asked.parsed("series")?);
    let store = &asked.door.host.store;
    match word.role()? {
        Some(role) => store.assign_series(&study, &series, role, asked.now).await?,
        None => store.unassign_series(&study, &series).await?,
    }
    json(&page(&asked).await?)
}

async fn page(asked: &Asked) -> Result<SeriesPage, Refusal> {
    let (grant, uid) = (asked.grant()?, asked.parsed::<StudyUid>("study")?);
    let store = &asked.door.host.store;
    let study = match store.headers(grant, &uid).await {
        Err(StoreError::Corrupt { .. }) => {
            return Err(Refusal::Conflict("The study cannot be read; its job says why.".into()));
        }
        study => study?,
    };
    let assigned = store.assignments(&uid).await?;
    // Some thousand headers are compared with each other.
    let said = tokio::task::spawn_blocking(move || SeriesPage::of(&study, &assigned));
    said.await.map_err(|error| Refusal::failed(Fault::Defect, error))
}
