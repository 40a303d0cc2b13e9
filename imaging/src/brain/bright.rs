//! Bright tumour that the outline would cut is kept whole.

use crate::components::{self, Connectivity};
use crate::morphology;
use crate::window::Window;
use interval_core::units::Mm;
use interval_core::volume::{Mask, Volume};

/// Brighter than the brain's median by this factor is brighter than any healthy tissue, shading
/// included.
const BRIGHT: f32 = 1.4;

/// Farthest outside of the outline that is added, in mm.
const BEYOND_MM: f64 = 6.;

/// Part of a bright piece that must lie inside the outline: most of a tumour does, most of the fat
/// and the vessels outside does not.
const INSIDE_MIN: f64 = 0.5;

/// Rim of a bright piece that is half bright, in mm.
const RIM_MM: f64 = 1.;

/// Adds to a mask what of mostly inner bright pieces lies close outside. Not for images where fluid
/// is bright: it would all be taken in.
pub fn keep_whole(head: &Volume<f32>, mask: &Mask) -> Mask {
    let grid = *mask.grid();
    let mut kept = mask.clone();
    let Some(tight) = Window::around(&grid, |at| mask.voxels()[at]) else { return kept };
    let window = tight.widened(&grid, BEYOND_MM + RIM_MM);
    let inside = window.cut(mask, |inside| *inside);
    let shown = window.cut(head, |value| *value);
    let near = morphology::dilate_mm(&inside, Mm(BEYOND_MM));
    let limit = BRIGHT * median(&shown, &inside);
    let bright =
        Volume::from_fn(*near.grid(), |at| near.voxels()[at] && shown.voxels()[at] > limit);
    let pieces = components::label(&bright, Connectivity::Six);
    let mut within = vec![0_usize; pieces.sizes.len()];
    for (&label, inside) in pieces.labels.voxels().iter().zip(inside.voxels()) {
        if label > 0 && *inside {
            within[label as usize - 1] += 1;
        }
    }
    let whole = pieces.keep(|label, size| {
        let within = within[label as usize - 1];
        within < size && within as f64 >= INSIDE_MIN * size as f64
    });
    let whole = morphology::dilate_mm(&whole, Mm(RIM_MM));
    for (n, at) in window.offsets(&grid).enumerate() {
        kept.voxels_mut()[at] |= whole.voxels()[n];
    }
    kept
}

fn median(shown: &Volume<f32>, inside: &Mask) -> f32 {
    let of = shown.voxels().iter().zip(inside.voxels()).filter(|(_, inside)| **inside);
    let mut values: Vec<f32> = of.map(|(value, _)| *value).collect();
    let middle = values.len() / 2;
    if values.is_empty() { 0. } else { *values.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::{Grid, Transform};

    #[test]
    fn a_bright_ball_across_the_outline_is_kept_and_fat_outside_is_not() {
        let rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        let grid = Grid { shape: [60, 30, 30], to_lps: Transform::new(rows) };
        let ball = |at: usize, x: f64, radius: f64| {
            let [i, j, k] = grid.index(at).map(|n| n as f64);
            (i - x).powi(2) + (j - 15.).powi(2) + (k - 15.).powi(2) <= radius * radius
        };
        let mask = Volume::from_fn(grid, |at| grid.index(at)[0] < 30);
        let head = |x: f64| Volume::from_fn(grid, |at| if ball(at, x, 6.) { 300. } else { 100. });
        let across = keep_whole(&head(27.), &mask);
        assert!((0..grid.len()).all(|at| !ball(at, 27., 6.) || across.voxels()[at]));
        assert_eq!(keep_whole(&head(38.), &mask), mask);
    }
}
