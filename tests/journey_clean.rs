//! A head without a tumour: a finding like any other, and it goes home. The model is one that the
//! node was told to run unsigned, which goes home too.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::archive::Archive;
use house::equipment::installed;
use house::head::Head;
use house::node::{Running, config, equipped};
use house::report::says;
use interval::config::Config;
use interval_core::audit::record::Record;
use interval_core::job::JobState;
use interval_core::phantom::Spec;
use std::fs;
use std::path::{Path, PathBuf};

/// Seed of the patient: any head will do.
const SEED: u64 = 11;

#[tokio::test(flavor = "multi_thread")]
async fn no_measurable_tumour_is_a_result() {
    let Some(equipment) = installed() else { return };
    let mut patient = Spec::new(SEED, 1).build();
    patient.timepoints[0].lesions.clear();
    patient.timepoints[0].truth.clear();
    let head = Head::render(&patient);
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let config = equipped(config(data.path(), &archive), &equipment);
    let model = Some(unsigned(&data.path().join("a-model")));
    let node = Running::open(Config { model, unsigned_model: true, ..config }).await;
    node.send(&head.exams[0]).await;
    let study = head.study(0);
    let job = node.job(&study, 1, JobState::Completed).await;
    node.delivered(job.id).await;
    let assessment = node.assessment(job.id).await;
    let found = &assessment.timepoints[0];
    assert!(found.lesions.is_empty(), "{:?}", found.lesions);
    assert!(assessment.doubts.iter().any(|doubt| doubt.kind == "no_measurable_tumour"));
    assert_eq!(archive.modalities(&study), ["DOC", "SR"]);
    let report = archive.the(&study, "SR").bytes;
    assert!(says(&report, "No measurable tumour."));
    assert!(assessment.doubts.iter().any(|doubt| doubt.kind == "unsigned_model"));
    assert!(says(&report, "the model package is not signed"));
    let done = noted(&node).await;
    let expected = ["start", "receive", "open-vault", "deidentify", "create", "export", "export"];
    assert_eq!(done, expected, "one event for each step, in their order");
}

/// The default model without its signature.
fn unsigned(to: &Path) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default");
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let name = entry.unwrap().file_name();
        if name != "manifest.sig" {
            fs::copy(from.join(&name), to.join(&name)).unwrap();
        }
    }
    to.to_owned()
}

/// What the audit log says was done.
async fn noted(node: &Running) -> Vec<&'static str> {
    let rows = node.store.audit_rows(None, 100).await.unwrap();
    let records = rows.iter().map(|row| Record::parse(row.record.as_deref().unwrap()).unwrap());
    records.map(|record| record.event.action.as_str()).collect()
}
