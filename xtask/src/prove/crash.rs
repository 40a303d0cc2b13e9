//! 20 kills during ingest: every acknowledged instance is still there, byte for byte.

use super::scenario::{Scenario, script};
use crate::failure::{Ended, Failure};
use crate::scene::{Node, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};

/// Kills.
const ROUNDS: usize = 20;

/// Instances that have to be acknowledged over all rounds.
const ACKNOWLEDGED_MIN: usize = 2_000;

/// Instances that the clients of one round have: never reached.
const OFFERED: &str = "1000";

/// Acknowledged instances of a round before the kill: between these, another number each round.
const BEFORE_KILL: (usize, usize) = (70, 140);

pub fn run() -> Ended<Value> {
    let scenario = Scenario::begin("crash")?;
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let node = start(&scenario)?;
        let seen = killed_while_storing(&scenario, node, round)?;
        acknowledged.extend(seen);
        eprintln!("    kill {}: {} acknowledged so far", round + 1, acknowledged.len());
    }
    // The last start brings the database in order, as after every power cut.
    let node = start(&scenario)?;
    let report = node.verified()?;
    let intact: BTreeSet<&str> = report["intact"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pair| pair[0].as_str())
        .collect();
    let lost = acknowledged.iter().filter(|uid| !intact.contains(uid.as_str())).count();
    let altered = report["altered"].as_array().map_or(0, Vec::len);
    let gone = report["lost"].as_array().map_or(0, Vec::len);
    let ok = lost + altered + gone == 0 && acknowledged.len() >= ACKNOWLEDGED_MIN;
    Ok(json!({
        "ok": ok, "kills": ROUNDS, "acknowledged": acknowledged.len(), "acknowledged_lost": lost,
        "recorded": report["instances"], "recorded_without_object": gone, "altered": altered,
        "objects_never_acknowledged": report["orphans"],
    }))
}

fn start(scenario: &Scenario) -> Ended<Node> {
    Node::start(&scenario.program, &Role::Archive, &scenario.room, "node")
}

/// Stores from three clients and kills the node in between; gives what was acknowledged.
fn killed_while_storing(scenario: &Scenario, node: Node, round: usize) -> Ended<Vec<String>> {
    let peer = format!("{}:{}", node.address(), crate::scene::TITLE);
    let mut clients = scenario
        .python(script("ingest.py"))
        .args([&peer, "--clients", "3", "--count", OFFERED, "--seed", &round.to_string()])
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
