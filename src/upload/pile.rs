//! One upload: what was brought, what was refused, and what a person says of its series.

use super::unfit::Unfit;
use super::{Bringer, Limits};
use crate::store::blobs::{Blobs, ObjectWriter, SealedObject, Stored};
use interval_core::patient::Patient;
use interval_core::role::SeriesRole;
use interval_core::study::{Instance, Study};
use interval_core::uid::{InstanceUid, SeriesUid, StudyUid};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Refused files that are listed; more are counted.
const REFUSED_LISTED: usize = 200;

/// Characters of a file's name that are shown.
const NAME_CHARS_MAX: usize = 120;

/// One upload.
#[derive(Debug)]
pub struct Pile {
    bringer: Bringer,
    began: SystemTime,
    blobs: Blobs,
    limits: Limits,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    files: BTreeMap<InstanceUid, Staged>,
    studies: BTreeMap<StudyUid, usize>,
    bytes: u64,
    refused: Vec<Refused>,
    refused_more: usize,
    roles: BTreeMap<SeriesUid, SeriesRole>,
    phase: Phase,
}

#[derive(Debug)]
struct Staged {
    instance: Instance,
    stored: Stored,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// It takes files.
    #[default]
    Open,
    /// It is being handed over.
    Begun,
}

/// A file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its name as the person knows it.
    pub name: String,
    /// Why, a sentence.
    pub why: String,
}

/// What was brought of one study.
#[derive(Debug)]
pub struct Brought {
    /// Its series.
    pub study: Study,
    /// Whom its images name: one, unless something is wrong.
    pub patients: Vec<Patient>,
}

/// How much was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Files that are kept.
    pub files: usize,
    /// Bytes of them.
    pub bytes: u64,
    /// The first files that were refused.
    pub refused: Vec<Refused>,
    /// How many more were.
    pub refused_more: usize,
}

/// The right to hand an upload over; it takes files again when this ends.
#[derive(Debug)]
pub struct Begun<'a>(&'a Pile);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.held().phase = Phase::Open;
    }
}

impl Drop for Pile {
    fn drop(&mut self) {
        let held = self.held.get_mut().unwrap_or_else(PoisonError::into_inner);
        for staged in held.files.values() {
            // What stays is removed at the next start, and nobody has its key.
            let _ = self.blobs.remove(staged.stored.object.id);
        }
    }
}

impl Pile {
    pub(super) fn new(
        (bringer, began): (Bringer, SystemTime),
        blobs: Blobs,
        limits: Limits,
    ) -> Self {
        Self { bringer, began, blobs, limits, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose it is.
    pub fn bringer(&self) -> &Bringer {
        &self.bringer
    }

    /// When it was begun.
    pub fn began(&self) -> SystemTime {
        self.began
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn create(&self) -> io::Result<ObjectWriter> {
        self.blobs.create()
    }

    /// Removes an object that is not kept.
    pub(super) fn remove(&self, stored: &Stored) {
        // What stays is removed at the next start, and nobody has its key.
        let _ = self.blobs.remove(stored.object.id);
    }

    /// Whether another file may begin.
    pub(super) fn room(&self) -> Result<(), Unfit> {
        let held = self.held();
        if held.phase == Phase::Begun {
            return Err(Unfit::Begun);
        }
        let most = self.limits.files_max;
        if held.files.len() < most { Ok(()) } else { Err(Unfit::Files(most)) }
    }

    /// Counts bytes before they are written.
    pub(super) fn charge(&self, bytes: u64) -> Result<(), Unfit> {
        let (mut held, most) = (self.held(), self.limits.bytes_max);
        if held.bytes + bytes > most {
            return Err(Unfit::Bytes(most >> 20));
        }
        held.bytes += bytes;
        Ok(())
    }

    /// Takes back what was counted of a file that is not kept.
    pub(super) fn give_back(&self, bytes: u64) {
        let mut held = self.held();
        held.bytes = held.bytes.saturating_sub(bytes);
    }

    /// Keeps a file whose bytes were counted. The same file again changes nothing.
    pub(super) fn keep(&self, instance: Instance, stored: Stored) -> Result<(), Unfit> {
        let mut held = self.held();
        let known = held.files.get(&instance.uid).map(|known| known.stored.digest);
        let refused = match known {
            Some(digest) if digest == stored.digest => None,
            Some(_) => Some(Unfit::Twice),
            None => held.fits(&instance, &self.limits).err(),
        };
        if known.is_some() || refused.is_some() {
            held.bytes = held.bytes.saturating_sub(stored.bytes);
            self.remove(&stored);
            return refused.map_or(Ok(()), Err);
        }
        *held.studies.entry(instance.study.clone()).or_default() += 1;
        held.files.insert(instance.uid.clone(), Staged { instance, stored });
        Ok(())
    }

    /// Remembers that a file was not taken.
    pub fn refuse(&self, name: &str, why: &dyn std::fmt::Display) {
        let mut held = self.held();
        if held.refused.len() >= REFUSED_LISTED {
            held.refused_more += 1;
            return;
        }
        let shown = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
        held.refused.push(Refused { name: shown, why: format!("{why}.") });
    }

    /// How much was brought.
    pub fn tally(&self) -> Tally {
        let held = self.held();
        Tally {
            files: held.files.len(),
            bytes: held.bytes,
            refused: held.refused.clone(),
            refused_more: held.refused_more,
        }
    }

    /// What was brought, study by study in the order of their dates.
    pub fn brought(&self) -> Vec<Brought> {
        let mut studies: BTreeMap<StudyUid, Vec<Instance>> = BTreeMap::new();
        for Staged { instance, .. } in self.held().files.values() {
            studies.entry(instance.study.clone()).or_default().push(instance.clone());
        }
        let brought = |(uid, instances): (StudyUid, Vec<Instance>)| {
            let mut seen = BTreeSet::new();
            let named = instances.iter().map(|instance| instance.patient.clone());
            let patients = named
                .filter(|patient| seen.insert((patient.id.clone(), patient.issuer.clone())))
                .collect();
            Brought { study: Study::from_instances(uid, instances), patients }
        };
        let mut all: Vec<_> = studies.into_iter().map(brought).collect();
        let date = |brought: &Brought| brought.study.exam().map(|exam| exam.date.clone());
        all.sort_by_key(|brought| (date(brought), brought.study.uid.clone()));
        all
    }

    /// What a person says of the series.
    pub fn roles(&self) -> Vec<(SeriesUid, SeriesRole)> {
        self.held().roles.iter().map(|(series, role)| (series.clone(), *role)).collect()
    }

    /// Remembers a person's word on a series, or that there is none any more; gives whether the
    /// series is here.
    pub fn say(&self, series: SeriesUid, role: Option<SeriesRole>) -> bool {
        let mut held = self.held();
        if !held.files.values().any(|staged| staged.instance.series == series) {
            return false;
        }
        match role {
            Some(role) => held.roles.insert(series, role),
            None => held.roles.remove(&series),
        };
        true
    }

    /// Begins to hand it over; from now on it takes no files. Nothing when that was begun already.
    pub fn begin(&self) -> Option<Begun<'_>> {
        let mut held = self.held();
        if held.phase == Phase::Begun {
            return None;
        }
        held.phase = Phase::Begun;
        Some(Begun(self))
    }

    /// The objects that were staged.
    pub fn objects(&self) -> Vec<SealedObject> {
        self.held().files.values().map(|staged| staged.stored.object.clone()).collect()
    }

    /// Reads a staged object piece by piece.
    pub fn each_piece(
        &self,
        object: &SealedObject,
        each: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        self.blobs.each_piece(object, each)
    }
}

impl Held {
    fn fits(&self, instance: &Instance, limits: &Limits) -> Result<(), Unfit> {
        if self.phase == Phase::Begun {
            return Err(Unfit::Begun);
        }
        if self.files.len() >= limits.files_max {
            return Err(Unfit::Files(limits.files_max));
        }
        let is_new = !self.studies.contains_key(&instance.study);
        if is_new && self.studies.len() >= limits.studies_max {
            return Err(Unfit::Studies(limits.studies_max));
        }
        Ok(())
    }
}
