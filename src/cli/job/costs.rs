//! `interval job costs`: what the stages have cost over all that the node computed.

use crate::cli::{Ended, fail, write_json};
use crate::pipeline::stage::segment::Segmented;
use crate::store::Store;
use interval_core::fault::Fault;
use interval_core::stage::Stage;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the artefact in which a segmentation tells what it did.
const RECORD: &str = "segment.json";

/// One stage over all its runs.
#[derive(Debug, Default, Serialize)]
struct StageCost {
    /// How often it ran to its end.
    runs: u64,
    /// CPU time of its workers, in seconds.
    cpu_s: f64,
    /// The largest resident memory of a worker, in MiB.
    peak_rss_mib: f64,
}

/// All stages.
#[derive(Debug, Serialize)]
struct Costs {
    stages: BTreeMap<&'static str, StageCost>,
    /// CPU time of the networks alone, within that of `segment`, in seconds.
    inference_cpu_s: f64,
}

pub async fn costs(store: &Store, json: Option<&Path>) -> Ended {
    let unavailable = fail(Fault::Unavailable);
    let mut stages: BTreeMap<&str, StageCost> = BTreeMap::new();
    for (stage, cost) in store.costs().await.map_err(&unavailable)? {
        let entry = stages.entry(stage.as_str()).or_default();
        entry.runs += 1;
        entry.cpu_s += cost.cpu_ms as f64 / 1000.;
        entry.peak_rss_mib = entry.peak_rss_mib.max(cost.peak_rss_kb as f64 / 1024.);
    }
    let mut inference_cpu_s = 0.;
    for record in store.artefacts_named(Stage::Segment, RECORD).await.map_err(&unavailable)? {
        let segmented: Segmented =
            serde_json::from_slice(record.bytes()).map_err(fail(Fault::Defect))?;
        inference_cpu_s += segmented.inference_cpu_s;
    }
    let costs = Costs { stages, inference_cpu_s };
    if json.is_none() {
        print(&costs);
    }
    write_json(json, &costs)
}

fn print(costs: &Costs) {
    println!("{:<10} {:>6} {:>10} {:>10}", "stage", "runs", "CPU s", "peak MiB");
    for (stage, StageCost { runs, cpu_s, peak_rss_mib }) in &costs.stages {
        println!("{stage:<10} {runs:>6} {cpu_s:>10.1} {peak_rss_mib:>10.0}");
    }
    println!("{:<10} {:>6} {:>10.1}", "networks", "", costs.inference_cpu_s);
}
