//! Smoothing of fields on grids whose axes have different steps.

/// Boxes in a row that stand for a Gaussian: three differ from it by about 3 % of its peak
/// (P. Kovesi, "Fast almost-Gaussian filtering", DICTA 2010).
const BOXES: usize = 3;

/// Smooths a field with an almost Gaussian weight of the given deviation; beyond the edges of the
/// field there is nothing (0). Shape and spacing are along (i, j, k), the deviation in the unit of
/// the spacing.
pub fn wide(shape: [usize; 3], spacing: [f64; 3], deviation: f64, values: &mut [f32]) {
    for (axis, step) in spacing.into_iter().enumerate() {
        for reach in half_widths(deviation / step) {
            each_row(shape, axis, values, |row, mean| running_mean(row, reach, mean));
        }
    }
}

/// Smooths a field with the neighbours of each voxel, weighted as a Gaussian of a deviation that is
/// about a voxel or less would weigh them; beyond the edges the last value goes on.
pub fn narrow(shape: [usize; 3], spacing: [f64; 3], deviation: f64, values: &mut [f32]) {
    for (axis, step) in spacing.into_iter().enumerate() {
        let aside = (-0.5 * (step / deviation).powi(2)).exp() as f32;
        each_row(shape, axis, values, |row, mean| {
            let last = row.len() - 1;
            for (n, mean) in mean.iter_mut().enumerate() {
                let beside = row[n.saturating_sub(1)] + row[(n + 1).min(last)];
                *mean = (row[n] + aside * beside) / (1. + 2. * aside);
            }
        });
    }
}

/// Voxels to each side of the boxes: a box of `2 n + 1` voxels has the variance `n (n + 1) / 3`,
/// and the boxes together come as near to that of the Gaussian as two neighbouring sizes can.
fn half_widths(deviation_voxels: f64) -> [usize; BOXES] {
    let variance = |reach: usize| (reach * (reach + 1)) as f64 / 3.;
    let wanted = deviation_voxels.powi(2);
    // The largest n with n (n + 1) / 3 times the boxes not above what is wanted.
    let small = ((0.25 + 3. * wanted / BOXES as f64).sqrt() - 0.5).floor().max(0.) as usize;
    let large = small + 1;
    let missing = wanted - variance(small) * BOXES as f64;
    let wider = (missing / (variance(large) - variance(small))).round() as usize;
    std::array::from_fn(|n| if n < wider { large } else { small })
}

fn running_mean(row: &[f32], reach: usize, mean: &mut [f32]) {
    let width = (2 * reach + 1) as f64;
    let mut sum: f64 = row.iter().take(reach).map(|value| f64::from(*value)).sum();
    for (n, mean) in mean.iter_mut().enumerate() {
        sum += row.get(n + reach).map_or(0., |value| f64::from(*value));
        *mean = (sum / width) as f32;
        sum -= n.checked_sub(reach).map_or(0., |first| f64::from(row[first]));
    }
}

/// Calls `smooth` with each row along an axis and the place for its result.
fn each_row(
    shape: [usize; 3],
    axis: usize,
    values: &mut [f32],
    smooth: impl Fn(&[f32], &mut [f32]),
) {
    let stride: usize = shape[..axis].iter().product();
    let length = shape[axis];
    let (mut row, mut mean) = (vec![0.; length], vec![0.; length]);
    for first in 0..values.len() / length.max(1) {
        let start = first / stride * stride * length + first % stride;
        for (n, value) in row.iter_mut().enumerate() {
            *value = values[start + n * stride];
        }
        smooth(&row, &mut mean);
        for (n, value) in mean.iter().enumerate() {
            values[start + n * stride] = *value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [usize; 3] = [41, 31, 21];
    const SPACING: [f64; 3] = [1., 1.5, 2.];

    /// A field with one voxel of 1 in its middle.
    fn point() -> Vec<f32> {
        let mut values = vec![0.; SHAPE.iter().product()];
        values[20 + SHAPE[0] * (15 + SHAPE[1] * 10)] = 1.;
        values
    }

    /// Variance along each axis of a field around the middle, in mm2.
    fn variances(values: &[f32]) -> [f64; 3] {
        let mut sums = [0.; 3];
        let total: f64 = values.iter().map(|v| f64::from(*v)).sum();
        for (at, value) in values.iter().enumerate() {
            let index = [at % SHAPE[0], at / SHAPE[0] % SHAPE[1], at / (SHAPE[0] * SHAPE[1])];
            for axis in 0..3 {
                let aside = (index[axis] as f64 - [20., 15., 10.][axis]) * SPACING[axis];
                sums[axis] += f64::from(*value) * aside * aside / total;
            }
        }
        sums
    }

    #[test]
    fn a_wide_smoothing_has_the_deviation_that_was_asked_for_along_every_axis() {
        let mut values = point();
        wide(SHAPE, SPACING, 4., &mut values);
        for variance in variances(&values) {
            // Boxes have whole voxels, so that the deviation has steps.
            assert!((variance.sqrt() - 4.).abs() < 0.4, "{variance}");
        }
        let total: f32 = values.iter().sum();
        assert!((total - 1.).abs() < 1e-3, "nothing is lost: {total}");
    }
    #[test]
    fn a_narrow_smoothing_leaves_a_constant_alone() {
        let mut values = vec![3.; SHAPE.iter().product()];
        narrow(SHAPE, SPACING, 0.6, &mut values);
        assert!(values.iter().all(|value| (value - 3.).abs() < 1e-5));
    }
    #[test]
    fn a_narrow_smoothing_hardly_looks_across_thick_slices() {
        let mut values = point();
        narrow(SHAPE, SPACING, 0.6, &mut values);
        let [i, j, k] = variances(&values);
        assert!(i > j && j > k && k < 0.05, "{i} {j} {k}");
    }
}
