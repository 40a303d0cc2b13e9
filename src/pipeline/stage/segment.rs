//! Tumour regions by a pretrained model, on the grid of the post-contrast series.

use super::{Inputs, Made, Progress, StageError, because, json};
use crate::store::record::ModelRecord;
use crate::usage;
use interval_core::fault::Fault;
use interval_core::role::SeriesRole;
use interval_imaging::nifti;
use interval_models::registry;
use interval_models::trust::Admission;
use interval_models::{Options, Runtime, Stack};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Version of the method.
pub const VERSION: u32 = 1;

/// Which model, with which runtime.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parameters {
    /// Digest of the model package: part of the artefact's key.
    pub model_sha256: String,
    /// Folder of the model package. Not part of what is computed.
    pub model: PathBuf,
    /// The ONNX Runtime library, when configured.
    pub ort_lib: Option<PathBuf>,
    /// Threads to use.
    pub threads: usize,
}

/// What the model did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segmented {
    /// The model.
    pub model: ModelRecord,
    /// What it ran on.
    pub provider: String,
    /// Runs of the network.
    pub passes: usize,
    /// CPU time of inference, with what is done right before and after the network, in seconds.
    pub inference_cpu_s: f64,
    /// Components that were taken for false, and why.
    pub dropped: Vec<DroppedRecord>,
}

/// A component that was taken out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DroppedRecord {
    /// Its volume.
    pub volume_cm3: f64,
    /// Its centre, LPS mm.
    pub centre_lps_mm: [f64; 3],
    /// Why.
    pub why: String,
}

/// Segments the four channels.
pub fn run(
    parameters: &Parameters,
    mut inputs: Inputs,
    progress: Progress,
) -> Result<Made, StageError> {
    progress(0., "loading the model");
    let threads = NonZeroUsize::new(parameters.threads).unwrap_or(NonZeroUsize::MIN);
    let runtime = Runtime::find(parameters.ort_lib.as_deref(), None)
        .and_then(|library| Runtime::load(&library, threads))
        .map_err(because(Fault::Unavailable, "the ONNX Runtime cannot be loaded"))?;
    // Whether it may run was decided where the signatures are: here it must be that very one.
    let wanted = parameters.model_sha256.parse();
    let wanted = wanted.map_err(because(Fault::Defect, "the model is not named"))?;
    let package = registry::open(&parameters.model, Admission::Exactly(wanted))
        .map_err(|error| because(error.fault(), "the model cannot be opened")(error))?;
    let mut channels = BTreeMap::new();
    for role in SeriesRole::CHANNELS {
        let file = inputs.take(role.as_str())?;
        let volume = nifti::read(file.bytes())
            .map_err(because(Fault::Defect, "an artefact cannot be read"))?;
        channels.insert(role, volume);
    }
    let brain = nifti::read_labels(inputs.take("brain")?.bytes())
        .map_err(because(Fault::Defect, "an artefact cannot be read"))?
        .map(|value| *value != 0);
    progress(0.1, "segmenting");
    let stack = Stack { channels, brain };
    let before = usage::cpu();
    let segmentation = package
        .segment(&runtime, &stack, Options::default())
        .map_err(because(Fault::Refused, "the model could not be run"))?;
    let dropped = segmentation.dropped.iter().map(|component| DroppedRecord {
        volume_cm3: component.volume.0,
        centre_lps_mm: component.centre.at,
        why: component.why.to_string(),
    });
    let report = Segmented {
        model: (&package.name()).into(),
        provider: segmentation.provider.clone(),
        passes: segmentation.passes,
        inference_cpu_s: usage::cpu().saturating_sub(before).as_secs_f64(),
        dropped: dropped.collect(),
    };
    let labels = nifti::write_labels(&segmentation.labels)
        .map_err(because(Fault::Defect, "the label map cannot be written"))?;
    Ok(vec![("labels".into(), labels), json("segment.json", &report)?])
}
