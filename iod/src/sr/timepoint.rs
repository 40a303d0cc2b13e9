//! Which timepoint a group speaks of, and by what it was measured (TID 1502, TID 4019).

use super::content::{Item, Relation};
use crate::codes::{self, Code};
use crate::home::MANUFACTURER;
use interval_core::assessment::Assessment;
use interval_core::timepoint::Reference;

/// Says which timepoint a group speaks of.
pub(super) fn context(group: &mut Item, assessment: &Assessment, timepoint: usize) {
    let Some(findings) = assessment.timepoints.get(timepoint) else { return };
    let relation = Relation::HasObsContext;
    let label = findings.date.map_or_else(|| "date unknown".to_owned(), |date| date.to_string());
    group.push(relation, Item::text(&codes::TIME_POINT, label));
    if let Some(kind) = kind(assessment, timepoint) {
        group.push(relation, Item::code(&codes::TIME_POINT_TYPE, &kind));
    }
    let order = (timepoint + 1) as f64;
    group.push(relation, Item::number(&codes::TIME_POINT_ORDER, order, &codes::NO_UNITS));
    let name = format!("TP{}", timepoint + 1);
    group.push(relation, Item::text(&codes::TIME_POINT_IDENTIFIER, name));
    let reference = assessment.timepoints.get(assessment.reference);
    if let (Some(then), Some(now)) = (reference.and_then(|r| r.date), findings.date) {
        let event = Item::code(&codes::TEMPORAL_EVENT, &reference_event(assessment));
        let offset = Item::number(&codes::TEMPORAL_OFFSET, then.until(now).0 as f64, &codes::DAY)
            .with(Relation::HasConceptMod, event);
        group.push(relation, offset);
    }
}

/// What kind of timepoint it is (CID 6146). Only clinical dates make a baseline.
fn kind(assessment: &Assessment, timepoint: usize) -> Option<Code> {
    if timepoint == assessment.reference {
        Some(reference_event(assessment))
    } else if timepoint == assessment.nadir {
        Some(codes::NADIR)
    } else {
        None
    }
}

fn reference_event(assessment: &Assessment) -> Code {
    match assessment.reference_kind {
        Reference::Baseline => codes::BASELINE,
        Reference::EarliestAvailable => codes::EARLIEST_AVAILABLE,
    }
}

/// The name of a percentage of change against the reference.
pub(super) fn percent_from_reference(assessment: &Assessment) -> Code {
    match assessment.reference_kind {
        Reference::Baseline => codes::PERCENT_FROM_BASELINE,
        Reference::EarliestAvailable => codes::PERCENT_FROM_EARLIEST,
    }
}

/// Says what a group was measured by, with the digests that tie it to a model and its input.
pub(super) fn algorithm(
    group: &mut Item,
    assessment: &Assessment,
    timepoint: usize,
    parameters: &[String],
) {
    let relation = Relation::HasConceptMod;
    let model = &assessment.provenance.model;
    group.push(relation, Item::text(&codes::ALGORITHM_NAME, &model.name));
    group.push(relation, Item::text(&codes::ALGORITHM_VERSION, &model.version));
    let mut all = vec![
        format!("model_sha256={}", model.digest),
        format!("software_version={}", assessment.provenance.software_version),
    ];
    if let Some(findings) = assessment.timepoints.get(timepoint) {
        all.push(format!("input_sha256={}", findings.input_digest));
    }
    all.extend_from_slice(parameters);
    for parameter in all {
        group.push(relation, Item::text(&codes::ALGORITHM_PARAMETERS, parameter));
    }
    group.push(relation, Item::text(&codes::ALGORITHM_MANUFACTURER, MANUFACTURER));
    let family = Item::code(&codes::ALGORITHM_FAMILY, &codes::ARTIFICIAL_INTELLIGENCE);
    group.push(relation, family);
}
