//! Whether an image came without skull.

use super::lattice::Lattice;
use crate::components::{self, Connectivity};
use crate::{distance, morphology};
use interval_core::volume::{Mask, Volume};
use std::collections::BTreeMap;

/// Whether an image came without skull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stripped {
    /// It shows a brain alone.
    Yes,
    /// It shows a head.
    No,
}

/// Least part of the image that has exactly the same value, when the rest was cut away.
const BACKGROUND_MIN: f64 = 0.25;

/// Smallest and largest brain with its fluid, in cm3; a head has more.
const BRAIN_CM3: [f64; 2] = [300., 2300.];

/// Step of the lattice on which the shells are looked at, in mm.
const STEP_MM: f64 = 3.;

/// Shells looked at: down to 36 mm below the surface, where brain has been reached in every head.
const SHELLS: usize = 12;

/// What of each shell is compared: a quarter is darker. Bone runs at different depths, so that it
/// never fills a shell.
const QUARTER: f64 = 0.25;

/// A shell is dark when it has less than this part of what lies on both sides of it.
const DARK: f32 = 0.6;

/// Whether a large background of exactly one value begins at the brain's surface: what is left has
/// the size of a brain, and no dark ring of bone lies under its surface.
pub fn already_stripped(head: &Volume<f32>) -> Stripped {
    match kept(head) {
        Some(kept) if size_of_brain(&kept) && !ring_of_bone(head, &kept) => Stripped::Yes,
        _ => Stripped::No,
    }
}

/// What is not background, when there is a background of one value at the edge of the image.
fn kept(head: &Volume<f32>) -> Option<Mask> {
    let grid = head.grid();
    let mut edge: BTreeMap<u32, usize> = BTreeMap::new();
    for at in 0..grid.len() {
        let index = grid.index(at);
        // Edges in the plane: the first and last slice may be full of brain.
        if (0..2).any(|a| index[a] == 0 || index[a] + 1 == grid.shape[a]) {
            *edge.entry(head.voxels()[at].to_bits()).or_default() += 1;
        }
    }
    let (&value, _) = edge.iter().max_by_key(|(_, count)| **count)?;
    let kept = head.map(|found| found.to_bits() != value);
    let background = 1. - kept.count() as f64 / grid.len().max(1) as f64;
    let one = components::label(&kept, Connectivity::Six).largest();
    (background >= BACKGROUND_MIN).then(|| morphology::fill_holes(&one))
}

fn size_of_brain(kept: &Mask) -> bool {
    (BRAIN_CM3[0]..BRAIN_CM3[1]).contains(&kept.volume().0)
}

/// Whether, going in from the surface, bright is followed by dark and by bright again.
fn ring_of_bone(head: &Volume<f32>, kept: &Mask) -> bool {
    let inside = kept.map(|inside| f32::from(u8::from(*inside)));
    let (Some(image), Some(inside)) = (Lattice::of(head, STEP_MM), Lattice::of(&inside, STEP_MM))
    else {
        return false;
    };
    // Voxels beyond the field of view are not outside of the head.
    let outside =
        Volume::from_fn(*inside.grid(), |at| inside.sees(at) && inside.image().voxels()[at] < 0.5);
    let depth = distance::to_mask(&outside);
    let mut shells: Vec<Vec<f32>> = vec![Vec::new(); SHELLS];
    for at in (0..depth.voxels().len()).filter(|&at| image.sees(at) && !outside.voxels()[at]) {
        let shell = (f64::from(depth.voxels()[at]) / STEP_MM) as usize;
        if let Some(shell) = shells.get_mut(shell) {
            shell.push(image.image().voxels()[at]);
        }
    }
    let shown: Vec<f32> = shells.into_iter().filter_map(quarter).collect();
    let brightest = |shells: &[f32]| shells.iter().copied().fold(0., f32::max);
    (1..shown.len()).any(|n| {
        shown[n] < DARK * brightest(&shown[..n]) && shown[n] < DARK * brightest(&shown[n + 1..])
    })
}

fn quarter(mut shell: Vec<f32>) -> Option<f32> {
    shell.sort_by(f32::total_cmp);
    shell.get((shell.len() as f64 * QUARTER) as usize).copied()
}
