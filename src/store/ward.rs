//! A ward for tests of access: a store on a temporary folder, with patients and people.

use super::Store;
use crate::keys::{KeySource, Keyring};
use interval_core::access::{
    Action, Assurance, Factors, Grant, Permit, Person, PersonId, Policy, Principal, Role, decide,
    permit,
};
use interval_core::patient::PatientPseudonym;
use sea_orm::ConnectionTrait;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

/// Two patients whom the ward has images of.
pub const RUTH: PatientPseudonym = PatientPseudonym(0x11);
pub const DAVID: PatientPseudonym = PatientPseudonym(0x22);
/// One whom it does not know.
pub const STRANGER: PatientPseudonym = PatientPseudonym(0x33);

/// Hours after the ward opened; times lie in them.
pub fn hour(hours: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(500_000 + hours)
}

pub fn person(subject: &str) -> PersonId {
    PersonId::new("https://id.example/realms/ward", subject).expect("a plain subject")
}

/// Somebody who just signed in with several factors.
pub fn signed_in(subject: &str, role: Role, now: SystemTime) -> Principal {
    Principal::Person(Person {
        id: person(subject),
        roles: BTreeSet::from([role]),
        assurance: Assurance { factors: Factors::Several, auth_time: now },
        session_ends: now + Duration::from_hours(8),
    })
}

/// What the operator may.
pub fn operator(now: SystemTime) -> Permit {
    permit(&Policy::house(), &Principal::Operator, Action::Administer, now).expect("the operator")
}

/// A store with its folder, which goes with it.
pub struct Ward {
    pub store: Store,
    _folder: tempfile::TempDir,
}

impl Ward {
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ring = Keyring::open(KeySource::Passing, Vec::new(), None).expect("a key");
        let store = Store::open(folder.path(), ring).await.expect("a store");
        for patient in [RUTH, DAVID] {
            let vault = store.vault();
            vault.new_key(&store.db, patient).await.expect("a key of the patient");
            let insert = format!(
                "INSERT INTO patient (code, pseudonym, identity, made_ms)
                 VALUES ('{0}', '{patient}', '', 0)",
                patient.0
            );
            store.db.execute_unprepared(&insert).await.expect("a patient");
        }
        Self { store, _folder: folder }
    }

    /// The grant of somebody for a patient, by whatever connects them in the store.
    pub async fn grant(
        &self,
        (subject, role): (&str, Role),
        patient: PatientPseudonym,
        action: Action,
        now: SystemTime,
    ) -> Option<Grant> {
        let standing = self.store.standing(&person(subject), patient).await.expect("a standing");
        decide(&Policy::house(), &signed_in(subject, role, now), &standing, action, now).ok()
    }

    /// How many records the audit log has.
    pub async fn noted(&self) -> u64 {
        self.store.audit_size().await.expect("the log")
    }
}
