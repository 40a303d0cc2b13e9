//! The review of results: one row a study, changed only by whoever saw its newest revision. Of two
//! who change the same one the second is told, and nothing of the first is lost.

mod conclude;
mod sign;

pub use sign::Signing;

use super::artefact::Artefact;
use super::blobs::{ObjectId, Stored};
use super::entity::{review, review_labels};
use super::record::review::{DraftRecord, ReviewRecord};
use super::user::{found_or_made, number};
use super::vault::PatientKey;
use super::{Store, StoreError, access, audit, corrupt, database, milliseconds, same_patient};
use interval_core::access::{Action, Grant};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{self, Actor, Detail, Outcome, Resource, UserNumber};
use interval_core::review::{Illegal, ReviewState};
use interval_core::uid::StudyUid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter,
};
use std::time::SystemTime;

/// The place of the signed label map.
pub const SIGNED: i32 = -1;

/// Entries of a history that are kept; a study is signed once or twice.
const HISTORY_MAX: usize = 200;

/// Why a review is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefused {
    /// Somebody else changed it.
    #[error("somebody else changed this review; please look at it again")]
    Stale,
    /// There is no result to review.
    #[error("there is no result of this study to review yet")]
    Nothing,
    /// A signature is on its way.
    #[error("this result was signed, and its objects are being written")]
    Pending,
    /// The outlines are not kept any more.
    #[error("the outlines of this study are not kept any more; please have it analysed again")]
    NoOutlines,
    /// The rules of states.
    #[error(transparent)]
    State(#[from] Illegal),
}

/// Where the result of a study stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The study.
    pub study: StudyUid,
    /// What was said of its result.
    pub state: ReviewState,
    /// The version that is out.
    pub version: u32,
    /// Grows with each change.
    pub revision: i64,
    /// Everything else.
    pub record: ReviewRecord,
}

impl Store {
    /// Removes objects that were made for a change that was not kept; should that fail, the scrub
    /// finds them.
    pub fn forget_objects(&self, objects: &[ObjectId]) {
        self.remove_objects(objects);
    }

    /// The review of a study of the grant's patient; nothing before there is a result.
    pub async fn review_of(
        &self,
        grant: &Grant,
        study: &StudyUid,
    ) -> Result<Option<Review>, StoreError> {
        let row = review::Entity::find_by_id(study.as_str())
            .one(&self.db)
            .await
            .map_err(database("look for a review"))?;
        let Some(row) = row else { return Ok(None) };
        same_patient(grant, &row.pseudonym)?;
        let key = self.vault.key_of(&self.db, grant.patient()).await?;
        opened(&key, &row).map(Some)
    }

    /// A label map that a human changed.
    pub async fn review_labels(
        &self,
        grant: &Grant,
        (study, place): (&StudyUid, i32),
    ) -> Result<Option<Artefact>, StoreError> {
        let row = review_labels::Entity::find_by_id((study.to_string(), place))
            .one(&self.db)
            .await
            .map_err(database("look for a label map"))?;
        let Some(row) = row else { return Ok(None) };
        same_patient(grant, &row.pseudonym)?;
        let key = self.vault.key_of(&self.db, grant.patient()).await?;
        Ok(Some(Artefact {
            object: key.unwrap(&row.object, &row.sealed_by)?,
            digest: row.digest.parse().map_err(corrupt("review_labels"))?,
        }))
    }

    /// Keeps the draft of whoever saw the newest revision, with label maps that are new and safe
    /// on the disk; those that the draft no longer has are removed. Noted as one event.
    pub async fn keep_draft(
        &self,
        grant: &Grant,
        (study, seen): (&StudyUid, i64),
        (mut draft, kept): (DraftRecord, &[(i32, Stored)]),
        now: SystemTime,
    ) -> Result<Review, StoreError> {
        access::must_be(grant, Action::Review, now)?;
        let tx = self.write().await?;
        let key = self.vault.key_of(&tx, grant.patient()).await?;
        let row = seen_by(&tx, grant, (study, seen)).await?;
        let mut review = opened(&key, &row)?;
        if review.record.pending.is_some() {
            return Err(ReviewRefused::Pending.into());
        }
        let by = author(&tx, grant).await?;
        draft.person = by.to_string();
        draft.changed_ms = milliseconds(now);
        for (place, stored) in kept {
            put(&tx, &key, (study, *place), stored).await?;
        }
        let places = draft.steps.iter().map(|step| step.place).collect::<Vec<_>>();
        let gone = drop_labels(&tx, study, |place| place >= 0 && !places.contains(&place)).await?;
        review.record.draft = Some(draft);
        review.revision += 1;
        write(&tx, &key, row, (&review, now)).await?;
        let event = event((grant, by), study, (words::Action::Update, Detail::None), now);
        audit::append(&tx, &event).await?;
        tx.commit().await.map_err(database("keep a draft"))?;
        self.remove_objects(&gone);
        Ok(review)
    }
}

/// The row, as whoever changes it saw it.
async fn seen_by(
    tx: &DatabaseTransaction,
    grant: &Grant,
    (study, seen): (&StudyUid, i64),
) -> Result<review::Model, StoreError> {
    let row = review::Entity::find_by_id(study.as_str())
        .one(tx)
        .await
        .map_err(database("look for a review"))?
        .ok_or(ReviewRefused::Nothing)?;
    same_patient(grant, &row.pseudonym)?;
    if row.revision == seen { Ok(row) } else { Err(ReviewRefused::Stale.into()) }
}

/// The number of the person whose grant it is.
async fn author(tx: &DatabaseTransaction, grant: &Grant) -> Result<UserNumber, StoreError> {
    let who = grant.person().ok_or(access::AccessRefused::Permission)?;
    let row = found_or_made(tx, who).await?;
    if row.disabled_ms.is_some() {
        return Err(access::AccessRefused::Disabled.into());
    }
    number(&row.number)
}

fn event(
    (grant, by): (&Grant, UserNumber),
    study: &StudyUid,
    (action, detail): (words::Action, Detail),
    now: SystemTime,
) -> AuditEvent {
    let study = Resource::Study(study.clone());
    AuditEvent::new(milliseconds(now), Actor::Person(by), action, study)
        .with_patient(grant.patient())
        .with_outcome(Outcome::Success, detail)
}

async fn write(
    tx: &DatabaseTransaction,
    key: &PatientKey,
    row: review::Model,
    (review, now): (&Review, SystemTime),
) -> Result<(), StoreError> {
    let mut change = row.into_active_model();
    change.state = Set(review.state.as_str().into());
    change.version = Set(review.version as i32);
    change.revision = Set(review.revision);
    change.record = Set(sealed(key, review)?);
    change.changed_ms = Set(milliseconds(now));
    change.update(tx).await.map_err(database("change a review"))?;
    Ok(())
}

/// Puts a label map in its place.
async fn put(
    tx: &DatabaseTransaction,
    key: &PatientKey,
    (study, place): (&StudyUid, i32),
    stored: &Stored,
) -> Result<(), StoreError> {
    review_labels::ActiveModel {
        study: Set(study.to_string()),
        place: Set(place),
        pseudonym: Set(key.patient().to_string()),
        object: Set(stored.object.id.to_string()),
        sealed_by: Set(key.wrap(&stored.object)?),
        digest: Set(stored.digest.to_string()),
    }
    .insert(tx)
    .await
    .map_err(database("keep a label map"))?;
    Ok(())
}

/// Takes label maps away; gives their objects, which are removed once that is committed.
async fn drop_labels(
    tx: &DatabaseTransaction,
    study: &StudyUid,
    which: impl Fn(i32) -> bool,
) -> Result<Vec<ObjectId>, StoreError> {
    let rows = review_labels::Entity::find()
        .filter(review_labels::Column::Study.eq(study.as_str()))
        .all(tx)
        .await
        .map_err(database("list label maps"))?;
    let mut gone = Vec::new();
    for row in rows.into_iter().filter(|row| which(row.place)) {
        gone.push(row.object.parse().map_err(corrupt("review_labels"))?);
        review_labels::Entity::delete_by_id((row.study, row.place))
            .exec(tx)
            .await
            .map_err(database("drop a label map"))?;
    }
    Ok(gone)
}

/// A newer analysis of a study begins: what was said of the result before is overtaken.
pub(super) async fn overtake(
    tx: &impl ConnectionTrait,
    study: &StudyUid,
) -> Result<(), StoreError> {
    review::Entity::update_many()
        .col_expr(review::Column::State, Expr::value(ReviewState::Superseded.as_str()))
        .col_expr(review::Column::Revision, Expr::col(review::Column::Revision).add(1))
        .filter(review::Column::Study.eq(study.as_str()))
        .exec(tx)
        .await
        .map(drop)
        .map_err(database("overtake a review"))
}

/// Seals the reviews of a patient for another one, who they turned out to be. The signed outlines
/// stay; drafts can go on.
pub(super) async fn seal_reviews_anew(
    tx: &DatabaseTransaction,
    (from, to): (&PatientKey, &PatientKey),
) -> Result<(), StoreError> {
    let rows = review::Entity::find()
        .filter(review::Column::Pseudonym.eq(from.patient().to_string()))
        .all(tx)
        .await
        .map_err(database("list reviews"))?;
    for row in rows {
        let context = context(&row.study);
        let record = to.seal(&context, &from.open(&context, &row.record)?)?;
        let mut change = row.into_active_model();
        change.pseudonym = Set(to.patient().to_string());
        change.record = Set(record);
        change.update(tx).await.map_err(database("move a review"))?;
    }
    Ok(())
}

/// Names the column and the row of a sealed record.
fn context(study: &str) -> String {
    format!("review.record {study}")
}

fn sealed(key: &PatientKey, review: &Review) -> Result<String, StoreError> {
    let text = review.record.to_json().map_err(corrupt("review"))?;
    key.seal(&context(review.study.as_str()), &text)
}

fn opened(key: &PatientKey, row: &review::Model) -> Result<Review, StoreError> {
    let text = key.open(&context(&row.study), &row.record)?;
    let state: ReviewState = row.state.parse().map_err(corrupt("review"))?;
    let mut record = ReviewRecord::parse(&text).map_err(corrupt("review"))?;
    if state == ReviewState::Superseded {
        // Its job was overtaken with it.
        record.pending = None;
    }
    Ok(Review {
        study: row.study.parse().map_err(corrupt("review"))?,
        state,
        version: row.version as u32,
        revision: row.revision,
        record,
    })
}
