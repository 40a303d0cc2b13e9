//! One look at both images: everything the optimiser wants to know at one pose.

use super::curve::Curve;
use super::frame::{Frame, skew};
use super::lattice::Lattice;
use super::level::{Kind, Level};
use super::normal::{Normal, Residuals, RowSums, Scale, UNKNOWNS};
use super::thick::Profile;
use interval_core::geometry::{Transform, Voxel};
use rayon::prelude::*;

/// Terms of a shading field: first and second order, the constant last.
pub(super) const SHADES: usize = 10;
/// Radius in mm at which coordinates are about one.
pub(super) const RADIUS_MM: f32 = 80.;

/// Which maps are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freedom {
    /// Three turns and three shifts.
    Rigid,
    /// Nine and three.
    Affine,
}

impl Freedom {
    /// Number of unknowns.
    pub fn count(self) -> usize {
        match self {
            Self::Rigid => 6,
            Self::Affine => 12,
        }
    }
}

/// Which image's edges tell the direction of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edges {
    /// Their mean.
    Both,
    /// The fixed image's: the moving one is too coarse across its slices.
    Fixed,
}

/// What relates the intensities of the two images, as known so far.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// From fixed to moving log intensity; nothing when they are alike.
    pub curve: Option<Curve>,
    /// Log shading of the difference (alike), or of the moving image (curve).
    pub shading: [f32; SHADES],
    /// Log shading of the fixed image, in front of the curve.
    pub fixed_shading: [f32; SHADES],
    pub scale: Scale,
}

/// Two levels at a pose.
pub(super) struct Pose<'a> {
    pub fixed: &'a Level,
    pub moving: &'a Level,
    pub frame: Frame,
    pub lattice: Lattice,
    pub profile: Profile,
    pub edges: Edges,
    pub freedom: Freedom,
}

/// What a pass has summed.
pub(super) struct Sums {
    pub motion: Normal,
    pub curve: Normal,
    pub residuals: Residuals,
}

impl Sums {
    fn new() -> Self {
        Self { motion: Normal::new(), curve: Normal::new(), residuals: Residuals::new() }
    }
}

/// An image as the lattice sees it.
pub(super) struct View<'a> {
    level: &'a Level,
    /// Lattice index to image index.
    pub at: Transform<Voxel, Voxel>,
    /// Derivative of the image index by millimetres between.
    slope: [[f32; 3]; 3],
}

impl<'a> View<'a> {
    pub fn fixed(pose: &Pose<'a>) -> Self {
        let to_index = pose.frame.to_fixed.then(&pose.fixed.to_index);
        Self {
            level: pose.fixed,
            at: pose.lattice.to_between.then(&to_index),
            slope: to_index.rows.map(|[x, y, z, _]| [x, y, z].map(|c| c as f32)),
        }
    }

    pub fn moving(pose: &Pose<'a>) -> Self {
        let to_index = pose.frame.to_moving.then(&pose.moving.to_index);
        Self {
            level: pose.moving,
            at: pose.lattice.to_between.then(&to_index),
            slope: to_index.rows.map(|[x, y, z, _]| [x, y, z].map(|c| c as f32)),
        }
    }

    /// Log intensity and its index derivatives at a continuous image index, and what is there;
    /// nothing outside the voxel centres.
    #[inline]
    pub fn sample(&self, at: [f32; 3]) -> Option<([f32; 4], Kind)> {
        const SLACK: f32 = 1e-3;
        let shape = self.level.shape;
        let mut base = [0_usize; 3];
        let mut part = [0_f32; 3];
        for a in 0..3 {
            let end = (shape[a] - 1) as f32;
            if !(at[a] >= -SLACK && at[a] <= end + SLACK) {
                return None;
            }
            let low = (at[a].max(0.) as usize).min(shape[a] - 2);
            base[a] = low;
            part[a] = (at[a] - low as f32).clamp(0., 1.);
        }
        let (dj, dk) = (shape[0], shape[0] * shape[1]);
        let first = base[0] + dj * base[1] + dk * base[2];
        let samples = &self.level.samples;
        let pair = |at: usize| -> [f32; 4] {
            let (a, b) = (samples[at], samples[at + 1]);
            [0, 1, 2, 3].map(|c| a[c] + part[0] * (b[c] - a[c]))
        };
        let blend =
            |a: [f32; 4], b: [f32; 4], t: f32| [0, 1, 2, 3].map(|c| a[c] + t * (b[c] - a[c]));
        let lower = blend(pair(first), pair(first + dj), part[1]);
        let upper = blend(pair(first + dk), pair(first + dk + dj), part[1]);
        let round = |a: usize, stride: usize| if part[a] >= 0.5 { stride } else { 0 };
        let nearest = first + round(0, 1) + round(1, dj) + round(2, dk);
        Some((blend(lower, upper, part[2]), self.level.kinds[nearest]))
    }

    /// An index derivative as one by millimetres between.
    #[inline]
    fn between(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let s = &self.slope;
        [0, 1, 2].map(|c| s[0][c] * x + s[1][c] * y + s[2][c] * z)
    }
}

/// Two images at one point of the lattice.
struct Meeting {
    /// Millimetres between.
    u: [f32; 3],
    /// Continuous index in the fixed image.
    index: [f32; 3],
    /// Log intensity and derivatives.
    fixed: [f32; 4],
    moving: [f32; 4],
}

/// The fixed image at one point, brought to the moving image's contrast.
struct Seen {
    log: f32,
    /// By millimetres between.
    edge: [f32; 3],
    /// By the log shading of the fixed image.
    by_shading: f32,
}

impl Pose<'_> {
    /// Looks at every point of the lattice.
    pub fn pass(&self, relation: &Relation) -> Sums {
        let (fixed, moving) = (View::fixed(self), View::moving(self));
        let planes: Vec<Sums> = (0..self.lattice.shape[2])
            .into_par_iter()
            .map(|k| self.plane(k, &fixed, &moving, relation))
            .collect();
        let mut total = Sums::new();
        for plane in planes {
            total.motion.add(&plane.motion);
            total.curve.add(&plane.curve);
            total.residuals.add(&plane.residuals);
        }
        total
    }

    /// Number of unknowns of the motion and the shading.
    pub fn unknowns(&self, relation: &Relation) -> usize {
        let shades = if relation.curve.is_some() { 2 * (SHADES - 1) } else { SHADES };
        self.freedom.count() + shades
    }

    /// One plane of the lattice.
    fn plane(&self, k: usize, fixed: &View, moving: &View, relation: &Relation) -> Sums {
        let mut sums = Sums::new();
        let mut row = RowSums::new(self.unknowns(relation));
        let [ni, nj, _] = self.lattice.shape;
        let mut knots = Vec::new();
        for j in 0..nj {
            for i in 0..ni {
                if self.lattice.visits([i, j, k]) {
                    let into = (&mut sums, &mut row, &mut knots);
                    self.point([i, j, k], (fixed, moving), relation, into);
                }
            }
            row.flush(&mut sums.motion);
        }
        sums
    }

    /// One point of the lattice.
    #[inline]
    fn point(
        &self,
        at: [usize; 3],
        views: (&View, &View),
        relation: &Relation,
        (sums, row, knots): (&mut Sums, &mut RowSums, &mut Vec<(usize, f64)>),
    ) {
        let Some(met) = self.meet(at, views) else { return };
        let shades = shades(met.u);
        let seen = self.seen(views.0, met.index, met.fixed, (relation, &shades), knots);
        let residual = seen.log + dot(&relation.shading, &shades) - met.moving[0];
        sums.residuals.note(residual);
        let weight = relation.scale.weight(residual);
        if weight == 0. {
            return;
        }
        if relation.curve.is_some() {
            sums.curve.add_sparse(knots, f64::from(residual), f64::from(weight));
        }
        let edge = match self.edges {
            Edges::Fixed => seen.edge,
            Edges::Both => {
                let [_, gradient @ ..] = met.moving;
                let own = views.1.between(gradient);
                [0, 1, 2].map(|a| 0.5 * (seen.edge[a] + own[a]))
            }
        };
        let mut unknowns = [0.; UNKNOWNS];
        let n = self.freedom.derivatives(met.u, edge, &mut unknowns);
        if relation.curve.is_some() {
            for (s, shade) in shades[..SHADES - 1].iter().enumerate() {
                unknowns[n + s] = *shade;
                unknowns[n + SHADES - 1 + s] = seen.by_shading * shade;
            }
        } else {
            unknowns[n..n + SHADES].copy_from_slice(&shades);
        }
        row.add(&unknowns, residual, weight);
    }

    /// Both images at one point; nothing where one of them does not count, or both show air.
    #[inline]
    fn meet(&self, at: [usize; 3], (fixed, moving): (&View, &View)) -> Option<Meeting> {
        let at = at.map(|n| n as f64);
        let index = fixed.at.apply_to(at).map(|x| x as f32);
        let (in_fixed, fixed_kind) = fixed.sample(index)?;
        let (in_moving, moving_kind) = moving.sample(moving.at.apply_to(at).map(|x| x as f32))?;
        let void = fixed_kind == Kind::Void || moving_kind == Kind::Void;
        let air = fixed_kind == Kind::Air && moving_kind == Kind::Air;
        let u = self.lattice.to_between.apply_to(at).map(|x| x as f32);
        (!void && !air).then_some(Meeting { u, index, fixed: in_fixed, moving: in_moving })
    }

    /// Shows every point that counts: its lattice index, the fixed image in the moving image's
    /// contrast and shading, and the moving image; both as log intensities.
    pub fn visit(&self, relation: &Relation, mut each: impl FnMut([usize; 3], f32, f32)) {
        let views = (&View::fixed(self), &View::moving(self));
        let [ni, nj, nk] = self.lattice.shape;
        let mut knots = Vec::new();
        for n in 0..ni * nj * nk {
            let at = [n % ni, n / ni % nj, n / (ni * nj)];
            let Some(met) = self.meet(at, views) else { continue };
            let shades = shades(met.u);
            let seen = self.seen(views.0, met.index, met.fixed, (relation, &shades), &mut knots);
            each(at, seen.log + dot(&relation.shading, &shades), met.moving[0]);
        }
    }

    /// The fixed image in the moving image's contrast. Leaves in `knots` how the curve's knots act
    /// on it.
    #[inline]
    fn seen(
        &self,
        fixed: &View,
        index: [f32; 3],
        centre: [f32; 4],
        (relation, shades): (&Relation, &[f32; SHADES]),
        knots: &mut Vec<(usize, f64)>,
    ) -> Seen {
        knots.clear();
        let own = dot(&relation.fixed_shading, shades);
        let read = |value: [f32; 4], share: f32, knots: &mut Vec<(usize, f64)>| {
            let Some(curve) = &relation.curve else { return (value[0], 1., share) };
            let reading = curve.read(value[0] + own);
            let weight = if share == 1. { 1. } else { share * reading.height.exp() };
            let part = f64::from(reading.part);
            let whole = f64::from(weight);
            knots.push((reading.knot, whole * (1. - part)));
            knots.push((reading.knot + 1, whole * part));
            (reading.height, reading.slope, weight)
        };
        let [_, gradient @ ..] = centre;
        if self.profile.taps.is_empty() {
            let (log, slope, _) = read(centre, 1., knots);
            return Seen {
                log,
                edge: fixed.between(gradient.map(|g| slope * g)),
                by_shading: slope,
            };
        }
        // a thick slice averages intensities, not their logarithms
        let (mut sum, mut shares, mut edge, mut by_shading) = (0., 0., [0.; 3], 0.);
        for (offset, share) in &self.profile.taps {
            let Some((value, _)) = fixed.sample([0, 1, 2].map(|a| index[a] + offset[a])) else {
                continue;
            };
            let (log, slope, _) = read(value, *share, knots);
            let weight = share * log.exp();
            sum += weight;
            shares += share;
            by_shading += weight * slope;
            for (edge, g) in edge.iter_mut().zip(&value[1..]) {
                *edge += weight * slope * g;
            }
        }
        for (_, weight) in knots.iter_mut() {
            *weight /= f64::from(sum);
        }
        Seen {
            log: (sum / shares).ln(),
            edge: fixed.between(edge.map(|e| e / sum)),
            by_shading: by_shading / sum,
        }
    }
}

/// First and second order in the coordinates, then one.
#[inline]
pub(super) fn shades(u: [f32; 3]) -> [f32; SHADES] {
    let [x, y, z] = u.map(|c| c / RADIUS_MM);
    [x, y, z, x * y, y * z, z * x, x * x, y * y, z * z, 1.]
}

#[inline]
fn dot(a: &[f32; SHADES], b: &[f32; SHADES]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Freedom {
    /// How the residual at `u` changes with each unknown, which are all in mm: turns and stretches
    /// as the shift that they cause at [`RADIUS_MM`]. Returns how many there are.
    #[inline]
    fn derivatives(self, u: [f32; 3], g: [f32; 3], out: &mut [f32; UNKNOWNS]) -> usize {
        let v = u.map(|c| c / RADIUS_MM);
        let turns = match self {
            Self::Rigid => {
                out[0] = v[2] * g[1] - v[1] * g[2];
                out[1] = v[0] * g[2] - v[2] * g[0];
                out[2] = v[1] * g[0] - v[0] * g[1];
                3
            }
            Self::Affine => {
                for (n, cell) in out[..9].iter_mut().enumerate() {
                    *cell = -g[n / 3] * v[n % 3];
                }
                9
            }
        };
        for (cell, g) in out[turns..turns + 3].iter_mut().zip(g) {
            *cell = -g;
        }
        turns + 3
    }

    /// The linear part and the shift of a step.
    pub fn step(self, unknowns: &[f64]) -> ([[f64; 3]; 3], [f64; 3]) {
        let radius = f64::from(RADIUS_MM);
        let turns = self.count() - 3;
        let shift = [0, 1, 2].map(|a| unknowns[turns + a]);
        let linear = match self {
            Self::Rigid => skew([0, 1, 2].map(|a| unknowns[a] / radius)),
            Self::Affine => [0, 1, 2].map(|r| [0, 1, 2].map(|c| unknowns[3 * r + c] / radius)),
        };
        (linear, shift)
    }
}
