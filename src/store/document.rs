//! What was authored for a study, job by job, and where it went: the versions of its results.

use super::entity::{authored, instance, outbox};
use super::vault::PatientKey;
use super::{Store, StoreError, corrupt, database, object, same_patient};
use crate::store::blobs::SealedObject;
use interval_core::access::Grant;
use interval_core::digest::{Digest, Verified};
use interval_core::uid::{InstanceUid, StudyUid};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::BTreeMap;

/// An object that was authored for a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// SOP Instance UID.
    pub uid: InstanceUid,
    /// SOP Class UID.
    pub class: String,
    /// The last job that came to it.
    pub job: i32,
    /// When it was made, in ms since 1970; zero where only its deliveries are left.
    pub made_ms: i64,
    /// Size in bytes; zero where only its deliveries are left.
    pub bytes: i64,
    /// Where it went.
    pub deliveries: Vec<Delivery>,
    held: SealedObject,
    digest: Digest,
}

/// One destination of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Name of the destination.
    pub destination: String,
    /// pending, delivered or failed.
    pub state: String,
    /// Attempts made.
    pub attempt: i32,
    /// What went wrong last; empty when nothing did.
    pub last_error: String,
    /// When its state last changed, in ms since 1970.
    pub changed_ms: i64,
}

impl Store {
    /// What was authored for a study of the grant's patient, the newest job first.
    pub async fn documents(
        &self,
        grant: &Grant,
        study: &StudyUid,
    ) -> Result<Vec<Document>, StoreError> {
        let owner = self.vault.key_of(&self.db, grant.patient()).await?;
        let mut found = self.listed(&owner, study).await?;
        let rows = outbox::Entity::find()
            .filter(outbox::Column::Study.eq(study.as_str()))
            .order_by_asc(outbox::Column::Id)
            .all(&self.db)
            .await
            .map_err(database("look into the outbox"))?;
        for row in rows {
            same_patient(grant, &row.pseudonym)?;
            let document = match found.remove(&row.uid) {
                Some(document) => document,
                None => only_sent(&row, &owner)?,
            };
            let delivery = Delivery {
                destination: row.destination,
                state: row.state,
                attempt: row.attempt,
                last_error: row.last_error,
                changed_ms: row.changed_ms,
            };
            let deliveries = document.deliveries.into_iter().chain([delivery]).collect();
            found.insert(row.uid, Document { deliveries, ..document });
        }
        let mut all: Vec<_> = found.into_values().collect();
        all.sort_by(|a, b| (b.job, &a.class, &a.uid).cmp(&(a.job, &b.class, &b.uid)));
        Ok(all)
    }

    /// The bytes of an object, checked against their digest.
    pub fn open_document(&self, document: &Document) -> Result<Verified<Vec<u8>>, StoreError> {
        let bytes = self.blobs.read(&document.held).map_err(object("read a result"))?;
        Ok(Verified::check(bytes, document.digest)?)
    }

    /// Those that stand in the archive beside the images.
    async fn listed(
        &self,
        owner: &PatientKey,
        study: &StudyUid,
    ) -> Result<BTreeMap<String, Document>, StoreError> {
        let rows = authored::Entity::find()
            .filter(authored::Column::Study.eq(study.as_str()))
            .all(&self.db)
            .await
            .map_err(database("look for results"))?;
        let uids = rows.iter().map(|row| row.uid.as_str());
        let kept = instance::Entity::find()
            .filter(instance::Column::Uid.is_in(uids))
            .all(&self.db)
            .await
            .map_err(database("look for results"))?;
        let mut found = BTreeMap::new();
        for row in kept {
            let job = rows.iter().find(|authored| authored.uid == row.uid);
            let document = Document {
                uid: row.uid.parse().map_err(corrupt("instance"))?,
                class: row.class,
                job: job.map_or(0, |authored| authored.job),
                made_ms: row.received_ms,
                bytes: row.bytes,
                deliveries: Vec::new(),
                held: owner.unwrap(&row.object, &row.sealed_by)?,
                digest: row.digest.parse().map_err(corrupt("instance"))?,
            };
            found.insert(row.uid, document);
        }
        Ok(found)
    }
}

/// An object of an earlier job, of which the outbox is all that knows.
fn only_sent(row: &outbox::Model, owner: &PatientKey) -> Result<Document, StoreError> {
    Ok(Document {
        uid: row.uid.parse().map_err(corrupt("outbox"))?,
        class: row.class.clone(),
        job: row.job,
        made_ms: 0,
        bytes: 0,
        deliveries: Vec::new(),
        held: owner.unwrap(&row.object, &row.sealed_by)?,
        digest: row.digest.parse().map_err(corrupt("outbox"))?,
    })
}
