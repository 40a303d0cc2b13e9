//! 200 studies arrive in every manner; none is called complete before its last instance is here.

use super::scenario::{Scenario, script};
use crate::demo::phantom;
use crate::failure::{Ended, Failure};
use crate::scene::{Node, Role, free_port};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// Arrivals.
const ARRIVALS: &str = "200";

/// Quiet period in seconds: short, so that so many take minutes.
const QUIET_S: u64 = 3;

pub fn run() -> Ended<Value> {
    let scenario = Scenario::begin("arrivals")?;
    phantom(&scenario.program, &scenario.room, 1)?;
    let source = free_port().map_err(Failure::new)?;
    let settings = settings(&scenario, source)?;
    let role = Role::Configured(&settings);
    let node = Node::start(&scenario.program, &role, &scenario.room, "node")?;
    let dicom = node.address().rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    let about = scenario.room.path("place.json");
    let words = json!({
        "dicom": dicom, "title": crate::scene::TITLE, "source": source,
        "images": scenario.room.path("phantom").join("t0"),
        "log": scenario.room.path("node.log"), "quiet_s": QUIET_S,
    });
    fs::write(&about, words.to_string()).map_err(Failure::at(&about))?;
    let said = scenario
        .python(script("arrivals.py"))
        .args([about.as_os_str()])
        .args(["--arrivals", ARRIVALS])
        .answer_loudly()?;
    let lines: Vec<Value> =
        said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let bad: Vec<&Value> = lines.iter().filter(|line| line["ok"] == false).collect();
    let last = lines.last().ok_or_else(|| Failure::new("the arrivals have nothing to say"))?;
    let ok = last["early"] == 0 && last["bad"] == 0 && last["arrivals"] == 200;
    Ok(json!({ "ok": ok, "count": last, "bad": bad }))
}

/// A node that analyses, with workers that do nothing: only the beginning is of interest.
fn settings(scenario: &Scenario, source: u16) -> Ended<PathBuf> {
    let peer = |title: &str, asked: &str| {
        format!("[peers.{title}]\nactions = [\"upload\"]\npatients = [\"*\"]\n{asked}")
    };
    let asked = format!("address = \"127.0.0.1:{source}\"\ncounts = true\n");
    let installed = &scenario.installed;
    let text = format!(
        "free_min_mib = 64\nquiet_period_s = {QUIET_S}\nassociations_max = 60\n\
         model = \"{}\"\nort_lib = \"{}\"\nworker_program = \"/bin/false\"\n{}{}{}",
        installed.model.display(),
        installed.runtime.display(),
        peer("COUNTED", &asked),
        peer("GROWING", &asked),
        peer("SILENT", "")
    );
    let file = scenario.room.path("arrivals.toml");
    fs::write(&file, text).map_err(Failure::at(&file))?;
    Ok(file)
}
