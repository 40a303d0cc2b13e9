//! The one versioned mirror of core types: what is stored or shown as JSON goes through here, by
//! hand, in both directions.

mod doubt;
mod findings;
pub mod review;
mod scene;
mod verdict;

pub use doubt::DoubtRecord;
pub use findings::{DiametersRecord, FindingsRecord, LesionRecord, TrackRecord, VolumesRecord};
pub use scene::{ChannelWindowRecord, GridRecord, MedianRecord, RegistrationRecord, SceneRecord};
pub use verdict::VerdictRecord;

use interval_core::assessment::{Assessment, Decider, Decision, ModelName, Provenance};
use interval_core::timepoint::Reference;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the record. A reader refuses a newer one.
pub const RECORD_VERSION: u32 = 1;

/// A record that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Made by a newer version of this software.
    #[error("the record has version {0}, this software reads up to {RECORD_VERSION}")]
    Newer(u32),
    /// A field holds something that is not its kind.
    #[error("the record's {field} cannot be read: {what}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// Not a record at all.
    #[error("the record is not valid JSON: {0}")]
    Json(String),
}

pub(crate) fn field<E: std::fmt::Display>(field: &'static str) -> impl Fn(E) -> RecordError {
    move |error| RecordError::Field { field, what: error.to_string() }
}

/// Mirror of [`Assessment`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssessmentRecord {
    /// Version of this form.
    pub version: u32,
    /// Timepoints in the order of time.
    pub timepoints: Vec<FindingsRecord>,
    /// Lesions through time.
    pub tracks: Vec<TrackRecord>,
    /// Index of the reference.
    pub reference: usize,
    /// What the reference is called.
    pub reference_kind: String,
    /// Index of the nadir.
    pub nadir: usize,
    /// One verdict for each criteria table.
    pub verdicts: Vec<VerdictRecord>,
    /// What a person should know.
    pub doubts: Vec<DoubtRecord>,
    /// Version of the software.
    pub software_version: String,
    /// The segmentation model.
    pub model: ModelRecord,
    /// What was decided on the way.
    pub trail: Vec<DecisionRecord>,
}

/// Mirror of [`ModelName`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelRecord {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// SHA-256 over its files.
    pub sha256: String,
}

/// Mirror of [`Decision`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionRecord {
    /// Where on the way.
    pub stage: String,
    /// Who decided.
    pub by: String,
    /// What was decided.
    pub what: String,
    /// Why.
    pub why: String,
}

impl AssessmentRecord {
    /// Reads the text of a record.
    pub fn parse(text: &[u8]) -> Result<Self, RecordError> {
        let record: Self =
            serde_json::from_slice(text).map_err(|e| RecordError::Json(e.to_string()))?;
        if record.version > RECORD_VERSION {
            return Err(RecordError::Newer(record.version));
        }
        Ok(record)
    }

    /// The text of the record.
    pub fn to_json(&self) -> Result<String, RecordError> {
        serde_json::to_string_pretty(self).map_err(|e| RecordError::Json(e.to_string()))
    }
}

impl From<&Assessment> for AssessmentRecord {
    fn from(assessment: &Assessment) -> Self {
        Self {
            version: RECORD_VERSION,
            timepoints: assessment.timepoints.iter().map(Into::into).collect(),
            tracks: assessment.tracks.iter().map(Into::into).collect(),
            reference: assessment.reference,
            reference_kind: assessment.reference_kind.as_str().into(),
            nadir: assessment.nadir,
            verdicts: assessment.verdicts.iter().map(Into::into).collect(),
            doubts: assessment.doubts.iter().map(Into::into).collect(),
            software_version: assessment.provenance.software_version.clone(),
            model: (&assessment.provenance.model).into(),
            trail: assessment.provenance.trail.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<&AssessmentRecord> for Assessment {
    type Error = RecordError;
    fn try_from(record: &AssessmentRecord) -> Result<Self, RecordError> {
        let provenance = Provenance {
            software_version: record.software_version.clone(),
            model: ModelName::try_from(&record.model)?,
            trail: record.trail.iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        };
        Ok(Self {
            timepoints: record
                .timepoints
                .iter()
                .map(TryInto::try_into)
                .collect::<Result<_, _>>()?,
            tracks: record.tracks.iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            reference: record.reference,
            reference_kind: [Reference::Baseline, Reference::EarliestAvailable]
                .into_iter()
                .find(|kind| kind.as_str() == record.reference_kind)
                .ok_or_else(|| field("reference_kind")(&record.reference_kind))?,
            nadir: record.nadir,
            verdicts: record.verdicts.iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            doubts: record.doubts.iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            provenance,
        })
    }
}

impl From<&ModelName> for ModelRecord {
    fn from(model: &ModelName) -> Self {
        Self {
            name: model.name.clone(),
            version: model.version.clone(),
            sha256: model.digest.to_string(),
        }
    }
}

impl TryFrom<&ModelRecord> for ModelName {
    type Error = RecordError;
    fn try_from(record: &ModelRecord) -> Result<Self, RecordError> {
        Ok(Self {
            name: record.name.clone(),
            version: record.version.clone(),
            digest: record.sha256.parse().map_err(field("model"))?,
        })
    }
}

impl From<&Decision> for DecisionRecord {
    fn from(decision: &Decision) -> Self {
        Self {
            stage: decision.stage.as_str().into(),
            by: decision.by.as_str().into(),
            what: decision.what.clone(),
            why: decision.why.clone(),
        }
    }
}

impl TryFrom<&DecisionRecord> for Decision {
    type Error = RecordError;
    fn try_from(record: &DecisionRecord) -> Result<Self, RecordError> {
        let all = [Decider::Stage, Decider::Coordinator, Decider::Evaluator, Decider::Human];
        Ok(Self {
            stage: record.stage.parse().map_err(field("stage"))?,
            by: all
                .into_iter()
                .find(|decider| decider.as_str() == record.by)
                .ok_or_else(|| field("by")(&record.by))?,
            what: record.what.clone(),
            why: record.why.clone(),
        })
    }
}
