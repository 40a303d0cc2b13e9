//! A patient whom nobody here has met, brought by hand: who brings them cares for them.

use super::access::{Change, moment};
use super::assignment::insert;
use super::entity::assignment;
use super::user::actor;
use super::{Store, StoreError, database, milliseconds};
use interval_core::access::{Assignment, By, PersonId};
use interval_core::patient::Patient;
use sea_orm::ActiveValue::Set;
use std::time::SystemTime;

impl Store {
    /// Takes in a patient who is not known, and assigns them to the person who brings them; both or
    /// neither. Fails with [`StoreError::OnePatient`] when somebody else brought them meanwhile.
    pub async fn take_in(
        &self,
        who: &Patient,
        person: &PersonId,
        now: SystemTime,
    ) -> Result<Assignment, StoreError> {
        let tx = self.write().await?;
        if self.vault.pseudonym(&tx, (&who.id, &who.issuer)).await?.is_some() {
            return Err(StoreError::OnePatient);
        }
        let now_ms = milliseconds(now);
        let patient = self.vault.admit(&tx, who, now_ms).await?.patient();
        let by = actor(&tx, &By::Person(person.clone())).await?;
        let row = assignment::ActiveModel {
            pseudonym: Set(patient.to_string()),
            from_ms: Set(now_ms),
            until_ms: Set(None),
            delegated_from: Set(None),
            ..Default::default()
        };
        let change = (Change::Assigned, moment(now_ms));
        let made = insert(&tx, row, (person, by), change).await?;
        tx.commit().await.map_err(database("take in a patient"))?;
        Ok(made)
    }
}
