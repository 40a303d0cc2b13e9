//! Label maps on another grid: by share of the voxel, so volumes stay what they were.

use super::{clamped, inside, split, to_index};
use interval_core::geometry::{Grid, Lps, Transform};
use interval_core::volume::LabelMap;
use rayon::prelude::*;

/// Samples along one axis of a large output voxel at most: enough for 1 mm labels in 8 mm voxels.
const SAMPLES_MAX: f64 = 8.;

/// The label map on another grid. A voxel is foreground when at least half of it is labelled, and
/// then takes the label with the largest share (the smaller number when shares are equal): a thin
/// ring between two labels does not vanish, and the total volume is kept. Output voxels larger
/// than the map's are averaged over several samples.
pub fn labels(map: &LabelMap, onto: &Grid, fixed_to_moving: &Transform<Lps, Lps>) -> LabelMap {
    let mut out = LabelMap::filled(*onto, 0);
    let Some(to_index) = to_index(map.grid(), onto, fixed_to_moving) else {
        return out;
    };
    let counts = to_index.steps().map(|step| step.round().clamp(1., SAMPLES_MAX) as usize);
    let [ni, nj, _] = onto.shape;
    out.voxels_mut().par_chunks_mut((ni * nj).max(1)).enumerate().for_each(|(k, slice)| {
        for (offset, cell) in slice.iter_mut().enumerate() {
            let centre = [(offset % ni) as f64, (offset / ni) as f64, k as f64];
            let mut shares = Shares::default();
            for sample in samples(centre, counts) {
                shares.add(map, to_index.apply_to(sample));
            }
            *cell = shares.label();
        }
    });
    out
}

/// Places evenly spread over the voxel around `centre`.
fn samples(centre: [f64; 3], counts: [usize; 3]) -> impl Iterator<Item = [f64; 3]> {
    let [ni, nj, nk] = counts;
    (0..ni * nj * nk).map(move |n| {
        let index = [n % ni, n / ni % nj, n / (ni * nj)];
        [0, 1, 2].map(|a| centre[a] + (index[a] as f64 + 0.5) / counts[a] as f64 - 0.5)
    })
}

/// How much of a voxel each label fills. Few labels meet in one voxel, so a list is enough.
#[derive(Default)]
struct Shares {
    background: f32,
    labelled: Vec<(u8, f32)>,
}

impl Shares {
    /// Adds the trilinear memberships at a continuous index; outside is background.
    fn add(&mut self, map: &LabelMap, at: [f64; 3]) {
        let shape = map.grid().shape;
        if !inside(at, shape) {
            self.background += 1.;
            return;
        }
        let parts = at.map(split);
        for corner in 0..8 {
            let mut weight = 1.;
            let index = [0, 1, 2].map(|a| {
                let step = corner >> a & 1;
                weight *= if step == 1 { parts[a].1 } else { 1. - parts[a].1 };
                clamped(parts[a].0 + step, shape[a])
            });
            match map.at(index) {
                0 => self.background += weight,
                label => match self.labelled.iter_mut().find(|(known, _)| *known == label) {
                    Some((_, share)) => *share += weight,
                    None => self.labelled.push((label, weight)),
                },
            }
        }
    }

    /// The label of the voxel.
    fn label(&self) -> u8 {
        let foreground: f32 = self.labelled.iter().map(|(_, share)| share).sum();
        if foreground == 0. || foreground < self.background {
            return 0;
        }
        let largest = self.labelled.iter().copied().reduce(|best, next| {
            let wins = next.1 > best.1 || (next.1 == best.1 && next.0 < best.0);
            if wins { next } else { best }
        });
        largest.map_or(0, |(label, _)| label)
    }
}
