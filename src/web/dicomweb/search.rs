//! QIDO-RS: lists are kept to the caller's panel, never refused for what is in them.

use super::{body, put};
use crate::store::catalogue::MATCHES_MAX;
use crate::web::request::{Answered, Asked};
use crate::web::status::Refusal;
use axum::http::header::WARNING;
use interval_core::query::Level;
use interval_core::uid::{SeriesUid, StudyUid};
use interval_dicomweb::media::Kind;
use interval_dicomweb::qido::{Answer, Question, Scope, Terms, Unknown, told};

/// Matches of an answer when the caller names no limit: the instances of a large study.
const LIMIT: u64 = 10_000;

/// Searches for studies, series or instances.
pub async fn search(asked: Asked, level: Level) -> Answered {
    let choice = asked.choice(Kind::Answer)?;
    let study = asked.uid::<StudyUid>("study")?;
    let series = asked.uid::<SeriesUid>("series")?;
    let scope = match (study, series) {
        (Some(study), Some(series)) => Scope::of_series(study, series),
        (Some(study), None) => Scope::of_study(level, study),
        (None, _) => Scope::all(level),
    };
    // Viewers send keys that nobody holds; they are told of them, and not turned away.
    let terms = Terms { limit_default: LIMIT, limit_max: MATCHES_MAX, unknown: Unknown::PassOver };
    let mut question = Question::parse(scope, &asked.query, &terms)
        .map_err(|error| Refusal::Malformed(format!("{error}.")))?;
    question.query.wanted = told(&question);
    let found = asked.door.host.store.find(asked.panel()?, &question.query).await?;
    let mut answer = Answer::new(&question, &asked.base());
    for found in &found {
        answer.tell(found);
    }
    let mut response = body(choice.media.as_str(), answer.end());
    if let Some(warning) = question.warning() {
        put(response.headers_mut(), WARNING, &warning);
    }
    Ok(response)
}
