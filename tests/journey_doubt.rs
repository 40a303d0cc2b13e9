//! Studies that nothing can be measured on: what is reported, what waits for a human, and that
//! nothing is lost on the way.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::archive::Archive;
use house::node::{Running, config};
use house::report::says;
use house::study::{Coarse, broken};
use interval::store::job::Job;
use interval_core::digest::Digest;
use interval_core::job::{JobEvent, JobState};
use interval_core::role::SeriesRole::{self, Flair, T1, T1c, T2};
use interval_core::stage::Stage;
use interval_core::study::Acquisition;
use interval_core::uid::StudyUid;
use interval_dimse::scu::Outgoing;
use interval_iod::mr::write;
use interval_iod::pdf;
use std::time::SystemTime;
use tempfile::TempDir;

/// A node with its archive.
struct Place {
    node: Running,
    archive: Archive,
    _data: TempDir,
}

impl Place {
    async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let archive = Archive::open().await;
        let node = Running::open(config(data.path(), &archive)).await;
        Self { node, archive, _data: data }
    }

    /// Sends a study and waits until a human is asked, with this sentence in that stage.
    async fn held(&self, sent: &[Outgoing], study: &StudyUid, expected: (Stage, &str)) -> Job {
        self.node.send(sent).await;
        let job = self.node.job(study, 1, JobState::Held).await;
        let (stage, sentence) = expected;
        assert_eq!(job.stage, stage, "{}", job.reason);
        assert!(job.reason.contains(sentence), "{}", job.reason);
        assert!(self.archive.of_study(study).is_empty(), "a held study has sent something");
        self.nothing_is_lost(sent).await;
        job
    }

    /// Every acknowledged instance is there, as it was sent.
    async fn nothing_is_lost(&self, sent: &[Outgoing]) {
        let kept = self.node.store.held(None).await.unwrap();
        for object in sent {
            let row = kept.iter().find(|row| row.name == object.instance.as_str()).unwrap();
            let bytes = self.node.store.blobs().read(row.object.as_ref().unwrap()).unwrap();
            assert_eq!(Digest::of(&bytes), row.digest, "instance {}", object.instance);
            assert!(bytes.ends_with(&object.data_set), "instance {}", object.instance);
        }
        assert!(self.node.store.orphans().await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_study_without_t1c_is_reported_as_not_evaluable() {
    let place = Place::open().await;
    let study = Coarse::new("without t1c", "J-1");
    let sent = study.of(&[T1, T2, Flair]);
    place.node.send(&sent).await;
    let job = place.node.job(&study.study, 1, JobState::Completed).await;
    place.node.delivered(job.id).await;
    assert_eq!(place.archive.modalities(&study.study), ["DOC", "SR"]);
    let report = place.archive.the(&study.study, "SR");
    assert_eq!(report.header.patient, study.patient);
    assert_eq!(report.header.exam, study.exam);
    assert!(says(&report.bytes, "Not evaluable: no T1c series in the study."));
    let document = place.archive.the(&study.study, "DOC");
    assert_eq!(document.header.patient, study.patient);
    assert!(pdf::extract(&document.bytes).unwrap().starts_with(b"%PDF-"));
    let assessment = place.node.assessment(job.id).await;
    assert_eq!(assessment.doubts.len(), 1);
    assert_eq!(
        (assessment.doubts[0].kind.as_str(), assessment.doubts[0].role.as_str()),
        ("missing_series", "T1c")
    );
    place.nothing_is_lost(&sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_that_comes_late_changes_what_is_said() {
    let place = Place::open().await;
    let study = Coarse::new("late series", "J-2");
    place.node.send(&study.of(&[T1, T2])).await;
    let first = place.node.job(&study.study, 1, JobState::Completed).await;
    place.node.delivered(first.id).await;
    place.node.send(&study.series(2, Flair)).await;
    let second = place.node.job(&study.study, 2, JobState::Completed).await;
    let newer = place.node.delivered(second.id).await;
    assert_eq!(place.node.store.job(first.id).await.unwrap().state, JobState::Superseded);
    let older = place.node.store.deliveries(Some(first.id)).await.unwrap();
    assert!(newer.iter().all(|row| older.iter().all(|old| old.uid != row.uid)));
    let reports = place.archive.of_study(&study.study);
    let flair = "Not evaluable: no FLAIR series in the study.";
    let missing: Vec<_> = reports
        .iter()
        .filter(|object| object.header.acquisition.modality == "SR")
        .map(|object| says(&object.bytes, flair))
        .collect();
    assert_eq!(missing, [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_series_that_could_both_be_t1c_wait_for_a_human() {
    let place = Place::open().await;
    // Without FLAIR, so that the human's word leads to a report and not to an hour of computing.
    let study = Coarse::new("two t1c", "J-3");
    let mut sent = study.of(&[T1, T2]);
    let one = Acquisition { acquisition_time: "093000".into(), ..write::protocol(T1c) };
    sent.extend(study.series_with(2, one.clone()));
    sent.extend(study.series_with(3, one));
    let sentence = "2 series could be the T1c series; please say which one it is.";
    let expected = (Stage::Identify, sentence);
    let job = place.held(&sent, &study.study, expected).await;

    // Leave to go on is no answer to the question.
    place.node.store.steer(job.id, JobEvent::Released, SystemTime::now()).await.unwrap();
    let again = place.node.job(&study.study, 1, JobState::Held).await;
    assert!(again.reason.contains(sentence));

    let series = study.series_uid(3);
    let now = SystemTime::now();
    place.node.store.assign_series(&study.study, &series, T1c, now).await.unwrap();
    place.node.store.steer(job.id, JobEvent::Retried, now).await.unwrap();
    let job = place.node.job(&study.study, 1, JobState::Completed).await;
    place.node.delivered(job.id).await;
    let report = place.archive.the(&study.study, "SR");
    assert!(says(&report.bytes, "Not evaluable: no FLAIR series in the study."));
    assert!(!says(&report.bytes, "T1c"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_study_of_two_patients_is_held() {
    let place = Place::open().await;
    let one = Coarse::new("two patients", "J-4");
    let other = Coarse { patient: Coarse::new("", "J-5").patient, ..one.clone() };
    let mut sent = one.of(&[T1, T1c, T2]);
    sent.extend(other.series(3, Flair));
    let expected = (Stage::Identify, "names 2 different patients");
    place.held(&sent, &one.study, expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_slice_is_held() {
    let place = Place::open().await;
    let study = Coarse::new("missing slice", "J-6");
    let mut sent = study.of(&[T1, T1c, T2]);
    let mut flair = study.series(3, Flair);
    let gone = flair.remove(17);
    let (before, after) = (&flair[16].instance, &flair[17].instance);
    let between = format!("between image 17 ({before}) and image 19 ({after})");
    sent.extend(flair.clone());
    let job = place.held(&sent, &study.study, (Stage::Assemble, &between)).await;
    assert!(job.reason.contains("The FLAIR series is not complete"), "{}", job.reason);
    assert!(!job.reason.contains(gone.instance.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_instance_is_held() {
    let place = Place::open().await;
    let study = Coarse::new("unreadable", "J-7");
    let mut sent = study.of(&SeriesRole::CHANNELS);
    let bad = sent.len() - 5;
    sent[bad] = broken(&sent[bad]);
    let uid = sent[bad].instance.to_string();
    let job = place.held(&sent, &study.study, (Stage::Assemble, &uid)).await;
    assert!(job.reason.contains("The FLAIR series cannot be read"), "{}", job.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_not_asked_about_a_scout_image() {
    let place = Place::open().await;
    let study = Coarse::new("scouts", "J-8");
    let mut scout = write::protocol(SeriesRole::Localizer);
    scout.series_description = "LOCALIZER".into();
    scout.image_type = ["ORIGINAL", "PRIMARY", "LOCALIZER"].map(str::to_owned).into();
    let mut sent = study.of(&[T1, T2, Flair]);
    sent.extend(study.series_with(3, scout.clone()));
    sent.extend(study.series_with(4, scout));
    place.node.send(&sent).await;
    place.node.job(&study.study, 1, JobState::Completed).await;
}
