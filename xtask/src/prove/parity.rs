//! The tests of `models` with their long ones switched on.

use crate::failure::Ended;
use crate::suites;
use serde_json::{Value, json};

pub fn run() -> Ended<Value> {
    let count = suites::long("interval-models")?;
    let ok = count.failed == 0 && count.passed > 0;
    Ok(
        json!({ "ok": ok, "passed": count.passed, "failed": count.failed, "skipped": count.skipped }),
    )
}
