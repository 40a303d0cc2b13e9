//! Smoothing and decimation in one pass along each axis.

use rayon::prelude::*;

/// Standard deviations after which a Gaussian is cut off.
const REACH: f64 = 3.;

/// How one axis shrinks: output voxel `o` is centred on input voxel `o * factor` and gathers its
/// neighbours with a Gaussian.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shrink {
    /// Input voxels for one output voxel, 1 or more.
    pub factor: f64,
    /// Standard deviation in input voxels.
    pub sigma: f64,
}

impl Shrink {
    /// Whether the axis stays as it is.
    fn is_nothing(self) -> bool {
        self.factor < 1.01 && self.sigma < 0.05
    }

    /// Voxels after shrinking an axis of this length.
    pub fn length(self, length: usize) -> usize {
        if self.factor < 1.01 { length } else { ((length as f64 - 1.) / self.factor) as usize + 1 }
    }

    /// For each output voxel the first input voxel and the weights from there on.
    fn taps(self, length: usize) -> Vec<(usize, Vec<f32>)> {
        let factor = if self.factor < 1.01 { 1. } else { self.factor };
        // a narrow Gaussian between two voxels must still reach both: never less than linear
        let reach = (REACH * self.sigma).max(1.);
        let weight = |d: f64| {
            if self.sigma < 0.3 {
                (1. - d.abs()).max(0.)
            } else {
                (-0.5 * (d / self.sigma).powi(2)).exp()
            }
        };
        (0..self.length(length))
            .map(|o| {
                let centre = o as f64 * factor;
                let first = (centre - reach).ceil().max(0.) as usize;
                let last = ((centre + reach).floor() as usize).min(length - 1);
                let raw: Vec<f64> = (first..=last).map(|i| weight(i as f64 - centre)).collect();
                let sum: f64 = raw.iter().sum();
                (first, raw.iter().map(|w| (w / sum) as f32).collect())
            })
            .collect()
    }
}

/// The image shrunk along its three axes, with its new shape.
pub(super) fn shrink(
    image: Vec<f32>,
    shape: [usize; 3],
    how: [Shrink; 3],
) -> (Vec<f32>, [usize; 3]) {
    let (mut image, mut shape) = (image, shape);
    for (axis, how) in how.into_iter().enumerate() {
        if !how.is_nothing() {
            (image, shape) = along(&image, shape, axis, how);
        }
    }
    (image, shape)
}

/// One axis.
fn along(image: &[f32], shape: [usize; 3], axis: usize, how: Shrink) -> (Vec<f32>, [usize; 3]) {
    let taps = how.taps(shape[axis]);
    let mut out_shape = shape;
    out_shape[axis] = taps.len();
    let mut out = vec![0.; out_shape.iter().product()];
    let [ni, nj, _] = shape;
    let plane = ni * nj;
    let out_plane = (out_shape[0] * out_shape[1]).max(1);
    out.par_chunks_mut(out_plane).enumerate().for_each(|(k, slice)| match axis {
        0 => {
            let source = &image[k * plane..(k + 1) * plane];
            for (row, out) in source.chunks_exact(ni).zip(slice.chunks_exact_mut(taps.len())) {
                for ((first, weights), cell) in taps.iter().zip(out) {
                    *cell = weights.iter().zip(&row[*first..]).map(|(w, v)| w * v).sum();
                }
            }
        }
        1 => {
            let source = &image[k * plane..(k + 1) * plane];
            for ((first, weights), out) in taps.iter().zip(slice.chunks_exact_mut(ni)) {
                for (w, row) in weights.iter().zip(source[first * ni..].chunks_exact(ni)) {
                    add(out, row, *w);
                }
            }
        }
        _ => {
            let (first, weights) = &taps[k];
            for (w, source) in weights.iter().zip(image[first * plane..].chunks_exact(plane)) {
                add(slice, source, *w);
            }
        }
    });
    (out, out_shape)
}

/// `sum += weight * values`.
fn add(sum: &mut [f32], values: &[f32], weight: f32) {
    for (cell, value) in sum.iter_mut().zip(values) {
        *cell += weight * value;
    }
}
