//! Where to begin: scanner coordinates may be right to a hair or mean nothing.

use super::frame::turned;
use super::information;
use super::level::Pyramid;
use super::optimise::{Found, Stage};
use super::relation::Relation;
use super::{Contrast, Start};
use interval_core::geometry::{Lps, Transform};

/// Turns tried about each axis, in degrees: the optimiser finds its way from half of the gaps.
const TURNS_DEG: [f64; 5] = [0., -15., 15., -30., 30.];
/// Starts that are refined at the coarsest level before the best one is taken.
const REFINED: usize = 4;

/// The pose to begin with.
pub(super) fn start(
    fixed: &Pyramid,
    moving: &Pyramid,
    how: Start,
    contrast: Contrast,
) -> Transform<Lps, Lps> {
    match how {
        Start::Header => Transform::identity(),
        Start::CentreOfMass => turned([0.; 3], fixed.centre, moving.centre),
        Start::Search => search(fixed, moving, contrast),
    }
}

/// Scores many poses, refines a few of different kinds, takes the best.
fn search(fixed: &Pyramid, moving: &Pyramid, contrast: Contrast) -> Transform<Lps, Lps> {
    let (f, m) = (fixed.coarsest(), moving.coarsest());
    let centres = [fixed.centre, moving.centre];
    let score =
        |motion: &Transform<Lps, Lps>| information::of(f, m, motion, (centres, f.step_mm)).score();
    let mut turned: Vec<(f64, Transform<Lps, Lps>)> =
        poses(fixed, moving).into_iter().map(|pose| (score(&pose), pose)).collect();
    turned.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut tried = vec![Transform::identity(), turned_by(0., fixed, moving)];
    tried.extend(turned.into_iter().take(REFINED).map(|(_, pose)| pose));
    let refined = tried.into_iter().map(|start| {
        let relation = Relation::first(f, m, contrast);
        let mut found = Found { fixed_to_moving: start, relation, iterations: 0 };
        Stage::rigid(fixed, moving, (f, m)).refine(&mut found);
        (score(&found.fixed_to_moving), found.fixed_to_moving)
    });
    refined
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map_or_else(Transform::identity, |(_, motion)| motion)
}

/// Centres on each other, no turn.
fn turned_by(angle: f64, fixed: &Pyramid, moving: &Pyramid) -> Transform<Lps, Lps> {
    turned([angle, 0., 0.], fixed.centre, moving.centre)
}

/// Every combination of turns, with the centres on each other and as the headers say.
fn poses(fixed: &Pyramid, moving: &Pyramid) -> Vec<Transform<Lps, Lps>> {
    let mut poses = Vec::new();
    for x in TURNS_DEG {
        for y in TURNS_DEG {
            for z in TURNS_DEG {
                let turn = [x, y, z].map(f64::to_radians);
                poses.push(turned(turn, fixed.centre, moving.centre));
            }
        }
    }
    poses
}
