//! The outbox: bytes that were authored once, on their way to each destination, each row retried
//! alone.

use super::blobs::SealedObject;
use super::entity::outbox;
use super::vault::PatientKey;
use super::{Store, StoreError, audit, corrupt, database, milliseconds, object};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::Outcome::Success;
use interval_core::audit::words::{Action, Actor, Detail, Resource};
use interval_core::digest::{Digest, Verified};
use interval_core::patient::PatientPseudonym;
use interval_core::uid::{ClassUid, InstanceUid, StudyUid};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// State: to be sent.
pub const PENDING: &str = "pending";
/// State: the destination acknowledged it.
pub const DELIVERED: &str = "delivered";
/// State: given up; a human may have it sent again.
pub const FAILED: &str = "failed";

/// Attempts to deliver one object before a human is needed: with the waits below, about a day.
pub const DELIVERIES_MAX: i32 = 30;

/// The first wait after a failed delivery; doubled each time up to [`WAIT_MAX`].
const WAIT_FIRST: Duration = Duration::from_secs(2);
/// The longest wait between two attempts.
const WAIT_MAX: Duration = Duration::from_hours(1);

/// Rows that one round of deliveries takes.
const ROUND_ROWS: u64 = 64;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    /// Segmentation.
    Segmentation,
    /// Structured Report.
    Report,
    /// Encapsulated PDF.
    Document,
    /// Key Object Selection that takes a result back.
    Rejection,
}

impl ObjectKind {
    /// The word in columns and listings: the DICOM modality.
    pub fn as_str(self) -> &'static str {
        match self {
            ObjectKind::Segmentation => "SEG",
            ObjectKind::Report => "SR",
            ObjectKind::Document => "PDF",
            ObjectKind::Rejection => "KO",
        }
    }
}

/// The text is not the word of an object kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a kind of object")]
pub struct NotAKind(pub String);

impl FromStr for ObjectKind {
    type Err = NotAKind;
    fn from_str(text: &str) -> Result<Self, NotAKind> {
        [ObjectKind::Segmentation, ObjectKind::Report, ObjectKind::Document, ObjectKind::Rejection]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| NotAKind(text.to_owned()))
    }
}

/// One object for one destination.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Row number.
    pub id: i32,
    /// The job that authored it.
    pub job: i32,
    /// The study it is filed in.
    pub study: StudyUid,
    /// Name of the destination.
    pub destination: String,
    /// What it is.
    pub kind: ObjectKind,
    /// SOP Instance UID.
    pub uid: InstanceUid,
    /// SOP Class UID.
    pub class: ClassUid,
    /// pending, delivered or failed.
    pub state: String,
    /// Attempts made.
    pub attempt: i32,
    /// What went wrong last; empty when nothing did.
    pub last_error: String,
    patient: PatientPseudonym,
    object: SealedObject,
    digest: Digest,
}

/// How long to wait after failed attempt number `attempt` (from 1).
pub fn wait_after(attempt: i32) -> Duration {
    let doublings = (attempt - 1).clamp(0, 16) as u32;
    (WAIT_FIRST * 2u32.pow(doublings)).min(WAIT_MAX)
}

impl Store {
    /// The rows that are due, oldest first.
    pub async fn due(&self, now: SystemTime) -> Result<Vec<Outgoing>, StoreError> {
        let rows = outbox::Entity::find()
            .filter(outbox::Column::State.eq(PENDING))
            .filter(outbox::Column::NotBeforeMs.lte(milliseconds(now)))
            .order_by_asc(outbox::Column::Id)
            .limit(ROUND_ROWS)
            .all(&self.db)
            .await
            .map_err(database("look into the outbox"))?;
        self.outgoing(rows).await
    }

    /// All rows of one job, or of all, for listings.
    pub async fn deliveries(&self, job: Option<i32>) -> Result<Vec<Outgoing>, StoreError> {
        let mut select = outbox::Entity::find().order_by_asc(outbox::Column::Id);
        if let Some(job) = job {
            select = select.filter(outbox::Column::Job.eq(job));
        }
        let rows = select.all(&self.db).await.map_err(database("look into the outbox"))?;
        self.outgoing(rows).await
    }

    async fn outgoing(&self, rows: Vec<outbox::Model>) -> Result<Vec<Outgoing>, StoreError> {
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let patient = row.pseudonym.parse().map_err(corrupt("outbox"))?;
            let key = self.vault.key_of(&self.db, patient).await?;
            all.push(from_row(row, &key)?);
        }
        Ok(all)
    }

    /// The bytes to send, checked against their digest.
    pub fn open_outgoing(&self, outgoing: &Outgoing) -> Result<Verified<Vec<u8>>, StoreError> {
        let bytes = self.blobs.read(&outgoing.object).map_err(object("read an outgoing object"))?;
        Ok(Verified::check(bytes, outgoing.digest)?)
    }

    /// Writes down that the destination has it, here and in the audit log.
    pub async fn delivered(&self, sent: &Outgoing, now: SystemTime) -> Result<(), StoreError> {
        let (tx, now_ms) = (self.write().await?, milliseconds(now));
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(DELIVERED))
            .col_expr(outbox::Column::Attempt, Expr::col(outbox::Column::Attempt).add(1))
            .col_expr(outbox::Column::LastError, Expr::value(""))
            .col_expr(outbox::Column::ChangedMs, Expr::value(now_ms))
            .filter(outbox::Column::Id.eq(sent.id))
            .exec(&tx)
            .await
            .map_err(database("note a delivery"))?;
        let object = Resource::Instance(sent.uid.clone());
        let event = AuditEvent::new(now_ms, Actor::Job(sent.job), Action::Export, object)
            .with_patient(sent.patient)
            .with_outcome(Success, Detail::Delivery);
        audit::append(&tx, &event).await?;
        tx.commit().await.map_err(database("note a delivery"))
    }

    /// Writes down that an attempt failed: again later, or given up when the destination refused
    /// the object itself or too many attempts were made.
    pub async fn not_delivered(
        &self,
        outgoing: &Outgoing,
        error: &str,
        again: Again,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let attempt = outgoing.attempt + 1;
        let give_up = again == Again::Never || attempt >= DELIVERIES_MAX;
        let not_before = milliseconds(now + wait_after(attempt));
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(if give_up { FAILED } else { PENDING }))
            .col_expr(outbox::Column::Attempt, Expr::value(attempt))
            .col_expr(outbox::Column::NotBeforeMs, Expr::value(not_before))
            .col_expr(outbox::Column::LastError, Expr::value(error))
            .col_expr(outbox::Column::ChangedMs, Expr::value(milliseconds(now)))
            .filter(outbox::Column::Id.eq(outgoing.id))
            // What a human gave up meanwhile is not begun again.
            .filter(outbox::Column::State.eq(PENDING))
            .exec(&self.db)
            .await
            .map(|_| ())
            .map_err(database("note a failed delivery"))
    }

    /// Puts the failed rows of a job back into the outbox.
    pub async fn send_again(&self, job: i32, now: SystemTime) -> Result<u64, StoreError> {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(PENDING))
            .col_expr(outbox::Column::Attempt, Expr::value(0))
            .col_expr(outbox::Column::NotBeforeMs, Expr::value(milliseconds(now)))
            .filter(outbox::Column::Job.eq(job))
            .filter(outbox::Column::State.eq(FAILED))
            .exec(&self.db)
            .await
            .map(|done| done.rows_affected)
            .map_err(database("put rows back into the outbox"))
    }
}

/// Whether a failed delivery may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The destination was away or full.
    Later,
    /// The destination refused the object itself.
    Never,
}

fn from_row(row: outbox::Model, key: &PatientKey) -> Result<Outgoing, StoreError> {
    Ok(Outgoing {
        id: row.id,
        job: row.job,
        study: row.study.parse().map_err(corrupt("outbox"))?,
        destination: row.destination,
        kind: row.kind.parse().map_err(corrupt("outbox"))?,
        uid: row.uid.parse().map_err(corrupt("outbox"))?,
        class: row.class.parse().map_err(corrupt("outbox"))?,
        state: row.state,
        attempt: row.attempt,
        last_error: row.last_error,
        patient: key.patient(),
        object: key.unwrap(&row.object, &row.sealed_by)?,
        digest: row.digest.parse().map_err(corrupt("outbox"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour() {
        let seconds: Vec<_> = [1, 2, 3, 12, 30].map(|n| wait_after(n).as_secs()).into();
        assert_eq!(seconds, [2, 4, 8, 3600, 3600]);
    }
}
