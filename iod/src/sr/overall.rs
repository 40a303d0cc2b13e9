//! What is said of all lesions together: the burden at a timepoint, and the response (TID 1501).

use super::content::{Item, Relation};
use super::group::{REGIONS, percent, unions, volume};
use super::report::Evidence;
use super::timepoint;
use crate::codes;
use crate::mint;
use interval_core::assessment::{Assessment, Findings};
use interval_core::response::{Criteria, Verdict};
use interval_core::uid::TrackingUid;

/// The group of all lesions at one timepoint.
pub(super) fn burden(assessment: &Assessment, timepoints: &[Evidence], timepoint: usize) -> Item {
    let mut group = opened(assessment, "All lesions");
    timepoint::algorithm(&mut group, assessment, timepoint, &[]);
    timepoint::context(&mut group, assessment, timepoint);
    let Some(findings) = assessment.timepoints.get(timepoint) else { return group };
    let relation = Relation::Contains;
    for region in REGIONS {
        let of = findings.volumes.of(region);
        group.push(relation, volume(&codes::VOLUME, of, &codes::region(region)));
    }
    unions(&mut group, &findings.volumes);
    group.push(
        relation,
        volume(&codes::TOTAL_VOLUME, findings.volumes.whole(), &codes::WHOLE_TUMOR),
    );
    let products = findings.sum_of_products_mm2;
    group.push(relation, Item::number(&codes::SUM_OF_PRODUCTS, products, &codes::MM2));
    let long = findings.lesions.iter().filter_map(|lesion| lesion.diameters).map(|d| d.long.0);
    group.push(relation, Item::number(&codes::SUM_OF_LONG_AXES, long.sum(), &codes::MM));
    ignored(&mut group, findings);
    if let Some(series) = timepoints.get(timepoint).and_then(|evidence| evidence.series.first()) {
        // The middle slice stands for the series that was measured.
        if let Some(image) = series.instances.get(series.instances.len() / 2) {
            group.push(relation, Item::image(&codes::SOURCE_OF_MEASUREMENT, image));
        }
    }
    group
}

/// What was too small to count is said, not hidden.
fn ignored(group: &mut Item, findings: &Findings) {
    let (components, together) = findings.ignored;
    if components > 0 {
        let count = Item::number(&codes::IGNORED_COMPONENTS, components as f64, &codes::NO_UNITS);
        group.push(Relation::Contains, count);
        let volume = Item::number(&codes::IGNORED_VOLUME, together.0, &codes::CM3);
        group.push(Relation::Contains, volume);
    }
}

/// The group of the response by one set of criteria, for the current timepoint.
pub(super) fn response(assessment: &Assessment, verdict: &Verdict) -> Item {
    let current = assessment.timepoints.len().saturating_sub(1);
    let criteria = verdict.criteria.as_str();
    let mut group = opened(assessment, &format!("Overall assessment, {criteria}"));
    let relation = Relation::Contains;
    group.push(relation, Item::code(&codes::MEASUREMENT_METHOD, &codes::RANO));
    let parameters = [
        format!("criteria={criteria}"),
        format!("criteria_rule={}", verdict.rule),
        format!("criteria_source={}", verdict.source),
    ];
    timepoint::algorithm(&mut group, assessment, current, &parameters);
    timepoint::context(&mut group, assessment, current);
    for (name, change, other) in [
        (
            timepoint::percent_from_reference(assessment),
            verdict.change_from_reference,
            assessment.reference,
        ),
        (codes::PERCENT_FROM_NADIR, verdict.change_from_nadir, assessment.nadir),
    ] {
        let findings = (assessment.timepoints.get(other), assessment.timepoints.get(current));
        if let (Some(change), (Some(then), Some(now))) = (change, findings) {
            let pair = [then, now].map(|findings| measure(verdict.criteria, findings));
            group.push(relation, percent(&name, change, pair));
        }
    }
    let imaging = verdict.imaging.map_or(codes::NOT_EVALUABLE, codes::category);
    group.push(relation, Item::code(&codes::IMAGING_CATEGORY, &imaging));
    let overall = verdict.overall.map_or(codes::NOT_DETERMINABLE, codes::category);
    group.push(relation, Item::code(&codes::RESPONSE_EVALUATION, &overall));
    for missing in &verdict.missing {
        group.push(relation, Item::text(&codes::MISSING_INPUT, missing.as_str()));
    }
    group.push(
        relation,
        Item::text(&codes::RULE, format!("{} ({})", verdict.because, verdict.rule)),
    );
    if !verdict.verified {
        let remark = "The rule was implemented from secondary sources.";
        group.push(relation, Item::text(&codes::COMMENT, remark));
    }
    group
}

/// What a set of criteria compares.
fn measure(criteria: Criteria, findings: &Findings) -> Item {
    match criteria {
        Criteria::Rano2010 => {
            Item::number(&codes::SUM_OF_PRODUCTS, findings.sum_of_products_mm2, &codes::MM2)
        }
        Criteria::Rano2 => {
            volume(&codes::TOTAL_VOLUME, findings.volumes.enhancing, &codes::ENHANCING_LESION)
        }
    }
}

/// A group with an identity that stays the same as long as the timeline begins with one study.
fn opened(assessment: &Assessment, name: &str) -> Item {
    let first = assessment.timepoints.first().map_or("", |findings| findings.study.as_str());
    let uid: TrackingUid = mint::uid("group", &[name, first]);
    let mut group = Item::templated(&codes::MEASUREMENT_GROUP, "1501");
    let relation = Relation::HasObsContext;
    group.push(relation, Item::text(&codes::TRACKING_IDENTIFIER, name));
    group.push(relation, Item::uid(&codes::TRACKING_UID, &uid));
    let relation = Relation::Contains;
    group.push(relation, Item::code(&codes::FINDING_CATEGORY, &codes::ABNORMAL_STRUCTURE));
    group.push(relation, Item::code(&codes::FINDING, &codes::BRAIN_LESION));
    group.push(Relation::HasConceptMod, Item::code(&codes::FINDING_SITE, &codes::BRAIN));
    group
}
