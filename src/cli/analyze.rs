//! `interval analyze`: the recipe on folders, no server.

use super::{Ended, Failure, fail, progress, write_file};
use crate::config::{Config, Keys};
use crate::ingest::Ingest;
use crate::keys::KeySource;
use crate::node::{self, NodeError, open_store};
use crate::peers::Peers;
use crate::pipeline::bench::{Bench, NodeFile, Used, node_input};
use crate::pipeline::coordinator::{Coordinator, Led};
use crate::pipeline::queue::Crew;
use crate::pipeline::stage::assemble::{ChannelParameters, Form};
use crate::pipeline::steps::Timepoint;
use crate::pipeline::{Analysis, Halt, analyse, sentence};
use crate::store::Store;
use crate::store::assessment::Issue;
use crate::store::job::Release;
use crate::store::record::AssessmentRecord;
use crate::store::record::review::IssueRecord;
use clap::Args;
use interval_core::access::{Action, Grant, Policy, Principal, Standing, decide};
use interval_core::digest::Digest;
use interval_core::fault::Fault;
use interval_core::patient::{Patient, PatientPseudonym};
use interval_core::role::SeriesRole;
use interval_core::uid::StudyUid;
use interval_iod::mint;
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Analyse folders: one timepoint each, in the order of time, of DICOM or of NIfTI files
/// named t1, t1c, t2, flair (.nii.gz or .nii).
///
/// Leaves `result.json`, the masks and, for DICOM, the objects for the PACS in the output folder.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval analyze baseline/ followup/ --out result/")]
pub struct Analyze {
    /// Folders, one a timepoint (DICOM folders may hold several studies).
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Folder for the results.
    #[arg(long)]
    out: PathBuf,
    /// Folder of the node, for the runtime and the keys.
    #[arg(long, default_value = "interval-data")]
    data: PathBuf,
    /// Folder of the segmentation model, or the name of one that `interval model add` took. One
    /// that nobody who is trusted has signed runs with a warning, and the result says so.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Do not warn of an unsigned model; the result says so all the same.
    #[arg(long)]
    unsigned_model: bool,
    /// Folder of the head atlas.
    #[arg(long)]
    atlas: Option<PathBuf>,
    /// The ONNX Runtime library.
    #[arg(long)]
    ort_lib: Option<PathBuf>,
    /// Report in spite of doubts that would hold a study for a human.
    #[arg(long)]
    release: bool,
}

/// What `result.json` holds.
#[derive(Debug, Serialize)]
struct ResultFile {
    /// The assessment, in the form in which the node keeps it.
    #[serde(flatten)]
    assessment: AssessmentRecord,
    /// For each timepoint: its mask files, relative to the output folder.
    masks: Vec<MaskFiles>,
    /// Files of the objects for the PACS.
    objects: Vec<String>,
    /// What each stage cost, in CPU seconds, inference apart below.
    stage_cpu_s: std::collections::BTreeMap<String, f64>,
    /// CPU seconds of inference.
    inference_cpu_s: f64,
    /// Largest peak of a worker, in MB.
    worker_peak_rss_mb: f64,
}

/// The masks of one timepoint.
#[derive(Debug, Serialize)]
struct MaskFiles {
    /// Regions: 1 NETC, 2 SNFH, 3 ET, 4 RC.
    regions: String,
    /// Lesions by index.
    lesions: String,
    /// The brain.
    brain: String,
}

impl Analyze {
    /// An analysis with everything else as the data folder has it.
    pub(super) fn of(folders: Vec<PathBuf>, out: PathBuf, data: &Path) -> Self {
        let data = data.to_owned();
        let (model, atlas, ort_lib) = (None, None, None);
        let (unsigned_model, release) = (false, false);
        Self { folders, out, data, model, unsigned_model, atlas, ort_lib, release }
    }

    /// The same with another model or atlas.
    pub(super) fn with(self, model: Option<PathBuf>, atlas: Option<PathBuf>) -> Self {
        Self { model, atlas, ..self }
    }

    pub(super) async fn run(self) -> Ended {
        std::fs::create_dir_all(&self.out)
            .map_err(|e| Failure::failed(format!("{}: {e}", self.out.display())))?;
        let work = self.out.join("work");
        // Nobody comes back to the working store: its key ends with this process.
        let keys = Keys { master: Some(KeySource::Passing), earlier: Vec::new() };
        let store = open_store(&work, &keys).await.map_err(node_failure)?;
        let config = Config {
            data: self.data.clone(),
            model: self.model.clone(),
            // What it finds stays with the person who asked; a node sends it on, and refuses.
            unsigned_model: true,
            atlas: self.atlas.clone(),
            ort_lib: self.ort_lib.clone(),
            ..Config::default()
        };
        let crew = node::crew(&config, store.clone()).map_err(node_failure)?;
        if !self.unsigned_model {
            crew.kit.doubts.iter().for_each(|doubt| eprintln!("interval: warning: {doubt}"));
        }
        let (bar, watcher) = progress::stages();
        let led = if self.folders.iter().all(|folder| is_nifti(folder)) {
            self.nifti(&crew, &watcher).await
        } else {
            self.dicom(&crew, &watcher).await
        };
        bar.finish_and_clear();
        let result = self.leave(&store, led?).await;
        drop((crew, store));
        // The working store is scratch; when it cannot be removed the result is still whole.
        let _ = std::fs::remove_dir_all(&work);
        result
    }

    async fn nifti(
        &self,
        crew: &Crew,
        watcher: &crate::pipeline::bench::Watcher<'_>,
    ) -> Result<Led, Failure> {
        let timepoints = self.timepoints()?;
        // Voxels name nobody; what is made of them is sealed all the same.
        let nobody = crew.store.admit(&Patient::default(), SystemTime::now()).await;
        let grant = operator_grant(nobody.map_err(fail(Fault::Defect))?)?;
        let cloak = crew.store.cloak(&grant).await.map_err(fail(Fault::Defect))?;
        let (store, pool) = (&crew.store, &crew.pool);
        let used = Used::default();
        let bench = Bench { store, pool, grant: &grant, cloak: &cloak, watcher, used };
        let analysis = analyse(&bench, &crew.kit, timepoints).await.map_err(halted)?;
        let assessment = analysis.assessment.clone();
        // Nothing is written, and nothing is reviewed.
        let issue = Issue::Version(IssueRecord::default(), None);
        let (objects, scene, runs) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Led { assessment, objects, scene, runs, analysis: Some(analysis), issue })
    }

    /// One timepoint a folder, in the order given.
    fn timepoints(&self) -> Result<Vec<Timepoint>, Failure> {
        self.folders.iter().map(|folder| timepoint(folder)).collect()
    }

    async fn dicom(
        &self,
        crew: &Crew,
        watcher: &crate::pipeline::bench::Watcher<'_>,
    ) -> Result<Led, Failure> {
        let ingest = Ingest::new(crew.store.clone(), Peers::anybody().into(), 0);
        let mut files = Vec::new();
        for folder in &self.folders {
            super::send::collect(folder, &mut files)?;
        }
        let others = files.len();
        files.retain(|path| is_part10(path));
        if files.len() < others {
            eprintln!("{} files are not DICOM and were left out", others - files.len());
        }
        let bar = progress::count("reading", files.len());
        let mut newest: Option<(String, StudyUid)> = None;
        for path in &files {
            let instance = ingest.file(path).await.map_err(|error| Failure {
                fault: error.fault(),
                message: format!("{}: {}", path.display(), sentence(&error)),
            })?;
            let seen = (instance.exam.date, instance.study);
            newest = newest.max(Some(seen));
            bar.inc(1);
        }
        bar.finish_and_clear();
        let (_, study) = newest.ok_or_else(|| Failure::refused("the folders are empty"))?;
        let entry = crew.store.study(&study).await.map_err(fail(Fault::Defect))?;
        let grant = operator_grant(entry.patient)?;
        let desk = (crew.desk)(SystemTime::now()).map_err(halted)?;
        let Crew { store, pool, kit, .. } = crew;
        let coordinator = Coordinator { store, pool, kit, desk: &desk, watcher };
        let release = if self.release { Release::ByHuman } else { Release::None };
        coordinator.lead(&grant, &study, release).await.map_err(halted)
    }

    /// Writes everything into the output folder.
    async fn leave(&self, store: &Store, led: Led) -> Ended {
        let mut objects = Vec::new();
        for object in &led.objects {
            let name = format!("{}.dcm", object.kind.as_str().to_lowercase());
            write_file(&self.out.join(&name), &object.bytes)?;
            objects.push(name);
        }
        let pdf =
            led.objects.iter().find_map(|object| interval_iod::pdf::extract(&object.bytes).ok());
        if let Some(pdf) = pdf {
            write_file(&self.out.join("report.pdf"), &pdf)?;
            objects.push("report.pdf".into());
        }
        let masks = match &led.analysis {
            Some(analysis) => self.masks(store, analysis)?,
            None => Vec::new(),
        };
        let costs = store.costs().await.map_err(fail(Fault::Defect))?;
        let mut stage_cpu_s = std::collections::BTreeMap::new();
        for (stage, cost) in &costs {
            *stage_cpu_s.entry(stage.as_str().to_owned()).or_default() += cost.cpu_ms as f64 / 1e3;
        }
        let segmented = led.analysis.iter().flat_map(|analysis| &analysis.segmentations);
        let result = ResultFile {
            assessment: (&led.assessment).into(),
            masks,
            objects,
            stage_cpu_s,
            inference_cpu_s: segmented.map(|s| s.record.inference_cpu_s).sum(),
            worker_peak_rss_mb: costs.iter().map(|(_, c)| c.peak_rss_kb).max().unwrap_or(0) as f64
                / 1024.,
        };
        super::write_json(Some(&self.out.join("result.json")), &result)
    }

    fn masks(&self, store: &Store, analysis: &Analysis) -> Result<Vec<MaskFiles>, Failure> {
        let save = |artefact: Option<&crate::store::artefact::Artefact>, name: String| {
            let artefact = artefact.ok_or_else(|| Failure::failed("a mask is gone"))?;
            let bytes = store.open_artefact(artefact).map_err(fail(Fault::Defect))?;
            write_file(&self.out.join(&name), bytes.bytes())?;
            Ok::<_, Failure>(name)
        };
        let mut masks = Vec::new();
        for n in 0..analysis.timepoints.len() {
            let lesions = analysis.tracks.outputs.get(&format!("lesions/{n}"));
            masks.push(MaskFiles {
                regions: save(
                    Some(&analysis.segmentations[n].labels),
                    format!("t{n}_regions.nii.gz"),
                )?,
                lesions: save(lesions, format!("t{n}_lesions.nii.gz"))?,
                brain: save(analysis.stacks[n].outputs.get("brain"), format!("t{n}_brain.nii.gz"))?,
            });
        }
        Ok(masks)
    }
}

/// Whether a file has the prefix of a DICOM file (PS3.10 section 7.1).
fn is_part10(path: &Path) -> bool {
    let mut start = [0; 132];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start.ends_with(b"DICM")
}

/// File of a role in a folder of NIfTI files.
fn nifti_file(folder: &Path, role: SeriesRole) -> Option<PathBuf> {
    let stem = role.as_str().to_lowercase();
    ["nii.gz", "nii"]
        .map(|extension| folder.join(format!("{stem}.{extension}")))
        .into_iter()
        .find(|path| path.is_file())
}

fn is_nifti(folder: &Path) -> bool {
    nifti_file(folder, SeriesRole::T1c).is_some()
}

fn timepoint(folder: &Path) -> Result<Timepoint, Failure> {
    let (mut channels, mut inputs) = (Vec::new(), Vec::new());
    for role in SeriesRole::CHANNELS {
        let path = nifti_file(folder, role).ok_or_else(|| {
            let folder = folder.display();
            Failure::refused(format!("{folder} has no {}.nii.gz", role.as_str().to_lowercase()))
        })?;
        let file = NodeFile::open(&path).map_err(Failure::refused)?;
        inputs.push(node_input(role.as_str(), &file));
        channels.push(ChannelParameters {
            role: role.as_str().into(),
            form: Form::Nifti,
            files: vec![role.as_str().into()],
        });
    }
    let sums: Vec<_> = inputs.iter().map(|input| input.digest.0.as_slice()).collect();
    let digest = Digest::of_parts(sums).to_string();
    Ok(Timepoint {
        study: mint::uid("nifti study", &[&digest]),
        date: date_of(folder),
        channels,
        inputs,
        headers: None,
        decisions: Vec::new(),
        doubts: Vec::new(),
        corrections: None,
    })
}

/// A date that the folder's name ends in, as YYYYMMDD or YYYY-MM-DD; else nothing.
fn date_of(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let digits: String = name.unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    let start = digits.len().saturating_sub(8);
    let date = &digits[start..];
    if date.parse::<interval_core::timepoint::Date>().is_ok() { date.into() } else { String::new() }
}

/// The grant under which a person's own analysis runs: as the job that the node would make of it.
fn operator_grant(patient: PatientPseudonym) -> Result<Grant, Failure> {
    let (job, standing) = (Principal::Job(patient), Standing::none(patient));
    decide(&Policy::house(), &job, &standing, Action::Process, SystemTime::now())
        .map_err(Failure::failed)
}

fn halted(halt: Halt) -> Failure {
    match halt {
        Halt::Held { stage, doubts } => {
            let sentences: Vec<_> = doubts.iter().map(ToString::to_string).collect();
            Failure::refused(format!("held in {stage}: {}", sentences.join(" ")))
        }
        Halt::Failed { stage, fault, reason } => {
            Failure { fault, message: format!("failed in {stage}: {reason}") }
        }
    }
}

fn node_failure(error: NodeError) -> Failure {
    Failure { fault: error.fault(), message: sentence(&error) }
}
