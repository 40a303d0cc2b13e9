//! How the intensities of two images hang together: gain, shading and, between two contrasts, a
//! curve.

use super::Contrast;
use super::curve::Curve;
use super::freedom::RADIUS_MM;
use super::level::{Kind, Level};
use super::normal::{Normal, Scale};
use super::pass::Sums;
use super::thick::Profile;
use super::view::View;

/// Terms of a shading field: first and second order, the constant last.
pub(super) const SHADES: usize = 10;
/// Expected log shading: coils differ by a third across a head. Decides only what the images
/// leave open.
const SHADING_SD: f64 = 0.3;
/// The same for the fixed image in front of a curve.
const FIXED_SHADING_SD: f64 = 0.1;
/// Least strength of the expectation, in shares of a sample.
const PULL_MIN: f64 = 1e-6;

/// What relates two images, as known so far.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// From fixed to moving log intensity; nothing when they are alike.
    pub curve: Option<Curve>,
    /// Log shading of the difference; behind a curve, without its constant.
    pub shading: [f32; SHADES],
    /// Log shading of the fixed image in front of a curve.
    pub fixed_shading: [f32; SHADES],
    /// The noise that is left.
    pub scale: Scale,
}

/// The fixed image at one point, brought to the moving image's contrast.
pub(super) struct Seen {
    /// Log intensity, shading included.
    pub log: f32,
    /// Derivative by millimetres between.
    pub edge: [f32; 3],
    /// Derivative by the log shading of the fixed image.
    pub by_shading: f32,
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

/// A point of the fixed image: what it shows, where it is, and the shading terms there.
pub(super) struct Spot<'a> {
    pub value: [f32; 4],
    pub index: [f32; 3],
    pub shades: &'a [f32; SHADES],
}

/// How the knots of a curve act on one point.
pub(super) type Knots = Vec<(usize, f64)>;

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

    /// Number of shading terms that are estimated.
    pub fn terms(&self) -> usize {
        if self.curve.is_some() { 2 * (SHADES - 1) } else { SHADES }
    }

    /// The fixed image in the moving image's contrast and shading; nothing where the slice profile
    /// reaches beyond what is known. Leaves the curve's part in `knots`.
    #[inline]
    pub fn seen(
        &self,
        fixed: &View,
        profile: &Profile,
        spot: &Spot,
        knots: &mut Knots,
    ) -> Option<Seen> {
        knots.clear();
        let own = dot(&self.fixed_shading, spot.shades);
        let shading = dot(&self.shading, spot.shades);
        if profile.taps.is_empty() {
            let (log, slope) = self.read(spot.value[0] + own, 1., knots);
            let [_, x, y, z] = spot.value;
            let edge = fixed.between([slope * x, slope * y, slope * z]);
            return Some(Seen { log: log + shading, edge, by_shading: slope });
        }
        // a thick slice averages intensities, not their logarithms
        let (mut sum, mut by_shading, mut edge) = (0., 0., [0.; 3]);
        for (offset, share) in &profile.taps {
            let [x, y, z] = spot.index;
            let cell = fixed.cell([x + offset[0], y + offset[1], z + offset[2]])?;
            if cell.kind == Kind::Void {
                return None;
            }
            let value = fixed.read(&cell);
            let before = knots.len();
            let (log, slope) = self.read(value[0] + own, 1., knots);
            let weight = share * log.exp();
            for (_, part) in &mut knots[before..] {
                *part *= f64::from(weight);
            }
            sum += weight;
            by_shading += weight * slope;
            for (edge, g) in edge.iter_mut().zip(&value[1..]) {
                *edge += weight * slope * g;
            }
        }
        for (_, part) in knots.iter_mut() {
            *part /= f64::from(sum);
        }
        Some(Seen {
            log: sum.ln() + shading,
            edge: fixed.between([edge[0] / sum, edge[1] / sum, edge[2] / sum]),
            by_shading: by_shading / sum,
        })
    }

    /// Height and slope of the curve, which is the diagonal when there is none.
    #[inline]
    fn read(&self, log: f32, weight: f64, knots: &mut Knots) -> (f32, f32) {
        let Some(curve) = &self.curve else { return (log, 1.) };
        let reading = curve.read(log);
        let part = f64::from(reading.part);
        knots.push((reading.knot, weight * (1. - part)));
        knots.push((reading.knot + 1, weight * part));
        (reading.height, reading.slope)
    }

    /// How the residual changes with each shading term.
    #[inline]
    pub fn derivatives(&self, shades: &[f32; SHADES], by_shading: f32, out: &mut [f32]) {
        if self.curve.is_some() {
            let (after, before) = out.split_at_mut(SHADES - 1);
            for (s, shade) in shades[..SHADES - 1].iter().enumerate() {
                after[s] = *shade;
                before[s] = by_shading * shade;
            }
        } else {
            out[..SHADES].copy_from_slice(shades);
        }
    }

    /// Normal equations, with the shading held near what coils do. Its unknowns begin at `from`.
    pub fn held(&self, sums: &Sums, from: usize) -> Normal {
        let mut normal = sums.motion.clone();
        let noise = f64::from(self.scale.0.min(1.)).powi(2);
        let least = PULL_MIN * sums.residuals.count() as f64;
        let strength = |sd: f64| (noise / (sd * sd)).max(least);
        let slopes = SHADES - 1;
        for (s, value) in self.shading[..slopes].iter().enumerate() {
            normal.pull(from + s, f64::from(*value), strength(SHADING_SD));
        }
        if self.curve.is_some() {
            for (s, value) in self.fixed_shading[..slopes].iter().enumerate() {
                normal.pull(from + slopes + s, f64::from(*value), strength(FIXED_SHADING_SD));
            }
        }
        normal
    }

    /// Takes in what a pass has shown: a step of the shading, the curve and the noise.
    pub fn learn(&mut self, sums: &Sums, step: &[f64]) {
        let slopes = SHADES - 1;
        let add = |field: &mut [f32], step: &[f64]| {
            for (cell, step) in field.iter_mut().zip(step) {
                *cell += *step as f32;
            }
        };
        match &self.curve {
            None => add(&mut self.shading, step),
            Some(curve) => {
                add(&mut self.shading[..slopes], step);
                add(&mut self.fixed_shading[..slopes], &step[slopes..]);
                self.curve = Some(curve.stepped(&sums.curve));
            }
        }
        self.scale = sums.residuals.scale();
    }
}
