//! The places where two images are compared.

use super::frame::{Between, Frame, inverse};
use super::level::Level;
use interval_core::geometry::{Lps, Transform, Voxel};

/// Which points of a lattice are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Density {
    /// All.
    All,
    /// Every fourth, spread evenly: those whose three indices are all even or all odd.
    Quarter,
}

/// A regular lattice in the space between two images.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lattice {
    pub shape: [usize; 3],
    pub to_between: Transform<Voxel, Between>,
    pub density: Density,
}

impl Lattice {
    /// Over what both heads may cover, on the axes of the frame.
    pub fn halfway(frame: &Frame, fixed: &Level, moving: &Level, step: f64) -> Self {
        let a = bounds(fixed.head_corners, &inverse(&frame.to_fixed));
        let b = bounds(moving.head_corners, &inverse(&frame.to_moving));
        let mut rows = [[0.; 4]; 3];
        let shape = [0, 1, 2].map(|axis| {
            // whole steps from the centre, so that the lattice does not care which image is which
            let low = (a[axis][0].max(b[axis][0]) / step).floor() * step;
            let high = a[axis][1].min(b[axis][1]);
            rows[axis][axis] = step;
            rows[axis][3] = low;
            ((high - low) / step).ceil().max(0.) as usize + 1
        });
        Self { shape, to_between: Transform::new(rows), density: Density::All }
    }

    /// On the voxel centres of the moving image.
    pub fn on_moving(frame: &Frame, moving: &Level) -> Self {
        let to_between = moving.to_lps().then(&inverse(&frame.to_moving));
        Self { shape: moving.shape, to_between, density: Density::All }
    }

    /// The same lattice with every fourth point.
    pub fn quarter(self) -> Self {
        Self { density: Density::Quarter, ..self }
    }

    /// Whether a point is visited.
    pub fn visits(&self, [i, j, k]: [usize; 3]) -> bool {
        self.density == Density::All || (i % 2 == j % 2 && j % 2 == k % 2)
    }
}

/// Lowest and highest coordinate along each axis.
fn bounds(corners: [[f64; 3]; 8], to: &Transform<Lps, Between>) -> [[f64; 2]; 3] {
    let mut bounds = [[f64::INFINITY, f64::NEG_INFINITY]; 3];
    for corner in corners {
        for (bound, at) in bounds.iter_mut().zip(to.apply_to(corner)) {
            *bound = [bound[0].min(at), bound[1].max(at)];
        }
    }
    bounds
}
