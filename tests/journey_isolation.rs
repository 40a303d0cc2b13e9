//! What becomes of the rest when one thing fails: a worker, a node in the middle of its work.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::archive::Archive;
use house::children::kill;
use house::equipment::installed;
use house::head::Head;
use house::node::{Running, config, equipped};
use house::patience::{until, when};
use house::study::Coarse;
use interval::config::Config;
use interval_core::job::{ATTEMPTS_MAX, JobState};
use interval_core::phantom::Spec;
use interval_core::role::SeriesRole::{Flair, T1, T2};
use interval_core::stage::Stage;
use interval_dimse::scu;
use std::sync::LazyLock;
use std::time::Duration;

/// Seed of the patient: any head will do.
const SEED: u64 = 12;

/// Address space of a worker in MiB in which it starts but cannot hold a study: the channels of
/// the phantom alone are 150 MiB as they are computed with, the program is as much again.
const TOO_LITTLE_MIB: u64 = 300;

/// How soon a node answers an echo, whatever its workers do: "C-ECHO answers within a second".
const ECHO: Duration = Duration::from_secs(1);

static HEAD: LazyLock<Head> = LazyLock::new(|| Head::render(&Spec::new(SEED, 1).build()));

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_out_of_memory_fails_its_job_alone() {
    let Some(equipment) = installed() else { return };
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let config = equipped(config(data.path(), &archive), &equipment);
    let node = Running::open(Config { worker_memory_mib: TOO_LITTLE_MIB, ..config }).await;
    let large = HEAD.study(0);
    node.send(&HEAD.exams[0]).await;
    until("the job has failed once", async || {
        let job = node.jobs(&large).await.pop()?;
        when(job.attempt > 0)
    })
    .await;

    let other = Coarse::new("beside a failing one", "J-30");
    node.send(&other.of(&[T1, T2, Flair])).await;
    let done = node.job(&other.study, 1, JobState::Completed).await;
    node.delivered(done.id).await;
    assert_eq!(archive.modalities(&other.study), ["DOC", "SR"]);

    let failed = until("the job is given up", async || {
        let echo = tokio::time::timeout(ECHO, scu::echo(&node.peer())).await;
        echo.expect("an echo took too long").unwrap();
        let job = node.jobs(&large).await.pop()?;
        (job.state == JobState::Failed).then_some(job)
    })
    .await;
    assert_eq!((failed.stage, failed.attempt), (Stage::Assemble, ATTEMPTS_MAX));
    assert!(failed.reason.contains("out of memory"), "{}", failed.reason);
    assert!(failed.reason.contains("after 3 attempts"), "{}", failed.reason);
    assert!(archive.of_study(&large).is_empty());
    // The study that was not evaluable has its report and its document here too.
    assert_eq!(node.store.all_kept().await.unwrap().len(), HEAD.exams[0].len() + 120 + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_tried_again() {
    let Some(equipment) = installed() else { return };
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let node = Running::open(equipped(config(data.path(), &archive), &equipment)).await;
    let study = HEAD.study(0);
    node.send(&HEAD.exams[0]).await;
    let first = until("a worker computes", async || node.workers().pop()).await;
    let second = until("another worker has what the first one made", async || {
        let assembled = node.runs(Stage::Assemble).await == 1;
        node.workers().into_iter().find(|id| assembled && *id != first)
    })
    .await;
    kill(second);

    let job = node.job(&study, 1, JobState::Completed).await;
    assert_eq!(job.attempt, 1, "the worker was killed too late");
    assert_eq!(node.runs(Stage::Assemble).await, 1);
    assert_eq!(node.runs(Stage::Segment).await, 1);
    node.delivered(job.id).await;
    assert_eq!(archive.modalities(&study), ["DOC", "SEG", "SR"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_cut_off_in_track_does_not_segment_again() {
    let Some(equipment) = installed() else { return };
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let config = equipped(config(data.path(), &archive), &equipment);
    let node = Running::open(config.clone()).await;
    let study = HEAD.study(0);
    node.send(&HEAD.exams[0]).await;
    // With one timepoint there is nothing to align: what follows is track.
    until("the study is segmented", async || when(node.runs(Stage::Segment).await == 1)).await;
    node.cut_off().await;

    let node = Running::open(config).await;
    let job = node.job(&study, 1, JobState::Completed).await;
    assert_eq!(node.jobs(&study).await.len(), 1);
    for stage in [Stage::Assemble, Stage::Segment, Stage::Track, Stage::Assess] {
        assert_eq!(node.runs(stage).await, 1, "{stage}");
    }
    node.delivered(job.id).await;
    assert_eq!(archive.modalities(&study), ["DOC", "SEG", "SR"]);
    assert_eq!(node.store.all_kept().await.unwrap().len(), HEAD.exams[0].len() + 3);
}
