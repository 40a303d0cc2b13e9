//! The same voxels as nnunetv2 2.8.1, on the two small stored cases.

mod common;
#[path = "common/parity.rs"]
mod parity;

use interval_models::window::Accumulation;
use parity::{Parity, check, check_prepared};

const THICK: Parity = Parity {
    name: "thick_tta",
    model: "model_regions",
    images: "case_thick_small",
    folds: &[0],
    mirror_axes: &[0, 1, 2],
};
const TRANSPOSED: Parity = Parity {
    name: "labels_transposed",
    model: "model_labels",
    images: "case_resample_small",
    folds: &[0],
    mirror_axes: &[],
};

#[test]
fn thick_slices_and_eight_mirrored_passes_give_the_voxels_of_nnunet() {
    check_prepared(&THICK);
    check(&THICK, Accumulation::F16);
}
#[test]
fn labels_on_transposed_axes_give_the_voxels_of_nnunet() {
    check_prepared(&TRANSPOSED);
    check(&TRANSPOSED, Accumulation::F16);
    check(&TRANSPOSED, Accumulation::F32);
}
