//! What a review looks like on the wire.

use crate::store::record::review::{
    DraftRecord, DrawnRecord, HistoryRecord, IssueRecord, LesionWordRecord, MeasuredLesionRecord,
    MeasuredRecord, PlaneRecord,
};
use crate::store::record::{AssessmentRecord, DiametersRecord, VolumesRecord};
use crate::store::review::Review;
use interval_iod::sr::COMPREHENSIVE_3D_SR;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the result of a study stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewDto {
    /// Study Instance UID.
    pub study: String,
    /// preliminary, verified, amended, rejected or superseded.
    pub state: String,
    /// The version that is out, from 1.
    pub version: u32,
    /// For `If-Match`: grows with each change.
    pub revision: i64,
    /// SOP Instance UID of the structured report whose place the newest one took.
    pub predecessor: Option<String>,
    /// Whether a signature's objects are still being written.
    pub pending: bool,
    /// What somebody is correcting.
    pub draft: Option<DraftDto>,
    /// What is measured now.
    pub measured: MeasuredDto,
    /// What was, the oldest first.
    pub history: Vec<HistoryDto>,
    /// What the caller may do.
    pub may: May,
}

/// What the caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct May {
    /// Correct, and say what is right.
    pub review: bool,
    /// Sign, after a step-up.
    pub sign: bool,
}

/// What somebody is correcting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftDto {
    /// Who changed it last.
    pub by: String,
    /// Whether that is the caller.
    pub by_me: bool,
    /// When, in ms since 1970.
    pub changed_ms: i64,
    /// What is said of lesions.
    pub lesions: Vec<LesionWord>,
    /// Notes.
    pub notes: String,
    /// Whether the outlines are others than those that were found.
    pub edited: bool,
    /// Diameters that were drawn.
    pub diameters: Vec<DrawnDto>,
    /// The corrections that count, in their order: what can be undone.
    pub names: Vec<String>,
    /// The corrections that were taken back and can be done again.
    pub undone: Vec<String>,
}

/// What is said of a lesion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LesionWord {
    /// Tracking UID; of a lesion without one, its index.
    pub track: String,
    /// accept, amend or reject.
    pub decision: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Diameters that were drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawnDto {
    /// Tracking UID; of a lesion without one, its index.
    pub track: String,
    /// Ends of the long one, LPS mm.
    pub long_ends_lps_mm: [[f64; 3]; 2],
    /// Ends of the short one, LPS mm.
    pub short_ends_lps_mm: [[f64; 3]; 2],
    /// Length of the long one; computed by the node, whatever is sent.
    #[serde(default)]
    pub long_mm: f64,
    /// Length of the short one; likewise.
    #[serde(default)]
    pub short_mm: f64,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasuredDto {
    /// All lesions together.
    pub volumes_cm3: VolumesRecord,
    /// The lesions.
    pub lesions: Vec<LesionDto>,
    /// What the version that is out says.
    pub before: BeforeDto,
}

/// What the version that is out says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BeforeDto {
    /// All lesions together.
    pub volumes_cm3: VolumesRecord,
}

/// A lesion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LesionDto {
    /// Its value in the lesion map.
    pub index: u8,
    /// Tracking UID; nothing of a lesion that a correction made.
    pub track: Option<String>,
    /// Its name for people.
    pub name: String,
    /// Volumes by region.
    pub volumes_cm3: VolumesRecord,
    /// Volume with the outline half a voxel in, and out.
    pub bounds_cm3: [f64; 2],
    /// Diameters of the core, or those that were drawn.
    pub diameters: Option<DiametersRecord>,
    /// Centre of mass, LPS mm.
    pub centre_lps_mm: [f64; 3],
}

/// What was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryDto {
    /// The version.
    pub version: u32,
    /// The state from then on.
    pub state: String,
    /// Who; empty for the node itself.
    pub by: String,
    /// When, in ms since 1970.
    pub at_ms: i64,
    /// Why.
    pub reason: String,
    /// The notes of whoever signed.
    pub notes: String,
}

/// What is to be said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    /// Of lesions.
    #[serde(default)]
    pub lesions: Vec<LesionWord>,
    /// Notes.
    #[serde(default)]
    pub notes: String,
    /// Diameters that were drawn.
    #[serde(default)]
    pub diameters: Vec<DrawnDto>,
}

/// A correction of the outlines. Regions are NETC, SNFH, ET and RC; no region is background.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum CorrectionBody {
    /// A region of a lesion becomes another, or none.
    Relabel {
        /// The lesion.
        track: String,
        /// What it was.
        from: String,
        /// What it is.
        to: Option<String>,
    },
    /// The lesion is none.
    Remove {
        /// The lesion.
        track: String,
    },
    /// The lesion is two.
    Split {
        /// The lesion.
        track: String,
        /// Where it is cut.
        plane: PlaneRecord,
    },
    /// The lesions are one.
    Merge {
        /// The lesions.
        tracks: Vec<String>,
    },
    /// The last correction is taken back.
    Undo,
    /// What was taken back is done again.
    Redo,
    /// All corrections are taken back.
    Reset,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignBody {
    /// accept, amend or reject.
    pub decision: String,
    /// Why; needed to reject.
    #[serde(default)]
    pub reason: String,
}

impl ReviewDto {
    /// A review as the caller of this number sees it.
    pub fn of(
        review: &Review,
        (measured, assessment): (&MeasuredRecord, &AssessmentRecord),
        caller: &str,
        may: May,
    ) -> Self {
        let record = &review.record;
        let draft = record.draft.as_ref();
        let before = assessment.timepoints.last().map(|findings| findings.volumes_cm3);
        let lesions = measured.lesions.iter().map(|lesion| LesionDto::of(lesion, draft));
        Self {
            study: review.study.to_string(),
            state: review.state.as_str().into(),
            version: review.version,
            revision: review.revision,
            predecessor: record.issued.last().and_then(predecessor),
            pending: record.pending.is_some(),
            draft: draft.map(|draft| DraftDto::of(draft, caller)),
            measured: MeasuredDto {
                volumes_cm3: measured.volumes_cm3,
                lesions: lesions.collect(),
                before: BeforeDto { volumes_cm3: before.unwrap_or_default() },
            },
            history: record.history.iter().map(Into::into).collect(),
            may,
        }
    }
}

/// The structured report whose place a version took.
fn predecessor(issue: &IssueRecord) -> Option<String> {
    let report = issue.replaces.iter().find(|filed| filed.class == COMPREHENSIVE_3D_SR);
    report.map(|report| report.instance.clone())
}

impl DraftDto {
    fn of(draft: &DraftRecord, caller: &str) -> Self {
        let names = |from: usize, to: usize| -> Vec<String> {
            let steps = draft.steps.get(from..to).unwrap_or_default();
            steps.iter().map(|step| step.name.clone()).collect()
        };
        Self {
            by: draft.name.clone(),
            by_me: !caller.is_empty() && draft.person == caller,
            changed_ms: draft.changed_ms,
            lesions: draft.lesions.iter().map(Into::into).collect(),
            notes: draft.notes.clone(),
            edited: draft.is_edited(),
            diameters: draft.diameters.iter().map(Into::into).collect(),
            names: names(1, draft.cursor + 1),
            undone: names(draft.cursor + 1, draft.steps.len()),
        }
    }
}

impl LesionDto {
    fn of(measured: &MeasuredLesionRecord, draft: Option<&DraftRecord>) -> Self {
        let MeasuredLesionRecord { lesion, track, name } = measured;
        let called =
            |word: &str| track.as_deref() == Some(word) || lesion.index.to_string() == word;
        let drawn = draft.and_then(|draft| draft.diameters.iter().find(|d| called(&d.track)));
        let drawn = drawn.map(|drawn| drawn.diameters.clone());
        Self {
            index: lesion.index,
            track: track.clone(),
            name: name.clone(),
            volumes_cm3: lesion.volumes_cm3,
            bounds_cm3: lesion.bounds_cm3,
            diameters: drawn.or_else(|| lesion.diameters.clone()),
            centre_lps_mm: lesion.centre_lps_mm,
        }
    }
}

impl From<&LesionWordRecord> for LesionWord {
    fn from(record: &LesionWordRecord) -> Self {
        Self {
            track: record.track.clone(),
            decision: record.decision.clone(),
            reason: record.reason.clone(),
        }
    }
}

impl From<&DrawnRecord> for DrawnDto {
    fn from(record: &DrawnRecord) -> Self {
        Self {
            track: record.track.clone(),
            long_ends_lps_mm: record.diameters.long_ends_lps_mm,
            short_ends_lps_mm: record.diameters.short_ends_lps_mm,
            long_mm: record.diameters.long_mm,
            short_mm: record.diameters.short_mm,
        }
    }
}

impl From<&HistoryRecord> for HistoryDto {
    fn from(record: &HistoryRecord) -> Self {
        Self {
            version: record.version,
            state: record.state.clone(),
            by: record.by.clone(),
            at_ms: record.at_ms,
            reason: record.reason.clone(),
            notes: record.notes.clone(),
        }
    }
}
