//! What trust costs: one instance sealed, hashed and noted; one study without its identity, beside
//! what Orthanc needs for the same study in the same run.

use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use crate::scene::{Orthanc, Pacs, Room};
use crate::workspace::cargo;
use serde_json::Value;
use std::path::Path;

/// CPU milliseconds that trust may cost for an instance of 132 KB: at a scanner's 20 images a
/// second it is half a percent of a core.
const TRUST_CPU_MS_MAX: f64 = 0.25;

/// CPU of de-identification by ours, as a part of Orthanc's.
const SHARE_MAX: f64 = 0.5;

pub fn trust() -> Ended {
    let room = Room::temporary("bench-trust")?;
    let images = room.path("images");
    let lines = step("sealing, hashing, noting, hiding 640 instances", || measure(&images))?;
    let [receive, hide] = ["receive", "deidentify"].map(|name| {
        lines.iter().find(|line| line["bench"] == name).cloned().unwrap_or(Value::Null)
    });
    let figure = |line: &Value, field: &str| {
        line[field].as_f64().ok_or_else(|| Failure::new(format!("the bench says no {field}")))
    };
    let theirs = step("the same study anonymised by Orthanc", || orthanc(&room, &images))?;
    let cost = figure(&receive, "trust_cpu_ms")?;
    for field in ["seal_and_hash_cpu_ms", "audit_cpu_ms", "wrap_cpu_ms", "whole_ingest_cpu_ms"] {
        println!("{field:<24} {:>8.3}", figure(&receive, field)?);
    }
    println!("{:<24} {cost:>8.3}  at most {TRUST_CPU_MS_MAX}", "trust_cpu_ms");
    let ours = figure(&hide, "cpu_s")?;
    let share = ours / theirs;
    println!("{:<24} {ours:>8.3}", "deidentify_cpu_s");
    println!("{:<24} {theirs:>8.3}", "orthanc_cpu_s");
    println!("{:<24} {share:>8.3}  at most {SHARE_MAX}", "share");
    if cost <= TRUST_CPU_MS_MAX && share <= SHARE_MAX {
        return Ok(());
    }
    Err(Failure::new("trust costs more than it may"))
}

fn measure(images: &Path) -> Ended<Vec<Value>> {
    let bench = ["bench", "--quiet", "--package", "interval", "--bench", "trust", "--"];
    let said = cargo().args(bench).args([images]).answer_loudly()?;
    Ok(said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// CPU seconds of Orthanc for the same.
fn orthanc(room: &Room, images: &Path) -> Ended<f64> {
    let Pacs::Orthanc(orthanc) = Pacs::orthanc(room)? else {
        return Err(Failure::new("Orthanc is not the archive"));
    };
    fill(&orthanc, images)?;
    orthanc.anonymise()
}

fn fill(orthanc: &Orthanc, images: &Path) -> Ended {
    let port = orthanc.dicom().to_string();
    Program::new("storescu")
        .args(["+sd", "+r", "-aet", "SCANNER", "-aec", "ORTHANC", "127.0.0.1", &port])
        .args([images])
        .env("TCP_NODELAY", "1")
        .answer()
        .map(drop)
}
