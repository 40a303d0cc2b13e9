//! An image as a lattice sees it.

use super::frame::Between;
use super::lattice::Lattice;
use super::level::{Kind, Level};
use interval_core::geometry::{Lps, Transform};

/// A level at a pose, to be read point by point.
pub(super) struct View<'a> {
    level: &'a Level,
    /// Image index of the first lattice point, and the step for each lattice axis.
    origin: [f64; 3],
    steps: [[f64; 3]; 3],
    /// Derivative of the image index by millimetres between.
    slope: [[f32; 3]; 3],
}

/// One row of a lattice in an image: index of the first point, step to the next.
#[derive(Clone, Copy)]
pub(super) struct Row {
    start: [f32; 3],
    step: [f32; 3],
}

/// Eight voxels around a place.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    first: usize,
    part: [f32; 3],
    /// What the nearest of the eight is.
    pub kind: Kind,
}

impl Row {
    /// Image index of the i-th point.
    #[inline]
    pub fn at(&self, i: usize) -> [f32; 3] {
        let i = i as f32;
        let ([x, y, z], [dx, dy, dz]) = (self.start, self.step);
        [x + i * dx, y + i * dy, z + i * dz]
    }
}

impl<'a> View<'a> {
    /// A level whose place is known from the space between.
    pub fn new(level: &'a Level, to_image: &Transform<Between, Lps>, lattice: &Lattice) -> Self {
        let to_index = to_image.then(&level.to_index);
        let at = lattice.to_between.then(&to_index);
        Self {
            level,
            origin: at.rows.map(|row| row[3]),
            steps: [0, 1, 2].map(|c| at.rows.map(|row| row[c])),
            slope: to_index.rows.map(|[x, y, z, _]| [x as f32, y as f32, z as f32]),
        }
    }

    /// The row of the lattice at (j, k).
    pub fn row(&self, j: usize, k: usize) -> Row {
        let at =
            |a: usize| self.origin[a] + self.steps[1][a] * j as f64 + self.steps[2][a] * k as f64;
        Row {
            start: [at(0) as f32, at(1) as f32, at(2) as f32],
            step: self.steps[0].map(|s| s as f32),
        }
    }

    /// The voxels around a continuous index; nothing outside the voxel centres.
    #[inline]
    pub fn cell(&self, at: [f32; 3]) -> Option<Cell> {
        /// Rounding of single precision over a few hundred voxels.
        const SLACK: f32 = 1e-3;
        let shape = self.level.shape;
        let stride = [1, shape[0], shape[0] * shape[1]];
        let (mut first, mut nearest) = (0, 0);
        let mut part = [0.; 3];
        for a in 0..3 {
            let end = (shape[a] - 1) as f32;
            if !(at[a] >= -SLACK && at[a] <= end + SLACK) {
                return None;
            }
            let low = (at[a].max(0.) as usize).min(shape[a] - 2);
            part[a] = (at[a] - low as f32).clamp(0., 1.);
            first += low * stride[a];
            nearest += if part[a] >= 0.5 { stride[a] } else { 0 };
        }
        Some(Cell { first, part, kind: self.level.kinds[first + nearest] })
    }

    /// Log intensity and its index derivatives, trilinear.
    #[inline]
    pub fn read(&self, cell: &Cell) -> [f32; 4] {
        let (dj, dk) = (self.level.shape[0], self.level.shape[0] * self.level.shape[1]);
        let [u, v, w] = cell.part;
        let mut out = [0.; 4];
        let rows = [
            (cell.first, (1. - v) * (1. - w)),
            (cell.first + dj, v * (1. - w)),
            (cell.first + dk, (1. - v) * w),
            (cell.first + dj + dk, v * w),
        ];
        for (at, share) in rows {
            let (a, b) = (&self.level.samples[at], &self.level.samples[at + 1]);
            let (left, right) = (share * (1. - u), share * u);
            for c in 0..4 {
                out[c] += left * a[c] + right * b[c];
            }
        }
        out
    }

    /// An index derivative as one by millimetres between.
    #[inline]
    pub fn between(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let [a, b, c] = &self.slope;
        [
            a[0] * x + b[0] * y + c[0] * z,
            a[1] * x + b[1] * y + c[1] * z,
            a[2] * x + b[2] * y + c[2] * z,
        ]
    }
}
