//! From an image to what the network sees: transpose, crop, normalise, resample, in that order.

use super::plans::{Plans, Resampling, Scheme};
use crate::block::{Block, Bounds};
use crate::segment::InferenceError;
use interval_imaging::zoom::{self, Kernel, Order};

/// An image as the network sees it, and the way back.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The channels at the spacing of the network.
    pub channels: Vec<Block<f32>>,
    /// Where they came from.
    pub frame: Frame,
}

/// Where a prepared image lies in the image it was made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Shape of the image after transposition.
    pub whole: [usize; 3],
    /// The part that is not zero everywhere, in transposed axes.
    pub bounds: Bounds,
    /// Spacing of the image in mm, in transposed axes.
    pub spacing: [f64; 3],
}

/// Smallest standard deviation that is divided by (nnU-Net).
const DEVIATION_MIN: f32 = 1e-8;

/// Prepares an image. Its channels are blocks of one shape; the spacing is in mm along the axes
/// of the blocks.
pub fn prepare(
    channels: Vec<Block<f32>>,
    spacing: [f64; 3],
    plans: &Plans,
) -> Result<Prepared, InferenceError> {
    if channels.iter().flat_map(|c| &c.values).any(|v| !v.is_finite()) {
        return Err(InferenceError::NotANumber);
    }
    let channels: Vec<_> = channels.into_iter().map(|c| c.transposed(plans.transpose)).collect();
    let spacing = plans.transpose.map(|a| spacing[a]);
    let whole = channels.first().map_or([0; 3], |c| c.shape);
    let mut inside = vec![false; whole.iter().product()];
    for channel in &channels {
        for (inside, &value) in inside.iter_mut().zip(&channel.values) {
            *inside |= value != 0.;
        }
    }
    let bounds = Bounds::around(whole, &inside).ok_or(InferenceError::Empty)?;
    let mask = without_holes(&Block { shape: whole, values: inside }.cropped(&bounds));
    let shape = target_shape(bounds.shape(), spacing, plans.spacing);
    let prepared = channels.into_iter().zip(&plans.schemes).map(|(channel, scheme)| {
        let mut crop = channel.cropped(&bounds);
        drop(channel);
        normalise(&mut crop.values, &mask.values, *scheme);
        resampled(crop, shape, [spacing, plans.spacing], plans.data)
    });
    let channels = prepared.collect();
    Ok(Prepared { channels, frame: Frame { whole, bounds, spacing } })
}

/// Voxels a crop has at another spacing: rounded half to even, as Python's `round`.
pub fn target_shape(shape: [usize; 3], current: [f64; 3], wanted: [f64; 3]) -> [usize; 3] {
    [0, 1, 2].map(|a| (current[a] / wanted[a] * shape[a] as f64).round_ties_even() as usize)
}

/// Brings a block to another shape; `spacings` are the current and the wanted one.
pub fn resampled(
    block: Block<f32>,
    shape: [usize; 3],
    [current, wanted]: [[f64; 3]; 2],
    rule: Resampling,
) -> Block<f32> {
    let Resampling::Spline { order, order_z, separation } = rule else { return block };
    if block.shape == shape {
        return block;
    }
    let separate = zoom::separate_axis(current, wanted, separation);
    let kernel = Kernel { order, order_z, separate };
    let values = zoom::resample(&block.values, block.shape, shape, kernel);
    Block { shape, values: values.into_iter().map(|v| v as f32).collect() }
}

/// Fills what no path of face neighbours connects with the faces of the block.
fn without_holes(mask: &Block<bool>) -> Block<bool> {
    let [nz, ny, nx] = mask.shape;
    let mut outside = vec![false; mask.values.len()];
    let mut front = Vec::new();
    for z in 0..nz {
        for y in 0..ny {
            let whole_row = z == 0 || z + 1 == nz || y == 0 || y + 1 == ny;
            let step = if whole_row { 1 } else { (nx - 1).max(1) };
            front.extend((0..nx).step_by(step).map(|x| (z * ny + y) * nx + x));
        }
    }
    while let Some(at) = front.pop() {
        if mask.values[at] || outside[at] {
            continue;
        }
        outside[at] = true;
        let (x, y, z) = (at % nx, at / nx % ny, at / (nx * ny));
        for (index, last, step) in [(x, nx, 1), (y, ny, nx), (z, nz, nx * ny)] {
            if index > 0 {
                front.push(at - step);
            }
            if index + 1 < last {
                front.push(at + step);
            }
        }
    }
    Block { shape: mask.shape, values: outside.into_iter().map(|out| !out).collect() }
}

/// Normalises one channel in place.
fn normalise(values: &mut [f32], mask: &[bool], scheme: Scheme) {
    match scheme {
        Scheme::Keep => {}
        Scheme::RgbTo01 => {
            for v in values {
                *v /= 255.;
            }
        }
        Scheme::RescaleTo01 => {
            let low = values.iter().copied().fold(f32::INFINITY, f32::min);
            let high = values.iter().map(|v| v - low).fold(0., f32::max).max(DEVIATION_MIN);
            for v in values {
                *v = (*v - low) / high;
            }
        }
        Scheme::Ct(p) => {
            let deviation = p.std.max(DEVIATION_MIN);
            for v in values {
                *v = (v.max(p.percentile_00_5).min(p.percentile_99_5) - p.mean) / deviation;
            }
        }
        Scheme::ZScore => z_score(values, |_| true),
        Scheme::ZScoreInside => z_score(values, |at| mask[at]),
    }
}

fn z_score(values: &mut [f32], inside: impl Fn(usize) -> bool) {
    let chosen = || values.iter().enumerate().filter(|(at, _)| inside(*at));
    let count = chosen().count().max(1) as f64;
    let mean = chosen().map(|(_, &v)| f64::from(v)).sum::<f64>() / count;
    let variance = chosen().map(|(_, &v)| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
    let (mean, deviation) = (mean as f32, (variance.sqrt() as f32).max(DEVIATION_MIN));
    for (_, v) in values.iter_mut().enumerate().filter(|(at, _)| inside(*at)) {
        *v = (*v - mean) / deviation;
    }
}

/// Linear interpolation at another shape, whatever the spacing; for probabilities.
pub fn interpolated(block: &Block<f32>, shape: [usize; 3]) -> Block<f32> {
    let kernel = Kernel { order: Order::Linear, order_z: Order::Linear, separate: None };
    let values = zoom::resample(&block.values, block.shape, shape, kernel);
    Block { shape, values: values.into_iter().map(|v| v as f32).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nnunet::plans::Reader;
    use interval_imaging::zoom::Separation;

    fn plans(spacing: [f64; 3], scheme: Scheme) -> Plans {
        let spline = |order| Resampling::Spline {
            order,
            order_z: Order::Nearest,
            separation: Separation::ByAnisotropy,
        };
        Plans {
            configuration: "3d_fullres".to_owned(),
            patch: [8; 3],
            spacing,
            transpose: [0, 1, 2],
            transpose_back: [0, 1, 2],
            schemes: vec![scheme],
            data: spline(Order::Cubic),
            logits: spline(Order::Linear),
            reader: Reader::AsStored,
        }
    }

    /// A cube of 9 voxels a side in a cube of 15: a shell of ones and threes by turns, with a hole
    /// of zeros in its middle.
    fn hollow() -> Block<f32> {
        let mut block = Block::filled([15; 3], 0.);
        for (at, value) in block.values.iter_mut().enumerate() {
            let index = [at / 225, at / 15 % 15, at % 15];
            let (inside, hole) = (
                index.iter().all(|i| (3..12).contains(i)),
                index.iter().all(|i| (6..9).contains(i)),
            );
            if inside && !hole {
                *value = if at % 2 == 0 { 1. } else { 3. };
            }
        }
        block
    }

    #[test]
    fn the_crop_is_the_smallest_box_around_what_is_not_zero() {
        let prepared = prepare(vec![hollow()], [1.; 3], &plans([1.; 3], Scheme::Keep)).unwrap();
        assert_eq!(prepared.frame.bounds, Bounds { low: [3; 3], high: [12; 3] });
        assert_eq!(prepared.channels[0].shape, [9; 3]);
    }
    #[test]
    fn a_hole_inside_belongs_to_the_head_and_the_outside_does_not() {
        let mut open = hollow();
        // A corner is cut off the cube: it is outside, though inside the box.
        for at in [3 * 225 + 3 * 15 + 3, 3 * 225 + 3 * 15 + 4] {
            open.values[at] = 0.;
        }
        let prepared = prepare(vec![open], [1.; 3], &plans([1.; 3], Scheme::ZScoreInside)).unwrap();
        let values = &prepared.channels[0].values;
        let hole = values[(4 * 9 + 4) * 9 + 4];
        assert!(hole < -1., "the hole is normalised with the rest: {hole}");
        assert_eq!(values[..2], [0., 0.], "what lies outside stays zero");
        let inside: Vec<f64> = values[2..].iter().map(|&v| f64::from(v)).collect();
        let mean = inside.iter().sum::<f64>() / inside.len() as f64;
        let variance = inside.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / inside.len() as f64;
        assert!(mean.abs() < 1e-6 && (variance - 1.).abs() < 1e-6, "{mean}, {variance}");
    }
    #[test]
    fn shapes_are_rounded_half_to_even() {
        // 5 voxels at half the spacing are 2.5, 7 are 3.5, 9 are 4.5.
        assert_eq!(target_shape([5, 7, 9], [1.; 3], [2.; 3]), [2, 4, 4]);
    }
    #[test]
    fn intensities_are_normalised_before_they_are_resampled() {
        let rule = plans([0.5; 3], Scheme::ZScoreInside);
        let prepared = prepare(vec![hollow()], [1.; 3], &rule).unwrap();
        let first = prepare(vec![hollow()], [1.; 3], &plans([1.; 3], Scheme::ZScoreInside));
        let first = first.unwrap().channels.remove(0);
        let wanted = resampled(first, [18; 3], [[1.; 3], [0.5; 3]], rule.data);
        assert_eq!(prepared.channels[0], wanted);
    }
    #[test]
    fn axes_are_transposed_before_anything_else() {
        let mut rule = plans([2., 1., 1.], Scheme::Keep);
        (rule.transpose, rule.transpose_back) = ([1, 0, 2], [1, 0, 2]);
        let mut block = Block::filled([4, 6, 5], 1.);
        block.values[7] = 5.;
        let prepared = prepare(vec![block.clone()], [1., 2., 1.], &rule).unwrap();
        assert_eq!(prepared.frame.spacing, [2., 1., 1.]);
        assert_eq!(prepared.channels[0], block.transposed([1, 0, 2]));
    }
    #[test]
    fn an_image_of_zeros_and_one_with_a_hole_in_its_numbers_are_refused() {
        let rule = plans([1.; 3], Scheme::ZScoreInside);
        let empty = prepare(vec![Block::filled([4; 3], 0.)], [1.; 3], &rule);
        assert!(matches!(empty, Err(InferenceError::Empty)));
        for value in [f32::NAN, f32::INFINITY] {
            let mut block = hollow();
            block.values[0] = value;
            let broken = prepare(vec![block], [1.; 3], &rule);
            assert!(matches!(broken, Err(InferenceError::NotANumber)));
        }
    }
    #[test]
    fn each_normalisation_does_what_its_name_says() {
        let properties = crate::nnunet::plans::Properties {
            mean: 2.,
            std: 4.,
            percentile_00_5: 0.,
            percentile_99_5: 10.,
        };
        let cases: [(Scheme, [f32; 4]); 5] = [
            (Scheme::Keep, [-5., 0., 15., 10.]),
            (Scheme::RgbTo01, [-5. / 255., 0., 15. / 255., 10. / 255.]),
            (Scheme::RescaleTo01, [0., 0.25, 1., 0.75]),
            (Scheme::Ct(properties), [-0.5, -0.5, 2., 2.]),
            // Over the masked voxels 0 and 10: mean 5, deviation 5.
            (Scheme::ZScoreInside, [-5., -1., 15., 1.]),
        ];
        for (scheme, wanted) in cases {
            let mut values = [-5., 0., 15., 10.];
            normalise(&mut values, &[false, true, false, true], scheme);
            assert_eq!(values, wanted, "{scheme:?}");
        }
    }
}
