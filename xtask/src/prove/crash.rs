//! 200 kills during ingest: every acknowledged instance is still there, once and byte for byte, and
//! one scrub removes what was never acknowledged.

use super::scenario::{Scenario, script};
use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::scene::{Node, Role, verified};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Kills.
const ROUNDS: usize = 200;

/// Associations that store at one time.
const CLIENTS: &str = "4";

/// Instances that have to be acknowledged for each kill, over all of them: 20,000 for 200.
const ACKNOWLEDGED_EACH_MIN: usize = 100;

/// Instances that the clients of one round have: never reached.
const OFFERED: &str = "1000";

/// Acknowledged instances of a round before the kill: between these, another number each round.
const BEFORE_KILL: (usize, usize) = (75, 150);

/// Kills between two lines of progress.
const TOLD_EVERY: usize = 10;

pub fn run() -> Ended<Value> {
    run_for(ROUNDS)
}

/// The same with so many kills.
pub fn run_for(kills: usize) -> Ended<Value> {
    let scenario = Scenario::begin("crash")?;
    let mut acknowledged = BTreeSet::new();
    for round in 0..kills {
        let node = start(&scenario)?;
        let seen = killed_while_storing(&scenario, node, round)?;
        acknowledged.extend(seen);
        if (round + 1) % TOLD_EVERY == 0 {
            eprintln!("    kill {}: {} acknowledged so far", round + 1, acknowledged.len());
        }
    }
    // The last start brings the database in order, as after every power cut.
    let mut node = start(&scenario)?;
    node.check_alive()?;
    let data = node.data().to_owned();
    node.kill();
    let removed = scrubbed(&scenario, &data)?;
    let report = verified(&scenario.program, &data)?;
    let intact: BTreeSet<&str> = report["intact"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pair| pair[0].as_str())
        .collect();
    let listed = report["intact"].as_array().map_or(0, Vec::len);
    let doubled = listed - intact.len();
    let left = report["orphans"].as_u64().unwrap_or(u64::MAX);
    let lost = acknowledged.iter().filter(|uid| !intact.contains(uid.as_str())).count();
    let altered = report["altered"].as_array().map_or(0, Vec::len);
    let gone = report["lost"].as_array().map_or(0, Vec::len);
    let is_whole = lost + altered + gone + doubled == 0 && left == 0;
    let ok = is_whole && acknowledged.len() >= kills * ACKNOWLEDGED_EACH_MIN;
    Ok(json!({
        "ok": ok, "kills": kills, "acknowledged": acknowledged.len(), "acknowledged_lost": lost,
        "recorded": report["instances"], "recorded_without_object": gone, "altered": altered,
        "doubled": doubled, "objects_never_acknowledged": removed, "orphans_after_scrub": left,
    }))
}

fn start(scenario: &Scenario) -> Ended<Node> {
    Node::start(&scenario.program, &Role::Archive, &scenario.room, "node")
}

/// Removes what no row names; says how many objects that were.
fn scrubbed(scenario: &Scenario, data: &Path) -> Ended<Value> {
    let said = Program::new(&scenario.program)
        .args(["scrub", "--json", "-", "--data"])
        .args([data])
        .answer()?;
    let report: Value = serde_json::from_str(&said).map_err(Failure::new)?;
    Ok(report["removed"].clone())
}

/// Stores from some clients and kills the node in between; gives what was acknowledged.
fn killed_while_storing(scenario: &Scenario, node: Node, round: usize) -> Ended<Vec<String>> {
    let peer = format!("{}:{}", node.address(), crate::scene::TITLE);
    let mut clients = scenario
        .python(script("ingest.py"))
        .args([&peer, "--clients", CLIENTS, "--count", OFFERED, "--seed", &round.to_string()])
        .start_heard()?;
    let said = clients.stdout.take().ok_or_else(|| Failure::new("the clients are not heard"))?;
    let (least, most) = BEFORE_KILL;
    // 37 and the width are coprime: the rounds differ.
    let before_kill = least + round * 37 % (most - least);
    let (mut node, mut seen) = (Some(node), Vec::new());
    for line in BufReader::new(said).lines().map_while(Result::ok) {
        seen.push(line);
        if seen.len() >= before_kill
            && let Some(node) = node.take()
        {
            node.kill();
        }
    }
    clients.wait().map_err(Failure::new)?;
    if node.is_some() {
        let words = format!("the clients ended after {} of {before_kill} instances", seen.len());
        return Err(Failure::new(words));
    }
    Ok(seen)
}
