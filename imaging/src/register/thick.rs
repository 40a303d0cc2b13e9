//! Slices that are thick where the other image is thin.

use super::frame::Frame;
use super::level::Level;
use interval_core::geometry::Grid;

/// Slice distance in mm from which a slice averages over anatomy that a thin image resolves.
const THICK_MM: f64 = 2.5;
/// How much coarser than in its plane an image must be for its slices to be called thick.
const THICK_RATIO: f64 = 1.8;
/// Full width at half maximum of a Gaussian in standard deviations.
const FWHM: f64 = 2.354_82;
/// Places at which the thin image is read across a slice, in standard deviations.
const TAPS: [f64; 7] = [-2.25, -1.5, -0.75, 0., 0.75, 1.5, 2.25];

/// The axis across the slices, when they are thick.
pub(super) fn axis(grid: &Grid) -> Option<usize> {
    let spacing = grid.spacing_mm();
    let widest = (0..3).fold(0, |best, a| if spacing[a] > spacing[best] { a } else { best });
    let others = (0..3).filter(|a| *a != widest).map(|a| spacing[a]).fold(0., f64::max);
    (spacing[widest] >= THICK_MM && spacing[widest] >= THICK_RATIO * others).then_some(widest)
}

/// How a thick slice averages what lies across it.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    /// Offsets in index units of the thin image, and their shares; empty for thin slices.
    pub taps: Vec<([f32; 3], f32)>,
}

impl Profile {
    /// No averaging.
    pub const THIN: Self = Self { taps: Vec::new() };

    /// The profile of the moving image's slices in the fixed image: a Gaussian whose width at half
    /// maximum is the slice distance, less what the fixed image has of its own.
    pub fn across(axis: usize, moving: &Grid, fixed: &Level, frame: &Frame) -> Self {
        let to_fixed = super::frame::inverse(&frame.to_moving).then(&frame.to_fixed);
        let thickness = moving.spacing_mm()[axis];
        let normal = [0, 1, 2].map(|r| moving.to_lps.rows[r][axis] / thickness);
        let there = |t: f64| {
            let at = to_fixed.apply_to(normal.map(|c| c * t));
            fixed.to_index.apply_to(at)
        };
        let (origin, one) = (there(0.), there(1.));
        let along = [0, 1, 2].map(|a| one[a] - origin[a]);
        // one voxel of the fixed image along the normal, in mm
        let own = 1. / along.iter().map(|x| x * x).sum::<f64>().sqrt();
        let sigma = (thickness.powi(2) - own.powi(2)).max(0.).sqrt() / FWHM;
        let total: f64 = TAPS.iter().map(|t| (-0.5 * t * t).exp()).sum();
        let tap = |t: &f64| {
            let share = (-0.5 * t * t).exp() / total;
            (along.map(|x| (x * t * sigma) as f32), share as f32)
        };
        Self { taps: TAPS.iter().map(tap).collect() }
    }
}
