//! Accuracy and cost of registration on pairs with known motion: one JSON line for each.

use interval_core::geometry::{Lps, Ras, Transform};
use interval_imaging::nifti;
use interval_imaging::register::{Contrast, Rigid, rigid};

fn main() {
    for folder in std::env::args().skip(1).filter(|a| !a.starts_with("--")) {
        let load = |name: &str| std::fs::read(format!("{folder}/{name}.nii.gz")).unwrap();
        let t0 = cpu();
        let fixed = nifti::read(&load("fixed")).unwrap();
        let moving = nifti::read(&load("moving")).unwrap();
        let t1 = cpu();
        let brain = nifti::read_labels(&load("fixed_brain")).unwrap();
        let text = std::fs::read_to_string(format!("{folder}/truth.json")).unwrap();
        let contrast = if folder.contains("flair") || folder.contains("t2") { Contrast::Cross } else { Contrast::Same };
        let t2 = cpu();
        let found = rigid(&fixed, &moving, &Rigid::of(contrast)).unwrap();
        let t3 = cpu();
        let start = text.find("T_fixed_to_moving_RAS").unwrap();
        let numbers: Vec<f64> = text[start + 22..].split(|c: char| !(c.is_ascii_digit() || "+-.e".contains(c))).filter_map(|w| w.parse().ok()).take(12).collect();
        let truth = Transform::<Ras, Ras>::new([0, 1, 2].map(|r| [0, 1, 2, 3].map(|c| numbers[4 * r + c]))).in_lps();
        let (mut sum, mut max, mut n) = (0., 0_f64, 0.);
        for (offset, label) in brain.voxels().iter().enumerate() {
            if *label > 0 {
                let at = brain.grid().to_lps.apply_to(brain.grid().index(offset).map(|x| x as f64));
                let (a, b) = (truth.apply_to(at), found.fixed_to_moving.apply_to(at));
                let d = (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt();
                sum += d; max = max.max(d); n += 1.;
            }
        }
        let _: Transform<Lps, Lps> = truth;
        println!("{{\"pair\":\"{}\",\"tre_mean\":{:.4},\"tre_max\":{:.4},\"read_cpu\":{:.2},\"cpu\":{:.2},\"iterations\":{},\"gate\":\"{}\"}}", folder.rsplit('/').next().unwrap(), sum / n, max, t1 - t0, t3 - t2, found.iterations, found.gate.why());
    }
}
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.
}
