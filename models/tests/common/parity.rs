//! The comparison with stored output of nnunetv2 2.8.1.
#![allow(clippy::unwrap_used, reason = "test support")]

use crate::common::{self, case, labels, runtime, shared};
use interval_models::nnunet::prepare;
use interval_models::plain::{self, PlainOptions};
use interval_models::registry::Recipe;
use interval_models::window::Accumulation;
use std::fs;
use std::path::Path;

/// One stored case.
pub struct Parity {
    /// Name of the expectation.
    pub name: &'static str,
    /// Folder of the model.
    pub model: &'static str,
    /// Folder of the images.
    pub images: &'static str,
    /// Which folds.
    pub folds: &'static [usize],
    /// Which axes are mirrored.
    pub mirror_axes: &'static [usize],
}

/// Compares one case. Half precision sums must give the same voxels but for one in ten thousand;
/// single precision sums are allowed ten times that, since the stored ones were rounded.
#[track_caller]
pub fn check(case_: &Parity, accumulation: Accumulation) {
    let (Some(kit), Some(runtime)) = (shared("imaging/nnunet"), runtime()) else { return };
    let model = common::model(&kit.join(case_.model));
    let options = PlainOptions {
        folds: case_.folds.to_vec(),
        mirror_axes: case_.mirror_axes.to_vec(),
        accumulation,
    };
    let channels = case(&kit.join(case_.images), 4);
    let found = plain::predict(&model, &runtime, channels, &options).unwrap();
    let expected = labels(&kit.join(format!("expect_{}/expected.nii.gz", case_.name)));
    let (found, expected) = (found.labels.voxels(), expected.voxels());
    let foreground = expected.iter().filter(|label| **label != 0).count();
    let different = found.iter().zip(expected).filter(|(a, b)| a != b).count();
    let (share_max, dice_min) = match accumulation {
        Accumulation::F16 => (1e-4, 0.9999),
        Accumulation::F32 => (1e-3, 0.999),
    };
    println!("{}: {different} of {foreground} foreground voxels differ", case_.name);
    assert!(different as f64 <= share_max * foreground as f64);
    for label in 1..=3 {
        if let Some(dice) = common::dice(found, expected, |found| found == label) {
            println!("  label {label}: Dice {dice:.6}");
            assert!(dice >= dice_min);
        }
    }
}

/// Compares the prepared image with every eighth voxel of nnU-Net's.
#[track_caller]
pub fn check_prepared(case_: &Parity) {
    let Some(kit) = shared("imaging/nnunet") else { return };
    let model = common::model(&kit.join(case_.model));
    let Recipe::NnUnet(both) = model.recipe() else { panic!("not an nnU-Net package") };
    let volumes = case(&kit.join(case_.images), 4);
    let [i, j, k] = volumes[0].grid().spacing_mm();
    let blocks = volumes.into_iter().map(|volume| {
        let [i, j, k] = volume.grid().shape;
        interval_models::block::Block { shape: [k, j, i], values: volume.into_voxels() }
    });
    let prepared = prepare::prepare(blocks.collect(), [k, j, i], &both.0).unwrap();
    let (shape, stored) = numpy(&kit.join(format!("expect_{}/pre_data_sample.npy", case_.name)));
    let mut found = Vec::new();
    for channel in &prepared.channels {
        let [nz, ny, nx] = channel.shape;
        assert_eq!(shape[1..], [nz, ny, nx].map(|n| n.div_ceil(8)));
        for z in (0..nz).step_by(8) {
            for y in (0..ny).step_by(8) {
                found.extend((0..nx).step_by(8).map(|x| channel.values[(z * ny + y) * nx + x]));
            }
        }
    }
    assert_eq!(found.len(), stored.len());
    let far = found.iter().zip(&stored).map(|(a, b)| (a - b).abs()).fold(0., f32::max);
    println!("{}: prepared values differ by at most {far:e}", case_.name);
    // numpy adds in single precision: mean and deviation are off by some 1e-6 of themselves.
    assert!(far < 2e-5);
}

/// Shape and values of a little-endian single precision array as numpy writes it.
fn numpy(path: &Path) -> (Vec<usize>, Vec<f32>) {
    let bytes = fs::read(path).unwrap();
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let text = String::from_utf8_lossy(&bytes[10..header]).into_owned();
    assert!(text.contains("'<f4'") && text.contains("'fortran_order': False"), "{text}");
    let shape = text.split_once("'shape': (").unwrap().1.split_once(')').unwrap().0;
    let shape = shape.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let values = bytes[header..].as_chunks().0.iter().map(|b| f32::from_le_bytes(*b));
    (shape, values.collect())
}
