//! The intensity of one contrast as a function of another, estimated from the images themselves.

use super::normal::{Normal, UNKNOWNS};

/// Knots of the curve: grey and white matter must be some knots apart.
pub(super) const KNOTS: usize = UNKNOWNS;
/// Weight of the curve's bending against the samples: bridges knots without samples.
const BENDING: f64 = 1e-3;

/// A piecewise linear function of log intensity.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    low: f32,
    step: f32,
    heights: [f32; KNOTS],
}

/// One reading of a curve.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub height: f32,
    pub slope: f32,
    /// Knot below, and the way to the one above.
    pub knot: usize,
    pub part: f32,
}

impl Curve {
    /// Level, over a range of log intensity.
    pub fn level([low, high]: [f32; 2], height: f32) -> Self {
        let step = ((high - low) / (KNOTS - 1) as f32).max(1e-3);
        Self { low, step, heights: [height; KNOTS] }
    }

    /// The curve at a log intensity; level beyond its ends.
    #[inline]
    pub fn read(&self, x: f32) -> Reading {
        let t = (x - self.low) / self.step;
        let end = (KNOTS - 1) as f32;
        let held = t.clamp(0., end - 1e-3);
        let knot = held as usize;
        let part = held - knot as f32;
        let rise = self.heights[knot + 1] - self.heights[knot];
        let slope = if t == held { rise / self.step } else { 0. };
        Reading { height: self.heights[knot] + part * rise, slope, knot, part }
    }

    /// The curve after one least-squares step on samples of its knots.
    pub fn stepped(&self, samples: &Normal) -> Self {
        let mut normal = samples.clone();
        let strength = BENDING * normal.scale(KNOTS);
        for knot in 1..KNOTS - 1 {
            let bend = [(knot - 1, 1.), (knot, -2.), (knot + 1, 1.)];
            let now: f64 = bend.iter().map(|(k, w)| w * f64::from(self.heights[*k])).sum();
            normal.add_sparse(&bend, now, strength);
        }
        let step = normal.step(0..KNOTS);
        let mut next = self.clone();
        for (height, step) in next.heights.iter_mut().zip(step) {
            *height += step as f32;
        }
        next
    }
}
