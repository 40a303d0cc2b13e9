//! One image on the grid of another.
//!
//! Every function takes the map from the space of the wanted grid into the space of the image
//! (fixed to moving: the direction in which resampling pulls). A voxel whose centre falls outside
//! the outer faces of the image is 0. Each output voxel is computed alone, so the result does not
//! depend on the number of threads.

mod labels;
mod reorient;

pub use labels::labels;
pub use reorient::Reorientation;

use interval_core::geometry::{Grid, Lps, Transform, Voxel};
use interval_core::volume::Volume;
use rayon::prelude::*;

/// Trilinear interpolation: never outside the range of its eight neighbours.
pub fn linear(
    moving: &Volume<f32>,
    onto: &Grid,
    fixed_to_moving: &Transform<Lps, Lps>,
) -> Volume<f32> {
    each(moving, onto, fixed_to_moving, |at| linear_at(moving, at))
}

/// The value of the nearest voxel: for what cannot be averaged.
pub fn nearest<T: Copy + Default + Send + Sync>(
    moving: &Volume<T>,
    onto: &Grid,
    fixed_to_moving: &Transform<Lps, Lps>,
) -> Volume<T> {
    let shape = moving.grid().shape;
    each(moving, onto, fixed_to_moving, |at| {
        let index = [0, 1, 2].map(|a| clamped((at[a] + 0.5).floor() as i64, shape[a]));
        moving.at(index)
    })
}

/// Fills the grid with a function of the continuous index in the image, for the voxels inside it.
fn each<S, T: Copy + Default + Send + Sync>(
    moving: &Volume<S>,
    onto: &Grid,
    fixed_to_moving: &Transform<Lps, Lps>,
    value: impl Fn([f64; 3]) -> T + Sync,
) -> Volume<T> {
    let mut out = Volume::filled(*onto, T::default());
    let Some(to_index) = to_index(moving.grid(), onto, fixed_to_moving) else {
        return out;
    };
    let [ni, nj, _] = onto.shape;
    let shape = moving.grid().shape;
    out.voxels_mut().par_chunks_mut((ni * nj).max(1)).enumerate().for_each(|(k, slice)| {
        for (offset, cell) in slice.iter_mut().enumerate() {
            let at = to_index.apply_to([(offset % ni) as f64, (offset / ni) as f64, k as f64]);
            if inside(at, shape) {
                *cell = value(at);
            }
        }
    });
    out
}

/// From the voxels of the wanted grid to those of the image; nothing for an image without voxels.
fn to_index(
    moving: &Grid,
    onto: &Grid,
    fixed_to_moving: &Transform<Lps, Lps>,
) -> Option<Transform<Voxel, Voxel>> {
    if moving.is_empty() || onto.is_empty() {
        return None;
    }
    Some(onto.to_lps.then(fixed_to_moving).then(&moving.to_lps.inverse()?))
}

/// How far beyond the outer faces of an image a point still counts as inside, in voxels: rounding
/// of the maps between, far below anything visible.
const FACE_SLACK: f64 = 1e-6;

/// Whether a continuous index is within the outer faces of the voxels.
fn inside(at: [f64; 3], shape: [usize; 3]) -> bool {
    (0..3).all(|a| at[a] >= -0.5 - FACE_SLACK && at[a] <= shape[a] as f64 - 0.5 + FACE_SLACK)
}

/// An index moved to the nearest one that exists.
fn clamped(index: i64, length: usize) -> usize {
    index.clamp(0, length as i64 - 1) as usize
}

/// The lower neighbour and the way towards the upper one, along one axis.
fn split(at: f64) -> (i64, f32) {
    let floor = at.floor();
    (floor as i64, (at - floor) as f32)
}

/// Trilinear value at a continuous index inside the image.
pub(crate) fn linear_at(image: &Volume<f32>, at: [f64; 3]) -> f32 {
    let shape = image.grid().shape;
    let [(i, u), (j, v), (k, w)] = at.map(split);
    let (i0, i1) = (clamped(i, shape[0]), clamped(i + 1, shape[0]));
    let along = |j: i64, k: i64| {
        let row = shape[0] * (clamped(j, shape[1]) + shape[1] * clamped(k, shape[2]));
        let (a, b) = (image.voxels()[row + i0], image.voxels()[row + i1]);
        a + u * (b - a)
    };
    let lower = along(j, k) + v * (along(j + 1, k) - along(j, k));
    let upper = along(j, k + 1) + v * (along(j + 1, k + 1) - along(j, k + 1));
    lower + w * (upper - lower)
}

#[cfg(test)]
mod tests;
