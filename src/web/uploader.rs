//! Whoever brings objects by the web door: the access policy is asked for each patient.

use super::Web;
use super::request::Asked;
use super::status::Refusal;
use crate::ingest::Warden;
use crate::store::{Store, StoreError};
use interval_core::access::{Action, Denied, Grant, Policy, Principal, Standing, decide};
use interval_core::patient::PatientPseudonym;
use std::future::Future;
use std::pin::Pin;
use std::time::SystemTime;

/// Somebody who brings objects.
pub struct Uploader {
    door: Web,
    principal: Principal,
}

impl Uploader {
    /// The caller.
    pub fn of(asked: &Asked) -> Result<Self, Refusal> {
        let principal = asked.caller()?.principal.clone();
        Ok(Self { door: asked.door.clone(), principal })
    }

    /// The grant to bring images of a patient, or why there is none; nobody is a patient whom we
    /// have not met.
    pub async fn decide(
        &self,
        patient: Option<PatientPseudonym>,
    ) -> Result<Result<Grant, Denied>, StoreError> {
        let patient = patient.unwrap_or(PatientPseudonym::NOBODY);
        let (policy, store): (&Policy, &Store) = (&self.door.host.policy, &self.door.host.store);
        let standing = match &self.principal {
            Principal::Person(person) => store.standing(&person.id, patient).await?,
            _ => Standing::none(patient),
        };
        let now = SystemTime::now();
        Ok(decide(policy, &self.principal, &standing, Action::Upload, now))
    }
}

impl Warden for Uploader {
    fn may_bring(
        &self,
        patient: Option<PatientPseudonym>,
    ) -> Pin<Box<dyn Future<Output = Result<bool, StoreError>> + Send + '_>> {
        Box::pin(async move { Ok(self.decide(patient).await?.is_ok()) })
    }
}
