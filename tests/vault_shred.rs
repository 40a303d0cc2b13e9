//! A patient whose key was destroyed: nothing of them can be read, here or in copies, and nobody
//! else notices.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;
mod peers;
mod vault;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use house::disk::{copy_folder, files};
use house::study::Coarse;
use interval::keys::KeySource;
use interval::store::StoreError;
use interval::store::artefact::{ArtefactKey, Cost};
use interval_core::access::{Action, Grant, Policy, Principal, Standing, decide};
use interval_core::digest::Digest;
use interval_core::stage::Stage;
use interval_core::study::Exam;
use peers::Node;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use vault::{Place, images, received, send, sent, within};

/// Text of an artefact, to be looked for.
const ARTEFACT: &[u8] = b"the artefact of the patient who goes";

fn grant(pseudonym: &str, principal: &Principal, action: Action) -> Grant {
    let standing = Standing::none(pseudonym.parse().unwrap());
    decide(&Policy::house(), principal, &standing, action, SystemTime::now()).unwrap()
}

fn as_job(pseudonym: &str) -> Grant {
    let job = Principal::Job(pseudonym.parse().unwrap());
    grant(pseudonym, &job, Action::Process)
}

/// Two patients of a node that serves, each with images, an image that was put aside, an artefact
/// and an assignment.
struct Two {
    place: Place,
    node: Node,
    goes: String,
    stays: String,
    /// What was sent of the one who stays.
    expected: BTreeMap<String, Vec<u8>>,
}

impl Two {
    async fn new() -> Self {
        let place = Place::new();
        let node = place.serve();
        let studies = [Coarse::new("who goes", "S-1"), Coarse::new("who stays", "S-2")];
        let mut pseudonyms = Vec::new();
        for study in &studies {
            let images = images(study);
            send(&node, &images).await;
            // Other content under a known UID is put aside.
            let other = Coarse { exam: Exam::default(), ..study.clone() };
            send(&node, &vault::images(&other)[..1]).await;
            pseudonyms.push(place.patient_of(study));
        }
        let store = place.store().await;
        for (n, pseudonym) in pseudonyms.iter().enumerate() {
            let key = ArtefactKey(Digest::of(pseudonym.as_bytes()));
            let made = [("map".to_owned(), store.blobs().put(ARTEFACT).unwrap())];
            let (now, cost) = (SystemTime::now(), Cost::default());
            let stage = (Stage::Segment, key);
            store.keep_artefacts(&as_job(pseudonym), stage, (&made, cost), now).await.unwrap();
            place.meddle(&job_with_scene(FIRST_JOB + n, (&studies[n], pseudonym), key)).await;
            place.run(&["assign", "add", "https://id#1", pseudonym]).well();
        }
        let expected = sent(&images(&studies[1]));
        let [goes, stays] = [0, 1].map(|n: usize| pseudonyms[n].clone());
        Self { place, node, goes, stays, expected }
    }
}

/// Number of the first job that is written by hand, above those that come of themselves.
const FIRST_JOB: usize = 900;

/// The rows of a job that ended, and of the scene that it left.
fn job_with_scene(job: usize, (study, whose): (&Coarse, &str), key: ArtefactKey) -> String {
    let study = &study.study;
    format!(
        "INSERT INTO job (id, study, pseudonym, revision, study_date, state, stage, attempt, fence,
         lease_until_ms, not_before_ms, reason, fault, released, created_ms, changed_ms)
         VALUES ({job}, '{study}', '{whose}', {job}, '20260101', 'superseded', 'author', 1, 1,
         0, 0, '', '', 0, 0, 0);
         INSERT INTO scene (job, timepoint, artefact) VALUES ({job}, 0, '{}')",
        key.0
    )
}

/// The objects on the disk. Files that were made ahead are empty, and listed aside.
fn objects(place: &Place) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = files(&place.data().join("objects"));
    let is_list = |path: &Path| path.extension().is_some_and(|extension| extension == "list");
    all.retain(|(path, content)| !content.is_empty() && !is_list(path));
    all
}

/// Tables with a column of pseudonyms.
const TABLES: [&str; 9] = [
    "patient",
    "patient_key",
    "study",
    "quarantine",
    "artefact",
    "job",
    "assessment",
    "outbox",
    "assignment",
];

async fn rows_of(place: &Place, pseudonym: &str) -> usize {
    let mut count = 0;
    for table in TABLES {
        let select = format!("SELECT pseudonym FROM {table} WHERE pseudonym = '{pseudonym}'");
        count += place.rows(&select).await.len();
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_yes_it_is_said_what_would_be_lost_and_nothing_is() {
    let two = Two::new().await;
    let before = rows_of(&two.place, &two.goes).await;
    let ended = two.place.run(&["patient", "shred", &two.goes]);
    ended.refused(3, "1 studies would be lost for ever");
    assert_eq!(rows_of(&two.place, &two.goes).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shredded_patient_leaves_nothing_on_the_disk_and_nobody_else_notices() {
    let Two { place, node, goes, stays, expected } = Two::new().await;
    let sealed = |who: &str| {
        format!(
            "SELECT wrapped AS text FROM patient_key WHERE pseudonym = '{who}'
             UNION SELECT identity FROM patient WHERE pseudonym = '{who}'
             UNION SELECT sealed_by FROM artefact WHERE pseudonym = '{who}'
             UNION SELECT sealed_by FROM quarantine WHERE pseudonym = '{who}'
             UNION SELECT sealed_by FROM instance JOIN study ON study.uid = instance.study
                    WHERE pseudonym = '{who}'"
        )
    };
    let object = "SELECT object FROM artefact UNION SELECT object FROM quarantine
                  UNION SELECT object FROM instance";
    let gone: Vec<String> = place.rows(&sealed(&goes)).await.concat();
    let kept: Vec<String> = place.rows(&sealed(&stays)).await.concat();
    assert_eq!((gone.len(), kept.len()), (9, 9));
    let objects = objects(&place);
    assert_eq!(objects.len(), 14);

    let shred = place.ask(&["patient", "shred", &goes, "--yes"]);
    assert_eq!(shred["objects"], 7);
    assert_eq!(shred["left"], 0);
    assert_eq!(shred["journal"], "cleared");

    assert_eq!(rows_of(&place, &goes).await, 0);
    let scenes = place.rows("SELECT CAST(job AS TEXT) FROM scene").await.concat();
    assert_eq!(scenes, [(FIRST_JOB + 1).to_string()], "the scene of the one who stays");
    let disk = files(&place.data());
    let on_disk = |text: &String| disk.iter().any(|(_, bytes)| within(bytes, text.as_bytes()));
    assert!(!gone.iter().any(on_disk), "a sealed text of the patient is still on the disk");
    assert!(kept.iter().all(on_disk), "the search finds nothing at all");
    let left: BTreeMap<_, _> = self::objects(&place).into_iter().collect();
    assert_eq!(left.len(), 7);
    assert_eq!(place.rows(object).await.len(), 7);
    for (path, bytes) in objects {
        assert!(left.get(&path).is_none_or(|now| *now == bytes), "{}", path.display());
    }
    assert_eq!(place.rows(&sealed(&stays)).await.concat(), kept);
    assert_eq!(received(&place.store().await).await, expected);
    place.run(&["verify", "--all"]).well();

    // Asked again, there is nobody of that name; come again, the patient is somebody new.
    place.run(&["patient", "shred", &goes, "--yes"]).refused(3, "there is no patient");
    let again = Coarse::new("who goes", "S-1");
    send(&node, &images(&again)).await;
    assert_ne!(place.patient_of(&again), goes);
    let said = place.run(&["audit", "list", "--action", "shred"]).well().said;
    assert_eq!(said.lines().filter(|line| line.contains(&goes)).count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_and_old_objects_put_back_open_nothing_though_the_master_key_is_there() {
    let Two { place, node, goes, stays, .. } = Two::new().await;
    let before = place.stolen();
    place.run(&["patient", "shred", &goes, "--yes"]).well();
    node.end();
    // The copy has the master key, the rows from before but for the key, and every object.
    let copy = place.stolen();
    fs::create_dir_all(copy.key("")).unwrap();
    fs::copy(place.key("master.key"), copy.key("master.key")).unwrap();
    copy.configure("file", &copy.key("master.key").display().to_string());
    copy_folder(&before.data().join("objects"), &copy.data().join("objects"));
    copy.store().await;
    let old = before.data().join("interval.db");
    for table in ["patient", "study", "instance", "quarantine", "artefact"] {
        copy.meddle(&format!(
            "ATTACH '{}' AS old; INSERT OR IGNORE INTO {table} SELECT * FROM old.{table};
             DETACH old",
            old.display()
        ))
        .await;
    }
    let store = copy.store().await;
    assert!(matches!(store.identity(&as_job(&goes)).await, Err(StoreError::Shredded)));
    assert_eq!(store.identity(&as_job(&stays)).await.unwrap().id, "S-2");
    let (mut opened, mut shut) = (0, 0);
    for held in store.held(None).await.unwrap() {
        match held.object {
            Ok(object) => {
                assert_eq!(Digest::of(&store.blobs().read(&object).unwrap()), held.digest);
                opened += 1;
            }
            Err(StoreError::Shredded) => shut += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((opened, shut), (7, 7));
    // Nor does the other patient's key open what the destroyed one wrapped.
    let url = format!("sqlite://{}", copy.data().join("interval.db").display());
    let db = sea_orm::Database::connect(url).await.unwrap();
    let other = store.vault().key_of(&db, stays.parse().unwrap()).await.unwrap();
    let select = format!("SELECT object, sealed_by FROM artefact WHERE pseudonym = '{goes}'");
    for row in copy.rows(&select).await {
        assert!(other.unwrap(&row[0], &row[1]).is_err());
    }
    // Given another key of the right shape for the patient, the objects stay shut all the same.
    let master = KeySource::File(copy.key("master.key")).open().unwrap();
    let forged = interval::keys::Secret::random().unwrap();
    let wrapped = STANDARD_NO_PAD.encode(master.wrap(&forged, goes.as_bytes()).unwrap());
    copy.meddle(&format!(
        "INSERT INTO patient_key (pseudonym, master, wrapped)
         VALUES ('{goes}', '{}', '{wrapped}')",
        master.name()
    ))
    .await;
    assert!(store.identity(&as_job(&goes)).await.is_err());
    let shut = store.held(None).await.unwrap().iter().filter(|held| held.object.is_err()).count();
    assert_eq!(shut, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_before_dies_with_the_master_key_of_its_time() {
    let Two { place, node, goes, .. } = Two::new().await;
    let backup = place.stolen();
    place.run(&["patient", "shred", &goes, "--yes"]).well();
    let next = place.key("next.key").display().to_string();
    place.run(&["keys", "rotate", "--to", &format!("file:{next}")]).well();
    node.end();
    fs::create_dir_all(backup.key("")).unwrap();
    // As long as the old key exists, the backup opens; that is what the operator is told.
    backup.configure("file", &place.key("master.key").display().to_string());
    assert_eq!(backup.store().await.identity(&as_job(&goes)).await.unwrap().id, "S-1");
    fs::remove_file(place.key("master.key")).unwrap();
    backup.configure("file", &next);
    backup.run(&["verify", "--all"]).refused(4, "is not here");
    assert!(backup.open().await.is_err());
}
