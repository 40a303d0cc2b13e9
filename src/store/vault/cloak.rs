//! What hides a patient in the processing zone, derived from the patient's key: the same in every
//! study, unknown without the key, gone with it.

use super::{PatientKey, Vault};
use crate::store::{Store, StoreError, corrupt};
use interval_core::access::Grant;
use interval_core::units::Days;
use interval_iod::deid::cloak::{Cloak, SHIFTS};

impl PatientKey {
    /// The patient's cloak: the key of replaced UIDs, and the shift of dates.
    pub fn cloak(&self) -> Result<Cloak, StoreError> {
        let draw = self.key.derive("shift of dates");
        let draw = draw.bytes().iter().take(8).fold(0u64, |bits, b| bits << 8 | u64::from(*b));
        let choices = (SHIFTS.end() - SHIFTS.start() + 1) as u64;
        let shift = Days(SHIFTS.start() + (draw % choices) as i64);
        let uid_key = *self.key.derive("replaced UIDs").bytes();
        Cloak::new(self.patient, uid_key, shift).map_err(corrupt("patient_key"))
    }
}

impl Store {
    /// The cloak of a grant's patient.
    pub async fn cloak(&self, grant: &Grant) -> Result<Cloak, StoreError> {
        self.vault.key_of(&self.db, grant.patient()).await?.cloak()
    }

    /// The vault itself.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }
}
