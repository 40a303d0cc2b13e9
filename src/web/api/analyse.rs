//! A person who wants a study analysed: now, again, or with another answer on its series.

use crate::store::study::{BARRED, SETTLED};
use crate::web::request::{Answered, Asked, json_with};
use crate::web::status::Refusal;
use axum::http::StatusCode;
use interval_core::job::{JobEvent, JobState};
use interval_core::uid::StudyUid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a study's evidence says when a person wants it analysed.
pub(super) const WANTED: &str = "a person asked for its analysis";

/// By which model; the node's when nothing is said.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    model: Option<String>,
}

/// Studies whose analysis begins.
#[derive(Serialize, JsonSchema)]
pub struct Begun {
    pub(super) studies: Vec<String>,
}

/// `POST /api/v1/studies/{study}/analyse`
pub async fn analyse(asked: Asked) -> Answered {
    let wish: Wish = asked.json()?;
    check_model(&asked, wish.model.as_deref())?;
    let (grant, uid) = (asked.grant()?, asked.parsed::<StudyUid>("study")?);
    let host = &asked.door.host;
    let study = host.store.study(&uid).await?;
    if study.state == BARRED {
        let why = "A part of this study shows somebody else: it is never analysed.";
        return Err(Refusal::Conflict(why.into()));
    }
    let newest = host.store.jobs_of(grant, &uid).await?.into_iter().next();
    let is_settled = study.state == SETTLED;
    match newest.map(|job| (job.id, job.state)) {
        Some((_, JobState::Running)) => {
            let why = "The study is being analysed now; stop its job first.";
            return Err(Refusal::Conflict(why.into()));
        }
        Some((_, JobState::Pending)) if is_settled => {}
        Some((job, JobState::Held | JobState::Failed | JobState::Cancelled)) if is_settled => {
            host.store.steer(job, JobEvent::Retried, asked.now).await?;
        }
        _ => {
            host.store.force(&uid, WANTED).await?;
            host.ingest.arrivals().forget(&uid);
        }
    }
    json_with(StatusCode::ACCEPTED, &Begun { studies: vec![uid.to_string()] })
}

/// Whether the node analyses, and by the model that is wished for.
pub(super) fn check_model(asked: &Asked, wished: Option<&str>) -> Result<(), Refusal> {
    let Some(own) = &asked.door.host.operations.model else {
        return Err(Refusal::Conflict("This node keeps images; it analyses none.".into()));
    };
    match wished {
        Some(other) if other != own.name => {
            let own = &own.name;
            Err(Refusal::Conflict(format!(
                "This node analyses by the model {own}; another one is chosen in its settings."
            )))
        }
        _ => Ok(()),
    }
}
