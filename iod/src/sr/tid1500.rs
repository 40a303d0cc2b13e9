//! TID 1500 Measurement Report, as a Comprehensive 3D SR (PS3.3 A.35.13).
//!
//! ```text
//! Oncology Measurement Report
//! ├── language, observer (this device), procedure reported
//! ├── Image Library            a group for each series used            library.rs
//! ├── Imaging Measurements
//! │   ├── Measurement Group    a lesion at a timepoint                 group.rs
//! │   ├── Measurement Group    all lesions at a timepoint              overall.rs
//! │   └── Measurement Group    the response by one set of criteria     overall.rs
//! └── Qualitative Evaluations  what a person should know
//! ```
//!
//! PRELIMINARY and UNVERIFIED until somebody signed it; who that was, and which report this one takes
//! the place of, stand in its header.

use super::content::{Item, Relation};
use super::report::{Report, Statement};
use super::{COMPREHENSIVE_3D_SR, SrError, evidence, group, library, overall};
use crate::codes;
use crate::home::{Home, Kind, Uids};
use dicom_dictionary_std::tags;
use interval_core::assessment::{Assessment, Doubt};

/// Writes the report as a Part 10 file in Explicit VR Little Endian.
pub fn write(home: &Home, report: &Report<'_>, uids: &Uids) -> Result<Vec<u8>, SrError> {
    report.check(&home.study)?;
    let mut set = home.begin(Kind::Report, COMPREHENSIVE_3D_SR, uids);
    set.items(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, Vec::new())
        .text(tags::COMPLETION_FLAG, "COMPLETE")
        .text(tags::PRELIMINARY_FLAG, home.edition.approval.preliminary_flag())
        .text(tags::VERIFICATION_FLAG, home.edition.approval.verification_flag())
        .items(tags::PERFORMED_PROCEDURE_CODE_SEQUENCE, Vec::new());
    if !home.exam.accession_number.is_empty() {
        set.items(tags::REFERENCED_REQUEST_SEQUENCE, vec![home.request()]);
    }
    if let Some(verifier) = home.edition.approval.verifier() {
        set.items(tags::VERIFYING_OBSERVER_SEQUENCE, vec![verifier.item()]);
    }
    home.edition.predecessors_into(&mut set, COMPREHENSIVE_3D_SR);
    evidence::into(&mut set, report)?;
    root(home, report).root_into(&mut set);
    Ok(set.into_part10()?)
}

fn root(home: &Home, report: &Report<'_>) -> Item {
    let mut root = Item::templated(&codes::ONCOLOGY_REPORT, "1500");
    root.push(Relation::HasConceptMod, Item::code(&codes::LANGUAGE, &codes::ENGLISH));
    observer(home, &mut root);
    root.push(Relation::HasConceptMod, Item::code(&codes::PROCEDURE_REPORTED, &codes::BRAIN_MRI));
    if let Some(library) = library::item(report) {
        root.push(Relation::Contains, library);
    }
    match report.statement {
        Statement::Measured(assessment) => {
            root.push(Relation::Contains, measurements(assessment, report));
            if let Some(evaluations) = evaluations(home, assessment) {
                root.push(Relation::Contains, evaluations);
            }
        }
        Statement::NotEvaluable(reasons) => {
            root.push(Relation::Contains, not_evaluable(home, reasons));
        }
    }
    root
}

/// The device that observed (TID 1002, 1004).
fn observer(home: &Home, root: &mut Item) {
    let device = &home.device;
    root.push(Relation::HasObsContext, Item::code(&codes::OBSERVER_TYPE, &codes::DEVICE));
    root.push(Relation::HasObsContext, Item::uid(&codes::DEVICE_UID, &device.uid));
    for (name, text) in [
        (&codes::DEVICE_NAME, "Interval"),
        (&codes::DEVICE_MANUFACTURER, device.manufacturer.as_str()),
        (&codes::DEVICE_MODEL, device.model_name.as_str()),
        (&codes::DEVICE_SERIAL, device.serial_number.as_str()),
    ] {
        root.push(Relation::HasObsContext, Item::text(name, text));
    }
}

fn measurements(assessment: &Assessment, report: &Report<'_>) -> Item {
    let mut container = Item::container(&codes::IMAGING_MEASUREMENTS);
    // The current study comes first: it is the one that is asked about.
    for timepoint in (0..assessment.timepoints.len()).rev() {
        for track in &assessment.tracks {
            let item = group::item(assessment, report.timepoints, track, timepoint);
            if let Some(item) = item {
                container.push(Relation::Contains, item);
            }
        }
        container
            .push(Relation::Contains, overall::burden(assessment, report.timepoints, timepoint));
    }
    for verdict in &assessment.verdicts {
        container.push(Relation::Contains, overall::response(assessment, verdict));
    }
    container
}

/// What a person should know about a study that was measured, and what whoever signed said of it;
/// nothing when there is nothing.
fn evaluations(home: &Home, assessment: &Assessment) -> Option<Item> {
    let nothing_seen = assessment.doubts.contains(&Doubt::NoMeasurableTumour);
    let remark = remark(home);
    if assessment.doubts.is_empty() && remark.is_none() {
        return None;
    }
    let mut container = Item::container(&codes::QUALITATIVE_EVALUATIONS);
    if nothing_seen {
        let finding = Item::code(&codes::FINDING, &codes::NO_MEASURABLE_TUMOR);
        container.push(Relation::Contains, finding);
    }
    for doubt in &assessment.doubts {
        container.push(Relation::Contains, Item::text(&codes::COMMENT, doubt.to_string()));
    }
    if let Some(remark) = remark {
        container.push(Relation::Contains, Item::text(&codes::COMMENT, remark));
    }
    Some(container)
}

/// What whoever signed said of the result.
fn remark(home: &Home) -> Option<&str> {
    let remark = home.edition.approval.verifier()?.remark.trim();
    (!remark.is_empty()).then_some(remark)
}

/// The refusal that still reaches the PACS.
fn not_evaluable(home: &Home, reasons: &[Doubt]) -> Item {
    let mut container = Item::container(&codes::QUALITATIVE_EVALUATIONS);
    let finding = Item::code(&codes::RESPONSE_EVALUATION, &codes::NOT_EVALUABLE);
    container.push(Relation::Contains, finding);
    for reason in reasons {
        container.push(Relation::Contains, Item::text(&codes::COMMENT, reason.to_string()));
    }
    if let Some(remark) = remark(home) {
        container.push(Relation::Contains, Item::text(&codes::COMMENT, remark));
    }
    container
}
