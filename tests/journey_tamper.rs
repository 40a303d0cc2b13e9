//! Everything that a node holds after a journey, altered on the disk: each alteration is found and
//! named, and nothing that was altered is computed on.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::archive::Archive;
use house::equipment::{Equipment, installed};
use house::head::Head;
use house::node::{Running, config, equipped};
use house::patience::{until, when};
use house::wiretap::Wiretap;
use interval::config::Config;
use interval_core::job::JobState;
use interval_core::phantom::Spec;
use interval_core::stage::Stage;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Seed of the patient: any head will do.
const SEED: u64 = 13;

static HEAD: LazyLock<Head> = LazyLock::new(|| Head::render(&Spec::new(SEED, 1).build()));

async fn database(data: &Path) -> DatabaseConnection {
    Database::connect(format!("sqlite://{}", data.join("interval.db").display())).await.unwrap()
}

/// The files of every object that a row names, each with the name that its row gives it.
async fn objects(data: &Path) -> BTreeMap<PathBuf, String> {
    let select = "SELECT object, uid AS name FROM instance
                  UNION SELECT object, stage || '/' || name FROM artefact
                  UNION SELECT object, uid FROM outbox";
    let db = database(data).await;
    let select = Statement::from_string(db.get_database_backend(), select);
    let rows = db.query_all_raw(select).await.unwrap();
    db.close().await.unwrap();
    let file = |row: &sea_orm::QueryResult| {
        let object: String = row.try_get("", "object").unwrap();
        let path = data.join("objects").join(&object[..2]).join(&object);
        (path, row.try_get("", "name").unwrap())
    };
    rows.iter().map(file).collect()
}

/// What verification finds lost or altered: the files of the objects, and their names.
fn found(data: &Path, how: &str) -> BTreeMap<PathBuf, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interval"));
    command.args(["verify", "--all", "--json", "-", "--data"]).arg(data);
    let output = command.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let bad =
        report["lost"].as_array().unwrap().len() + report["altered"].as_array().unwrap().len();
    assert_eq!(output.status.code(), Some(i32::from(bad > 0)));
    let found = report[how].as_array().unwrap().iter().map(|found| {
        let (object, name) = (found["object"].as_str().unwrap(), found["name"].as_str().unwrap());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(name) && said.contains(object), "{name} is not named");
        (data.join("objects").join(&object[..2]).join(object), name.to_owned())
    });
    found.collect()
}

/// What is done to an object's sealed bytes; the number is the object's place in the list.
type Attack = fn(&mut Vec<u8>, usize);

const ATTACKS: [(&str, Attack); 7] = [
    ("one bit flipped", |bytes, n| {
        // Everywhere in turn: 7919 is prime to every length that there is.
        let (at, length) = (n * 7919, bytes.len());
        bytes[at % length] ^= 1 << (n % 8);
    }),
    ("the first byte changed", |bytes, _| bytes[0] ^= 0x80),
    ("the last byte changed", |bytes, _| *bytes.last_mut().unwrap() ^= 1),
    ("the last byte cut off", |bytes, _| bytes.truncate(bytes.len() - 1)),
    ("cut to nothing", |bytes, _| bytes.clear()),
    ("cut in the middle", |bytes, n| bytes.truncate((n * 104_729) % bytes.len())),
    ("a byte put behind", |bytes, n| bytes.push(n as u8)),
];

/// A node's folder after a journey, and the files of its objects.
struct Settled {
    _folder: tempfile::TempDir,
    data: PathBuf,
    objects: BTreeMap<PathBuf, String>,
}

async fn settled(equipment: &Equipment) -> Settled {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let archive = Archive::open().await;
    let node = Running::open(equipped(config(&data, &archive), equipment)).await;
    node.send(&HEAD.exams[0]).await;
    let job = node.job(&HEAD.study(0), 1, JobState::Completed).await;
    node.delivered(job.id).await;
    node.cut_off().await;
    let objects = objects(&data).await;
    let kinds: BTreeSet<_> =
        objects.values().filter_map(|name| Some(name.split_once('/')?.0.to_owned())).collect();
    assert!(objects.len() > HEAD.exams[0].len() + 3 && kinds.len() >= 4, "{kinds:?}");
    Settled { _folder: folder, data, objects }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_alteration_of_every_object_is_found_and_named() {
    let Some(equipment) = installed() else { return };
    let Settled { _folder, data, objects } = settled(&equipment).await;
    assert_eq!(found(&data, "altered"), BTreeMap::new());
    let originals: BTreeMap<_, _> =
        objects.keys().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    // Every second object in turn, so that the others are seen to stay out of it.
    for turn in 0..2 {
        let hit = || objects.iter().enumerate().filter(|(n, _)| n % 2 == turn);
        let expected: BTreeMap<_, _> =
            hit().map(|(_, (path, name))| (path.clone(), name.clone())).collect();
        for (what, attack) in ATTACKS {
            for (n, (path, _)) in hit() {
                let mut bytes = originals[path].clone();
                attack(&mut bytes, n);
                fs::write(path, bytes).unwrap();
            }
            assert_eq!(found(&data, "altered"), expected, "{what}");
        }
        // Each stands in the place of the next one of them.
        let paths: Vec<_> = expected.keys().collect();
        for (n, path) in paths.iter().enumerate() {
            fs::write(path, &originals[paths[(n + 1) % paths.len()]]).unwrap();
        }
        assert_eq!(found(&data, "altered"), expected, "swapped");
        for path in &paths {
            fs::remove_file(path).unwrap();
        }
        assert_eq!(found(&data, "lost"), expected, "deleted");
        assert_eq!(found(&data, "altered"), BTreeMap::new());
        for path in paths {
            fs::write(path, &originals[path]).unwrap();
        }
        assert_eq!(found(&data, "lost"), BTreeMap::new());
    }
}

/// A node that has received the study and not looked at it yet, with a tap on its workers.
struct Received {
    folder: tempfile::TempDir,
    config: Config,
    tap: Wiretap,
    archive: Archive,
}

impl Received {
    async fn new(equipment: &Equipment) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open().await;
        let tap = Wiretap::new(&folder.path().join("tap"));
        let config = equipped(config(&folder.path().join("data"), &archive), equipment);
        let config = Config { worker_program: Some(tap.program()), ..config };
        let node = Running::open(Config { keep_only: true, ..config.clone() }).await;
        node.send(&HEAD.exams[0]).await;
        node.cut_off().await;
        Self { folder, config, tap, archive }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Runs the job to its end: failed, as a defect that names an alteration, and nothing goes home.
    async fn fails(&self, stage: Stage) {
        let node = Running::open(self.config.clone()).await;
        let job = node.job(&HEAD.study(0), 1, JobState::Failed).await;
        assert_eq!((job.stage, job.fault.as_str()), (stage, "defect"), "{}", job.reason);
        assert!(job.reason.contains("altered"), "{}", job.reason);
        assert!(self.archive.of_study(&HEAD.study(0)).is_empty());
    }

    /// Whether any worker was given these bytes.
    fn heard(&self, wanted: &[u8]) -> bool {
        let given = self.tap.heard("stdin");
        given.iter().any(|bytes| bytes.windows(wanted.len()).any(|window| window == wanted))
    }
}

/// Bytes from the middle of an image's pixels, which no other image has.
fn pixels(n: usize) -> Vec<u8> {
    let image = &HEAD.exams[0][n].data_set;
    let middle = image.len() / 2;
    let pixels = image[middle..middle + 64].to_vec();
    assert!(pixels.iter().any(|byte| *byte != 0), "image {n} is dark in the middle");
    pixels
}

/// Two images from the middle of the T1 series.
fn two_images() -> [usize; 2] {
    let dark = |n: &usize| {
        let image = &HEAD.exams[0][*n].data_set;
        image[image.len() / 2..image.len() / 2 + 64].iter().all(|byte| *byte == 0)
    };
    let mut lit = (0..HEAD.exams[0].len()).filter(|n| !dark(n));
    [lit.next().unwrap(), lit.next().unwrap()]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_whose_bytes_changed_reaches_no_worker() {
    let Some(equipment) = installed() else { return };
    let received = Box::pin(Received::new(&equipment)).await;
    let [one, _] = two_images();
    let uid = HEAD.exams[0][one].instance.to_string();
    let objects = objects(&received.data()).await;
    let (path, _) = objects.iter().find(|(_, name)| **name == uid).unwrap();
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
    received.fails(Stage::Identify).await;
    assert!(received.tap.heard("stdin").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_in_the_place_of_another_reaches_no_worker_though_it_opens() {
    let Some(equipment) = installed() else { return };
    let received = Box::pin(Received::new(&equipment)).await;
    let images = two_images();
    let [one, other] = images.map(|n| HEAD.exams[0][n].instance.to_string());
    // Whoever can write the database lets two rows name each other's objects, keys and all.
    let db = database(&received.data()).await;
    db.execute_unprepared(&format!(
        "CREATE TEMP TABLE swap AS SELECT uid, object, sealed_by FROM instance
             WHERE uid IN ('{one}', '{other}');
         UPDATE instance SET (object, sealed_by) =
             (SELECT object, sealed_by FROM swap WHERE swap.uid <> instance.uid)
             WHERE uid IN ('{one}', '{other}')"
    ))
    .await
    .unwrap();
    db.close().await.unwrap();
    received.fails(Stage::Assemble).await;
    for n in images {
        assert!(!received.heard(&pixels(n)), "image {n} reached a worker");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artefact_whose_bytes_changed_is_not_computed_on() {
    let Some(equipment) = installed() else { return };
    let received = Box::pin(Received::new(&equipment)).await;
    let node = Running::open(received.config.clone()).await;
    until("the study is assembled", async || when(node.runs(Stage::Assemble).await == 1)).await;
    node.cut_off().await;
    // What the other tests do not hear is heard when nothing was altered.
    assert!(two_images().into_iter().all(|n| received.heard(&pixels(n))), "the tap hears nothing");
    let mut altered = 0;
    for (path, name) in objects(&received.data()).await {
        if name.starts_with("assemble/") {
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).unwrap();
            altered += 1;
        }
    }
    assert!(altered > 1, "{altered}");
    let node = Running::open(received.config.clone()).await;
    let job = node.job(&HEAD.study(0), 1, JobState::Failed).await;
    assert_eq!(job.fault, "defect", "{}", job.reason);
    assert!(job.reason.contains("altered"), "{}", job.reason);
    assert_eq!(node.runs(Stage::Segment).await, 0);
}
