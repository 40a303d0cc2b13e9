//! The studies in memory: by UID, by patient, newest first.

use super::listing::Listing;
use interval_core::patient::PatientPseudonym;
use interval_core::query::{Attribute, Found};
use interval_core::uid::{ClassUid, InstanceUid, SeriesUid, StudyUid};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A study as it is listed.
#[derive(Debug, Clone)]
pub struct Card {
    /// Whose it is.
    pub patient: PatientPseudonym,
    /// What it and its patient say of themselves.
    pub listing: Listing,
    /// Its series.
    pub series: BTreeMap<SeriesUid, Holding>,
    /// SOP classes that occur.
    pub classes: BTreeSet<ClassUid>,
}

/// What is held of a series.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holding {
    /// Modality (0008,0060).
    pub modality: Box<str>,
    /// How many instances.
    pub instances: u32,
}

/// Where a study stands in the order: newest first.
type Place = Reverse<(Box<str>, Box<str>, StudyUid)>;

/// All studies.
#[derive(Debug, Default)]
pub struct Index {
    /// The state of the rows that this was read from.
    pub epoch: i64,
    cards: HashMap<StudyUid, Card>,
    order: BTreeSet<Place>,
    of_patient: HashMap<PatientPseudonym, BTreeSet<StudyUid>>,
    /// By Patient ID as it is written: several patients may have one under several issuers.
    of_id: HashMap<Box<str>, BTreeSet<StudyUid>>,
}

impl Card {
    /// How many instances there are.
    pub fn instances(&self) -> u32 {
        self.series.values().map(|series| series.instances).sum()
    }

    /// The modalities that occur.
    pub fn modalities(&self) -> BTreeSet<&str> {
        let said = self.series.values().map(|series| &*series.modality);
        said.filter(|modality| !modality.is_empty()).collect()
    }

    /// What is told of the study.
    pub fn tell(&self, uid: &StudyUid, found: &mut Found) {
        self.listing.tell(found);
        let list = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let modalities = list(self.modalities().into_iter().collect());
        let classes = list(self.classes.iter().map(ClassUid::as_str).collect());
        found.values.insert(Attribute::ModalitiesInStudy, modalities);
        found.values.insert(Attribute::SOPClassesInStudy, classes);
        found.tell(Attribute::StudyInstanceUID, uid.as_str());
        found.tell(Attribute::NumberOfStudyRelatedSeries, self.series.len().to_string());
        found.tell(Attribute::NumberOfStudyRelatedInstances, self.instances().to_string());
        found.tell(Attribute::InstanceAvailability, "ONLINE");
    }

    fn place(&self, uid: &StudyUid) -> Place {
        let text = |attribute| self.listing.text(attribute).into();
        Reverse((text(Attribute::StudyDate), text(Attribute::StudyTime), uid.clone()))
    }
}

impl Index {
    /// Empty, for this state of the rows.
    pub fn new(epoch: i64) -> Self {
        Self { epoch, ..Self::default() }
    }

    /// The card of a study.
    pub fn card(&self, uid: &StudyUid) -> Option<&Card> {
        self.cards.get(uid)
    }

    /// A study with its card.
    pub fn entry(&self, uid: &StudyUid) -> Option<(&StudyUid, &Card)> {
        self.cards.get_key_value(uid)
    }

    /// Puts a study in its place, or in another one when it says something else of itself.
    pub fn put(&mut self, uid: StudyUid, card: Card) {
        self.take(&uid);
        self.order.insert(card.place(&uid));
        self.of_patient.entry(card.patient).or_default().insert(uid.clone());
        let id = card.listing.text(Attribute::PatientID).into();
        self.of_id.entry(id).or_default().insert(uid.clone());
        self.cards.insert(uid, card);
    }

    /// A study says something else of itself now.
    pub fn relist(&mut self, uid: &StudyUid, listing: Listing) {
        if let Some(card) = self.cards.get(uid).cloned() {
            self.put(uid.clone(), Card { listing, ..card });
        }
    }

    fn take(&mut self, uid: &StudyUid) {
        let Some(card) = self.cards.remove(uid) else { return };
        self.order.remove(&card.place(uid));
        if let Some(studies) = self.of_patient.get_mut(&card.patient) {
            studies.remove(uid);
        }
        if let Some(studies) = self.of_id.get_mut(card.listing.text(Attribute::PatientID)) {
            studies.remove(uid);
        }
    }

    /// Counts an instance that is kept now.
    pub fn count(
        &mut self,
        study: &StudyUid,
        series: &SeriesUid,
        (modality, class): (&str, &ClassUid),
    ) {
        let Some(card) = self.cards.get_mut(study) else { return };
        let holding = card.series.entry(series.clone()).or_default();
        holding.instances += 1;
        if holding.modality.is_empty() {
            holding.modality = modality.into();
        }
        if !card.classes.contains(class) {
            card.classes.insert(class.clone());
        }
    }

    /// All studies, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = (&StudyUid, &Card)> {
        self.order
            .iter()
            .filter_map(|Reverse((_, _, uid))| self.cards.get(uid).map(|card| (uid, card)))
    }

    /// Some studies, newest first.
    pub fn in_order<'a>(
        &'a self,
        some: impl Iterator<Item = (&'a StudyUid, &'a Card)>,
    ) -> impl Iterator<Item = (&'a StudyUid, &'a Card)> {
        let mut places: Vec<_> = some.map(|(uid, card)| (card.place(uid), (uid, card))).collect();
        places.sort_by(|(one, _), (other, _)| one.cmp(other));
        places.into_iter().map(|(_, entry)| entry)
    }

    /// The studies of a patient.
    pub fn of_patient(
        &self,
        patient: PatientPseudonym,
    ) -> impl Iterator<Item = (&StudyUid, &Card)> {
        self.cards_of(self.of_patient.get(&patient))
    }

    /// The studies under a Patient ID, whoever issued it.
    pub fn of_id(&self, id: &str) -> impl Iterator<Item = (&StudyUid, &Card)> {
        self.cards_of(self.of_id.get(id))
    }

    fn cards_of<'a>(
        &'a self,
        studies: Option<&'a BTreeSet<StudyUid>>,
    ) -> impl Iterator<Item = (&'a StudyUid, &'a Card)> {
        let all = studies.into_iter().flatten();
        all.filter_map(|uid| self.cards.get(uid).map(|card| (uid, card)))
    }
}

/// What an instance's row tells: its UIDs, and numbers that tell nothing of the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// SOP Instance UID.
    pub uid: InstanceUid,
    /// Its series.
    pub series: SeriesUid,
    /// SOP Class UID.
    pub class: ClassUid,
    /// Instance Number, Rows, Columns, Bits Allocated, Number of Frames.
    pub numbers: [Option<i32>; 5],
}

/// The attributes of [`Picture::numbers`], in their order.
pub const NUMBERS: [Attribute; 5] = [
    Attribute::InstanceNumber,
    Attribute::Rows,
    Attribute::Columns,
    Attribute::BitsAllocated,
    Attribute::NumberOfFrames,
];
