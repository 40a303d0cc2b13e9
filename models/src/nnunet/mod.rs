//! nnU-Net v2 inference: prepare, slide over folds and mirrors, restore.
//!
//! The rules are those of nnunetv2 2.8.1; each file here says which. 2D configurations and
//! cascades are refused when the package is opened ([`plans`]).

pub mod dataset;
pub mod plans;
pub mod prepare;
pub mod restore;

pub use dataset::{Dataset, Heads};
pub use plans::Plans;

use crate::block::Block;
use crate::runtime::{Network, Runtime, RuntimeError, Tensor};
use crate::segment::InferenceError;
use crate::window::{self, Accumulation};
use interval_core::digest::Verified;
use restore::Logits;

/// How thorough a prediction is.
#[derive(Debug, Clone, Copy)]
pub struct Effort<'a> {
    /// Axes of the network (z, y, x) along which mirrored passes are averaged; none for one pass.
    pub mirror_axes: &'a [usize],
    /// How the sums over windows are kept.
    pub accumulation: Accumulation,
}

/// What a prediction gave.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// The logits on the crop of the image.
    pub logits: Logits,
    /// How often a network was run.
    pub passes: usize,
}

/// Predicts one image with an ensemble. `folds` gives the checked bytes of one network after the
/// other, so that only one is in memory at a time.
pub fn predict<E>(
    (plans, dataset): (&Plans, &Dataset),
    runtime: &Runtime,
    folds: impl Iterator<Item = Result<Verified<Vec<u8>>, E>>,
    (channels, spacing): (Vec<Block<f32>>, [f64; 3]),
    effort: Effort<'_>,
) -> Result<Prediction, InferenceError>
where
    InferenceError: From<E>,
{
    let prepared = prepare::prepare(channels, spacing, plans)?;
    let mut passes = 0;
    let mut sum: Option<Vec<Block<f32>>> = None;
    let mut count = 0_u16;
    for bytes in folds {
        let mut mirrored = Mirrored {
            network: runtime.network(&bytes?)?,
            patch: plans.patch,
            inputs: dataset.channels.len(),
            outputs: dataset.heads.count(),
            subsets: subsets(effort.mirror_axes),
        };
        let outputs =
            window::slide(&prepared.channels, plans.patch, effort.accumulation, |window| {
                passes += mirrored.subsets.len();
                mirrored.run(window)
            })?;
        count += 1;
        sum = Some(match sum {
            None => outputs,
            Some(sum) => added(sum, &outputs, effort.accumulation),
        });
    }
    let mut outputs = sum.ok_or(InferenceError::NoFold)?;
    if count > 1 {
        for values in outputs.iter_mut().map(|output| &mut output.values) {
            for value in values.iter_mut() {
                *value /= f32::from(count);
            }
            effort.accumulation.round(values);
        }
    }
    let logits = restore::restore(outputs, prepared.frame, plans, effort.accumulation);
    Ok(Prediction { logits, passes })
}

fn added(mut sum: Vec<Block<f32>>, more: &[Block<f32>], how: Accumulation) -> Vec<Block<f32>> {
    for (sum, more) in sum.iter_mut().zip(more) {
        sum.values.iter_mut().zip(&more.values).for_each(|(sum, more)| *sum += more);
        how.round(&mut sum.values);
    }
    sum
}

/// All subsets of some axes: the empty one first, then by size.
fn subsets(axes: &[usize]) -> Vec<Vec<usize>> {
    let pick = |bits: usize| {
        axes.iter().enumerate().filter(move |(n, _)| bits >> n & 1 == 1).map(|(_, &axis)| axis)
    };
    let mut all: Vec<Vec<usize>> = (0..1 << axes.len()).map(|bits| pick(bits).collect()).collect();
    all.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    all
}

/// A network whose answer is averaged over mirror images of its input.
struct Mirrored {
    network: Network,
    patch: [usize; 3],
    inputs: usize,
    outputs: usize,
    subsets: Vec<Vec<usize>>,
}

impl Mirrored {
    fn run(&mut self, window: &[f32]) -> Result<Vec<f32>, RuntimeError> {
        let [z, y, x] = self.patch;
        let shape = [1, self.inputs, z, y, x];
        let wanted = self.outputs * z * y * x;
        let mut sum: Vec<f32> = Vec::new();
        for axes in &self.subsets {
            if axes.is_empty() {
                sum = self.network.run(&[Tensor { shape, values: window }], wanted)?;
                continue;
            }
            let flipped = flipped(window, self.patch, axes);
            let answer = self.network.run(&[Tensor { shape, values: &flipped }], wanted)?;
            let answer = self::flipped(&answer, self.patch, axes);
            sum.iter_mut().zip(&answer).for_each(|(sum, more)| *sum += more);
        }
        if self.subsets.len() > 1 {
            for value in &mut sum {
                *value /= self.subsets.len() as f32;
            }
        }
        Ok(sum)
    }
}

/// The values with the order along some axes turned round; leading blocks each for themselves.
fn flipped(values: &[f32], shape: [usize; 3], axes: &[usize]) -> Vec<f32> {
    let turned = |axis: usize, index: usize| {
        if axes.contains(&axis) { shape[axis] - 1 - index } else { index }
    };
    let mut out = Vec::with_capacity(values.len());
    for block in values.chunks_exact(shape.iter().product()) {
        for z in 0..shape[0] {
            for y in 0..shape[1] {
                let row = (turned(0, z) * shape[1] + turned(1, y)) * shape[2];
                let row = &block[row..row + shape[2]];
                if axes.contains(&2) {
                    out.extend(row.iter().rev());
                } else {
                    out.extend_from_slice(row);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_axes_have_eight_subsets_in_the_order_of_their_size() {
        let all = subsets(&[0, 1, 2]);
        let wanted: [&[usize]; 8] = [&[], &[0], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]];
        assert_eq!(all, wanted);
        assert_eq!(subsets(&[]), [[0_usize; 0]]);
    }
    #[test]
    fn flipping_turns_each_channel_for_itself() {
        let values: Vec<f32> = (0..8).map(|v| v as f32).collect();
        assert_eq!(flipped(&values, [1, 2, 2], &[2]), [1., 0., 3., 2., 5., 4., 7., 6.]);
        assert_eq!(flipped(&values, [1, 2, 2], &[1]), [2., 3., 0., 1., 6., 7., 4., 5.]);
        assert_eq!(flipped(&flipped(&values, [2, 2, 2], &[0, 1]), [2, 2, 2], &[0, 1]), values);
    }
}
