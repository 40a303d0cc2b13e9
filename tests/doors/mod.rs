//! A node with both doors open, as a process, and an issuer whose token opens the web door.
#![allow(dead_code, reason = "each test binary uses a part of this file")]

use super::peers::{INTERVAL, script};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Time that a start may take.
const START_LIMIT: Duration = Duration::from_mins(1);

/// What the caller and the service of the token may do.
const ACTIONS: &str =
    r#"["list-patients","read-images","read-results","read-report","upload","export"]"#;

/// A node with its issuer and folder; all of it ends with this value.
pub struct House {
    node: Started,
    _issuer: Started,
    dicom: u16,
    web: u16,
    calling: String,
    folder: PathBuf,
    _place: tempfile::TempDir,
}

impl House {
    /// Opens both doors for one caller; `further` goes before the tables of the settings.
    pub fn open(python: &Path, calling: &str, further: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        Self::open_in(python, calling, further, &place.path().join("data"), place)
    }

    /// The same with its data elsewhere.
    pub fn open_in(
        python: &Path,
        calling: &str,
        further: &str,
        data: &Path,
        place: tempfile::TempDir,
    ) -> Self {
        let folder = place.path().to_owned();
        let (token, settings) = (folder.join("token"), folder.join("interval.toml"));
        let [issuing, web] = [free_port(), free_port()];
        let mut issuer = Command::new(python);
        issuer.arg(script("issuer.py")).args([&issuing.to_string(), "tester"]).arg(&token);
        let issuer = Started::new(&mut issuer, &folder.join("issuer.log"));
        issuer.wait_for("issuing");
        let permitted = format!("actions = {ACTIONS}\npatients = [\"*\"]\n");
        let text = format!(
            "data = \"{}\"\nlisten = \"127.0.0.1:0\"\n{further}\n\
             [peers.{calling}]\n{permitted}\
             [web]\ninsecure_loopback = true\nlisten = \"127.0.0.1:{web}\"\n\
             public_url = \"http://127.0.0.1:{web}\"\naudience = \"interval\"\n\
             [web.provider]\nissuer = \"http://127.0.0.1:{issuing}\"\nclient_id = \"web\"\n\
             [web.services.tester]\n{permitted}",
            data.display()
        );
        fs::write(&settings, text).unwrap();
        let mut serve = Command::new(INTERVAL);
        serve.args(["serve", "--keep-only", "--config"]).arg(&settings);
        let node = Started::new(&mut serve, &folder.join("node.log"));
        let dicom = node.wait_for("listening on 127.0.0.1:").parse().unwrap();
        node.wait_for("web door on");
        Self { node, _issuer: issuer, dicom, web, calling: calling.into(), folder, _place: place }
    }

    /// The folder of logs and settings.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Port of DIMSE.
    pub fn dicom(&self) -> u16 {
        self.dicom
    }

    /// The doors, in the words of the scripts.
    pub fn place(&self) -> Value {
        json!({
            "dicom": self.dicom, "title": "INTERVAL", "calling": self.calling,
            "web": format!("http://127.0.0.1:{}/dicom-web", self.web),
            "token": self.folder.join("token"), "pid": self.node.id(),
        })
    }

    /// What the node said last.
    pub fn log(&self) -> String {
        let text = fs::read_to_string(self.folder.join("node.log")).unwrap_or_default();
        let quiet = |line: &&str| line.contains("WARN") || line.contains("ERROR");
        let lines: Vec<&str> = text.lines().filter(quiet).collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// A port of the loopback that is free just now.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A process whose log is read; it ends with this value.
pub struct Started {
    child: Child,
    log: PathBuf,
}

impl Started {
    /// Starts it.
    pub fn new(command: &mut Command, log: &Path) -> Self {
        let file = File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        Self { child: command.spawn().unwrap(), log: log.to_owned() }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The rest of the line that begins so, once it is said.
    pub fn wait_for(&self, words: &str) -> String {
        let start = Instant::now();
        while start.elapsed() < START_LIMIT {
            let log = BufReader::new(File::open(&self.log).unwrap());
            let mut lines = log.lines().map_while(Result::ok);
            if let Some(rest) = lines.find_map(|line| line.strip_prefix(words).map(str::to_owned)) {
                return rest.trim().to_owned();
            }
            thread::sleep(Duration::from_millis(50));
        }
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        panic!("'{words}' was not said:\n{said}");
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
