//! What the tests of the vault share: a node's folder with its key outside of it, the real
//! program's commands, patients to send, and a look at rows that no part of the node gives.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(dead_code, reason = "each test uses a part of this")]

pub mod token;

use super::house::disk::copy_folder;
use super::house::study::Coarse;
use super::peers::{INTERVAL, Node};
use interval::config::Keys;
use interval::node::open_store;
use interval::store::Store;
use interval_core::role::SeriesRole::{Flair, T1};
use interval_dimse::scu::{self, Outgoing, Peer, Timeouts};
use interval_iod::part10;
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A node's folder, and a folder for its keys.
pub struct Place {
    folder: tempfile::TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub said: String,
    pub complained: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            said: String::from_utf8_lossy(&output.stdout).into_owned(),
            complained: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It went well.
    #[track_caller]
    pub fn well(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// What it said for machines.
    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.well().said).unwrap()
    }

    /// It failed with an exit code and a plain sentence: no trace of a panic, no debug text.
    #[track_caller]
    pub fn refused(&self, code: i32, sentence: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.complained.contains(sentence), "{self:?}");
        for noise in ["panicked", "RUST_BACKTRACE", "Error {", "Err("] {
            assert!(!self.complained.contains(noise), "{self:?}");
        }
    }
}

impl Place {
    /// An empty folder whose configuration names a key file outside of the data.
    pub fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.configure("file", &place.key("master.key").display().to_string());
        place
    }

    /// A copy of everything but the folder of keys: what a thief of the disk has.
    pub fn stolen(&self) -> Self {
        let copy = Self { folder: tempfile::tempdir().unwrap() };
        copy_folder(&self.data(), &copy.data());
        fs::remove_dir_all(copy.data().join("keys")).unwrap_or_default();
        copy
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }
    pub fn key(&self, name: &str) -> PathBuf {
        self.path("safe").join(name)
    }
    pub fn config(&self) -> PathBuf {
        self.path("interval.toml")
    }

    /// Where the configuration says that the master key is.
    pub fn configure(&self, kind: &str, rest: &str) {
        let data = self.data();
        let text = format!("data = '{}'\n[keys]\nmaster = '{kind}:{rest}'\n", data.display());
        fs::write(self.config(), text).unwrap();
    }

    /// A command of the node, not yet started.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(INTERVAL);
        command.args(words).arg("--data").arg(self.data());
        command.env("INTERVAL_CONFIG", self.config()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str]) -> Ended {
        Ended::of(self.command(words).output().unwrap())
    }

    /// Runs a command that is told an environment variable.
    pub fn run_with(&self, words: &[&str], variable: (&str, &str)) -> Ended {
        Ended::of(self.command(words).env(variable.0, variable.1).output().unwrap())
    }

    /// The answer of a command for machines.
    #[track_caller]
    pub fn ask(&self, words: &[&str]) -> Value {
        self.run(&[words, &["--json", "-"]].concat()).json()
    }

    /// A node that keeps what it is sent.
    pub fn serve(&self) -> Node {
        let mut command = Command::new(INTERVAL);
        command.env("INTERVAL_CONFIG", self.config());
        Node::start_under(command, &self.data())
    }

    /// The store, opened with the configured key.
    pub async fn store(&self) -> Store {
        self.open().await.unwrap()
    }

    /// The store, or why it does not open.
    pub async fn open(&self) -> Result<Store, interval::node::NodeError> {
        let config = interval::config::Config::read(&self.config()).unwrap();
        let Keys { master, earlier } = config.keys;
        open_store(&self.data(), &Keys { master, earlier }).await
    }

    /// Rows of a query, each column as text.
    pub async fn rows(&self, select: &str) -> Vec<Vec<String>> {
        let url = format!("sqlite://{}", self.data().join("interval.db").display());
        let db = Database::connect(url).await.unwrap();
        let select = Statement::from_string(db.get_database_backend(), select);
        let columns = |row: &sea_orm::QueryResult| {
            let names = row.column_names();
            names.iter().map(|name| row.try_get::<String>("", name).unwrap()).collect()
        };
        let rows = db.query_all_raw(select).await.unwrap().iter().map(columns).collect();
        db.close().await.unwrap();
        rows
    }

    /// Runs a statement that no part of the node would.
    pub async fn meddle(&self, statement: &str) {
        let url = format!("sqlite://{}", self.data().join("interval.db").display());
        let db = Database::connect(url).await.unwrap();
        db.execute_unprepared(statement).await.unwrap();
        db.close().await.unwrap();
    }

    /// Pseudonym of the patient of a study.
    #[track_caller]
    pub fn patient_of(&self, study: &Coarse) -> String {
        let studies = self.ask(&["study", "list"]);
        let of = |row: &&Value| row["study"] == study.study.as_str();
        let row = studies.as_array().unwrap().iter().find(of).unwrap();
        row["patient"].as_str().unwrap().to_owned()
    }
}

/// Two short series of a patient: enough for rows of every kind.
pub fn images(study: &Coarse) -> Vec<Outgoing> {
    let mut images = study.series(0, T1);
    images.truncate(3);
    let mut more = study.series(1, Flair);
    more.truncate(2);
    images.extend(more);
    images
}

/// How others call a node.
pub fn peer(node: &Node) -> Peer {
    Peer {
        address: format!("127.0.0.1:{}", node.port),
        calling: "SCANNER".parse().unwrap(),
        called: "INTERVAL".parse().unwrap(),
        timeouts: Timeouts::default(),
        tls: None,
    }
}

/// Stores images; each is acknowledged.
pub async fn send(node: &Node, images: &[Outgoing]) {
    for outcome in scu::store(&peer(node), images).await.unwrap() {
        outcome.result.unwrap();
    }
}

/// What the store must give back for images that were sent.
pub fn sent(images: &[Outgoing]) -> BTreeMap<String, Vec<u8>> {
    images
        .iter()
        .map(|image| {
            let mut file = part10::prefix(&image.class, &image.instance, &image.syntax, "SCANNER");
            file.extend_from_slice(&image.data_set);
            (image.instance.to_string(), file)
        })
        .collect()
}

/// What a store gives back, by SOP Instance UID.
pub async fn received(store: &Store) -> BTreeMap<String, Vec<u8>> {
    let kept = store.all_kept().await.unwrap();
    kept.iter()
        .map(|kept| (kept.uid.to_string(), store.blobs().read(&kept.object).unwrap()))
        .collect()
}

/// Whether bytes are somewhere within others.
pub fn within(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
