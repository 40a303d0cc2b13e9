//! The healthy head on a lattice of 1 mm, made once for a patient and sampled by every series.

use super::anatomy::Anatomy;
use super::tissue::{AIR, SEQUENCES};

/// Lattice points along x, y, z (LPS), 1 mm apart.
const SHAPE: [usize; 3] = [196, 252, 262];
/// Place of the first lattice point, in mm.
const FIRST_MM: [f32; 3] = [-97.5, -122., -158.];
/// Steps of the stored values in one unit of white matter.
const STEPS: f32 = 8192.;

/// Brightness of a head without lesions, in units of white matter.
#[derive(Debug)]
pub(super) struct Head {
    sequences: [Vec<u16>; SEQUENCES],
}

impl Head {
    /// The head of a seed.
    pub fn new(seed: u64) -> Self {
        let anatomy = Anatomy::new(seed);
        let count = SHAPE.iter().product();
        let mut sequences = [0; SEQUENCES].map(|_| Vec::with_capacity(count));
        for k in 0..SHAPE[2] {
            for j in 0..SHAPE[1] {
                for i in 0..SHAPE[0] {
                    let place =
                        [FIRST_MM[0] + i as f32, FIRST_MM[1] + j as f32, FIRST_MM[2] + k as f32];
                    for (stored, value) in sequences.iter_mut().zip(anatomy.at(place)) {
                        stored.push((value * STEPS) as u16);
                    }
                }
            }
        }
        Self { sequences }
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
