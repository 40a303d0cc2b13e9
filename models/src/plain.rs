//! What a network says, in its own numbers, as its own framework would write it: for comparing
//! with nnU-Net and for looking at a network without a card.

use crate::deepmedic::{self, Image, Tiling};
use crate::nnunet::plans::Reader;
use crate::nnunet::{self, Effort, restore};
use crate::orient::{Storage, Turn};
use crate::registry::{Model, Recipe};
use crate::runtime::Runtime;
use crate::segment::{InferenceError, block, reversed};
use crate::window::Accumulation;
use interval_core::units::Mm;
use interval_core::volume::Volume;

/// How a plain prediction is made.
#[derive(Debug, Clone)]
pub struct PlainOptions {
    /// Which networks are averaged, by their place in the package; all when empty.
    pub folds: Vec<usize>,
    /// Axes of the network (z, y, x) along which mirrored passes are averaged.
    pub mirror_axes: Vec<usize>,
    /// How sums over windows are kept.
    pub accumulation: Accumulation,
}

impl Default for PlainOptions {
    /// As nnU-Net, with one pass a window.
    fn default() -> Self {
        Self { folds: Vec::new(), mirror_axes: Vec::new(), accumulation: Accumulation::F16 }
    }
}

/// What a network says.
#[derive(Debug, Clone)]
pub struct PlainPrediction {
    /// The numbers of the model, on the grid of the images.
    pub labels: Volume<u8>,
    /// What computed.
    pub provider: String,
    /// How often a network was run.
    pub passes: usize,
}

/// Largest distance between corresponding voxels of two channels. nnU-Net only warns; a tenth of
/// a millimetre is what headers lose by rounding.
const ALIGNMENT_TOLERANCE: Mm = Mm(0.1);

/// Predicts images as they are stored, without a brain mask and without looking at components.
/// The channels come in the order of the network.
pub fn predict(
    model: &Model,
    runtime: &Runtime,
    channels: Vec<Volume<f32>>,
    options: &PlainOptions,
) -> Result<PlainPrediction, InferenceError> {
    let grid = aligned(&channels)?;
    let storage = match model.recipe() {
        Recipe::NnUnet(both) if both.0.reader == Reader::AsStored => None,
        Recipe::NnUnet(_) => Some(Storage::Ras),
        Recipe::DeepMedic { .. } => Some(Storage::Lps),
    };
    let turn = storage.map(|storage| Turn::new(grid, storage));
    let spacing = reversed(turn.as_ref().map_or(grid, |turn| *turn.target()).spacing_mm());
    let turned = |volume: Volume<f32>| match &turn {
        Some(turn) => block(turn.apply(&volume)),
        None => block(volume),
    };
    let blocks: Vec<_> = channels.into_iter().map(turned).collect();
    let (labels, passes) = match model.recipe() {
        Recipe::NnUnet(both) => {
            let (plans, dataset) = both.as_ref();
            check_count(dataset.channels.len(), blocks.len())?;
            let folds = chosen(model, options).map(|fold| model.network(fold));
            let effort =
                Effort { mirror_axes: &options.mirror_axes, accumulation: options.accumulation };
            let found =
                nnunet::predict((plans, dataset), runtime, folds, (blocks, spacing), effort)?;
            let labels = found.logits.decide(&dataset.heads, 0.);
            (restore::uncropped(&labels, &found.logits.frame, plans), found.passes)
        }
        Recipe::DeepMedic { outputs, spacing_mm, feature_voxels } => {
            check_count(model.card().map_or(0, |card| card.inputs.len()), blocks.len())?;
            let tiling = Tiling {
                outputs: outputs.len(),
                spacing_mm: *spacing_mm,
                feature_voxels: *feature_voxels,
            };
            let brain = crate::block::Block {
                shape: blocks.first().map_or([0; 3], |b| b.shape),
                values: vec![true; grid.len()],
            };
            let image = Image { channels: blocks, brain, spacing };
            let found = deepmedic::predict(image, runtime, &model.network(0)?, &tiling)?;
            (found.labels(), found.passes)
        }
    };
    let labels = match &turn {
        Some(turn) => turn.undo(&labels.values),
        None => Volume::from_fn(grid, |at| labels.values[at]),
    };
    Ok(PlainPrediction { labels, provider: runtime.provider(), passes })
}

/// The one grid of all channels.
fn aligned(channels: &[Volume<f32>]) -> Result<interval_core::geometry::Grid, InferenceError> {
    let first = channels.first().ok_or(InferenceError::Empty)?.grid();
    for (number, channel) in channels.iter().enumerate() {
        if !channel.grid().coincides(first, ALIGNMENT_TOLERANCE) {
            return Err(InferenceError::Misaligned(format!("channel {number}")));
        }
    }
    Ok(*first)
}

fn check_count(wanted: usize, given: usize) -> Result<(), InferenceError> {
    if wanted == given { Ok(()) } else { Err(InferenceError::Channels { wanted, given }) }
}

fn chosen(model: &Model, options: &PlainOptions) -> std::vec::IntoIter<usize> {
    let all: Vec<usize> =
        if options.folds.is_empty() { (0..model.folds()).collect() } else { options.folds.clone() };
    all.into_iter()
}
