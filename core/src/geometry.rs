//! Spaces, points and the maps between them.
//!
//! One head, three ways to name a place in it:
//!
//! - [`Voxel`]: continuous indices (i, j, k) of one image; the centre of the first voxel is
//!   (0, 0, 0); `i` runs along a row, `j` down the rows, `k` through the slices.
//! - [`Lps`]: millimetres towards the patient's Left, Posterior, Superior. DICOM's space (PS3.3
//!   C.7.6.2.1.1).
//! - [`Ras`]: millimetres towards Right, Anterior, Superior. NIfTI's space.
//!
//! A [`Transform`] carries both of its spaces in its type, so maps that do not meet do not compile.

use crate::units::{Cm3, Mm};
use std::marker::PhantomData;

/// Space: indices of one image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Voxel {}
/// Space: the patient in mm, towards left, posterior, superior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lps {}
/// Space: the patient in mm, towards right, anterior, superior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ras {}

/// A place in a space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point<Space> {
    /// The three coordinates.
    pub at: [f64; 3],
    space: PhantomData<fn() -> Space>,
}

impl<Space> Point<Space> {
    /// The point at these coordinates.
    pub fn new(at: [f64; 3]) -> Self {
        Self { at, space: PhantomData }
    }

    /// Distance to another point of the same space.
    pub fn distance(&self, other: &Self) -> Mm {
        Mm((0..3).map(|a| (self.at[a] - other.at[a]).powi(2)).sum::<f64>().sqrt())
    }
}

/// An affine map from one space to another: rows of a 3x4 matrix, the last column in the units of
/// `To`.
#[derive(Debug)]
pub struct Transform<From, To> {
    /// `rows[r][c]`: row `r`, column `c`; column 3 is the translation.
    pub rows: [[f64; 4]; 3],
    spaces: PhantomData<fn(From) -> To>,
}

impl<From, To> Clone for Transform<From, To> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<From, To> Copy for Transform<From, To> {}
impl<From, To> PartialEq for Transform<From, To> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl<From, To> Transform<From, To> {
    /// The map with these rows.
    pub fn new(rows: [[f64; 4]; 3]) -> Self {
        Self { rows, spaces: PhantomData }
    }

    /// Where a point goes.
    pub fn apply(&self, point: Point<From>) -> Point<To> {
        Point::new(self.apply_to(point.at))
    }

    /// Where bare coordinates go; for loops that have left the typed world for speed.
    pub fn apply_to(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        self.rows.map(|[a, b, c, t]| a * x + b * y + c * z + t)
    }

    /// This map, then the next one.
    #[must_use]
    pub fn then<Next>(&self, next: &Transform<To, Next>) -> Transform<From, Next> {
        let mut rows = [[0.; 4]; 3];
        for (row, out) in next.rows.iter().zip(&mut rows) {
            for (c, cell) in out.iter_mut().enumerate() {
                *cell = (0..3).map(|k| row[k] * self.rows[k][c]).sum::<f64>();
            }
            out[3] += row[3];
        }
        Transform::new(rows)
    }

    /// Determinant of the linear part: the volume of one unit cube of `From`, with its handedness.
    pub fn determinant(&self) -> f64 {
        let [[a, b, c, _], [d, e, f, _], [g, h, i, _]] = self.rows;
        a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    }

    /// The way back; nothing for a map that flattens space.
    pub fn inverse(&self) -> Option<Transform<To, From>> {
        let det = self.determinant();
        if !det.is_normal() {
            return None;
        }
        let [[a, b, c, x], [d, e, f, y], [g, h, i, z]] = self.rows;
        let linear = [
            [(e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det],
            [(f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det],
            [(d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det],
        ];
        Some(Transform::new(linear.map(|[p, q, r]| [p, q, r, -(p * x + q * y + r * z)])))
    }

    /// Length of each column: how far one step along each axis of `From` goes in `To`.
    pub fn steps(&self) -> [f64; 3] {
        [0, 1, 2].map(|c| self.rows.iter().map(|row| row[c] * row[c]).sum::<f64>().sqrt())
    }
}

impl<Space> Transform<Space, Space> {
    /// The map that leaves everything where it is.
    pub fn identity() -> Self {
        Self::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]])
    }
}

impl Transform<Lps, Ras> {
    /// From DICOM's axes to NIfTI's: x and y change sign.
    pub fn flip() -> Self {
        Self::new([[-1., 0., 0., 0.], [0., -1., 0., 0.], [0., 0., 1., 0.]])
    }
}

impl Transform<Ras, Lps> {
    /// From NIfTI's axes to DICOM's: x and y change sign.
    pub fn flip() -> Self {
        Self::new([[-1., 0., 0., 0.], [0., -1., 0., 0.], [0., 0., 1., 0.]])
    }
}

impl Transform<Lps, Lps> {
    /// The same movement of the head, written in RAS coordinates.
    pub fn in_ras(&self) -> Transform<Ras, Ras> {
        Transform::<Ras, Lps>::flip().then(self).then(&Transform::<Lps, Ras>::flip())
    }
}

impl Transform<Ras, Ras> {
    /// The same movement of the head, written in LPS coordinates.
    pub fn in_lps(&self) -> Transform<Lps, Lps> {
        Transform::<Lps, Ras>::flip().then(self).then(&Transform::<Ras, Lps>::flip())
    }
}

/// Where the voxels of an image lie in the patient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Number of voxels along i, j, k.
    pub shape: [usize; 3],
    /// Voxel indices to patient millimetres.
    pub to_lps: Transform<Voxel, Lps>,
}

impl Grid {
    /// Number of voxels.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no voxel at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Distance between neighbouring voxel centres along i, j, k, in mm.
    pub fn spacing_mm(&self) -> [f64; 3] {
        self.to_lps.steps()
    }

    /// Volume of one voxel: the determinant, so shear and gantry tilt are counted right.
    pub fn voxel_volume(&self) -> Cm3 {
        Cm3(self.to_lps.determinant().abs() / 1000.)
    }

    /// Position in memory of voxel (i, j, k): `i` runs fastest.
    pub fn offset(&self, [i, j, k]: [usize; 3]) -> usize {
        i + self.shape[0] * (j + self.shape[1] * k)
    }

    /// Indices of the voxel at a position in memory.
    pub fn index(&self, offset: usize) -> [usize; 3] {
        let [ni, nj, _] = self.shape;
        [offset % ni, offset / ni % nj, offset / (ni * nj)]
    }

    /// Whether two grids have the same voxels in the same places, within `tolerance` over the
    /// whole field of view.
    pub fn coincides(&self, other: &Grid, tolerance: Mm) -> bool {
        self.shape == other.shape
            && self.corners().iter().zip(other.corners()).all(|(a, b)| a.distance(&b) <= tolerance)
    }

    /// The eight outermost voxel centres.
    pub fn corners(&self) -> [Point<Lps>; 8] {
        [0, 1, 2, 3, 4, 5, 6, 7].map(|bits: usize| {
            let at = [0, 1, 2].map(|axis| {
                let last = self.shape[axis].saturating_sub(1) as f64;
                if bits >> axis & 1 == 1 { last } else { 0. }
            });
            self.to_lps.apply(Point::new(at))
        })
    }

    /// Centre of the field of view.
    pub fn centre(&self) -> Point<Lps> {
        let middle = self.shape.map(|n| (n as f64 - 1.) / 2.);
        self.to_lps.apply(Point::new(middle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oblique() -> Transform<Voxel, Lps> {
        Transform::new([[0.8, 0.1, -0.3, 5.], [-0.2, 0.9, 0.4, -7.], [0.1, -0.3, 2.5, 11.]])
    }

    #[test]
    fn there_and_back_is_nowhere() {
        let back = oblique().inverse().expect("not flat");
        let round = oblique().then(&back);
        for (row, wanted) in round.rows.iter().zip(Transform::<Voxel, Voxel>::identity().rows) {
            for (cell, wanted) in row.iter().zip(wanted) {
                assert!((cell - wanted).abs() < 1e-12);
            }
        }
    }
    #[test]
    fn a_flat_map_has_no_way_back() {
        let flat =
            Transform::<Voxel, Lps>::new([[1., 1., 0., 0.], [1., 1., 0., 0.], [0., 0., 1., 0.]]);
        assert!(flat.inverse().is_none());
    }
    #[test]
    fn left_becomes_minus_right() {
        let point = Transform::<Lps, Ras>::flip().apply(Point::new([1., 2., 3.]));
        assert_eq!(point.at, [-1., -2., 3.]);
    }
    #[test]
    fn shear_does_not_change_the_voxel_volume() {
        let to_lps = Transform::new([[1., 0., 0.5, 0.], [0., 1., 0., 0.], [0., 0., 2., 0.]]);
        assert_eq!(Grid { shape: [2, 2, 2], to_lps }.voxel_volume(), Cm3(0.002));
    }
    #[test]
    fn offset_and_index_undo_each_other() {
        let grid = Grid { shape: [3, 4, 5], to_lps: oblique() };
        for offset in 0..grid.len() {
            assert_eq!(grid.offset(grid.index(offset)), offset);
        }
    }
    #[test]
    fn a_movement_reads_the_same_in_both_spaces() {
        let moved =
            Transform::<Lps, Lps>::new([[0., -1., 0., 3.], [1., 0., 0., 4.], [0., 0., 1., 5.]]);
        assert_eq!(moved.in_ras().in_lps(), moved);
    }
}
