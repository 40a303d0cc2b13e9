//! The job table: claimed by lease, fenced by number, changed only as the rules of
//! [`interval_core::job`] allow.

use super::entity::job;
use super::panel::within;
use super::study::Settled;
use super::{Store, StoreError, corrupt, database, milliseconds};
use interval_core::access::Panel;
use interval_core::fault::Fault;
use interval_core::job::{JobEvent, JobState, LEASE};
use interval_core::patient::PatientPseudonym;
use interval_core::stage::Stage;
use interval_core::uid::StudyUid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use std::time::SystemTime;

/// Most rows that one listing shows.
const LISTED_MAX: u64 = 1_000;

/// Most leases that one job is given: a bound for what ends the node itself again and again.
const LEASES_MAX: i64 = 200;

/// A job as people and machines see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: i32,
    /// The study it works on.
    pub study: StudyUid,
    /// Whose study it is.
    pub patient: PatientPseudonym,
    /// Which settled state of the study.
    pub revision: i32,
    /// Where it is.
    pub state: JobState,
    /// The stage it is in, or stopped in.
    pub stage: Stage,
    /// Attempts that failed in a way that may pass.
    pub attempt: u32,
    /// Why it stopped: a sentence for people; empty when it did not.
    pub reason: String,
    /// The kind of failure; empty when none.
    pub fault: String,
    /// Whether a human let it go on in spite of its doubts.
    pub release: Release,
    /// When its state last changed, in ms since 1970.
    pub changed_ms: i64,
}

/// Whether a human has looked at a job's doubts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Nobody has: doubts hold the job.
    None,
    /// Somebody has: doubts are reported, and the job goes on.
    ByHuman,
}

/// The right to work on a job: whoever holds the newest fencing number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: i32,
    /// Grows with each claim of the job.
    pub fence: i64,
}

/// How an attempt ended other than well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What happens to the job.
    pub event: JobEvent,
    /// Where it stopped.
    pub stage: Stage,
    /// Why, a sentence for people.
    pub reason: String,
    /// The kind of failure, if it was one.
    pub fault: Option<Fault>,
    /// Not to be claimed again earlier.
    pub not_before: SystemTime,
}

/// Opens a job for a settled study and supersedes the jobs of its earlier states.
pub(super) async fn open(
    tx: &DatabaseTransaction,
    (settled, release): (&Settled, Release),
) -> Result<(), StoreError> {
    let superseded = Condition::any()
        .add(job::Column::State.eq(JobState::Pending.as_str()))
        .add(job::Column::State.eq(JobState::Running.as_str()))
        .add(job::Column::State.eq(JobState::Held.as_str()))
        .add(job::Column::State.eq(JobState::Completed.as_str()))
        .add(job::Column::State.eq(JobState::Failed.as_str()));
    job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(JobState::Superseded.as_str()))
        .col_expr(job::Column::Fence, Expr::col(job::Column::Fence).add(1))
        .filter(job::Column::Study.eq(settled.study.as_str()))
        .filter(superseded)
        .exec(tx)
        .await
        .map_err(database("supersede older jobs"))?;
    job::ActiveModel {
        study: Set(settled.study.to_string()),
        pseudonym: Set(settled.patient.to_string()),
        revision: Set(settled.revision),
        study_date: Set(settled.study_date.clone()),
        state: Set(JobState::Pending.as_str().into()),
        stage: Set(Stage::Identify.as_str().into()),
        attempt: Set(0),
        fence: Set(0),
        lease_until_ms: Set(0),
        not_before_ms: Set(0),
        reason: Set(String::new()),
        fault: Set(String::new()),
        released: Set(i32::from(release == Release::ByHuman)),
        created_ms: Set(0),
        changed_ms: Set(0),
        ..Default::default()
    }
    .insert(tx)
    .await
    .map_err(database("open a job"))?;
    Ok(())
}

impl Store {
    /// Gives back every lease: for the one process that owns the store, when it starts.
    pub async fn give_back_leases(&self, now: SystemTime) -> Result<u64, StoreError> {
        let given = job::Entity::update_many()
            .col_expr(job::Column::LeaseUntilMs, Expr::value(milliseconds(now) - 1))
            .filter(job::Column::State.eq(JobState::Running.as_str()))
            .exec(&self.db)
            .await
            .map_err(database("give back leases"))?;
        Ok(given.rows_affected)
    }

    /// Takes the lease of the next job that is due: the earliest study date first. A job whose
    /// lease ran out is due again.
    pub async fn claim(&self, now: SystemTime) -> Result<Option<(Job, Lease)>, StoreError> {
        let now_ms = milliseconds(now);
        let tx = self.write().await?;
        let due = Condition::any()
            .add(
                Condition::all()
                    .add(job::Column::State.eq(JobState::Pending.as_str()))
                    .add(job::Column::NotBeforeMs.lte(now_ms)),
            )
            .add(
                Condition::all()
                    .add(job::Column::State.eq(JobState::Running.as_str()))
                    .add(job::Column::LeaseUntilMs.lt(now_ms)),
            );
        let next = job::Entity::find()
            .filter(due)
            .filter(job::Column::Fence.lt(LEASES_MAX))
            .order_by_asc(job::Column::StudyDate)
            .order_by_asc(job::Column::Id)
            .one(&tx)
            .await
            .map_err(database("look for a job"))?;
        let Some(row) = next else {
            return Ok(None);
        };
        let lease = Lease { job: row.id, fence: row.fence + 1 };
        let mut change = row.clone().into_active_model();
        change.state = Set(JobState::Running.as_str().into());
        change.fence = Set(lease.fence);
        change.lease_until_ms = Set(now_ms + LEASE.as_millis() as i64);
        change.changed_ms = Set(now_ms);
        change.update(&tx).await.map_err(database("lease a job"))?;
        tx.commit().await.map_err(database("lease a job"))?;
        let mut claimed = self.opened(row).await?;
        claimed.state = JobState::Running;
        Ok(Some((claimed, lease)))
    }

    /// Says that the holder lives and which stage it is in.
    pub async fn beat(
        &self,
        lease: Lease,
        stage: Stage,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let until = milliseconds(now + LEASE);
        let changed = job::Entity::update_many()
            .col_expr(job::Column::LeaseUntilMs, Expr::value(until))
            .col_expr(job::Column::Stage, Expr::value(stage.as_str()))
            .filter(held(lease))
            .exec(&self.db)
            .await
            .map_err(database("renew a lease"))?;
        if changed.rows_affected == 1 { Ok(()) } else { Err(StoreError::LeaseLost(lease.job)) }
    }

    /// Ends an attempt that did not finish its job.
    pub async fn stop(&self, lease: Lease, stop: &Stop, now: SystemTime) -> Result<(), StoreError> {
        let state = JobState::Running.after(stop.event)?;
        let failed = i32::from(stop.event != JobEvent::Doubted);
        let changed = job::Entity::update_many()
            .col_expr(job::Column::State, Expr::value(state.as_str()))
            .col_expr(job::Column::Attempt, Expr::col(job::Column::Attempt).add(failed))
            .col_expr(job::Column::Stage, Expr::value(stop.stage.as_str()))
            .col_expr(job::Column::Reason, Expr::value(self.sealed_reason(lease, stop).await?))
            .col_expr(job::Column::Fault, Expr::value(stop.fault.map_or("", Fault::as_str)))
            .col_expr(job::Column::NotBeforeMs, Expr::value(milliseconds(stop.not_before)))
            .col_expr(job::Column::ChangedMs, Expr::value(milliseconds(now)))
            .filter(held(lease))
            .exec(&self.db)
            .await
            .map_err(database("end an attempt"))?;
        if changed.rows_affected == 1 { Ok(()) } else { Err(StoreError::LeaseLost(lease.job)) }
    }

    /// A human's word on a job: release, retry or cancel.
    pub async fn steer(&self, id: i32, event: JobEvent, now: SystemTime) -> Result<(), StoreError> {
        let tx = self.write().await?;
        let row = job::Entity::find_by_id(id)
            .one(&tx)
            .await
            .map_err(database("look for a job"))?
            .ok_or(StoreError::Unknown("job"))?;
        let state: JobState = row.state.parse().map_err(corrupt("job"))?;
        let next = state.after(event)?;
        let fence = row.fence + 1;
        let mut change = row.into_active_model();
        change.state = Set(next.as_str().into());
        change.fence = Set(fence);
        change.not_before_ms = Set(0);
        change.changed_ms = Set(milliseconds(now));
        if event == JobEvent::Released {
            change.released = Set(1);
        }
        if next == JobState::Pending {
            change.attempt = Set(0);
            change.reason = Set(String::new());
            change.fault = Set(String::new());
        }
        change.update(&tx).await.map_err(database("change a job"))?;
        tx.commit().await.map_err(database("change a job"))
    }

    /// The newest jobs, for the operator.
    pub async fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        let rows = job::Entity::find()
            .order_by_desc(job::Column::Id)
            .limit(LISTED_MAX)
            .all(&self.db)
            .await
            .map_err(database("list jobs"))?;
        self.all_opened(rows).await
    }

    /// The newest jobs of a panel's patients: so many after so many.
    pub async fn jobs_within(
        &self,
        panel: &Panel,
        (offset, limit): (u64, u64),
    ) -> Result<Vec<Job>, StoreError> {
        let rows = job::Entity::find()
            .filter(within(panel, ("job", "pseudonym")))
            .order_by_desc(job::Column::Id)
            .offset(offset)
            .limit(Ord::min(limit, LISTED_MAX))
            .all(&self.db)
            .await
            .map_err(database("list jobs"))?;
        self.all_opened(rows).await
    }

    /// One job, for the operator.
    pub async fn job(&self, id: i32) -> Result<Job, StoreError> {
        let row = job::Entity::find_by_id(id)
            .one(&self.db)
            .await
            .map_err(database("look for a job"))?
            .ok_or(StoreError::Unknown("job"))?;
        self.opened(row).await
    }

    /// The reason of a stop, sealed: sentences for people name dates and series.
    async fn sealed_reason(&self, lease: Lease, stop: &Stop) -> Result<String, StoreError> {
        if stop.reason.is_empty() {
            return Ok(String::new());
        }
        let row = job::Entity::find_by_id(lease.job)
            .one(&self.db)
            .await
            .map_err(database("look for a job"))?
            .ok_or(StoreError::Unknown("job"))?;
        let patient = row.pseudonym.parse().map_err(corrupt("job"))?;
        let key = self.vault.key_of(&self.db, patient).await?;
        key.seal(&reason_context(lease.job), &stop.reason)
    }

    async fn all_opened(&self, rows: Vec<job::Model>) -> Result<Vec<Job>, StoreError> {
        let mut jobs = Vec::with_capacity(rows.len());
        for row in rows {
            jobs.push(self.opened(row).await?);
        }
        Ok(jobs)
    }

    async fn opened(&self, row: job::Model) -> Result<Job, StoreError> {
        let patient = row.pseudonym.parse().map_err(corrupt("job"))?;
        let reason = if row.reason.is_empty() {
            String::new()
        } else {
            let key = self.vault.key_of(&self.db, patient).await?;
            key.open(&reason_context(row.id), &row.reason)?
        };
        from_row(row, patient, reason)
    }
}

/// Names the column and the row of a sealed reason.
pub(super) fn reason_context(job: i32) -> String {
    format!("job.reason {job}")
}

/// Ends a job well, inside the transaction that writes down its results.
pub(super) async fn finish(
    tx: &DatabaseTransaction,
    lease: Lease,
    now_ms: i64,
) -> Result<(), StoreError> {
    let state = JobState::Running.after(JobEvent::Finished)?;
    let changed = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(state.as_str()))
        .col_expr(job::Column::Stage, Expr::value(Stage::Deliver.as_str()))
        .col_expr(job::Column::Reason, Expr::value(""))
        .col_expr(job::Column::Fault, Expr::value(""))
        .col_expr(job::Column::ChangedMs, Expr::value(now_ms))
        .filter(held(lease))
        .exec(tx)
        .await
        .map_err(database("finish a job"))?;
    if changed.rows_affected == 1 { Ok(()) } else { Err(StoreError::LeaseLost(lease.job)) }
}

fn held(lease: Lease) -> Condition {
    Condition::all()
        .add(job::Column::Id.eq(lease.job))
        .add(job::Column::Fence.eq(lease.fence))
        .add(job::Column::State.eq(JobState::Running.as_str()))
}

fn from_row(row: job::Model, patient: PatientPseudonym, reason: String) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.id,
        study: row.study.parse().map_err(corrupt("job"))?,
        patient,
        revision: row.revision,
        state: row.state.parse().map_err(corrupt("job"))?,
        stage: row.stage.parse().map_err(corrupt("job"))?,
        attempt: row.attempt as u32,
        reason,
        fault: row.fault,
        release: if row.released == 0 { Release::None } else { Release::ByHuman },
        changed_ms: row.changed_ms,
    })
}
