//! Which objects a report refers to (PS3.3 C.17.2): those of the current study, and those of
//! priors.

use super::SrError;
use super::content::Reference;
use super::report::{Evidence, Report};
use crate::element::DataSet;
use dicom_dictionary_std::tags;
use interval_core::uid::SeriesUid;

/// Fills Current Requested Procedure Evidence Sequence and Pertinent Other Evidence Sequence.
pub(super) fn into(set: &mut DataSet, report: &Report<'_>) -> Result<(), SrError> {
    let current = report.current()?;
    if let Some(item) = study(current) {
        set.items(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, vec![item]);
    }
    let priors = report.timepoints.iter().rev().skip(1).filter_map(study).collect::<Vec<_>>();
    if !priors.is_empty() {
        set.items(tags::PERTINENT_OTHER_EVIDENCE_SEQUENCE, priors);
    }
    Ok(())
}

/// The objects of one study by series; nothing when none is referred to.
fn study(evidence: &Evidence) -> Option<DataSet> {
    let mut series: Vec<DataSet> = evidence
        .series
        .iter()
        .filter(|used| !used.instances.is_empty())
        .map(|used| of_series(&used.uid, &used.instances))
        .collect();
    if let Some(segmentation) = &evidence.segmentation {
        let instances = std::slice::from_ref(&segmentation.reference);
        series.push(of_series(&segmentation.series, instances));
    }
    if series.is_empty() {
        return None;
    }
    let mut item = DataSet::new();
    item.uid(tags::STUDY_INSTANCE_UID, &evidence.study)
        .items(tags::REFERENCED_SERIES_SEQUENCE, series);
    Some(item)
}

fn of_series(series: &SeriesUid, instances: &[Reference]) -> DataSet {
    // Several slices may be frames of one instance, which is named once.
    let mut instances: Vec<&Reference> = instances.iter().collect();
    instances.dedup();
    let mut item = DataSet::new();
    item.uid(tags::SERIES_INSTANCE_UID, series)
        .items(tags::REFERENCED_SOP_SEQUENCE, instances.into_iter().map(Reference::item).collect());
    item
}
