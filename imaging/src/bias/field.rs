//! A smooth field over a head: a polynomial in three coordinates.

use interval_core::volume::{Mask, Volume};
use rayon::prelude::*;

/// Order of the polynomial. A coil's field over a head needs three to four; a fifth would begin to
/// follow anatomy.
const ORDER: usize = 4;
/// Terms x^a y^b z^c with a + b + c <= 4.
const COUNT: usize = 35;
/// Added to the normal equations, in shares of the samples: keeps terms near zero that a flat
/// slab of slices cannot tell.
const RIDGE: f64 = 1e-6;

/// The coordinates of a field: each axis of the image from -1 to 1 over the box around a mask.
pub(super) struct Terms {
    centre: [f64; 3],
    half: [f64; 3],
}

/// The powers of the three coordinates in each term, those of x running fastest.
fn powers() -> impl Iterator<Item = [usize; 3]> {
    (0..=ORDER).flat_map(|c| {
        (0..=ORDER - c).flat_map(move |b| (0..=ORDER - b - c).map(move |a| [a, b, c]))
    })
}

/// The Legendre polynomials at a coordinate: nearly independent over a full box, so the equations
/// stay well conditioned.
fn legendre(x: f64) -> [f64; ORDER + 1] {
    let mut p = [1., x, 0., 0., 0.];
    for n in 1..ORDER {
        let order = n as f64;
        p[n + 1] = ((2. * order + 1.) * x * p[n] - order * p[n - 1]) / (order + 1.);
    }
    p
}

/// All terms at a place.
fn row(at: [f64; 3]) -> [f64; COUNT] {
    let [x, y, z] = at.map(legendre);
    let mut row = [0.; COUNT];
    for (cell, [a, b, c]) in row.iter_mut().zip(powers()) {
        *cell = x[a] * y[b] * z[c];
    }
    row
}

impl Terms {
    /// Over the box around a mask; nothing for an empty one.
    pub fn over(inside: &Mask) -> Option<Self> {
        let grid = inside.grid();
        let (mut low, mut high) = (grid.shape, [0; 3]);
        for (offset, _) in inside.voxels().iter().enumerate().filter(|(_, inside)| **inside) {
            for (a, n) in grid.index(offset).into_iter().enumerate() {
                (low[a], high[a]) = (low[a].min(n), high[a].max(n));
            }
        }
        (0..3).all(|a| low[a] <= high[a]).then(|| Self {
            centre: [0, 1, 2].map(|a| f64::midpoint(low[a] as f64, high[a] as f64)),
            half: [0, 1, 2].map(|a| ((high[a] - low[a]) as f64 / 2.).max(0.5)),
        })
    }

    /// Where a voxel is; outside the box, the nearest place on its surface.
    pub fn coordinates(&self, index: [usize; 3]) -> [f64; 3] {
        [0, 1, 2].map(|a| self.coordinate(a, index[a]))
    }

    fn coordinate(&self, axis: usize, n: usize) -> f64 {
        ((n as f64 - self.centre[axis]) / self.half[axis]).clamp(-1., 1.)
    }
}

/// Least squares whose left side never changes.
pub(super) struct Fit {
    rows: Vec<[f64; COUNT]>,
    /// Cholesky factor of the normal equations.
    root: Vec<[f64; COUNT]>,
}

impl Fit {
    /// Prepares least squares over these places.
    pub fn over(places: &[[f64; 3]]) -> Self {
        let rows: Vec<[f64; COUNT]> = places.iter().map(|at| row(*at)).collect();
        let mut h = vec![[0.; COUNT]; COUNT];
        for row in &rows {
            for (a, cells) in h.iter_mut().enumerate() {
                for (cell, b) in cells[..=a].iter_mut().zip(row) {
                    *cell += row[a] * b;
                }
            }
        }
        let ridge = RIDGE * places.len() as f64;
        let mut root = vec![[0.; COUNT]; COUNT];
        for a in 0..COUNT {
            for b in 0..=a {
                let sum: f64 = (0..b).map(|c| root[a][c] * root[b][c]).sum();
                root[a][b] = if a == b {
                    (h[a][a] + ridge - sum).max(ridge).sqrt()
                } else {
                    (h[a][b] - sum) / root[b][b]
                };
            }
        }
        Self { rows, root }
    }

    /// The field nearest to these values.
    pub fn field(&self, values: &[f64]) -> Field {
        let mut x = [0.; COUNT];
        for (row, value) in self.rows.iter().zip(values) {
            for (cell, term) in x.iter_mut().zip(row) {
                *cell += term * value;
            }
        }
        for a in 0..COUNT {
            let sum: f64 = (0..a).map(|c| self.root[a][c] * x[c]).sum();
            x[a] = (x[a] - sum) / self.root[a][a];
        }
        for a in (0..COUNT).rev() {
            let sum: f64 = (a + 1..COUNT).map(|c| self.root[c][a] * x[c]).sum();
            x[a] = (x[a] - sum) / self.root[a][a];
        }
        Field { weights: x }
    }
}

/// Log shading as a function of place.
#[derive(Debug, Clone)]
pub(super) struct Field {
    weights: [f64; COUNT],
}

impl Field {
    /// No shading.
    pub fn none() -> Self {
        Self { weights: [0.; COUNT] }
    }

    /// This field and a multiple of another one.
    pub fn plus(mut self, other: &Self, times: f64) -> Self {
        for (weight, more) in self.weights.iter_mut().zip(other.weights) {
            *weight += times * more;
        }
        self
    }

    /// Log shading at a place.
    pub fn log_at(&self, at: [f64; 3]) -> f64 {
        row(at).iter().zip(&self.weights).map(|(term, weight)| term * weight).sum()
    }

    /// The same field with mean zero over some places.
    pub fn centred(mut self, places: &[[f64; 3]]) -> Self {
        let mean =
            places.iter().map(|at| self.log_at(*at)).sum::<f64>() / places.len().max(1) as f64;
        self.weights[0] -= mean;
        self
    }

    /// An image divided by this field, everywhere.
    pub fn divided_out(&self, volume: &Volume<f32>, terms: &Terms) -> Volume<f32> {
        let mut out = volume.clone();
        let [ni, nj, _] = volume.grid().shape;
        let along_x: Vec<_> = (0..ni).map(|i| legendre(terms.coordinate(0, i))).collect();
        out.voxels_mut().par_chunks_mut((ni * nj).max(1)).enumerate().for_each(|(k, plane)| {
            let z = legendre(terms.coordinate(2, k));
            for (j, line) in plane.chunks_exact_mut(ni).enumerate() {
                let y = legendre(terms.coordinate(1, j));
                let mut in_x = [0.; ORDER + 1];
                for ([a, b, c], weight) in powers().zip(self.weights) {
                    in_x[a] += weight * y[b] * z[c];
                }
                for (value, x) in line.iter_mut().zip(&along_x) {
                    let log: f64 = x.iter().zip(in_x).map(|(term, weight)| term * weight).sum();
                    *value *= (-log).exp() as f32;
                }
            }
        });
        out
    }
}
