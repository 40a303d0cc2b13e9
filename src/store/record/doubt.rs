//! Mirror of a doubt: its kind for machines, its details, and its sentence for people.

use super::{RecordError, field};
use interval_core::assessment::Doubt;
use interval_core::units::Mm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mirror of [`Doubt`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DoubtRecord {
    /// The kind of doubt.
    pub kind: String,
    /// The series role it is about, if any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// The series, numbers or words it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// Whether a human must look first.
    pub holds: bool,
    /// The sentence.
    pub sentence: String,
}

impl From<&Doubt> for DoubtRecord {
    fn from(doubt: &Doubt) -> Self {
        let (kind, role, details) = match doubt {
            Doubt::MissingSeries(role) => ("missing_series", role.as_str(), vec![]),
            Doubt::AmbiguousSeries(role, series) => {
                let uids = series.iter().map(ToString::to_string).collect();
                ("ambiguous_series", role.as_str(), uids)
            }
            Doubt::MixedPatients(n) => ("mixed_patients", "", vec![n.to_string()]),
            Doubt::UnevenSlices(role, what) => ("uneven_slices", role.as_str(), vec![what.clone()]),
            Doubt::UnreadableSeries(role, what) => {
                ("unreadable_series", role.as_str(), vec![what.clone()])
            }
            Doubt::PoorRegistration(what) => ("poor_registration", "", vec![what.clone()]),
            Doubt::PoorBrainMask(what) => ("poor_brain_mask", "", vec![what.clone()]),
            Doubt::AlreadyStripped => ("already_stripped", "", vec![]),
            Doubt::LossyCompression(role) => ("lossy_compression", role.as_str(), vec![]),
            Doubt::DifferentSlices(then, now) => {
                ("different_slices", "", vec![then.0.to_string(), now.0.to_string()])
            }
            Doubt::NoMeasurableTumour => ("no_measurable_tumour", "", vec![]),
            Doubt::Implausible(what) => ("implausible", "", vec![what.clone()]),
            Doubt::ObjectMismatch(what) => ("object_mismatch", "", vec![what.clone()]),
            Doubt::ClassicalSegmentation => ("classical_segmentation", "", vec![]),
            Doubt::UnverifiedRule(rule) => ("unverified_rule", "", vec![rule.clone()]),
            Doubt::UnsignedModel(what) => ("unsigned_model", "", vec![what.clone()]),
        };
        Self {
            kind: kind.into(),
            role: role.into(),
            details,
            holds: doubt.holds(),
            sentence: doubt.to_string(),
        }
    }
}

impl TryFrom<&DoubtRecord> for Doubt {
    type Error = RecordError;
    fn try_from(record: &DoubtRecord) -> Result<Self, RecordError> {
        let role = || record.role.parse().map_err(field("doubt role"));
        let detail = |n: usize| record.details.get(n).cloned().unwrap_or_default();
        let mm = |n: usize| detail(n).parse().map(Mm).map_err(field("doubt length"));
        Ok(match record.kind.as_str() {
            "missing_series" => Doubt::MissingSeries(role()?),
            "ambiguous_series" => {
                let uids = record.details.iter().map(|uid| uid.parse());
                let series = uids.collect::<Result<_, _>>().map_err(field("doubt series"))?;
                Doubt::AmbiguousSeries(role()?, series)
            }
            "mixed_patients" => {
                Doubt::MixedPatients(detail(0).parse().map_err(field("doubt count"))?)
            }
            "uneven_slices" => Doubt::UnevenSlices(role()?, detail(0)),
            "unreadable_series" => Doubt::UnreadableSeries(role()?, detail(0)),
            "poor_registration" => Doubt::PoorRegistration(detail(0)),
            "poor_brain_mask" => Doubt::PoorBrainMask(detail(0)),
            "already_stripped" => Doubt::AlreadyStripped,
            "lossy_compression" => Doubt::LossyCompression(role()?),
            "different_slices" => Doubt::DifferentSlices(mm(0)?, mm(1)?),
            "no_measurable_tumour" => Doubt::NoMeasurableTumour,
            "implausible" => Doubt::Implausible(detail(0)),
            "object_mismatch" => Doubt::ObjectMismatch(detail(0)),
            "classical_segmentation" => Doubt::ClassicalSegmentation,
            "unverified_rule" => Doubt::UnverifiedRule(detail(0)),
            "unsigned_model" => Doubt::UnsignedModel(detail(0)),
            other => return Err(field("doubt kind")(other)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::role::SeriesRole;

    #[test]
    fn every_doubt_reads_back() {
        let doubts = [
            Doubt::MissingSeries(SeriesRole::T1c),
            Doubt::AmbiguousSeries(SeriesRole::T1c, vec!["1.2".parse().unwrap()]),
            Doubt::MixedPatients(2),
            Doubt::UnevenSlices(SeriesRole::T2, "slice 3 is missing".into()),
            Doubt::UnreadableSeries(SeriesRole::Flair, "1.2.3".into()),
            Doubt::PoorRegistration("a".into()),
            Doubt::PoorBrainMask("b".into()),
            Doubt::AlreadyStripped,
            Doubt::LossyCompression(SeriesRole::T1),
            Doubt::DifferentSlices(Mm(1.), Mm(5.)),
            Doubt::NoMeasurableTumour,
            Doubt::Implausible("c".into()),
            Doubt::ObjectMismatch("d".into()),
            Doubt::ClassicalSegmentation,
            Doubt::UnverifiedRule("e".into()),
            Doubt::UnsignedModel("the model package is not signed".into()),
        ];
        for doubt in doubts {
            assert_eq!(Doubt::try_from(&DoubtRecord::from(&doubt)), Ok(doubt));
        }
    }
}
