//! What a hostile or broken neighbour sends to the doors: each case has the outcome that its rule
//! asks for, memory stays where it is, and an echo is answered within a second.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod doors;
mod peers;

use doors::House;
use peers::{python, required, script};
use std::fs;
use std::process::Command;

/// Cases of the table, at least: a script that ends early has not shown the rest.
const CASES_MIN: usize = 80;

#[test]
fn every_abuse_has_the_outcome_of_its_rule() {
    let Some(python) = python() else { return };
    let house = House::open(&python, "BENCHSCU", "free_min_mib = 1");
    let place = house.folder().join("place.json");
    fs::write(&place, house.place().to_string()).unwrap();
    let output = Command::new(&python).arg(script("abuse.py")).arg(&place).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in lines.iter().filter(|line| line["skipped"] == true) {
        required(None::<()>, &format!("what {} needs", line["case"]));
    }
    let bad: Vec<String> = lines
        .iter()
        .filter(|line| line["ok"] != true)
        .map(|line| {
            let (case, rule, outcome) = (&line["case"], &line["rule"], &line["outcome"]);
            let (grown, echo) = (&line["grown_mb"], &line["echo_s"]);
            format!("{case}: {outcome}, asked for {rule}; {grown} MB more, echo in {echo} s")
        })
        .collect();
    assert!(bad.is_empty(), "{}\n{complained}\n{}", bad.join("\n"), house.log());
    assert!(lines.len() >= CASES_MIN, "only {} cases: {complained}", lines.len());
}
