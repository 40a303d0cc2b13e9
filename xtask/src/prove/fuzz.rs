//! Fuzzing of what is read from strangers, for minutes a target: the everyday tests do seconds.

use crate::failure::Ended;
use crate::workspace::cargo;
use serde_json::{Value, json};

/// Time for each target, in seconds.
const TARGET_S: u64 = 600;

/// Targets at least: a test that is not run has shown nothing.
const TARGETS_MIN: usize = 9;

pub fn run() -> Ended<Value> {
    run_for(TARGET_S)
}

/// The same with so many seconds for each target. A panic or a limit of memory ends a target, and
/// its test says so.
pub fn run_for(target_s: u64) -> Ended<Value> {
    let packages = ["--package", "interval-dimse", "--package", "interval-dicomweb"];
    let said = cargo()
        .args(["test", "--quiet", "--test", "fuzz"])
        .args(packages)
        .args(["--", "--nocapture"])
        .env("INTERVAL_FUZZ_S", target_s.to_string())
        .answer_loudly()?;
    let targets: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str(&line[line.find('{')?..]).ok())
        .collect();
    let inputs: u64 = targets.iter().filter_map(|target| target["inputs"].as_u64()).sum();
    let ok = targets.len() >= TARGETS_MIN;
    Ok(json!({ "ok": ok, "inputs": inputs, "seconds_each": target_s, "targets": targets }))
}
