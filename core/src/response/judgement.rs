//! From burdens in the order of time to a verdict.

use super::measure::{Comparison, shown, value};
use super::table::{ROWS, Row, Test, source_of};
use super::{Burden, Category, Criteria, MissingInput, NewLesion, Verdict};
use crate::units::{Days, Percent};

/// Shortest time between two scans of which the second confirms the first (RANO: four weeks).
const CONFIRMATION_MIN: Days = Days(28);

/// Change that measurement alone can make, in per cent of the value before: outlines vary by 3 to
/// 8 %, slices and protocols add to it.
const UNCERTAIN: Percent = Percent(15.);

/// Index of the smallest value from the reference to the timepoint before the last; the earliest
/// of equal ones.
pub(super) fn nadir_by(criteria: Criteria, series: &[Burden], reference: usize) -> usize {
    let before_now = series.len().saturating_sub(1);
    let mut nadir = reference;
    for at in reference..before_now {
        if value(criteria, &series[at]) < value(criteria, &series[nadir]) {
            nadir = at;
        }
    }
    nadir
}

pub(super) fn judge(criteria: Criteria, series: &[Burden], reference: usize) -> Verdict {
    let Some(comparison) = compare(criteria, series, reference) else {
        return without_comparison(criteria, "There is no earlier timepoint to compare with.");
    };
    if !comparison.is_sound() {
        return without_comparison(criteria, "A measurement is missing or not a number.");
    }
    let Some(row) = row_of(&comparison) else {
        return without_comparison(criteria, "No row of the table applies.");
    };
    Verdict {
        criteria,
        imaging: row.category,
        overall: None,
        missing: missing(row.category, is_confirmed(&comparison, series, reference)),
        rule: format!("{}/{}", criteria.as_str(), row.id),
        because: because(row, &comparison),
        change_from_reference: comparison.change_from_reference(),
        change_from_nadir: comparison.change_from_nadir(),
        verified: row.verified,
        source: row.source,
    }
}

/// The last timepoint beside its reference and nadir; nothing when nothing is earlier.
fn compare(criteria: Criteria, series: &[Burden], reference: usize) -> Option<Comparison<'_>> {
    let (now, earlier) = series.split_last()?;
    Some(Comparison {
        criteria,
        reference: earlier.get(reference)?,
        nadir: earlier.get(nadir_by(criteria, series, reference))?,
        now,
    })
}

fn row_of(comparison: &Comparison) -> Option<&'static Row> {
    rows(comparison.criteria).find(|row| holds(row, comparison))
}

fn rows(criteria: Criteria) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |row| row.criteria == criteria)
}

fn without_comparison(criteria: Criteria, because: &str) -> Verdict {
    Verdict {
        criteria,
        imaging: None,
        overall: None,
        missing: missing(None, Confirmation::Open),
        rule: format!("{}/no-comparison", criteria.as_str()),
        because: because.to_owned(),
        change_from_reference: None,
        change_from_nadir: None,
        verified: rows(criteria).all(|row| row.verified),
        source: source_of(criteria),
    }
}

fn holds(row: &Row, comparison: &Comparison) -> bool {
    match row.test {
        Test::AnyNewLesion => comparison.now.new_lesion != NewLesion::None,
        Test::MeasurableNewLesion => comparison.now.new_lesion == NewLesion::Measurable,
        Test::AppearedFromNothing => comparison.appeared(growth(row.criteria)),
        Test::IncreaseFromNadir(threshold) => comparison.grew_by(threshold),
        Test::NonMeasurableGone => comparison.non_measurable_gone(),
        Test::NothingMeasurable => comparison.has_no_reference(),
        Test::Gone => !comparison.now.enhances() && !comparison.now.is_measurable(),
        Test::DecreaseFromReference(threshold) => comparison.shrank_by(threshold),
        Test::Between => true,
    }
}

/// The increase that a table calls progression.
fn growth(criteria: Criteria) -> Percent {
    rows(criteria)
        .find_map(|row| match row.test {
            Test::IncreaseFromNadir(threshold) => Some(threshold),
            _ => None,
        })
        .unwrap_or_default()
}

/// Whether a second scan bears a category out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Confirmation {
    Open,
    Given,
}

/// What the overall response would need: images alone never give it.
fn missing(category: Option<Category>, confirmation: Confirmation) -> Vec<MissingInput> {
    let mut missing = vec![
        MissingInput::RadiotherapyEnd,
        MissingInput::SurgeryDate,
        MissingInput::SteroidDose,
        MissingInput::ClinicalStatus,
    ];
    let stands_alone = matches!(category, None | Some(Category::StableDisease));
    if !stands_alone && confirmation == Confirmation::Open {
        missing.push(MissingInput::ConfirmationScan);
    }
    missing
}

/// Whether the category has been the same since a scan at least four weeks before the last.
fn is_confirmed(now: &Comparison, series: &[Burden], reference: usize) -> Confirmation {
    let category = row_of(now).and_then(|row| row.category);
    let since = |then: &Burden| Some(then.date?.until(now.now.date?));
    for last in (reference + 1..series.len() - 1).rev() {
        let then = compare(now.criteria, &series[..=last], reference);
        if then.as_ref().and_then(row_of).and_then(|row| row.category) != category {
            return Confirmation::Open;
        }
        if since(&series[last]).is_some_and(|days| days >= CONFIRMATION_MIN) {
            return Confirmation::Given;
        }
    }
    Confirmation::Open
}

/// The sentence of a row with its numbers.
fn because(row: &Row, comparison: &Comparison) -> String {
    let quantity = match row.criteria {
        Criteria::Rano2010 => "Sum of products of diameters",
        Criteria::Rano2 => "Enhancing volume",
    };
    let now = shown(row.criteria, comparison.now);
    let then = shown(row.criteria, comparison.reference);
    let least = shown(row.criteria, comparison.nadir);
    let from_nadir = signed(comparison.change_from_nadir());
    let from_reference = signed(comparison.change_from_reference());
    let mut sentence = match row.test {
        Test::AnyNewLesion => "A new lesion is present.".to_owned(),
        Test::MeasurableNewLesion => "A new measurable lesion is present.".to_owned(),
        Test::AppearedFromNothing => {
            format!("{quantity} {now}, where nothing could be measured at the nadir ({least}).")
        }
        Test::IncreaseFromNadir(threshold) => format!(
            "{quantity} {now}, {from_nadir} against the nadir ({least}); the threshold is +{} %.",
            threshold.0
        ),
        Test::NonMeasurableGone => "The enhancing tissue of the reference was too small to be \
             measured and is gone; the best possible category is stable disease."
            .to_owned(),
        Test::NothingMeasurable => {
            format!("{quantity} {then} at the reference and {now} now: too little to compare.")
        }
        Test::Gone => format!("No enhancing tissue is left; {then} at the reference."),
        Test::DecreaseFromReference(threshold) => format!(
            "{quantity} {now}, {from_reference} against the reference ({then}); the threshold \
             is -{} %.",
            threshold.0
        ),
        Test::Between => format!(
            "{quantity} {now}, {from_reference} against the reference ({then}) and {from_nadir} \
             against the nadir ({least}): between the thresholds."
        ),
    };
    sentence.push_str(&notes(row, comparison));
    sentence
}

/// What a reader should know besides: small new lesions, changes within the error of measurement,
/// and the T2/FLAIR component, for which RANO 2010 names no threshold.
fn notes(row: &Row, comparison: &Comparison) -> String {
    let mut notes = String::new();
    if row.criteria == Criteria::Rano2 && comparison.now.new_lesion == NewLesion::TooSmall {
        notes.push_str(" A new lesion too small to be measured is present.");
    }
    let small = |change: Option<Percent>| change.is_some_and(|c| c.0.abs() < UNCERTAIN.0);
    if row.test == Test::Between && small(comparison.change_from_reference()) {
        notes.push_str(" The change lies within the error of measurement (15 %).");
    }
    if row.criteria == Criteria::Rano2010 {
        let flair = Percent::change(
            comparison.reference.flair_hyperintensity.0,
            comparison.now.flair_hyperintensity.0,
        );
        if let Some(change) = flair.filter(|change| change.0.abs() >= UNCERTAIN.0) {
            notes.push_str(" T2/FLAIR hyperintensity ");
            notes.push_str(&signed(Some(change)));
            notes.push_str(" against the reference: a reader must judge whether it matters.");
        }
    }
    notes
}

/// A change with its sign and one decimal; a dash where no percentage is allowed.
fn signed(change: Option<Percent>) -> String {
    change.map_or_else(|| "no percentage".to_owned(), |change| format!("{:+.1} %", change.0))
}
