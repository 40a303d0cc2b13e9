//! From a start to the pose at which the two images agree best.

use super::Contrast;
use super::curve::Curve;
use super::frame::{Frame, inverse, straightened};
use super::lattice::Lattice;
use super::level::{Level, Pyramid};
use super::normal::Scale;
use super::pass::{Edges, Freedom, Pose, Relation, SHADES, Sums};
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
/// Expected log shading: coils differ by a third across a head. Weak: decides only what the
/// images leave open.
const SHADING_SD: f64 = 0.3;
/// The same for the fixed image in front of a curve.
const FIXED_SHADING_SD: f64 = 0.1;

/// Where the optimiser ended.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub fixed_to_moving: Transform<Lps, Lps>,
    pub relation: Relation,
    pub iterations: usize,
}

impl Relation {
    /// What can be said before anything is compared: the gain.
    pub fn first(fixed: &Level, moving: &Level, contrast: Contrast) -> Self {
        let mut shading = [0.; SHADES];
        let curve = match contrast {
            Contrast::Same => {
                shading[SHADES - 1] = moving.range[1] - fixed.range[1];
                None
            }
            Contrast::Cross => {
                let middle = f32::midpoint(moving.range[0], moving.range[1]);
                Some(Curve::level(fixed.range, middle))
            }
        };
        Self { curve, shading, fixed_shading: [0.; SHADES], scale: Scale::WIDE }
    }
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
    pub freedom: Freedom,
    /// The thick image and the axis across its slices.
    pub slices: Option<(&'a Pyramid, usize)>,
}

/// Coarsest lattice step in mm at which a slice profile is worth its price.
const PROFILE_MM: f64 = 2.;
/// Lattice steps in mm below which a quarter of the points says as much as all.
const QUARTER_MM: f64 = 1.5;

impl<'a> Stage<'a> {
    pub fn rigid(fixed: &'a Pyramid, moving: &'a Pyramid, (f, m): (&'a Level, &'a Level)) -> Self {
        let thin = thick::axis(&fixed.grid).is_none();
        let across = thick::axis(&moving.grid).filter(|_| thin && f.step_mm <= PROFILE_MM);
        Self {
            fixed: f,
            moving: m,
            centres: [fixed.centre, moving.centre],
            freedom: Freedom::Rigid,
            slices: across.map(|axis| (moving, axis)),
        }
    }

    /// The pose at a motion.
    pub fn pose(&self, motion: &Transform<Lps, Lps>) -> Pose<'a> {
        let (fixed, moving, freedom) = (self.fixed, self.moving, self.freedom);
        if let Some((pyramid, axis)) = self.slices {
            let frame = Frame::on_moving(motion, motion.apply_to(self.centres[0]));
            let lattice = Lattice::on_moving(&frame, moving);
            let profile = Profile::across(axis, &pyramid.grid, fixed, &frame);
            return Pose { fixed, moving, frame, lattice, profile, edges: Edges::Fixed, freedom };
        }
        let frame = match freedom {
            Freedom::Rigid => Frame::halfway(motion, self.centres[0], self.centres[1]),
            Freedom::Affine => Frame::on_fixed(motion, self.centres[0]),
        };
        let lattice = Lattice::halfway(&frame, fixed, moving, fixed.step_mm);
        let lattice = if fixed.step_mm < QUARTER_MM { lattice.quarter() } else { lattice };
        let profile = Profile::THIN;
        Pose { fixed, moving, frame, lattice, profile, edges: Edges::Both, freedom }
    }

    /// Learns gain, shading and curve at a motion; returns the share of outliers.
    pub fn settle(&self, motion: &Transform<Lps, Lps>, relation: &mut Relation) -> f64 {
        let pose = self.pose(motion);
        let from = self.freedom.count();
        let rounds = if relation.scale == Scale::WIDE { SETTLING } else { 1 };
        let mut outliers = 0.;
        for _ in 0..rounds {
            let sums = pose.pass(relation);
            let step = sums.held(relation, from).step(from..pose.unknowns(relation));
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
        if self.freedom == Freedom::Rigid {
            found.fixed_to_moving = straightened(&found.fixed_to_moving, self.centres[0]);
        }
    }

    /// One step; returns how far it moved the surface of the head, in mm.
    fn round(&self, found: &mut Found) -> f64 {
        let pose = self.pose(&found.fixed_to_moving);
        let sums = pose.pass(&found.relation);
        let from = self.freedom.count();
        let normal = sums.held(&found.relation, from);
        let mut step = normal.step(0..pose.unknowns(&found.relation));
        let reach = step[..from].iter().map(|x| x.abs()).fold(0., f64::max);
        let limit = STRIDE * self.fixed.step_mm;
        if !reach.is_finite() {
            return 0.;
        }
        if reach > limit {
            step.iter_mut().for_each(|x| *x *= limit / reach);
        }
        let (linear, shift) = self.freedom.step(&step[..from]);
        found.fixed_to_moving = pose.frame.stepped(linear, shift);
        found.relation.learn(&sums, &step[from..]);
        reach
    }
}

impl Sums {
    /// The normal equations with the shading held near what coils do.
    fn held(&self, relation: &Relation, from: usize) -> super::normal::Normal {
        let mut normal = self.motion.clone();
        let noise = f64::from(relation.scale.0.min(1.)).powi(2);
        let samples = self.residuals.count() as f64;
        // as strong as one sample in a thousand
        let strength = |sd: f64| (noise / (sd * sd)).max(1e-6 * samples);
        let terms = SHADES - 1;
        for (s, value) in relation.shading[..terms].iter().enumerate() {
            normal.pull(from + s, f64::from(*value), strength(SHADING_SD));
        }
        if relation.curve.is_some() {
            for (s, value) in relation.fixed_shading[..terms].iter().enumerate() {
                normal.pull(from + terms + s, f64::from(*value), strength(FIXED_SHADING_SD));
            }
        }
        normal
    }
}

impl Relation {
    /// Takes in what a pass has shown.
    fn learn(&mut self, sums: &Sums, shading: &[f64]) {
        for (cell, step) in self.shading.iter_mut().zip(shading) {
            *cell += *step as f32;
        }
        if let Some(curve) = &self.curve {
            let terms = SHADES - 1;
            self.shading[terms] = 0.;
            for (cell, step) in self.fixed_shading[..terms].iter_mut().zip(&shading[terms..]) {
                *cell += *step as f32;
            }
            self.curve = Some(curve.stepped(&sums.curve));
        }
        self.scale = sums.residuals.scale();
    }
}
