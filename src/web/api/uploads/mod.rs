//! Images that a person brings by hand: staged file by file, looked at, then handed over.

mod bringing;
mod handing;
mod matching;

pub use bringing::{begin, end, file};
pub use handing::{Handed, Start, start};

use super::series::{SeriesPage, Word};
use crate::store::milliseconds;
use crate::upload::{Bringer, LIFE, Pile, Refused, Tally, UploadId};
use crate::web::openings::Shown;
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::access::Principal;
use interval_core::fault::Fault;
use interval_core::patient::Patient;
use interval_core::uid::SeriesUid;
use matching::{Match, Matched};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// An upload that was begun.
#[derive(Serialize, JsonSchema)]
pub struct UploadBegun {
    upload: String,
    /// Until when it waits to be handed over.
    ends_ms: i64,
}

/// How much of an upload is here.
#[derive(Serialize, JsonSchema)]
pub struct UploadTally {
    files: usize,
    bytes: u64,
    /// Files that were not taken, the first ones by name.
    refused: Vec<RefusedDto>,
    refused_more: usize,
}

/// A file that was not taken.
#[derive(Serialize, JsonSchema)]
pub struct RefusedDto {
    name: String,
    why: String,
}

/// What an upload is.
#[derive(Serialize, JsonSchema)]
pub struct UploadPage {
    upload: String,
    ends_ms: i64,
    files: usize,
    bytes: u64,
    studies: Vec<UploadedStudy>,
    refused: Vec<RefusedDto>,
    refused_more: usize,
}

/// A study of an upload.
#[derive(Serialize, JsonSchema)]
pub struct UploadedStudy {
    study: String,
    date: Option<String>,
    /// Whom its images name.
    patient: Shown,
    #[serde(rename = "match")]
    verdict: Match,
    /// Why, a sentence.
    why: String,
    #[serde(flatten)]
    series: SeriesPage,
}

impl From<Tally> for UploadTally {
    fn from(tally: Tally) -> Self {
        let Tally { files, bytes, refused, refused_more } = tally;
        let refused = refused.into_iter().map(RefusedDto::from).collect();
        Self { files, bytes, refused, refused_more }
    }
}

impl From<Refused> for RefusedDto {
    fn from(Refused { name, why }: Refused) -> Self {
        Self { name, why }
    }
}

/// `GET /api/v1/uploads/{upload}`
pub async fn show(asked: Asked) -> Answered {
    let (id, pile) = mine(&asked)?;
    page(&asked, id, &pile).await
}

/// `PUT /api/v1/uploads/{upload}/series/{series}`: the answer is the whole upload, since one series
/// places its neighbours.
pub async fn assign(asked: Asked) -> Answered {
    let (id, pile) = mine(&asked)?;
    let word: Word = asked.json()?;
    let series: SeriesUid = asked.parsed("series")?;
    if !pile.say(series, word.role()?) {
        return Err(Refusal::Forbidden);
    }
    page(&asked, id, &pile).await
}

async fn page(asked: &Asked, id: UploadId, pile: &Arc<Pile>) -> Answered {
    let mut studies = Vec::new();
    for Matched { brought, series, verdict, why } in matching::all(asked, pile).await? {
        let named = brought.study.patient().cloned().unwrap_or_default();
        let date = brought.study.exam().and_then(|exam| exam.date.parse().ok());
        studies.push(UploadedStudy {
            study: brought.study.uid.to_string(),
            date: date.map(|date: interval_core::timepoint::Date| date.to_string()),
            patient: shown(named),
            verdict,
            why,
            series,
        });
    }
    let UploadTally { files, bytes, refused, refused_more } = pile.tally().into();
    let ends_ms = milliseconds(pile.began() + LIFE);
    let upload = id.to_string();
    json(&UploadPage { upload, ends_ms, files, bytes, studies, refused, refused_more })
}

/// The upload of the address; somebody else's is not there.
fn mine(asked: &Asked) -> Result<(UploadId, Arc<Pile>), Refusal> {
    let id = asked.parsed("upload")?;
    let found = asked.door.host.operations.uploads.of(id, &bringer(asked)?);
    Ok((id, found.ok_or(Refusal::Forbidden)?))
}

fn bringer(asked: &Asked) -> Result<Bringer, Refusal> {
    match &asked.caller()?.principal {
        Principal::Person(person) => Ok(Bringer::Person(person.id.clone())),
        Principal::Service { client, .. } => Ok(Bringer::Program(client.clone())),
        _ => Err(Refusal::Forbidden),
    }
}

fn shown(patient: Patient) -> Shown {
    let Patient { id, name, birth_date, sex, .. } = patient;
    Shown { name, patient_id: id, birth_date, sex }
}

/// What was computed beside the sockets.
async fn computed<T: Send + 'static>(
    compute: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(compute).await;
    done.map_err(|error| Refusal::failed(Fault::Defect, error))
}
