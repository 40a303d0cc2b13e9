//! Lesions of known volume laid into a given head, and their labels.

use super::lesion::Lesion;
use super::render::{for_voxels_near, shares};
use super::tissue::{FAT, FLUID, GREY, NECROSIS, OEDEMA, RIM, SEQUENCES, WHITE};
use crate::geometry::{Grid, Lps, Transform, Voxel};
use crate::role::SeriesRole;
use crate::volume::{LabelMap, Volume};

/// A given head with lesions in it.
#[derive(Debug, Clone)]
pub struct Planted {
    /// T1, T1c, T2 and FLAIR, in the order of [`SeriesRole::CHANNELS`], on the grid of the head.
    pub channels: [Volume<f32>; SEQUENCES],
    /// The true labels.
    pub labels: LabelMap,
}

impl Planted {
    /// The image of a role; nothing for roles that are not a channel.
    pub fn channel(&self, role: SeriesRole) -> Option<&Volume<f32>> {
        super::tissue::sequence(role).map(|at| &self.channels[at])
    }
}

/// How the other sequences show what is this bright on T1 (in units of white matter): a line
/// through air, fluid, grey, white matter and fat.
const KNOTS: [(f32, [f32; SEQUENCES]); 6] = [
    (0., [0., 0., 0., 0.]),
    (0.1, [0.1, 0.1, 0.25, 0.1]),
    (0.24, FLUID),
    (0.7, GREY),
    (1., WHITE),
    (1.4, FAT),
];

/// Lays lesions into a given T1-weighted head, with skull or without. The other three contrasts
/// are made from it by brightness; `lesions` are in the LPS coordinates of the head.
pub fn plant(t1: &Volume<f32>, lesions: &[Lesion]) -> Planted {
    let white = white_matter(t1.voxels());
    let grid = *t1.grid();
    let to_head: Transform<Voxel, Lps> = grid.to_lps;
    let mut channels = [0, 1, 2, 3].map(|sequence| {
        t1.map(|value| if sequence == 0 { *value } else { white * toned(*value / white, sequence) })
    });
    for lesion in lesions {
        for k in 0..grid.shape[2] {
            for_voxels_near(lesion, &grid, &to_head, k, |[i, j]| {
                let shares = shares(lesion, &to_head, [i, j, k]);
                let covered: f32 = shares.iter().sum();
                for (sequence, channel) in channels.iter_mut().enumerate() {
                    let tones = [NECROSIS[sequence], OEDEMA[sequence], RIM[sequence]];
                    let toned: f32 = shares.iter().zip(tones).map(|(s, t)| s * t).sum();
                    let value = &mut channel.voxels_mut()[grid.offset([i, j, k])];
                    *value = *value * (1. - covered) + white * toned;
                }
            });
        }
    }
    let labels = labels(lesions, &grid, &to_head);
    Planted { channels, labels }
}

/// Brightness in a sequence of what has this brightness on T1.
fn toned(value: f32, sequence: usize) -> f32 {
    let at = KNOTS.iter().position(|(knot, _)| value < *knot).unwrap_or(KNOTS.len() - 1).max(1);
    let ((low, from), (high, to)) = (&KNOTS[at - 1], &KNOTS[at]);
    let share = ((value - low) / (high - low)).clamp(0., 1.);
    from[sequence] + (to[sequence] - from[sequence]) * share
}

/// Brightness of white matter on T1: the commonest one in the brighter part of the image.
fn white_matter(values: &[f32]) -> f32 {
    /// Bins of the histogram.
    const BINS: usize = 128;
    let most = values.iter().copied().fold(0., f32::max).max(f32::MIN_POSITIVE);
    let inside: Vec<f32> = values.iter().copied().filter(|value| *value > most * 0.05).collect();
    let mean = inside.iter().sum::<f32>() / inside.len().max(1) as f32;
    let mut bins = [0_usize; BINS];
    for value in inside.iter().filter(|value| **value > mean) {
        bins[((value / most * BINS as f32) as usize).min(BINS - 1)] += 1;
    }
    let commonest = (0..BINS).max_by_key(|bin| bins[*bin]).unwrap_or(BINS - 1);
    (commonest as f32 + 0.5) / BINS as f32 * most
}

/// The region that fills most of each voxel, where lesions fill at least half of it.
pub(super) fn labels(lesions: &[Lesion], grid: &Grid, to_head: &Transform<Voxel, Lps>) -> LabelMap {
    let mut labels = LabelMap::filled(*grid, 0);
    for lesion in lesions {
        for k in 0..grid.shape[2] {
            for_voxels_near(lesion, grid, to_head, k, |[i, j]| {
                let shares = shares(lesion, to_head, [i, j, k]);
                if shares.iter().sum::<f32>() >= 0.5 {
                    let most = (0..3).max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
                    let label = most.map_or(0, |at| at as u8 + 1);
                    labels.voxels_mut()[grid.offset([i, j, k])] = label;
                }
            });
        }
    }
    labels
}
