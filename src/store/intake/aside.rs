//! An instance that comes again, or that contradicts what is here.

use super::draft::arrival;
use super::{Contradiction, Intake, Received};
use crate::store::entity::{instance, quarantine, study};
use crate::store::{Store, StoreError, audit, corrupt, database, milliseconds, object};
use interval_core::audit::words::{Detail, Outcome};
use interval_core::patient::PatientPseudonym;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use std::time::SystemTime;

impl Store {
    /// An instance under a UID that has a row: the same bytes change nothing.
    pub(super) async fn again(
        &self,
        received: &Received,
        now: SystemTime,
    ) -> Result<Intake, StoreError> {
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
        self.put_aside((received, owner), Contradiction::OtherContent, now).await
    }

    async fn owner_of_row(&self, study: &str) -> Result<PatientPseudonym, StoreError> {
        let row = study::Entity::find_by_id(study)
            .one(&self.db)
            .await
            .map_err(database("look for the study"))?
            .ok_or(StoreError::Unknown("study"))?;
        row.pseudonym.parse().map_err(corrupt("study"))
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
        quarantine::ActiveModel {
            uid: Set(received.instance.uid.to_string()),
            digest: Set(stored.digest.to_string()),
            pseudonym: Set(owner.to_string()),
            object: Set(stored.object.id.to_string()),
            sealed_by: Set(key.wrap(&stored.object)?),
            reason: Set(why.as_str().into()),
            received_ms: Set(milliseconds(now)),
            ..Default::default()
        }
        .insert(&tx)
        .await
        .map_err(database("put the instance aside"))?;
        let event = arrival(received, owner, milliseconds(now))
            .with_outcome(Outcome::MinorFailure, Detail::Quarantined);
        audit::append_once(&tx, &event).await?;
        tx.commit().await.map_err(database("put the instance aside"))?;
        Ok(Intake::Quarantined(why))
    }
}
