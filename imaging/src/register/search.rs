//! Where to begin: scanner coordinates may be right to a hair or mean nothing.

use super::frame::turned;
use super::information;
use super::optimise::{Found, Stage};
use super::pyramid::Pyramid;
use super::relation::Relation;
use super::{Contrast, Start};
use interval_core::geometry::{Lps, Transform};

/// Turns tried about each axis, in degrees: the optimiser finds its way from half of the gaps.
const TURNS_DEG: [f64; 5] = [0., -15., 15., -30., 30.];
/// Shifts along the body tried with each turn, in mm: centres lie differently when one field of
/// view shows more of the neck, or one head is stripped.
const RISES_MM: [f64; 3] = [0., -25., 25.];
/// Lattice step for the first look at all poses, in steps of the coarsest level: 3,000 points.
const SKIPPED: f64 = 2.;
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

/// Scores many poses, refines a few, takes the best.
fn search(fixed: &Pyramid, moving: &Pyramid, contrast: Contrast) -> Transform<Lps, Lps> {
    let (f, m) = (fixed.coarsest(), moving.coarsest());
    let centres = [fixed.centre, moving.centre];
    let score = |motion: &Transform<Lps, Lps>, step: f64| {
        information::of(f, m, motion, (centres, step)).score()
    };
    let rough = SKIPPED * f.step_mm;
    let mut scored: Vec<(f64, Transform<Lps, Lps>)> =
        poses(fixed, moving).into_iter().map(|pose| (score(&pose, rough), pose)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut tried = vec![Transform::identity(), turned([0.; 3], fixed.centre, moving.centre)];
    tried.extend(scored.into_iter().take(REFINED).map(|(_, pose)| pose));
    let refined = tried.into_iter().map(|start| {
        let relation = Relation::first(f, m, contrast);
        let mut found = Found { fixed_to_moving: start, relation, iterations: 0 };
        Stage::rigid(fixed, moving, (f, m)).refine(&mut found);
        (score(&found.fixed_to_moving, f.step_mm), found.fixed_to_moving)
    });
    refined
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map_or_else(Transform::identity, |(_, motion)| motion)
}

/// Every combination of turns and shifts along the body, with the centres on each other.
fn poses(fixed: &Pyramid, moving: &Pyramid) -> Vec<Transform<Lps, Lps>> {
    let mut poses = Vec::new();
    for x in TURNS_DEG {
        for y in TURNS_DEG {
            for z in TURNS_DEG {
                let turn = [x, y, z].map(f64::to_radians);
                for rise in RISES_MM {
                    let [left, back, up] = moving.centre;
                    poses.push(turned(turn, fixed.centre, [left, back, up + rise]));
                }
            }
        }
    }
    poses
}
