//! An instance that comes again, or that contradicts what is here.

use super::draft::arrival;
use super::{Contradiction, Intake, Received};
use crate::store::entity::{instance, quarantine, study};
use crate::store::vault::PatientKey;
use crate::store::{Store, StoreError, audit, corrupt, database, milliseconds, object};
use interval_core::audit::words::{Detail, Outcome};
use interval_core::patient::PatientPseudonym;
use interval_core::uid::StudyUid;
use interval_iod::alteration::{Alteration, compare};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter,
};
use std::time::SystemTime;

/// Why an object lies aside that a correction replaced.
pub(super) const REPLACED: &str = "replaced by a corrected header";

impl Store {
    /// An instance under a UID that has a row: the same bytes change nothing, and neither does a
    /// result of ours; the same image under a corrected header replaces it; anything else is put
    /// aside.
    pub(super) async fn again(
        &self,
        received: &Received,
        now: SystemTime,
    ) -> Result<Intake, StoreError> {
        let name = (received.instance.class.as_str(), received.instance.uid.as_str());
        if self.authored_in(&self.db, name).await?.is_some() {
            // Archives change headers of what they were sent: the result stays as it was authored.
            let second = received.stored.object.id;
            self.blobs.remove(second).map_err(object("remove a result that came back"))?;
            return Ok(Intake::Known);
        }
        let first = instance::Entity::find_by_id(received.instance.uid.as_str())
            .one(&self.db)
            .await
            .map_err(database("look for the instance"))?
            .ok_or(StoreError::Unknown("instance"))?;
        if first.digest == received.stored.digest.to_string() {
            // The row names the first object; this second one is named by nothing.
            let second = received.stored.object.id;
            self.blobs.remove(second).map_err(object("remove a duplicate"))?;
            return Ok(Intake::Known);
        }
        let owner = self.owner_of_row(&first.study).await?;
        let aside = (received, owner);
        if first.study != received.instance.study.as_str()
            || !self.is_same_content(&first, (received, owner)).await?
        {
            return self.put_aside(aside, Contradiction::OtherContent, now).await;
        }
        if !self.is_of(owner, received).await? {
            return self.put_aside(aside, Contradiction::CorrectedToOther, now).await;
        }
        self.revise(first, (received, owner), now).await
    }

    /// Whether an instance of that UID has a row.
    pub(super) async fn is_here(&self, received: &Received) -> Result<bool, StoreError> {
        let known = self.classes_of(&[&received.instance.uid]).await?;
        Ok(!known.is_empty())
    }

    async fn owner_of_row(&self, study: &str) -> Result<PatientPseudonym, StoreError> {
        let row = study::Entity::find_by_id(study)
            .one(&self.db)
            .await
            .map_err(database("look for the study"))?
            .ok_or(StoreError::Unknown("study"))?;
        row.pseudonym.parse().map_err(corrupt("study"))
    }

    /// Whether only what describes patient, study and series is other than it was.
    async fn is_same_content(
        &self,
        first: &instance::Model,
        (received, owner): (&Received, PatientPseudonym),
    ) -> Result<bool, StoreError> {
        let key = self.vault.key_of(&self.db, owner).await?;
        let kept = key.unwrap(&first.object, &first.sealed_by)?;
        let (blobs, arrived) = (self.blobs.clone(), received.stored.object.clone());
        let compared = tokio::task::spawn_blocking(move || {
            let kept = blobs.read(&kept).map_err(object("read an instance"))?;
            let arrived = blobs.read(&arrived).map_err(object("read an instance"))?;
            Ok::<_, StoreError>(compare(&kept, &arrived))
        });
        let compared = compared.await.map_err(corrupt("instance"))??;
        // What cannot be compared is not the same.
        Ok(matches!(compared, Ok(Alteration::SameBytes | Alteration::SameContent(_))))
    }

    /// Whether the header names the patient by an id that is known for them.
    async fn is_of(
        &self,
        owner: PatientPseudonym,
        received: &Received,
    ) -> Result<bool, StoreError> {
        let who = &received.instance.patient;
        let named = self.vault.pseudonym(&self.db, (&who.id, &who.issuer)).await?;
        Ok(named == Some(owner))
    }

    /// Keeps an instance aside for a human, under the key of whom it contradicts.
    pub(super) async fn put_aside(
        &self,
        (received, owner): (&Received, PatientPseudonym),
        why: Contradiction,
        now: SystemTime,
    ) -> Result<Intake, StoreError> {
        let tx = self.write().await?;
        let key = self.vault.key_of(&tx, owner).await?;
        let stored = &received.stored;
        let aside = Aside {
            uid: received.instance.uid.as_str(),
            study: received.instance.study.as_str(),
            digest: stored.digest.to_string(),
            object: stored.object.id.to_string(),
            sealed_by: key.wrap(&stored.object)?,
            reason: why.as_str(),
        };
        aside.keep(&tx, &key, now).await?;
        let event = arrival(received, owner, milliseconds(now))
            .with_outcome(Outcome::MinorFailure, Detail::Quarantined);
        audit::append_once(&tx, &event).await?;
        tx.commit().await.map_err(database("put the instance aside"))?;
        Ok(Intake::Quarantined(why))
    }

    /// How many images of other patients were put aside because they came in this study.
    pub async fn contradictions(&self, study: &StudyUid) -> Result<u64, StoreError> {
        let others = [Contradiction::OtherPatient, Contradiction::CorrectedToOther];
        quarantine::Entity::find()
            .filter(quarantine::Column::Study.eq(study.as_str()))
            .filter(quarantine::Column::Reason.is_in(others.map(Contradiction::as_str)))
            .count(&self.db)
            .await
            .map_err(database("look for what was put aside"))
    }
}

/// A row of what lies aside.
pub(super) struct Aside<'a> {
    pub(super) uid: &'a str,
    pub(super) study: &'a str,
    pub(super) digest: String,
    pub(super) object: String,
    pub(super) sealed_by: String,
    pub(super) reason: &'a str,
}

impl Aside<'_> {
    pub(super) async fn keep(
        self,
        tx: &DatabaseTransaction,
        key: &PatientKey,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        quarantine::ActiveModel {
            uid: Set(self.uid.into()),
            digest: Set(self.digest),
            pseudonym: Set(key.patient().to_string()),
            object: Set(self.object),
            sealed_by: Set(self.sealed_by),
            reason: Set(self.reason.into()),
            received_ms: Set(milliseconds(now)),
            study: Set(self.study.into()),
            ..Default::default()
        }
        .insert(tx)
        .await
        .map_err(database("put the instance aside"))?;
        Ok(())
    }
}
