//! One study's images in, its tumour by region out.

use crate::block::Block;
use crate::deepmedic::{self, Tiling};
use crate::nnunet::restore;
use crate::nnunet::{self, Dataset, Effort, Plans};
use crate::orient::Turn;
use crate::postprocess::{self, DroppedComponent};
use crate::registry::{ModelError, Package, Recipe};
use crate::runtime::{Runtime, RuntimeError};
use crate::window::Accumulation;
use interval_core::fault::Fault;
use interval_core::lesion::Region;
use interval_core::role::SeriesRole;
use interval_core::units::Mm;
use interval_core::volume::{LabelMap, Mask, Volume};
use interval_imaging::borders;
use std::collections::BTreeMap;

/// The images of one timepoint, all on one grid, zero outside the brain.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The sequences.
    pub channels: BTreeMap<SeriesRole, Volume<f32>>,
    /// Where the brain is.
    pub brain: Mask,
}

/// How a study is segmented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether mirrored passes are averaged.
    pub mirroring: Mirroring,
    /// How sums over windows are kept.
    pub accumulation: Accumulation,
    /// Which components are kept.
    pub filtering: Filtering,
}

/// Whether mirrored passes are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mirroring {
    /// One pass a window.
    #[default]
    Off,
    /// All combinations of the axes that the card allows.
    Card,
}

/// Which components are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filtering {
    /// Those that the filter of the card believes.
    #[default]
    Card,
    /// All: what the network says.
    Off,
}

/// The tumour as the network sees it.
#[derive(Debug, Clone)]
pub struct Segmentation {
    /// Regions by their labels (`Region::label`), on the grid of the stack.
    pub labels: LabelMap,
    /// How probable any tumour is, 0 to 1, before components were dropped.
    pub probability: Volume<f32>,
    /// Components that were not believed.
    pub dropped: Vec<DroppedComponent>,
    /// What computed.
    pub provider: String,
    /// How often a network was run.
    pub passes: usize,
}

/// Why a study was not segmented.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// A sequence that the network takes is not there.
    #[error("the model needs a {0} series, and the study has none")]
    Missing(SeriesRole),
    /// The images do not lie on one grid.
    #[error("the {0} image does not lie on the same voxels as the brain mask")]
    Misaligned(String),
    /// There is nothing in the image.
    #[error("the images hold nothing but zeros")]
    Empty,
    /// A voxel is infinite or not a number.
    #[error("an image holds values that are not numbers")]
    NotANumber,
    /// All voxels of a channel have the same value.
    #[error("the {0} image has the same value everywhere in the brain")]
    Flat(SeriesRole),
    /// The number of images is not the one the network takes.
    #[error("the model takes {wanted} images, {given} were given")]
    Channels {
        /// What it takes.
        wanted: usize,
        /// What it got.
        given: usize,
    },
    /// No network was named.
    #[error("no fold of the model was chosen")]
    NoFold,
    /// The package cannot be read.
    #[error("the model package cannot be used")]
    Model(#[from] ModelError),
    /// The runtime failed.
    #[error("the inference runtime failed")]
    Runtime(#[from] RuntimeError),
}

impl InferenceError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Model(error) => error.fault(),
            Self::Runtime(error) => error.fault(),
            _ => Fault::Refused,
        }
    }
}

/// Largest distance of corresponding voxels of two channels: they are resampled onto one grid, so
/// only rounding is allowed.
const ALIGNMENT_TOLERANCE: Mm = Mm(0.01);

/// What a network says of a stack: in its own storage, in the numbers of the model.
pub(crate) struct Answer {
    pub labels: Block<u8>,
    /// How probable tumour is.
    pub tumour: Block<f32>,
    /// How probable anything is, the cavity included.
    pub anything: Block<f32>,
    pub passes: usize,
}

impl Package {
    /// Segments one timepoint. The grid may have any spacing and orientation: the package brings
    /// the images to what its network takes, and the answer back.
    pub fn segment(
        &self,
        runtime: &Runtime,
        stack: &Stack,
        options: Options,
    ) -> Result<Segmentation, InferenceError> {
        self.check(stack)?;
        let turn = Turn::new(*stack.brain.grid(), self.card().storage);
        let answer = match self.model().recipe() {
            Recipe::NnUnet(both) => self.by_nnunet(runtime, (stack, &turn), both, options)?,
            Recipe::DeepMedic { outputs, spacing_mm, feature_voxels } => {
                let tiling = Tiling {
                    outputs: outputs.len(),
                    spacing_mm: *spacing_mm,
                    feature_voxels: *feature_voxels,
                };
                let channels = self.turned(stack, &turn);
                let brain = turn.apply(&stack.brain);
                self.by_deepmedic(runtime, (channels, &brain), &tiling)?
            }
        };
        let ours = self.our_labels(&answer.labels);
        let mut labels = turn.undo(&ours);
        for (label, inside) in labels.voxels_mut().iter_mut().zip(stack.brain.voxels()) {
            *label *= u8::from(*inside);
        }
        let dropped = match options.filtering {
            Filtering::Off => Vec::new(),
            Filtering::Card => {
                let anything = turn.undo(&answer.anything.values);
                let dropped = postprocess::filter(&mut labels, &anything, &self.card().filter);
                if let Some(reach_mm) = self.card().borders_reach_mm {
                    let roles = self.card().inputs.iter();
                    let channels: Vec<_> =
                        roles.filter_map(|role| stack.channels.get(role)).collect();
                    borders::redraw(&mut labels, &channels, &stack.brain, Mm(reach_mm));
                }
                dropped
            }
        };
        let probability = turn.undo(&answer.tumour.values);
        Ok(Segmentation {
            labels,
            probability,
            dropped,
            provider: runtime.provider(),
            passes: answer.passes,
        })
    }

    fn check(&self, stack: &Stack) -> Result<(), InferenceError> {
        if stack.brain.count() == 0 {
            return Err(InferenceError::Empty);
        }
        for &role in &self.card().inputs {
            let channel = stack.channels.get(&role).ok_or(InferenceError::Missing(role))?;
            if !channel.grid().coincides(stack.brain.grid(), ALIGNMENT_TOLERANCE) {
                return Err(InferenceError::Misaligned(role.to_string()));
            }
            let brain = || channel.voxels().iter().zip(stack.brain.voxels()).filter(|(_, b)| **b);
            if brain().any(|(value, _)| !value.is_finite()) {
                return Err(InferenceError::NotANumber);
            }
            let first = brain().next().map_or(0., |(value, _)| *value);
            if brain().all(|(value, _)| *value == first) {
                return Err(InferenceError::Flat(role));
            }
        }
        Ok(())
    }

    /// The channels in the order of the network and in its storage, zero outside the brain.
    fn turned(&self, stack: &Stack, turn: &Turn) -> Vec<Block<f32>> {
        let roles = self.card().inputs.iter();
        let channels = roles.filter_map(|role| stack.channels.get(role)).map(|channel| {
            let stripped = Volume::from_fn(*stack.brain.grid(), |at| {
                if stack.brain.voxels()[at] { channel.voxels()[at] } else { 0. }
            });
            block(turn.apply(&stripped))
        });
        channels.collect()
    }

    fn by_nnunet(
        &self,
        runtime: &Runtime,
        (stack, turn): (&Stack, &Turn),
        both: &(Plans, Dataset),
        options: Options,
    ) -> Result<Answer, InferenceError> {
        let (plans, dataset) = both;
        let effort = Effort {
            mirror_axes: match options.mirroring {
                Mirroring::Off => &[],
                Mirroring::Card => &self.card().mirror_axes,
            },
            accumulation: options.accumulation,
        };
        let folds = (0..self.model().folds()).map(|fold| self.model().network(fold));
        let image = (self.turned(stack, turn), reversed(turn.target().spacing_mm()));
        let prediction = nnunet::predict((plans, dataset), runtime, folds, image, effort)?;
        let logits = &prediction.logits;
        let labels = logits.decide(&dataset.heads, self.card().threshold_logit);
        let probability = |chosen: &dyn Fn(Region) -> bool| {
            let crop = logits.probability(&dataset.heads, |output| self.output_is(output, chosen));
            restore::uncropped(&crop, &logits.frame, plans)
        };
        Ok(Answer {
            labels: restore::uncropped(&labels, &logits.frame, plans),
            tumour: probability(&Region::in_whole),
            anything: probability(&|_| true),
            passes: prediction.passes,
        })
    }

    fn by_deepmedic(
        &self,
        runtime: &Runtime,
        (channels, brain): (Vec<Block<f32>>, &Mask),
        tiling: &Tiling,
    ) -> Result<Answer, InferenceError> {
        let image = deepmedic::Image {
            channels,
            brain: block(brain.clone()),
            spacing: reversed(brain.grid().spacing_mm()),
        };
        let prediction = deepmedic::predict(image, runtime, &self.model().network(0)?, tiling)?;
        Ok(Answer {
            labels: prediction.labels(),
            tumour: prediction.probability(|output| self.output_is(output, &Region::in_whole)),
            anything: prediction.probability(|output| self.output_is(output, &|_| true)),
            passes: prediction.passes,
        })
    }

    /// The numbers of the model as our labels.
    fn our_labels(&self, labels: &Block<u8>) -> Vec<u8> {
        let mut table = [0; 256];
        for (&value, region) in self.regions() {
            table[usize::from(value)] = region.label();
        }
        labels.values.iter().map(|&value| table[usize::from(value)]).collect()
    }
}

/// A volume as a block: the same values in the same order.
pub(crate) fn block<T>(volume: Volume<T>) -> Block<T> {
    let shape = reversed(volume.grid().shape);
    Block { shape, values: volume.into_voxels() }
}

/// Three numbers along (i, j, k) as (k, j, i), the order of a block's axes.
pub(crate) fn reversed<T: Copy>([i, j, k]: [T; 3]) -> [T; 3] {
    [k, j, i]
}
