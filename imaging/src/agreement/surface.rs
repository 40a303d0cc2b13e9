//! Distances between the surfaces of two masks.
//!
//! A surface runs through every cube of eight voxel centres that are not all inside or all outside;
//! its place is the middle of the cube. Its area is that of the plane with the slope of the eight
//! values: sums over a whole surface then tend to the true area, and no table is needed.

use crate::distance;
use crate::window::Window;
use interval_core::volume::Mask;

/// For each piece of one surface: how far the other one is (mm), and its own area (mm2).
type Pieces = Vec<(f64, f64)>;

/// The surfaces of two masks, each measured from the other.
pub struct Surfaces {
    to_other: [Pieces; 2],
}

impl Surfaces {
    /// Measures two masks that are not empty.
    pub fn between(a: &Mask, b: &Mask) -> Self {
        let inside = |at: usize| a.voxels()[at] || b.voxels()[at];
        let Some(window) = Window::around(a.grid(), inside) else {
            return Self { to_other: [Vec::new(), Vec::new()] };
        };
        let areas = [a, b].map(|mask| areas(mask, window));
        // One cube more than voxels along each axis.
        let shape = window.shape().map(|n| n + 1);
        let spacing = a.grid().spacing_mm();
        let [to_a, to_b] =
            [0, 1].map(|n| distance::field(shape, spacing, |at| areas[n][at] > 0.).squared);
        let pieces = |areas: &[f64], squared: &[f32]| {
            let mut pieces: Pieces = areas
                .iter()
                .zip(squared)
                .filter(|(area, _)| **area > 0.)
                .map(|(area, squared)| (f64::from(*squared).sqrt(), *area))
                .collect();
            pieces.sort_by(|a, b| a.0.total_cmp(&b.0));
            pieces
        };
        Self { to_other: [pieces(&areas[0], &to_b), pieces(&areas[1], &to_a)] }
    }

    /// The larger of both directions' distance that this part of the area does not exceed, in mm.
    pub fn farthest(&self, part: f64) -> f64 {
        self.to_other.iter().map(|pieces| percentile(pieces, part)).fold(0., f64::max)
    }

    /// The part of both surfaces within `tolerance_mm` of the other one.
    pub fn within(&self, tolerance_mm: f64) -> f64 {
        let area = |admitted: fn(f64, f64) -> bool| -> f64 {
            let pieces = self.to_other.iter().flatten();
            pieces.filter(|piece| admitted(piece.0, tolerance_mm)).map(|piece| piece.1).sum()
        };
        area(|distance, tolerance| distance <= tolerance) / area(|_, _| true)
    }
}

/// The distance below which the given part of the area lies.
fn percentile(pieces: &Pieces, part: f64) -> f64 {
    let wanted = part * pieces.iter().map(|piece| piece.1).sum::<f64>();
    let mut below = 0.;
    for (distance, area) in pieces {
        below += area;
        if below >= wanted {
            return *distance;
        }
    }
    pieces.last().map_or(0., |piece| piece.0)
}

/// Area of the surface in each cube of eight voxels that touches the window, in mm2; the cubes'
/// memory order is that of the window with one more along each axis.
pub(super) fn areas(mask: &Mask, window: Window) -> Vec<f64> {
    let grid = mask.grid();
    let [x, y, z] = grid.spacing_mm();
    let faces = [y * z, x * z, x * y];
    let inside = |index: [usize; 3], corner: [usize; 3]| {
        // A cube's corners are the voxel of its own index and the one before, on each axis.
        let voxel = [0, 1, 2].map(|a| (index[a] + window.from[a] + corner[a]).checked_sub(1));
        let [Some(i), Some(j), Some(k)] = voxel else { return false };
        let [ni, nj, nk] = grid.shape;
        i < ni && j < nj && k < nk && mask.at([i, j, k])
    };
    let [ni, nj, nk] = window.shape().map(|n| n + 1);
    let mut areas = Vec::with_capacity(ni * nj * nk);
    for at in 0..ni * nj * nk {
        let index = [at % ni, at / ni % nj, at / (ni * nj)];
        let mut slope = [0_i32; 3];
        let mut count = 0;
        for bits in 0..8_usize {
            let corner = [0, 1, 2].map(|a| bits >> a & 1);
            if inside(index, corner) {
                count += 1;
                for (slope, side) in slope.iter_mut().zip(corner) {
                    *slope += if side == 1 { 1 } else { -1 };
                }
            }
        }
        let area = (0..3).map(|a| (f64::from(slope[a]) / 4. * faces[a]).powi(2)).sum::<f64>();
        // A cube cut by two surfaces that face each other has no slope but is not empty.
        let least = f64::MIN_POSITIVE;
        areas.push(if count % 8 == 0 { 0. } else { area.sqrt().max(least) });
    }
    areas
}
