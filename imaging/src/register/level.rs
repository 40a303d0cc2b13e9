//! An image at several resolutions, ready to be sampled.

use super::RegisterError;
use super::shrink::{Shrink, shrink};
use super::surface;
use interval_core::geometry::{Grid, Lps, Transform, Voxel};
use interval_core::volume::{Mask, Volume};
use rayon::prelude::*;

/// Fewest voxels along an axis that can show a motion along it.
const VOXELS_MIN: usize = 4;
/// Coarsest lattice step in mm: the head is still thirty points across.
const COARSEST_MM: f64 = 8.;
/// Added to intensities before the logarithm, as a share of the tissue level: below it noise
/// would weigh more than tissue.
const FLOOR: f64 = 0.08;
/// Share of the tissue level above which a voxel is head.
const HEAD: f64 = 0.12;
/// Share of voxels that are exactly zero from which zero means "no value" and not "dark".
const STRIPPED: f64 = 0.25;
/// Share of a smoothed voxel that must be known for its value to count in a stripped image.
const KNOWN: f32 = 0.98;
/// Steps in mm from which the outline of a stripped brain counts: it helps to find the place, and
/// harms the last tenth of a millimetre, because two strippings differ.
const OUTLINE_MM: f64 = 3.;

/// A brain is less than this share of a whole head.
const BRAIN_OF_HEAD: f64 = 0.7;
/// Height in mm of the part of the head whose centre is sought: above the chin, so that a neck in
/// the field of view does not pull it down.
const UPPER_HEAD_MM: f64 = 150.;

/// Nothing to align; which image it was, the caller knows.
pub(super) enum Unfit {
    Empty,
    TooSmall([usize; 3]),
}

impl Unfit {
    /// The error for an image of this name.
    pub fn named(self, which: &'static str) -> RegisterError {
        match self {
            Self::Empty => RegisterError::Empty(which),
            Self::TooSmall(shape) => RegisterError::TooSmall { which, shape, least: VOXELS_MIN },
        }
    }
}

/// What a voxel of a level is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Does not count: told so, or no value there.
    Void,
    /// Outside the head.
    Air,
    /// Head, deep enough to be brain, or known to be.
    Head,
    /// Scalp, muscle and bone of a whole head.
    Skin,
}

impl Kind {
    /// Whether it is part of the head.
    pub fn is_head(self) -> bool {
        matches!(self, Self::Head | Self::Skin)
    }
}

/// One resolution of an image.
pub(super) struct Level {
    /// Lattice step this level is made for, in mm.
    pub step_mm: f64,
    /// Voxels along i, j, k.
    pub shape: [usize; 3],
    /// Patient mm to continuous index.
    pub to_index: Transform<Lps, Voxel>,
    /// Log intensity and its three derivatives by index.
    pub samples: Vec<[f32; 4]>,
    /// What each voxel is.
    pub kinds: Vec<Kind>,
    /// Range of log intensity of the head.
    pub range: [f32; 2],
    /// Corners of the box around the head, in patient mm.
    pub head_corners: [[f64; 3]; 8],
}

/// An image at all resolutions, coarsest first.
pub(super) struct Pyramid {
    pub levels: Vec<Level>,
    /// The grid of the image itself.
    pub grid: Grid,
    /// Centre of mass of the upper head, in patient mm.
    pub centre: [f64; 3],
    /// Whether zero means "no value" here.
    stripped: bool,
}

impl Pyramid {
    /// The levels of an image down to a step of `finest` mm. `ignore` lies on its grid.
    pub fn of(image: &Volume<f32>, ignore: Option<&Mask>, finest: f64) -> Result<Self, Unfit> {
        let grid = *image.grid();
        if grid.shape.iter().any(|n| *n < VOXELS_MIN) {
            return Err(Unfit::TooSmall(grid.shape));
        }
        let tone = Tone::of(image.voxels()).ok_or(Unfit::Empty)?;
        let mut layer = Layer::of(image, ignore, &tone);
        let mut levels = Vec::new();
        let mut step = finest;
        while step <= COARSEST_MM {
            layer = layer.shrunk(step);
            levels.push(layer.level(step, &tone));
            step *= 2.;
        }
        levels.reverse();
        if !tone.stripped {
            surface::mark_skin(&mut levels);
        }
        let centre = levels.first().and_then(Level::centre).ok_or(Unfit::Empty)?;
        Ok(Self { levels, grid, centre, stripped: tone.stripped })
    }

    /// For a stripped brain that meets a whole head: beyond a rim around the brain nothing counts,
    /// or its empty outside would be held against the other's scalp. The rim stays: there, dark
    /// fluid and bone meet the outline.
    fn rimmed(self) -> Self {
        Self { levels: self.levels.into_iter().map(surface::rimmed).collect(), ..self }
    }

    /// Whether this is a stripped brain and the other a whole head.
    fn is_brain_of(&self, other: &Self) -> bool {
        self.stripped && self.head_mm3() < BRAIN_OF_HEAD * other.head_mm3()
    }

    /// Volume of the head in mm3.
    fn head_mm3(&self) -> f64 {
        let level = self.coarsest();
        let count = level.kinds.iter().filter(|kind| kind.is_head()).count();
        count as f64 * level.to_lps().determinant().abs()
    }

    /// The coarsest level.
    pub fn coarsest(&self) -> &Level {
        &self.levels[0]
    }

    /// The level made for a lattice step, or the finest there is.
    pub fn at(&self, step_mm: f64) -> &Level {
        let last = self.levels.len() - 1;
        let fit = |level: &&Level| level.step_mm <= step_mm * 1.01;
        self.levels.iter().find(fit).unwrap_or(&self.levels[last])
    }
}

/// Two images made ready for each other.
pub(super) fn facing(fixed: Pyramid, moving: Pyramid) -> (Pyramid, Pyramid) {
    if fixed.is_brain_of(&moving) {
        (fixed.rimmed(), moving)
    } else if moving.is_brain_of(&fixed) {
        (fixed, moving.rimmed())
    } else {
        (fixed, moving)
    }
}

/// The intensities of an image in three values.
struct Tone {
    /// Brightest value that counts: beyond are vessels and artefacts.
    top: f32,
    /// Bright tissue.
    tissue: f64,
    /// Whether zero means "no value".
    stripped: bool,
}

impl Tone {
    /// From a regular sample of the voxels; nothing when there is only one value.
    fn of(voxels: &[f32]) -> Option<Self> {
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

/// The value below which a share of a sorted list lies.
fn quantile(sorted: &[f32], share: f64) -> Option<f32> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((share * last as f64).round() as usize).copied()
}

/// Intensities on their way down the pyramid.
struct Layer {
    shape: [usize; 3],
    to_lps: Transform<Voxel, Lps>,
    spacing: [f64; 3],
    /// Smoothing so far, as a standard deviation in mm along each axis.
    blur: [f64; 3],
    values: Vec<f32>,
    /// Share of each voxel that has a value and is not ignored; nothing when all have.
    known: Option<Vec<f32>>,
}

impl Layer {
    fn of(image: &Volume<f32>, ignore: Option<&Mask>, tone: &Tone) -> Self {
        let grid = image.grid();
        let values = image
            .voxels()
            .par_iter()
            .map(|v| if v.is_finite() { v.clamp(0., tone.top) } else { 0. })
            .collect();
        let known = (tone.stripped || ignore.is_some()).then(|| {
            let ignored = |offset: usize| ignore.is_some_and(|mask| mask.voxels()[offset]);
            let void = |offset: usize, v: f32| (tone.stripped && v == 0.) || ignored(offset);
            let voxels = image.voxels().par_iter().enumerate();
            voxels.map(|(offset, v)| if void(offset, *v) { 0. } else { 1. }).collect()
        });
        Self {
            shape: grid.shape,
            to_lps: grid.to_lps,
            spacing: grid.spacing_mm(),
            blur: [0.; 3],
            values,
            known,
        }
    }

    /// The layer for a lattice step: smoothed to half the step where that is coarser than the
    /// voxels. An axis that is coarser already stays untouched.
    fn shrunk(self, step: f64) -> Self {
        let factor = self.spacing.map(|s| (step / s).max(1.));
        let how = [0, 1, 2].map(|a| {
            let wanted = if factor[a] > 1.01 { 0.5 * step } else { self.blur[a] };
            let more = (wanted.powi(2) - self.blur[a].powi(2)).max(0.).sqrt();
            Shrink { factor: factor[a], sigma: more / self.spacing[a] }
        });
        let (values, shape) = shrink(self.values, self.shape, how);
        let known = self.known.map(|known| shrink(known, self.shape, how).0);
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
        }
    }

    /// What is sampled.
    fn level(&self, step_mm: f64, tone: &Tone) -> Level {
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
            to_index: super::frame::inverse(&self.to_lps),
            samples: with_derivatives(&logs, self.shape),
            head_corners: head_corners(&kinds, self.shape, &self.to_lps),
            kinds,
            range: [head.min(range[0]), range[1]],
        }
    }

    fn kinds(&self, logs: &[f32], head: f32, step_mm: f64) -> Vec<Kind> {
        let needed = if step_mm < OUTLINE_MM { KNOWN } else { 0. };
        let kind = |offset: usize| {
            let void = self.known.as_ref().is_some_and(|known| known[offset] < needed);
            match (void, logs[offset] > head) {
                (true, _) => Kind::Void,
                (false, true) => Kind::Head,
                (false, false) => Kind::Air,
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

impl Level {
    /// Voxel indices to patient mm.
    pub fn to_lps(&self) -> Transform<Voxel, Lps> {
        super::frame::inverse(&self.to_index)
    }

    /// Centre of the upper head; nothing without a head.
    fn centre(&self) -> Option<[f64; 3]> {
        let to_lps = self.to_lps();
        let places: Vec<[f64; 3]> = (0..self.kinds.len())
            .filter(|offset| self.kinds[*offset].is_head())
            .map(|offset| to_lps.apply_to(index(offset, self.shape).map(|n| n as f64)))
            .collect();
        let mut heights: Vec<f32> = places.iter().map(|at| at[2] as f32).collect();
        heights.sort_unstable_by(f32::total_cmp);
        // noise above the head is no vertex
        let chin = f64::from(quantile(&heights, 0.998)?) - UPPER_HEAD_MM;
        let upper: Vec<&[f64; 3]> = places.iter().filter(|at| at[2] >= chin).collect();
        let n = upper.len() as f64;
        Some([0, 1, 2].map(|a| upper.iter().map(|at| at[a]).sum::<f64>() / n))
    }
}

/// Corners of the box around the head and one voxel more, in patient mm.
fn head_corners(
    kinds: &[Kind],
    shape: [usize; 3],
    to_lps: &Transform<Voxel, Lps>,
) -> [[f64; 3]; 8] {
    let (mut low, mut high) = (shape, [0; 3]);
    for (offset, _) in kinds.iter().enumerate().filter(|(_, kind)| kind.is_head()) {
        for (a, n) in index(offset, shape).into_iter().enumerate() {
            (low[a], high[a]) = (low[a].min(n), high[a].max(n));
        }
    }
    [0, 1, 2, 3, 4, 5, 6, 7].map(|bits: usize| {
        to_lps.apply_to(
            [0, 1, 2]
                .map(|a| if bits >> a & 1 == 1 { high[a] as f64 + 1. } else { low[a] as f64 - 1. }),
        )
    })
}

/// Indices of the voxel at a position in memory.
pub(super) fn index(offset: usize, [ni, nj, _]: [usize; 3]) -> [usize; 3] {
    [offset % ni, offset / ni % nj, offset / (ni * nj)]
}
