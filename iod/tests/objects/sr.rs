//! Structured reports.

use crate::fixture::{self, Exams, tracking, uids};
use crate::outside::{Folder, is_valid, script, tool};
use interval_core::assessment::{Assessment, Doubt};
use interval_core::lesion::RegionVolumes;
use interval_core::role::SeriesRole;
use interval_core::units::Cm3;
use interval_iod::sr::SrError;
use interval_iod::sr::report::{Evidence, Report, Statement, TIMEPOINTS_MAX};
use interval_iod::sr::tid1500::write;
use std::path::Path;

/// Two studies; the SEG of the earlier one is not at the PACS.
struct Timeline {
    current: Exams,
    assessment: Assessment,
    evidence: Vec<Evidence>,
}

fn timeline() -> Timeline {
    let (prior, current) = (fixture::study("20260101", 0), fixture::study("20260401", 3));
    let mut evidence = vec![prior.evidence(), current.evidence()];
    evidence[0].segmentation = None;
    Timeline { assessment: fixture::assessment(&prior, &current), current, evidence }
}

impl Timeline {
    fn written(&self) -> Result<Vec<u8>, SrError> {
        let statement = Statement::Measured(&self.assessment);
        let report = Report { statement, timepoints: &self.evidence };
        write(&fixture::home(&self.current), &report, &uids("report"))
    }
}

/// What another reader prints of a document; nothing when it is not installed.
fn printed(file: &Path) -> Option<String> {
    let output = tool("dsrdump", &["+Pl", file.to_str().unwrap()])?;
    // It cannot check the length of texts in UTF-8, and says so.
    let complained = String::from_utf8_lossy(&output.stderr);
    let complaints = complained.lines().filter(|line| {
        !line.trim().is_empty() && !line.contains("The VR checker does not support")
    });
    let complaints: Vec<&str> = complaints.collect();
    assert!(output.status.success() && complaints.is_empty(), "{}", complaints.join("\n"));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_report_is_valid_and_others_find_each_lesion() {
    let timeline = timeline();
    let folder = Folder::new("sr-others-find-each-lesion");
    let file = folder.write("sr.dcm", &timeline.written().unwrap());
    is_valid(&file);
    if let Some(printed) = printed(&file) {
        assert!(printed.contains("Verification Flag   : UNVERIFIED"), "{printed}");
    }
    let model = fixture::model();
    let segments = timeline.current.segments(&model);
    let home = fixture::home(&timeline.current);
    let source = timeline.current.source();
    let seg = interval_iod::seg::write(&home, &source, &segments, &uids("segmentation")).unwrap();
    let seg = folder.write("seg.dcm", &seg);
    let arguments = [&file, &seg].map(|path| path.to_str().expect("a plain path"));
    if let Some(said) = script("sr.py", &arguments) {
        assert!(said.contains("3 lesions, 5 segments agree"), "{said}");
    }
}

#[test]
fn no_measurable_tumour_is_a_report_too() {
    let mut timeline = timeline();
    timeline.assessment.tracks.clear();
    timeline.assessment.doubts = vec![Doubt::NoMeasurableTumour];
    for findings in &mut timeline.assessment.timepoints {
        findings.lesions.clear();
        findings.volumes = RegionVolumes::default();
        findings.sum_of_products_mm2 = 0.;
        findings.ignored = (0, Cm3(0.));
    }
    for verdict in &mut timeline.assessment.verdicts {
        (verdict.imaging, verdict.change_from_reference) = (None, None);
        verdict.change_from_nadir = None;
    }
    timeline.evidence[1].segmentation = None;
    check_words(&timeline.written().unwrap(), "No measurable tumour.", "no-tumour");
}

#[test]
fn a_study_that_cannot_be_evaluated_still_gets_its_report() {
    let current = fixture::study("20260401", 0);
    let mut evidence = current.evidence();
    evidence.segmentation = None;
    let report = Report {
        statement: Statement::NotEvaluable(&[Doubt::MissingSeries(SeriesRole::T1c)]),
        timepoints: &[evidence],
    };
    let bytes = write(&fixture::home(&current), &report, &uids("report")).unwrap();
    check_words(&bytes, "Not evaluable: no T1c series in the study.", "no-t1c");
}

/// Checks that a document is valid, and that others read a sentence in it.
#[track_caller]
fn check_words(bytes: &[u8], sentence: &str, test: &str) {
    let folder = Folder::new(test);
    let file = folder.write("sr.dcm", bytes);
    is_valid(&file);
    if let Some(printed) = printed(&file) {
        assert!(printed.contains(sentence), "{printed}");
    }
    let arguments = [file.to_str().unwrap(), sentence];
    if let Some(said) = script("sr_words.py", &arguments) {
        assert!(said.contains("sentence found"), "{said}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(timeline().written().unwrap(), timeline().written().unwrap());
}
#[test]
fn numbers_that_are_none_are_said_to_be_none() {
    let mut timeline = timeline();
    timeline.assessment.timepoints[1].sum_of_products_mm2 = f64::NAN;
    let folder = Folder::new("sr-not-a-number");
    let file = folder.write("sr.dcm", &timeline.written().unwrap());
    is_valid(&file);
    if let Some(printed) = printed(&file) {
        assert!(printed.contains("Not a number"), "{printed}");
    }
}

#[track_caller]
fn check_refused(change: impl FnOnce(&mut Timeline), expected: &str) {
    let mut timeline = timeline();
    change(&mut timeline);
    let error = timeline.written().expect_err("refused").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_report_is_filed_in_its_last_study_only() {
    check_refused(|timeline| timeline.evidence.swap(0, 1), "is filed in");
}
#[test]
fn images_of_another_study_are_refused() {
    check_refused(
        |timeline| timeline.evidence[0].study = fixture::study("20250101", 0).study,
        "other studies",
    );
}
#[test]
fn a_timeline_too_long_is_refused() {
    check_refused(
        |timeline| {
            let evidence = timeline.evidence[0].clone();
            timeline.evidence.resize(TIMEPOINTS_MAX + 1, evidence);
        },
        "at most 10 timepoints",
    );
}
#[test]
fn a_lesion_not_followed_everywhere_is_refused() {
    check_refused(|timeline| drop(timeline.assessment.tracks[0].sightings.pop()), "lesion 1");
}
#[test]
fn nothing_is_no_report() {
    check_refused(|timeline| timeline.evidence.clear(), "at least one timepoint");
}
#[test]
fn a_lesion_keeps_its_name_in_every_object() {
    let timeline = timeline();
    let bytes = timeline.written().unwrap();
    let named = |lesion| {
        let uid = tracking(lesion);
        bytes.windows(uid.as_str().len()).filter(|w| *w == uid.as_str().as_bytes()).count()
    };
    // Lesion 1 in both studies, 2 in the second only, 4 in both: the second says it is gone.
    assert_eq!([named(1), named(2), named(3), named(4)], [2, 1, 2, 2]);
}

/// A report of two timepoints.
pub fn example() -> Vec<u8> {
    timeline().written().unwrap()
}
