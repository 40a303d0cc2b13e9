//! The sliding window: a large image through a network that takes small ones.

use crate::block::Block;
use half::f16;
use half::slice::HalfFloatSliceExt;

/// How the sums over overlapping windows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Accumulation {
    /// In half precision, each addition rounded: voxel for voxel what nnU-Net gives.
    F16,
    /// In single precision: the better numbers.
    #[default]
    F32,
}

impl Accumulation {
    /// Rounds values to the precision of the sums.
    pub fn round(self, values: &mut [f32]) {
        /// Values converted at once.
        const PIECE: usize = 512;
        if self == Accumulation::F16 {
            let mut halves = [f16::ZERO; PIECE];
            for piece in values.chunks_mut(PIECE) {
                let halves = &mut halves[..piece.len()];
                halves.convert_from_f32_slice(piece);
                halves.convert_to_f32_slice(piece);
            }
        }
    }
}

/// Share of the patch by which the window moves at most (nnU-Net, `tile_step_size`).
const STEP: f64 = 0.5;
/// Standard deviation of the importance map, as a share of the patch (nnU-Net, `sigma_scale`).
const SIGMA_SHARE: f64 = 1. / 8.;
/// Standard deviations after which the Gaussian is cut (scipy, `truncate`).
const TRUNCATE: f64 = 4.;
/// Largest weight of the importance map (nnU-Net, `value_scaling_factor`).
const WEIGHT_MAX: f64 = 10.;

/// First indices of the windows along one axis; the last window ends with the image.
pub fn starts(image: usize, patch: usize) -> Vec<usize> {
    let room = image.saturating_sub(patch) as f64;
    let count = (room / (patch as f64 * STEP)).ceil() as usize + 1;
    if count == 1 {
        return vec![0];
    }
    let step = room / (count - 1) as f64;
    (0..count).map(|i| (i as f64 * step).round_ties_even() as usize).collect()
}

/// How much a window's answer counts at each of its voxels: a Gaussian about the voxel
/// `patch / 2`, in half precision, where zeros take the smallest other weight.
pub fn importance(patch: [usize; 3]) -> Block<f32> {
    let [kz, ky, kx] = patch.map(|n| {
        let sigma = n as f64 * SIGMA_SHARE;
        let radius = (TRUNCATE * sigma + 0.5) as isize;
        let bell = |d: isize| (-0.5 * (d * d) as f64 / (sigma * sigma)).exp();
        let sum: f64 = (-radius..=radius).map(bell).sum();
        let at = |i: usize| i as isize - (n / 2) as isize;
        let weight = |d: isize| if d.abs() <= radius { bell(d) / sum } else { 0. };
        (0..n).map(|i| weight(at(i))).collect::<Vec<f64>>()
    });
    let scale = kz[patch[0] / 2] * ky[patch[1] / 2] * kx[patch[2] / 2] / WEIGHT_MAX;
    let mut values = Vec::with_capacity(patch.iter().product());
    for z in &kz {
        for y in &ky {
            values.extend(kx.iter().map(|x| f16::from_f64(z * y * x / scale).to_f32()));
        }
    }
    let least = values.iter().copied().filter(|&w| w > 0.).fold(f32::INFINITY, f32::min);
    values.iter_mut().filter(|w| **w == 0.).for_each(|w| *w = least);
    Block { shape: patch, values }
}

/// Runs `network` over all windows of an image and blends its answers.
///
/// `network` takes one window (channel by channel) and gives one (output by output). An image
/// smaller than the patch is padded with zeros on both sides.
pub fn slide<E>(
    channels: &[Block<f32>],
    patch: [usize; 3],
    accumulation: Accumulation,
    mut network: impl FnMut(&[f32]) -> Result<Vec<f32>, E>,
) -> Result<Vec<Block<f32>>, E> {
    let shape = channels.first().map_or([0; 3], |c| c.shape);
    let padded = [0, 1, 2].map(|a| shape[a].max(patch[a]));
    let before = [0, 1, 2].map(|a| (padded[a] - shape[a]) / 2);
    let [zs, ys, xs] = [0, 1, 2].map(|a| starts(padded[a], patch[a]));
    let mut sums = Sums::new(shape, patch, accumulation);
    let mut window = Vec::new();
    for &z in &zs {
        for &y in &ys {
            for &x in &xs {
                // The corner in the coordinates of the image; negative inside the padding.
                let corner = [z, y, x].map(|s| s as isize);
                let corner = [0, 1, 2].map(|a| corner[a] - before[a] as isize);
                window.clear();
                for channel in channels {
                    read_window(channel, corner, patch, &mut window);
                }
                sums.add(&network(&window)?, corner);
            }
        }
    }
    Ok(sums.mean())
}

/// Appends the part of a channel under a window, zeros outside.
pub fn read_window(
    channel: &Block<f32>,
    corner: [isize; 3],
    patch: [usize; 3],
    window: &mut Vec<f32>,
) {
    let rows = Overlap::new(channel.shape, corner, patch);
    let start = window.len();
    window.resize(start + patch.iter().product::<usize>(), 0.);
    rows.each(|image, patch| {
        let target = start + patch.start..start + patch.end;
        window[target].copy_from_slice(&channel.values[image]);
    });
}

/// The rows in which a window and an image overlap.
struct Overlap {
    shape: [usize; 3],
    corner: [isize; 3],
    patch: [usize; 3],
}

impl Overlap {
    fn new(shape: [usize; 3], corner: [isize; 3], patch: [usize; 3]) -> Self {
        Self { shape, corner, patch }
    }

    /// Calls `visit` with the range of each row in the image and in the window.
    fn each(&self, mut visit: impl FnMut(std::ops::Range<usize>, std::ops::Range<usize>)) {
        let inside = [0, 1, 2].map(|a| {
            let low = (-self.corner[a]).clamp(0, self.patch[a] as isize);
            let high = (self.shape[a] as isize - self.corner[a]).clamp(low, self.patch[a] as isize);
            low as usize..high as usize
        });
        let in_image = |a: usize, index: usize| (self.corner[a] + index as isize) as usize;
        let width = inside[2].len();
        if width == 0 {
            return;
        }
        for z in inside[0].clone() {
            for y in inside[1].clone() {
                let row = in_image(0, z) * self.shape[1] + in_image(1, y);
                let image = row * self.shape[2] + in_image(2, inside[2].start);
                let window = (z * self.patch[1] + y) * self.patch[2] + inside[2].start;
                visit(image..image + width, window..window + width);
            }
        }
    }
}

/// Weighted sums of the answers, and of the weights.
struct Sums {
    shape: [usize; 3],
    patch: [usize; 3],
    accumulation: Accumulation,
    importance: Block<f32>,
    answers: Vec<Block<f32>>,
    weights: Block<f32>,
}

impl Sums {
    fn new(shape: [usize; 3], patch: [usize; 3], accumulation: Accumulation) -> Self {
        Self {
            shape,
            patch,
            accumulation,
            importance: importance(patch),
            answers: Vec::new(),
            weights: Block::filled(shape, 0.),
        }
    }

    fn add(&mut self, answer: &[f32], corner: [isize; 3]) {
        let size: usize = self.patch.iter().product();
        self.answers.resize_with(answer.len() / size, || Block::filled(self.shape, 0.));
        let Self { accumulation, importance, answers, weights, .. } = self;
        Overlap::new(self.shape, corner, self.patch).each(|image, window| {
            for (head, sum) in answers.iter_mut().enumerate() {
                let sum = &mut sum.values[image.clone()];
                let answer = &answer[head * size..][window.clone()];
                for ((sum, answer), weight) in
                    sum.iter_mut().zip(answer).zip(&importance.values[window.clone()])
                {
                    *sum += answer * weight;
                }
                accumulation.round(sum);
            }
            let sum = &mut weights.values[image];
            for (sum, weight) in sum.iter_mut().zip(&importance.values[window]) {
                *sum += weight;
            }
            accumulation.round(sum);
        });
    }

    fn mean(self) -> Vec<Block<f32>> {
        let mut answers = self.answers;
        for answer in &mut answers {
            for (sum, weight) in answer.values.iter_mut().zip(&self.weights.values) {
                *sum /= weight;
            }
            self.accumulation.round(&mut answer.values);
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn windows_overlap_by_half_and_end_with_the_image() {
        let cases: [(usize, usize, &[usize]); 5] = [
            (64, 64, &[0]),
            (30, 64, &[0]),
            (65, 64, &[0, 1]),
            (128, 64, &[0, 32, 64]),
            // 73 left to go in 3 steps of 24.33: 24 and 49.
            (137, 64, &[0, 24, 49, 73]),
        ];
        for (image, patch, wanted) in cases {
            assert_eq!(starts(image, patch), wanted, "{image} by {patch}");
        }
    }
    #[test]
    fn half_a_voxel_is_rounded_to_the_even_one() {
        // 5 left to go in 2 steps of 2.5: the middle window starts at 2, not 3.
        assert_eq!(starts(13, 8), [0, 2, 5]);
    }
    #[test]
    fn the_importance_is_ten_in_the_middle_and_never_zero() {
        let map = importance([16, 16, 64]);
        let at = |z: usize, y: usize, x: usize| map.values[(z * 16 + y) * 64 + x];
        assert_eq!(at(8, 8, 32), 10.);
        // exp(-0.5 (4 / 2)^2) = 0.1353 of the maximum; half precision keeps 3 decimals.
        assert!((at(4, 8, 32) - 1.353).abs() < 1e-3);
        // A corner is exp(-24) of the maximum, which half precision has no number for.
        assert_eq!(at(0, 0, 0), f16::MIN_POSITIVE_SUBNORMAL.to_f32());
        assert!(map.values.iter().all(|&w| w > 0.));
    }
    #[test]
    fn a_network_that_changes_nothing_gives_the_image_back() {
        let image = Block { shape: [9, 20, 13], values: (0..2340).map(|v| v as f32).collect() };
        let mut passes = 0;
        let found = slide(std::slice::from_ref(&image), [8, 8, 16], Accumulation::F32, |window| {
            passes += 1;
            Ok::<_, Infallible>(window.to_vec())
        });
        let Ok(found) = found;
        assert_eq!(passes, 2 * 4);
        assert_eq!(found[0].shape, image.shape);
        // Weighted means of equal numbers: single precision rounding of values up to 2340.
        let far = found[0].values.iter().zip(&image.values).map(|(a, b)| (a - b).abs());
        assert!(far.fold(0., f32::max) < 2e-3);
    }
    #[test]
    fn an_image_smaller_than_the_patch_lies_in_its_middle() {
        let image = Block { shape: [1, 1, 2], values: vec![1., 2.] };
        let mut seen = Vec::new();
        let _ = slide(&[image], [1, 1, 5], Accumulation::F32, |window| {
            seen.push(window.to_vec());
            Ok::<_, Infallible>(window.to_vec())
        });
        assert_eq!(seen, [[0., 1., 2., 0., 0.]]);
    }
    #[test]
    fn half_precision_sums_are_rounded_after_each_addition() {
        let mut values = [2049., 0.1];
        Accumulation::F16.round(&mut values);
        assert_eq!(values, [2048., 0.099_975_586]);
        let mut values = [2049., 0.1];
        Accumulation::F32.round(&mut values);
        assert_eq!(values, [2049., 0.1]);
    }
}
