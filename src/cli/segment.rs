//! `interval segment`: a network on prepared images, exactly as its own framework would run it.

use super::{Ended, Failure, fail, progress, read_file, write_file, write_json};
use crate::config::Config;
use crate::pipeline::sentence;
use crate::{models, runtime, usage};
use clap::{Args, ValueEnum};
use interval_core::fault::Fault;
use interval_core::stage::Stage;
use interval_imaging::nifti;
use interval_models::plain::{self, PlainOptions};
use interval_models::registry::Model;
use interval_models::runtime::Runtime;
use interval_models::trust::Admission;
use interval_models::window::Accumulation;
use serde::Serialize;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Run a model package on `case_0000.nii.gz`, `case_0001.nii.gz`, ... and write its label map in
/// the model's own numbers.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval segment --model models/default --input case/ \
                        --output labels.nii.gz")]
pub struct Segment {
    /// Folder of the model package. One that nobody who is trusted has signed runs with a warning.
    #[arg(long)]
    model: PathBuf,
    /// Do not warn of an unsigned model.
    #[arg(long)]
    unsigned_model: bool,
    /// Folder of the images, one a channel.
    #[arg(long)]
    input: PathBuf,
    /// The label map to write, .nii.gz.
    #[arg(long)]
    output: PathBuf,
    /// Folds to average, by number; all when not given.
    #[arg(long, value_delimiter = ',')]
    folds: Vec<usize>,
    /// Axes of the network (z, y, x as 0, 1, 2) along which mirrored passes are averaged.
    #[arg(long, value_delimiter = ',')]
    mirror: Vec<usize>,
    /// Precision of the sums over windows: f16 as nnU-Net does, f32 for more.
    #[arg(long, value_enum, default_value_t = Sums::F16)]
    accumulate: Sums,
    /// Folder of the node, for the runtime and the keys that are trusted.
    #[arg(long, default_value = "interval-data")]
    data: PathBuf,
    /// The ONNX Runtime library.
    #[arg(long)]
    ort_lib: Option<PathBuf>,
    /// Threads of the network.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Write the result for machines here; `-` is standard output.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sums {
    F16,
    F32,
}

/// What was done.
#[derive(Debug, Serialize)]
struct Segmented {
    model_sha256: String,
    /// The key that vouches for the model; null when nobody who is trusted does.
    model_signed_by: Option<String>,
    provider: String,
    passes: usize,
    cpu_s: f64,
    peak_rss_mb: f64,
}

impl Segment {
    pub(super) fn run(self) -> Ended {
        let config = Config { data: self.data.clone(), ..Config::default() };
        let ring = models::ring(&config).map_err(fail(Fault::Refused))?;
        let model = Model::open(&self.model, Admission::AnyUnaltered(&ring))
            .map_err(|error| Failure { fault: error.fault(), message: sentence(&error) })?;
        let reservation = model.vouched().reservation().filter(|_| !self.unsigned_model);
        if let Some(what) = reservation {
            eprintln!("interval: warning: {what}; nobody whom this site trusts vouches for it");
        }
        let explicit = self.ort_lib.clone().or_else(|| runtime::installed(&self.data));
        let library = Runtime::find(explicit.as_deref(), None).map_err(fail(Fault::Unavailable))?;
        let threads = NonZeroUsize::new(self.threads)
            .ok_or_else(|| Failure::refused("a network needs a thread"))?;
        let runtime = Runtime::load(&library, threads).map_err(fail(Fault::Unavailable))?;
        let channels = images(&self.input)?
            .iter()
            .map(|path| {
                nifti::read(&read_file(path)?)
                    .map_err(|e| Failure::refused(format!("{}: {e}", path.display())))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let options = PlainOptions {
            folds: self.folds.clone(),
            mirror_axes: self.mirror.clone(),
            accumulation: match self.accumulate {
                Sums::F16 => Accumulation::F16,
                Sums::F32 => Accumulation::F32,
            },
        };
        let (bar, watch) = progress::stages();
        watch(Stage::Segment, 0.2, "running the network");
        let predicted = plain::predict(&model, &runtime, channels, &options);
        bar.finish_and_clear();
        let predicted = predicted.map_err(fail(Fault::Refused))?;
        let labels = nifti::write_labels(&predicted.labels).map_err(fail(Fault::Defect))?;
        write_file(&self.output, &labels)?;
        let segmented = Segmented {
            model_sha256: model.digest().to_string(),
            model_signed_by: model.vouched().signer().map(str::to_owned),
            provider: predicted.provider,
            passes: predicted.passes,
            cpu_s: usage::cpu().as_secs_f64(),
            peak_rss_mb: usage::peak_rss_kb() as f64 / 1024.,
        };
        write_json(self.json.as_deref(), &segmented)
    }
}

/// The images of a case in the order of their channels.
fn images(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    super::send::collect(folder, &mut files)?;
    files.retain(|path| channel_of(path).is_some());
    files.sort_by_key(|path| channel_of(path));
    let channels: Vec<_> = files.iter().filter_map(|path| channel_of(path)).collect();
    let expected: Vec<usize> = (0..channels.len()).collect();
    if channels.is_empty() || channels != expected {
        let folder = folder.display();
        return Err(Failure::refused(format!(
            "{folder} does not hold one case as NAME_0000.nii.gz, NAME_0001.nii.gz, ..."
        )));
    }
    Ok(files)
}

/// The channel number of `NAME_NNNN.nii.gz`.
fn channel_of(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(".nii.gz").or_else(|| name.strip_suffix(".nii"))?;
    let (_, digits) = stem.rsplit_once('_')?;
    if digits.len() == 4 { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_the_four_digits_before_the_ending() {
        assert_eq!(channel_of(Path::new("x/case_a_0003.nii.gz")), Some(3));
        assert_eq!(channel_of(Path::new("truth.nii.gz")), None);
        assert_eq!(channel_of(Path::new("case_03.nii.gz")), None);
    }
}
