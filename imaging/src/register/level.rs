//! One resolution of an image, ready to be sampled.

use super::frame::inverse;
use interval_core::geometry::{Lps, Transform, Voxel};

/// Height in mm of the part of the head whose centre is sought: above the chin, so that a neck in
/// the field of view does not pull it down.
const UPPER_HEAD_MM: f64 = 150.;

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

impl Level {
    /// Voxel indices to patient mm.
    pub fn to_lps(&self) -> Transform<Voxel, Lps> {
        inverse(&self.to_index)
    }

    /// Centre of the upper head; nothing without a head.
    pub fn centre(&self) -> Option<[f64; 3]> {
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
pub(super) fn head_corners(
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

/// The value below which a share of a sorted list lies.
pub(super) fn quantile(sorted: &[f32], share: f64) -> Option<f32> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((share * last as f64).round() as usize).copied()
}
