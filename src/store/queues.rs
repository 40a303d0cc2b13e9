//! How much waits, is worked on and was given up, and the deliveries one by one: for whoever keeps
//! the node, by pseudonym.

use super::entity::{fetch_request, forward, job, outbox};
use super::fetching::WAITING;
use super::outbox::{DELIVERED, FAILED, PENDING};
use super::{Store, StoreError, audit, corrupt, database, milliseconds};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action, Actor, Detail, Outcome, Resource};
use interval_core::job::JobState;
use interval_core::patient::PatientPseudonym;
use interval_core::stage::Stage;
use interval_core::uid::InstanceUid;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// What a delivery says that a person gave up.
const GIVEN_UP: &str = "given up by a person";

/// How full a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: &'static str,
    /// Rows that wait.
    pub waiting: u64,
    /// Rows that are worked on.
    pub running: u64,
    /// Rows that need a human.
    pub failed: u64,
}

/// One object on its way to one destination, by pseudonym.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Row number.
    pub id: i32,
    /// Study Instance UID.
    pub study: String,
    /// Whose it is.
    pub patient: PatientPseudonym,
    /// Name of the destination.
    pub destination: String,
    /// SEG, SR or PDF.
    pub kind: String,
    /// SOP Instance UID.
    pub uid: String,
    /// pending, delivered or failed.
    pub state: String,
    /// Attempts made.
    pub attempt: i32,
    /// What went wrong last; empty when nothing did.
    pub last_error: String,
    /// When its state last changed, in ms since 1970.
    pub changed_ms: i64,
}

/// A page of deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliveries {
    /// How many there are in that state.
    pub total: u64,
    /// The page, the newest first.
    pub rows: Vec<Delivery>,
}

/// A human's word on a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Try it again now.
    Again,
    /// Give it up.
    Enough,
}

impl Store {
    /// How full the queues are.
    pub async fn queues(&self) -> Result<[Queue; 4], StoreError> {
        let jobs = self.counts(job::Entity::find(), job::Column::State).await?;
        let count = |states: &BTreeMap<String, u64>, of: &str| states.get(of).copied().unwrap_or(0);
        let of_jobs = |state: JobState| count(&jobs, state.as_str());
        let sent = self.counts(outbox::Entity::find(), outbox::Column::State).await?;
        let on = self.counts(forward::Entity::find(), forward::Column::State).await?;
        let fetched =
            self.counts(fetch_request::Entity::find(), fetch_request::Column::State).await?;
        let queue = |name, waiting, failed| Queue { name, waiting, running: 0, failed };
        Ok([
            Queue {
                name: "analyses",
                waiting: of_jobs(JobState::Pending),
                running: of_jobs(JobState::Running),
                failed: of_jobs(JobState::Failed) + of_jobs(JobState::Held),
            },
            queue("deliveries", count(&sent, PENDING), count(&sent, FAILED)),
            queue("forwards", count(&on, PENDING), count(&on, FAILED)),
            queue("fetches", count(&fetched, WAITING), count(&fetched, FAILED)),
        ])
    }

    /// Rows of a table by the word of their state.
    async fn counts<E: EntityTrait>(
        &self,
        all: Select<E>,
        state: E::Column,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows: Vec<(String, i64)> = all
            .select_only()
            .column(state)
            .column_as(state.count(), "held")
            .group_by(state)
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(database("count a queue"))?;
        Ok(rows.into_iter().map(|(word, held)| (word, held as u64)).collect())
    }

    /// The jobs that a worker has now, each with its stage.
    pub async fn at_work(&self) -> Result<Vec<(i32, Stage)>, StoreError> {
        let rows = job::Entity::find()
            .filter(job::Column::State.eq(JobState::Running.as_str()))
            .order_by_asc(job::Column::Id)
            .all(&self.db)
            .await
            .map_err(database("list jobs"))?;
        rows.into_iter()
            .map(|row| Ok((row.id, row.stage.parse().map_err(corrupt("job"))?)))
            .collect()
    }

    /// A page of deliveries, those in one state or all.
    pub async fn deliveries_page(
        &self,
        state: Option<&str>,
        (offset, limit): (u64, u64),
    ) -> Result<Deliveries, StoreError> {
        let mut which = outbox::Entity::find();
        if let Some(state) = state {
            which = which.filter(outbox::Column::State.eq(state));
        }
        let total = which.clone().count(&self.db).await.map_err(database("count deliveries"))?;
        let rows = which
            .order_by_desc(outbox::Column::Id)
            .offset(offset)
            .limit(limit)
            .all(&self.db)
            .await
            .map_err(database("list deliveries"))?;
        let rows = rows.into_iter().map(delivery).collect::<Result<_, _>>()?;
        Ok(Deliveries { total, rows })
    }

    /// A human's word on a delivery, noted in the audit log with it. What was delivered stays so.
    pub async fn say_of_delivery(
        &self,
        id: i32,
        word: Word,
        (actor, now): (Actor, SystemTime),
    ) -> Result<Option<Delivery>, StoreError> {
        let tx = self.write().await?;
        let row = outbox::Entity::find_by_id(id)
            .one(&tx)
            .await
            .map_err(database("look for a delivery"))?
            .ok_or(StoreError::Unknown("delivery"))?;
        let allowed = match word {
            Word::Again => row.state != DELIVERED,
            Word::Enough => row.state == PENDING,
        };
        if !allowed {
            return Ok(None);
        }
        let now_ms = milliseconds(now);
        let patient = row.pseudonym.parse().map_err(corrupt("outbox"))?;
        let uid: InstanceUid = row.uid.parse().map_err(corrupt("outbox"))?;
        let mut change = row.into_active_model();
        match word {
            Word::Again => {
                change.state = Set(PENDING.into());
                change.attempt = Set(0);
                change.not_before_ms = Set(now_ms);
            }
            Word::Enough => {
                change.state = Set(FAILED.into());
                change.last_error = Set(GIVEN_UP.into());
            }
        }
        change.changed_ms = Set(now_ms);
        let changed = change.update(&tx).await.map_err(database("change a delivery"))?;
        let event = AuditEvent::new(now_ms, actor, Action::Update, Resource::Instance(uid))
            .with_patient(patient)
            .with_outcome(Outcome::Success, Detail::Maintenance);
        audit::append(&tx, &event).await?;
        tx.commit().await.map_err(database("change a delivery"))?;
        delivery(changed).map(Some)
    }
}

fn delivery(row: outbox::Model) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: row.id,
        study: row.study,
        patient: row.pseudonym.parse().map_err(corrupt("outbox"))?,
        destination: row.destination,
        kind: row.kind,
        uid: row.uid,
        state: row.state,
        attempt: row.attempt,
        last_error: row.last_error,
        changed_ms: row.changed_ms,
    })
}
