//! A job's result and its review: the version is written down in the transaction that ends the
//! job.

use super::{HISTORY_MAX, Review, drop_labels, opened, sealed};
use crate::store::assessment::{Issue, Outcome};
use crate::store::blobs::ObjectId;
use crate::store::entity::review;
use crate::store::record::review::{BasisRecord, HistoryRecord, IssueRecord, ReviewRecord};
use crate::store::vault::PatientKey;
use crate::store::{Store, StoreError, database};
use interval_core::review::{ReviewEvent, ReviewState};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait};

impl Store {
    /// Writes down what a job came to. Gives the objects that nothing names any more.
    pub(in crate::store) async fn conclude_review(
        &self,
        tx: &DatabaseTransaction,
        owner: &PatientKey,
        outcome: &Outcome,
        now_ms: i64,
    ) -> Result<Vec<ObjectId>, StoreError> {
        let row = review::Entity::find_by_id(outcome.study.as_str())
            .one(tx)
            .await
            .map_err(database("look for a review"))?;
        let is_new = row.is_none();
        let mut review = match &row {
            Some(row) => opened(owner, row)?,
            None => Review {
                study: outcome.study.clone(),
                state: ReviewState::Preliminary,
                version: 0,
                revision: 0,
                record: ReviewRecord::default(),
            },
        };
        let before = review.record.basis.clone();
        concluded(&mut review, &outcome.issue, now_ms);
        let mut gone = Vec::new();
        if review.record.basis != before || review.record.draft.is_none() {
            review.record.draft = None;
            gone = drop_labels(tx, &outcome.study, |place| place >= 0).await?;
        }
        let model = review::ActiveModel {
            study: Set(outcome.study.to_string()),
            pseudonym: Set(owner.patient().to_string()),
            state: Set(review.state.as_str().into()),
            version: Set(review.version as i32),
            revision: Set(review.revision + 1),
            record: Set(sealed(owner, &review)?),
            changed_ms: Set(now_ms),
        };
        let written = database("write down a review");
        if is_new {
            model.insert(tx).await.map_err(written)?;
        } else {
            model.update(tx).await.map_err(written)?;
        }
        Ok(gone)
    }
}

/// The review after a job.
fn concluded(review: &mut Review, issue: &Issue, now_ms: i64) {
    let record = &mut review.record;
    let signed = record.pending.take();
    match issue {
        Issue::Rejection => {
            if let Some(last) = record.issued.last_mut() {
                last.rejected = true;
            }
        }
        Issue::Version(issue, basis) => version(review, issue, (basis, signed.is_none()), now_ms),
    }
    if signed.is_some() {
        review.record.draft = None;
        review.record.signed = signed;
    }
}

fn version(
    review: &mut Review,
    issue: &IssueRecord,
    (basis, is_machines): (&Option<BasisRecord>, bool),
    now_ms: i64,
) {
    let is_new = review.version != issue.version;
    if is_machines {
        // Nobody signed: whatever was said before, this is preliminary.
        let after = review.state.after(ReviewEvent::Analysed);
        review.state = after.unwrap_or(ReviewState::Preliminary);
    }
    review.version = issue.version;
    let record = &mut review.record;
    record.issued.retain(|known| known.version != issue.version);
    record.issued.push(issue.clone());
    record.basis.clone_from(basis);
    if is_machines && is_new {
        record.history.push(HistoryRecord {
            version: issue.version,
            state: review.state.as_str().into(),
            by: String::new(),
            at_ms: now_ms,
            reason: String::new(),
            notes: String::new(),
        });
    }
    if let (false, Some(signature)) = (is_machines, record.history.last_mut()) {
        // It now stands for the version that was made of it.
        signature.version = issue.version;
    }
    let excess = record.history.len().saturating_sub(HISTORY_MAX);
    record.history.drain(..excess);
}
