//! What is written down of a review: versions, signatures, the draft, its steps.

use super::{DiametersRecord, LesionRecord, RecordError, VolumesRecord, field};
use interval_core::geometry::Point;
use interval_core::review::{Draft, Judgement, Plane, Regroup};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything about the review of one study but its state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReviewRecord {
    /// The versions that were authored, the newest last.
    pub issued: Vec<IssueRecord>,
    /// The maps that the newest version was measured on; nothing when it measured nothing.
    pub basis: Option<BasisRecord>,
    /// A signature whose results are not authored yet.
    pub pending: Option<SignedRecord>,
    /// The last signature with its corrections.
    pub signed: Option<SignedRecord>,
    /// What somebody is correcting.
    pub draft: Option<DraftRecord>,
    /// What was, the oldest first.
    pub history: Vec<HistoryRecord>,
}

/// A version of a result.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IssueRecord {
    /// From 1.
    pub version: u32,
    /// The job that authored it.
    pub job: i32,
    /// Digest over what it says.
    pub findings_sha256: String,
    /// Its objects.
    pub objects: Vec<FiledRecord>,
    /// The objects that it took the place of.
    pub replaces: Vec<FiledRecord>,
    /// Whether a human signed it.
    pub signed: bool,
    /// Whether a human took it back.
    pub rejected: bool,
}

/// An object with its place in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledRecord {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Class UID.
    pub class: String,
    /// SOP Instance UID.
    pub instance: String,
}

/// The maps behind a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BasisRecord {
    /// Key of the segmentation of the study itself.
    pub segmentation: String,
    /// What humans had said of its lesions.
    pub regroup: Vec<RegroupRecord>,
}

/// A signature, with what it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignedRecord {
    /// accept, amend or reject.
    pub judgement: String,
    /// Why.
    pub reason: String,
    /// The notes of the draft that was signed.
    #[serde(default)]
    pub notes: String,
    /// Who, by the number of the audit log.
    pub person: String,
    /// Who, for people.
    pub name: String,
    /// When.
    pub at_ms: i64,
    /// What was corrected.
    pub corrections: CorrectionsRecord,
}

/// What a signature changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CorrectionsRecord {
    /// Digest of the signed label map, where it is another than the model's.
    pub labels_sha256: Option<String>,
    /// What is one lesion.
    pub regroup: Vec<RegroupRecord>,
    /// Diameters by index of the lesion.
    pub diameters: Vec<(u8, DiametersRecord)>,
    /// What was done, a sentence each.
    pub done: Vec<String>,
}

/// Mirror of [`Plane`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaneRecord {
    /// A point on it, LPS mm.
    pub point_lps_mm: [f64; 3],
    /// Its normal, of any length.
    pub normal: [f64; 3],
}

/// Mirror of [`Regroup`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum RegroupRecord {
    /// One is two.
    Split {
        /// A point on the near side, LPS mm.
        seed_lps_mm: [f64; 3],
        /// Where it is cut.
        plane: PlaneRecord,
    },
    /// Several are one.
    Merge {
        /// A point in each, LPS mm.
        seeds_lps_mm: Vec<[f64; 3]>,
    },
}

/// What somebody is correcting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DraftRecord {
    /// Who changed it last, by number.
    pub person: String,
    /// Who, for people.
    pub name: String,
    /// When.
    pub changed_ms: i64,
    /// What is said of lesions.
    pub lesions: Vec<LesionWordRecord>,
    /// Notes.
    pub notes: String,
    /// Diameters that a person drew, by track.
    pub diameters: Vec<DrawnRecord>,
    /// The label maps, step by step; the first is what was found. Empty while no outline was
    /// touched.
    pub steps: Vec<StepRecord>,
    /// The step that counts.
    pub cursor: usize,
    /// Steps after the first that are no longer kept.
    pub dropped: u32,
}

/// What is said of a lesion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LesionWordRecord {
    /// Tracking UID; or, of a lesion without one, its index.
    pub track: String,
    /// accept, amend or reject.
    pub decision: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Diameters that a person drew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawnRecord {
    /// Tracking UID, or the index of a lesion without one.
    pub track: String,
    /// Where, and how long.
    pub diameters: DiametersRecord,
}

/// A step of the draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Where its label map is.
    pub place: i32,
    /// What was done.
    pub name: String,
    /// SHA-256 of the label map.
    pub labels_sha256: String,
    /// What is one lesion.
    pub regroup: Vec<RegroupRecord>,
    /// What is measured on it.
    pub measured: MeasuredRecord,
}

/// What is measured on a label map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MeasuredRecord {
    /// All lesions together.
    pub volumes_cm3: VolumesRecord,
    /// The lesions.
    pub lesions: Vec<MeasuredLesionRecord>,
}

/// A lesion, with its name through time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuredLesionRecord {
    /// The lesion.
    pub lesion: LesionRecord,
    /// Its Tracking UID; nothing for one that a correction made.
    pub track: Option<String>,
    /// Its name for people.
    pub name: String,
}

/// What was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRecord {
    /// The version that it is about.
    pub version: u32,
    /// The state from then on.
    pub state: String,
    /// Who; empty for the node itself.
    pub by: String,
    /// When.
    pub at_ms: i64,
    /// Why.
    pub reason: String,
    /// The notes of whoever signed.
    #[serde(default)]
    pub notes: String,
}

impl ReviewRecord {
    /// Reads the text of a record.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        serde_json::from_str(text).map_err(|e| RecordError::Json(e.to_string()))
    }

    /// The text of the record.
    pub fn to_json(&self) -> Result<String, RecordError> {
        serde_json::to_string(self).map_err(|e| RecordError::Json(e.to_string()))
    }
}

impl DraftRecord {
    /// The step that counts; nothing while no outline was touched.
    pub fn step(&self) -> Option<&StepRecord> {
        self.steps.get(self.cursor)
    }

    /// Whether the outlines are others than those that were found.
    pub fn is_edited(&self) -> bool {
        self.steps.first().zip(self.step()).is_some_and(|(first, now)| {
            (&first.labels_sha256, &first.regroup) != (&now.labels_sha256, &now.regroup)
        })
    }

    /// Whether it changes the result.
    pub fn weight(&self) -> Draft {
        let word = |judgement: Judgement| {
            self.lesions.iter().any(|lesion| lesion.decision == judgement.as_str())
        };
        if self.is_edited() || !self.diameters.is_empty() || word(Judgement::Reject) {
            Draft::Corrected
        } else {
            Draft::AsFound
        }
    }
}

impl From<&PlaneRecord> for Plane {
    fn from(record: &PlaneRecord) -> Self {
        Self { point: Point::new(record.point_lps_mm), normal: record.normal }
    }
}

impl From<&Regroup> for RegroupRecord {
    fn from(said: &Regroup) -> Self {
        match said {
            Regroup::Split { seed, plane } => Self::Split {
                seed_lps_mm: seed.at,
                plane: PlaneRecord { point_lps_mm: plane.point.at, normal: plane.normal },
            },
            Regroup::Merge { seeds } => {
                Self::Merge { seeds_lps_mm: seeds.iter().map(|seed| seed.at).collect() }
            }
        }
    }
}

impl From<&RegroupRecord> for Regroup {
    fn from(record: &RegroupRecord) -> Self {
        match record {
            RegroupRecord::Split { seed_lps_mm, plane } => {
                Self::Split { seed: Point::new(*seed_lps_mm), plane: plane.into() }
            }
            RegroupRecord::Merge { seeds_lps_mm } => {
                Self::Merge { seeds: seeds_lps_mm.iter().map(|seed| Point::new(*seed)).collect() }
            }
        }
    }
}

impl SignedRecord {
    /// What was said.
    pub fn judgement(&self) -> Result<Judgement, RecordError> {
        self.judgement.parse().map_err(field("judgement"))
    }
}
