//! The real program as a process, and the foreign tools that speak to it. An absent tool is
//! skipped with a printed reason, unless `INTERVAL_REQUIRE_PEERS=1`: then it is a failure.
#![allow(dead_code, reason = "each test binary uses a part of this file")]

pub mod archive;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The program under test.
pub const INTERVAL: &str = env!("CARGO_BIN_EXE_interval");

/// What was found; else the test is skipped, or fails where the tool is required.
pub fn required<T>(found: Option<T>, what: &str) -> Option<T> {
    if found.is_none() {
        let is_required = env::var_os("INTERVAL_REQUIRE_PEERS").is_some_and(|value| value == "1");
        assert!(!is_required, "{what} is required and not here");
        println!("skipped: {what} is not here");
    }
    found
}

/// A program in the search path.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|p| p.is_file());
    required(found, name)
}

/// Python with pydicom and pynetdicom.
pub fn python() -> Option<PathBuf> {
    let named = env::var_os("INTERVAL_PEERS_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| "python3".into());
    let tried = Command::new(&python).args(["-c", "import pydicom, pynetdicom"]).output();
    let found = tried.is_ok_and(|output| output.status.success()).then_some(python);
    required(found, "Python with pynetdicom")
}

/// A file of the shared folder beside the workspace.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = env::var_os("INTERVAL_SHARED").map_or_else(beside, PathBuf::from);
    required(Some(folder.join(path)).filter(|path| path.exists()), path)
}

/// A script beside this file.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name)
}

/// Runs a program to its end; it has to go well. Gives what it said.
#[track_caller]
pub fn run_well(command: &mut Command) -> String {
    // dcmtk holds back small packets unless told not to.
    let output = command.env("TCP_NODELAY", "1").stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} said:\n{said}\n{complained}");
    said
}

/// A node that only keeps; it ends with this value.
pub struct Node {
    /// The process that was started: the node, or the tracer around it.
    child: Child,
    /// Port on the loopback.
    pub port: String,
}

impl Node {
    /// Starts a node on a folder.
    pub fn start(data: &Path) -> Self {
        Self::start_under(Command::new(INTERVAL), data)
    }

    /// Starts a node by a command that begins with something else, such as a tracer.
    pub fn start_under(mut command: Command, data: &Path) -> Self {
        let serve = ["serve", "--keep-only", "--listen", "127.0.0.1:0", "--data"];
        command.args(serve).arg(data).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut said).unwrap();
        let address = said.trim().strip_prefix("listening on 127.0.0.1:");
        let port = address.unwrap_or_else(|| panic!("the node said {said:?}")).to_owned();
        Self { child, port }
    }

    /// `127.0.0.1:PORT:INTERVAL`, as the scripts want it.
    pub fn peer(&self) -> String {
        format!("127.0.0.1:{}:INTERVAL", self.port)
    }

    /// Arguments with which dcmtk's users find it.
    pub fn dcmtk(&self) -> [&str; 6] {
        ["-aet", "TESTER", "-aec", "INTERVAL", "127.0.0.1", &self.port]
    }

    /// Peak resident memory so far, in KiB (proc(5), VmHWM).
    pub fn peak_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the node to end, and waits.
    pub fn end(mut self) {
        run_well(Command::new("kill").args(["-TERM", &self.node()]));
        self.child.wait().unwrap();
    }

    /// Process id of the node: what was started, or its only child where that is a tracer.
    fn node(&self) -> String {
        let started = self.child.id();
        let children = fs::read_to_string(format!("/proc/{started}/task/{started}/children"));
        let child = children.unwrap_or_default().split_whitespace().next().map(str::to_owned);
        child.unwrap_or_else(|| started.to_string())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // After `end` and `kill` nothing is left to do. A tracer that is killed lets go of its
        // child, so the child goes first.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = Command::new("kill").args(["-KILL", &self.node()]).status();
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// SOP Instance UIDs of everything that a node's folder holds intact.
pub fn intact(data: &Path) -> Vec<String> {
    let verify = ["verify", "--all", "--json", "-", "--data"];
    let said = run_well(Command::new(INTERVAL).args(verify).arg(data));
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    let pairs = report["intact"].as_array().unwrap();
    pairs.iter().map(|pair| pair[0].as_str().unwrap().to_owned()).collect()
}
