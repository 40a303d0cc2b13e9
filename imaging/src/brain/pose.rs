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
    pub fn prior(&self) -> f64 {
        let [_, _, _, _, _, _, sx, sy, sz, shears @ ..] = self.0;
        let mean = (sx + sy + sz) / 3.;
        let square = |x: f64| x * x;
        square((mean - SCALE.0) / SCALE.1)
            + [sx, sy, sz].iter().map(|s| square((s - mean) / ANISOTROPY_SPREAD)).sum::<f64>()
            + shears.iter().map(|s| square(s / SHEAR_SPREAD)).sum::<f64>()
    }
}

/// Depth inside the brain, in mm, at which fluid is that of the ventricles.
const VENTRICLES_MM: f32 = -22.;

/// Ventricles are brighter than tissue by this factor, or fluid counts as dark.
const BRIGHT: f64 = 1.15;

/// How fluid shows: dark on T1 and FLAIR, bright on T2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fluid {
    /// Darker than tissue, or not told from it.
    Dark,
    /// Brighter than tissue.
    Bright,
}

/// The atlas as places with classes.
pub struct Classes {
    places: Vec<([f64; 3], u8)>,
    /// Places in the ventricles.
    ventricles: Vec<[f64; 3]>,
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
        let deep_fluid = |n: &usize| signed[*n] < VENTRICLES_MM && class(*n) == 0;
        let ventricles = (0..all.len()).filter(deep_fluid).map(|n| all[n]).collect();
        let places = (0..all.len()).map(|n| (all[n], class(n) as u8)).collect();
        Some(Self { places, ventricles, centre })
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
        let fit = Fit { explained: 1. - rest / total, outside: outside / seen };
        (total > 0.).then_some(fit)
    }

    /// How fluid shows in a head, by the ventricles.
    pub fn fluid(&self, head: &Head, pose: &Pose) -> Fluid {
        let map = pose.map(self.centre);
        let middle = |places: &mut dyn Iterator<Item = &[f64; 3]>| {
            let mut values: Vec<f32> =
                places.filter_map(|place| head.image.at(map.apply_to(*place))).collect();
            values.sort_by(f32::total_cmp);
            f64::from(values.get(values.len() / 2).copied().unwrap_or_default())
        };
        let tissue = self
            .places
            .iter()
            .filter(|(_, class)| (TISSUES / 2..TISSUES).contains(&usize::from(*class)));
        let tissue = middle(&mut tissue.map(|(place, _)| place));
        if middle(&mut self.ventricles.iter()) > BRIGHT * tissue {
            Fluid::Bright
        } else {
            Fluid::Dark
        }
    }
}

/// How a pose explains a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Part of the variance that the classes explain, 0 to 1.
    pub explained: f64,
    /// Part of the brain and its shells that lies outside of the head.
    pub outside: f64,
}
