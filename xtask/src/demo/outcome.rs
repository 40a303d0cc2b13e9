//! What the demo found, beside what is true.

use crate::failure::{Ended, Failure};
use crate::scene::{Node, Pacs, Peaks};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Objects of a result, as the PACS counts them.
const KINDS: [&str; 3] = ["SEG", "SR", "PDF"];

/// Regions that are compared.
const REGIONS: [&str; 3] = ["wt", "tc", "et"];

/// Regions below this are not compared in per cent: half a voxel of outline is more.
const VOLUME_CM3_MIN: f64 = 1.;

/// Largest error of a volume at 1 mm, in per cent, and where slices are thicker.
const ERROR_PERCENT_MAX: [f64; 2] = [10., 20.];

/// Steps up to this count as 1 mm.
const FINE_MM_MAX: f64 = 1.05;

/// The demo's result.
pub struct Outcome {
    delivered: BTreeMap<&'static str, u64>,
    /// At timepoints of 1 mm, and at those with thicker slices.
    volume_error_percent_max: [Option<f64>; 2],
    responses: Vec<Value>,
    wrong: Vec<String>,
}

impl Outcome {
    /// Compares the jobs, the oldest first, and the PACS with the truth.
    pub fn of(truth: &Value, jobs: &[Value], holdings: &BTreeMap<String, u64>) -> Self {
        let delivered: BTreeMap<_, _> =
            KINDS.map(|kind| (kind, holdings.get(kind).copied().unwrap_or(0))).into();
        let mut wrong = Vec::new();
        let mut completed = jobs.iter().filter(|job| job["state"] == "completed");
        for job in jobs.iter().filter(|job| job["state"] != "completed") {
            let (id, state, reason) = (&job["id"], &job["state"], &job["reason"]);
            if job["state"] != "superseded" {
                wrong.push(format!("job {id} is {state}: {reason}"));
            }
        }
        let responses: Vec<Value> = completed.clone().map(response).collect();
        for (kind, count) in &delivered {
            let sent = deliveries(jobs, kind);
            if *count == 0 || *count != sent {
                wrong.push(format!("the PACS lists {count} {kind}, {sent} were delivered"));
            }
        }
        let last = completed.next_back();
        let errors = last.and_then(|job| errors_percent(truth, &job["assessment"]));
        if errors.is_none() {
            wrong.push("the last job has no volumes to compare".into());
        }
        let volume_error_percent_max = errors.unwrap_or_default();
        for (error, most) in volume_error_percent_max.iter().zip(ERROR_PERCENT_MAX) {
            if let Some(error) = error.filter(|error| *error > most) {
                wrong.push(format!("a volume is off by {error:.1} %, allowed are {most} %"));
            }
        }
        Self { delivered, volume_error_percent_max, responses, wrong }
    }

    /// Where a person can look now.
    pub fn sentences(&self, pacs: &Pacs, node: &Node, program: &Path) -> String {
        let (program, data) = (program.display(), node.data().display());
        let mut lines = vec![
            format!("the PACS holds {:?}: {}", self.delivered, pacs.place()),
            format!("jobs: {program} job list --data {data}"),
            format!("one job with its decisions: {program} job show 1 --data {data}"),
        ];
        lines.extend(self.wrong.iter().map(|wrong| format!("NOT WELL: {wrong}")));
        lines.join("\n")
    }

    /// One line for machines.
    pub fn line(&self, stage_cpu_s: &BTreeMap<String, f64>, peaks: Peaks) -> Value {
        json!({
            "ok": self.wrong.is_empty(),
            "delivered": self.delivered,
            "volume_error_percent_max": self.volume_error_percent_max[0],
            "volume_error_percent_max_thick_slices": self.volume_error_percent_max[1],
            "responses": self.responses,
            "stage_cpu_s": stage_cpu_s,
            "peak_rss_mb": { "gateway": peaks.own_mb.round(), "worker": peaks.largest_child_mb.round() },
        })
    }

    /// Fails when something is not well.
    pub fn verdict(&self) -> Ended {
        if self.wrong.is_empty() { Ok(()) } else { Err(Failure::new(self.wrong.join("; "))) }
    }
}

/// Objects of a kind that the jobs say are delivered.
fn deliveries(jobs: &[Value], kind: &str) -> u64 {
    let all = jobs.iter().flat_map(|job| job["deliveries"].as_array().into_iter().flatten());
    all.filter(|delivery| delivery["kind"] == kind && delivery["state"] == "delivered").count()
        as u64
}

/// What a job says of the response, by criteria.
fn response(job: &Value) -> Value {
    let assessment = &job["assessment"];
    let verdicts = assessment["verdicts"].as_array().into_iter().flatten();
    let by_criteria: BTreeMap<&str, Value> = verdicts
        .filter_map(|v| {
            let said = json!({ "imaging": v["imaging"], "overall": v["overall"] });
            Some((v["criteria"].as_str()?, said))
        })
        .collect();
    let timepoints = assessment["timepoints"].as_array().map_or(0, Vec::len);
    json!({ "job": job["id"], "timepoints": timepoints, "by_criteria": by_criteria })
}

/// The largest errors over regions, at timepoints of 1 mm and at those with thicker slices;
/// nothing when a timepoint of the truth is not in the assessment, or nothing is large enough.
fn errors_percent(truth: &Value, assessment: &Value) -> Option<[Option<f64>; 2]> {
    let found = assessment["timepoints"].as_array()?;
    let mut worst = [None::<f64>; 2];
    for timepoint in truth["timepoints"].as_array()? {
        let same = found.iter().find(|candidate| candidate["study"] == timepoint["study"])?;
        let worst = &mut worst[usize::from(is_thick(timepoint))];
        for region in REGIONS {
            let [expected, measured] =
                [timepoint, same].map(|side| side["volumes_cm3"][region].as_f64());
            let (expected, measured) = (expected?, measured?);
            if expected >= VOLUME_CM3_MIN {
                let error = (measured - expected).abs() / expected * 100.;
                *worst = Some(error.max(worst.unwrap_or(0.)));
            }
        }
    }
    worst.iter().any(Option::is_some).then_some(worst)
}

fn is_thick(timepoint: &Value) -> bool {
    let steps = timepoint["spacing_mm"].as_array().into_iter().flatten();
    steps.filter_map(Value::as_f64).any(|step| step > FINE_MM_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timepoint(study: &str, volume_cm3: f64) -> Value {
        json!({ "study": study, "spacing_mm": [1., 1., if study == "1" { 3. } else { 1. }],
                "volumes_cm3": { "wt": volume_cm3, "tc": 0.5, "et": 2.0 } })
    }

    fn timepoints(volumes_cm3: &[f64]) -> Value {
        let all: Vec<_> =
            volumes_cm3.iter().enumerate().map(|(n, v)| timepoint(&n.to_string(), *v)).collect();
        json!({ "timepoints": all })
    }

    #[test]
    fn the_worst_region_counts_by_how_thick_slices_are() {
        let found = timepoints(&[10.5, 18.]);
        let [fine, thick] = errors_percent(&timepoints(&[10., 20.]), &found).unwrap();
        assert!((fine.unwrap() - 5.).abs() < 1e-9 && (thick.unwrap() - 10.).abs() < 1e-9);
    }
    #[test]
    fn a_timepoint_that_was_not_assessed_is_no_success() {
        assert_eq!(errors_percent(&timepoints(&[10., 20.]), &timepoints(&[10.])), None);
    }
    #[test]
    fn volumes_too_small_to_compare_are_no_success() {
        let small = json!({ "timepoints": [{ "study": "0", "spacing_mm": [1., 1., 1.],
            "volumes_cm3": { "wt": 0.5, "tc": 0.2, "et": 0.1 } }] });
        assert_eq!(errors_percent(&small, &small), None);
    }
    #[test]
    fn what_the_pacs_does_not_list_is_not_delivered() {
        let delivery = json!({ "kind": "SEG", "state": "delivered" });
        let job = json!({ "id": 1, "state": "completed", "deliveries": [delivery],
                          "assessment": timepoints(&[10.]) });
        let outcome = Outcome::of(&timepoints(&[10.]), &[job], &BTreeMap::new());
        assert!(outcome.verdict().is_err());
    }
}
