//! The healthy head on a lattice of 1 mm, made once for a patient and sampled by every series.

use super::anatomy::Anatomy;
use super::tissue::{AIR, SEQUENCES};

/// Lattice points along x, y, z (LPS), 1 mm apart.
const SHAPE: [usize; 3] = [196, 252, 262];
/// Place of the first lattice point, in mm.
const FIRST_MM: [f32; 3] = [-97.5, -122., -158.];
/// Steps of the stored values in one unit of white matter.
const STEPS: f32 = 8192.;

/// Every so many lattice points it is asked whether a head is near at all.
const STRIDE: usize = 6;
/// Farther than this from the head, in mm, none of the points around is in it: half the diagonal
/// of the stride's cube, and what the seed's warp may add.
const NEAR_MM: f32 = 9.;

/// Brightness of a head without lesions, in units of white matter.
#[derive(Debug)]
pub(super) struct Head {
    anatomy: Anatomy,
    sequences: [Vec<u16>; SEQUENCES],
}

impl Head {
    /// The head of a seed.
    pub fn new(seed: u64) -> Self {
        let anatomy = Anatomy::new(seed);
        let near = Near::new(&anatomy);
        let count = SHAPE.iter().product();
        let mut sequences = [0; SEQUENCES].map(|_| Vec::with_capacity(count));
        for k in 0..SHAPE[2] {
            for j in 0..SHAPE[1] {
                for i in 0..SHAPE[0] {
                    let brightness =
                        if near.at([i, j, k]) { anatomy.at(place([i, j, k])) } else { AIR };
                    for (stored, value) in sequences.iter_mut().zip(brightness) {
                        stored.push((value * STEPS) as u16);
                    }
                }
            }
        }
        Self { anatomy, sequences }
    }

    /// Whether a place in head coordinates lies within the brain's envelope, folds included.
    pub fn is_brain(&self, place: [f32; 3]) -> bool {
        self.anatomy.is_brain(place)
    }

    /// Brightness of one sequence at a place in head coordinates, trilinear.
    pub fn at(&self, sequence: usize, place: [f32; 3]) -> f32 {
        let mut cell = [0_usize; 3];
        let mut share = [0_f32; 3];
        for axis in 0..3 {
            let at = place[axis] - FIRST_MM[axis];
            if at < 0. || at >= (SHAPE[axis] - 1) as f32 {
                return AIR[sequence];
            }
            cell[axis] = at as usize;
            share[axis] = at - cell[axis] as f32;
        }
        let values = &self.sequences[sequence];
        let first = (cell[2] * SHAPE[1] + cell[1]) * SHAPE[0] + cell[0];
        let row = |offset: usize| {
            let (a, b) = (f32::from(values[first + offset]), f32::from(values[first + offset + 1]));
            a + (b - a) * share[0]
        };
        let plane = |offset: usize| {
            let (a, b) = (row(offset), row(offset + SHAPE[0]));
            a + (b - a) * share[1]
        };
        let (a, b) = (plane(0), plane(SHAPE[0] * SHAPE[1]));
        (a + (b - a) * share[2]) / STEPS
    }
}

fn place(index: [usize; 3]) -> [f32; 3] {
    [0, 1, 2].map(|axis| FIRST_MM[axis] + index[axis] as f32)
}

/// Where on a coarse lattice a head is near.
struct Near {
    cells: Vec<bool>,
}

impl Near {
    const CELLS: [usize; 3] =
        [SHAPE[0].div_ceil(STRIDE), SHAPE[1].div_ceil(STRIDE), SHAPE[2].div_ceil(STRIDE)];

    fn new(anatomy: &Anatomy) -> Self {
        let [ni, nj, nk] = Self::CELLS;
        let middle = |cell: usize| cell * STRIDE + STRIDE / 2;
        let is_near = |at: usize| {
            let cell = [at % ni, at / ni % nj, at / (ni * nj)];
            anatomy.distance(place(cell.map(middle))) < NEAR_MM
        };
        Self { cells: (0..ni * nj * nk).map(is_near).collect() }
    }

    fn at(&self, index: [usize; 3]) -> bool {
        let [i, j, k] = index.map(|n| n / STRIDE);
        self.cells[(k * Self::CELLS[1] + j) * Self::CELLS[0] + i]
    }
}
