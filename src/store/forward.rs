//! Studies that go on to others as they are, by the rules: each destination is retried alone.

use super::entity::forward;
use super::outbox::{Again, DELIVERED, DELIVERIES_MAX, FAILED, PENDING, wait_after};
use super::{Store, StoreError, audit, corrupt, database, milliseconds};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::Outcome::Success;
use interval_core::audit::words::{Action, Actor, Detail, Resource};
use interval_core::patient::PatientPseudonym;
use interval_core::uid::StudyUid;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Serialize;
use std::time::SystemTime;

/// Rows that one round takes.
const ROUND_ROWS: u64 = 16;

/// A study on its way to one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forward {
    /// Row number.
    pub id: i32,
    /// Study Instance UID.
    pub study: String,
    /// Name of the destination.
    pub destination: String,
    /// pending, delivered or failed.
    pub state: String,
    /// Attempts made.
    pub attempt: i32,
    /// Objects that the destination took.
    pub sent: i32,
    /// What went wrong last; empty when nothing did.
    pub last_error: String,
}

impl Store {
    /// What is due for a destination, the oldest first.
    pub async fn forwards_due(
        &self,
        destination: &str,
        now: SystemTime,
    ) -> Result<Vec<Forward>, StoreError> {
        let rows = forward::Entity::find()
            .filter(forward::Column::State.eq(PENDING))
            .filter(forward::Column::Destination.eq(destination))
            .filter(forward::Column::NotBeforeMs.lte(milliseconds(now)))
            .order_by_asc(forward::Column::NotBeforeMs)
            .limit(ROUND_ROWS)
            .all(&self.db)
            .await
            .map_err(database("look for studies to forward"))?;
        Ok(rows.into_iter().map(Forward::from).collect())
    }

    /// Everything that was or is to be forwarded, for listings.
    pub async fn forwards(&self, study: &StudyUid) -> Result<Vec<Forward>, StoreError> {
        let rows = forward::Entity::find()
            .filter(forward::Column::Study.eq(study.as_str()))
            .order_by_asc(forward::Column::Id)
            .all(&self.db)
            .await
            .map_err(database("look for studies to forward"))?;
        Ok(rows.into_iter().map(Forward::from).collect())
    }

    /// The destination has so many objects of the study: noted here and in the audit log.
    pub async fn forwarded(
        &self,
        (forward, patient): (&Forward, PatientPseudonym),
        sent: usize,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let (tx, now_ms) = (self.write().await?, milliseconds(now));
        let sent = i32::try_from(sent).unwrap_or(i32::MAX);
        forward::Entity::update_many()
            .col_expr(forward::Column::State, Expr::value(DELIVERED))
            .col_expr(forward::Column::Attempt, Expr::value(forward.attempt + 1))
            .col_expr(forward::Column::Sent, Expr::value(sent))
            .col_expr(forward::Column::LastError, Expr::value(""))
            .col_expr(forward::Column::ChangedMs, Expr::value(now_ms))
            .filter(forward::Column::Id.eq(forward.id))
            .exec(&tx)
            .await
            .map_err(database("note what was forwarded"))?;
        if sent > 0 {
            let study = forward.study.parse().map_err(corrupt("forward"))?;
            let resource = Resource::Study(study);
            let event = AuditEvent::new(now_ms, Actor::System, Action::Export, resource)
                .with_patient(patient)
                .with_outcome(Success, Detail::Delivery)
                .with_count(sent.unsigned_abs());
            audit::append(&tx, &event).await?;
        }
        tx.commit().await.map_err(database("note what was forwarded"))
    }

    /// An attempt failed: again later, or given up.
    pub async fn not_forwarded(
        &self,
        forward: &Forward,
        (error, again): (&str, Again),
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let attempt = forward.attempt + 1;
        let give_up = again == Again::Never || attempt >= DELIVERIES_MAX;
        let tx = self.write().await?;
        forward::Entity::update_many()
            .col_expr(forward::Column::State, Expr::value(if give_up { FAILED } else { PENDING }))
            .col_expr(forward::Column::Attempt, Expr::value(attempt))
            .col_expr(
                forward::Column::NotBeforeMs,
                Expr::value(milliseconds(now + wait_after(attempt))),
            )
            .col_expr(forward::Column::LastError, Expr::value(error))
            .col_expr(forward::Column::ChangedMs, Expr::value(milliseconds(now)))
            .filter(forward::Column::Id.eq(forward.id))
            .exec(&tx)
            .await
            .map_err(database("note a failed attempt"))?;
        tx.commit().await.map_err(database("note a failed attempt"))
    }
}

/// Puts a study on its way to destinations; to one where it was already, again.
pub(super) async fn put(
    tx: &DatabaseTransaction,
    study: &str,
    destinations: &[String],
    now: SystemTime,
) -> Result<(), StoreError> {
    for destination in destinations {
        let row = forward::ActiveModel {
            study: Set(study.to_owned()),
            destination: Set(destination.clone()),
            state: Set(PENDING.into()),
            attempt: Set(0),
            sent: Set(0),
            not_before_ms: Set(0),
            last_error: Set(String::new()),
            changed_ms: Set(milliseconds(now)),
            ..Default::default()
        };
        let again = OnConflict::columns([forward::Column::Study, forward::Column::Destination])
            .value(forward::Column::State, Expr::value(PENDING))
            .value(forward::Column::Attempt, Expr::value(0))
            .value(forward::Column::NotBeforeMs, Expr::value(0))
            .to_owned();
        forward::Entity::insert(row)
            .on_conflict(again)
            .exec_without_returning(tx)
            .await
            .map_err(database("put a study on its way"))?;
    }
    Ok(())
}

impl From<forward::Model> for Forward {
    fn from(row: forward::Model) -> Self {
        let forward::Model { id, study, destination, state, attempt, sent, last_error, .. } = row;
        Self { id, study, destination, state, attempt, sent, last_error }
    }
}
