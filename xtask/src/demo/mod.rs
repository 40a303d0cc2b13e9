//! `cargo xtask demo`: a patient of three timepoints goes through a node and home to a PACS.

pub mod costs;
mod outcome;

use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use crate::scene::{CARERS, Clinic, Job, Memory, Node, Provider, Room};
use crate::setup::{Peers, setup};
use crate::workspace::{Profile, interval};
use costs::Costs;
use outcome::Outcome;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Timepoints of the demo patient.
const TIMEPOINTS: usize = 3;

/// Which phantom.
const SEED: &str = "7";

/// Time that the node may take over the three studies, on a machine that does other things too.
const LIMIT: Duration = Duration::from_mins(40);

/// How often is looked how far it is.
const GLANCE: Duration = Duration::from_secs(1);

/// What happens when the results are in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Node and PACS stay until the terminal ends them.
    Stay,
    /// One line of JSON, and everything ends.
    End,
}

/// Runs the demo with what is built here, or out of an archive; its files stay in `keep`, if that
/// is given.
pub fn demo(then: Then, keep: Option<&Path>, archive: Option<&Path>) -> Ended {
    let installed = setup(Peers::Without)?;
    let (installed, built) = match archive {
        Some(archive) => (installed.out_of(archive)?, archive.join("interval")),
        None => (installed, step("building interval", || interval(Profile::Dev))?),
    };
    let room = match keep {
        Some(folder) => Room::kept(folder)?,
        None => Room::temporary("demo")?,
    };
    let mut clinic = Clinic::open(&installed, &built, room)?;
    let memory = Memory::of(clinic.node.id());
    let truth =
        step("rendering the demo patient", || phantom(&clinic.program, &clinic.room, TIMEPOINTS))?;
    let patient = clinic.room.path("phantom");
    let sent = || clinic.send(&truth, &patient);
    let studies = step("sending three studies to the PACS and to the node", sent)?;
    let jobs = step("following the jobs", || follow(&mut clinic.node, studies))?;
    let stage_cpu_s = Costs::of(&clinic.node)?.by_stage();
    step("assigning the patient and looking at the web door", || clinic.open_door())?;
    let outcome = Outcome::of(&truth, &jobs, &clinic.pacs.holdings()?);
    let Clinic { node, pacs, program, provider, .. } = &clinic;
    eprintln!("{}\n{}", outcome.sentences(pacs, node, program), door(provider));
    match then {
        Then::Stay => stay(&mut clinic),
        Then::End => {
            println!("{}", outcome.line(&stage_cpu_s, memory.peaks()));
            outcome.verdict()
        }
    }
}

/// Renders the patient and gives what is true of it.
pub fn phantom(program: &Path, room: &Room, timepoints: usize) -> Ended<Value> {
    let out = room.path("phantom");
    Program::new(program)
        .args(["phantom", "--seed", SEED, "--timepoints", &timepoints.to_string(), "--out"])
        .args([&out])
        .answer()?;
    let truth = out.join("truth.json");
    let text = fs::read_to_string(&truth).map_err(Failure::at(&truth))?;
    serde_json::from_str(&text).map_err(Failure::at(&truth))
}

/// Waits until every study has a job that is over and everything is delivered; gives the jobs with
/// what they found, the oldest first.
pub fn follow(node: &mut Node, studies: usize) -> Ended<Vec<Value>> {
    let (start, mut shown) = (Instant::now(), String::new());
    while start.elapsed() < LIMIT {
        node.check_alive()?;
        let jobs = node.jobs()?;
        let now = words(&jobs);
        if now != shown {
            eprintln!("    {:>5.0} s  {now}", start.elapsed().as_secs_f64());
            shown = now;
        }
        let by_study: BTreeMap<&str, &Job> =
            jobs.iter().map(|job| (job.study.as_str(), job)).collect();
        if by_study.len() == studies && jobs.iter().all(Job::is_over) {
            let whole: Vec<Value> =
                jobs.iter().map(|job| node.job(job.id)).collect::<Ended<_>>()?;
            if whole.iter().all(is_delivered) {
                return Ok(whole);
            }
        }
        thread::sleep(GLANCE);
    }
    Err(Failure::new(format!("after {LIMIT:?} the jobs are still not over: {shown}")))
}

fn words(jobs: &[Job]) -> String {
    let word = |job: &Job| match job.state.as_str() {
        "running" => format!("job {} is in {}", job.id, job.stage),
        state if job.reason.is_empty() => format!("job {} is {state}", job.id),
        state => format!("job {} is {state}: {}", job.id, job.reason),
    };
    let words: Vec<String> = jobs.iter().map(word).collect();
    if words.is_empty() {
        "waiting until the studies are complete".into()
    } else {
        words.join("; ")
    }
}

/// Whether nothing of a job is on its way any more.
fn is_delivered(job: &Value) -> bool {
    let deliveries = job["deliveries"].as_array();
    deliveries.is_none_or(|all| all.iter().all(|delivery| delivery["state"] != "pending"))
}

/// Where a person looks.
fn door(provider: &Provider) -> String {
    let (carers, web) = (CARERS.join(", "), provider.web());
    format!(
        "the screens (demonstration sign-in; {carers} care for the patient): http://127.0.0.1:{web}/"
    )
}

/// Until the terminal's Ctrl-C, which reaches node, PACS and provider as well.
fn stay(clinic: &mut Clinic) -> Ended {
    eprintln!("node, PACS and provider run on; Ctrl-C ends them");
    loop {
        clinic.node.check_alive()?;
        clinic.provider.check_alive()?;
        thread::sleep(GLANCE);
    }
}
