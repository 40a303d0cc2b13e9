//! Resampling to another number of voxels, number for number as nnU-Net v2 does it.
//!
//! A network was trained on voxels that one particular interpolation made. This file repeats that
//! interpolation: a separable cubic B-spline whose line ends are continued by 12 equal voxels
//! before the recursive prefilter, in f64 (`scipy.ndimage.zoom`, `grid_mode`, mode nearest), then
//! clipped to the range of the input (`skimage.transform.resize`). Thick slices are resized one by
//! one and repeated along the coarse axis.
//!
//! Arrays here are plain slices with the slowest axis first (z, y, x): the order of the axes in a
//! plans file, and the order in memory of a [`Volume`](interval_core::volume::Volume).

/// How values between voxels are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The nearest voxel; of two equally near ones the later (spline order 0).
    Nearest,
    /// On the straight line between two voxels; constant beyond the last (order 1).
    Linear,
    /// A cubic B-spline through the voxels (order 3).
    Cubic,
}

/// How a volume is resampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel {
    /// Within slices, or along all axes.
    pub order: Order,
    /// Along the separated axis.
    pub order_z: Order,
    /// The axis along which slices are treated one by one; nothing for a true 3D interpolation.
    pub separate: Option<usize>,
}

/// When slices are treated one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separation {
    /// When the current or else the wanted spacing is anisotropic by more than
    /// [`ANISOTROPY_MAX`].
    ByAnisotropy,
    /// Always, along the coarsest axis of the current spacing.
    Always,
    /// Never.
    Never,
}

/// Largest ratio of spacings that is still interpolated in 3D (nnU-Net, `ANISO_THRESHOLD`).
pub const ANISOTROPY_MAX: f64 = 3.;

/// Voxels by which a line is continued at each end before the spline's prefilter (scipy,
/// `_prepad_for_spline_filter`).
const PAD: usize = 12;
/// Pole of the cubic B-spline's recursive filter: sqrt(3) - 2.
const POLE: f64 = -0.267_949_192_431_122_7;
/// Terms of the filter's initial sum: the pole to this power is below the precision of f64.
const HORIZON: usize = 48;
/// Lines worked on at once: two cache lines of f64, enough for any vector unit.
const LANES: usize = 16;

type Lanes = [f64; LANES];

/// The axis whose slices are treated one by one: the one coarsest axis. Two or three axes that
/// are equally coarse are never separated. The wanted spacing is asked only where the current one
/// is not anisotropic.
pub fn separate_axis(current: [f64; 3], wanted: [f64; 3], rule: Separation) -> Option<usize> {
    let anisotropic = |s: &[f64; 3]| coarsest(s) / s.iter().copied().fold(f64::INFINITY, f64::min);
    let deciding = match rule {
        Separation::Never => return None,
        Separation::Always => current,
        Separation::ByAnisotropy => {
            [current, wanted].into_iter().find(|s| anisotropic(s) > ANISOTROPY_MAX)?
        }
    };
    let mut axes = (0..3).filter(|&axis| deciding[axis] == coarsest(&deciding));
    let axis = axes.next();
    if axes.next().is_some() { None } else { axis }
}

fn coarsest(spacing: &[f64; 3]) -> f64 {
    spacing.iter().copied().fold(0., f64::max)
}

/// The volume with `to` voxels over the same extent: sample `o` of an axis lies at
/// `(o + 0.5) * from / to - 0.5`. Where the shapes are equal the values are left as they are.
///
/// # Panics
/// When `values` does not fill `from`.
pub fn resample(values: &[f32], from: [usize; 3], to: [usize; 3], kernel: Kernel) -> Vec<f64> {
    assert_eq!(values.len(), from.iter().product::<usize>(), "the values fill the shape");
    let mut field: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
    if from == to || values.is_empty() {
        return field;
    }
    let mut shape = from;
    for axis in (0..3).filter(|&axis| Some(axis) != kernel.separate) {
        field = along(&field, shape, Line { axis, to: to[axis] }, kernel.order);
        shape[axis] = to[axis];
    }
    if kernel.order == Order::Cubic {
        match kernel.separate {
            None => clip(values, from, &mut field, None),
            Some(axis) => clip(values, from, &mut field, Some((shape, axis))),
        }
    }
    match kernel.separate {
        None => field,
        Some(axis) => along(&field, shape, Line { axis, to: to[axis] }, kernel.order_z),
    }
}

/// Clips to the range of the input: of the whole volume, or of each slice for itself.
fn clip(values: &[f32], from: [usize; 3], field: &mut [f64], slices: Option<([usize; 3], usize)>) {
    let Some((shape, axis)) = slices else {
        let (low, high) = range(values.iter());
        for value in field {
            *value = value.clamp(low, high);
        }
        return;
    };
    let stride = |shape: [usize; 3]| shape[axis + 1..].iter().product::<usize>();
    let slice_of = |at: usize, shape: [usize; 3]| at / stride(shape) % shape[axis];
    let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); from[axis]];
    for (at, &value) in values.iter().enumerate() {
        let (low, high) = &mut ranges[slice_of(at, from)];
        *low = low.min(f64::from(value));
        *high = high.max(f64::from(value));
    }
    for (at, value) in field.iter_mut().enumerate() {
        let (low, high) = ranges[slice_of(at, shape)];
        *value = value.max(low).min(high);
    }
}

fn range<'a>(values: impl Iterator<Item = &'a f32>) -> (f64, f64) {
    let (low, high) = values
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    (f64::from(low), f64::from(high.max(low)))
}

/// One axis and the number of samples wanted along it.
#[derive(Clone, Copy)]
struct Line {
    axis: usize,
    to: usize,
}

/// Where one sample comes from: `support` rows of the line's buffer, from `first` on.
struct Tap {
    first: usize,
    weights: [f64; 4],
}

/// Interpolates along one axis, `LANES` lines at a time.
fn along(field: &[f64], shape: [usize; 3], line: Line, order: Order) -> Vec<f64> {
    let (from, to) = (shape[line.axis], line.to);
    if from == to {
        return field.to_vec();
    }
    let inner: usize = shape[line.axis + 1..].iter().product();
    let lines = field.len() / from;
    let taps = taps(from, to, order);
    let support = match order {
        Order::Nearest => 1,
        Order::Linear => 2,
        Order::Cubic => 4,
    };
    let mut out = vec![0.; lines * to];
    let mut buffer = vec![[0.; LANES]; from + 2 * PAD];
    // Line number l = outer * inner + i begins at outer * from * inner + i.
    let start = |l: usize, n: usize| l / inner * n * inner + l % inner;
    for first in (0..lines).step_by(LANES) {
        let count = LANES.min(lines - first);
        let mut starts = [0; LANES];
        let mut ends = [0; LANES];
        for lane in 0..count {
            starts[lane] = start(first + lane, from);
            ends[lane] = start(first + lane, to);
        }
        for (row, lanes) in buffer.iter_mut().enumerate() {
            let k = row.saturating_sub(PAD).min(from - 1);
            for lane in 0..count {
                lanes[lane] = field[starts[lane] + k * inner];
            }
        }
        if order == Order::Cubic {
            prefilter(&mut buffer);
        }
        for (o, tap) in taps.iter().enumerate() {
            let mut sum = [0.; LANES];
            for (row, weight) in buffer[tap.first..].iter().zip(&tap.weights[..support]) {
                for (sum, value) in sum.iter_mut().zip(row) {
                    *sum += weight * value;
                }
            }
            for lane in 0..count {
                out[ends[lane] + o * inner] = sum[lane];
            }
        }
    }
    out
}

/// The sources of each of `to` samples over a padded line of `from` voxels.
fn taps(from: usize, to: usize, order: Order) -> Vec<Tap> {
    let scale = from as f64 / to as f64;
    let last = from as f64 - 1.;
    let padded = |index: f64| (index + PAD as f64) as usize;
    (0..to)
        .map(|o| {
            let at = (o as f64 + 0.5) * scale - 0.5;
            match order {
                Order::Nearest => Tap {
                    first: padded((at + 0.5).floor().clamp(0., last)),
                    weights: [1., 0., 0., 0.],
                },
                Order::Linear => {
                    let at = at.clamp(0., last);
                    let t = at - at.floor();
                    Tap { first: padded(at.floor()), weights: [1. - t, t, 0., 0.] }
                }
                Order::Cubic => {
                    let t = at - at.floor();
                    Tap { first: padded(at.floor() - 1.), weights: spline(t) }
                }
            }
        })
        .collect()
}

/// The four cubic B-spline weights at a fraction `t` after the second of four voxels.
fn spline(t: f64) -> [f64; 4] {
    let rest = 1. - t;
    let middle = |x: f64| (x * x * (x - 2.) * 3. + 4.) / 6.;
    let first = rest * rest * rest / 6.;
    let (second, third) = (middle(t), middle(rest));
    [first, second, third, 1. - first - second - third]
}

/// Turns values into B-spline coefficients, line ends reflected about their outer edge.
fn prefilter(rows: &mut [Lanes]) {
    let n = rows.len();
    let gain = (1. - POLE) * (1. - 1. / POLE);
    for value in rows.iter_mut().flatten() {
        *value *= gain;
    }
    let far = POLE.powi(n as i32);
    let mut sum = [0.; LANES];
    let mut power = POLE;
    for i in 0..n.min(HORIZON) {
        for lane in 0..LANES {
            sum[lane] += power * (rows[i][lane] + far * rows[n - 1 - i][lane]);
        }
        power *= POLE;
    }
    for lane in 0..LANES {
        rows[0][lane] += sum[lane] / (1. - far * far);
    }
    for i in 1..n {
        let before = rows[i - 1];
        for (value, before) in rows[i].iter_mut().zip(before) {
            *value += POLE * before;
        }
    }
    for value in &mut rows[n - 1] {
        *value *= POLE / (POLE - 1.);
    }
    for i in (0..n - 1).rev() {
        let after = rows[i + 1];
        for (value, after) in rows[i].iter_mut().zip(after) {
            *value = POLE * (after - *value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUBIC: Kernel = Kernel { order: Order::Cubic, order_z: Order::Nearest, separate: None };
    const LINEAR: Kernel = Kernel { order: Order::Linear, ..CUBIC };
    /// Rounding of some hundred f64 operations on values up to 100.
    const ROUNDING: f64 = 1e-11;
    const STEPS: [f32; 7] = [0., 10., -3., 7., 7., 2., 50.];

    #[track_caller]
    fn check(found: &[f64], wanted: &[f64], tolerance: f64) {
        assert_eq!(found.len(), wanted.len());
        for (at, (f, w)) in found.iter().zip(wanted).enumerate() {
            assert!((f - w).abs() <= tolerance, "sample {at}: {f}, expected {w}");
        }
    }

    /// `scipy.ndimage.zoom(STEPS, n / 7, order=3, mode='nearest', grid_mode=True)`, scipy 1.17,
    /// clipped to -3 and 50.
    #[test]
    fn the_spline_is_scipys() {
        let wanted = [4.771_667_184_807_495, -3., 8.479_171_447_636_7, 32.708_610_289_308_44];
        check(&resample(&STEPS, [1, 1, 7], [1, 1, 4], CUBIC), &wanted, ROUNDING);
        let wanted = [
            -1.153_536_609_914_825,
            5.910_971_131_549_048,
            9.476_225_269_218_16,
            -0.172_906_586_372_777_9,
            -1.657_606_470_969_816_6,
            7.,
            10.035_680_056_688_774,
            2.596_036_148_141_088_5,
            -0.083_466_013_720_098_42,
            28.201_989_089_220_298,
            50.,
        ];
        for (from, to) in
            [([7, 1, 1], [11, 1, 1]), ([1, 7, 1], [1, 11, 1]), ([1, 1, 7], [1, 1, 11])]
        {
            check(&resample(&STEPS, from, to, CUBIC), &wanted, ROUNDING);
        }
    }
    /// The same call on a volume of (7z + 5y + 3x) mod 11, 5x6x7 to 4x8x10.
    #[test]
    fn three_axes_are_scipys_too() {
        let shape = [5, 6, 7];
        let volume: Vec<f32> =
            (0..210).map(|at| ((at / 42 * 7 + at / 7 % 6 * 5 + at % 7 * 3) % 11) as f32).collect();
        let found = resample(&volume, shape, [4, 8, 10], CUBIC);
        let at = |z: usize, y: usize, x: usize| found[(z * 8 + y) * 10 + x];
        let sampled = [found.iter().sum(), at(1, 2, 3), at(0, 0, 0), at(3, 7, 9), at(2, 5, 6)];
        let wanted = [
            1_603.856_017_543_365_9,
            4.826_296_785_930_577,
            0.545_357_292_901_532_8,
            6.510_772_720_810_785,
            6.658_474_886_529_583,
        ];
        check(&sampled, &wanted, 1e-9);
    }
    #[test]
    fn a_parabola_is_reproduced_away_from_the_ends() {
        let parabola = |x: f64| 0.25 * x * x - 3. * x + 1.;
        let line: Vec<f32> = (0..60).map(|i| parabola(f64::from(i)) as f32).collect();
        let found = resample(&line, [1, 1, 60], [1, 1, 90], CUBIC);
        for (o, value) in found.iter().enumerate().take(66).skip(24) {
            let wanted = parabola((o as f64 + 0.5) / 1.5 - 0.5);
            // The continued line ends reach in by the pole to the power of the distance.
            assert!((value - wanted).abs() < 1e-6, "sample {o}: {value}, expected {wanted}");
        }
    }
    #[test]
    fn the_result_never_leaves_the_range_of_the_input() {
        let edge: Vec<f32> = (0..20).map(|i| if i < 10 { 0. } else { 1. }).collect();
        let found = resample(&edge, [1, 1, 20], [1, 1, 37], CUBIC);
        assert!(found.iter().all(|v| (0. ..=1.).contains(v)));
        assert!(found.contains(&0.) && found.contains(&1.), "the overshoot is clipped");
    }
    #[test]
    fn between_two_voxels_lies_a_line_and_beyond_the_last_nothing_new() {
        let wanted = [
            0.,
            4.545_454_545_454_546,
            8.818_181_818_181_82,
            0.545_454_545_454_548,
            0.636_363_636_363_637,
            7.,
            7.,
            5.636_363_636_363_638,
            2.454_545_454_545_454,
            28.181_818_181_818_16,
            50.,
        ];
        check(&resample(&STEPS, [1, 1, 7], [1, 1, 11], LINEAR), &wanted, ROUNDING);
    }
    #[test]
    fn separated_slices_are_repeated_and_clipped_each_for_itself() {
        // Slice 0 is an edge from 0 to 1, slice 1 the same edge ten times as high.
        let volume: Vec<f32> =
            (0..40).map(|at| if at % 20 < 10 { 0. } else { [1., 10.][at / 20] }).collect();
        let kernel = Kernel { separate: Some(0), ..CUBIC };
        let found = resample(&volume, [2, 1, 20], [3, 1, 37], kernel);
        let highest = |z: usize| found[z * 37..][..37].iter().copied().fold(0., f64::max);
        // Sample 1 lies halfway between both slices: the later one is taken.
        assert_eq!([highest(0), highest(1), highest(2)], [1., 10., 10.]);
    }
    #[test]
    fn equal_shapes_are_not_touched() {
        let kept: Vec<f64> = STEPS.iter().map(|&v| f64::from(v)).collect();
        assert_eq!(resample(&STEPS, [1, 7, 1], [1, 7, 1], CUBIC), kept);
    }
    #[test]
    fn the_current_spacing_decides_first_and_the_wanted_one_second() {
        let auto = Separation::ByAnisotropy;
        let cases = [
            ([5., 0.8, 0.8], [1., 1., 1.], auto, Some(0)),
            ([1., 1., 1.], [1., 4., 1.], auto, Some(1)),
            // Exactly three is still interpolated in 3D.
            ([3., 1., 1.], [1., 1., 1.], auto, None),
            // Two equally coarse axes are never separated, and end the search.
            ([4., 4., 1.], [1., 1., 5.], auto, None),
            ([1., 1., 2.], [1., 1., 1.], Separation::Always, Some(2)),
            ([1., 1., 1.], [1., 1., 5.], Separation::Always, None),
            ([9., 1., 1.], [1., 1., 1.], Separation::Never, None),
        ];
        for (current, wanted, rule, axis) in cases {
            assert_eq!(separate_axis(current, wanted, rule), axis, "{current:?} to {wanted:?}");
        }
    }
}
