//! Versions of a result: signed, taking the place of the one before, and taken back.

use crate::fixture::{self, uids};
use crate::outside::{Folder, is_valid, script, tool};
use interval_iod::edition::{Approval, Edition, Filed, Verifier};
use interval_iod::home::Home;
use interval_iod::key::{KEY_OBJECT_SELECTION, KeyError, Rejection, reject};
use interval_iod::pdf::{self, ENCAPSULATED_PDF};
use interval_iod::seg::{self, Hand, SEGMENTATION};
use interval_iod::sr::COMPREHENSIVE_3D_SR;
use interval_iod::sr::content::Reference;
use interval_iod::sr::report::{Report, Statement};
use interval_iod::sr::tid1500;
use std::path::Path;

fn exams() -> fixture::Exams {
    fixture::study("20260401", 0)
}

/// The three objects of the first version.
fn first_version() -> Vec<Filed> {
    let named = [
        (SEGMENTATION, "segmentation"),
        (COMPREHENSIVE_3D_SR, "report"),
        (ENCAPSULATED_PDF, "document"),
    ];
    let filed = |(class, name): (&str, &str)| Filed {
        study: exams().study,
        series: uids(name).series,
        reference: Reference { class: class.parse().unwrap(), instance: uids(name).instance },
    };
    named.map(filed).to_vec()
}

/// Where the second version is filed, signed by a name in Hebrew letters.
fn amended() -> Home {
    let verifier = Verifier {
        name: "ד״ר נועה לוי".to_owned(),
        organisation: "Clinic of the phantom".to_owned(),
        at: "20260402091500".parse().unwrap(),
        remark: "The vessel is no tumour.".to_owned(),
    };
    let approval = Approval::Amended(verifier);
    let edition = Edition { version: 2, approval, replaces: first_version() };
    Home { edition, ..fixture::home(&exams()) }
}

/// What another reader prints of a document; nothing when it is not installed.
fn printed(file: &Path) -> Option<String> {
    let output = tool("dsrdump", &["+Pl", file.to_str().unwrap()])?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What pydicom reads, as `name=value` lines.
fn check_read(file: &Path, expected: &[&str]) {
    if let Some(said) = script("edition.py", &[file.to_str().unwrap()]) {
        for line in expected {
            assert!(said.lines().any(|said| said == *line), "no '{line}' in\n{said}");
        }
    }
}

#[test]
fn a_signed_report_names_who_signed_and_what_it_replaces() {
    let exams = exams();
    let mut assessment = fixture::assessment(&exams, &exams);
    assessment.timepoints.remove(0);
    for track in &mut assessment.tracks {
        track.sightings.remove(0);
    }
    assessment.tracks.truncate(3);
    let evidence = [exams.evidence()];
    let report = Report { statement: Statement::Measured(&assessment), timepoints: &evidence };
    let bytes = tid1500::write(&amended(), &report, &uids("second report")).unwrap();
    let folder = Folder::new("edition-sr");
    let file = folder.write("sr.dcm", &bytes);
    is_valid(&file);
    if let Some(printed) = printed(&file) {
        assert!(printed.contains("Verification Flag   : VERIFIED"), "{printed}");
        assert!(printed.contains("Clinic of the phantom"), "{printed}");
        assert!(printed.contains("Predecessor Docs    : 1"), "{printed}");
        assert!(printed.contains("The vessel is no tumour."), "{printed}");
    }
    let predecessor = format!("predecessor={}", uids("report").instance);
    check_read(
        &file,
        &[
            "verification=VERIFIED",
            "preliminary=FINAL",
            "completion=COMPLETE",
            "observer=לוי^ד״ר נועה",
            "organisation=Clinic of the phantom",
            "verified_at=20260402091500",
            &predecessor,
        ],
    );
}

#[test]
fn a_signed_document_is_verified_and_names_the_document_before() {
    let document = pdf::Document { title: "Report", pdf: b"%PDF-1.7\n", sources: &[] };
    let bytes = pdf::write(&amended(), &document, &uids("second document")).unwrap();
    let folder = Folder::new("edition-pdf");
    let file = folder.write("pdf.dcm", &bytes);
    is_valid(&file);
    let predecessor = format!("predecessor={}", uids("document").instance);
    check_read(&file, &["verification=VERIFIED", &predecessor]);
}

#[test]
fn corrected_segments_are_said_to_be_half_a_humans() {
    let (exams, model) = (exams(), fixture::model());
    let mut segments = exams.segments(&model);
    segments[0].algorithm.hand = Hand::Corrected;
    let bytes = seg::write(&amended(), &exams.source(), &segments, &uids("second")).unwrap();
    let folder = Folder::new("edition-seg");
    let file = folder.write("seg.dcm", &bytes);
    is_valid(&file);
    check_read(&file, &["segment=SEMIAUTOMATIC", "segment=AUTOMATIC"]);
}

#[test]
fn a_rejection_names_every_object_with_its_reason() {
    let objects = first_version();
    let rejection =
        Rejection { objects: &objects, reason: "The cavity was outlined.", by: "Dr Noa Levi" };
    let home = fixture::home(&exams());
    let bytes = reject(&home, &rejection, &uids("rejection")).unwrap();
    let folder = Folder::new("edition-ko");
    let file = folder.write("ko.dcm", &bytes);
    is_valid(&file);
    if let Some(printed) = printed(&file) {
        assert!(printed.contains("Key Object Selection Document"), "{printed}");
        assert!(printed.contains("Rejected for Quality Reasons"), "{printed}");
        assert!(printed.contains("The cavity was outlined."), "{printed}");
        assert!(printed.contains("Levi^Dr Noa"), "{printed}");
    }
    let class = format!("class={KEY_OBJECT_SELECTION}");
    let mut expected = vec!["title=113001".to_owned(), "modality=KO".to_owned(), class];
    for filed in &objects {
        expected.push(format!("refers={}", filed.reference.instance));
        expected.push(format!("evidence={}", filed.reference.instance));
    }
    check_read(&file, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_rejection_of_nothing_is_not_written() {
    let rejection = Rejection { objects: &[], reason: "Why", by: "Who" };
    let refused = reject(&fixture::home(&exams()), &rejection, &uids("rejection"));
    assert!(matches!(refused, Err(KeyError::Objects(0))));
}
