//! From a start to the pose at which the two images agree best.

use super::Contrast;
use super::frame::{Frame, inverse, straightened};
use super::freedom;
use super::lattice::Lattice;
use super::level::Level;
use super::normal::Scale;
use super::pass::{Edges, Pose};
use super::pyramid::Pyramid;
use super::relation::Relation;
use super::thick::{self, Profile};
use interval_core::geometry::{Lps, Transform};

/// Rounds at one resolution at most; seven are usual.
const ROUNDS_MAX: usize = 25;
/// A round that moves nothing farther than this share of the lattice step is the last one.
const STILL: f64 = 0.002;
/// A step of more than this many lattice steps is cut short: the images are only locally linear.
const STRIDE: f64 = 2.;
/// Rounds in which gain, shading and curve settle before anything moves.
const SETTLING: usize = 3;
/// Where the optimiser ended.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub fixed_to_moving: Transform<Lps, Lps>,
    pub relation: Relation,
    pub iterations: usize,
}

/// The rigid motion from a start, through all levels.
pub(super) fn rigid(
    fixed: &Pyramid,
    moving: &Pyramid,
    start: Transform<Lps, Lps>,
    contrast: Contrast,
) -> Found {
    // the thin image is averaged over the slices of the thick one, whichever is fixed
    if thick::axis(&fixed.grid).is_some() && thick::axis(&moving.grid).is_none() {
        let mut found = rigid(moving, fixed, inverse(&start), contrast);
        found.fixed_to_moving = inverse(&found.fixed_to_moving);
        return found;
    }
    let relation = Relation::first(fixed.coarsest(), moving.coarsest(), contrast);
    let mut found = Found { fixed_to_moving: start, relation, iterations: 0 };
    for (f, m) in fixed.levels.iter().zip(&moving.levels) {
        let stage = Stage::rigid(fixed, moving, (f, m));
        stage.refine(&mut found);
    }
    found
}

/// One resolution of one alignment.
pub(super) struct Stage<'a> {
    pub fixed: &'a Level,
    pub moving: &'a Level,
    pub centres: [[f64; 3]; 2],
    /// The thick image and the axis across its slices.
    pub slices: Option<(&'a Pyramid, usize)>,
}

/// Coarsest lattice step in mm at which a slice profile is worth its price.
const PROFILE_MM: f64 = 2.;
/// Lattice steps in mm below which a quarter of the points says as much as all.
const QUARTER_MM: f64 = 1.6;

impl<'a> Stage<'a> {
    pub fn rigid(fixed: &'a Pyramid, moving: &'a Pyramid, (f, m): (&'a Level, &'a Level)) -> Self {
        let thin = thick::axis(&fixed.grid).is_none();
        let across = thick::axis(&moving.grid).filter(|_| thin && f.step_mm <= PROFILE_MM);
        Self {
            fixed: f,
            moving: m,
            centres: [fixed.centre, moving.centre],
            slices: across.map(|axis| (moving, axis)),
        }
    }

    /// The pose at a motion.
    pub fn pose(&self, motion: &Transform<Lps, Lps>) -> Pose<'a> {
        let (fixed, moving) = (self.fixed, self.moving);
        if let Some((pyramid, axis)) = self.slices {
            let frame = Frame::on_moving(motion, motion.apply_to(self.centres[0]));
            let lattice = thinned(Lattice::on_moving(&frame, moving), fixed.step_mm);
            let profile = Profile::across(axis, &pyramid.grid, fixed, &frame);
            return Pose { fixed, moving, frame, lattice, profile, edges: Edges::Fixed };
        }
        let frame = Frame::halfway(motion, self.centres[0], self.centres[1]);
        let lattice =
            thinned(Lattice::halfway(&frame, fixed, moving, fixed.step_mm), fixed.step_mm);
        let profile = Profile::THIN;
        Pose { fixed, moving, frame, lattice, profile, edges: Edges::Both }
    }

    /// Learns gain, shading and curve at a motion; returns the share of outliers.
    pub fn settle(&self, motion: &Transform<Lps, Lps>, relation: &mut Relation) -> f64 {
        let pose = self.pose(motion);
        let from = freedom::COUNT;
        let rounds = if relation.scale == Scale::WIDE { SETTLING } else { 1 };
        let mut outliers = 0.;
        for _ in 0..rounds {
            let sums = pose.pass(relation);
            let step = relation.held(&sums, from).step(from..from + relation.terms());
            relation.learn(&sums, &step);
            outliers = sums.residuals.outliers(relation.scale);
        }
        outliers
    }

    /// Rounds until nothing moves.
    pub fn refine(&self, found: &mut Found) {
        self.settle(&found.fixed_to_moving, &mut found.relation);
        for _ in 0..ROUNDS_MAX {
            found.iterations += 1;
            if self.round(found) < STILL * self.fixed.step_mm {
                break;
            }
        }
        found.fixed_to_moving = straightened(&found.fixed_to_moving, self.centres[0]);
    }

    /// One step; returns how far it moved the surface of the head, in mm.
    fn round(&self, found: &mut Found) -> f64 {
        let pose = self.pose(&found.fixed_to_moving);
        let sums = pose.pass(&found.relation);
        let from = freedom::COUNT;
        let normal = found.relation.held(&sums, from);
        let mut step = normal.step(0..from + found.relation.terms());
        let reach = step[..from].iter().map(|x| x.abs()).fold(0., f64::max);
        let limit = STRIDE * self.fixed.step_mm;
        if !reach.is_finite() {
            return 0.;
        }
        if reach > limit {
            for x in &mut step {
                *x *= limit / reach;
            }
        }
        let (linear, shift) = freedom::step(&step[..from]);
        found.fixed_to_moving = pose.frame.stepped(linear, shift);
        found.relation.learn(&sums, &step[from..]);
        reach
    }
}

/// The lattice, or a quarter of it where that is enough.
fn thinned(lattice: Lattice, step_mm: f64) -> Lattice {
    if step_mm < QUARTER_MM { lattice.quarter() } else { lattice }
}
