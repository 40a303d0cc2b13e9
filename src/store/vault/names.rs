//! Names for lists and searches, within what a panel shows.

use super::Identity;
use crate::store::entity::patient;
use crate::store::panel::within;
use crate::store::{Store, StoreError, corrupt, database};
use interval_core::access::Panel;
use interval_core::patient::PatientPseudonym;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use std::sync::PoisonError;

impl Store {
    /// Who these patients, rows of a list, are: one answer each, in their order; none for whoever
    /// is not of the panel or was destroyed. The caller notes the opening in the audit log.
    pub async fn identities(
        &self,
        panel: &Panel,
        patients: &[PatientPseudonym],
    ) -> Result<Vec<Option<Identity>>, StoreError> {
        let named = patients.iter().map(ToString::to_string);
        let rows = patient::Entity::find()
            .filter(patient::Column::Pseudonym.is_in(named))
            .filter(within(panel, ("patient", "pseudonym")))
            .order_by_asc(patient::Column::MadeMs)
            .all(&self.db)
            .await
            .map_err(database("look for patients"))?;
        let mut known = HashMap::new();
        for row in rows {
            let patient: PatientPseudonym = row.pseudonym.parse().map_err(corrupt("patient"))?;
            if known.contains_key(&patient) {
                continue;
            }
            match self.vault.read_identity(&self.db, row).await {
                Ok(identity) => known.insert(patient, identity),
                Err(StoreError::Shredded) => None,
                Err(error) => return Err(error),
            };
        }
        Ok(patients.iter().map(|patient| known.get(patient).cloned()).collect())
    }

    /// Patients whose name or id contains the text, as far as the index of names goes. They may be
    /// outside of every panel: the list that is shown is joined with one afterwards. The caller
    /// notes the opening.
    pub fn search_names(&self, text: &str) -> Vec<PatientPseudonym> {
        let wanted = text.to_lowercase();
        let names = self.vault.0.names.lock().unwrap_or_else(PoisonError::into_inner);
        let says = |identity: &Identity| {
            [&identity.name, &identity.id].iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        let found = names.iter().filter(|(_, (_, identity))| says(identity));
        found.map(|(patient, _)| *patient).collect()
    }

    /// Fills the index of names, so that a search need not open the vault row by row. Patients
    /// beyond the bound are found by their exact id only.
    pub async fn index_names(&self) -> Result<usize, StoreError> {
        let rows = patient::Entity::find()
            .order_by_desc(patient::Column::MadeMs)
            .limit(super::HELD_MAX as u64 - 1)
            .all(&self.db)
            .await
            .map_err(database("list patients"))?;
        let mut indexed = 0;
        for row in rows {
            match self.vault.read_identity(&self.db, row).await {
                Ok(_) => indexed += 1,
                Err(StoreError::Shredded) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(indexed)
    }
}
