//! A study whose headers are full of canaries goes through the whole node: none sings where it does
//! not belong, and those of the identity come home with the results.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod canary;
mod house;

use canary::{Cage, Canary, Coding, Element, NAME, STUDY_DATE, Search, plant};
use house::archive::{self, Archive};
use house::disk::{copy_folder, files};
use house::equipment::{Equipment, installed};
use house::head::Head;
use house::patience::until;
use house::study::{Coarse, broken};
use house::wiretap::Wiretap;
use interval_core::phantom::Spec;
use interval_core::role::SeriesRole::{Flair, T1, T1c, T2};
use interval_core::uid::StudyUid;
use interval_dimse::scu::{self, Outgoing, Peer, Timeouts};
use sea_orm::{ConnectionTrait, Database};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Seed of the patient: any head will do.
const SEED: u64 = 14;

/// The real node as a process, as talkative as it can be.
struct Served {
    folder: tempfile::TempDir,
    child: Child,
    address: String,
    /// Ports of the web door and of its metrics.
    web: [u16; 2],
    tap: Wiretap,
}

impl Served {
    fn start(equipment: &Equipment, archive: &Archive) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("tmp")).unwrap();
        let tap = Wiretap::new(&path("tap"));
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default");
        let web = [free_port(), free_port()];
        let text = format!(
            "data = '{}'\nlisten = '127.0.0.1:0'\nquiet_period_s = 2\nmodel = '{}'\natlas = '{}'\n\
             ort_lib = '{}'\nworker_program = '{}'\n[[destinations]]\nname = 'archive'\n\
             address = '{}'\nae_title = '{}'\n[keys]\nmaster = 'file:{}'\n[web]\n\
             listen = '127.0.0.1:{}'\nmetrics = '127.0.0.1:{}'\ninsecure_loopback = true\n\
             public_url = 'http://127.0.0.1:{}'\n[web.provider]\n\
             issuer = 'http://127.0.0.1:1'\nclient_id = 'interval-web'\n",
            path("data").display(),
            model.display(),
            equipment.atlas.display(),
            equipment.ort_lib.display(),
            tap.program().display(),
            archive.address,
            archive::TITLE,
            path("safe/master.key").display(),
            web[0],
            web[1],
            web[0],
        );
        fs::write(path("interval.toml"), text).unwrap();
        let log = File::create(path("serve.log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_interval"));
        command.args(["serve", "--config"]).arg(path("interval.toml"));
        command.env("INTERVAL_LOG", "trace").env("TMPDIR", path("tmp"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let address = said.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { folder, child, address, web, tap }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a command says, on both streams, as talkative as it can be.
    fn says(&self, words: &[&str]) -> Vec<u8> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interval"));
        command.args(words).arg("--data").arg(self.path("data"));
        command.env("INTERVAL_CONFIG", self.path("interval.toml")).env("INTERVAL_LOG", "trace");
        let output = command.output().unwrap();
        [output.stdout, output.stderr].concat()
    }

    fn jobs(&self) -> Vec<Value> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interval"));
        command.args(["job", "list", "--json", "-", "--data"]).arg(self.path("data"));
        let output = command.env("INTERVAL_CONFIG", self.path("interval.toml")).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Stores objects, taken or not; gives what the node said of those that it refused.
    async fn send(&self, objects: &[Outgoing]) -> Vec<String> {
        let peer = Peer {
            address: self.address.clone(),
            calling: "SCANNER".parse().unwrap(),
            called: "INTERVAL".parse().unwrap(),
            timeouts: Timeouts::default(),
            tls: None,
        };
        let outcomes = scu::store(&peer, objects).await.unwrap();
        outcomes.into_iter().filter_map(|o| o.result.err().map(|e| format!("{e:?}"))).collect()
    }

    /// Waits until the job of a study is over; its state's word, and why it stopped.
    async fn over(&self, study: &StudyUid) -> (String, String) {
        until("the job is over", async || {
            let jobs = self.jobs();
            let job = jobs.iter().find(|job| job["study"] == study.as_str())?;
            let state = job["state"].as_str()?;
            let ended = (state.to_owned(), job["reason"].as_str()?.to_owned());
            (!["pending", "running"].contains(&state)).then_some(ended)
        })
        .await
    }

    fn end(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // After a good end nothing is left to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a port of the web door answers, headers and all.
fn asked(port: u16, address: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!("GET {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Images of a study, each series in another coding, full of canaries.
fn planted(images: &[Outgoing], cage: &mut Cage) -> Vec<Outgoing> {
    let per_series = images.len().div_ceil(Coding::ALL.len());
    let coded: Vec<Vec<Element>> =
        Coding::ALL.into_iter().map(|coding| cage.elements(coding)).collect();
    let planted = images.iter().enumerate().map(|(n, image)| {
        let data_set = plant(&image.data_set, &coded[n / per_series]).into();
        Outgoing { data_set, ..image.clone() }
    });
    planted.collect()
}

/// The same image with one element changed so that it is refused, or cannot be computed on.
fn spoilt(image: &Outgoing, name: &str, element: Element) -> Outgoing {
    let instance = interval_iod::mint::uid("spoilt", &[name]);
    let own = Element::new((0x0008, 0x0018), "UI", instance.to_string());
    let data_set = plant(&image.data_set, &[own, element]).into();
    Outgoing { instance, data_set, ..image.clone() }
}

/// The canaries in the files of a folder, each with its file.
fn heard_in(search: &Search, folder: &Path) -> Vec<String> {
    let files = files(folder);
    assert!(!files.is_empty(), "nothing in {}", folder.display());
    let heard = files.iter().map(|(path, bytes)| (path.display(), search.within(bytes)));
    heard
        .filter(|(_, found)| !found.is_empty())
        .map(|(p, found)| format!("{p}: {found:?}"))
        .collect()
}

async fn backup(data: &Path, to: &Path) {
    let url = format!("sqlite://{}", data.join("interval.db").display());
    let db = Database::connect(url).await.unwrap();
    db.execute_unprepared(&format!("VACUUM INTO '{}'", to.display())).await.unwrap();
    db.close().await.unwrap();
}

/// UIDs of the study as it was sent: the processing zone sees others.
fn original_uids(images: &[Outgoing], study: &StudyUid) -> Vec<Canary> {
    let instances = images.iter().map(|image| image.instance.to_string());
    let all = instances.chain([study.to_string()]);
    all.map(|uid| Canary::new(&format!("UID {uid}"), &uid, &[])).collect()
}

/// What comes home: the identity as it was sent, about the images that were sent.
fn comes_home(archive: &Archive, head: &Head, cage: &Cage, sent: &[Outgoing]) {
    let study = head.study(0);
    let own = ["birth date", "patient id", "patient name", "patient name in Hebrew", "study date"];
    let identity = Search::new(cage.texts.iter().filter(|c| own.contains(&c.place.as_str())));
    for modality in ["SEG", "SR", "DOC"] {
        let filed = archive.the(&study, modality);
        let patient = &filed.header.patient;
        assert_eq!(patient.name, format!("{}={}", NAME.0, NAME.1), "{modality}");
        assert_eq!(identity.within(&filed.bytes), own.map(str::to_owned).into(), "{modality}");
        assert_eq!(patient.id, canary::PATIENT_ID);
        assert_eq!(patient.birth_date, canary::BIRTH_DATE);
        assert!(patient.issuer.starts_with("KANARI"), "{modality}");
        assert_eq!(filed.header.exam.date, STUDY_DATE);
        assert!(filed.header.exam.accession_number.starts_with("KANARI"), "{modality}");
        assert_eq!(filed.header.study, study);
    }
    let references = Search::new(&original_uids(sent, &study));
    for modality in ["SEG", "SR"] {
        let referenced = references.within(&archive.the(&study, modality).bytes);
        assert!(referenced.len() > 40, "{modality} refers to {} images", referenced.len());
    }
}

/// Studies that end in errors, and what the node said to those that it refused.
struct Others {
    studies: Vec<StudyUid>,
    refusals: Vec<String>,
}

/// Images that cannot be decoded, headers whose values are none, objects that are refused.
async fn send_others(served: &Served, cage: &mut Cage) -> Others {
    let wrong = Coarse::new("canaries that cannot be decoded", "C-2");
    let mut images = planted(&wrong.of(&[T1, T2, Flair, T1c]), cage);
    images[3] = broken(&images[3]);
    served.send(&images).await;
    let undated = Coarse::new("canaries for dates", "C-3");
    let values = [
        Element::new((0x0008, 0x0020), "DA", "KANARI005X"),
        Element::new((0x0008, 0x0022), "DA", "KANARI006X"),
        Element::new((0x0008, 0x0030), "TM", "KANARI007X"),
        Element::new((0x0010, 0x0030), "DA", "KANARI008X"),
        Element::new((0x0010, 0x0040), "CS", "KANARI009X"),
        Element::new((0x0020, 0x0011), "IS", "KANARI010X"),
    ];
    let coarse = planted(&undated.of(&[T1, T2, Flair]), cage);
    let dateless = coarse.iter().map(|image| {
        let data_set = plant(&image.data_set, &values).into();
        Outgoing { data_set, ..image.clone() }
    });
    served.send(&dateless.collect::<Vec<_>>()).await;
    let refused = [
        spoilt(&images[0], "study", Element::new((0x0020, 0x000D), "UI", "KANARI001X.1")),
        spoilt(&images[0], "class", Element::new((0x0008, 0x0016), "UI", "1.2.KANARI002X")),
        spoilt(&images[0], "rows", Element::new((0x0028, 0x0010), "LO", "KANARI003X")),
        spoilt(&images[0], "place", Element::new((0x0020, 0x0032), "DS", "KANARI004X\\1\\2")),
    ];
    let refusals = served.send(&refused).await;
    Others { studies: vec![wrong.study, undated.study], refusals }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_canary_is_heard_where_it_does_not_belong() {
    let Some(equipment) = installed() else { return };
    let head = Head::render(&Spec::new(SEED, 1).build());
    let archive = Archive::open().await;
    let mut served = Served::start(&equipment, &archive);
    let mut cage = Cage::default();
    let sent = planted(&head.exams[0], &mut cage);
    let study = head.study(0);
    assert_eq!(served.send(&sent).await, Vec::<String>::new());

    // Studies that end otherwise: without T1c, with an image that no decoder takes, refused.
    let poor = Coarse::new("canaries without t1c", "C-1");
    served.send(&planted(&poor.of(&[T1, T2, Flair]), &mut cage)).await;
    let others = send_others(&served, &mut cage).await;

    let completed = ("completed".to_owned(), String::new());
    assert_eq!(served.over(&study).await, completed);
    assert_eq!(served.over(&poor.study).await, completed);
    for study in &others.studies {
        served.over(study).await;
    }
    until("everything is home", async || (archive.of_study(&study).len() == 3).then_some(())).await;

    let texts = Search::new(&cage.texts);
    let input: BTreeSet<_> = sent.iter().flat_map(|image| texts.within(&image.data_set)).collect();
    let all: BTreeSet<_> = cage.texts.iter().map(|canary| canary.place.clone()).collect();
    assert_eq!(input, all, "the search does not find what was sent");
    assert!(all.len() > 60, "{}", all.len());

    // What people and programs are told.
    let mut told = others.refusals.concat().into_bytes();
    for job in served.jobs() {
        told.extend(served.says(&["job", "show", &job["id"].to_string()]));
    }
    for words in [
        &["job", "list"][..],
        &["study", "list"],
        &["patient", "list"],
        &["audit", "list"],
        &["verify", "--all"],
    ] {
        told.extend(served.says(words));
    }
    // An assessment is about studies of dates, and says of which.
    let dated = BTreeSet::from(["study date".to_owned()]);
    assert_eq!(texts.within(&told), dated, "in what commands and refusals say");

    // The web door, though somebody puts a name into an address; what was asked is in the log.
    let name = cage.texts.iter().find_map(Canary::in_address).expect("a plain canary");
    let [web, metrics] = served.web;
    for address in ["/api/v1/patients?search=", "/api/v1/patients/", "/"] {
        let answer = asked(web, &format!("{address}{name}"));
        assert_eq!(texts.within(&answer), BTreeSet::new(), "{address}");
    }
    let measured = asked(metrics, "/metrics");
    let counted = String::from_utf8_lossy(&measured).contains("/api/v1/patients/{patient}");
    assert!(counted, "the requests were not counted");
    assert_eq!(texts.within(&measured), BTreeSet::new(), "in the metrics");

    // The disk, while the node serves and afterwards, and what a backup takes along.
    let (data, kept) = (served.path("data"), served.path("backup"));
    fs::create_dir(&kept).unwrap();
    backup(&data, &kept.join("vacuum.db")).await;
    copy_folder(&data, &kept.join("copy"));
    assert!(data.join("interval.db-wal").exists());
    served.end();
    fs::write(served.path("tmp/none"), "").unwrap();
    let folders = ["backup", "data", "tmp", "tap"].map(|name| served.path(name));
    let heard: Vec<_> = folders.iter().flat_map(|folder| heard_in(&texts, folder)).collect();
    assert!(heard.is_empty(), "{}", heard.join("\n"));
    let log = fs::read(served.path("serve.log")).unwrap();
    assert!(log.windows(4).any(|word| word == b"INFO"), "the node logged nothing");
    assert_eq!(texts.within(&log), BTreeSet::new(), "in the log");

    // The processing zone sees no UID of the study either.
    let given = served.tap.heard("stdin");
    assert!(given.iter().any(|bytes| bytes.len() > 1 << 20), "no worker was given images");
    let uids = Search::new(&[cage.uids.clone(), original_uids(&sent, &study)].concat());
    for bytes in given.iter().chain(&served.tap.heard("stdout")) {
        assert_eq!(uids.within(bytes), BTreeSet::new(), "given to a worker");
    }
    comes_home(&archive, &head, &cage, &sent);
}
