//! Weighted least squares: normal equations and what is robust about them.

use std::ops::Range;

/// Most unknowns: six of a motion with nineteen of two shading fields, or the knots of a curve.
pub(super) const UNKNOWNS: usize = 32;

/// Normal equations of up to [`UNKNOWNS`] unknowns.
#[derive(Clone)]
pub(super) struct Normal {
    h: Box<[[f64; UNKNOWNS]; UNKNOWNS]>,
    g: [f64; UNKNOWNS],
}

/// The same in single precision, for one short row of samples.
pub(super) struct RowSums {
    used: usize,
    h: [[f32; UNKNOWNS]; UNKNOWNS],
    g: [f32; UNKNOWNS],
}

impl RowSums {
    /// For this many unknowns.
    pub fn new(unknowns: usize) -> Self {
        let used = unknowns.next_multiple_of(4).min(UNKNOWNS);
        Self { used, h: [[0.; UNKNOWNS]; UNKNOWNS], g: [0.; UNKNOWNS] }
    }

    /// One sample: its derivatives, residual and weight.
    #[inline]
    pub fn add(&mut self, j: &[f32; UNKNOWNS], residual: f32, weight: f32) {
        for a in 0..self.used {
            let w = weight * j[a];
            self.g[a] += w * residual;
            for (cell, b) in self.h[a][..self.used].iter_mut().zip(&j[..self.used]) {
                *cell += w * b;
            }
        }
    }

    /// Moves the sums to double precision and starts again.
    pub fn flush(&mut self, into: &mut Normal) {
        for a in 0..self.used {
            into.g[a] += f64::from(std::mem::take(&mut self.g[a]));
            for b in 0..self.used {
                into.h[a][b] += f64::from(std::mem::take(&mut self.h[a][b]));
            }
        }
    }
}

impl Normal {
    pub fn new() -> Self {
        Self { h: Box::new([[0.; UNKNOWNS]; UNKNOWNS]), g: [0.; UNKNOWNS] }
    }

    /// The sum of two parts.
    pub fn add(&mut self, other: &Self) {
        for (row, other) in self.h.iter_mut().zip(other.h.iter()) {
            for (cell, more) in row.iter_mut().zip(other) {
                *cell += more;
            }
        }
        for (cell, more) in self.g.iter_mut().zip(&other.g) {
            *cell += more;
        }
    }

    /// One sample with few derivatives that are not zero, by unknown.
    pub fn add_sparse(&mut self, j: &[(usize, f64)], residual: f64, weight: f64) {
        for &(a, x) in j {
            self.g[a] += weight * x * residual;
            for &(b, y) in j {
                self.h[a][b] += weight * x * y;
            }
        }
    }

    /// Pulls one unknown, now at `value`, towards zero.
    pub fn pull(&mut self, unknown: usize, value: f64, strength: f64) {
        self.h[unknown][unknown] += strength;
        self.g[unknown] += strength * value;
    }

    /// Mean of the first `n` diagonal elements.
    pub fn scale(&self, n: usize) -> f64 {
        (0..n).map(|a| self.h[a][a]).sum::<f64>() / n as f64
    }

    /// The step that minimises the sum of squares over some of the unknowns while the others stay
    /// (Cholesky). An unknown that nothing depends on stays where it is.
    pub fn step(&self, unknowns: Range<usize>) -> Vec<f64> {
        let (first, n) = (unknowns.start, unknowns.len());
        let h = |a: usize, b: usize| self.h[first + a][first + b];
        let tiny = 1e-10 * ((0..n).map(|a| h(a, a)).sum::<f64>() / n as f64).max(1e-30);
        let mut l = vec![vec![0.; n]; n];
        for a in 0..n {
            for b in 0..=a {
                let sum: f64 = (0..b).map(|c| l[a][c] * l[b][c]).sum();
                l[a][b] = if a == b {
                    (h(a, a) - sum).max(tiny).sqrt()
                } else {
                    (h(a, b) - sum) / l[b][b]
                };
            }
        }
        let mut x = vec![0.; n];
        for a in 0..n {
            let sum: f64 = (0..a).map(|c| l[a][c] * x[c]).sum();
            x[a] = (-self.g[first + a] - sum) / l[a][a];
        }
        for a in (0..n).rev() {
            let sum: f64 = (a + 1..n).map(|c| l[c][a] * x[c]).sum();
            x[a] = (x[a] - sum) / l[a][a];
        }
        x
    }
}

/// Tukey's constant: 95 % efficient on normal noise (Holland and Welsch 1977).
const TUKEY: f32 = 4.685;
/// Share of samples that may be outliers before the scale is raised: more than a growing tumour
/// can explain would be thrown away.
const OUTLIERS_MAX: f64 = 0.2;
/// Log residuals above this are all alike.
const RESIDUAL_MAX: f32 = 2.;
const BINS: usize = 1024;

/// How large residuals are: a histogram, so that it adds up in any order.
#[derive(Clone)]
pub(super) struct Residuals {
    counts: Vec<u64>,
}

impl Residuals {
    pub fn new() -> Self {
        Self { counts: vec![0; BINS] }
    }

    #[inline]
    pub fn note(&mut self, residual: f32) {
        let bin = (residual.abs() * (BINS as f32 / RESIDUAL_MAX)) as usize;
        self.counts[bin.min(BINS - 1)] += 1;
    }

    pub fn add(&mut self, other: &Self) {
        for (cell, more) in self.counts.iter_mut().zip(&other.counts) {
            *cell += more;
        }
    }

    /// Samples noted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The size below which a share of the residuals lies.
    fn quantile(&self, share: f64) -> f32 {
        let wanted = share * self.count() as f64;
        let width = RESIDUAL_MAX / BINS as f32;
        let mut below = 0.;
        for (bin, count) in self.counts.iter().enumerate() {
            let count = *count as f64;
            if count > 0. && below + count >= wanted {
                return (bin as f32 + ((wanted - below) / count) as f32) * width;
            }
            below += count;
        }
        RESIDUAL_MAX
    }

    /// The scale of the noise: from the median, raised until few samples are outliers.
    pub fn scale(&self) -> Scale {
        let median = 1.4826 * self.quantile(0.5);
        let few = self.quantile(1. - OUTLIERS_MAX) / TUKEY;
        Scale(median.max(few).max(1e-4))
    }

    /// Share of samples that a scale calls outliers.
    pub fn outliers(&self, scale: Scale) -> f64 {
        let cut = (scale.0 * TUKEY * (BINS as f32 / RESIDUAL_MAX)) as usize;
        let beyond: u64 = self.counts[cut.min(BINS - 1)..].iter().sum();
        beyond as f64 / self.count().max(1) as f64
    }
}

/// The standard deviation of residuals that are noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale(pub f32);

impl Scale {
    /// Every residual counts alike: for the first look.
    pub const WIDE: Self = Self(1e6);

    /// Tukey's biweight of a residual.
    #[inline]
    pub fn weight(self, residual: f32) -> f32 {
        let z = residual / (TUKEY * self.0);
        let rest = (1. - z * z).max(0.);
        rest * rest
    }
}
