//! How long a search takes in an index of a million instances.

use crate::failure::{Ended, Failure};
use crate::progress::step;
use crate::workspace::cargo;
use serde_json::Value;

/// 95 of 100 answers come within so many milliseconds: goal R4.
const P95_MS_MAX: f64 = 20.;

/// Fills the index, asks, and prints each question with its bar.
pub fn index() -> Ended {
    let said = step("a million instances, then questions", || {
        let bench = ["bench", "--quiet", "--package", "interval", "--bench", "index"];
        cargo().args(bench).answer_loudly()
    })?;
    let lines: Vec<Value> =
        said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut over = Vec::new();
    for line in &lines {
        let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
        let figure = |field: &str| line[field].as_f64().unwrap_or(f64::INFINITY);
        match text("bench").as_str() {
            "fill" => println!("{} instances in {:.0} s", line["instances"], figure("seconds")),
            "start" => println!(
                "opened in {:.0} ms, first question after {:.0} ms",
                figure("open_ms"),
                figure("first_question_ms")
            ),
            _ => {
                let p95_ms = figure("p95_ms");
                let word = if p95_ms <= P95_MS_MAX { "met" } else { "NOT MET" };
                let (who, question) = (text("who"), text("question"));
                println!(
                    "{who:<10} {question:<26} p50 {:>8.2} ms  p95 {p95_ms:>8.2} ms  \
                     at most {P95_MS_MAX} ms: {word}",
                    figure("p50_ms")
                );
                if p95_ms > P95_MS_MAX {
                    over.push(format!("{who}: {question}"));
                }
            }
        }
    }
    if !lines.iter().any(|line| line["bench"] == "ask") {
        return Err(Failure::new(format!("the bench has nothing to say:\n{said}")));
    }
    if over.is_empty() { Ok(()) } else { Err(Failure::new(format!("slow: {}", over.join(", ")))) }
}
