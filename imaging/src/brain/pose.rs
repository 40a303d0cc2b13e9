//! Where the atlas lies in a head.
//!
//! The template shows a brain without a head, so the usual comparison of two images would let the
//! scalp pull. Instead the head's intensities are asked how well they are told by tissue: by the
//! template's own intensity inside the brain, and by two shells around it (fluid and dura; bone).
//! That is the correlation ratio (Roche et al. 1998, MICCAI, LNCS 1496:1115), which holds for every
//! contrast: tumour adds to what is not explained wherever the atlas lies.

use super::atlas::Atlas;
use super::head::Head;
use super::lattice::Lattice;
use interval_core::geometry::{Lps, Transform};

/// Kinds of tissue by template intensity.
const TISSUES: usize = 8;

/// Outer ends of the shells around the brain, in mm: fluid and dura, then bone.
const SHELLS_MM: [f32; 3] = [2.5, 5., 8.];

/// Classes in all.
const CLASSES: usize = TISSUES + SHELLS_MM.len();

/// Least part of the atlas' brain that must lie in the field of view.
const SEEN_MIN: f64 = 0.6;

/// Mean natural logarithm of head size over template size, and its spread: the template is larger
/// than most brains (Lancaster et al. 2007, doi 10.1002/hbm.20345).
const SCALE: (f64, f64) = (-0.05, 0.08);

/// Spread of shear.
const SHEAR_SPREAD: f64 = 0.05;

/// Spread of the difference between the scales of the axes.
const ANISOTROPY_SPREAD: f64 = 0.07;

/// How much one unit of squared prior deviation costs, beside a correlation ratio from 0 to 1.
const PRIOR_WEIGHT: f64 = 0.012;

/// Cost of the whole atlas lying outside of the head; bone lies inside of it.
const OUTSIDE_WEIGHT: f64 = 2.;

/// Twelve numbers: shift (mm), turn (rad), logarithm of scale, shear.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose(pub [f64; 12]);

impl Pose {
    /// The map from the atlas to the head; turns and scales happen about `centre` of the atlas.
    pub fn map(&self, centre: [f64; 3]) -> Transform<Lps, Lps> {
        let [tx, ty, tz, rx, ry, rz, sx, sy, sz, xy, xz, yz] = self.0;
        let about = |a: usize, b: usize, angle: f64| {
            let mut rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
            let (s, c) = angle.sin_cos();
            rows[a][a] = c;
            rows[b][b] = c;
            rows[a][b] = -s;
            rows[b][a] = s;
            Transform::<Lps, Lps>::new(rows)
        };
        let [cx, cy, cz] = centre;
        let home =
            Transform::<Lps, Lps>::new([[1., 0., 0., -cx], [0., 1., 0., -cy], [0., 0., 1., -cz]]);
        let stretch = Transform::<Lps, Lps>::new([
            [sx.exp(), xy, xz, 0.],
            [0., sy.exp(), yz, 0.],
            [0., 0., sz.exp(), 0.],
        ]);
        let back = Transform::<Lps, Lps>::new([
            [1., 0., 0., cx + tx],
            [0., 1., 0., cy + ty],
            [0., 0., 1., cz + tz],
        ]);
        home.then(&stretch)
            .then(&about(1, 2, rx))
            .then(&about(2, 0, ry))
            .then(&about(0, 1, rz))
            .then(&back)
    }

    /// How unlikely this shape of a head is: squared deviations.
    fn prior(&self) -> f64 {
        let [_, _, _, _, _, _, sx, sy, sz, shears @ ..] = self.0;
        let mean = (sx + sy + sz) / 3.;
        let square = |x: f64| x * x;
        square((mean - SCALE.0) / SCALE.1)
            + [sx, sy, sz].iter().map(|s| square((s - mean) / ANISOTROPY_SPREAD)).sum::<f64>()
            + shears.iter().map(|s| square(s / SHEAR_SPREAD)).sum::<f64>()
    }
}

/// The atlas as places with classes.
pub struct Classes {
    places: Vec<([f64; 3], u8)>,
    /// Middle of the atlas' brain.
    pub centre: [f64; 3],
}

impl Classes {
    /// The classes of the atlas on a lattice with this step.
    pub fn of(atlas: &Atlas, step_mm: f64) -> Option<Self> {
        let smooth = Lattice::of(&atlas.t1, step_mm)?;
        let outermost = SHELLS_MM.into_iter().fold(0., f32::max);
        let all = atlas.places(step_mm, f32::MIN..outermost);
        let signed: Vec<f32> = all.iter().map(|place| atlas.signed_mm(*place)).collect();
        let shown: Vec<f32> = all.iter().map(|p| smooth.at(*p).unwrap_or(0.)).collect();
        let mut inside: Vec<f32> =
            (0..all.len()).filter(|&n| signed[n] <= 0.).map(|n| shown[n]).collect();
        inside.sort_by(f32::total_cmp);
        let edge = |n: usize| inside.get(n * inside.len() / TISSUES).copied().unwrap_or(0.);
        let edges: Vec<f32> = (1..TISSUES).map(edge).collect();
        let class = |n: usize| match signed[n] {
            s if s > 0. => TISSUES + SHELLS_MM.partition_point(|end| *end < s),
            _ => edges.partition_point(|edge| *edge <= shown[n]),
        };
        let within: Vec<usize> = (0..all.len()).filter(|&n| signed[n] <= 0.).collect();
        let count = within.len().max(1) as f64;
        let centre = [0, 1, 2].map(|a| within.iter().map(|&n| all[n][a]).sum::<f64>() / count);
        let places = (0..all.len()).map(|n| (all[n], class(n) as u8)).collect();
        Some(Self { places, centre })
    }

    /// How a pose explains the head; nothing when too little of the brain is in the field of view.
    pub fn fit(&self, head: &Head, pose: &Pose) -> Option<Fit> {
        let map = pose.map(self.centre);
        let mut sums = [(0_f64, 0_f64, 0_f64); CLASSES];
        let mut outside = 0_f64;
        for (place, class) in &self.places {
            let place = map.apply_to(*place);
            let Some(value) = head.image.at(place) else { continue };
            let value = f64::from(value.min(head.ceiling));
            let (count, sum, squares) = &mut sums[usize::from(*class)];
            *count += 1.;
            *sum += value;
            *squares += value * value;
            outside += f64::from(u8::from(!head.contains(place)));
        }
        let seen = sums.iter().map(|s| s.0).sum::<f64>();
        if seen < SEEN_MIN * self.places.len() as f64 {
            return None;
        }
        let (sum, squares) = sums.iter().fold((0., 0.), |all, s| (all.0 + s.1, all.1 + s.2));
        let total = squares - sum * sum / seen;
        let rest: f64 = sums.iter().filter(|s| s.0 > 0.).map(|s| s.2 - s.1 * s.1 / s.0).sum();
        let means = sums.map(|s| if s.0 > 0. { s.1 / s.0 } else { 0. });
        let tissue = means[TISSUES / 2..TISSUES].iter().sum::<f64>() / (TISSUES / 2) as f64;
        (total > 0.).then(|| Fit {
            explained: 1. - rest / total,
            outside: outside / seen,
            fluid_over_tissue: means[0] / tissue.max(f64::MIN_POSITIVE),
        })
    }
}

/// How a pose explains a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Part of the variance that the classes explain, 0 to 1.
    pub explained: f64,
    /// Part of the brain and its shells that lies outside of the head.
    pub outside: f64,
    /// Mean of the darkest class of the template, fluid, over that of brighter ones: above 1 where
    /// fluid is bright.
    pub fluid_over_tissue: f64,
}

/// A search for the pose with the least cost.
pub struct Search<'a> {
    /// The atlas.
    pub classes: &'a Classes,
    /// The head.
    pub head: &'a Head,
}

/// First steps of the numbers of a pose: mm, rad, logarithm, shear.
const STEPS: [f64; 4] = [6., 0.08, 0.06, 0.04];

/// How often the steps are halved.
const HALVINGS: usize = 5;

/// Rounds at one size of the steps: a bound on the work; two or three are usual.
const ROUNDS_MAX: usize = 12;

impl Search<'_> {
    /// What a pose costs: less is better.
    pub fn cost(&self, pose: &Pose) -> f64 {
        let fit = self.classes.fit(self.head, pose);
        let misfit = fit.map_or(2., |fit| 1. - fit.explained + OUTSIDE_WEIGHT * fit.outside);
        misfit + PRIOR_WEIGHT * pose.prior()
    }

    /// Goes downhill from a pose, one number after the other. `moves` says which numbers move
    /// together, as (first, last, size of the first step).
    pub fn descend(&self, start: Pose, moves: &[Move], scale: f64) -> (f64, Pose) {
        let (mut pose, mut least) = (start, self.cost(&start));
        for halving in 0..HALVINGS {
            let size = scale * 0.5_f64.powi(halving as i32);
            for _ in 0..ROUNDS_MAX {
                let before = least;
                for one in moves {
                    (least, pose) = self.along(*one, size, least, pose);
                }
                if before - least < 1e-5 {
                    break;
                }
            }
        }
        (least, pose)
    }

    /// The best of going one way or the other, as long as it gets better.
    fn along(&self, one: Move, size: f64, mut least: f64, mut pose: Pose) -> (f64, Pose) {
        for sign in [1., -1.] {
            let mut moved = false;
            loop {
                let mut next = pose;
                for number in one.numbers() {
                    next.0[number] += sign * size * STEPS[number / 3];
                }
                let cost = self.cost(&next);
                if cost >= least {
                    break;
                }
                (least, pose, moved) = (cost, next, true);
            }
            if moved {
                break;
            }
        }
        (least, pose)
    }
}

/// Numbers of a pose that move together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// One number.
    One(usize),
    /// The three scales.
    Size,
}

impl Move {
    /// Shift, turn and size.
    pub const SIMILAR: [Move; 7] = [
        Move::One(2),
        Move::One(1),
        Move::One(0),
        Move::One(3),
        Move::Size,
        Move::One(4),
        Move::One(5),
    ];

    /// Everything.
    pub const AFFINE: [Move; 13] = [
        Move::One(2),
        Move::One(1),
        Move::One(0),
        Move::One(3),
        Move::Size,
        Move::One(4),
        Move::One(5),
        Move::One(6),
        Move::One(7),
        Move::One(8),
        Move::One(9),
        Move::One(10),
        Move::One(11),
    ];

    fn numbers(self) -> std::ops::Range<usize> {
        match self {
            Move::One(number) => number..number + 1,
            Move::Size => 6..9,
        }
    }
}
