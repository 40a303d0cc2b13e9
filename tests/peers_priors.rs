//! Earlier studies fetched from other people's archives: those of the patient, and of nobody else.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod house;
mod peers;

use house::node::Running;
use house::patience::until;
use interval::config::Config;
use interval::store::Store;
use interval::store::study::Holding;
use interval_core::access::{Action, Grant, Policy, Principal, Standing, decide};
use interval_core::audit::record::Record;
use interval_core::audit::words::Detail;
use interval_core::patient::{Patient, PatientPseudonym};
use interval_dimse::scu::Outgoing;
use peers::archive::{Archive, Gives, free_port, written};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::TempDir;

/// A patient as a spec has it: id, issuer, name, birth date, sex.
type Named = [&'static str; 5];

const RUTH: Named = ["A17", "NORTH", "Cohen^Ruth", "19610203", "F"];
const OTHER_RUTH: Named = ["A17", "SOUTH", "Weiss^Ruth", "19800909", "F"];
const DANA_ONCE: Named = ["B1", "NORTH", "Levi^Dana", "19700707", "F"];
const DANA: Named = ["B1", "NORTH", "Mizrahi^Dana", "19700707", "F"];
const UNKNOWN: Named = ["T9", "ER", "Unknown^Male", "", "M"];
const AVI: Named = ["C1", "NORTH", "Katz^Avi", "19550505", "M"];
const TWIN: Named = ["D1", "NORTH", "Peretz^Noa", "20000101", "F"];
const OTHER_TWIN: Named = ["D2", "NORTH", "Peretz^Gal", "20000101", "F"];
/// The other twin's study under the id of the first.
const MISFILED: Named = ["D1", "NORTH", "Peretz^Gal", "20000101", "F"];

/// One MR study with two series that serve and a scout.
fn brain(uid: &str, patient: Named, date: &str) -> Value {
    json!({ "uid": uid, "patient": patient, "date": date, "description": "MRI brain", "series": [
        { "uid": format!("{uid}.1"), "description": "T1 MPRAGE", "count": 3 },
        { "uid": format!("{uid}.2"), "description": "T2 FLAIR", "count": 2 },
        { "uid": format!("{uid}.3"), "description": "localizer", "count": 1 },
    ] })
}

/// What an archive holds: studies 2.25.1xx are right priors of those whose study 2.25.9xx comes.
fn pacs() -> Vec<Value> {
    let mut knee = brain("2.25.121", RUTH, "20230301");
    knee["description"] = "MR knee left".into();
    let mut results = brain("2.25.101", RUTH, "20230506");
    let ours = |n: u32, modality: &str| {
        json!({ "uid": format!("2.25.101.{n}"), "modality": modality, "manufacturer": "Interval",
                "description": "Interval result" })
    };
    let series = results["series"].as_array_mut().unwrap();
    series.extend([ours(4, "SEG"), ours(5, "SR")]);
    series.push(json!({ "uid": "2.25.101.6", "modality": "SR", "description": "dose report" }));
    let ct = json!({ "uid": "2.25.122", "patient": RUTH, "date": "20230302", "series": [
        { "uid": "2.25.122.1", "modality": "CT", "description": "head" } ] });
    vec![
        results,
        brain("2.25.102", RUTH, "20190506"),
        brain("2.25.120", RUTH, "20050506"),
        knee,
        ct,
        brain("2.25.123", RUTH, "20250101"),
        brain("2.25.124", OTHER_RUTH, "20230101"),
        brain("2.25.103", DANA_ONCE, "20200505"),
        brain("2.25.104", UNKNOWN, "20210101"),
        brain("2.25.105", AVI, "20220101"),
        brain("2.25.106", TWIN, "20220101"),
        brain("2.25.125", OTHER_TWIN, "20220102"),
        brain("2.25.126", MISFILED, "20220103"),
    ]
}

/// Instances that are fetched of each right prior, from an archive that tells of its series: without
/// the scout, with results of ours. From one that does not, everything but other modalities.
const RIGHT: [(&str, [usize; 2]); 6] = [
    ("2.25.101", [7, 9]),
    ("2.25.102", [5, 6]),
    ("2.25.103", [5, 6]),
    ("2.25.104", [5, 6]),
    ("2.25.105", [5, 6]),
    ("2.25.106", [5, 6]),
];

/// Whether an archive tells of its series more than their modality.
#[derive(Debug, Clone, Copy)]
enum Tells {
    All,
    Modality,
}

/// Studies that come in, each of a patient with priors.
fn current() -> Vec<Value> {
    let patients = [RUTH, DANA, AVI, TWIN];
    let study = |(n, patient)| brain(&format!("2.25.90{n}"), patient, "20240506");
    (1..).zip(patients).map(study).collect()
}

/// A folder with files to send, and a node that knows where priors are.
struct Scene {
    _folder: TempDir,
    node: Running,
    files: PathBuf,
}

impl Scene {
    async fn open(folder: TempDir, port: u16, settings: &str) -> Option<Self> {
        let files = written(&folder.path().join("current"), &current())?;
        let data = folder.path().join("node");
        let config: Config = toml::from_str(&format!(
            "data = '{}'\nlisten = '127.0.0.1:{port}'\nquiet_period_s = 1\nmodel = '{}'\n\
             worker_program = '{}'\n{settings}",
            data.display(),
            Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default").display(),
            env!("CARGO_BIN_EXE_interval"),
        ))
        .unwrap();
        let node = Running::open(config).await;
        Some(Self { _folder: folder, node, files })
    }

    /// Sends the files whose names begin so.
    async fn send(&self, start: &str) {
        let mut objects = Vec::new();
        for entry in std::fs::read_dir(&self.files).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with(start) {
                let bytes = std::fs::read(path).unwrap();
                objects.push(Outgoing::from_part10(&bytes.into()).unwrap());
            }
        }
        assert!(!objects.is_empty(), "no file is called {start}");
        self.node.send(&objects).await;
    }

    async fn holding(&self, study: &str) -> Option<Holding> {
        let holdings = self.node.store.holdings().await.unwrap();
        holdings.into_iter().find(|holding| holding.study == study)
    }

    /// Waits until a study that was sent is settled; its evidence.
    async fn settled(&self, study: &str) -> String {
        until(&format!("study {study} is settled"), async || {
            let holding = self.holding(study).await?;
            (holding.state == "settled").then_some(holding.evidence)
        })
        .await
    }

    /// Makes the patient of one id part of another's, as the operator does.
    async fn merge(&self, [one, into]: [Named; 2]) {
        let store = &self.node.store;
        let now = SystemTime::now();
        let one = store.admit(&patient(one), now).await.unwrap();
        let into = store.admit(&patient(into), now).await.unwrap();
        store.merge(&maintain(one), &maintain(into), now).await.unwrap();
    }

    /// Sends every current study, waits until they are settled, and looks at what was fetched.
    async fn check(&self, tells: Tells) {
        self.merge([UNKNOWN, AVI]).await;
        self.send("2.25.90").await;
        for n in 1..=4 {
            self.settled(&format!("2.25.90{n}")).await;
        }
        let mut fetched = Vec::new();
        for holding in self.node.store.holdings().await.unwrap() {
            if holding.study.starts_with("2.25.90") {
                continue;
            }
            let count: usize = holding.by_modality.values().sum();
            assert!(holding.evidence.starts_with("fetched as an earlier study of"), "{holding:?}");
            fetched.push((holding.study, count));
        }
        fetched.sort();
        let right = RIGHT.map(|(study, counts)| (study.to_owned(), counts[tells as usize]));
        assert_eq!(fetched, right);
        for (study, _) in RIGHT {
            assert_eq!(self.node.jobs(&study.parse().unwrap()).await, [], "{study} has a job");
        }
        self.owned([("2.25.101", "2.25.901"), ("2.25.103", "2.25.902")]).await;
        self.owned([("2.25.104", "2.25.903"), ("2.25.106", "2.25.904")]).await;
        let refused = refusals(&self.node.store).await;
        assert!(refused > 0, "the log does not say that somebody else's study was met");
    }

    /// Whether pairs of studies are of the same patient.
    async fn owned(&self, pairs: [(&str, &str); 2]) {
        for (prior, current) in pairs {
            let [prior, current] =
                [self.holding(prior).await.unwrap(), self.holding(current).await.unwrap()];
            assert_eq!(prior.patient, current.patient, "{} is not joined", prior.study);
        }
    }
}

fn patient([id, issuer, name, birth_date, sex]: Named) -> Patient {
    let [id, issuer, name] = [id, issuer, name].map(str::to_owned);
    Patient { id, issuer, name, birth_date: birth_date.into(), sex: sex.into() }
}

fn maintain(patient: PatientPseudonym) -> Grant {
    let standing = Standing::none(patient);
    let (policy, now) = (Policy::house(), SystemTime::now());
    decide(&policy, &Principal::Operator, &standing, Action::Maintain, now).unwrap()
}

/// Events that say that something was of another person.
async fn refusals(store: &Store) -> usize {
    let rows = store.audit_rows(Some(0), 10_000).await.unwrap();
    let records = rows.into_iter().filter_map(|row| Record::parse(&row.record?).ok());
    records.filter(|record| record.event.detail == Detail::OtherPerson).count()
}

fn peer(archive: &Archive) -> String {
    format!(
        "[peers.SCANNER]\nactions = ['upload']\npatients = ['*']\n\
         [peers.{}]\naddress = '127.0.0.1:{}'\npriors = true\n",
        archive.title, archive.dicom
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orthanc_gives_the_right_priors_by_get() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let Some(orthanc) = Archive::orthanc(folder.path(), port) else { return };
    let Some(files) = written(&folder.path().join("pacs"), &pacs()) else { return };
    orthanc.take(&files);
    let Some(scene) = Scene::open(folder, port, &peer(&orthanc)).await else { return };
    scene.check(Tells::All).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orthanc_gives_the_right_priors_by_dicomweb() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let Some(orthanc) = Archive::orthanc(folder.path(), port) else { return };
    let Some(files) = written(&folder.path().join("pacs"), &pacs()) else { return };
    orthanc.take(&files);
    let url = format!("http://127.0.0.1:{}/dicom-web", orthanc.http);
    let archive = format!("[[archives]]\nname = 'vna'\nurl = '{url}'\npriors = true\n");
    let Some(scene) = Scene::open(folder, port, &archive).await else { return };
    scene.check(Tells::All).await;
}

#[track_caller]
fn dcmqrscp(folder: &TempDir, port: u16, gives: Gives) -> Option<Archive> {
    let archive = Archive::dcmqrscp(folder.path(), port, gives)?;
    archive.take(&written(&folder.path().join("pacs"), &pacs())?);
    Some(archive)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dcmqrscp_gives_the_right_priors_by_get() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let Some(archive) = dcmqrscp(&folder, port, Gives::ByGet) else { return };
    let Some(scene) = Scene::open(folder, port, &peer(&archive)).await else { return };
    scene.check(Tells::Modality).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_give_is_asked_to_move() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let Some(archive) = dcmqrscp(&folder, port, Gives::ByMoveOnly) else { return };
    let Some(scene) = Scene::open(folder, port, &peer(&archive)).await else { return };
    scene.check(Tells::Modality).await;
}

/// A study of which one image names somebody else, and a right one.
fn mixed() -> Vec<Value> {
    let mut mixed = brain("2.25.107", RUTH, "20220101");
    mixed["patients"] = json!({ "2": OTHER_RUTH });
    vec![mixed, brain("2.25.101", RUTH, "20230101")]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_study_with_somebody_elses_image_is_not_used_and_what_is_sent_later_is_as_usual() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let Some(orthanc) = Archive::orthanc(folder.path(), port) else { return };
    let Some(files) = written(&folder.path().join("pacs"), &mixed()) else { return };
    orthanc.take(&files);
    let Some(scene) = Scene::open(folder, port, &peer(&orthanc)).await else { return };
    scene.send("2.25.901").await;
    scene.settled("2.25.901").await;
    if let Some(barred) = scene.holding("2.25.107").await {
        assert_eq!(barred.state, "barred", "{}", barred.evidence);
        assert!(barred.evidence.contains("not used"), "{}", barred.evidence);
    }
    assert!(refusals(&scene.node.store).await > 0);
    // A study that was fetched is sent by a peer: the same bytes, and now it is analysed.
    let [study, before] = ["2.25.101", "settled"];
    assert_eq!(scene.holding(study).await.unwrap().state, before);
    let sent = Scene { files, ..scene };
    sent.send("2.25.101").await;
    let id = study.parse().unwrap();
    until("the study has a job", async || sent.node.jobs(&id).await.pop()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_away_holds_a_study_no_longer_than_it_may() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let settings = format!(
        "[peers.SCANNER]\nactions = ['upload']\npatients = ['*']\n\
         [peers.AWAY]\naddress = '127.0.0.1:{}'\npriors = true\n[priors]\nwait_s = 8",
        free_port()
    );
    let Some(scene) = Scene::open(folder, port, &settings).await else { return };
    let began = std::time::Instant::now();
    scene.send("2.25.901").await;
    let evidence = scene.settled("2.25.901").await;
    assert!(evidence.contains("earlier studies"), "{evidence}");
    assert!(began.elapsed().as_secs() >= 7, "it did not wait");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn priors_of_somebody_who_is_to_come_are_fetched_ahead_of_time() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let Some(orthanc) = Archive::orthanc(folder.path(), port) else { return };
    let Some(files) = written(&folder.path().join("pacs"), &pacs()) else { return };
    orthanc.take(&files);
    let data = folder.path().join("node");
    let Some(scene) = Scene::open(folder, port, &peer(&orthanc)).await else { return };
    let mut fetch = tokio::process::Command::new(env!("CARGO_BIN_EXE_interval"));
    fetch.args(["fetch", "--patient", "A17", "--issuer", "NORTH", "--wait-s", "120", "--data"]);
    let output = fetch.arg(&data).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    // The study of 2025 is earlier than what is to come, and the one of 2005 too old.
    for study in ["2.25.101", "2.25.123"] {
        assert_eq!(scene.holding(study).await.unwrap().state, "settled", "{said}");
    }
    for study in ["2.25.120", "2.25.124"] {
        assert_eq!(scene.holding(study).await, None, "{said}");
    }
}
