//! What the viewer shows of a patient with two studies: in the grid that was measured, to the doctor
//! who is assigned and to nobody else.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;
mod web;

use axum::Router;
use house::archive::Archive;
use house::equipment::installed;
use house::head::Head;
use house::node::{Running, config, equipped};
use interval::pipeline::stage::packing;
use interval::store::assignment::Wanted;
use interval::store::job::Job;
use interval::store::record::AssessmentRecord;
use interval_core::access::PersonId;
use interval_core::job::JobState;
use interval_core::phantom::Spec;
use interval_core::stage::Stage;
use interval_imaging::change;
use sea_orm::{ConnectionTrait, Database};
use serde_json::Value;
use std::time::{Duration, SystemTime};
use web::call::Call;
use web::provider::Provider;
use web::ward::{Ward, door_at};

/// Seed of the patient: that of `journey_pair`.
const SEED: u64 = 7;

/// How far apart, in mm, a lesion may be found in two studies once they lie on each other: its centre
/// moves when it grows.
const PLACE_TOLERANCE_MM: f64 = 6.;

/// A door on the node's store, and what a doctor asks through it.
struct Viewer {
    provider: Provider,
    router: Router,
    study: String,
}

impl Viewer {
    /// A door where one doctor is assigned to the patient of a job.
    async fn open(node: &Running, job: &Job) -> Self {
        let provider = Provider::start().await;
        let person = PersonId::new(&provider.issuer, "noa").unwrap();
        let now = SystemTime::now();
        let from = now - Duration::from_hours(1);
        let wanted = Wanted { person, patient: job.patient, from, until: None };
        node.store.assign(&Ward::permit(), &wanted, now).await.unwrap();
        let router = door_at(&node.store, &provider.issuer);
        Self { provider, router, study: job.study.to_string() }
    }

    fn call(&self, who: &str, below: &str) -> Call {
        let token = self.provider.access_token(who, &["radiologist"]);
        Call::get(&format!("/api/v1/studies/{}/scene{below}", self.study)).bearer(&token)
    }

    async fn described(&self) -> Value {
        let answer = self.call("noa", "").send(&self.router).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// A volume, as a browser gets it.
    async fn bytes(&self, below: &str) -> Vec<u8> {
        let call = self.call("noa", below).header("accept-encoding", "gzip, br");
        let (status, headers, packed) = call.bytes_up_to(&self.router, 64 << 20).await;
        assert_eq!(status, 200, "{below}");
        assert_eq!(headers["content-encoding"], "gzip");
        assert_eq!(headers["cache-control"], "private, no-cache");
        packing::unpack(&packed, 1 << 30).unwrap()
    }

    async fn is_missing(&self, below: &str, why: &str) {
        let answer = self.call("noa", below).send(&self.router).await;
        assert_eq!(answer.status, 404, "{below}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(why), "{detail}");
    }
}

fn numbers<const N: usize>(value: &Value) -> [f64; N] {
    let all: Vec<f64> = value.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
    all.try_into().unwrap()
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|n| (a[n] - b[n]).powi(2)).sum::<f64>().sqrt()
}

fn count(values: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    values.iter().filter(|value| wanted(**value)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_sees_both_studies_in_the_grid_that_was_measured() {
    let Some(equipment) = installed() else { return };
    let head = Head::render(&Spec::new(SEED, 2).build());
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let node = Running::open(equipped(config(data.path(), &archive), &equipment)).await;
    node.send(&head.exams.concat()).await;
    let job = node.job(&head.study(1), 1, JobState::Completed).await;
    let assessment = node.assessment(job.id).await;
    let viewer = Viewer::open(&node, &job).await;
    let described = viewer.described().await;
    of_the_description(&described, &assessment);
    of_the_volumes(&viewer, &described, &assessment).await;
    of_the_surfaces(&viewer, &described).await;
    of_the_cache(&viewer).await;
    of_strangers(&viewer).await;
    viewer.is_missing("/0/change", "nothing of that name").await;
    viewer.is_missing("/7/T1", "nothing of that name").await;
    viewer.is_missing("/1/ADC", "nothing of that name").await;
    for (stage, cost) in node.store.costs().await.unwrap() {
        if matches!(stage, Stage::Author | Stage::Assemble) {
            println!("{stage}: {} ms, {} KiB", cost.cpu_ms, cost.peak_rss_kb);
        }
    }
    // As an earlier version left it.
    let url = format!("sqlite://{}", data.path().join("interval.db").display());
    let rows = Database::connect(url).await.unwrap();
    rows.execute_unprepared("DELETE FROM scene").await.unwrap();
    viewer.is_missing("", "Analyse it again").await;
    viewer.is_missing("/1/labels", "Analyse it again").await;
}

fn of_the_description(described: &Value, assessment: &AssessmentRecord) {
    let timepoints = described["timepoints"].as_array().unwrap();
    assert_eq!((timepoints.len(), &described["current"]), (2, &Value::from(1)));
    for (shown, found) in timepoints.iter().zip(&assessment.timepoints) {
        assert_eq!(shown["study"], found.study.as_str());
        assert_eq!(shown["date"].as_str(), found.date.as_deref());
        assert_eq!(shown["registration"]["passed"], true);
        let names: Vec<_> =
            shown["channels"].as_array().unwrap().iter().map(|c| c["name"].clone()).collect();
        assert_eq!(names, ["T1", "T1c", "T2", "FLAIR", "subtraction"]);
        for channel in shown["channels"].as_array().unwrap() {
            let [low, high] = numbers(&channel["window"]);
            assert!(low < high, "{channel}");
        }
    }
    let spacing: [f64; 3] = numbers(&described["grid"]["spacing_mm"]);
    for (shown, measured) in spacing.iter().zip(assessment.timepoints[1].spacing_mm) {
        assert!((shown - measured).abs() < 1e-6);
    }
    let tracks = described["tracks"].as_array().unwrap();
    assert_eq!(tracks.len(), assessment.tracks.len());
    let mut both = 0;
    for track in tracks {
        let places = [0, 1].map(|n| &track["sightings"][n]["centre_lps_mm"]);
        if let [Value::Array(_), Value::Array(_)] = places {
            let [then, now] = places.map(numbers);
            let name = &track["name"];
            assert!(distance(then, now) < PLACE_TOLERANCE_MM, "{name}: {then:?} {now:?}");
            both += 1;
        }
    }
    assert!(both >= 2, "{both} lesions are there in both studies");
}

/// Sizes, and the volume of the current study to the voxel.
async fn of_the_volumes(viewer: &Viewer, described: &Value, assessment: &AssessmentRecord) {
    let size: [f64; 3] = numbers(&described["grid"]["size"]);
    let voxels = size.iter().product::<f64>() as usize;
    let voxel_cm3 = numbers::<3>(&described["grid"]["spacing_mm"]).iter().product::<f64>() / 1000.;
    for timepoint in 0..2 {
        for name in ["T1", "T1c", "T2", "FLAIR", "subtraction"] {
            let bytes = viewer.bytes(&format!("/{timepoint}/{name}")).await;
            assert_eq!(bytes.len(), 2 * voxels, "{timepoint} {name}");
        }
        let head = viewer.bytes(&format!("/{timepoint}/T1c")).await;
        let brain = viewer.bytes(&format!("/{timepoint}/subtraction")).await;
        let seen = |bytes: &[u8]| bytes.chunks_exact(2).filter(|value| *value != [0, 0]).count();
        let (shown, inside) = (seen(&head), seen(&brain));
        assert!(2 * shown > 3 * inside, "the head around the brain is there: {shown}, {inside}");
        assert!(10 * shown < 9 * voxels, "the air is black: {shown} of {voxels}");
        let labels = viewer.bytes(&format!("/{timepoint}/labels")).await;
        let lesions = viewer.bytes(&format!("/{timepoint}/lesions")).await;
        assert_eq!((labels.len(), lesions.len()), (voxels, voxels));
        let counted = count(&labels, |label| (1..=3).contains(&label)) as f64 * voxel_cm3;
        let measured = assessment.timepoints[timepoint].volumes_cm3.wt;
        // The current study to the voxel; the other one was moved to the nearest of other voxels.
        let tolerance = if timepoint == 1 { 1e-6 } else { 0.03 };
        assert!((counted / measured - 1.).abs() < tolerance, "{counted} cm3, measured {measured}");
    }
    let changed = viewer.bytes("/1/change").await;
    let now = count(&viewer.bytes("/1/labels").await, |label| (1..=3).contains(&label));
    let of = |wanted: u8| count(&changed, |found| found == wanted);
    assert_eq!(of(change::GROWN) + of(change::STABLE), now, "what is there has grown or stayed");
    assert!(of(change::SHRUNK) > 0, "one lesion vanished");
}

/// Each lesion that is there has a surface of its bytes, closed around about where it is.
async fn of_the_surfaces(viewer: &Viewer, described: &Value) {
    let surfaces = described["surfaces"].as_array().unwrap();
    let tracks = described["tracks"].as_array().unwrap();
    let seen = tracks.iter().flat_map(|track| track["sightings"].as_array().unwrap());
    let seen = seen.filter(|sighting| !sighting["lesions"].as_array().unwrap().is_empty()).count();
    assert_eq!(surfaces.len(), seen);
    for surface in surfaces {
        let (timepoint, track) = (&surface["timepoint"], surface["track"].as_str().unwrap());
        let href = surface["href"].as_str().unwrap();
        let (_, below) = href.split_once("/scene").unwrap();
        let bytes = viewer.bytes(below).await;
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let (vertices, triangles) = (word(0), word(4));
        assert_eq!(bytes.len(), 8 + 16 * vertices + 12 * triangles);
        assert!(bytes.len() <= 8 + interval_imaging::surface::BYTES_MAX);
        let float = |at: usize| f64::from(f32::from_bits(word(at) as u32));
        let mean = [0, 1, 2].map(|a| {
            (0..vertices).map(|n| float(8 + 12 * n + 4 * a)).sum::<f64>() / vertices as f64
        });
        let track = tracks.iter().find(|found| found["name"] == track).unwrap();
        let sighting = &track["sightings"][timepoint.as_u64().unwrap() as usize];
        let centre = numbers(&sighting["centre_lps_mm"]);
        assert!(distance(mean, centre) < PLACE_TOLERANCE_MM, "{href}: {mean:?} {centre:?}");
    }
}

async fn of_the_cache(viewer: &Viewer) {
    let (status, headers, plain) =
        viewer.call("noa", "/1/labels").bytes_up_to(&viewer.router, 64 << 20).await;
    assert_eq!((status, headers.get("content-encoding")), (200, None));
    assert_eq!(plain, viewer.bytes("/1/labels").await);
    let etag = headers["etag"].to_str().unwrap();
    let again = viewer.call("noa", "/1/labels").header("if-none-match", etag);
    let (status, headers, nothing) = again.bytes_up_to(&viewer.router, 64 << 20).await;
    assert_eq!((status, nothing.len()), (304, 0));
    assert_eq!(headers["etag"].to_str().unwrap(), etag);
    let other = viewer.call("noa", "/1/lesions").header("if-none-match", etag);
    assert_eq!(other.bytes(&viewer.router).await.0, 200);
}

async fn of_strangers(viewer: &Viewer) {
    for below in ["", "/1/T1c", "/1/labels", "/1/surface/1"] {
        let (status, ..) =
            viewer.call("mallory", below).bytes_up_to(&viewer.router, 64 << 20).await;
        assert_eq!(status, 403, "{below}");
    }
}
