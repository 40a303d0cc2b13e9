//! A node of ours: started, asked through its own command line.

use super::{Pacs, Provider, Room};
use crate::failure::{Ended, Failure};
use crate::program::{Program, Running};
use crate::setup::Installed;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time that a start may take: after a sudden end the database is brought in order first.
const START_LIMIT: Duration = Duration::from_mins(1);

/// Title that our nodes go by.
pub const TITLE: &str = "INTERVAL";

/// What a node is for.
pub enum Role<'a> {
    /// Receives and keeps.
    Archive,
    /// Analyses what it receives and sends the results to a PACS.
    Analyst(&'a Installed, &'a Pacs),
    /// The same with a web door whose provider it is.
    Clinic(&'a Installed, &'a Pacs, &'a Provider),
    /// What a settings file says.
    Configured(&'a Path),
    /// Analyses what it receives, with the settings of a file, and sends nothing.
    Follower(&'a Installed, &'a Path),
}

/// A node that runs.
pub struct Node {
    program: PathBuf,
    data: PathBuf,
    address: String,
    running: Running,
}

/// A job as the node tells it.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// Study Instance UID.
    pub study: String,
    /// pending, running, held, completed, failed, superseded, cancelled.
    pub state: String,
    /// The stage it is in.
    pub stage: String,
    /// Why it stopped.
    pub reason: String,
}

impl Job {
    /// Whether nothing will happen to it any more unless somebody does something.
    pub fn is_over(&self) -> bool {
        !["pending", "running"].contains(&self.state.as_str())
    }
}

impl Node {
    /// Starts a node on a folder of a room.
    pub fn start(program: &Path, role: &Role, room: &Room, name: &str) -> Ended<Self> {
        let data = room.path(name);
        let serve = ["serve", "--listen", "127.0.0.1:0", "--data"];
        let mut command = Program::new(program).args(serve).args([&data]);
        match role {
            Role::Archive => command = command.args(["--keep-only"]),
            Role::Analyst(installed, pacs) => command = analyst(command, installed, pacs),
            Role::Follower(installed, settings) => {
                command = command.args(["--quiet-period-s", "1", "--model"]).args([
                    &installed.model,
                    Path::new("--config"),
                    settings,
                ]);
            }
            Role::Clinic(installed, pacs, provider) => {
                command = analyst(command, installed, pacs)
                    .args(["--config".as_ref(), provider.config().as_os_str()]);
            }
            Role::Configured(settings) => {
                command = command.args(["--config".as_ref(), settings.as_os_str()]);
            }
        }
        let mut running = command.start(&room.path(&format!("{name}.log")))?;
        let address = running.wait_for("listening on ", START_LIMIT)?;
        Ok(Self { program: program.to_owned(), data, address, running })
    }

    /// Host and port of DIMSE.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// Its folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// CPU time of its own so far, in seconds.
    pub fn cpu_s(&self) -> f64 {
        super::memory::cpu_s(self.id()).unwrap_or(0.)
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(self) {
        self.running.kill();
    }

    /// Fails, with what it said last, when it has ended by itself.
    pub fn check_alive(&mut self) -> Ended {
        if self.running.is_alive() {
            return Ok(());
        }
        Err(Failure::new(format!("the node ended:\n  {}", self.running.tail())))
    }

    /// Its jobs, the oldest first.
    pub fn jobs(&self) -> Ended<Vec<Job>> {
        let listed = self.ask(&["job", "list"])?;
        let text = |job: &Value, field: &str| job[field].as_str().unwrap_or_default().to_owned();
        let mut jobs: Vec<Job> = listed
            .as_array()
            .into_iter()
            .flatten()
            .map(|job| Job {
                id: job["id"].as_i64().unwrap_or_default(),
                study: text(job, "study"),
                state: text(job, "state"),
                stage: text(job, "stage"),
                reason: text(job, "reason"),
            })
            .collect();
        jobs.sort_by_key(|job| job.id);
        Ok(jobs)
    }

    /// One job with its assessment and its deliveries.
    pub fn job(&self, id: i64) -> Ended<Value> {
        self.ask(&["job", "show", &id.to_string()])
    }

    /// What its stages cost so far.
    pub fn costs(&self) -> Ended<Value> {
        self.ask(&["job", "costs"])
    }

    /// What it holds of each study.
    pub fn studies(&self) -> Ended<Vec<Value>> {
        match self.ask(&["study", "list"])? {
            Value::Array(studies) => Ok(studies),
            other => Err(Failure::new(format!("the studies are no list: {other}"))),
        }
    }

    /// Makes one patient part of another.
    pub fn merge(&self, from: &str, into: &str) -> Ended {
        self.ask(&["patient", "merge", from, into]).map(drop)
    }

    /// The pseudonyms of its patients.
    pub fn patients(&self) -> Ended<BTreeSet<String>> {
        let listed = self.ask(&["study", "list"])?;
        let studies = listed.as_array().into_iter().flatten();
        Ok(studies.filter_map(|study| study["patient"].as_str().map(str::to_owned)).collect())
    }

    /// Gives a person a patient.
    pub fn assign(&self, person: &str, patient: &str) -> Ended {
        self.ask(&["assign", "add", person, patient]).map(drop)
    }

    /// Instances that it holds, by modality.
    pub fn holdings(&self) -> Ended<BTreeMap<String, u64>> {
        let listed = self.ask(&["study", "list"])?;
        let mut holdings = BTreeMap::new();
        for study in listed.as_array().into_iter().flatten() {
            for (modality, count) in study["by_modality"].as_object().into_iter().flatten() {
                *holdings.entry(modality.clone()).or_default() += count.as_u64().unwrap_or(0);
            }
        }
        Ok(holdings)
    }

    fn ask(&self, question: &[&str]) -> Ended<Value> {
        let answer = Program::new(&self.program)
            .args(question)
            .args(["--json".as_ref(), "-".as_ref(), "--data".as_ref(), self.data.as_os_str()])
            .answer()?;
        serde_json::from_str(&answer).map_err(Failure::new)
    }
}

/// What `interval verify --all` says of everything that a folder holds. It also says so when
/// something is not intact, which its exit code tells too: here only the lists count.
pub fn verified(program: &Path, data: &Path) -> Ended<Value> {
    let report = data.join("verified.json");
    Program::new(program)
        .args(["verify", "--all", "--data"])
        .args([data.as_os_str(), "--json".as_ref(), report.as_os_str()])
        .succeeds();
    let text = std::fs::read_to_string(&report).map_err(Failure::at(&report))?;
    serde_json::from_str(&text).map_err(Failure::at(&report))
}

/// What a node needs that analyses for a PACS.
fn analyst(serve: Program, installed: &Installed, pacs: &Pacs) -> Program {
    let home = format!("pacs={}:{}", pacs.address(), pacs.title());
    serve
        .args(["--quiet-period-s", "3", "--send-to", &home, "--model"])
        .args([&installed.model, Path::new("--atlas"), &installed.atlas])
        .args(["--ort-lib".as_ref(), installed.runtime.as_os_str()])
}

/// Sends the series of a study to a peer with our own command: each is a folder in the study's.
pub fn send(program: &Path, address: &str, title: &str, study: &Path) -> Ended {
    let entries = std::fs::read_dir(study).map_err(Failure::at(study))?;
    let series: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    Program::new(program).args(["send", address, title]).args(series).answer().map(drop)
}
