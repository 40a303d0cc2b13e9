//! Where a field on a lattice is zero, cube by cube: the crossings on the edges of each cube are
//! joined across its faces, and the rings that this gives are filled. How a face is joined depends
//! on its four corners alone, so two cubes join their common face alike and nothing stays open.

use super::Surface;
use interval_core::geometry::Grid;
use std::collections::HashMap;

/// Values on a grid; the outermost are not negative.
pub struct Lattice {
    /// Where the values are.
    pub grid: Grid,
    /// The values, `i` running fastest.
    pub values: Vec<f32>,
}

/// How close to a corner a crossing may lie, in edges: closer ones would make triangles without an
/// area.
const CORNER: f64 = 0.02;

/// Largest ring that is filled by its own corners. The diagonals of a larger one may lie in a face,
/// where the neighbour may have the same one.
const RING_MAX: usize = 4;

/// The surface that has the negative values inside.
pub fn march(lattice: &Lattice) -> Surface {
    let mut marching = Marching { lattice, crossings: HashMap::new(), surface: Surface::default() };
    let [ni, nj, nk] = lattice.grid.shape;
    for k in 1..nk {
        for j in 1..nj {
            for i in 1..ni {
                marching.cube(lattice.grid.offset([i - 1, j - 1, k - 1]));
            }
        }
    }
    let mut surface = marching.surface;
    if lattice.grid.to_lps.determinant() < 0. {
        surface.triangles.iter_mut().for_each(|corners| corners.swap(1, 2));
    }
    surface
}

struct Marching<'a> {
    lattice: &'a Lattice,
    /// Number of the vertex on an edge, by the edge's lower corner and axis.
    crossings: HashMap<(usize, usize), u32>,
    surface: Surface,
}

impl Marching<'_> {
    /// Adds what is in one cube. Its corners are numbered by bits: 1 along i, 2 along j, 4 along k.
    fn cube(&mut self, first: usize) {
        let [ni, nj, _] = self.lattice.grid.shape;
        let strides = [1, ni, ni * nj];
        let corner =
            |bits: usize| first + (0..3).map(|a| (bits >> a & 1) * strides[a]).sum::<usize>();
        let inside = |bits: usize| self.lattice.values[corner(bits)] < 0.;
        let count = (0..8).filter(|bits| inside(*bits)).count();
        if count == 0 || count == 8 {
            return;
        }
        // From the edge over which a face's outline comes in to the one over which it leaves.
        let mut next = [None; 24];
        for face in faces() {
            for side in 0..4 {
                let (from, to) = (face[side], face[(side + 1) % 4]);
                if inside(from) || !inside(to) {
                    continue;
                }
                let leaves = (1..4)
                    .map(|turn| (side + turn) % 4)
                    .find(|other| inside(face[*other]) && !inside(face[(other + 1) % 4]));
                if let Some(other) = leaves {
                    next[edge(from, to)] = Some(edge(face[other], face[(other + 1) % 4]));
                }
            }
        }
        for start in 0..next.len() {
            let mut ring = Vec::new();
            let mut here = start;
            while let Some(after) = next[here].take() {
                let (low, axis) = (corner(here / 3), here % 3);
                ring.push(self.crossing(low, axis, strides[axis]));
                here = after;
            }
            self.fill(&ring);
        }
    }

    /// The vertex on an edge.
    fn crossing(&mut self, low: usize, axis: usize, stride: usize) -> u32 {
        if let Some(known) = self.crossings.get(&(low, axis)) {
            return *known;
        }
        let [a, b] = [low, low + stride].map(|at| f64::from(self.lattice.values[at]));
        let part = (a / (a - b)).clamp(CORNER, 1. - CORNER);
        let mut index = self.lattice.grid.index(low).map(|n| n as f64);
        index[axis] += part;
        let number = self.vertex(self.lattice.grid.to_lps.apply_to(index));
        self.crossings.insert((low, axis), number);
        number
    }

    fn vertex(&mut self, place: [f64; 3]) -> u32 {
        self.surface.vertices.push(place);
        self.surface.vertices.len() as u32 - 1
    }

    /// Fills a ring with triangles.
    fn fill(&mut self, ring: &[u32]) {
        let place = |n: usize| self.surface.vertices[ring[n] as usize];
        let apart = |m: usize, n: usize| -> f64 {
            let (a, b) = (place(m), place(n));
            (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum()
        };
        match *ring {
            [] => {}
            [a, b, c, d] if apart(0, 2) <= apart(1, 3) => {
                self.surface.triangles.extend([[a, b, c], [a, c, d]]);
            }
            [a, b, c, d] => self.surface.triangles.extend([[a, b, d], [b, c, d]]),
            _ if ring.len() < RING_MAX => self.surface.triangles.push([ring[0], ring[1], ring[2]]),
            _ => {
                let count = ring.len();
                let mean =
                    [0, 1, 2].map(|a| (0..count).map(|n| place(n)[a]).sum::<f64>() / count as f64);
                let middle = self.vertex(mean);
                let sides = (0..count).map(|n| [ring[n], ring[(n + 1) % count], middle]);
                self.surface.triangles.extend(sides);
            }
        }
    }
}

/// The corners of the six faces of a cube, counter-clockwise as seen from outside.
fn faces() -> impl Iterator<Item = [usize; 4]> {
    (0..3).flat_map(|axis| {
        let (here, b, c) = (1 << axis, 1 << ((axis + 1) % 3), 1 << ((axis + 2) % 3));
        [[0, c, b | c, b], [here, here | b, here | b | c, here | c]]
    })
}

/// The number of the edge between two neighbouring corners: its lower one and its axis.
fn edge(from: usize, to: usize) -> usize {
    let axis = (from ^ to).trailing_zeros() as usize;
    from.min(to) * 3 + axis
}
