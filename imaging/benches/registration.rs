//! Accuracy and cost of registration on pairs with known motion: one JSON line for each.
//!
//! Pairs are folders of the shared data: those of the imaging kit (`fixed`, `moving`,
//! `fixed_brain`) and those made of a real tumour case (`t0`, `t1`). Other folders can be named:
//! `cargo bench -p interval-imaging -- FOLDER...`; a folder whose name speaks of `t2` or `flair`
//! holds two contrasts. Cost is CPU seconds of all threads, since wall time depends on what else
//! the machine does.

use interval_core::geometry::{Lps, Ras, Transform};
use interval_core::volume::{Mask, Volume};
use interval_imaging::nifti;
use interval_imaging::register::{Contrast, Registration, Rigid, rigid};
use std::error::Error;
use std::path::{Path, PathBuf};

/// A pair with its truth.
struct Pair {
    fixed: Volume<f32>,
    moving: Volume<f32>,
    brain: Mask,
    truth: Transform<Lps, Lps>,
    contrast: Contrast,
}

fn main() -> Result<(), Box<dyn Error>> {
    let named = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let mut folders: Vec<PathBuf> = named.map(PathBuf::from).collect();
    if folders.is_empty() {
        folders = shared_pairs();
    }
    if folders.is_empty() {
        println!("no pairs: set INTERVAL_SHARED, or name folders");
    }
    for folder in folders {
        let before = cpu_s()?;
        let pair = read(&folder)?;
        let read = cpu_s()?;
        let found = rigid(&pair.fixed, &pair.moving, &Rigid::of(pair.contrast))?;
        let cost = [read - before, cpu_s()? - read];
        println!("{}", line(&folder, &pair, &found, cost));
    }
    Ok(())
}

/// The pairs that lie beside the workspace.
fn shared_pairs() -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = std::env::var_os("INTERVAL_SHARED").map_or(beside, PathBuf::from);
    let mut pairs: Vec<PathBuf> = ["imaging/pairs", "data/pairs"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(shared.join(folder)).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.join("truth.json").exists())
        .collect();
    pairs.sort();
    pairs
}

fn read(folder: &Path) -> Result<Pair, Box<dyn Error>> {
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
        return Ok(Pair { fixed, moving: image("t1/t1c")?, brain, truth, contrast });
    }
    let brain = image("fixed_brain")?.map(|v| *v > 0.);
    Ok(Pair { fixed: image("fixed")?, moving: image("moving")?, brain, truth, contrast })
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
    if numbers.len() < 12 {
        return Err("a motion of fewer than twelve numbers".into());
    }
    let row =
        |r: usize| [numbers[4 * r], numbers[4 * r + 1], numbers[4 * r + 2], numbers[4 * r + 3]];
    Ok(Transform::<Ras, Ras>::new([row(0), row(1), row(2)]).in_lps())
}

/// Error over the brain and cost, as JSON.
fn line(folder: &Path, pair: &Pair, found: &Registration, [read, register]: [f64; 2]) -> String {
    let grid = pair.brain.grid();
    let (mut sum, mut max, mut n) = (0., 0_f64, 0.);
    for (offset, _) in pair.brain.voxels().iter().enumerate().filter(|(_, inside)| **inside) {
        let at = grid.to_lps.apply_to(grid.index(offset).map(|n| n as f64));
        let (a, b) = (pair.truth.apply_to(at), found.fixed_to_moving.apply_to(at));
        let error = (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt();
        (sum, max, n) = (sum + error, max.max(error), n + 1.);
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    format!(
        "{{\"pair\":\"{name}\",\"tre_mean_mm\":{:.4},\"tre_max_mm\":{max:.4},\"read_cpu_s\":{read:.2},\
         \"register_cpu_s\":{register:.2},\"iterations\":{},\"passed\":{},\"why\":\"{}\"}}",
        sum / n,
        found.iterations,
        found.gate.passed(),
        found.gate.why()
    )
}

/// CPU seconds of this process so far, user and system, from the kernel's clock of 100 ticks a
/// second.
fn cpu_s() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no process name")?;
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(2).filter_map(|word| word.parse().ok()).collect();
    Ok(ticks.iter().sum::<f64>() / 100.)
}
