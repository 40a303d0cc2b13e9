//! Mirror of a response verdict.

use super::{RecordError, field};
use interval_core::response::{Category, Criteria, MissingInput, Verdict, source_of};
use interval_core::units::Percent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mirror of [`Verdict`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictRecord {
    /// Name of the criteria table.
    pub criteria: String,
    /// Imaging category, CR, PR, SD or PD.
    pub imaging: Option<String>,
    /// Overall response; nothing is "not determinable".
    pub overall: Option<String>,
    /// What would have been needed.
    pub missing: Vec<String>,
    /// The row that fired.
    pub rule: String,
    /// Its sentence.
    pub because: String,
    /// Change against the reference.
    pub change_from_reference_percent: Option<f64>,
    /// Change against the nadir.
    pub change_from_nadir_percent: Option<f64>,
    /// Whether the row was read in its primary source.
    pub verified: bool,
    /// Where the row is published.
    pub source: String,
}

impl From<&Verdict> for VerdictRecord {
    fn from(verdict: &Verdict) -> Self {
        let word = |category: Category| category.abbreviation().to_owned();
        Self {
            criteria: verdict.criteria.as_str().into(),
            imaging: verdict.imaging.map(word),
            overall: verdict.overall.map(word),
            missing: verdict.missing.iter().map(|input| input.as_str().into()).collect(),
            rule: verdict.rule.clone(),
            because: verdict.because.clone(),
            change_from_reference_percent: verdict.change_from_reference.map(|change| change.0),
            change_from_nadir_percent: verdict.change_from_nadir.map(|change| change.0),
            verified: verdict.verified,
            source: verdict.source.to_string(),
        }
    }
}

impl TryFrom<&VerdictRecord> for Verdict {
    type Error = RecordError;
    fn try_from(record: &VerdictRecord) -> Result<Self, RecordError> {
        let missing = record.missing.iter().map(|word| input(word)).collect::<Result<_, _>>()?;
        let criteria = [Criteria::Rano2010, Criteria::Rano2]
            .into_iter()
            .find(|criteria| criteria.as_str() == record.criteria)
            .ok_or_else(|| field("criteria")(&record.criteria))?;
        Ok(Self {
            criteria,
            imaging: record.imaging.as_deref().map(category).transpose()?,
            overall: record.overall.as_deref().map(category).transpose()?,
            missing,
            rule: record.rule.clone(),
            because: record.because.clone(),
            change_from_reference: record.change_from_reference_percent.map(Percent),
            change_from_nadir: record.change_from_nadir_percent.map(Percent),
            verified: record.verified,
            source: source_of(criteria),
        })
    }
}

fn category(word: &str) -> Result<Category, RecordError> {
    [
        Category::CompleteResponse,
        Category::PartialResponse,
        Category::StableDisease,
        Category::ProgressiveDisease,
    ]
    .into_iter()
    .find(|category| category.abbreviation() == word)
    .ok_or_else(|| field("category")(word))
}

fn input(word: &str) -> Result<MissingInput, RecordError> {
    [
        MissingInput::RadiotherapyEnd,
        MissingInput::SurgeryDate,
        MissingInput::SteroidDose,
        MissingInput::ClinicalStatus,
        MissingInput::ConfirmationScan,
    ]
    .into_iter()
    .find(|input| input.as_str() == word)
    .ok_or_else(|| field("missing input")(word))
}
