//! Intensities made comparable: an MR image has no unit.

use interval_core::volume::{Mask, Volume};

/// Mean and standard deviation (population) of some voxels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, with n in the denominator.
    pub deviation: f64,
}

impl Spread {
    /// How many deviations a value lies above the mean. Where all voxels have one value it is 0.
    pub fn score(&self, value: f32) -> f32 {
        /// Deviation below which there is nothing to scale by.
        const FLAT: f64 = 1e-8;
        ((f64::from(value) - self.mean) / self.deviation.max(FLAT)) as f32
    }
}

/// The finite values of an image, or of the part inside a mask, in ascending order: ask it for as
/// many percentiles as needed.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked(Vec<f32>);

impl Ranked {
    /// Ranks every voxel.
    pub fn of(volume: &Volume<f32>) -> Self {
        Self::from_values(volume.voxels().iter().copied())
    }

    /// Ranks the voxels inside a mask on the same grid.
    pub fn within(volume: &Volume<f32>, inside: &Mask) -> Self {
        Self::from_values(chosen(volume, inside))
    }

    fn from_values(values: impl Iterator<Item = f32>) -> Self {
        let mut values: Vec<f32> = values.filter(|v| v.is_finite()).collect();
        values.sort_unstable_by(f32::total_cmp);
        Self(values)
    }

    /// The value below which `percent` (0 to 100) of the voxels lie, interpolated between ranks;
    /// nothing when there is no voxel.
    pub fn percentile(&self, percent: f64) -> Option<f32> {
        let last = self.0.len().checked_sub(1)?;
        let rank = (percent / 100.).clamp(0., 1.) * last as f64;
        let (low, part) = (rank.floor() as usize, rank.fract() as f32);
        let high = (low + 1).min(last);
        Some(self.0[low] + part * (self.0[high] - self.0[low]))
    }
}

/// The value below which `percent` (0 to 100) of the voxels inside a mask lie; nothing for an
/// empty mask.
pub fn percentile(volume: &Volume<f32>, inside: &Mask, percent: f64) -> Option<f32> {
    Ranked::within(volume, inside).percentile(percent)
}

/// Every value held between two percentiles of the voxels inside a mask, so that a vessel or an
/// artefact does not set the scale. An empty mask changes nothing.
pub fn clip(volume: &Volume<f32>, inside: &Mask, [low, high]: [f64; 2]) -> Volume<f32> {
    let ranked = Ranked::within(volume, inside);
    match (ranked.percentile(low), ranked.percentile(high)) {
        (Some(low), Some(high)) => volume.map(|v| v.max(low).min(high)),
        _ => volume.clone(),
    }
}

/// Mean and standard deviation inside a mask; nothing for an empty one.
pub fn spread(volume: &Volume<f32>, inside: &Mask) -> Option<Spread> {
    let (mut n, mut mean, mut squares) = (0., 0., 0.);
    // Welford's update keeps large offsets from eating the digits of the deviation
    for value in chosen(volume, inside).map(f64::from) {
        n += 1.;
        let from_mean = value - mean;
        mean += from_mean / n;
        squares += from_mean * (value - mean);
    }
    (n > 0.).then(|| Spread { mean, deviation: (squares / n).sqrt() })
}

/// Zero mean and unit deviation inside a mask, 0 outside. Voxels that all have one value become
/// 0.
pub fn z_score(volume: &Volume<f32>, inside: &Mask) -> Volume<f32> {
    let spread = spread(volume, inside).unwrap_or(Spread { mean: 0., deviation: 1. });
    Volume::from_fn(*volume.grid(), |offset| {
        if inside.voxels()[offset] { spread.score(volume.voxels()[offset]) } else { 0. }
    })
}

/// The values inside a mask.
fn chosen(volume: &Volume<f32>, inside: &Mask) -> impl Iterator<Item = f32> {
    volume.voxels().iter().zip(inside.voxels()).filter(|(_, inside)| **inside).map(|(v, _)| *v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::{Grid, Transform};

    fn row(values: &[f32]) -> Volume<f32> {
        let to_lps = Transform::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]]);
        let grid = Grid { shape: [values.len(), 1, 1], to_lps };
        Volume::new(grid, values.to_vec()).unwrap()
    }

    fn above(volume: &Volume<f32>, least: f32) -> Mask {
        volume.map(|v| *v >= least)
    }

    #[track_caller]
    fn check_percentile(percent: f64, expected: Option<f32>) {
        let volume = row(&[9., 1., 2., 3., 4., 5., -7.]);
        let inside = volume.map(|v| (1. ..=5.).contains(v));
        assert_eq!(percentile(&volume, &inside, percent), expected);
    }

    #[test]
    fn percentiles_run_from_the_least_to_the_greatest_inside() {
        check_percentile(0., Some(1.));
        check_percentile(50., Some(3.));
        check_percentile(100., Some(5.));
    }
    #[test]
    fn between_two_ranks_a_percentile_is_interpolated() {
        check_percentile(12.5, Some(1.5));
    }
    #[test]
    fn nothing_has_no_percentile() {
        let volume = row(&[1., 2.]);
        assert_eq!(percentile(&volume, &above(&volume, 3.), 50.), None);
        assert_eq!(Ranked::of(&row(&[f32::NAN])).percentile(50.), None);
    }
    #[test]
    fn clipping_holds_a_vessel_down_and_leaves_tissue_alone() {
        let volume = row(&[0., 1., 2., 3., 1000.]);
        let clipped = clip(&volume, &above(&volume, 0.), [0., 75.]);
        assert_eq!(clipped.voxels(), [0., 1., 2., 3., 3.]);
    }
    #[test]
    fn a_z_score_has_zero_mean_and_unit_deviation_inside_and_zero_outside() {
        let volume = row(&[0., 1001., 1003., 1005.]);
        let inside = above(&volume, 1.);
        let scored = z_score(&volume, &inside);
        let after = spread(&scored, &inside).unwrap();
        // values are float32
        assert!(after.mean.abs() < 1e-6 && (after.deviation - 1.).abs() < 1e-6);
        assert_eq!(scored.voxels()[0], 0.);
    }
    #[test]
    fn one_value_everywhere_scores_zero() {
        let volume = row(&[5., 5.]);
        assert_eq!(z_score(&volume, &above(&volume, 0.)).voxels(), [0., 0.]);
    }
}
