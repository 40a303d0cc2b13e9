//! Studies arrive slowly, in parallel, broken off, out of order, late and twice, from sources that
//! can be asked for a count and from others: none is called complete before its last instance is
//! here, and those that are counted are called complete soon after it. 200 of them are in
//! `cargo xtask prove arrivals`.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod doors;
mod peers;

use doors::{Started, free_port};
use peers::{INTERVAL, python, run_well, script};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Arrivals: each manner from a source that counts, and from one that does not.
const ARRIVALS: &str = "12";

/// Quiet period in seconds.
const QUIET_S: u64 = 3;

#[test]
fn no_study_is_complete_before_it_is() {
    let Some(python) = python() else { return };
    let place = tempfile::tempdir().unwrap();
    let images = place.path().join("phantom");
    run_well(Command::new(INTERVAL).args(["phantom", "--timepoints", "1", "--out"]).arg(&images));
    let source = free_port();
    let settings = place.path().join("interval.toml");
    fs::write(&settings, text(place.path(), source)).unwrap();
    let log = place.path().join("node.log");
    let mut serve = Command::new(INTERVAL);
    let node = Started::new(serve.arg("serve").arg("--config").arg(&settings), &log);
    let dicom: u16 = node.wait_for("listening on 127.0.0.1:").parse().unwrap();
    let about = place.path().join("place.json");
    let words = json!({
        "dicom": dicom, "title": "INTERVAL", "source": source, "images": images.join("t0"),
        "log": log, "quiet_s": QUIET_S,
    });
    fs::write(&about, words.to_string()).unwrap();
    let mut arrivals = Command::new(&python);
    arrivals.arg(script("arrivals.py")).arg(&about).args(["--arrivals", ARRIVALS]);
    let said = run_well(&mut arrivals);
    let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!((&last["early"], &last["bad"]), (&json!(0), &json!(0)), "{said}");
}

/// A node that analyses, with workers that do nothing: only the beginning is of interest.
fn text(place: &Path, source: u16) -> String {
    let data = place.join("data");
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default");
    let peer = |title: &str, asked: &str| {
        format!("[peers.{title}]\nactions = [\"upload\"]\npatients = [\"*\"]\n{asked}")
    };
    let asked = format!("address = \"127.0.0.1:{source}\"\ncounts = true\n");
    format!(
        "data = \"{}\"\nlisten = \"127.0.0.1:0\"\nfree_min_mib = 1\n\
         quiet_period_s = {QUIET_S}\nassociations_max = 60\nmodel = \"{}\"\n\
         worker_program = \"/bin/false\"\n{}{}{}",
        data.display(),
        model.display(),
        peer("COUNTED", &asked),
        peer("GROWING", &asked),
        peer("SILENT", "")
    )
}
