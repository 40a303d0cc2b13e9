//! Response criteria: tables as data, each row with its source.
//!
//! Images alone give the imaging category. The overall response also needs dates of treatment,
//! steroid dose and clinical status: where they are not known it is "not determinable", and what
//! is missing is listed.

mod judgement;
mod measure;
mod table;
mod threshold;

use crate::timepoint::Date;
use crate::units::{Cm3, Percent};
pub use measure::PERCENTAGE_OF_MIN;
pub use threshold::{From, Threshold, thresholds};

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
    /// Whether the row was read in a table published by the authors of the criteria; otherwise
    /// it comes from other people's implementations of them.
    pub verified: bool,
    /// Where the row is published.
    pub source: &'static str,
}

/// Whether a lesion is there that was not there at the timepoint before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NewLesion {
    /// None is.
    #[default]
    None,
    /// One that is smaller than 10 mm in one of its diameters.
    TooSmall,
    /// One of at least 10 mm by 10 mm on two slices.
    Measurable,
}

/// What a criteria table needs to know of one timepoint.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Burden {
    /// When it was; nothing when the study says no date.
    pub date: Option<Date>,
    /// Sum of the products of diameters of the measurable target lesions, in mm2; zero when no
    /// lesion is measurable.
    pub sum_of_products_mm2: f64,
    /// Enhancing volume of all lesions, measurable or not.
    pub enhancing: Cm3,
    /// T2/FLAIR hyperintensity of all lesions.
    pub flair_hyperintensity: Cm3,
    /// Whether a lesion is new against the timepoint before.
    pub new_lesion: NewLesion,
}

impl Burden {
    /// Whether a lesion is large enough for its diameters to count.
    pub fn is_measurable(&self) -> bool {
        self.sum_of_products_mm2 > 0.
    }

    /// Whether any tissue enhances.
    pub fn enhances(&self) -> bool {
        self.enhancing.0 > 0.
    }
}

/// Judges the last of some timepoints by a table.
///
/// The timepoints are in the order of time; `reference` is the index of the one that others are
/// compared with, and timepoints before it do not count. With nothing earlier than the last one,
/// or nothing that could be measured, there is no imaging category.
pub fn judge(criteria: Criteria, series: &[Burden], reference: usize) -> Verdict {
    judgement::judge(criteria, series, reference)
}

/// Where a table is published.
pub fn source_of(criteria: Criteria) -> &'static str {
    table::source_of(criteria)
}

/// Index of the timepoint with the smallest enhancing volume from the reference to the one before
/// the last; the earliest of equal ones. A table that measures diameters finds its own.
pub fn nadir(series: &[Burden], reference: usize) -> usize {
    judgement::nadir_by(Criteria::Rano2, series, reference)
}
