//! A node is killed in every stage of its jobs; in the end each study has its results, once.

use super::scenario::Scenario;
use crate::demo::costs::Costs;
use crate::demo::{follow, phantom};
use crate::failure::{Ended, Failure};
use crate::scene::{Node, Role, TITLE, send};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

/// Timepoints of the patient.
const TIMEPOINTS: usize = 2;

/// Kills at most: each in a stage in which the node was not killed yet.
const KILLS_MAX: usize = 20;

/// Time that a stage may take to begin.
const LIMIT: Duration = Duration::from_mins(30);

/// How often is looked: stages of a small study last a second.
const GLANCE: Duration = Duration::from_millis(100);

pub fn run() -> Ended<Value> {
    let scenario = Scenario::with_orthanc("jobs")?;
    let start = || {
        let role = Role::Analyst(&scenario.installed, scenario.pacs()?);
        Node::start(&scenario.program, &role, &scenario.room, "node")
    };
    phantom(&scenario.program, &scenario.room, TIMEPOINTS)?;
    let mut node = start()?;
    for timepoint in 0..TIMEPOINTS {
        let folder = scenario.room.path("phantom").join(format!("t{timepoint}"));
        send(&scenario.program, node.address(), TITLE, &folder)?;
    }
    let mut killed_in = BTreeSet::new();
    while killed_in.len() < KILLS_MAX {
        let Some(stage) = wait_for_another_stage(&mut node, &killed_in)? else { break };
        eprintln!("    killed in {stage}");
        killed_in.insert(stage);
        node.kill();
        node = start()?;
    }
    let jobs = follow(&mut node, TIMEPOINTS)?;
    let completed = jobs.iter().filter(|job| job["state"] == "completed").count();
    let holdings = scenario.pacs()?.holdings()?;
    let expected = |kind: &str| {
        let all = jobs.iter().flat_map(|job| job["deliveries"].as_array().into_iter().flatten());
        let uids: BTreeSet<&str> = all
            .filter(|delivery| delivery["kind"] == kind)
            .filter_map(|delivery| delivery["uid"].as_str())
            .collect();
        uids.len() as u64
    };
    let held = |kind: &str| holdings.get(kind).copied().unwrap_or(0);
    let once = ["SEG", "SR", "PDF"]
        .iter()
        .all(|kind| held(kind) == expected(kind) && held(kind) == completed as u64);
    let ok = once && completed == TIMEPOINTS && jobs.len() == TIMEPOINTS && !killed_in.is_empty();
    Ok(json!({
        "ok": ok, "killed_in": killed_in, "jobs": jobs.len(), "completed": completed,
        "pacs": holdings, "runs_by_stage": Costs::of(&node)?.runs(),
    }))
}

/// Waits until a job is in a stage in which the node was not killed yet; nothing when all jobs are
/// over before that.
fn wait_for_another_stage(node: &mut Node, killed_in: &BTreeSet<String>) -> Ended<Option<String>> {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        node.check_alive()?;
        let jobs = node.jobs()?;
        let running = jobs.iter().find(|job| job.state == "running");
        if let Some(job) = running
            && !killed_in.contains(&job.stage)
        {
            return Ok(Some(job.stage.clone()));
        }
        if jobs.len() >= TIMEPOINTS && jobs.iter().all(crate::scene::Job::is_over) {
            return Ok(None);
        }
        thread::sleep(GLANCE);
    }
    Err(Failure::new(format!("no further stage began within {LIMIT:?}")))
}
