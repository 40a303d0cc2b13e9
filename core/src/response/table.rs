//! The criteria as data: rows in the order in which they are asked; the first that holds counts.

use super::{Category, Criteria};
use crate::units::Percent;

/// What a row asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Test {
    /// A new lesion of any size.
    AnyNewLesion,
    /// A new lesion that is measurable.
    MeasurableNewLesion,
    /// Something measurable now, where the nadir had too little for a percentage.
    AppearedFromNothing,
    /// The measure grew by at least this against the nadir, the reference included.
    IncreaseFromNadir(Percent),
    /// Enhancing disease of the reference that was never measurable is gone.
    NonMeasurableGone,
    /// Too little at the reference for a percentage, and too little now.
    NothingMeasurable,
    /// No enhancing tissue is left.
    Gone,
    /// The measure shrank by at least this against the reference.
    DecreaseFromReference(Percent),
    /// None of the rows above.
    Between,
}

/// One row of a criteria table.
#[derive(Debug)]
pub(super) struct Row {
    pub criteria: Criteria,
    /// Its name within the table.
    pub id: &'static str,
    /// What it says; nothing is "not assessable".
    pub category: Option<Category>,
    pub test: Test,
    pub source: &'static str,
    pub verified: bool,
}

/// Tables on high-grade glioma as printed in two reviews by the RANO group.
const RANO_2010: &str =
    "Wen et al., J Clin Oncol 2010, as tabulated in PMC6499019 table 2 and PMC7968800 table 2";
/// The paper itself has not been read; its thresholds are those of two implementations that
/// cite it.
const RANO_2: &str = "Wen et al., J Clin Oncol 2023, doi 10.1200/JCO.23.01059, through CFB-GBM v2.0 and rano2.0-assist";

const fn rano_2010(id: &'static str, category: Option<Category>, test: Test) -> Row {
    Row { criteria: Criteria::Rano2010, id, category, test, source: RANO_2010, verified: true }
}

const fn rano_2(id: &'static str, category: Option<Category>, test: Test) -> Row {
    Row { criteria: Criteria::Rano2, id, category, test, source: RANO_2, verified: false }
}

const CR: Option<Category> = Some(Category::CompleteResponse);
const PR: Option<Category> = Some(Category::PartialResponse);
const SD: Option<Category> = Some(Category::StableDisease);
const PD: Option<Category> = Some(Category::ProgressiveDisease);

/// Every row of every table.
pub(super) const ROWS: &[Row] = &[
    rano_2010("pd-new-lesion", PD, Test::AnyNewLesion),
    rano_2010("pd-from-none", PD, Test::AppearedFromNothing),
    rano_2010("pd-increase", PD, Test::IncreaseFromNadir(Percent(25.))),
    rano_2010("sd-non-measurable", SD, Test::NonMeasurableGone),
    rano_2010("nothing-measurable", None, Test::NothingMeasurable),
    rano_2010("cr", CR, Test::Gone),
    rano_2010("pr", PR, Test::DecreaseFromReference(Percent(50.))),
    rano_2010("sd", SD, Test::Between),
    rano_2("pd-new-lesion", PD, Test::MeasurableNewLesion),
    rano_2("pd-from-none", PD, Test::AppearedFromNothing),
    rano_2("pd-increase", PD, Test::IncreaseFromNadir(Percent(40.))),
    rano_2("nothing-measurable", None, Test::NothingMeasurable),
    rano_2("cr", CR, Test::Gone),
    rano_2("pr", PR, Test::DecreaseFromReference(Percent(65.))),
    rano_2("sd", SD, Test::Between),
];

/// Where a table is published, for a verdict that no row gives.
pub(super) fn source_of(criteria: Criteria) -> &'static str {
    match criteria {
        Criteria::Rano2010 => RANO_2010,
        Criteria::Rano2 => RANO_2,
    }
}
