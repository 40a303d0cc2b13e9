//! Pairs of images with known motion, read from the shared data.

use interval_core::geometry::{Lps, Ras, Transform};
use interval_core::volume::{Mask, Volume};
use interval_imaging::nifti;
use interval_imaging::register::Contrast;
use std::error::Error;
use std::path::{Path, PathBuf};

/// A pair with its truth.
pub(crate) struct Pair {
    pub fixed: Volume<f32>,
    pub moving: Volume<f32>,
    /// Where the error is measured, on the fixed grid.
    pub brain: Mask,
    pub truth: Transform<Lps, Lps>,
    pub contrast: Contrast,
}

/// Distance between where a map and the truth send the brain, in mm.
pub(crate) struct Apart {
    pub mean: f64,
    pub max: f64,
}

/// The folder of data that several checkouts share.
pub(crate) fn shared() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    std::env::var_os("INTERVAL_SHARED").map_or(beside, PathBuf::from)
}

impl Pair {
    /// A folder with `fixed`, `moving` and `fixed_brain`, or with `t0` and `t1`. A name that speaks
    /// of `t2` or `flair` means two contrasts.
    pub fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let image = |name: &str| -> Result<Volume<f32>, Box<dyn Error>> {
            Ok(nifti::read(&std::fs::read(folder.join(name).with_extension("nii.gz"))?)?)
        };
        let name = folder.to_string_lossy().to_lowercase();
        let two = name.contains("flair") || name.contains("t2");
        let contrast = if two { Contrast::Cross } else { Contrast::Same };
        let truth = truth(&std::fs::read_to_string(folder.join("truth.json"))?)?;
        if folder.join("t0").exists() {
            let fixed = image("t0/t1c")?;
            let brain = fixed.map(|v| *v > 0.);
            return Ok(Self { fixed, moving: image("t1/t1c")?, brain, truth, contrast });
        }
        let brain = image("fixed_brain")?.map(|v| *v > 0.);
        Ok(Self { fixed: image("fixed")?, moving: image("moving")?, brain, truth, contrast })
    }

    /// How far a map is from the truth.
    pub fn apart(&self, found: &Transform<Lps, Lps>) -> Apart {
        let grid = self.brain.grid();
        let (mut sum, mut max, mut n) = (0., 0_f64, 0.);
        for (offset, _) in self.brain.voxels().iter().enumerate().filter(|(_, inside)| **inside) {
            let at = grid.to_lps.apply_to(grid.index(offset).map(|n| n as f64));
            let (a, b) = (self.truth.apply_to(at), found.apply_to(at));
            let error = (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt();
            (sum, max, n) = (sum + error, max.max(error), n + 1.);
        }
        Apart { mean: sum / n, max }
    }
}

/// The motion in a truth file: the first twelve numbers after its name, RAS mm.
fn truth(text: &str) -> Result<Transform<Lps, Lps>, Box<dyn Error>> {
    let names = ["T_fixed_to_moving_RAS", "rigid_ras_baseline_to_followup"];
    let start = names.iter().find_map(|name| text.find(name)).ok_or("no motion in truth.json")?;
    let (_, matrix) = text[start..].split_once('[').ok_or("no matrix")?;
    let numbers: Vec<f64> = matrix
        .split(|c: char| c.is_whitespace() || "[],".contains(c))
        .filter_map(|word| word.parse().ok())
        .take(12)
        .collect();
    let [a, b, c, d, e, f, g, h, i, j, k, l] = numbers[..] else {
        return Err("a motion of fewer than twelve numbers".into());
    };
    Ok(Transform::<Ras, Ras>::new([[a, b, c, d], [e, f, g, h], [i, j, k, l]]).in_lps())
}
