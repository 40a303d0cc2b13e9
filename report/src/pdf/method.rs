//! How the report was made: enough to make it again.

use super::timeline::Timeline;
use crate::findings::{Findings, SourceSeries};
use interval_core::assessment::Decision;

/// The decision trail, an item each.
pub(super) fn trail(findings: &Findings) -> Vec<String> {
    let trail = &findings.assessment.provenance.trail;
    trail.iter().map(decision).collect()
}

fn decision(decision: &Decision) -> String {
    let Decision { stage, by, what, why } = decision;
    let (what, why) = (sentence(what), sentence(why));
    format!("{stage} ({}): {what} {why}", by.as_str())
}

/// A text with a capital at its start and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut chars = text.trim().trim_end_matches('.').chars();
    chars
        .next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// Model, software, series and digests, an item each.
pub(super) fn items(findings: &Findings) -> Vec<String> {
    let provenance = &findings.assessment.provenance;
    let model = &provenance.model;
    let mut items = Vec::new();
    items.extend(findings.replaces.as_ref().map(|before| {
        format!(
            "Version {} of the report; takes the place of version {}, {}",
            findings.version, before.version, before.report_id
        )
    }));
    items.extend([
        format!("Model: {}, version {}, SHA-256 {}", model.name, model.version, model.digest),
        format!(
            "Software: Interval {}. Volumes are voxels times voxel volume and diameters lie in \
             one stored slice, both in the study's own grid.",
            provenance.software_version
        ),
    ]);
    let timeline = Timeline::new(findings.assessment);
    for (index, at) in findings.assessment.timepoints.iter().enumerate() {
        items.push(format!(
            "{}: {}; grid {} mm; {}inputs SHA-256 {}",
            timeline.name(index),
            series(&findings.series, index),
            at.spacing_mm.map(|mm| format!("{mm:.2}")).join(" × "),
            ignored(at.ignored),
            at.input_digest
        ));
    }
    items
}

fn ignored((count, volume): (usize, interval_core::units::Cm3)) -> String {
    match count {
        0 => String::new(),
        1 => format!("1 component of {volume} cm³ below the detection floor left out; "),
        more => format!("{more} components of {volume} cm³ below the detection floor left out; "),
    }
}

fn series(all: &[SourceSeries], timepoint: usize) -> String {
    let used: Vec<String> = all
        .iter()
        .filter(|series| series.timepoint == timepoint)
        .map(|series| match series.series_description.trim() {
            "" => series.role.to_string(),
            description => format!("{} '{description}'", series.role),
        })
        .collect();
    if used.is_empty() { "series not listed".to_owned() } else { used.join(", ") }
}

/// What the result must not be relied on for, an item each.
pub(super) fn limitations(findings: &Findings) -> Vec<String> {
    let mut items = findings.limitations.clone();
    items.push(
        "Small changes may come from another scanner, protocol or slice thickness; pseudoprogression \
         cannot be told from progression by volume."
            .to_owned(),
    );
    items
}
