//! How each response category came about: the row that fired, its numbers, what was missing.

use super::flow::{BODY, Flow, Ink, SMALL};
use super::palette::INK;
use super::sheet::{Frame, Sheet};
use super::text::{Fonts, Weight};
use crate::change::{NOISE, PERCENT_FLOOR, signed_percent};
use interval_core::assessment::Assessment;
use interval_core::response::{Category, Criteria, MissingInput, Verdict};
use interval_core::units::Percent;

/// Room between the columns, in points.
const BETWEEN: f32 = 14.;
/// Columns side by side: one for each criteria table.
const COLUMNS_MAX: usize = 3;

const TITLE: Ink = Ink::new(7.8, Weight::Bold, INK);

/// Draws one column for each verdict; gives the lowest line that was written.
pub(super) fn draw(sheet: &mut Sheet, fonts: &Fonts, assessment: &Assessment, frame: Frame) -> f32 {
    let verdicts = &assessment.verdicts;
    let shown = verdicts.len().min(COLUMNS_MAX);
    let width = (frame.width - BETWEEN * shown.saturating_sub(1) as f32) / shown.max(1) as f32;
    let mut lowest = frame.y;
    for (column, verdict) in verdicts.iter().take(COLUMNS_MAX).enumerate() {
        let x = frame.x + column as f32 * (width + BETWEEN);
        let mut flow = Flow::new(sheet, fonts, Frame { x, width, ..frame });
        write(&mut flow, verdict, assessment);
        lowest = lowest.max(flow.y);
    }
    lowest
}

fn write(flow: &mut Flow, verdict: &Verdict, assessment: &Assessment) {
    let category = |found: Option<Category>| {
        found.map_or_else(
            || "not determinable".to_owned(),
            |found| format!("{} ({})", found.as_str(), found.abbreviation()),
        )
    };
    let criteria = verdict.criteria.as_str();
    flow.paragraph(&format!("{criteria}, imaging: {}", category(verdict.imaging)), TITLE, 2);
    flow.paragraph(&format!("Overall response: {}", category(verdict.overall)), BODY, 1);
    flow.paragraph(&format!("Because: {}", verdict.because), SMALL, 4);
    if let Some(changes) = changes(verdict, assessment) {
        flow.paragraph(&format!("Change of the measure: {changes}"), SMALL, 2);
    }
    let missing: Vec<&str> =
        verdict.missing.iter().map(|input| MissingInput::as_str(*input)).collect();
    let missing = if missing.is_empty() { "nothing".to_owned() } else { missing.join(", ") };
    flow.paragraph(&format!("Missing inputs: {missing}"), SMALL, 3);
    flow.paragraph(&format!("Rule: {}", verdict.rule), SMALL, 1);
    let checked = if verdict.verified { "" } else { " (from secondary sources)" };
    flow.paragraph(&format!("Source: {}{checked}", verdict.source), SMALL, 2);
}

/// The changes that the category rests on, where a percentage may be given.
fn changes(verdict: &Verdict, assessment: &Assessment) -> Option<String> {
    let large_enough = |index: usize| match verdict.criteria {
        Criteria::Rano2 => {
            assessment.timepoints.get(index).is_some_and(|at| at.volumes.enhancing >= PERCENT_FLOOR)
        }
        Criteria::Rano2010 => true,
    };
    let changes = [
        (verdict.change_from_reference, assessment.reference, "reference"),
        (verdict.change_from_nadir, assessment.nadir, "nadir"),
    ];
    let words: Vec<String> = changes
        .into_iter()
        .filter(|(_, index, _)| large_enough(*index))
        .filter_map(|(percent, _, name)| Some(format!("{} from {name}", in_words(percent?))))
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn in_words(percent: Percent) -> String {
    let noise = if percent.0.abs() < NOISE.0 { " (within measurement noise)" } else { "" };
    format!("{}{noise}", signed_percent(percent))
}
