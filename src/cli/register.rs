//! `interval register`: one image onto another.

use super::{Ended, Failure, fail, read_file, write_file, write_json};
use crate::usage;
use clap::{Args, ValueEnum};
use interval_core::fault::Fault;
use interval_imaging::register::{Contrast, Rigid, gate, rigid};
use interval_imaging::{nifti, resample};
use serde::Serialize;
use std::path::PathBuf;

/// Register two NIfTI images of one head rigidly.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval register baseline.nii.gz followup.nii.gz \
                        --resampled moved.nii.gz --json -")]
pub struct Register {
    /// The image that stays.
    fixed: PathBuf,
    /// The image that is brought onto it.
    moving: PathBuf,
    /// Write the moving image on the grid of the fixed one here.
    #[arg(long)]
    resampled: Option<PathBuf>,
    /// Whether both images show the same contrast.
    #[arg(long, value_enum, default_value_t = ContrastArgument::Auto)]
    contrast: ContrastArgument,
    /// Write the result for machines here; `-` is standard output.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ContrastArgument {
    /// Try both, keep the better one.
    Auto,
    /// Two images of one sequence.
    Same,
    /// Images of different sequences.
    Cross,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Registered {
    /// 4x4, fixed world point to moving world point, RAS mm.
    fixed_to_moving_ras: [[f64; 4]; 4],
    /// Which metric was used.
    contrast: &'static str,
    /// Normalised mutual information at the end.
    metric: f64,
    /// Whether the quality gate was passed.
    gate_passed: bool,
    /// The gate's figures.
    gate: String,
    cpu_s: f64,
    peak_rss_mb: f64,
}

impl Register {
    pub(super) fn run(self) -> Ended {
        let read = |path: &PathBuf| {
            nifti::read(&read_file(path)?)
                .map_err(|e| Failure::refused(format!("{}: {e}", path.display())))
        };
        let (fixed, moving) = (read(&self.fixed)?, read(&self.moving)?);
        let contrasts: &[Contrast] = match self.contrast {
            ContrastArgument::Auto => &[Contrast::Same, Contrast::Cross],
            ContrastArgument::Same => &[Contrast::Same],
            ContrastArgument::Cross => &[Contrast::Cross],
        };
        let mut best = None;
        for contrast in contrasts {
            let how = Rigid::of(*contrast);
            let Ok(found) = rigid(&fixed, &moving, &how) else { continue };
            let judged = found.gate.clone();
            let better = |other: &(_, _, gate::Gate)| {
                (judged.passed(), judged.nmi) > (other.2.passed(), other.2.nmi)
            };
            if best.as_ref().is_none_or(better) {
                best = Some((found, *contrast, judged));
            }
            if best.as_ref().is_some_and(|(_, _, judged)| judged.passed()) {
                break;
            }
        }
        let (found, contrast, judged) =
            best.ok_or_else(|| Failure::refused("the images could not be registered"))?;
        if let Some(path) = &self.resampled {
            let moved = resample::linear(&moving, fixed.grid(), &found.fixed_to_moving);
            write_file(path, &nifti::write(&moved).map_err(fail(Fault::Defect))?)?;
        }
        let [a, b, c] = found.fixed_to_moving.in_ras().rows;
        let registered = Registered {
            fixed_to_moving_ras: [a, b, c, [0., 0., 0., 1.]],
            contrast: if contrast == Contrast::Same { "same" } else { "cross" },
            metric: judged.nmi,
            gate_passed: judged.passed(),
            gate: judged.why(),
            cpu_s: usage::cpu().as_secs_f64(),
            peak_rss_mb: usage::peak_rss_kb() as f64 / 1024.,
        };
        if self.json.is_none() {
            println!("{}", registered.gate);
        }
        write_json(self.json.as_deref(), &registered)
    }
}
