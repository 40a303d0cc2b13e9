//! From the answer of the network back to the image: resample, decide, paint, transpose.

use super::dataset::{Heads, Painted};
use super::plans::Plans;
use super::prepare::{Frame, resampled};
use crate::block::Block;
use crate::window::Accumulation;

/// The logits of each output on the crop of the image, in transposed axes.
#[derive(Debug, Clone)]
pub struct Logits {
    /// One block an output.
    pub heads: Vec<Block<f32>>,
    /// Where they lie.
    pub frame: Frame,
}

/// Resamples the outputs of the network to the crop of the image, before anything is decided.
pub fn restore(
    outputs: Vec<Block<f32>>,
    frame: Frame,
    plans: &Plans,
    accumulation: Accumulation,
) -> Logits {
    let spacings = [plans.spacing, frame.spacing];
    let heads = outputs.into_iter().map(|output| {
        let mut head = resampled(output, frame.bounds.shape(), spacings, plans.logits);
        accumulation.round(&mut head.values);
        head
    });
    Logits { heads: heads.collect(), frame }
}

/// The logistic function, in single precision as nnU-Net has it.
pub fn sigmoid(logit: f32) -> f32 {
    1. / (1. + (-logit).exp())
}

impl Logits {
    /// The label map in the numbers of the model, on the crop. A region is painted where its
    /// logit is above the threshold; of the labels the largest logit wins, of equal ones the
    /// first.
    pub fn decide(&self, meaning: &Heads, threshold: f32) -> Block<u8> {
        let mut labels = Block::filled(self.frame.bounds.shape(), 0);
        match meaning {
            Heads::Regions(regions) => {
                for (Painted { value, .. }, head) in regions.iter().zip(&self.heads) {
                    for (label, &logit) in labels.values.iter_mut().zip(&head.values) {
                        if sigmoid(logit - threshold) > 0.5 {
                            *label = *value;
                        }
                    }
                }
            }
            Heads::Labels(_) => {
                for (at, label) in labels.values.iter_mut().enumerate() {
                    let mut best = f32::NEG_INFINITY;
                    for (value, head) in (0..).zip(&self.heads) {
                        if head.values[at] > best {
                            best = head.values[at];
                            *label = value;
                        }
                    }
                }
            }
        }
        labels
    }

    /// For each voxel of the crop how probable it is that any of the chosen outputs is true.
    pub fn probability(&self, meaning: &Heads, chosen: impl Fn(usize) -> bool) -> Block<f32> {
        let heads: Vec<&[f32]> = self.heads.iter().map(|h| h.values.as_slice()).collect();
        let at = |at: usize| match meaning {
            Heads::Regions(_) => {
                let wanted = heads.iter().enumerate().filter(|(n, _)| chosen(*n));
                wanted.map(|(_, head)| sigmoid(head[at])).fold(0., f32::max)
            }
            Heads::Labels(_) => {
                let most = heads.iter().map(|head| head[at]).fold(f32::NEG_INFINITY, f32::max);
                let mut sums = [0.; 2];
                for (n, head) in heads.iter().enumerate() {
                    sums[usize::from(chosen(n))] += (head[at] - most).exp();
                }
                sums[1] / (sums[0] + sums[1])
            }
        };
        let shape = self.frame.bounds.shape();
        Block { shape, values: (0..shape.iter().product()).map(at).collect() }
    }
}

/// Puts a block on the crop back into the whole image, zero outside, in the axes of the image.
pub fn uncropped<T: Copy + Default>(crop: &Block<T>, frame: &Frame, plans: &Plans) -> Block<T> {
    crop.placed(&frame.bounds, frame.whole, T::default()).transposed(plans.transpose_back)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Bounds;

    fn logits(heads: &[[f32; 4]]) -> Logits {
        let bounds = Bounds { low: [0; 3], high: [1, 1, 4] };
        let frame = Frame { whole: [1, 1, 4], bounds, spacing: [1.; 3] };
        let block = |values: &[f32; 4]| Block { shape: [1, 1, 4], values: values.to_vec() };
        Logits { heads: heads.iter().map(block).collect(), frame }
    }

    fn regions() -> Heads {
        let painted = |name: &str, value| Painted { name: name.to_owned(), value };
        Heads::Regions(vec![painted("whole", 2), painted("core", 1), painted("enhancing", 3)])
    }

    fn labels() -> Heads {
        Heads::Labels(["background", "a", "b"].map(str::to_owned).to_vec())
    }

    #[test]
    fn a_later_region_covers_an_earlier_one() {
        let found = logits(&[[1., 1., 1., -1.], [-1., 1., 1., 1.], [-1., -1., 1., -1.]]);
        assert_eq!(found.decide(&regions(), 0.).values, [2, 1, 3, 1]);
    }
    #[test]
    fn a_lower_threshold_paints_more() {
        let found = logits(&[[-0.5, -1.5, 0., 1e-8], [-9.; 4], [-9.; 4]]);
        // The least positive logits have a probability of exactly one half in single precision.
        assert_eq!(found.decide(&regions(), 0.).values, [0, 0, 0, 0]);
        assert_eq!(found.decide(&regions(), -1.).values, [2, 0, 2, 2]);
    }
    #[test]
    fn the_largest_logit_wins_and_of_equal_ones_the_first() {
        let found = logits(&[[3., 1., 2., 0.], [2., 5., 2., 1.], [1., 4., 1., 1.]]);
        assert_eq!(found.decide(&labels(), -1.).values, [0, 1, 0, 1]);
    }
    #[test]
    fn probabilities_of_labels_add_up_and_those_of_regions_do_not() {
        let found = logits(&[[0.; 4], [0.; 4], [0.; 4]]);
        let of_two = found.probability(&labels(), |output| output > 0);
        assert!((of_two.values[0] - 2. / 3.).abs() < 1e-6);
        assert_eq!(found.probability(&regions(), |output| output < 2).values, [0.5; 4]);
        assert_eq!(found.probability(&regions(), |_| false).values, [0.; 4]);
    }
    #[test]
    fn half_precision_holds_for_resampled_logits_too() {
        assert_eq!(sigmoid(0.), 0.5);
        let mut values = [1.0005];
        Accumulation::F16.round(&mut values);
        assert_eq!(values, [1.000_976_6]);
    }
}
