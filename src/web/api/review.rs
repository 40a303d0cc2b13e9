//! The review of a study's result: its state, the draft, corrections, the signature.

mod dto;
mod labels;

pub use dto::*;
pub use labels::{labels, paint};

use crate::review::{Change, Desk, Ends, ReviewError, Said, drawn, lesion_called};
use crate::store::record::AssessmentRecord;
use crate::store::record::review::{DrawnRecord, LesionWordRecord};
use crate::store::review::{Review, ReviewRefused};
use crate::web::people;
use crate::web::request::{Answered, Asked, json_with};
use crate::web::status::Refusal;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderValue, StatusCode};
use interval_core::access::{Action, Denied, Policy, Principal, Standing, decide};
use interval_core::audit::words::Actor;
use interval_core::fault::Fault;
use interval_core::review::{Correction, Judgement};
use interval_core::uid::StudyUid;

/// Longest reason of a signature or a lesion, in characters.
const REASON_CHARS_MAX: usize = 2_000;

/// Longest notes, in characters.
const NOTES_CHARS_MAX: usize = 20_000;

/// Most lesions that a draft speaks of: a lesion map has no more.
const LESIONS_MAX: usize = 255;

impl From<ReviewError> for Refusal {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Store(error) => error.into(),
            ReviewError::Failed(what) => Self::failed(Fault::Defect, what),
            ReviewError::Size { .. } | ReviewError::Label(_) | ReviewError::NoLesion(_) => {
                Self::Invalid(sentence(&error))
            }
            ReviewError::Correction(_) | ReviewError::Draft(_) => Self::Conflict(sentence(&error)),
        }
    }
}

/// A refusal as a sentence for people.
fn sentence(error: &ReviewError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// What a review is about, as it is now.
struct Seen {
    review: Review,
    assessment: AssessmentRecord,
}

/// `GET /api/v1/studies/{study}/review`
pub async fn show(asked: Asked) -> Answered {
    let seen = look(&asked).await?;
    answer(&asked, StatusCode::OK, &seen).await
}

/// `PUT /api/v1/studies/{study}/review/draft`
pub async fn draft(asked: Asked) -> Answered {
    let body: DraftBody = asked.json()?;
    let mut seen = look_as_seen(&asked).await?;
    let words = words(&body)?;
    let desk = Desk { store: &asked.door.host.store, grant: asked.grant()?, review: &seen.review };
    let measured = desk.measured(&seen.assessment);
    for word in &words {
        lesion_called(&measured, &word.track)?;
    }
    let mut diameters = Vec::new();
    if !body.diameters.is_empty() {
        let labels = desk.labels().await?;
        for wish in &body.diameters {
            lesion_called(&measured, &wish.track)?;
            let ends = Ends { long: wish.long_ends_lps_mm, short: wish.short_ends_lps_mm };
            let diameters_of = drawn(labels.grid(), &ends)?;
            diameters.push(DrawnRecord { track: wish.track.clone(), diameters: diameters_of });
        }
    }
    let mut draft = seen.review.record.draft.clone().unwrap_or_default();
    draft.name.clone_from(&asked.caller()?.display_name);
    (draft.lesions, draft.notes, draft.diameters) = (words, body.notes, diameters);
    seen.review = desk.keep((draft, Vec::new()), asked.now).await?;
    answer(&asked, StatusCode::OK, &seen).await
}

/// `POST /api/v1/studies/{study}/review/correct`
pub async fn correct(asked: Asked) -> Answered {
    let wish: CorrectionBody = asked.json()?;
    let seen = look_as_seen(&asked).await?;
    let seen = change(&asked, seen, wished(&wish)?).await?;
    answer(&asked, StatusCode::OK, &seen).await
}

/// `POST /api/v1/studies/{study}/review/sign`
pub async fn sign(asked: Asked) -> Answered {
    let body: SignBody = asked.json()?;
    let judgement: Judgement = body
        .decision
        .parse()
        .map_err(|_| Refusal::Invalid("It is accept, amend or reject.".into()))?;
    let reason = bounded(&body.reason, REASON_CHARS_MAX)?;
    if judgement == Judgement::Reject && reason.is_empty() {
        return Err(Refusal::Invalid("Please say why it is rejected.".into()));
    }
    let mut seen = look_as_seen(&asked).await?;
    let name = asked.caller()?.display_name.clone();
    let said = Said { judgement, reason, name };
    let desk = Desk { store: &asked.door.host.store, grant: asked.grant()?, review: &seen.review };
    seen.review = desk.sign(said, &seen.assessment, asked.now).await?;
    answer(&asked, StatusCode::ACCEPTED, &seen).await
}

/// Changes the outlines.
async fn change(asked: &Asked, mut seen: Seen, change: Change) -> Result<Seen, Refusal> {
    let desk = Desk { store: &asked.door.host.store, grant: asked.grant()?, review: &seen.review };
    let name = &asked.caller()?.display_name;
    seen.review = desk.change((change, &seen.assessment), name, asked.now).await?;
    Ok(seen)
}

/// The review as it is now.
async fn look(asked: &Asked) -> Result<Seen, Refusal> {
    let (grant, study) = (asked.grant()?, asked.parsed::<StudyUid>("study")?);
    let store = &asked.door.host.store;
    let review = store.review_of(grant, &study).await?;
    let nothing = || Refusal::Conflict(format!("{}.", capital(&ReviewRefused::Nothing)));
    let review = review.ok_or_else(nothing)?;
    let job = review.record.issued.last().map(|issue| issue.job).ok_or_else(nothing)?;
    let text = store.assessment(job).await?.ok_or_else(nothing)?;
    let assessment = AssessmentRecord::parse(text.as_bytes())
        .map_err(|error| Refusal::failed(Fault::Defect, error))?;
    Ok(Seen { review, assessment })
}

fn capital(refused: &ReviewRefused) -> String {
    let text = refused.to_string();
    text[..1].to_uppercase() + &text[1..]
}

/// The review as it is now, if that is how the caller saw it.
async fn look_as_seen(asked: &Asked) -> Result<Seen, Refusal> {
    let revision = asked
        .headers
        .get(IF_MATCH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"')?.parse::<i64>().ok())
        .ok_or(Refusal::Precondition)?;
    let seen = look(asked).await?;
    if seen.review.revision == revision { Ok(seen) } else { Err(stale()) }
}

fn stale() -> Refusal {
    Refusal::Conflict(format!("{}.", capital(&ReviewRefused::Stale)))
}

/// The review with its revision as `ETag`.
async fn answer(asked: &Asked, status: StatusCode, seen: &Seen) -> Answered {
    let caller = asked.caller()?;
    let number = match people::actor(&asked.door, caller).await? {
        Actor::Person(number) => number.to_string(),
        _ => String::new(),
    };
    let may = may(asked).await?;
    let measured =
        Desk { store: &asked.door.host.store, grant: asked.grant()?, review: &seen.review }
            .measured(&seen.assessment);
    let dto = ReviewDto::of(&seen.review, (&measured, &seen.assessment), &number, may);
    let mut response = json_with(status, &dto)?;
    response.headers_mut().insert(ETAG, etag(seen.review.revision)?);
    Ok(response)
}

/// A revision as an entity tag.
fn etag(revision: i64) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(&format!("\"{revision}\""))
        .map_err(|error| Refusal::failed(Fault::Defect, error))
}

/// What the caller may do here; a signature may still ask for a step-up.
async fn may(asked: &Asked) -> Result<May, Refusal> {
    let (principal, patient) = (&asked.caller()?.principal, asked.grant()?.patient());
    let standing = match principal {
        Principal::Person(person) => asked.door.host.store.standing(&person.id, patient).await?,
        _ => Standing::none(patient),
    };
    let policy: &Policy = &asked.door.host.policy;
    let may = |action| {
        let decided = decide(policy, principal, &standing, action, asked.now);
        matches!(decided, Ok(_) | Err(Denied::StepUpNeeded))
    };
    Ok(May { review: may(Action::Review), sign: may(Action::Sign) })
}

/// What is said of lesions, checked.
fn words(body: &DraftBody) -> Result<Vec<LesionWordRecord>, Refusal> {
    bounded(&body.notes, NOTES_CHARS_MAX)?;
    if body.lesions.len() > LESIONS_MAX || body.diameters.len() > LESIONS_MAX {
        return Err(Refusal::Invalid(format!("There are at most {LESIONS_MAX} lesions.")));
    }
    let word = |lesion: &LesionWord| {
        let decision: Judgement = lesion
            .decision
            .parse()
            .map_err(|_| Refusal::Invalid("A lesion is accept, amend or reject.".into()))?;
        Ok(LesionWordRecord {
            track: lesion.track.clone(),
            decision: decision.as_str().into(),
            reason: bounded(&lesion.reason, REASON_CHARS_MAX)?,
        })
    };
    body.lesions.iter().map(word).collect()
}

fn bounded(text: &str, most: usize) -> Result<String, Refusal> {
    if text.chars().count() > most {
        return Err(Refusal::Invalid(format!("A text has up to {most} characters.")));
    }
    Ok(text.trim().to_owned())
}

/// A correction as it is carried out.
fn wished(body: &CorrectionBody) -> Result<Change, Refusal> {
    let region = |word: &str| {
        interval_core::lesion::Region::ALL
            .into_iter()
            .find(|region| region.as_str() == word)
            .ok_or_else(|| Refusal::Invalid("A region is NETC, SNFH, ET or RC.".into()))
    };
    Ok(match body {
        CorrectionBody::Relabel { track, from, to } => {
            let to = to.as_deref().map(region).transpose()?;
            let lesion = track.clone();
            Change::Correct(Correction::Relabel { lesion, from: region(from)?, to })
        }
        CorrectionBody::Remove { track } => {
            Change::Correct(Correction::Remove { lesion: track.clone() })
        }
        CorrectionBody::Split { track, plane } => {
            Change::Correct(Correction::Split { lesion: track.clone(), plane: plane.into() })
        }
        CorrectionBody::Merge { tracks } => {
            Change::Correct(Correction::Merge { lesions: tracks.clone() })
        }
        CorrectionBody::Undo => Change::Undo,
        CorrectionBody::Redo => Change::Redo,
        CorrectionBody::Reset => Change::Reset,
    })
}
