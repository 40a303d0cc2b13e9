//! `cargo xtask bench`: accuracy and cost of registration, what trust costs, what the doors cost
//! beside Orthanc's, as tables.

mod doors;
mod index;
mod trust;

use crate::failure::{Ended, Failure};
use crate::progress::step;
use crate::workspace::{cargo, shared};
use doors::Form;
use serde_json::Value;

/// Columns: field of the bench's line, heading.
const COLUMNS: [(&str, &str); 6] = [
    ("pair", "pair"),
    ("tre_mean_mm", "mean mm"),
    ("tre_max_mm", "max mm"),
    ("register_cpu_s", "CPU s"),
    ("iterations", "steps"),
    ("passed", "gate"),
];

/// Runs the benches, or one of them, and prints what they found.
pub fn bench(only: Option<&str>) -> Ended {
    match only {
        None => {
            registration().and_then(|()| trust::trust()).and_then(|()| doors::doors(Form::Whole))
        }
        Some("registration") => registration(),
        Some("trust") => trust::trust(),
        Some("doors") => doors::doors(Form::Whole),
        Some("doors-short") => doors::doors(Form::Short),
        Some("index") => index::index(),
        Some(name) => {
            let known = "registration, trust, doors, doors-short, index";
            Err(Failure::new(format!("no bench '{name}': {known}")))
        }
    }
}

fn registration() -> Ended {
    let said = step("registration of pairs with known motion", || {
        let bench = ["bench", "--quiet", "--package", "interval-imaging"];
        cargo().args(bench).env("INTERVAL_SHARED", shared()).answer_loudly()
    })?;
    let lines: Vec<Value> =
        said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if lines.is_empty() {
        return Err(Failure::new(format!("the bench has nothing to say:\n{said}")));
    }
    println!("{}", row(|(_, heading)| heading.to_owned()));
    for line in &lines {
        println!("{}", row(|(field, _)| word(&line[field])));
    }
    Ok(())
}

fn row(cell: impl Fn((&str, &str)) -> String) -> String {
    let cells: Vec<String> =
        COLUMNS.iter().map(|column| format!("{:<16}", cell(*column))).collect();
    cells.join(" ").trim_end().to_owned()
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
