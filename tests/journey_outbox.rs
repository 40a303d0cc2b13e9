//! Results on their way home: again and again while the archive is away, given up when it refuses
//! them, and sent again when a human says so. Nothing is written a second time.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::archive::{Archive, Temper};
use house::node::{Running, config};
use house::patience::until;
use house::study::Coarse;
use interval::store::job::Job;
use interval::store::outbox::{FAILED, Outgoing};
use interval_core::job::JobState;
use interval_core::role::SeriesRole::{Flair, T1, T2};
use interval_dimse::status::Status;
use std::time::SystemTime;

/// Sends a study that takes no computing: it is reported as not evaluable.
async fn completed(node: &Running, study: &Coarse) -> Job {
    node.send(&study.of(&[T1, T2, Flair])).await;
    node.job(&study.study, 1, JobState::Completed).await
}

/// Waits until every object of a job was refused, or not taken, at least once.
async fn attempted(node: &Running, job: &Job) -> Vec<Outgoing> {
    until("each object was offered once", async || {
        let rows = node.store.deliveries(Some(job.id)).await.unwrap();
        rows.iter().all(|row| row.attempt > 0).then_some(rows)
    })
    .await
}

fn uids(rows: &[Outgoing]) -> Vec<String> {
    rows.iter().map(|row| row.uid.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_sent_again_until_the_archive_takes_it() {
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let node = Running::open(config(data.path(), &archive)).await;
    let address = archive.close().await;
    let study = Coarse::new("archive away", "J-20");
    let job = completed(&node, &study).await;
    let waiting = attempted(&node, &job).await;
    assert!(waiting.iter().all(|row| row.state == "pending" && !row.last_error.is_empty()));

    let back = until("the port is free again", async || Archive::open_at(address).await).await;
    let delivered = node.delivered(job.id).await;
    assert!(delivered.iter().all(|row| row.attempt > 1 && row.last_error.is_empty()));
    assert_eq!(uids(&delivered), uids(&waiting));
    assert_eq!(back.modalities(&study.study), ["DOC", "SR"]);
    assert_eq!(node.jobs(&study.study).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_archive_is_asked_again() {
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    archive.set(Temper::Refuses(Status::OUT_OF_RESOURCES));
    let node = Running::open(config(data.path(), &archive)).await;
    let study = Coarse::new("archive full", "J-21");
    let job = completed(&node, &study).await;
    let waiting = attempted(&node, &job).await;
    assert!(waiting.iter().all(|row| row.state == "pending" && row.last_error.contains("A700H")));
    archive.set(Temper::Takes);
    node.delivered(job.id).await;
    assert_eq!(archive.modalities(&study.study), ["DOC", "SR"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_refused_waits_for_a_human() {
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    archive.set(Temper::Refuses(Status::CANNOT_UNDERSTAND));
    let node = Running::open(config(data.path(), &archive)).await;
    let study = Coarse::new("archive refuses", "J-22");
    let job = completed(&node, &study).await;
    let refused = attempted(&node, &job).await;
    assert!(refused.iter().all(|row| row.state == FAILED && row.attempt == 1));
    assert!(refused.iter().all(|row| row.last_error.contains("the archive does not want it")));

    archive.set(Temper::Takes);
    let put_back = node.store.send_again(job.id, SystemTime::now()).await.unwrap();
    assert_eq!(put_back, 2);
    let delivered = node.delivered(job.id).await;
    assert_eq!(uids(&delivered), uids(&refused));
    assert_eq!(archive.modalities(&study.study), ["DOC", "SR"]);
    assert_eq!(node.store.send_again(job.id, SystemTime::now()).await.unwrap(), 0);
}
