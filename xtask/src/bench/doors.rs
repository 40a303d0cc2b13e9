//! What the doors cost beside Orthanc's: the same work for each server in turn, in one run.

use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use crate::scene::{Issuer, Node, Orthanc, Role, Room, TITLE, free_port};
use crate::setup::{Peers, setup};
use crate::workspace::{Profile, interval, root};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// CPU of the node as a part of the better Orthanc's, in every row.
const CPU_RATIO_MAX: f64 = 1.;

/// Memory of the node while it receives, in MB: goal R2.
const RSS_MB_MAX: f64 = 150.;

/// The plug-in for DICOMweb, where Debian has it.
const PLUGIN: &str = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

/// The name of ours in the lines.
const OURS: &str = "interval";

/// Rows that tell what an instance costs the disk and are not held against a bar.
const ABSOLUTE: [&str; 2] = ["cost", "calls"];

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Over 10,000 instances of 132 KB.
    Whole,
    /// A tenth of it: whether it works. The kernel counts CPU in 10 ms, so no bar is judged.
    Short,
}

/// Rows by name, each with the lines of a target.
type Rows = BTreeMap<String, BTreeMap<String, Vec<Value>>>;

/// Measures and prints; not well when a row is above its bar.
pub fn doors(form: Form) -> Ended {
    let installed = setup(Peers::With)?;
    let python = installed.python.ok_or_else(|| Failure::new("the peers' Python is missing"))?;
    let room = Room::temporary("bench-doors")?;
    let program = room.own(&interval(Profile::Release)?)?;
    let issuer = Issuer::start(&python, &room)?;
    let [web, destination] =
        [free_port().map_err(Failure::new)?, free_port().map_err(Failure::new)?];
    let settings = issuer.settings(&room, web, destination)?;
    let node = Node::start(&program, &Role::Configured(&settings), &room, "node")?;
    let plain = Orthanc::named(&room, "orthanc-default", orthanc(destination, &[]))?;
    let fast = Orthanc::named(&room, "orthanc-fast", orthanc(destination, &fast()))?;
    let own = json!({
        "name": OURS, "title": TITLE, "dicom": port(node.address()), "pid": node.id(),
        "web": format!("http://127.0.0.1:{web}/dicom-web"),
        "token": issuer.token(), "destination": destination,
    });
    let theirs = |name: &str, orthanc: &Orthanc| {
        json!({
            "name": name, "title": "ORTHANC", "dicom": orthanc.dicom(), "pid": orthanc.id(),
            "web": format!("http://127.0.0.1:{}/dicom-web", orthanc.http()),
            "destination": destination,
        })
    };
    let targets = json!([own, theirs("orthanc-default", &plain), theirs("orthanc-fast", &fast)]);
    let file = room.path("targets.json");
    fs::write(&file, targets.to_string()).map_err(Failure::at(&file))?;
    let rows = step("the same work for each server in turn", || measure(&python, &file, form))?;
    let over = print(&rows);
    if over.is_empty() || form == Form::Short {
        return Ok(());
    }
    Err(Failure::new(format!("above the bar: {}", over.join(", "))))
}

/// Settings that both have.
fn orthanc(destination: u16, further: &[(&str, Value)]) -> Value {
    let host = |title: &str| json!({ "AET": title, "Host": "127.0.0.1", "Port": destination });
    let mut settings = json!({
        "Plugins": [PLUGIN], "DicomWeb": { "Enable": true, "Root": "/dicom-web/" },
        "DicomAlwaysAllowGet": true, "DicomAlwaysAllowMove": true,
        "DicomModalities": {
            "BENCHDST": host("BENCHDST"), "GETSCU": host("GETSCU"), "MOVESCU": host("MOVESCU"),
        },
    });
    for (name, value) in further {
        settings[*name] = value.clone();
    }
    settings
}

/// Nothing is synced, nothing is hashed, lists come from the index alone.
fn fast() -> [(&'static str, Value); 8] {
    [
        ("SyncStorageArea", json!(false)),
        ("StoreMD5ForAttachments", json!(false)),
        ("OverwriteInstances", json!(true)),
        ("DicomThreadsCount", json!(8)),
        ("MaximumPDULength", json!(131_072)),
        ("StorageAccessOnFind", json!("Never")),
        ("SaveJobs", json!(false)),
        ("MetricsEnabled", json!(false)),
    ]
}

fn port(address: &str) -> u16 {
    address.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
}

fn measure(python: &Path, targets: &Path, form: Form) -> Ended<Rows> {
    let extent: &[&str] = match form {
        Form::Whole => &["--rounds", "3", "--slices", "160"],
        Form::Short => &["--rounds", "1", "--slices", "16"],
    };
    let said = Program::new(python)
        .args([root().join("tests/peers/doors_bench.py").as_path(), targets])
        .args(extent)
        .answer_loudly()?;
    let mut rows = Rows::new();
    for line in said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
        rows.entry(text("row")).or_default().entry(text("target")).or_default().push(line);
    }
    if rows.is_empty() {
        return Err(Failure::new("the bench has nothing to say"));
    }
    Ok(rows)
}

/// The median of a figure of some lines.
fn median(lines: &[Value], figure: impl Fn(&Value) -> Option<f64>) -> Option<f64> {
    let mut figures: Vec<f64> = lines.iter().filter_map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

fn each_cpu_ms(line: &Value) -> Option<f64> {
    Some(line["cpu_s"].as_f64()? * 1000. / line["count"].as_f64()?)
}

fn rate(line: &Value) -> Option<f64> {
    Some(line["count"].as_f64()? / line["seconds"].as_f64()?)
}

/// Ours as a part of another's, pair by pair of one turn.
fn ratio(ours: &[Value], theirs: &[Value]) -> Option<f64> {
    let mut pairs: Vec<f64> = ours
        .iter()
        .zip(theirs)
        .filter_map(|(one, other)| {
            let other = each_cpu_ms(other).filter(|ms| *ms > 0.)?;
            Some(each_cpu_ms(one)? / other)
        })
        .collect();
    pairs.sort_by(f64::total_cmp);
    pairs.get(pairs.len() / 2).copied()
}

/// Prints the table and gives the rows that are above their bar.
fn print(rows: &Rows) -> Vec<&str> {
    let mut over = Vec::new();
    println!(
        "{:<22} {:<18} {:>8} {:>10} {:>9} {:>8} {:>8} {:>7}",
        "row", "server", "each/s", "CPU ms", "p50 ms", "p95 ms", "RSS MB", "ratio"
    );
    for (row, targets) in rows {
        let ours = targets.get(OURS).map(Vec::as_slice).unwrap_or_default();
        let is_absolute = ABSOLUTE.contains(&row.as_str());
        let mut worst: Option<f64> = None;
        for (target, lines) in targets {
            let of = (target != OURS).then(|| ratio(ours, lines)).flatten();
            let counts = target.starts_with("orthanc") && !is_absolute;
            worst = if counts { worst.max_of(of) } else { worst };
            let figure = |name: &'static str| median(lines, move |line| line[name].as_f64());
            println!(
                "{row:<22} {target:<18} {:>8} {:>10} {:>9} {:>8} {:>8} {:>7}{}",
                cell(median(lines, rate), 0),
                cell(median(lines, each_cpu_ms), 3),
                cell(figure("p50_ms"), 2),
                cell(figure("p95_ms"), 2),
                cell(figure("rss_mb"), 0),
                cell(of, 2),
                absolute(lines),
            );
        }
        let rss = median(ours, |line| line["rss_mb"].as_f64()).unwrap_or(0.);
        let receives = row.starts_with("C-STORE") || row.starts_with("STOW");
        let is_met = worst.is_none_or(|ratio| ratio <= CPU_RATIO_MAX)
            && !(receives && rss > RSS_MB_MAX)
            && is_done(ours);
        if is_absolute {
            continue;
        }
        let memory = if receives { format!(", RSS <= {RSS_MB_MAX} MB") } else { String::new() };
        let word = if is_met { "met" } else { "NOT MET" };
        println!("{:<22} CPU <= {CPU_RATIO_MAX:.2} of either Orthanc{memory}: {word}", "");
        if !is_met {
            over.push(row.as_str());
        }
    }
    over
}

/// Whether everything that was asked for was done.
fn is_done(lines: &[Value]) -> bool {
    lines.iter().all(|line| match (line["done"].as_u64(), line["count"].as_u64()) {
        (Some(done), Some(count)) => done >= count,
        _ => true,
    })
}

/// What an instance costs the disk.
fn absolute(lines: &[Value]) -> String {
    let figure = |name: &'static str| median(lines, move |line| line[name].as_f64());
    let bytes = figure("bytes_each").map(|bytes| format!("  {bytes:.0} B written"));
    let syncs = figure("syncs_each").map(|syncs| format!("  {syncs:.2} syncs"));
    [bytes, syncs].into_iter().flatten().collect()
}

fn cell(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "-".into(), |figure| format!("{figure:.digits$}"))
}

/// The larger of two figures of which either may be missing.
trait MaxOf {
    fn max_of(self, other: Self) -> Self;
}

impl MaxOf for Option<f64> {
    fn max_of(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        }
    }
}
