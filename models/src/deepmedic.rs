//! The three-input DeepMedic network: normalisation, tiles, and probabilities brought back.
//!
//! The network looks at a tile at full resolution, at every third voxel of a wider region, and at
//! every fifth voxel of a still wider one. It was trained at 1 mm; images at another spacing are
//! interpolated inside the brain, and the probabilities (never the labels) come back.

use crate::block::{Block, Bounds};
use crate::nnunet::prepare::interpolated;
use crate::runtime::{Network, Runtime, Tensor};
use crate::segment::InferenceError;
use interval_core::digest::Verified;

/// One image for the network.
#[derive(Debug, Clone)]
pub struct Image {
    /// T1, T1c, T2, FLAIR, zero outside the brain.
    pub channels: Vec<Block<f32>>,
    /// Where the brain is.
    pub brain: Block<bool>,
    /// Spacing in mm along the axes of the blocks.
    pub spacing: [f64; 3],
}

/// What the card says of the network's tiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tiling {
    /// Classes of the output, the background first.
    pub outputs: usize,
    /// Spacing the network was trained at.
    pub spacing_mm: f64,
    /// Voxels of a tile's feature region along each axis: a multiple of 15, so that every third
    /// and every fifth voxel fill it exactly.
    pub feature_voxels: usize,
}

/// The probability of each class on the grid of the image.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// One block a class, inside the bounds.
    classes: Vec<Block<f32>>,
    bounds: Bounds,
    brain: Block<bool>,
    /// How often the network was run.
    pub passes: usize,
}

/// A voxel is brain for the network when at least this many channels are not zero there.
const CHANNELS_MIN: usize = 3;
/// Per cent of the voxels at each end that the mean and deviation leave out.
const TRIM_PERCENT: f64 = 5.;
/// Normalised intensities are clipped to this magnitude.
const CLIP: f32 = 3.;
/// Voxels that every pathway reads beyond its feature region, at its own step.
const REACH: usize = 16;
/// A spacing this near to the wanted one is taken as it is: an error of 1.5 mm over 150 mm.
const SPACING_TOLERANCE: f64 = 0.01;

/// One of the three pathways: every how many voxels it looks, and where it begins relative to the
/// first voxel of the feature region.
struct Pathway {
    step: usize,
    offset: isize,
}

/// Full resolution, every third and every fifth voxel. A coarse pathway begins eight of its own
/// steps before the middle of the first coarse voxel.
const PATHWAYS: [Pathway; 3] = [
    Pathway { step: 1, offset: -8 },
    Pathway { step: 3, offset: 2 - 24 },
    Pathway { step: 5, offset: 2 - 40 },
];

/// Runs the network over an image.
pub fn predict(
    image: Image,
    runtime: &Runtime,
    network: &Verified<Vec<u8>>,
    tiling: &Tiling,
) -> Result<Prediction, InferenceError> {
    let Image { channels, brain, spacing } = image;
    let inside = brain_of(&channels, &brain);
    let bounds = Bounds::around(inside.shape, &inside.values).ok_or(InferenceError::Empty)?;
    let crop = inside.cropped(&bounds);
    let shape = working_shape(crop.shape, spacing, tiling.spacing_mm);
    let mut working = Vec::new();
    for channel in channels {
        working.push(within(channel.cropped(&bounds), &crop, shape));
    }
    let mask = match working.first() {
        Some((_, mask)) => mask.clone(),
        None => return Err(InferenceError::Empty),
    };
    let mut working: Vec<Block<f32>> = working.into_iter().map(|(channel, _)| channel).collect();
    for channel in &mut working {
        normalise(&mut channel.values, &mask.values);
    }
    let mut network = runtime.network(network)?;
    let (classes, passes) = tiles(&working, &mask, &mut network, tiling)?;
    let classes = classes.into_iter().map(|class| interpolated(&class, crop.shape)).collect();
    Ok(Prediction { classes, bounds, brain: inside, passes })
}

impl Prediction {
    /// The most probable class of each voxel, by its number; 0 outside the brain.
    pub fn labels(&self) -> Block<u8> {
        let mut labels = Block::filled(self.bounds.shape(), 0);
        for (at, label) in labels.values.iter_mut().enumerate() {
            let mut best = f32::NEG_INFINITY;
            for (number, class) in (0..).zip(&self.classes) {
                if class.values[at] > best {
                    best = class.values[at];
                    *label = number;
                }
            }
        }
        let mut whole = labels.placed(&self.bounds, self.brain.shape, 0);
        for (label, inside) in whole.values.iter_mut().zip(&self.brain.values) {
            *label *= u8::from(*inside);
        }
        whole
    }

    /// How probable any of the chosen classes is; 0 outside the brain.
    pub fn probability(&self, chosen: impl Fn(usize) -> bool) -> Block<f32> {
        let mut sum = Block::filled(self.bounds.shape(), 0.);
        for (_, class) in self.classes.iter().enumerate().filter(|(number, _)| chosen(*number)) {
            sum.values.iter_mut().zip(&class.values).for_each(|(sum, value)| *sum += value);
        }
        let mut whole = sum.placed(&self.bounds, self.brain.shape, 0.);
        for (value, inside) in whole.values.iter_mut().zip(&self.brain.values) {
            *value *= f32::from(u8::from(*inside));
        }
        whole
    }
}

/// The brain where enough channels say something.
fn brain_of(channels: &[Block<f32>], brain: &Block<bool>) -> Block<bool> {
    let needed = CHANNELS_MIN.min(channels.len());
    let values = brain.values.iter().enumerate().map(|(at, &inside)| {
        inside && channels.iter().filter(|c| c.values[at] != 0.).count() >= needed
    });
    Block { shape: brain.shape, values: values.collect() }
}

/// Voxels that the crop has at the spacing of the network.
fn working_shape(shape: [usize; 3], spacing: [f64; 3], wanted_mm: f64) -> [usize; 3] {
    [0, 1, 2].map(|a| {
        let ratio = spacing[a] / wanted_mm;
        if (ratio - 1.).abs() <= SPACING_TOLERANCE {
            shape[a]
        } else {
            (shape[a] as f64 * ratio).round().max(1.) as usize
        }
    })
}

/// A channel at another shape with the mask there. Only voxels inside the mask take part, so the
/// zeros outside do not darken the edge of the brain.
fn within(
    mut channel: Block<f32>,
    mask: &Block<bool>,
    shape: [usize; 3],
) -> (Block<f32>, Block<bool>) {
    for (value, inside) in channel.values.iter_mut().zip(&mask.values) {
        *value *= f32::from(u8::from(*inside));
    }
    if channel.shape == shape {
        return (channel, mask.clone());
    }
    let share = Block {
        shape: mask.shape,
        values: mask.values.iter().map(|&inside| f32::from(u8::from(inside))).collect(),
    };
    let (mut channel, share) = (interpolated(&channel, shape), interpolated(&share, shape));
    for (value, share) in channel.values.iter_mut().zip(&share.values) {
        *value = if *share >= 0.5 { *value / share } else { 0. };
    }
    let mask = Block { shape, values: share.values.iter().map(|share| *share >= 0.5).collect() };
    (channel, mask)
}

/// Subtracts the mean and divides by the deviation of the values between the 5th and the 95th
/// percentile of the mask, clips, and clears what lies outside.
fn normalise(values: &mut [f32], mask: &[bool]) {
    let mut inside: Vec<f32> =
        values.iter().zip(mask).filter(|(_, m)| **m).map(|(value, _)| *value).collect();
    inside.sort_by(f32::total_cmp);
    let percentile = |percent: f64| {
        let at = percent / 100. * (inside.len() - 1) as f64;
        let (low, high) = (inside[at.floor() as usize], inside[at.ceil() as usize]);
        f64::from(low) + (f64::from(high) - f64::from(low)) * at.fract()
    };
    let (low, high) = (percentile(TRIM_PERCENT), percentile(100. - TRIM_PERCENT));
    let kept = || inside.iter().map(|&v| f64::from(v)).filter(|value| (low..=high).contains(value));
    let count = kept().count() as f64;
    let mean = kept().sum::<f64>() / count;
    let deviation = (kept().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    let deviation = deviation.max(f64::from(f32::MIN_POSITIVE));
    for (value, inside) in values.iter_mut().zip(mask) {
        let normal = ((f64::from(*value) - mean) / deviation) as f32;
        *value = if *inside { normal.clamp(-CLIP, CLIP) } else { 0. };
    }
}

/// Covers the image with output tiles that do not overlap, and skips those without brain.
fn tiles(
    channels: &[Block<f32>],
    mask: &Block<bool>,
    network: &mut Network,
    tiling: &Tiling,
) -> Result<(Vec<Block<f32>>, usize), InferenceError> {
    let shape = mask.shape;
    let stride = tiling.feature_voxels - 2;
    let mut classes = vec![Block::filled(shape, 0.); tiling.outputs];
    let mut passes = 0;
    let along = |axis: usize| (0..shape[axis]).step_by(stride);
    let starts = along(0)
        .flat_map(|z| along(1).map(move |y| (z, y)))
        .flat_map(|(z, y)| along(2).map(move |x| [z, y, x]));
    for low in starts {
        let high = [0, 1, 2].map(|a| (low[a] + stride).min(shape[a]));
        let bounds = Bounds { low, high };
        if !mask.cropped(&bounds).values.contains(&true) {
            continue;
        }
        // The feature region begins one voxel before the output.
        let feature = low.map(|l| l as isize - 1);
        let inputs = PATHWAYS.map(|pathway| picked(channels, feature, &pathway, tiling));
        let tensors: Vec<Tensor<'_>> = PATHWAYS
            .iter()
            .zip(&inputs)
            .map(|(pathway, values)| {
                let side = side(pathway, tiling);
                Tensor { shape: [1, channels.len(), side, side, side], values }
            })
            .collect();
        let answer = network.run(&tensors, tiling.outputs * stride.pow(3))?;
        passes += 1;
        for (class, values) in classes.iter_mut().zip(answer.chunks_exact(stride.pow(3))) {
            paste(class, &bounds, values, stride);
        }
    }
    Ok((classes, passes))
}

/// Voxels a pathway reads along each axis.
fn side(pathway: &Pathway, tiling: &Tiling) -> usize {
    tiling.feature_voxels / pathway.step + REACH
}

/// The voxels one pathway reads, zeros outside the image. They are picked, not averaged.
fn picked(
    channels: &[Block<f32>],
    feature: [isize; 3],
    pathway: &Pathway,
    tiling: &Tiling,
) -> Vec<f32> {
    let side = side(pathway, tiling);
    let shape = channels.first().map_or([0; 3], |c| c.shape);
    // Index in the image of each voxel read along an axis; nothing outside.
    let along = [0, 1, 2].map(|a| {
        let first = feature[a] + pathway.offset;
        let index = |n: usize| usize::try_from(first + (n * pathway.step) as isize).ok();
        (0..side).map(|n| index(n).filter(|&i| i < shape[a])).collect::<Vec<_>>()
    });
    let mut values = vec![0.; channels.len() * side.pow(3)];
    for (channel, out) in channels.iter().zip(values.chunks_exact_mut(side.pow(3))) {
        for (z, out) in along[0].iter().zip(out.chunks_exact_mut(side * side)) {
            for (y, out) in along[1].iter().zip(out.chunks_exact_mut(side)) {
                let (Some(z), Some(y)) = (z, y) else { continue };
                let row = &channel.values[(z * shape[1] + y) * shape[2]..][..shape[2]];
                for (x, out) in along[2].iter().zip(out) {
                    *out = x.map_or(0., |x| row[x]);
                }
            }
        }
    }
    values
}

/// Writes the part of an output tile that lies inside the image.
fn paste(class: &mut Block<f32>, bounds: &Bounds, tile: &[f32], side: usize) {
    let [nz, ny, nx] = bounds.shape();
    for z in 0..nz {
        for y in 0..ny {
            let row = (bounds.low[0] + z) * class.shape[1] + bounds.low[1] + y;
            let start = row * class.shape[2] + bounds.low[2];
            let from = (z * side + y) * side;
            class.values[start..start + nx].copy_from_slice(&tile[from..from + nx]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILING: Tiling = Tiling { outputs: 5, spacing_mm: 1., feature_voxels: 60 };

    #[test]
    fn the_pathways_read_what_the_card_says() {
        // For a feature region of 60 voxels: 76 voxels, every third of 36, every fifth of 28.
        assert_eq!(PATHWAYS.map(|pathway| side(&pathway, &TILING)), [76, 36, 28]);
        let ramp = Block { shape: [1, 1, 300], values: (0..300).map(|v| v as f32).collect() };
        let wanted: [[f32; 3]; 3] = [[92., 93., 94.], [78., 81., 84.], [62., 67., 72.]];
        for (pathway, wanted) in PATHWAYS.iter().zip(wanted) {
            let side = side(pathway, &TILING);
            // The feature region begins at voxel (0, 0, 100) of an image one voxel thick.
            let feature = [-pathway.offset, -pathway.offset, 100];
            let values = picked(std::slice::from_ref(&ramp), feature, pathway, &TILING);
            assert_eq!(values[..3], wanted);
            assert!(values[side..].iter().all(|v| *v == 0.), "outside the image there is nothing");
        }
    }
    #[test]
    fn the_middle_of_the_values_becomes_zero_and_one_deviation_one() {
        // 0 to 100: the 5th and 95th percentiles are 5 and 95; 5..=95 has mean 50 and variance
        // (91^2 - 1) / 12 = 690.
        let mut values: Vec<f32> = (0..=101).map(|v| v as f32).collect();
        let mut mask = vec![true; 102];
        mask[101] = false;
        normalise(&mut values, &mask);
        let deviation = 690_f32.sqrt();
        assert!(values[50].abs() < 1e-6);
        assert!((values[100] - 50. / deviation).abs() < 1e-6);
        assert_eq!(values[101], 0., "outside the mask");
        let mut far: Vec<f32> = (0..=100).map(|v| if v == 100 { 1e6 } else { v as f32 }).collect();
        normalise(&mut far, &[true; 101]);
        assert_eq!(far[100], CLIP);
    }
    #[test]
    fn three_channels_must_say_something() {
        let channel = |values: [f32; 3]| Block { shape: [1, 1, 3], values: values.to_vec() };
        let channels = [
            channel([1., 1., 1.]),
            channel([1., 1., 0.]),
            channel([1., 0., 0.]),
            channel([0., 1., 1.]),
        ];
        let brain = Block { shape: [1, 1, 3], values: vec![true; 3] };
        assert_eq!(brain_of(&channels, &brain).values, [true, true, false]);
    }
    #[test]
    fn the_zeros_outside_do_not_darken_the_edge() {
        let channel = Block { shape: [1, 1, 4], values: vec![0., 0., 8., 8.] };
        let mask = Block { shape: [1, 1, 4], values: vec![false, false, true, true] };
        let (finer, inside) = within(channel, &mask, [1, 1, 8]);
        assert_eq!(inside.values, [false, false, false, false, true, true, true, true]);
        assert_eq!(finer.values, [0., 0., 0., 0., 8., 8., 8., 8.]);
    }
    #[test]
    fn a_millimetre_is_left_alone_and_other_spacings_are_not() {
        assert_eq!(working_shape([100; 3], [1., 0.995, 1.005], 1.), [100; 3]);
        assert_eq!(working_shape([64, 300, 320], [3., 0.5, 0.9], 1.), [192, 150, 288]);
    }
    #[test]
    fn a_tile_is_cut_at_the_end_of_the_image() {
        let mut class = Block::filled([1, 1, 3], 0.);
        let bounds = Bounds { low: [0, 0, 2], high: [1, 1, 3] };
        paste(&mut class, &bounds, &[7., 8., 9., 1., 2., 3., 4., 5.], 2);
        assert_eq!(class.values, [0., 0., 7.]);
    }
}
