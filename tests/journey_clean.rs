//! A head without a tumour: a finding like any other, and it goes home.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::archive::Archive;
use house::equipment::installed;
use house::head::Head;
use house::node::{Running, config, equipped};
use house::report::says;
use interval_core::audit::record::Record;
use interval_core::job::JobState;
use interval_core::phantom::Spec;

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
    let node = Running::open(equipped(config(data.path(), &archive), &equipment)).await;
    node.send(&head.exams[0]).await;
    let study = head.study(0);
    let job = node.job(&study, 1, JobState::Completed).await;
    node.delivered(job.id).await;
    let assessment = node.assessment(job.id).await;
    let found = &assessment.timepoints[0];
    assert!(found.lesions.is_empty(), "{:?}", found.lesions);
    assert!(assessment.doubts.iter().any(|doubt| doubt.kind == "no_measurable_tumour"));
    assert_eq!(archive.modalities(&study), ["DOC", "SR"]);
    assert!(says(&archive.the(&study, "SR").bytes, "No measurable tumour."));
    let done = noted(&node).await;
    let expected = ["start", "receive", "open-vault", "deidentify", "create", "export", "export"];
    assert_eq!(done, expected, "one event for each step, in their order");
}

/// What the audit log says was done.
async fn noted(node: &Running) -> Vec<&'static str> {
    let rows = node.store.audit_rows(None, 100).await.unwrap();
    let records = rows.iter().map(|row| Record::parse(row.record.as_deref().unwrap()).unwrap());
    records.map(|record| record.event.action.as_str()).collect()
}
