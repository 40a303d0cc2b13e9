//! Two real timepoints as DICOM, by another people's sender, home to another people's archive.

use super::scenario::Scenario;
use crate::demo::follow;
use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::scene::{Node, Pacs, Role};
use crate::workspace::shared;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::Path;

pub fn run() -> Ended<Value> {
    let scenario = Scenario::with_orthanc("pair")?;
    let pair = scenario.room.path("pair");
    let source = shared().join("data/pairs/pd_new_lesion");
    make_pair(&scenario, &["--from-pair".as_ref(), source.as_os_str()], &pair)?;
    let role = Role::Analyst(&scenario.installed, scenario.pacs()?);
    let mut node = Node::start(&scenario.program, &role, &scenario.room, "node")?;
    for timepoint in ["t0", "t1"] {
        storescu(node.address(), &pair.join(timepoint).join("dicom"))?;
    }
    let jobs = follow(&mut node, 2)?;
    let Pacs::Orthanc(orthanc) = scenario.pacs()? else {
        return Err(Failure::new("the archive has to be Orthanc"));
    };
    let (mut studies, mut ok) = (Vec::new(), true);
    for job in &jobs {
        let study = job["study"].as_str().unwrap_or_default();
        let held = orthanc.holdings(Some(study))?;
        let is_whole = ["SEG", "SR", "DOC"].iter().all(|kind| held.get(*kind) == Some(&1));
        ok &= is_whole && job["state"] == "completed";
        let (state, reason) = (&job["state"], &job["reason"]);
        studies.push(json!({ "study": study, "state": state, "reason": reason, "orthanc": held }));
    }
    Ok(json!({ "ok": ok && jobs.len() == 2, "studies": studies, "found": found(&jobs) }))
}

/// What the last job measured and said.
fn found(jobs: &[Value]) -> Value {
    let assessment = jobs.last().map_or(&Value::Null, |job| &job["assessment"]);
    let timepoints = assessment["timepoints"].as_array().into_iter().flatten();
    let volumes: Vec<_> = timepoints.map(|timepoint| &timepoint["volumes_cm3"]).collect();
    let verdicts = assessment["verdicts"].as_array().into_iter().flatten();
    let verdicts: Vec<_> = verdicts
        .map(|v| json!({ "criteria": v["criteria"], "imaging": v["imaging"], "why": v["because"] }))
        .collect();
    json!({ "volumes_cm3": volumes, "verdicts": verdicts })
}

/// Makes two studies as DICOM with the script of the shared data.
pub fn make_pair(scenario: &Scenario, options: &[&OsStr], out: &Path) -> Ended {
    let script = shared().join("data/pairs/make_pairs.py");
    if !script.is_file() {
        let script = script.display();
        return Err(Failure::new(format!(
            "{script} is not there: INTERVAL_SHARED names its folder"
        )));
    }
    let make = scenario.python(script).args(options);
    make.args(["--out".as_ref(), out.as_os_str()]).answer().map(drop)
}

/// Sends a folder with dcmtk's storescu.
pub fn storescu(address: &str, folder: &Path) -> Ended {
    let (host, port) = address.rsplit_once(':').ok_or_else(|| Failure::new("no port"))?;
    Program::new("storescu")
        .args(["+sd", "+r", "-aet", "SCANNER", "-aec", crate::scene::TITLE, host, port])
        .args([folder])
        .env("TCP_NODELAY", "1")
        .answer()
        .map(drop)
}
