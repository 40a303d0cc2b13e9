//! `interval selftest`: truth by formula, at the customer's desk.

use super::analyze::Analyze;
use super::{Ended, Failure, fail, progress, write_json};
use crate::phantom::{self, JUDGED_CM3_MIN, Truth};
use crate::store::record::AssessmentRecord;
use clap::Args;
use interval_core::fault::Fault;
use interval_core::phantom::Spec;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Render the phantom, analyse it with this installation, compare with what is true.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval selftest --data /var/lib/interval")]
pub struct Selftest {
    /// Which phantom.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of studies.
    #[arg(long, default_value_t = 2)]
    timepoints: usize,
    /// Folder for the studies and the results; a temporary one when not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder of the node, for the runtime, the atlas and the keys.
    #[arg(long, default_value = "interval-data")]
    data: PathBuf,
    /// Folder of the segmentation model.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Folder of the head atlas.
    #[arg(long)]
    atlas: Option<PathBuf>,
    /// Write the result for machines here; `-` is standard output.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// One comparison.
#[derive(Debug, Serialize)]
struct Compared {
    timepoint: usize,
    measure: &'static str,
    true_cm3: f64,
    measured_cm3: f64,
    error_percent: Option<f64>,
    judged: bool,
    ok: bool,
}

/// The whole comparison.
#[derive(Debug, Serialize)]
struct Outcome {
    ok: bool,
    volume_error_percent_max: f64,
    compared: Vec<Compared>,
}

impl Selftest {
    pub(super) async fn run(self) -> Ended {
        let out = self.out.clone().unwrap_or_else(|| {
            std::env::temp_dir().join(format!("interval-selftest-{}", std::process::id()))
        });
        let patient = Spec::new(self.seed, self.timepoints).build();
        let series = patient.timepoints.iter().map(|timepoint| timepoint.series.len()).sum();
        let bar = progress::count("rendering", series);
        let written = phantom::write(&patient, &out.join("phantom"), &|_, _| bar.inc(1));
        bar.finish_and_clear();
        drop(patient);
        let truth = written.map_err(fail(Fault::Defect))?;
        let folders = truth.timepoints.iter().map(|t| out.join("phantom").join(&t.folder));
        let analyze = Analyze::of(folders.collect(), out.join("result"), &self.data);
        analyze.with(self.model.clone(), self.atlas.clone()).run().await?;
        let result = compare(&truth, &out.join("result").join("result.json"))?;
        if self.out.is_none() {
            // Left in the temporary folder, it would only take room.
            let _ = std::fs::remove_dir_all(&out);
        }
        for line in &result.compared {
            let percent = line.error_percent.map_or("-".into(), |e| format!("{e:+.1} %"));
            let word = if !line.judged {
                "small"
            } else if line.ok {
                "ok"
            } else {
                "WRONG"
            };
            println!(
                "t{} {:<4} {:>8.2} cm3 true, {:>8.2} cm3 measured, {percent:>8}  {word}",
                line.timepoint, line.measure, line.true_cm3, line.measured_cm3
            );
        }
        write_json(self.json.as_deref(), &result)?;
        if result.ok {
            println!("selftest passed");
            Ok(())
        } else {
            Err(Failure::failed(
                "selftest failed: a volume is off by more than 10 % (20 % on thick slices)",
            ))
        }
    }
}

fn compare(truth: &Truth, path: &Path) -> Result<Outcome, Failure> {
    let record = AssessmentRecord::parse(&super::read_file(path)?).map_err(fail(Fault::Defect))?;
    let mut compared = Vec::new();
    for (n, (true_, found)) in truth.timepoints.iter().zip(&record.timepoints).enumerate() {
        let (t, m) = (&true_.volumes_cm3, &found.volumes_cm3);
        let limit = true_.error_percent_max();
        for (measure, true_cm3, measured_cm3) in
            [("ET", t.et, m.et), ("TC", t.tc, m.tc), ("WT", t.wt, m.wt)]
        {
            let error_percent =
                (true_cm3 > 0.).then(|| (measured_cm3 - true_cm3) / true_cm3 * 100.);
            let judged = true_cm3 >= JUDGED_CM3_MIN;
            let ok = !judged || error_percent.is_some_and(|e| e.abs() <= limit);
            let timepoint = n;
            let line =
                Compared { timepoint, measure, true_cm3, measured_cm3, error_percent, judged, ok };
            compared.push(line);
        }
    }
    let judged = compared.iter().filter(|line| line.judged);
    let worst = judged.filter_map(|line| line.error_percent).map(f64::abs).fold(0., f64::max);
    let whole = compared.len() == 3 * truth.timepoints.len();
    let ok = whole && compared.iter().all(|line| line.ok);
    Ok(Outcome { ok, volume_error_percent_max: worst, compared })
}
