//! Finds the atlas' pose in a head from nothing: the top of the head, then a few guesses, then
//! downhill.

use super::atlas::Atlas;
use super::head::{Head, top_of};
use super::pose::{Classes, Fit, Fluid, Pose};
use super::search::{Move, Search};
use interval_core::geometry::{Lps, Transform};
use interval_core::volume::Volume;

/// Steps of the two lattices, in mm.
const STEPS_MM: [f64; 2] = [8., 4.];

/// Thickness of scalp and skull at the vertex, in mm.
const VERTEX_MM: f64 = 13.;

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
    /// How it fits.
    pub fit: Fit,
    /// How fluid shows.
    pub fluid: Fluid,
}

/// Places the atlas; nothing when the image shows no head or none that it fits.
pub fn place(image: &Volume<f32>, atlas: &Atlas) -> Option<Placed> {
    let coarse = Head::of(image, STEPS_MM[0])?;
    let fine = Head::of(image, STEPS_MM[1])?;
    let coarse_classes = Classes::of(atlas, STEPS_MM[0])?;
    let fine_classes = Classes::of(atlas, STEPS_MM[1])?;
    let start = first_guess(&fine, atlas)?;
    let search = Search { classes: &coarse_classes, head: &coarse };
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
    let search = Search { classes: &fine_classes, head: &fine };
    // Both sets of classes turn about nearly the same centre; what is left is found again here.
    let (_, pose) = search.descend(best.1, &Move::AFFINE, 0.5);
    let fit = fine_classes.fit(&fine, &pose)?;
    let fluid = fine_classes.fluid(&fine, &pose);
    Some(Placed { to_head: pose.map(fine_classes.centre), fit, fluid })
}

/// Crown on crown, middle on middle.
fn first_guess(head: &Head, atlas: &Atlas) -> Option<Pose> {
    let (head, brain) = (head.top()?, top_of(&atlas.brain)?);
    let mut pose = [0.; 12];
    pose[0] = head[0] - brain[0];
    pose[1] = head[1] - brain[1];
    pose[2] = head[2] - VERTEX_MM - brain[2];
    Some(Pose(pose))
}
