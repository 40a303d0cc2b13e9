//! Response criteria: tables as data, each row with its source.

use crate::units::Percent;

/// A published set of criteria.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Criteria {
    /// RANO for high-grade glioma, 2010 (sum of products of diameters).
    Rano2010,
    /// RANO 2.0, 2023 (enhancing volume).
    Rano2,
}

impl Criteria {
    /// The name its authors gave it.
    pub fn as_str(self) -> &'static str {
        match self {
            Criteria::Rano2010 => "RANO 2010",
            Criteria::Rano2 => "RANO 2.0",
        }
    }
}

/// A response category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// CR.
    CompleteResponse,
    /// PR.
    PartialResponse,
    /// SD.
    StableDisease,
    /// PD.
    ProgressiveDisease,
}

impl Category {
    /// The words for the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::CompleteResponse => "complete response",
            Category::PartialResponse => "partial response",
            Category::StableDisease => "stable disease",
            Category::ProgressiveDisease => "progressive disease",
        }
    }

    /// The field's abbreviation.
    pub fn abbreviation(self) -> &'static str {
        match self {
            Category::CompleteResponse => "CR",
            Category::PartialResponse => "PR",
            Category::StableDisease => "SD",
            Category::ProgressiveDisease => "PD",
        }
    }
}

/// An input of the criteria that images alone do not give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingInput {
    /// When radiotherapy ended.
    RadiotherapyEnd,
    /// When surgery was.
    SurgeryDate,
    /// Corticosteroid dose now and at the reference.
    SteroidDose,
    /// Clinical status.
    ClinicalStatus,
    /// A confirming scan at least four weeks later.
    ConfirmationScan,
}

impl MissingInput {
    /// The words for the report.
    pub fn as_str(self) -> &'static str {
        match self {
            MissingInput::RadiotherapyEnd => "end date of radiotherapy",
            MissingInput::SurgeryDate => "date of surgery",
            MissingInput::SteroidDose => "corticosteroid dose",
            MissingInput::ClinicalStatus => "clinical status",
            MissingInput::ConfirmationScan => "confirming scan after at least four weeks",
        }
    }
}

/// What a criteria table says of the current timepoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The table.
    pub criteria: Criteria,
    /// By the images alone; nothing when there is no earlier timepoint, or nothing measurable
    /// then or now.
    pub imaging: Option<Category>,
    /// All things considered; nothing is "not determinable".
    pub overall: Option<Category>,
    /// What would have been needed for the overall response.
    pub missing: Vec<MissingInput>,
    /// The row that fired, as `table/row`.
    pub rule: String,
    /// Its sentence with the numbers put in.
    pub because: String,
    /// Change of the measure against the reference; nothing when it was zero then.
    pub change_from_reference: Option<Percent>,
    /// Change of the measure against the nadir.
    pub change_from_nadir: Option<Percent>,
    /// Whether the row was read in its primary source.
    pub verified: bool,
    /// Where the row is published.
    pub source: &'static str,
}
