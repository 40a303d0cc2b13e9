//! One study that we fetch: whose it has to be, and what came of it. Each instance is checked before
//! it is recorded, whichever way it comes.

use super::identity::{Contradiction, Person};
use crate::store::intake::{self, Intake};
use interval_core::patient::PatientPseudonym;
use interval_core::study::Instance;
use interval_core::uid::StudyUid;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why an instance that was fetched is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Contradicted {
    /// It is of somebody else.
    #[error("it is not the patient's: {0}")]
    SomebodyElse(Contradiction),
    /// It is of another study than the one that was asked for.
    #[error("it is of another study than was asked for")]
    OtherStudy,
}

/// One study that we fetch.
#[derive(Debug)]
pub struct Errand {
    study: StudyUid,
    person: Person,
    purpose: intake::Errand,
    kept: AtomicU32,
    contradicted: Mutex<Option<Contradicted>>,
}

impl Errand {
    /// For a study of somebody, with the words why it is fetched.
    pub fn new(
        study: StudyUid,
        person: Person,
        patient: PatientPseudonym,
        evidence: &str,
    ) -> Arc<Self> {
        let purpose = intake::Errand { patient, evidence: evidence.into() };
        let (kept, contradicted) = (AtomicU32::new(0), Mutex::new(None));
        Arc::new(Self { study, person, purpose, kept, contradicted })
    }

    /// The study.
    pub fn study(&self) -> &StudyUid {
        &self.study
    }

    /// Whether an instance is what was asked for. After one that is not, none is.
    pub fn check(&self, instance: &Instance) -> Result<(), Contradicted> {
        let mut contradicted = self.contradicted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = *contradicted {
            return Err(why);
        }
        let checked = if instance.study == self.study {
            self.person.check(&instance.patient).map_err(Contradicted::SomebodyElse)
        } else {
            Err(Contradicted::OtherStudy)
        };
        *contradicted = checked.err();
        checked
    }

    /// For the rows.
    pub fn purpose(&self) -> intake::Errand {
        self.purpose.clone()
    }

    /// An instance was recorded.
    pub fn came(&self, intake: &Intake) {
        if *intake == Intake::Kept {
            self.kept.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Instances that were new.
    pub fn kept(&self) -> u32 {
        self.kept.load(Ordering::Relaxed)
    }

    /// What was not as it should be.
    pub fn contradicted(&self) -> Option<Contradicted> {
        *self.contradicted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What others were asked to send to our own door (C-MOVE): by their title, as they will call.
/// Copies are one.
#[derive(Debug, Clone, Default)]
pub struct Errands(Arc<Mutex<HashMap<String, Vec<Arc<Errand>>>>>);

impl Errands {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Arc<Errand>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, until the answer is dropped, a study of that sender is what we asked for.
    #[must_use = "the sender is awaited for as long as it is held"]
    pub fn await_from(&self, title: &str, errand: Arc<Errand>) -> Awaited {
        self.lock().entry(title.to_owned()).or_default().push(errand.clone());
        Awaited { errands: self.clone(), title: title.to_owned(), errand }
    }

    /// Whether anything is awaited from a sender.
    pub fn awaits(&self, title: &str) -> bool {
        self.lock().contains_key(title)
    }

    /// The errand that a sender runs with a study.
    pub fn of(&self, title: &str, study: &StudyUid) -> Option<Arc<Errand>> {
        let awaited = self.lock();
        awaited.get(title)?.iter().find(|errand| errand.study == *study).cloned()
    }
}

/// Something is awaited.
#[derive(Debug)]
pub struct Awaited {
    errands: Errands,
    title: String,
    errand: Arc<Errand>,
}

impl Drop for Awaited {
    fn drop(&mut self) {
        let mut awaited = self.errands.lock();
        if let Some(errands) = awaited.get_mut(&self.title) {
            errands.retain(|errand| !Arc::ptr_eq(errand, &self.errand));
            if errands.is_empty() {
                awaited.remove(&self.title);
            }
        }
    }
}
