//! The histogram of log intensities: how sharp tissues stand out in it, and where they lie.

/// Width of a class in log intensity.
const CLASS: f64 = 0.01;
/// Standard deviation in log intensity of what is one tissue: noise and mixtures. A tenth of the
/// way between white and grey matter.
const TISSUE_SD: f64 = 0.035;
/// Standard deviations after which the kernel is cut off.
const REACH: f64 = 3.5;

/// How often each log intensity occurs.
pub(super) struct Histogram {
    low: f64,
    /// Samples in each class.
    counts: Vec<f64>,
    /// The same, smoothed over what is one tissue.
    smooth: Vec<f64>,
    /// Mean class of the samples around each class.
    around: Vec<f64>,
}

impl Histogram {
    /// Counts values, each shared between its two nearest classes.
    pub fn of(logs: &[f64]) -> Self {
        let low = logs.iter().copied().fold(f64::INFINITY, f64::min);
        let high = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let classes = ((high - low) / CLASS).max(0.) as usize + 2;
        let mut counts = vec![0.; classes];
        for log in logs {
            let (class, part) = split((log - low) / CLASS, classes);
            counts[class] += 1. - part;
            counts[class + 1] += part;
        }
        let weighted: Vec<f64> =
            counts.iter().enumerate().map(|(class, n)| n * class as f64).collect();
        let smooth = smoothed(&counts);
        let around = smoothed(&weighted)
            .iter()
            .zip(&smooth)
            .enumerate()
            .map(|(class, (sum, n))| if *n > 1e-12 { sum / n } else { class as f64 })
            .collect();
        Self { low, counts, smooth, around }
    }

    /// Entropy per sample in nats: the lower, the sharper tissues stand out.
    pub fn entropy(&self) -> f64 {
        let total: f64 = self.counts.iter().sum();
        let classes = self.counts.iter().zip(&self.smooth).filter(|(n, _)| **n > 0.);
        classes.map(|(n, smooth)| -n / total * (smooth / (total * CLASS)).ln()).sum()
    }

    /// Mean log intensity of the samples around one: nearer to the summit of its tissue.
    pub fn summit(&self, log: f64) -> f64 {
        let (class, part) = split((log - self.low) / CLASS, self.around.len());
        let mean = self.around[class] + part * (self.around[class + 1] - self.around[class]);
        self.low + CLASS * mean
    }
}

/// The class below a place, and the way to the one above.
fn split(at: f64, classes: usize) -> (usize, f64) {
    let class = (at.max(0.) as usize).min(classes - 2);
    (class, at - class as f64)
}

/// The values under a Gaussian as wide as a tissue.
fn smoothed(values: &[f64]) -> Vec<f64> {
    let sigma = TISSUE_SD / CLASS;
    let reach = (REACH * sigma).ceil() as usize;
    let half: Vec<f64> = (0..=reach).map(|d| (-0.5 * (d as f64 / sigma).powi(2)).exp()).collect();
    let sum = half[0] + 2. * half[1..].iter().sum::<f64>();
    let at = |n: Option<usize>| n.and_then(|n| values.get(n)).copied().unwrap_or(0.);
    let around = |n: usize| {
        let sides = half.iter().enumerate().skip(1);
        let pairs: f64 = sides.map(|(d, w)| w * (at(n.checked_sub(d)) + at(Some(n + d)))).sum();
        (half[0] * values[n] + pairs) / sum
    };
    (0..values.len()).map(around).collect()
}
