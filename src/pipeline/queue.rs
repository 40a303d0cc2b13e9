//! Jobs are led to their end, one failure never touching another.

use super::author::Desk;
use super::coordinator::{Coordinator, Led};
use super::pool::Pool;
use super::steps::Kit;
use super::{Halt, sentence};
use crate::store::assessment::{Authored, Issue, Outcome};
use crate::store::job::{Job, Lease, Stop};
use crate::store::record::AssessmentRecord;
use crate::store::record::review::IssueRecord;
use crate::store::tracking::Named;
use crate::store::{Store, StoreError, milliseconds};
use interval_core::access::{Action, Denied, Grant, Policy, Principal, Standing, decide};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::Outcome::Success;
use interval_core::audit::words::{Action as Did, Actor, Detail, Resource};
use interval_core::fault::Fault;
use interval_core::job::{ATTEMPTS_MAX, HEARTBEAT, JobEvent, backoff};
use interval_core::stage::Stage;
use interval_iod::header;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tracing::{error, info, warn};

/// Pause between two looks for something to do.
const PAUSE: Duration = Duration::from_millis(500);

/// What jobs are done with.
pub struct Crew {
    /// Rows and objects.
    pub store: Store,
    /// Workers.
    pub pool: Pool,
    /// Atlas, model, runtime.
    pub kit: Kit,
    /// Makes the desk for a moment.
    pub desk: Box<dyn Fn(SystemTime) -> Result<Desk, Halt> + Send + Sync>,
    /// Names of the destinations.
    pub destinations: Vec<String>,
}

impl Crew {
    /// Does jobs until told to stop. A job under way is left where it is: its lease runs out and
    /// its artefacts stay.
    pub async fn work(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let claimed = self.store.claim(SystemTime::now()).await;
            match claimed {
                Ok(Some((job, lease))) => {
                    tokio::select! {
                        () = self.one(&job, lease) => {}
                        _ = stop.changed() => return,
                    }
                }
                Ok(None) => {
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        _ = stop.changed() => {}
                    }
                }
                Err(error) => {
                    warn!("no job could be claimed: {}", sentence(&error));
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Leads one job to its end, whatever that is.
    async fn one(&self, job: &Job, lease: Lease) {
        info!(job = job.id, study = %job.study, "job {} begins", job.id);
        let stage = Mutex::new(Stage::Identify);
        let watcher = |now: Stage, fraction: f64, doing: &str| {
            if let Ok(mut stage) = stage.lock() {
                *stage = now;
            }
            tracing::debug!(job = job.id, stage = %now, fraction, "{now}: {doing}");
        };
        let at = || stage.lock().map_or(Stage::Identify, |stage| *stage);
        let ended = tokio::select! {
            ended = self.lead(job, lease, &watcher) => ended,
            lost = self.beat(lease, &at) => {
                warn!(job = job.id, "job {} was given up: {}", job.id, sentence(&lost));
                return;
            }
        };
        let Err(halt) = ended else {
            info!(job = job.id, "job {} is completed", job.id);
            return;
        };
        let stop = stop_of(job, &halt, SystemTime::now());
        warn!(job = job.id, stage = %stop.stage, "job {} {:?}: {}", job.id, stop.event, stop.reason);
        if let Err(error) = self.store.stop(lease, &stop, SystemTime::now()).await {
            error!(job = job.id, "job {} could not be stopped: {}", job.id, sentence(&error));
        }
    }

    /// Renews the lease until it is lost.
    async fn beat(&self, lease: Lease, at: &(dyn Fn() -> Stage + Sync)) -> StoreError {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            match self.store.beat(lease, at(), SystemTime::now()).await {
                Ok(()) => {}
                Err(lost @ StoreError::LeaseLost(_)) => return lost,
                Err(error) => warn!("a heartbeat was missed: {}", sentence(&error)),
            }
        }
    }

    async fn lead(
        &self,
        job: &Job,
        lease: Lease,
        watcher: &super::bench::Watcher<'_>,
    ) -> Result<(), Halt> {
        let now = SystemTime::now();
        let grant = leased(job, Action::Process, now)
            .map_err(|denied| Halt::defect(Stage::Identify, denied.to_string()))?;
        self.note(job, now).await?;
        let desk = (self.desk)(now)?;
        let (store, pool, kit) = (&self.store, &self.pool, &self.kit);
        let coordinator = Coordinator { store, pool, kit, desk: &desk, watcher };
        let led = coordinator.lead(&grant, &job.study, job.release).await?;
        let outcome = self.outcome(job, led)?;
        let grant = leased(job, Action::Deliver, SystemTime::now())
            .map_err(|denied| Halt::defect(Stage::Deliver, denied.to_string()))?;
        store
            .conclude(&grant, lease, &outcome, SystemTime::now())
            .await
            .map_err(|error| Halt::store(Stage::Author, &error))
    }

    /// Notes what a job is about to do with its patient. Without the note nothing is read.
    async fn note(&self, job: &Job, now: SystemTime) -> Result<(), Halt> {
        let event = |action, resource| {
            AuditEvent::new(milliseconds(now), Actor::Job(job.id), action, resource)
                .with_patient(job.patient)
                .with_outcome(Success, Detail::Processing)
        };
        let opened = event(Did::OpenVault, Resource::Patient(job.patient));
        let deidentified = event(Did::Deidentify, Resource::Study(job.study.clone()));
        let noted = self.store.audit_all(&[opened, deidentified]).await;
        noted.map(drop).map_err(|error| Halt::store(Stage::Identify, &error))
    }

    /// Puts the objects on the disk; the rows that name them commit with the end of the job.
    fn outcome(&self, job: &Job, led: Led) -> Result<Outcome, Halt> {
        let record = AssessmentRecord::from(&led.assessment)
            .to_json()
            .map_err(|e| Halt::defect(Stage::Author, e.to_string()))?;
        let (names, issue) = (names(&led), numbered(led.issue, job));
        let (scene, runs) = (led.scene, led.runs);
        let mut objects = Vec::new();
        for object in led.objects {
            let stored = self.store.blobs().put(&object.bytes).map_err(|source| {
                let error = StoreError::Object { action: "keep a result", source };
                Halt::store(Stage::Author, &error)
            })?;
            let (header, listing) = header::read_listed(&object.bytes, stored.digest)
                .map_err(|e| Halt::defect(Stage::Author, super::sentence(&e)))?;
            objects.push(Authored {
                kind: object.kind,
                uid: object.uids.instance,
                class: object.class,
                stored,
                header,
                listing,
            });
        }
        let destinations = self.destinations.clone();
        let study = job.study.clone();
        Ok(Outcome { study, record, names, scene, runs, objects, destinations, issue })
    }
}

/// The version, with the job that came to it.
fn numbered(issue: Issue, job: &Job) -> Issue {
    match issue {
        Issue::Version(issue, basis) => Issue::Version(IssueRecord { job: job.id, ..issue }, basis),
        Issue::Rejection => Issue::Rejection,
    }
}

/// What the lease on a job gives: its own patient, for what the job does.
fn leased(job: &Job, action: Action, now: SystemTime) -> Result<Grant, Denied> {
    let (principal, standing) = (Principal::Job(job.patient), Standing::none(job.patient));
    decide(&Policy::house(), &principal, &standing, action, now)
}

/// The Tracking UID of every lesion of every timepoint.
fn names(led: &Led) -> Vec<Named> {
    let Some(analysis) = &led.analysis else { return Vec::new() };
    let mut names = Vec::new();
    for track in &analysis.assessment.tracks {
        for (n, sighting) in track.sightings.iter().enumerate() {
            names.extend(sighting.lesions.iter().map(|lesion| Named {
                study: analysis.timepoints[n].study.clone(),
                lesion: *lesion,
                segmentation: analysis.segmentations[n].key,
                uid: track.uid.clone(),
            }));
        }
    }
    names
}

/// What becomes of a job that stopped: doubts hold it, passing faults postpone it while attempts
/// are left, everything else ends it.
fn stop_of(job: &Job, halt: &Halt, now: SystemTime) -> Stop {
    match halt {
        Halt::Held { stage, doubts } => {
            let reason: Vec<_> = doubts.iter().map(ToString::to_string).collect();
            Stop {
                event: JobEvent::Doubted,
                stage: *stage,
                reason: reason.join(" "),
                fault: None,
                not_before: now,
            }
        }
        Halt::Failed { stage, fault, reason } => {
            let wait = backoff(job.attempt + 2).filter(|_| fault.is_transient());
            let (event, reason) = match (wait, fault) {
                (Some(_), _) => (JobEvent::Postponed, reason.clone()),
                (None, Fault::Refused) => (JobEvent::Doubted, reason.clone()),
                (None, Fault::Defect) => (JobEvent::Broken, reason.clone()),
                (None, Fault::Exhausted | Fault::Unavailable) => {
                    (JobEvent::Broken, format!("{reason} (after {ATTEMPTS_MAX} attempts)"))
                }
            };
            let not_before = now + wait.unwrap_or_default();
            Stop { event, stage: *stage, reason, fault: Some(*fault), not_before }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::job::Release;
    use interval_core::assessment::Doubt;
    use interval_core::job::JobState;
    use interval_core::patient::PatientPseudonym;

    #[track_caller]
    fn check(attempt: u32, halt: Halt, expected: JobEvent) {
        let job = Job {
            id: 1,
            study: "1.2".parse().unwrap(),
            patient: PatientPseudonym(1),
            revision: 1,
            state: JobState::Running,
            stage: Stage::Segment,
            attempt,
            reason: String::new(),
            fault: String::new(),
            release: Release::None,
            changed_ms: 0,
        };
        assert_eq!(stop_of(&job, &halt, SystemTime::UNIX_EPOCH).event, expected);
    }

    fn failed(fault: Fault) -> Halt {
        Halt::Failed { stage: Stage::Segment, fault, reason: "because".into() }
    }

    #[test]
    fn a_passing_fault_is_tried_again_until_no_attempt_is_left() {
        check(0, failed(Fault::Unavailable), JobEvent::Postponed);
        check(1, failed(Fault::Exhausted), JobEvent::Postponed);
        check(2, failed(Fault::Unavailable), JobEvent::Broken);
    }
    #[test]
    fn our_own_fault_is_not_tried_again() {
        check(0, failed(Fault::Defect), JobEvent::Broken);
    }
    #[test]
    fn what_we_cannot_take_waits_for_a_human() {
        check(0, failed(Fault::Refused), JobEvent::Doubted);
        let doubts = vec![Doubt::MixedPatients(2)];
        check(0, Halt::Held { stage: Stage::Identify, doubts }, JobEvent::Doubted);
    }
}
