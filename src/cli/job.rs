//! `interval job`: what is being done, and a human's word on it.

mod costs;

use super::{Ended, Failure, Place, fail, refused_by_store, write_json};
use crate::store::Store;
use crate::store::job::Job;
use crate::store::record::AssessmentRecord;
use clap::{Args, Subcommand};
use interval_core::fault::Fault;
use interval_core::job::{JobEvent, JobState};
use interval_core::role::SeriesRole;
use interval_core::stage::Stage;
use interval_core::uid::SeriesUid;
use serde::Serialize;
use std::time::SystemTime;

/// Look at jobs, and say how they go on.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval job list\n  interval job show 3\n  \
                        interval job assign-series 3 1.2.840.1 T1c\n  interval job release 3\n  \
                        interval job costs --json -")]
pub struct JobCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List jobs, the newest first.
    List,
    /// Show one job: its state, its decision trail, its deliveries.
    Show {
        /// Number of the job.
        job: i32,
    },
    /// Say what a series of the job's study shows, then release the job.
    AssignSeries {
        /// Number of the job.
        job: i32,
        /// Series Instance UID.
        series: String,
        /// T1, T1c, T2, FLAIR, other, ...
        role: String,
    },
    /// Let a job that is held in assess go on in spite of its doubts; they are reported. What is
    /// held earlier needs assign-series, or other images.
    Release {
        /// Number of the job.
        job: i32,
    },
    /// Try a failed or cancelled job again; also sends again what could not be delivered.
    Retry {
        /// Number of the job.
        job: i32,
    },
    /// Show what the stages have cost over all that the node computed.
    Costs,
    /// Stop a job.
    Cancel {
        /// Number of the job.
        job: i32,
    },
}

/// A job for machines.
#[derive(Debug, Serialize)]
struct JobRecord {
    id: i32,
    study: String,
    state: &'static str,
    stage: &'static str,
    attempt: u32,
    reason: String,
    fault: String,
}

/// A job with what it left, for machines.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    job: JobRecord,
    assessment: Option<AssessmentRecord>,
    deliveries: Vec<DeliveryRecord>,
}

/// A delivery for machines.
#[derive(Debug, Serialize)]
struct DeliveryRecord {
    kind: &'static str,
    destination: String,
    uid: String,
    state: String,
    attempts: i32,
    last_error: String,
}

impl From<&Job> for JobRecord {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id,
            study: job.study.to_string(),
            state: job.state.as_str(),
            stage: job.stage.as_str(),
            attempt: job.attempt,
            reason: job.reason.clone(),
            fault: job.fault.clone(),
        }
    }
}

impl JobCommand {
    pub(super) async fn run(self) -> Ended {
        let store = self.place.store().await?;
        let json = self.place.json.as_deref();
        let now = SystemTime::now();
        let steer = async |job: i32, event: JobEvent| {
            let done = store.steer(job, event, now).await;
            done.map_err(refused_by_store)
        };
        match self.action {
            Action::List => {
                let jobs = store.jobs().await.map_err(fail(Fault::Unavailable))?;
                if json.is_none() {
                    jobs.iter().for_each(print_line);
                }
                write_json(json, &jobs.iter().map(JobRecord::from).collect::<Vec<_>>())
            }
            Action::Show { job } => {
                let shown = show(&store, job).await?;
                if json.is_none() {
                    print_whole(&shown);
                }
                write_json(json, &shown)
            }
            Action::Costs => costs::costs(&store, json).await,
            Action::AssignSeries { job, series, role } => {
                assign(&store, job, &series, &role).await?;
                steer(job, JobEvent::Retried).await
            }
            Action::Release { job } => {
                let held = store.job(job).await.map_err(fail(Fault::Refused))?;
                helps(held.id, held.state, held.stage)?;
                steer(job, JobEvent::Released).await
            }
            Action::Retry { job } => {
                let again = store.send_again(job, now).await.map_err(fail(Fault::Unavailable))?;
                if again > 0 {
                    println!("{again} objects are sent again");
                    return Ok(());
                }
                steer(job, JobEvent::Retried).await
            }
            Action::Cancel { job } => steer(job, JobEvent::Cancelled).await,
        }
    }
}

/// Refuses a release that would only hold the job again: before there are numbers, a human's word
/// does not replace what is not there.
fn helps(job: i32, state: JobState, stage: Stage) -> Ended {
    let needed = match stage {
        Stage::Identify => {
            "say which series is which with 'interval job assign-series', or send other images"
        }
        Stage::Assemble => {
            "send other images, or choose other series with 'interval job assign-series'"
        }
        _ => return Ok(()),
    };
    if state != JobState::Held {
        return Ok(());
    }
    let what = format!("job {job} is held in {stage}, where a release does not help: {needed}");
    Err(Failure::refused(what))
}

async fn assign(store: &Store, job: i32, series: &str, role: &str) -> Ended {
    let series: SeriesUid = series.parse().map_err(Failure::refused)?;
    let role: SeriesRole = role.parse().map_err(Failure::refused)?;
    let job = store.job(job).await.map_err(fail(Fault::Refused))?;
    store
        .assign_series(&job.study, &series, role, SystemTime::now())
        .await
        .map_err(fail(Fault::Refused))
}

async fn show(store: &Store, id: i32) -> Result<Shown, Failure> {
    let job = store.job(id).await.map_err(fail(Fault::Refused))?;
    let record = store.assessment(id).await.map_err(fail(Fault::Unavailable))?;
    let assessment = record
        .map(|text| AssessmentRecord::parse(text.as_bytes()))
        .transpose()
        .map_err(fail(Fault::Defect))?;
    let rows = store.deliveries(Some(id)).await.map_err(fail(Fault::Unavailable))?;
    let deliveries = rows.into_iter().map(|row| DeliveryRecord {
        kind: row.kind.as_str(),
        destination: row.destination,
        uid: row.uid.to_string(),
        state: row.state,
        attempts: row.attempt,
        last_error: row.last_error,
    });
    Ok(Shown { job: (&job).into(), assessment, deliveries: deliveries.collect() })
}

fn print_line(job: &Job) {
    let state = job.state.as_str();
    println!("{:>5}  {state:<10}  {:<9}  {}  {}", job.id, job.stage, job.study, job.reason);
}

fn print_whole(shown: &Shown) {
    let job = &shown.job;
    println!("job {} of study {}", job.id, job.study);
    println!("  {} in {} (failed attempts: {})", job.state, job.stage, job.attempt);
    if !job.reason.is_empty() {
        println!("  {}", job.reason);
    }
    if let Some(assessment) = &shown.assessment {
        for verdict in &assessment.verdicts {
            let category = verdict.imaging.as_deref().unwrap_or("none");
            println!("  {}: imaging category {category}; {}", verdict.criteria, verdict.because);
        }
        for doubt in &assessment.doubts {
            println!("  note: {}", doubt.sentence);
        }
        println!("  decision trail:");
        for entry in &assessment.trail {
            println!("    {:<9} {:<11} {}: {}", entry.stage, entry.by, entry.what, entry.why);
        }
    }
    for delivery in &shown.deliveries {
        let DeliveryRecord { kind, destination, state, attempts, last_error, .. } = delivery;
        println!("  {kind} to {destination}: {state} ({attempts} attempts) {last_error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(state: JobState, stage: Stage, expected: Option<&str>) {
        let refused = helps(3, state, stage).err().map(|failure| failure.message);
        assert_eq!(refused.is_some(), expected.is_some(), "{refused:?}");
        if let (Some(refused), Some(expected)) = (refused, expected) {
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn a_release_does_not_replace_series_or_images() {
        check(JobState::Held, Stage::Identify, Some("assign-series"));
        check(JobState::Held, Stage::Assemble, Some("send other images"));
    }
    #[test]
    fn doubts_about_numbers_can_be_released() {
        check(JobState::Held, Stage::Assess, None);
    }
    #[test]
    fn what_is_not_held_is_left_to_the_rules_of_jobs() {
        check(JobState::Completed, Stage::Identify, None);
    }
}
