//! Exact Euclidean distance on grids whose axes have different steps.
//!
//! The lower envelope of parabolas, one axis after the other (Felzenszwalb and Huttenlocher,
//! "Distance transforms of sampled functions", Theory of Computing 8, 2012). Axes are taken to be
//! at right angles to each other; the shear of a tilted gantry is not followed.

use interval_core::volume::{Mask, Volume};
use rayon::prelude::*;

/// `nearest` of a voxel when there is nothing to be near to.
pub const NOWHERE: u32 = u32::MAX;

/// For each voxel of a box: how far the nearest seed is, and which one it is.
#[derive(Debug, Clone)]
pub struct Field {
    /// Squared distance between the centres, in squared units of the spacing; infinite without
    /// seeds.
    pub squared: Vec<f32>,
    /// Offset of the nearest seed; [`NOWHERE`] without seeds.
    pub nearest: Vec<u32>,
}

/// Distance in mm from each voxel centre to the nearest centre inside the mask; 0 inside,
/// infinite for an empty mask.
pub fn to_mask(mask: &Mask) -> Volume<f32> {
    let field = field(mask.grid().shape, mask.grid().spacing_mm(), |at| mask.voxels()[at]);
    Volume::from_fn(*mask.grid(), |at| field.squared[at].sqrt())
}

/// Signed distance to the outline in voxels (every axis counts as one step): negative inside. The
/// outline lies half way between the last centre inside and the first outside. The field is
/// smoothed over 3 x 3 x 3 voxels, which takes away most of the staircase of slanted surfaces.
pub fn signed_voxels(shape: [usize; 3], inside: &[bool]) -> Vec<f32> {
    let out = field(shape, [1.; 3], |at| inside[at]);
    let within = field(shape, [1.; 3], |at| !inside[at]);
    let mut signed: Vec<f32> = (0..inside.len())
        .map(|at| {
            if inside[at] { 0.5 - within.squared[at].sqrt() } else { out.squared[at].sqrt() - 0.5 }
        })
        .collect();
    for axis in 0..3 {
        average_along(shape, axis, 1, &mut signed);
    }
    signed
}

/// Replaces each value by the mean over itself and `reach` neighbours to each side along an axis;
/// beyond the ends the last value goes on.
pub fn average_along(shape: [usize; 3], axis: usize, reach: usize, values: &mut [f32]) {
    let stride: usize = shape[..axis].iter().product();
    let source = values.to_vec();
    let length = shape[axis];
    for (at, value) in values.iter_mut().enumerate() {
        let place = at / stride % length;
        let first = at - place * stride;
        let sum: f32 = (0..=2 * reach)
            .map(|n| source[first + (place + n).saturating_sub(reach).min(length - 1) * stride])
            .sum();
        *value = sum / (2 * reach + 1) as f32;
    }
}

/// Distance from every voxel of a box to the nearest seed.
///
/// The box may have at most `u32::MAX` voxels, far more than any head.
pub fn field(shape: [usize; 3], spacing: [f64; 3], seed: impl Fn(usize) -> bool) -> Field {
    let [ni, nj, nk] = shape;
    let len = ni * nj * nk;
    let mut squared: Vec<f32> =
        (0..len).map(|at| if seed(at) { 0. } else { f32::INFINITY }).collect();
    let mut nearest: Vec<u32> =
        (0..len).map(|at| if squared[at] == 0. { at as u32 } else { NOWHERE }).collect();
    let slab = (ni * nj).max(1);
    squared.par_chunks_mut(slab).zip(nearest.par_chunks_mut(slab)).for_each(
        |(squared, nearest)| {
            let mut line = Line::new(ni.max(nj));
            for j in 0..nj {
                line.run(
                    squared,
                    nearest,
                    Run { start: j * ni, stride: 1, len: ni, step: spacing[0] },
                );
            }
            for i in 0..ni {
                line.run(squared, nearest, Run { start: i, stride: ni, len: nj, step: spacing[1] });
            }
        },
    );
    if nk > 1 {
        let mut line = Line::new(nk);
        for start in 0..ni * nj {
            let run = Run { start, stride: ni * nj, len: nk, step: spacing[2] };
            line.run(&mut squared, &mut nearest, run);
        }
    }
    Field { squared, nearest }
}

/// One row of voxels in memory.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    stride: usize,
    len: usize,
    step: f64,
}

/// Room for the envelope of one row.
struct Line {
    /// Place, height and seed of each parabola that can still be lowest.
    parabolas: Vec<(f64, f64, u32)>,
    /// Where each of them begins to be the lowest one.
    begins: Vec<f64>,
}

impl Line {
    fn new(len: usize) -> Self {
        Self { parabolas: Vec::with_capacity(len), begins: Vec::with_capacity(len) }
    }

    /// Lowers a row of squared distances by what its other voxels know.
    fn run(&mut self, squared: &mut [f32], nearest: &mut [u32], run: Run) {
        self.parabolas.clear();
        self.begins.clear();
        for n in 0..run.len {
            let at = run.start + n * run.stride;
            if squared[at].is_finite() {
                self.push(n as f64 * run.step, f64::from(squared[at]), nearest[at]);
            }
        }
        if self.parabolas.is_empty() {
            return;
        }
        let mut lowest = 0;
        for n in 0..run.len {
            let x = n as f64 * run.step;
            while lowest + 1 < self.begins.len() && self.begins[lowest + 1] <= x {
                lowest += 1;
            }
            let (place, height, seed) = self.parabolas[lowest];
            let at = run.start + n * run.stride;
            squared[at] = ((x - place).powi(2) + height) as f32;
            nearest[at] = seed;
        }
    }

    /// Adds a parabola to the right of all others and drops those that it hides.
    fn push(&mut self, x: f64, height: f64, seed: u32) {
        while let (Some(&(place, low, _)), Some(&begin)) =
            (self.parabolas.last(), self.begins.last())
        {
            let crossing = ((height + x * x) - (low + place * place)) / (2. * (x - place));
            if crossing > begin {
                self.begins.push(crossing);
                self.parabolas.push((x, height, seed));
                return;
            }
            self.parabolas.pop();
            self.begins.pop();
        }
        self.begins.push(f64::NEG_INFINITY);
        self.parabolas.push((x, height, seed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with the definition: the least distance over all seeds.
    #[track_caller]
    fn check(shape: [usize; 3], spacing: [f64; 3], seeds: &[usize]) {
        let place = |at: usize| {
            let index = [at % shape[0], at / shape[0] % shape[1], at / (shape[0] * shape[1])];
            [0, 1, 2].map(|a| index[a] as f64 * spacing[a])
        };
        let between = |a: usize, b: usize| -> f64 {
            place(a).iter().zip(place(b)).map(|(p, q)| (p - q).powi(2)).sum()
        };
        let field = field(shape, spacing, |at| seeds.contains(&at));
        for at in 0..shape.iter().product() {
            let least = seeds.iter().map(|&seed| between(at, seed)).fold(f64::INFINITY, f64::min);
            // f32 keeps 7 digits.
            assert!((f64::from(field.squared[at]) - least).abs() <= 1e-6 * (1. + least));
            assert!((between(at, field.nearest[at] as usize) - least).abs() <= 1e-5 * (1. + least));
        }
    }

    #[test]
    fn distances_are_exact_on_every_kind_of_grid() {
        check([9, 7, 5], [1., 1., 1.], &[0, 100, 214, 314]);
        check([9, 7, 5], [0.9, 1.3, 5.], &[40, 41, 271]);
        check([1, 12, 1], [2., 0.5, 3.], &[3]);
        let many: Vec<usize> = (0..11 * 12 * 13).filter(|at| at * 7919 % 31 == 0).collect();
        check([11, 12, 13], [0.7, 0.8, 3.1], &many);
    }
    #[test]
    fn nothing_is_infinitely_far() {
        let field = field([3, 3, 3], [1.; 3], |_| false);
        assert!(field.squared.iter().all(|d| d.is_infinite()));
        assert!(field.nearest.iter().all(|&seed| seed == NOWHERE));
    }
}
