//! A signature: the state changes, the corrections are kept beside the result, and a job makes the
//! result anew; all of it in one transaction.

use super::{
    Review, ReviewRefused, SIGNED, author, drop_labels, event, opened, put, seen_by, write,
};
use crate::store::blobs::Stored;
use crate::store::entity::study;
use crate::store::job::Release;
use crate::store::record::review::{HistoryRecord, SignedRecord};
use crate::store::study::Settled;
use crate::store::tracking::{Named, remember};
use crate::store::{Store, StoreError, access, audit, corrupt, database, job, milliseconds};
use interval_core::access::{Action, Grant};
use interval_core::audit::words::{self, Detail};
use interval_core::review::{Judgement, ReviewEvent};
use interval_core::uid::StudyUid;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use std::time::SystemTime;

/// What is signed.
#[derive(Debug, Clone)]
pub struct Signing {
    /// What is said, with what it changes; who and when are filled in.
    pub signed: SignedRecord,
    /// The corrected label map, where there is one, safe on the disk.
    pub labels: Option<Stored>,
    /// Names that the lesions of that map keep.
    pub names: Vec<Named>,
}

impl Store {
    /// Signs the result of a study, as whoever signs saw it, and opens the job that makes it anew.
    pub async fn sign_review(
        &self,
        grant: &Grant,
        (study, seen): (&StudyUid, i64),
        signing: Signing,
        now: SystemTime,
    ) -> Result<Review, StoreError> {
        access::must_be(grant, Action::Sign, now)?;
        let tx = self.write().await?;
        let key = self.vault.key_of(&tx, grant.patient()).await?;
        let row = seen_by(&tx, grant, (study, seen)).await?;
        let mut review = opened(&key, &row)?;
        if review.record.pending.is_some() {
            return Err(ReviewRefused::Pending.into());
        }
        let Signing { mut signed, labels, names } = signing;
        let judgement = signed.judgement().map_err(corrupt("review"))?;
        review.state =
            review.state.after(ReviewEvent::Signed(judgement)).map_err(ReviewRefused::from)?;
        let by = author(&tx, grant).await?;
        (signed.person, signed.at_ms) = (by.to_string(), milliseconds(now));
        let mut gone = Vec::new();
        if let Some(stored) = &labels {
            gone = drop_labels(&tx, study, |place| place == SIGNED).await?;
            put(&tx, &key, (study, SIGNED), stored).await?;
        }
        remember(&tx, &names).await?;
        review.record.history.push(HistoryRecord {
            version: review.version,
            state: review.state.as_str().into(),
            by: signed.name.clone(),
            at_ms: signed.at_ms,
            reason: signed.reason.clone(),
            notes: signed.notes.clone(),
        });
        review.record.pending = Some(signed);
        review.revision += 1;
        write(&tx, &key, row, (&review, now)).await?;
        open_job(&tx, study).await?;
        let detail = match judgement {
            Judgement::Accept => Detail::Accepted,
            Judgement::Amend => Detail::Amended,
            Judgement::Reject => Detail::Rejected,
        };
        let event = event((grant, by), study, (words::Action::Sign, detail), now);
        audit::append(&tx, &event).await?;
        tx.commit().await.map_err(database("sign a review"))?;
        self.remove_objects(&gone);
        Ok(review)
    }
}

/// The job that makes the signed result: a human has looked at the doubts.
async fn open_job(tx: &sea_orm::DatabaseTransaction, uid: &StudyUid) -> Result<(), StoreError> {
    let row = study::Entity::find_by_id(uid.as_str())
        .one(tx)
        .await
        .map_err(database("look for a study"))?
        .ok_or(StoreError::Unknown("study"))?;
    let settled = Settled {
        study: uid.clone(),
        patient: row.pseudonym.parse().map_err(corrupt("study"))?,
        revision: row.revision + 1,
        study_date: row.study_date.clone(),
    };
    let mut change = row.into_active_model();
    change.revision = Set(settled.revision);
    change.update(tx).await.map_err(database("open a job"))?;
    job::open(tx, (&settled, Release::ByHuman)).await
}
