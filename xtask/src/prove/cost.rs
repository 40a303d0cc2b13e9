//! What two timepoints of full size cost, from the last response to the last delivery.

use super::pair::{make_pair, storescu};
use super::scenario::Scenario;
use crate::demo::costs::Costs;
use crate::demo::follow;
use crate::failure::Ended;
use crate::scene::{Memory, Node, Role};
use crate::workspace::shared;
use serde_json::{Value, json};
use std::ffi::OsStr;

/// CPU beside the network's own inference, in seconds.
const CPU_S_MAX: f64 = 120.;

/// Peak memory of the process that has the doors.
const GATEWAY_MB_MAX: f64 = 200.;

/// Peak memory of a process that computes.
const WORKER_MB_MAX: f64 = 2_500.;

/// A case of 240 x 240 x 155 at 1 mm; its follow-up is made on the same grid.
const CASE: &str = "data/tcga_brats_space/TCGA-FG-6692";

pub fn run() -> Ended<Value> {
    let scenario = Scenario::with_orthanc("cost")?;
    let pair = scenario.room.path("pair");
    let case = shared().join(CASE);
    let rest = ["--spacing", "1,1,1", "--brain-only", "--dicom"].map(OsStr::new);
    make_pair(&scenario, &[&["--base".as_ref(), case.as_os_str()][..], &rest].concat(), &pair)?;
    let role = Role::Analyst(&scenario.installed, scenario.pacs()?);
    let mut node = Node::start(&scenario.program, &role, &scenario.room, "node")?;
    let memory = Memory::of(node.id());
    for timepoint in ["t0", "t1"] {
        storescu(node.address(), &pair.join(timepoint).join("dicom"))?;
    }
    let received = node.cpu_s();
    let jobs = follow(&mut node, 2)?;
    let gateway_cpu_s = node.cpu_s() - received;
    let peaks = memory.peaks();
    let costs = Costs::of(&node)?;
    let (stage_cpu_s, inference_cpu_s) = (costs.by_stage(), costs.inference());
    let workers_cpu_s: f64 = stage_cpu_s.values().sum();
    let cpu_s = gateway_cpu_s + workers_cpu_s - inference_cpu_s;
    let completed = jobs.iter().filter(|job| job["state"] == "completed").count();
    let ok = completed == 2
        && cpu_s <= CPU_S_MAX
        && peaks.own_mb <= GATEWAY_MB_MAX
        && peaks.largest_child_mb <= WORKER_MB_MAX;
    Ok(json!({
        "ok": ok, "completed": completed, "cpu_s_beside_inference": cpu_s,
        "stage_cpu_s": stage_cpu_s, "inference_cpu_s": inference_cpu_s, "gateway_cpu_s": gateway_cpu_s,
        "gateway_peak_rss_mb": peaks.own_mb, "worker_peak_rss_mb": peaks.largest_child_mb,
    }))
}
