//! Jobs: what is being computed, and a human's word on it.

use crate::store::job::{Job, Release};
use crate::web::guard::Clearance;
use crate::web::request::{Answered, Asked, done, json};
use crate::web::status::Refusal;
use interval_core::job::JobEvent;
use schemars::JsonSchema;
use serde::Serialize;

/// Jobs on one page.
const PAGE_MAX: u64 = 200;

/// A job on a screen.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JobDto {
    id: i32,
    study: String,
    patient: String,
    revision: i32,
    state: &'static str,
    stage: &'static str,
    failed_attempts: u32,
    reason: String,
    fault: String,
    released: bool,
    changed_ms: i64,
}

/// A page of jobs.
#[derive(Serialize, JsonSchema)]
pub struct JobPage {
    jobs: Vec<JobDto>,
}

impl From<&Job> for JobDto {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id,
            study: job.study.to_string(),
            patient: job.patient.to_string(),
            revision: job.revision,
            state: job.state.as_str(),
            stage: job.stage.as_str(),
            failed_attempts: job.attempt,
            reason: job.reason.clone(),
            fault: job.fault.clone(),
            released: job.release == Release::ByHuman,
            changed_ms: job.changed_ms,
        }
    }
}

/// `GET /api/v1/jobs`: those of the caller's patients; for the administrator all, by pseudonym.
pub async fn list(asked: Asked) -> Answered {
    let page =
        (asked.number("offset", 0, u64::from(u32::MAX))?, asked.number("limit", 50, PAGE_MAX)?);
    let store = &asked.door.host.store;
    let jobs = match &asked.clearance {
        Clearance::Panel(panel) => store.jobs_within(panel, page).await?,
        Clearance::Duty(_) => {
            let all = store.jobs().await?;
            let (offset, limit) = (page.0 as usize, page.1 as usize);
            all.into_iter().skip(offset).take(limit).collect()
        }
        _ => return Err(Refusal::Forbidden),
    };
    json(&JobPage { jobs: jobs.iter().map(JobDto::from).collect() })
}

/// `POST /api/v1/jobs/{job}/retry`
pub async fn retry(asked: Asked) -> Answered {
    steer(asked, JobEvent::Retried).await
}

/// `POST /api/v1/jobs/{job}/cancel`
pub async fn cancel(asked: Asked) -> Answered {
    steer(asked, JobEvent::Cancelled).await
}

/// `POST /api/v1/jobs/{job}/release`
pub async fn release(asked: Asked) -> Answered {
    steer(asked, JobEvent::Released).await
}

async fn steer(asked: Asked, event: JobEvent) -> Answered {
    asked.door.host.store.steer(asked.parsed("job")?, event, asked.now).await?;
    Ok(done())
}
