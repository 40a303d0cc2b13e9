//! A patient who is followed: two studies that come together, a third one later, and what may come
//! between. The tests share one node, and none of them needs what another one does to it.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::archive::Archive;
use house::equipment::{Equipment, installed};
use house::head::Head;
use house::node::{Running, config, equipped};
use house::report::tracking_uids;
use interval::phantom::{LesionTruth, TimepointTruth};
use interval::store::job::Job;
use interval::store::record::{AssessmentRecord, FindingsRecord, TrackRecord};
use interval::store::study::SETTLED;
use interval_core::job::JobState;
use interval_core::phantom::Spec;
use interval_core::role::SeriesRole;
use interval_core::stage::Stage;
use interval_iod::mr::write;
use interval_iod::{pdf, seg};
use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

/// Seed of the patient.
const SEED: u64 = 7;

/// How far a measured whole tumour may be from the formula: the default model was made from such
/// heads, half a voxel around a lesion of 1 cm3 is 10 % of it.
const VOLUME_TOLERANCE: f64 = 0.1;

/// How far apart, in mm, the centre of a lesion may be found from where it was put.
const PLACE_TOLERANCE_MM: f64 = 5.;

/// Outlives every test, as the node does that runs on it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// The patient after the first two studies.
static FOLLOWED: LazyLock<Option<Followed>> = LazyLock::new(|| {
    let equipment = installed()?;
    Some(RUNTIME.block_on(Followed::first_two_studies(&equipment)))
});

struct Followed {
    head: Head,
    archive: Archive,
    node: Running,
    /// The first jobs of both studies.
    jobs: [Job; 2],
}

impl Followed {
    async fn first_two_studies(equipment: &Equipment) -> Self {
        // One folder for all runs: nobody is left to remove it at the end.
        let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("journey_pair");
        if data.exists() {
            std::fs::remove_dir_all(&data).unwrap();
        }
        let head = Head::render(&Spec::new(SEED, 3).build());
        let archive = Archive::open().await;
        let node = Running::open(equipped(config(&data, &archive), equipment)).await;
        node.send(&[head.exams[1].as_slice(), &head.exams[0]].concat()).await;
        let first = node.job(&head.study(0), 1, JobState::Completed).await;
        let second = node.job(&head.study(1), 1, JobState::Completed).await;
        Self { head, archive, node, jobs: [first, second] }
    }
}

/// Walks a journey with the patient, where a node can analyse.
fn with_patient<Steps: Future<Output = ()>>(steps: impl FnOnce(&'static Followed) -> Steps) {
    if let Some(followed) = FOLLOWED.as_ref() {
        RUNTIME.block_on(steps(followed));
    }
}

/// Tracking UIDs of the segments of a Segmentation.
fn segment_uids(segmentation: &[u8]) -> BTreeSet<String> {
    let read = seg::read(segmentation).unwrap();
    read.segments.iter().map(|segment| segment.tracking_uid.as_ref().unwrap().to_string()).collect()
}

/// Tracking UIDs of the lesions that are there at a timepoint.
fn seen(assessment: &AssessmentRecord, timepoint: usize) -> BTreeSet<String> {
    let tracks = assessment.tracks.iter();
    let seen = tracks.filter(|track| !track.sightings[timepoint].lesions.is_empty());
    seen.map(|track| track.uid.clone()).collect()
}

#[test]
fn a_pair_comes_home_as_segmentation_report_and_document() {
    with_patient(async |Followed { head, archive, node, jobs }| {
        for (timepoint, job) in jobs.iter().enumerate() {
            let study = head.study(timepoint);
            node.delivered(job.id).await;
            let assessment = node.assessment(job.id).await;
            assert_eq!(assessment.timepoints.len(), timepoint + 1);
            for modality in ["SEG", "SR", "DOC"] {
                let header = archive.the(&study, modality).header;
                let sent = &head.headers[timepoint];
                assert_eq!(
                    (header.patient, header.exam),
                    (sent.patient.clone(), sent.exam.clone())
                );
            }
            let segments = segment_uids(&archive.the(&study, "SEG").bytes);
            assert_eq!(segments, seen(&assessment, timepoint));
            let report = tracking_uids(&archive.the(&study, "SR").bytes);
            assert!(report.is_superset(&segments), "{report:?} {segments:?}");
            let document = pdf::extract(&archive.the(&study, "DOC").bytes).unwrap();
            assert!(document.starts_with(b"%PDF-"));
        }
    });
}

#[test]
fn a_lesion_keeps_its_identity_from_study_to_study() {
    with_patient(async |Followed { head, archive, node, jobs }| {
        node.delivered(jobs[0].id).await;
        node.delivered(jobs[1].id).await;
        let [before, after] =
            [0, 1].map(|n| segment_uids(&archive.the(&head.study(n), "SEG").bytes));
        let assessment = node.assessment(jobs[1].id).await;
        assert_eq!(before, seen(&assessment, 0));
        // 1 and 2 stay, 3 splits and keeps its name, 4 vanishes, 5 is new.
        assert_eq!((before.len(), after.len()), (4, 4));
        assert_eq!(before.intersection(&after).count(), 3);
    });
}

#[test]
fn volumes_are_what_the_formula_says() {
    with_patient(async |Followed { head, node, jobs, .. }| {
        let assessment = node.assessment(jobs[1].id).await;
        for (found, truth) in assessment.timepoints.iter().zip(&head.truth.timepoints) {
            let (found, truth) = (found.volumes_cm3.wt, truth.volumes_cm3.wt);
            let off = found / truth - 1.;
            assert!(off.abs() < VOLUME_TOLERANCE, "{found} cm3 instead of {truth} cm3");
        }
    });
}

#[test]
fn each_lesion_is_said_to_do_what_it_does() {
    with_patient(async |Followed { head, node, jobs, .. }| {
        let assessment = node.assessment(jobs[1].id).await;
        let [before, after] = [0, 1].map(|n| &head.truth.timepoints[n]);
        for lesion in &after.lesions {
            let track = match lesion.fate.as_str() {
                "vanished" => {
                    let then = named(before, &lesion.name);
                    track_at(&assessment, 0, then)
                }
                _ => track_at(&assessment, 1, lesion),
            };
            let fate = track.sightings[1].fate.as_deref();
            assert_eq!(fate, Some(lesion.fate.as_str()), "lesion {}", lesion.name);
        }
    });
}

fn named<'a>(timepoint: &'a TimepointTruth, name: &str) -> &'a LesionTruth {
    timepoint.lesions.iter().find(|lesion| lesion.name == name).unwrap()
}

/// The track that has a lesion where the truth has one.
#[track_caller]
fn track_at<'a>(
    assessment: &'a AssessmentRecord,
    timepoint: usize,
    lesion: &LesionTruth,
) -> &'a TrackRecord {
    let FindingsRecord { lesions, .. } = &assessment.timepoints[timepoint];
    let found = lesions
        .iter()
        .find(|found| {
            let apart = (0..3).map(|n| found.centre_lps_mm[n] - lesion.centre_lps_mm[n]);
            apart.map(|mm| mm * mm).sum::<f64>().sqrt() < PLACE_TOLERANCE_MM
        })
        .unwrap_or_else(|| panic!("lesion {} was not found", lesion.name));
    let tracks = &assessment.tracks;
    tracks.iter().find(|t| t.sightings[timepoint].lesions.contains(&found.index)).unwrap()
}

#[test]
fn a_response_is_proposed_and_the_overall_one_is_left_to_people() {
    with_patient(async |Followed { node, jobs, .. }| {
        let assessment = node.assessment(jobs[1].id).await;
        let criteria: Vec<_> = assessment.verdicts.iter().map(|v| v.criteria.as_str()).collect();
        assert_eq!(criteria, ["RANO 2010", "RANO 2.0"]);
        for verdict in &assessment.verdicts {
            // A new lesion of 2 cm3 is progression whatever the others do.
            assert_eq!(verdict.imaging.as_deref(), Some("PD"), "{verdict:?}");
            assert_eq!(verdict.overall, None, "nobody said how the patient is");
            assert!(!verdict.missing.is_empty());
        }
    });
}

#[test]
fn a_third_timepoint_costs_one_inference() {
    with_patient(async |Followed { head, archive, node, .. }| {
        node.send(&head.exams[2]).await;
        let job = node.job(&head.study(2), 1, JobState::Completed).await;
        assert_eq!(node.runs(Stage::Assemble).await, 3);
        assert_eq!(node.runs(Stage::Segment).await, 3);
        node.delivered(job.id).await;
        assert_eq!(archive.modalities(&head.study(2)), ["DOC", "SEG", "SR"]);
        let assessment = node.assessment(job.id).await;
        assert_eq!(assessment.timepoints.len(), 3);
        let segments = segment_uids(&archive.the(&head.study(2), "SEG").bytes);
        assert_eq!(segments, seen(&assessment, 2));
    });
}

#[test]
fn the_same_study_again_changes_nothing() {
    with_patient(async |Followed { head, node, .. }| {
        let study = head.study(0);
        let jobs = node.jobs(&study).await;
        node.send(&head.exams[0]).await;
        // No job can come of a study that does not receive.
        assert_eq!(node.store.study(&study).await.unwrap().state, SETTLED);
        assert_eq!(node.jobs(&study).await, jobs);
        let kept = node.store.all_kept().await.unwrap();
        let again = kept.iter().filter(|row| head.exams[0].iter().any(|o| o.instance == row.uid));
        assert_eq!(again.count(), head.exams[0].len());
    });
}

#[test]
fn a_late_image_that_changes_nothing_sends_nothing() {
    with_patient(async |Followed { head, archive, node, jobs }| {
        let study = head.study(1);
        node.delivered(jobs[1].id).await;
        let mut scout = write::protocol(SeriesRole::Localizer);
        scout.series_description = "LOCALIZER".into();
        scout.image_type = ["ORIGINAL", "PRIMARY", "LOCALIZER"].map(str::to_owned).into();
        node.send(&head.addition(1).series_with(0, scout)).await;
        let again = node.job(&study, 2, JobState::Completed).await;
        let first = node.store.job(jobs[1].id).await.unwrap();
        assert_eq!(first.state, JobState::Superseded);
        let [old, new] = [node.assessment(first.id).await, node.assessment(again.id).await];
        assert_eq!(old, new);
        assert!(node.store.deliveries(Some(again.id)).await.unwrap().is_empty());
        assert_eq!(archive.modalities(&study), ["DOC", "SEG", "SR"]);
    });
}
