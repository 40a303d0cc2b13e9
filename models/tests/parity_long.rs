//! The same voxels as nnunetv2 2.8.1, on the two large stored cases; with `INTERVAL_PROVE=1`.

mod common;
#[path = "common/parity.rs"]
mod parity;

use interval_models::window::Accumulation;
use parity::{Parity, check, check_prepared};

const RESAMPLED: Parity = Parity {
    name: "resample_regions",
    model: "model_regions",
    images: "case_resample",
    folds: &[0],
    mirror_axes: &[],
};
const ENSEMBLE: Parity = Parity {
    name: "iso_regions_5fold_like",
    model: "model_regions",
    images: "case_iso",
    folds: &[0, 1],
    mirror_axes: &[],
};

#[test]
fn resampled_images_give_the_voxels_of_nnunet() {
    if common::proving() {
        check_prepared(&RESAMPLED);
        check(&RESAMPLED, Accumulation::F16);
        check(&RESAMPLED, Accumulation::F32);
    }
}
#[test]
fn two_folds_give_the_voxels_of_nnunet() {
    if common::proving() {
        check_prepared(&ENSEMBLE);
        check(&ENSEMBLE, Accumulation::F16);
        check(&ENSEMBLE, Accumulation::F32);
    }
}
