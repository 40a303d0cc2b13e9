//! What is reported: findings by timepoint, response, doubts and where each number came from.

mod headline;

pub use headline::{Headline, LesionChange, WholeChange};

use crate::digest::Digest;
use crate::lesion::{Lesion, LesionTrack, RegionVolumes};
use crate::response::Verdict;
use crate::role::SeriesRole;
use crate::stage::Stage;
use crate::timepoint::{Date, Reference};
use crate::uid::{SeriesUid, StudyUid};
use crate::units::{Cm3, Mm};
use std::fmt;

/// Everything that is said about a patient's timeline, seen from its last timepoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The timepoints in the order of time; the last one is the current study.
    pub timepoints: Vec<Findings>,
    /// Lesions through time; each has one sighting a timepoint.
    pub tracks: Vec<LesionTrack>,
    /// Index of the timepoint that others are compared with.
    pub reference: usize,
    /// What that timepoint is called.
    pub reference_kind: Reference,
    /// Index of the timepoint with the smallest burden before the current one, the reference
    /// included.
    pub nadir: usize,
    /// One verdict for each criteria table, for the current timepoint.
    pub verdicts: Vec<Verdict>,
    /// What a person should know.
    pub doubts: Vec<Doubt>,
    /// How it was made.
    pub provenance: Provenance,
}

/// What was measured at one timepoint, in the native grid of its own study.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// The study.
    pub study: StudyUid,
    /// When it was made; nothing when the study says no date.
    pub date: Option<Date>,
    /// Volumes of all lesions together.
    pub volumes: RegionVolumes,
    /// The lesions, by index.
    pub lesions: Vec<Lesion>,
    /// Components below the detection floor: how many, and their volume together.
    pub ignored: (usize, Cm3),
    /// Sum of the products of diameters of the measurable target lesions, in mm2.
    pub sum_of_products_mm2: f64,
    /// Spacing of the native grid, in mm.
    pub spacing_mm: [f64; 3],
    /// Digest over the digests of every input instance.
    pub input_digest: Digest,
}

/// How an assessment was made: enough to make it again.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// Version of this software.
    pub software_version: String,
    /// The segmentation model.
    pub model: ModelName,
    /// What was decided on the way, and why.
    pub trail: Vec<Decision>,
}

/// A model as it is named in results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelName {
    /// Its name, from the card.
    pub name: String,
    /// Its version, from the card.
    pub version: String,
    /// Digest over its files.
    pub digest: Digest,
}

/// One entry of the decision trail: who decided what, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Where on the way.
    pub stage: Stage,
    /// Who decided.
    pub by: Decider,
    /// What was decided, a sentence.
    pub what: String,
    /// Why, with its numbers.
    pub why: String,
}

/// Who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decider {
    /// A stage, by its own rules.
    Stage,
    /// The coordinator, who chooses the strategy.
    Coordinator,
    /// The evaluator, who checks before anything leaves.
    Evaluator,
    /// A person.
    Human,
}

impl Decider {
    /// The word used in files and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            Decider::Stage => "stage",
            Decider::Coordinator => "coordinator",
            Decider::Evaluator => "evaluator",
            Decider::Human => "human",
        }
    }
}

/// Something a person should know. Its `Display` is the sentence for the radiologist.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// A sequence that the strategy needs is not there.
    MissingSeries(SeriesRole),
    /// Two or more series could both be the one.
    AmbiguousSeries(SeriesRole, Vec<SeriesUid>),
    /// Instances of one study name different patients.
    MixedPatients(usize),
    /// Slices are missing, doubled or unevenly spaced.
    UnevenSlices(SeriesRole, String),
    /// An image of the series cannot be read.
    UnreadableSeries(SeriesRole, String),
    /// A registration did not pass its gate.
    PoorRegistration(String),
    /// The brain could not be told from the rest.
    PoorBrainMask(String),
    /// The images were stripped of their skull before they came.
    AlreadyStripped,
    /// The pixels went through lossy compression.
    LossyCompression(SeriesRole),
    /// The slices of two compared timepoints differ much in thickness.
    DifferentSlices(Mm, Mm),
    /// No lesion large enough to be measured: a finding, not a failure.
    NoMeasurableTumour,
    /// A size, place or jump that is hardly possible.
    Implausible(String),
    /// A result object did not hold what it was made from.
    ObjectMismatch(String),
    /// The segmentation did not come from a trained model.
    ClassicalSegmentation,
    /// A rule whose primary source has not been read was used.
    UnverifiedRule(String),
    /// Nobody who is trusted vouches for the model's files.
    UnsignedModel(String),
}

impl Doubt {
    /// Whether a human must look before the study goes on.
    pub fn holds(&self) -> bool {
        matches!(
            self,
            Doubt::AmbiguousSeries(..)
                | Doubt::MixedPatients(_)
                | Doubt::UnevenSlices(..)
                | Doubt::UnreadableSeries(..)
                | Doubt::PoorRegistration(_)
                | Doubt::PoorBrainMask(_)
                | Doubt::Implausible(_)
                | Doubt::ObjectMismatch(_)
        )
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::MissingSeries(role) => {
                write!(f, "Not evaluable: no {role} series in the study.")
            }
            Doubt::AmbiguousSeries(role, series) => write!(
                f,
                "{} series could be the {role} series; please say which one it is.",
                series.len()
            ),
            Doubt::MixedPatients(patients) => {
                write!(f, "The study names {patients} different patients; nothing was measured.")
            }
            Doubt::UnevenSlices(role, what) => {
                write!(f, "The {role} series is not complete: {what}.")
            }
            Doubt::UnreadableSeries(role, what) => {
                write!(f, "The {role} series cannot be read: {what}.")
            }
            Doubt::PoorRegistration(what) => {
                write!(f, "The images could not be aligned well enough: {what}.")
            }
            Doubt::PoorBrainMask(what) => write!(f, "The brain could not be outlined: {what}."),
            Doubt::AlreadyStripped => f.write_str("The images came without skull."),
            Doubt::LossyCompression(role) => {
                write!(f, "The {role} series was compressed with loss; measurements may differ.")
            }
            Doubt::DifferentSlices(then, now) => write!(
                f,
                "Slice thickness differs between the compared studies ({then} mm and {now} mm)."
            ),
            Doubt::NoMeasurableTumour => f.write_str("No measurable tumour."),
            Doubt::Implausible(what) => write!(f, "The result is implausible: {what}."),
            Doubt::ObjectMismatch(what) => {
                write!(f, "A result object failed its check before sending: {what}.")
            }
            Doubt::ClassicalSegmentation => {
                f.write_str("Segmented without a trained model; outlines are rough.")
            }
            Doubt::UnverifiedRule(rule) => {
                write!(f, "The rule {rule} was implemented from secondary sources.")
            }
            Doubt::UnsignedModel(what) => {
                write!(f, "Nobody whom this site trusts vouches for the model: {what}.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_series_is_said_and_does_not_wait_for_anybody() {
        let doubt = Doubt::MissingSeries(SeriesRole::T1c);
        assert_eq!(doubt.to_string(), "Not evaluable: no T1c series in the study.");
        assert!(!doubt.holds());
    }
    #[test]
    fn no_tumour_is_a_finding() {
        assert!(!Doubt::NoMeasurableTumour.holds());
    }
    #[test]
    fn an_open_choice_waits_for_a_human() {
        assert!(Doubt::AmbiguousSeries(SeriesRole::T1c, Vec::new()).holds());
    }
}
