//! What the stages cost, read from the database of a node that is ours.

use crate::failure::{Ended, Failure};
use crate::program::Program;
use std::collections::BTreeMap;
use std::path::Path;

/// Opens the database as `db`; the outputs of one run of a stage share a key and a cost.
const OPEN: &str = "
import json, pathlib, sqlite3, sys
data = pathlib.Path(sys.argv[1])
db = sqlite3.connect(f'file:{data}/interval.db?mode=ro', uri=True)
runs = 'SELECT stage, MAX(cpu_ms) AS ms FROM artefact GROUP BY stage, key'
";

/// CPU seconds by stage.
const BY_STAGE: &str = "
rows = db.execute(f'SELECT stage, SUM(ms) FROM ({runs}) GROUP BY stage')
print(json.dumps({stage: ms / 1000 for stage, ms in rows}))
";

/// Runs by stage.
const RUNS: &str = "
rows = db.execute(f'SELECT stage, COUNT(*) FROM ({runs}) GROUP BY stage')
print(json.dumps(dict(rows)))
";

/// CPU seconds of inference, which each segmentation's record tells.
const INFERENCE: &str = "
rows = db.execute(\"SELECT object FROM artefact WHERE name = 'segment.json'\")
records = [json.loads((data / 'objects' / o[:2] / o).read_text()) for o, in rows]
print(json.dumps({'cpu_s': sum(record['inference_cpu_s'] for record in records)}))
";

/// CPU seconds of all that a node has computed, by stage.
pub fn by_stage(data: &Path) -> Ended<BTreeMap<String, f64>> {
    ask(data, BY_STAGE)
}

/// How often each stage ran to its end.
pub fn runs(data: &Path) -> Ended<BTreeMap<String, f64>> {
    ask(data, RUNS)
}

/// CPU seconds of the networks.
pub fn inference(data: &Path) -> Ended<f64> {
    Ok(ask(data, INFERENCE)?.values().sum())
}

fn ask(data: &Path, question: &str) -> Ended<BTreeMap<String, f64>> {
    let question = [OPEN, question].concat();
    let answer = Program::new("python3").args(["-c", &question]).args([data]).answer()?;
    let parsed: serde_json::Value = serde_json::from_str(&answer).map_err(Failure::new)?;
    let numbers = parsed.as_object().into_iter().flatten();
    Ok(numbers.map(|(name, number)| (name.clone(), number.as_f64().unwrap_or(0.))).collect())
}
