//! Accuracy and cost of registration on pairs with known motion: one JSON line for each.
//!
//! Without arguments, the pairs of the shared data; other folders can be named:
//! `cargo bench -p interval-imaging -- FOLDER...`. Cost is CPU seconds of all threads, since wall
//! time depends on what else the machine does.

#[path = "../tests/pairs/mod.rs"]
mod pairs;

use interval_imaging::register::{Rigid, rigid};
use pairs::{Pair, shared};
use std::error::Error;
use std::path::PathBuf;

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
        let pair = Pair::read(&folder)?;
        let read = cpu_s()?;
        let found = rigid(&pair.fixed, &pair.moving, &Rigid::of(pair.contrast))?;
        let done = cpu_s()?;
        let apart = pair.apart(&found.fixed_to_moving);
        println!(
            "{{\"pair\":\"{}\",\"tre_mean_mm\":{:.4},\"tre_max_mm\":{:.4},\"read_cpu_s\":{:.2},\
             \"register_cpu_s\":{:.2},\"iterations\":{},\"passed\":{},\"why\":\"{}\"}}",
            folder.file_name().unwrap_or_default().to_string_lossy(),
            apart.mean,
            apart.max,
            read - before,
            done - read,
            found.iterations,
            found.gate.passed(),
            found.gate.why()
        );
    }
    Ok(())
}

/// The pairs of the shared data.
fn shared_pairs() -> Vec<PathBuf> {
    let mut pairs: Vec<PathBuf> = ["imaging/pairs", "data/pairs"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(shared().join(folder)).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.join("truth.json").exists())
        .collect();
    pairs.sort();
    pairs
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
