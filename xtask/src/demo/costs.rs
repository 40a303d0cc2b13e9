//! CPU by stage, read from the database of a node that is ours.

use crate::failure::{Ended, Failure};
use crate::program::Program;
use std::collections::BTreeMap;
use std::path::Path;

/// One row for each run of a stage: its outputs share a key and its cost.
const QUESTION: &str = "
import json, sqlite3, sys
db = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
runs = 'SELECT stage, MAX(cpu_ms) AS ms FROM artefact GROUP BY stage, key'
rows = db.execute('SELECT stage, SUM(ms) FROM (' + runs + ') GROUP BY stage')
print(json.dumps({stage: ms / 1000 for stage, ms in rows}))
";

/// CPU seconds of all that a node has computed, by stage.
pub fn by_stage(data: &Path) -> Ended<BTreeMap<String, f64>> {
    let database = data.join("interval.db");
    let answer = Program::new("python3").args(["-c", QUESTION]).args([database]).answer()?;
    let parsed: serde_json::Value = serde_json::from_str(&answer).map_err(Failure::new)?;
    let stages = parsed.as_object().into_iter().flatten();
    Ok(stages.map(|(stage, cpu_s)| (stage.clone(), cpu_s.as_f64().unwrap_or(0.))).collect())
}
