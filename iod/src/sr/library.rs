//! The image library (TID 1600): every series that was used, an image after the other.

use super::content::{Item, Relation};
use super::report::{Evidence, Report, UsedSeries};
use crate::codes;

/// The library; nothing when no image was used.
pub(super) fn item(report: &Report<'_>) -> Option<Item> {
    let mut library = Item::container(&codes::IMAGE_LIBRARY);
    let mut any = false;
    for evidence in report.timepoints.iter().rev() {
        for used in evidence.series.iter().filter(|used| !used.instances.is_empty()) {
            library.push(Relation::Contains, group(evidence, used));
            any = true;
        }
    }
    any.then_some(library)
}

/// One series: what its images share stands once, in front of them (TID 1602).
fn group(evidence: &Evidence, used: &UsedSeries) -> Item {
    let mut group = Item::container(&codes::IMAGE_LIBRARY_GROUP);
    let shared = Relation::HasAcqContext;
    group.push(shared, Item::code(&codes::MODALITY, &codes::MAGNETIC_RESONANCE));
    if !evidence.date.is_empty() {
        group.push(shared, Item::date(&codes::STUDY_DATE, &evidence.date));
    }
    group.push(shared, Item::uid(&codes::FRAME_OF_REFERENCE, &evidence.frame_of_reference));
    group.push(shared, Item::text(&codes::SERIES_ROLE, used.role.as_str()));
    let mut before = None;
    for instance in &used.instances {
        if before != Some(instance) {
            group.push(Relation::Contains, Item::image(&codes::SOURCE, instance));
        }
        before = Some(instance);
    }
    group
}
