//! A histogram of log intensities, and what it was before shading blurred it.

/// Classes over the range of log intensity.
const CLASSES: usize = 200;
/// Width at half maximum of the blur that one round takes away, in log intensity (Sled 1998).
const BLUR_FWHM: f64 = 0.15;
/// Full width at half maximum in standard deviations.
const FWHM: f64 = 2.354_82;
/// Rounds of sharpening: peaks stand out, noise does not yet.
const ROUNDS: usize = 12;

/// How often each log intensity occurs.
pub(super) struct Histogram {
    low: f64,
    width: f64,
    counts: Vec<f64>,
}

/// For each log intensity the tissue it most likely belongs to.
pub(super) struct Sharpened {
    low: f64,
    width: f64,
    tissue: Vec<f64>,
}

impl Histogram {
    /// Counts values, each shared between its two nearest classes.
    pub fn of(logs: &[f64]) -> Self {
        let low = logs.iter().copied().fold(f64::INFINITY, f64::min);
        let high = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let width = ((high - low) / (CLASSES - 1) as f64).max(1e-9);
        let mut counts = vec![0.; CLASSES];
        for log in logs {
            let at = (log - low) / width;
            let class = (at as usize).min(CLASSES - 2);
            let part = at - class as f64;
            counts[class] += 1. - part;
            counts[class + 1] += part;
        }
        Self { low, width, counts }
    }

    /// Takes a Gaussian blur away (Richardson 1972, Lucy 1974: never negative), and asks for each
    /// blurred value what it was on average before.
    pub fn sharpened(&self) -> Sharpened {
        let kernel = Kernel::new(BLUR_FWHM / FWHM / self.width);
        let mut sharp = self.counts.clone();
        for _ in 0..ROUNDS {
            let ratio: Vec<f64> = kernel
                .blurred(&sharp)
                .iter()
                .zip(&self.counts)
                .map(|(blurred, count)| if *blurred > 0. { count / blurred } else { 0. })
                .collect();
            for (cell, factor) in sharp.iter_mut().zip(kernel.blurred(&ratio)) {
                *cell *= factor;
            }
        }
        let weighted: Vec<f64> =
            sharp.iter().enumerate().map(|(class, n)| n * class as f64).collect();
        let tissue = kernel
            .blurred(&weighted)
            .iter()
            .zip(kernel.blurred(&sharp))
            .enumerate()
            .map(|(class, (sum, n))| if n > 1e-12 { sum / n } else { class as f64 })
            .map(|class| self.low + class * self.width)
            .collect();
        Sharpened { low: self.low, width: self.width, tissue }
    }
}

impl Sharpened {
    /// Log intensity of the tissue that a log intensity most likely belongs to.
    pub fn tissue(&self, log: f64) -> f64 {
        let at = ((log - self.low) / self.width).clamp(0., (CLASSES - 1) as f64);
        let class = (at as usize).min(CLASSES - 2);
        let part = at - class as f64;
        self.tissue[class] + part * (self.tissue[class + 1] - self.tissue[class])
    }
}

/// One half of a symmetric kernel, the middle first, as a whole adding up to one.
struct Kernel(Vec<f64>);

impl Kernel {
    /// A Gaussian with a standard deviation in classes.
    fn new(sigma: f64) -> Self {
        let reach = ((3. * sigma).ceil() as usize).clamp(1, CLASSES);
        let half: Vec<f64> =
            (0..=reach).map(|d| (-0.5 * (d as f64 / sigma).powi(2)).exp()).collect();
        let sum = half[0] + 2. * half[1..].iter().sum::<f64>();
        Self(half.iter().map(|w| w / sum).collect())
    }

    fn blurred(&self, values: &[f64]) -> Vec<f64> {
        let at = |n: Option<usize>| n.and_then(|n| values.get(n)).copied().unwrap_or(0.);
        (0..values.len())
            .map(|n| {
                let sides = self.0.iter().enumerate().skip(1);
                let pairs = sides.map(|(d, w)| w * (at(n.checked_sub(d)) + at(Some(n + d))));
                self.0[0] * values[n] + pairs.sum::<f64>()
            })
            .collect()
    }
}
