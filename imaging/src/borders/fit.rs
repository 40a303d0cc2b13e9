//! What a region looks like, by the voxels deep inside it, and how well a voxel fits in.

use crate::{blur, distance};

/// Voxels deep inside weigh by a Gaussian of this deviation: tissue changes over a lesion, and
/// within a centimetre it hardly does.
const NEARNESS_MM: f64 = 10.;

/// Share of a region that must lie deep inside, for its look to be its own.
const DEEP_SHARE_MIN: f64 = 0.02;

/// Volume that must lie deep inside, in mm3.
const DEEP_MM3_MIN: f64 = 4.;

/// Volume of whole voxels inside that stands in for what is deep, in mm3.
const INSIDE_MM3_MIN: f64 = 30.;

/// Variance below which none is believed, in squared deviations of the sequence over the brain.
const VARIANCE_MIN: f32 = 0.02;

/// Weight of the lesion as a whole, so that far from everything deep there is still a mean.
const BACKGROUND: f32 = 1e-4;

/// Whether a region can be told by its look.
pub(super) enum Look {
    /// By these voxels.
    Seen(Vec<bool>),
    /// It is nowhere thick enough.
    Unseen,
}

impl Look {
    pub(super) fn is_unseen(&self) -> bool {
        matches!(self, Look::Unseen)
    }
}

/// The channels of a box.
pub(super) struct Fit<'a> {
    pub shape: [usize; 3],
    pub spacing: [f64; 3],
    pub channels: &'a [Vec<f32>],
}

impl Fit<'_> {
    /// The voxels by which a region is known: those further than `reach` from any border of it.
    /// Oedema and rim may be thin by nature: for them whole voxels inside are enough.
    pub(super) fn look(&self, labels: &[Option<usize>], region: usize, reach: f32) -> Look {
        let own = |at: usize| labels[at] == Some(region);
        let within = distance::field(self.shape, self.spacing, |at| !own(at)).squared;
        let deeper = |than: f32| -> Vec<bool> {
            (0..labels.len()).map(|at| own(at) && within[at] > than * than).collect()
        };
        let voxel_mm3: f64 = self.spacing.iter().product();
        let mm3 = |mask: &[bool]| mask.iter().filter(|inside| **inside).count() as f64 * voxel_mm3;
        let all = (0..labels.len()).filter(|at| own(*at)).count() as f64 * voxel_mm3;
        let deep = deeper(reach);
        if mm3(&deep) >= DEEP_MM3_MIN.max(DEEP_SHARE_MIN * all) {
            return Look::Seen(deep);
        }
        let step = self.spacing.into_iter().fold(f64::INFINITY, f64::min) as f32;
        let inside = deeper(step * 1.01);
        if region == super::CORE || mm3(&inside) < INSIDE_MM3_MIN {
            return Look::Unseen;
        }
        Look::Seen(inside)
    }

    /// The variance of each sequence within a region: the geometric mean over the regions.
    pub(super) fn common_variances<'k>(
        &self,
        known: impl Iterator<Item = &'k Vec<bool>>,
    ) -> Vec<f32> {
        let known: Vec<_> = known.collect();
        let common = |channel: &Vec<f32>| {
            let variances = known.iter().map(|k| Moments::of(channel, k).variance + VARIANCE_MIN);
            (variances.map(f32::ln).sum::<f32>() / known.len().max(1) as f32).exp()
        };
        self.channels.iter().map(common).collect()
    }

    /// How well each voxel fits to the voxels by which a region is known: its log-likelihood. The
    /// variance is half way between the region's own nearby and the common one. With its own alone
    /// a varied region takes the voxels that are half of it and half of an even one; with the
    /// common one alone a varied region loses what is its own.
    pub(super) fn score(&self, known: &[bool], common: &[f32]) -> Vec<f32> {
        let mut weight: Vec<f32> = known.iter().map(|inside| f32::from(*inside)).collect();
        self.blur(&mut weight);
        let mut score = vec![0.; known.len()];
        for (channel, common) in self.channels.iter().zip(common) {
            let overall = Moments::of(channel, known);
            let mean = self.local(channel, known, (&weight, overall.mean));
            let squares: Vec<f32> =
                channel.iter().zip(&mean).map(|(value, mean)| (value - mean).powi(2)).collect();
            let variance = self.local(&squares, known, (&weight, overall.variance));
            for (at, score) in score.iter_mut().enumerate() {
                let variance = ((variance[at] + VARIANCE_MIN) * common).sqrt();
                *score -= squares[at] / (2. * variance) + 0.5 * variance.ln();
            }
        }
        score
    }

    /// The mean of some values over the known voxels nearby; far from all of them the overall one.
    fn local(&self, values: &[f32], known: &[bool], (weight, overall): (&[f32], f32)) -> Vec<f32> {
        let mut sum: Vec<f32> =
            values.iter().zip(known).map(|(v, inside)| if *inside { *v } else { 0. }).collect();
        self.blur(&mut sum);
        sum.iter()
            .zip(weight)
            .map(|(sum, weight)| (sum + BACKGROUND * overall) / (weight + BACKGROUND))
            .collect()
    }

    fn blur(&self, values: &mut [f32]) {
        blur::wide(self.shape, self.spacing, NEARNESS_MM, values);
    }
}

/// Mean and variance over some voxels.
struct Moments {
    mean: f32,
    variance: f32,
}

impl Moments {
    fn of(values: &[f32], known: &[bool]) -> Self {
        let chosen = || values.iter().zip(known).filter(|(_, k)| **k).map(|(v, _)| f64::from(*v));
        let count = chosen().count().max(1) as f64;
        let mean = chosen().sum::<f64>() / count;
        let variance = chosen().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
        Self { mean: mean as f32, variance: variance as f32 }
    }
}
