//! From voxels to levels: clipping, smoothing, decimation, logarithm.

use super::frame::inverse;
use super::level::{Kind, Level, head_corners, quantile};
use super::shrink::{Shrink, shrink};
use interval_core::geometry::{Lps, Transform, Voxel};
use interval_core::volume::{Mask, Volume};
use rayon::prelude::*;

/// Added to intensities before the logarithm, as a share of the tissue level: below it noise
/// would weigh more than tissue.
const FLOOR: f64 = 0.08;
/// Share of the tissue level above which a voxel is head.
const HEAD: f64 = 0.12;
/// Share of voxels that are exactly zero from which zero means "no value" and not "dark".
const STRIPPED: f64 = 0.25;
/// Share of a smoothed voxel that must be known for its value to count at a fine resolution.
const PURE: f32 = 0.98;
/// Steps in mm from which the outline of a stripped brain counts: it helps to find the place, and
/// harms the last tenth of a millimetre, because two strippings differ.
const OUTLINE_MM: f64 = 3.;

/// The intensities of an image in three values.
pub(super) struct Tone {
    /// Brightest value that counts: beyond are vessels and artefacts.
    top: f32,
    /// Bright tissue.
    tissue: f64,
    /// Whether zero means "no value".
    pub stripped: bool,
}

impl Tone {
    /// From a regular sample of the voxels; nothing when there is only one value.
    pub fn of(voxels: &[f32]) -> Option<Self> {
        /// Voxels looked at: percentiles are good to a tenth of a per cent.
        const SAMPLE: usize = 400_000;
        let stride = (voxels.len() / SAMPLE).max(1) | 1;
        let mut sample: Vec<f32> =
            voxels.iter().step_by(stride).copied().filter(|v| v.is_finite()).collect();
        sample.sort_by(f32::total_cmp);
        let zeros = sample.iter().filter(|v| **v == 0.).count() as f64;
        let top = quantile(&sample, 0.998)?.max(0.);
        let bright = &sample[sample.partition_point(|v| *v <= 0.1 * top)..];
        let tissue = f64::from(quantile(bright, 0.9)?);
        let stripped = zeros > STRIPPED * sample.len() as f64;
        (tissue > 0.).then_some(Self { top, tissue, stripped })
    }
}

/// Intensities on their way down the pyramid.
pub(super) struct Layer {
    shape: [usize; 3],
    to_lps: Transform<Voxel, Lps>,
    spacing: [f64; 3],
    /// Smoothing so far, as a standard deviation in mm along each axis.
    blur: [f64; 3],
    values: Vec<f32>,
    /// Share of each voxel that has a value; nothing when all have.
    known: Option<Vec<f32>>,
    /// Share of each voxel that is not ignored; nothing when nothing is.
    kept: Option<Vec<f32>>,
}

impl Layer {
    pub fn of(image: &Volume<f32>, ignore: Option<&Mask>, tone: &Tone) -> Self {
        let grid = image.grid();
        let values = image
            .voxels()
            .par_iter()
            .map(|v| if v.is_finite() { v.clamp(0., tone.top) } else { 0. })
            .collect();
        let share = |counts: bool| if counts { 1. } else { 0. };
        let valued = || image.voxels().par_iter().map(|v| share(*v != 0.)).collect();
        let known = tone.stripped.then(valued);
        let kept =
            ignore.map(|mask| mask.voxels().par_iter().map(|ignored| share(!ignored)).collect());
        Self {
            shape: grid.shape,
            to_lps: grid.to_lps,
            spacing: grid.spacing_mm(),
            blur: [0.; 3],
            values,
            known,
            kept,
        }
    }

    /// The layer for a lattice step: smoothed to half the step where that is coarser than the
    /// voxels. An axis that is coarser already stays untouched.
    pub fn shrunk(self, step: f64) -> Self {
        let factor = self.spacing.map(|s| (step / s).max(1.));
        let how = [0, 1, 2].map(|a| {
            let wanted = if factor[a] > 1.01 { 0.5 * step } else { self.blur[a] };
            let more = (wanted.powi(2) - self.blur[a].powi(2)).max(0.).sqrt();
            Shrink { factor: factor[a], sigma: more / self.spacing[a] }
        });
        let (values, shape) = shrink(self.values, self.shape, how);
        let known = self.known.map(|known| shrink(known, self.shape, how).0);
        let kept = self.kept.map(|kept| shrink(kept, self.shape, how).0);
        let factor = [0, 1, 2].map(|a| if factor[a] > 1.01 { factor[a] } else { 1. });
        let rows =
            self.to_lps.rows.map(|[x, y, z, t]| [x * factor[0], y * factor[1], z * factor[2], t]);
        Self {
            shape,
            to_lps: Transform::new(rows),
            spacing: [0, 1, 2].map(|a| self.spacing[a] * factor[a]),
            blur: [0, 1, 2].map(|a| if factor[a] > 1. { 0.5 * step } else { self.blur[a] }),
            values,
            known,
            kept,
        }
    }

    /// What is sampled.
    pub fn level(&self, step_mm: f64, tone: &Tone) -> Level {
        let floor = (FLOOR * tone.tissue) as f32;
        let logs: Vec<f32> = self.values.par_iter().map(|v| (v + floor).ln()).collect();
        let head = ((HEAD * tone.tissue) as f32 + floor).ln();
        let mut range: Vec<f32> = logs.iter().copied().filter(|v| *v > head).collect();
        range.sort_by(f32::total_cmp);
        let range = [0.002, 0.998].map(|share| quantile(&range, share).unwrap_or(head));
        let kinds = self.kinds(&logs, head, step_mm);
        Level {
            step_mm,
            shape: self.shape,
            to_index: inverse(&self.to_lps),
            samples: with_derivatives(&logs, self.shape),
            head_corners: head_corners(&kinds, self.shape, &self.to_lps),
            kinds,
            range: [head.min(range[0]), range[1]],
        }
    }

    /// What each voxel is. A coarse voxel that is half ignored does not count; a fine one counts
    /// only when nothing of what is ignored or unknown has been smoothed into it.
    fn kinds(&self, logs: &[f32], head: f32, step_mm: f64) -> Vec<Kind> {
        let (known, kept) = if step_mm < OUTLINE_MM { (PURE, PURE) } else { (0., 0.5) };
        let lacks = |shares: &Option<Vec<f32>>, offset: usize, least: f32| {
            shares.as_ref().is_some_and(|shares| shares[offset] < least)
        };
        let kind = |offset: usize| {
            if lacks(&self.known, offset, known) || lacks(&self.kept, offset, kept) {
                Kind::Void
            } else if logs[offset] > head {
                Kind::Head
            } else {
                Kind::Air
            }
        };
        (0..logs.len()).map(kind).collect()
    }
}

/// Each value with its central differences along i, j, k (one-sided at the faces).
fn with_derivatives(values: &[f32], [ni, nj, nk]: [usize; 3]) -> Vec<[f32; 4]> {
    let mut out = vec![[0.; 4]; values.len()];
    let difference = |at: usize, n: usize, length: usize, stride: usize| {
        let (down, up) = (if n > 0 { stride } else { 0 }, if n + 1 < length { stride } else { 0 });
        let reach = ((down + up) / stride).max(1) as f32;
        (values[at + up] - values[at - down]) / reach
    };
    out.par_chunks_mut(ni * nj).enumerate().for_each(|(k, slice)| {
        for (n, cell) in slice.iter_mut().enumerate() {
            let (i, j, at) = (n % ni, n / ni, n + k * ni * nj);
            *cell = [
                values[at],
                difference(at, i, ni, 1),
                difference(at, j, nj, ni),
                difference(at, k, nk, ni * nj),
            ];
        }
    });
    out
}
