//! Two real gliomas, door to door; with `INTERVAL_PROVE=1`.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use interval_core::lesion::Region;
use interval_core::role::SeriesRole;
use interval_core::volume::{Mask, Volume};
use interval_models::trust::{Admission, Keyring};
use interval_models::{Options, Segmentation, Stack, open};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FILES: [(SeriesRole, &str); 4] = [
    (SeriesRole::T1, "t1"),
    (SeriesRole::T1c, "t1c"),
    (SeriesRole::T2, "t2"),
    (SeriesRole::Flair, "flair"),
];

fn stack(dir: &Path) -> Stack {
    let channels: BTreeMap<_, _> = FILES
        .into_iter()
        .map(|(role, name)| (role, common::image(&dir.join(format!("{name}.nii.gz")))))
        .collect();
    let grid = *channels[&SeriesRole::T1].grid();
    let brain: Mask =
        Volume::from_fn(grid, |at| channels.values().any(|channel| channel.voxels()[at] != 0.));
    Stack { channels, brain }
}

/// The reference in our labels: BraTS wrote 1 core, 2 oedema, 4 enhancing.
fn reference(dir: &Path) -> Vec<u8> {
    let found = common::labels(&dir.join("seg.nii.gz"));
    found.voxels().iter().map(|&label| if label == 4 { 3 } else { label }).collect()
}

fn belongs(wanted: fn(Region) -> bool) -> impl Fn(u8) -> bool {
    move |label| Region::from_label(label).is_some_and(wanted)
}

fn report(name: &str, found: &Segmentation, reference: &[u8]) -> [f64; 3] {
    let found_labels = found.labels.voxels();
    let wanted: [fn(Region) -> bool; 3] =
        [Region::in_whole, Region::in_core, |region| region == Region::Enhancing];
    let scores =
        wanted.map(|wanted| common::dice(found_labels, reference, belongs(wanted)).unwrap_or(1.));
    println!(
        "{name}: WT {:.3} TC {:.3} ET {:.3}, {}",
        scores[0], scores[1], scores[2], found.provider
    );
    for dropped in &found.dropped {
        println!("  dropped {} cm3: {}", dropped.volume, dropped.why);
    }
    scores
}

#[track_caller]
fn check(package: &Path, case: &str, at_least: [f64; 3]) {
    let dir = common::shared(&format!("data/tcga_brats_space/{case}"));
    let (Some(dir), Some(runtime)) = (dir, common::runtime()) else { return };
    let package = open(package, Admission::AnyUnaltered(&Keyring::nobody())).unwrap();
    let (stack, reference) = (stack(&dir), reference(&dir));
    let found = package.segment(&runtime, &stack, Options::default()).unwrap();
    let scores = report(&format!("{} on {case}", package.name().name), &found, &reference);
    for (score, least) in scores.iter().zip(at_least) {
        // Three decimals are what the card states.
        assert!((score * 1000.).round() / 1000. >= least, "{score} is below {least}");
    }
}

fn default_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("default")
}

#[test]
fn the_default_model_reaches_the_figures_of_its_card() {
    if common::proving() {
        check(&default_model(), "TCGA-FG-6692", [0.818, 0.840, 0.800]);
        check(&default_model(), "TCGA-DU-7294", [0.894, 0.660, 0.]);
    }
}
#[test]
fn deepmedic_loses_its_false_components_and_keeps_the_tumour() {
    if let Some(package) =
        common::proving().then(|| common::shared("models/captk_deepmedic")).flatten()
    {
        check(&package, "TCGA-FG-6692", [0.85, 0.80, 0.80]);
        check(&package, "TCGA-DU-7294", [0.90, 0., 0.]);
    }
}
