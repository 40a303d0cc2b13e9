//! One look at both images: everything the optimiser wants to know at one pose.

use super::frame::Frame;
use super::freedom;
use super::lattice::Lattice;
use super::level::{Kind, Level};
use super::normal::{Normal, Residuals, RowSums, UNKNOWNS};
use super::relation::{Knots, Relation, Spot, shades};
use super::thick::Profile;
use super::view::View;
use rayon::prelude::*;

/// Which image's edges tell the direction of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edges {
    /// Their mean.
    Both,
    /// The fixed image's: the moving one is too coarse across its slices.
    Fixed,
}

/// Two levels at a pose.
pub(super) struct Pose<'a> {
    pub fixed: &'a Level,
    pub moving: &'a Level,
    pub frame: Frame,
    pub lattice: Lattice,
    pub profile: Profile,
    pub edges: Edges,
}

/// What a pass has summed.
pub(super) struct Sums {
    pub motion: Normal,
    pub curve: Normal,
    pub residuals: Residuals,
}

/// Two images at one point of the lattice.
pub(super) struct Meeting {
    /// Lattice index.
    pub at: [usize; 3],
    /// Millimetres between.
    pub u: [f32; 3],
    /// Continuous index in the fixed image.
    pub index: [f32; 3],
    /// Log intensity and index derivatives.
    pub fixed: [f32; 4],
    /// Log intensity and index derivatives.
    pub moving: [f32; 4],
    /// What the fixed and the moving image show.
    pub kinds: [Kind; 2],
}

/// Weight of a place where neither image may show brain: scalp slides, the jaw and the neck move.
const SKIN_WEIGHT: f32 = 0.1;

impl Meeting {
    /// How much the place counts.
    fn weight(&self) -> f32 {
        if self.kinds.contains(&Kind::Head) { 1. } else { SKIN_WEIGHT }
    }
}

impl Sums {
    fn new() -> Self {
        Self { motion: Normal::new(), curve: Normal::new(), residuals: Residuals::new() }
    }
}

impl<'a> Pose<'a> {
    /// The fixed image, then the moving one, as the lattice sees them.
    pub fn views(&self) -> [View<'a>; 2] {
        [
            View::new(self.fixed, &self.frame.to_fixed, &self.lattice),
            View::new(self.moving, &self.frame.to_moving, &self.lattice),
        ]
    }

    /// Looks at every point of the lattice.
    pub fn pass(&self, relation: &Relation) -> Sums {
        let views = self.views();
        let planes: Vec<Sums> = (0..self.lattice.shape[2])
            .into_par_iter()
            .map(|k| self.plane(k, &views, relation))
            .collect();
        let mut total = Sums::new();
        for plane in planes {
            total.motion.add(&plane.motion);
            total.curve.add(&plane.curve);
            total.residuals.add(&plane.residuals);
        }
        total
    }

    /// One plane of the lattice.
    fn plane(&self, k: usize, views: &[View; 2], relation: &Relation) -> Sums {
        let mut sums = Sums::new();
        let mut row = RowSums::new(freedom::COUNT + relation.terms());
        let mut knots = Knots::new();
        for j in 0..self.lattice.shape[1] {
            self.row(j, k, views, |met| {
                let shades = shades(met.u);
                let spot = Spot { value: met.fixed, index: met.index, shades: &shades };
                let Some(seen) = relation.seen(&views[0], &self.profile, &spot, &mut knots) else {
                    return;
                };
                let residual = seen.log - met.moving[0];
                sums.residuals.note(residual);
                let weight = met.weight() * relation.scale.weight(residual);
                if weight == 0. {
                    return;
                }
                if relation.curve.is_some() {
                    sums.curve.add_sparse(&knots, f64::from(residual), f64::from(weight));
                }
                let edge = self.edge(seen.edge, &views[1], &met);
                let mut unknowns = [0.; UNKNOWNS];
                freedom::derivatives(met.u, edge, &mut unknowns);
                relation.derivatives(&shades, seen.by_shading, &mut unknowns[freedom::COUNT..]);
                row.add(&unknowns, residual, weight);
            });
            row.flush(&mut sums.motion);
        }
        sums
    }

    /// The edge that tells the direction of a step.
    #[inline]
    fn edge(&self, fixed: [f32; 3], moving: &View, met: &Meeting) -> [f32; 3] {
        if self.edges == Edges::Fixed {
            return fixed;
        }
        let [_, x, y, z] = met.moving;
        let own = moving.between([x, y, z]);
        [0.5 * (fixed[0] + own[0]), 0.5 * (fixed[1] + own[1]), 0.5 * (fixed[2] + own[2])]
    }

    /// Shows every point of a row that counts: both images have a voxel there, and at least one
    /// shows the head.
    #[inline]
    pub fn row(
        &self,
        j: usize,
        k: usize,
        [fixed, moving]: &[View; 2],
        mut each: impl FnMut(Meeting),
    ) {
        let (row, other) = (fixed.row(j, k), moving.row(j, k));
        let to_between = &self.lattice.to_between;
        for i in 0..self.lattice.shape[0] {
            if !self.lattice.visits([i, j, k]) {
                continue;
            }
            let index = row.at(i);
            let Some(a) = fixed.cell(index) else { continue };
            let Some(b) = moving.cell(other.at(i)) else { continue };
            let kinds = [a.kind, b.kind];
            if kinds.contains(&Kind::Void) || kinds == [Kind::Air; 2] {
                continue;
            }
            let [x, y, z] = to_between.apply_to([i as f64, j as f64, k as f64]);
            each(Meeting {
                at: [i, j, k],
                u: [x as f32, y as f32, z as f32],
                index,
                fixed: fixed.read(&a),
                moving: moving.read(&b),
                kinds,
            });
        }
    }

    /// Shows every point that counts: its lattice index, the fixed image in the moving image's
    /// contrast and shading, and the moving image; both as log intensities.
    pub fn visit(&self, relation: &Relation, mut each: impl FnMut([usize; 3], f32, f32)) {
        let views = self.views();
        let mut knots = Knots::new();
        let [_, nj, nk] = self.lattice.shape;
        for (j, k) in (0..nk).flat_map(|k| (0..nj).map(move |j| (j, k))) {
            self.row(j, k, &views, |met| {
                let shades = shades(met.u);
                let spot = Spot { value: met.fixed, index: met.index, shades: &shades };
                if let Some(seen) = relation.seen(&views[0], &self.profile, &spot, &mut knots) {
                    each(met.at, seen.log, met.moving[0]);
                }
            });
        }
    }
}
