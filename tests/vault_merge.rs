//! Two patients who turn out to be one.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;
mod peers;
mod vault;

use house::disk::files;
use house::study::Coarse;
use interval::store::StoreError;
use interval::store::artefact::{ArtefactKey, Cost};
use interval_core::access::{Action, Grant, Policy, Principal, Standing, decide};
use interval_core::digest::Digest;
use interval_core::job::JobState;
use interval_core::stage::Stage;
use interval_core::study::Exam;
use peers::Node;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, SystemTime};
use vault::{Place, images, received, send, sent, within};

fn as_job(pseudonym: &str) -> Grant {
    let patient = pseudonym.parse().unwrap();
    let (job, standing) = (Principal::Job(patient), Standing::none(patient));
    decide(&Policy::house(), &job, &standing, Action::Process, SystemTime::now()).unwrap()
}

/// A patient whom the hospital knew by two ids: two studies under the first, one under the second.
struct Double {
    place: Place,
    node: Node,
    from: String,
    into: String,
    expected: BTreeMap<String, Vec<u8>>,
}

const DATES: [&str; 3] = ["20230101", "20230601", "20240101"];

impl Double {
    async fn new() -> Self {
        let place = Place::new();
        let node = place.serve();
        let mut expected = BTreeMap::new();
        let dated = |name: &str, id: &str, date: &str| {
            let study = Coarse::new(name, id);
            Coarse { exam: Exam { date: date.into(), ..study.exam.clone() }, ..study }
        };
        let studies = [
            dated("first", "D-1", DATES[0]),
            dated("second", "D-1", DATES[1]),
            dated("third", "D-2", DATES[2]),
        ];
        for study in &studies {
            let images = images(study);
            send(&node, &images).await;
            expected.extend(sent(&images));
        }
        let [from, into] = [0, 2].map(|n: usize| place.patient_of(&studies[n]));
        assert_ne!(from, into);
        place.run(&["assign", "add", "https://id#1", &from]).well();
        Self { place, node, from, into, expected }
    }
}

/// The pseudonym behind an id of the hospital.
fn found(place: &Place, id: &str) -> String {
    let mut command = place.command(&["patient", "find"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{id}").unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_one_had_is_the_others_and_all_of_it_opens() {
    let Double { place, node, from, into, mut expected } = Double::new().await;
    let store = place.store().await;
    let made = [("map".to_owned(), store.blobs().put(b"an artefact of the one").unwrap())];
    let key = (Stage::Segment, ArtefactKey(Digest::of(b"key")));
    let (now, cost) = (SystemTime::now(), Cost::default());
    store.keep_artefacts(&as_job(&from), key, (&made, cost), now).await.unwrap();
    let wrapped =
        place.rows(&format!("SELECT wrapped FROM patient_key WHERE pseudonym = '{from}'")).await;
    assert_eq!(found(&place, "D-1"), from);

    place.run(&["patient", "merge", &from, &into]).well();

    assert_eq!(received(&place.store().await).await, expected);
    let verified = place.ask(&["verify", "--all"]);
    assert_eq!((&verified["objects"], &verified["orphans"]), (&15.into(), &0.into()));
    // Who stays is who was named as such, though the other one was here first.
    let identity = store.identity(&as_job(&into)).await.unwrap();
    assert_eq!((identity.id.as_str(), identity.name.as_str()), ("D-2", "JOURNEY^D-2"));
    assert!(matches!(store.identity(&as_job(&from)).await, Err(StoreError::Unknown(_))));
    let studies = store.studies(&as_job(&into)).await.unwrap();
    let dates: Vec<_> = studies.iter().map(|study| study.study_date.as_str()).collect();
    assert_eq!(dates, DATES);
    let listed = place.ask(&["patient", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["codes"].as_array().unwrap().len(), 2);
    assert_eq!(listed[0]["assignments"], 1);
    assert_eq!([found(&place, "D-1"), found(&place, "D-2")], [into.clone(), into.clone()]);

    // What comes under the old id goes to the one patient.
    let later = Coarse::new("later", "D-1");
    send(&node, &images(&later)).await;
    expected.extend(sent(&images(&later)));
    assert_eq!(place.patient_of(&later), into);
    node.end();
    assert_eq!(received(&place.store().await).await, expected);
    let disk = files(&place.data());
    let lingers = disk.iter().any(|(_, bytes)| within(bytes, wrapped[0][0].as_bytes()));
    assert!(!lingers, "the key of the one is still on the disk");
    let said = place.run(&["audit", "list", "--action", "merge"]).well().said;
    for patient in [&from, &into] {
        assert_eq!(said.lines().filter(|line| line.contains(patient.as_str())).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_runs_begins_again_for_the_one_patient() {
    let Double { place, from, into, .. } = Double::new().await;
    let store = place.store().await;
    let later = SystemTime::now() + Duration::from_hours(1);
    for row in store.receiving().await.unwrap() {
        store.force(&row.study, "somebody said so").await.unwrap();
    }
    let (job, lease) = store.claim(later).await.unwrap().unwrap();
    assert_eq!(job.patient.to_string(), from);

    place.run(&["patient", "merge", &from, &into]).well();

    let beat = store.beat(lease, Stage::Segment, later).await;
    assert!(matches!(beat, Err(StoreError::LeaseLost(_))), "{beat:?}");
    let (again, _) = store.claim(later).await.unwrap().unwrap();
    assert_eq!((again.id, again.patient.to_string()), (job.id, into));
    assert_eq!(again.state, JobState::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_merged_with_themselves_or_with_a_stranger() {
    let Double { place, from, expected, .. } = Double::new().await;
    let stranger = format!("p{:032x}", 7);
    place.run(&["patient", "merge", &from, &from]).refused(3, "are one already");
    place.run(&["patient", "merge", &from, &stranger]).refused(3, "there is no patient");
    place.run(&["patient", "merge", &stranger, &from]).refused(3, "there is no patient");
    place.run(&["patient", "merge", &from, "nobody"]).refused(2, "neither a pseudonym");
    assert_eq!(received(&place.store().await).await, expected);
}
