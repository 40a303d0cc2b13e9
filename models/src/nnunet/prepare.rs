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
