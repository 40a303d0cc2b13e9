//! Finds the atlas' pose in a head from nothing: the top of the head, then a few guesses, then
//! downhill.

use super::atlas::Atlas;
use super::lattice::Lattice;
use super::pose::{Classes, Move, Pose, Search};
use crate::components::{self, Connectivity};
use interval_core::geometry::{Lps, Transform};
use interval_core::volume::{Mask, Volume};

/// Steps of the two lattices, in mm.
const STEPS_MM: [f64; 2] = [8., 4.];

/// Share of the way from dark to bright at which the head begins (as BET does; Smith, Hum Brain
/// Mapp 17:143, 2002).
const HEAD_BEGINS: f32 = 0.1;

/// Area of the highest slice that counts as head, in mm2: above it is only hair and noise.
const TOP_AREA_MM2: f64 = 3000.;

/// Thickness of scalp and skull at the vertex, in mm.
const VERTEX_MM: f64 = 13.;

/// Slab below the top over which the middle of the head is taken, in mm: above the face.
const SLAB_MM: f64 = 90.;

/// Guesses: how far below the expected place (mm), and nodding (rad).
const DROPS_MM: [f64; 6] = [-24., -12., 0., 12., 24., 40.];
const NODS_RAD: [f64; 3] = [-0.35, 0., 0.35];

/// How many guesses are followed to the end.
const FOLLOWED: usize = 3;

/// Where the atlas lies, and how well it explains the head.
#[derive(Debug, Clone, Copy)]
pub struct Placed {
    /// From the atlas to the head.
    pub to_head: Transform<Lps, Lps>,
    /// Part of the variance explained, 0 to 1.
    pub explained: f64,
}

/// Places the atlas; nothing when the image shows no head or none that it fits.
pub fn place(head: &Volume<f32>, atlas: &Atlas) -> Option<Placed> {
    let coarse = Lattice::of(head, STEPS_MM[0])?;
    let fine = Lattice::of(head, STEPS_MM[1])?;
    let (foreground, ceiling) = foreground(&fine)?;
    let coarse_classes = Classes::of(atlas, STEPS_MM[0])?;
    let fine_classes = Classes::of(atlas, STEPS_MM[1])?;
    let start = first_guess(&foreground, atlas)?;
    let search = Search { classes: &coarse_classes, head: &coarse, ceiling };
    let mut guesses: Vec<(f64, Pose)> = Vec::new();
    for drop in DROPS_MM {
        for nod in NODS_RAD {
            let mut pose = start;
            pose.0[2] -= drop;
            pose.0[3] = nod;
            guesses.push(search.descend(pose, &Move::SIMILAR, 1.));
        }
    }
    guesses.sort_by(|a, b| a.0.total_cmp(&b.0));
    let best = guesses
        .iter()
        .take(FOLLOWED)
        .map(|(_, pose)| search.descend(*pose, &Move::AFFINE, 0.7))
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    let search = Search { classes: &fine_classes, head: &fine, ceiling };
    // Both sets of classes turn about nearly the same centre; what is left is found again here.
    let (_, pose) = search.descend(best.1, &Move::AFFINE, 0.5);
    let explained = fine_classes.explained(&fine, ceiling, &pose)?;
    Some(Placed { to_head: pose.map(fine_classes.centre), explained })
}

/// Which lattice points show head, and above which intensity there is only fat and vessels.
fn foreground(lattice: &Lattice) -> Option<(Mask, f32)> {
    let image = lattice.image();
    let mut values: Vec<f32> = (0..image.voxels().len())
        .filter(|&at| lattice.sees(at))
        .map(|at| image.voxels()[at])
        .filter(|value| value.is_finite())
        .collect();
    if values.is_empty() {
        return None;
    }
    values.sort_by(f32::total_cmp);
    let part = |share: f64| values[((values.len() - 1) as f64 * share) as usize];
    let (dark, bright) = (part(0.02), part(0.98));
    if bright <= dark {
        return None;
    }
    let begins = dark + HEAD_BEGINS * (bright - dark);
    let above = image.map(|value| *value > begins);
    let one = components::label(&above, Connectivity::Six).largest();
    Some((one, bright))
}

/// Middle (x, y) and top (z) of a mask: what lies within the slab below its top.
fn top_of(mask: &Mask) -> Option<[f64; 3]> {
    let grid = mask.grid();
    let [sx, sy, sz] = grid.spacing_mm();
    // The mask's axes are the patient's: +k or -k is up.
    let up = grid.to_lps.rows[2][2] > 0.;
    let [ni, nj, nk] = grid.shape;
    let area = |k: usize| {
        let slice = &mask.voxels()[k * ni * nj..(k + 1) * ni * nj];
        slice.iter().map(|inside| f64::from(u8::from(*inside))).sum::<f64>() * sx * sy
    };
    let mut slices: Vec<usize> = (0..nk).collect();
    if up {
        slices.reverse();
    }
    let first = slices.iter().position(|&k| area(k) >= TOP_AREA_MM2)?;
    let slab = &slices[first..(first + (SLAB_MM / sz) as usize + 1).min(nk)];
    let (mut sum, mut count) = ([0.; 3], 0.);
    for &k in slab {
        for at in k * ni * nj..(k + 1) * ni * nj {
            if mask.voxels()[at] {
                let place = grid.to_lps.apply_to(grid.index(at).map(|n| n as f64));
                sum = [0, 1, 2].map(|a| sum[a] + place[a]);
                count += 1.;
            }
        }
    }
    let top = grid.to_lps.apply_to([0., 0., slices[first] as f64])[2];
    Some([sum[0] / count, sum[1] / count, top])
}

/// Crown on crown, middle on middle.
fn first_guess(foreground: &Mask, atlas: &Atlas) -> Option<Pose> {
    let (head, brain) = (top_of(foreground)?, top_of(&atlas.brain)?);
    let mut pose = [0.; 12];
    pose[0] = head[0] - brain[0];
    pose[1] = head[1] - brain[1];
    pose[2] = head[2] - VERTEX_MM - brain[2];
    Some(Pose(pose))
}
