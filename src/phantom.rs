//! The phantom patient as DICOM studies on the disk, with the truth beside them.

use interval_core::geometry::{Grid, Transform};
use interval_core::patient::Patient as Identity;
use interval_core::phantom::{Lesion, Patient, Timepoint, plant};
use interval_core::role::SeriesRole;
use interval_core::study::Exam;
use interval_core::volume::Volume;
use interval_imaging::nifti::{self, NiftiError};
use interval_iod::mint;
use interval_iod::mr::MrError;
use interval_iod::mr::write::{self, WritePlan};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

use crate::store::record::VolumesRecord;

/// Why the phantom was not written.
#[derive(Debug, thiserror::Error)]
pub enum PhantomError {
    /// A file cannot be written.
    #[error("cannot write {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A series cannot be expressed in DICOM.
    #[error("a series cannot be written")]
    Series(#[from] MrError),
    /// A mask cannot be written.
    #[error("a mask cannot be written")]
    Mask(#[from] NiftiError),
    /// The patient has no such series.
    #[error("the phantom has no {0} series")]
    NoSeries(SeriesRole),
}

/// What is true, as `truth.json`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Truth {
    /// The seed.
    pub seed: u64,
    /// One for each timepoint.
    pub timepoints: Vec<TimepointTruth>,
}

/// What is true at one timepoint.
#[derive(Debug, Serialize, Deserialize)]
pub struct TimepointTruth {
    /// Folder of the study, relative to the truth.
    pub folder: String,
    /// Study Instance UID.
    pub study: String,
    /// YYYY-MM-DD.
    pub date: String,
    /// Volumes of all lesions together, by formula.
    pub volumes_cm3: VolumesRecord,
    /// The lesions.
    pub lesions: Vec<LesionTruth>,
    /// T1c space of the first timepoint to T1c space of this one: rows of a 3x4 matrix, LPS mm.
    pub first_to_this_lps: [[f64; 4]; 3],
    /// True regions on the grid of T1c, relative to the truth.
    pub mask: String,
    /// Steps of that grid along its rows, columns and slices: no outline is known better.
    pub spacing_mm: [f64; 3],
}

/// Largest error of a volume of at least [`JUDGED_CM3_MIN`] on a grid of 1 mm, in per cent.
const ERROR_PERCENT_MAX: f64 = 10.;

/// The same where slices are thicker: half a voxel of outline is more there.
const THICK_ERROR_PERCENT_MAX: f64 = 20.;

/// Steps up to this count as 1 mm.
const FINE_MM_MAX: f64 = 1.05;

/// Volumes below this are not judged in per cent: half a voxel of outline is more.
pub const JUDGED_CM3_MIN: f64 = 1.;

impl TimepointTruth {
    /// By how much a measured volume may be off, in per cent.
    pub fn error_percent_max(&self) -> f64 {
        let fine = self.spacing_mm.iter().all(|step| *step <= FINE_MM_MAX);
        if fine { ERROR_PERCENT_MAX } else { THICK_ERROR_PERCENT_MAX }
    }
}

/// What is true of one lesion.
#[derive(Debug, Serialize, Deserialize)]
pub struct LesionTruth {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub fate: String,
    /// Centre in the T1c space of its study, LPS mm.
    pub centre_lps_mm: [f64; 3],
    /// Volumes by formula.
    pub volumes_cm3: VolumesRecord,
}

/// Writes every study of a patient below a folder; `done` is told after each series.
pub fn write(
    patient: &Patient,
    out: &Path,
    done: &dyn Fn(usize, SeriesRole),
) -> Result<Truth, PhantomError> {
    let mut truth = Truth { seed: patient.spec.seed, timepoints: Vec::new() };
    for (k, timepoint) in patient.timepoints.iter().enumerate() {
        let folder = format!("t{k}");
        for (n, plan) in timepoint.series.iter().enumerate() {
            let volume = render(patient, k, plan.role)?;
            let series = out.join(&folder).join(plan.role.as_str().to_lowercase());
            write_series(&volume, &write_plan(patient, k, (n, plan.role)), &series)?;
            done(k, plan.role);
        }
        let labels =
            patient.labels(k, SeriesRole::T1c).ok_or(PhantomError::NoSeries(SeriesRole::T1c))?;
        let mask = format!("{folder}/truth.nii.gz");
        save(&out.join(&mask), &nifti::write_labels(&labels)?)?;
        truth.timepoints.push(truth_of(patient, k, (folder, mask, labels.grid()), timepoint));
    }
    let text = serde_json::to_vec_pretty(&truth).map_err(io::Error::from);
    let path = out.join("truth.json");
    let text = text.map_err(|source| PhantomError::File { path: path.clone(), source })?;
    save(&path, &text)?;
    Ok(truth)
}

/// A series, its slices side by side.
pub fn render(patient: &Patient, k: usize, role: SeriesRole) -> Result<Volume<f32>, PhantomError> {
    let missing = || PhantomError::NoSeries(role);
    let plan = patient.timepoints.get(k).and_then(|t| t.plan(role)).ok_or_else(missing)?;
    let slices: Option<Vec<Vec<f32>>> = (0..plan.grid.shape[2])
        .into_par_iter()
        .map(|slice| patient.render_slice(k, role, slice))
        .collect();
    let voxels = slices.ok_or_else(missing)?.concat();
    Volume::new(plan.grid, voxels).map_err(|_| missing())
}

/// UID of the study of a timepoint.
fn study_uid(patient: &Patient, k: usize) -> interval_core::uid::StudyUid {
    mint::uid("phantom study", &[&patient.spec.seed.to_string(), &k.to_string()])
}

fn write_plan(patient: &Patient, k: usize, (n, role): (usize, SeriesRole)) -> WritePlan {
    let seed = patient.spec.seed;
    let (year, month, day) = patient.timepoints[k].date.ymd();
    let date = format!("{year:04}{month:02}{day:02}");
    let study = study_uid(patient, k);
    let mut acquisition = write::protocol(role);
    acquisition.series_number = Some(n as i32 + 2);
    acquisition.acquisition_time = format!("10{:02}00", 5 + 4 * n);
    acquisition.manufacturer = "PHANTOM".into();
    acquisition.manufacturer_model_name = "Digital head".into();
    acquisition.frame_of_reference = Some(mint::uid("phantom frame", &[study.as_str()]));
    WritePlan {
        patient: Identity {
            id: format!("PHANTOM-{seed}"),
            name: format!("PHANTOM^SEED {seed}"),
            birth_date: "19600101".into(),
            sex: "O".into(),
            ..Identity::default()
        },
        exam: Exam {
            time: "100000".into(),
            accession_number: format!("PH{seed}T{k}"),
            id: format!("{}", k + 1),
            description: "MR BRAIN TUMOUR FOLLOW-UP".into(),
            date,
            ..Exam::default()
        },
        series: mint::uid("phantom series", &[study.as_str(), role.as_str()]),
        study,
        acquisition,
    }
}

fn write_series(volume: &Volume<f32>, plan: &WritePlan, folder: &Path) -> Result<(), PhantomError> {
    for (n, (_, bytes)) in write::series(volume, plan)?.into_iter().enumerate() {
        save(&folder.join(format!("{:04}.dcm", n + 1)), &bytes)?;
    }
    Ok(())
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), PhantomError> {
    let failed = |source| PhantomError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, bytes).map_err(failed)
}

fn truth_of(
    patient: &Patient,
    k: usize,
    (folder, mask, grid): (String, String, &Grid),
    timepoint: &Timepoint,
) -> TimepointTruth {
    let first = patient.timepoints.first().map(|first| first.motion);
    let back = first.and_then(|motion| motion.inverse()).unwrap_or_else(Transform::identity);
    let lesions = timepoint.truth.iter().map(|lesion| LesionTruth {
        name: lesion.name.clone(),
        fate: lesion.fate.as_str().into(),
        centre_lps_mm: lesion.centre.at,
        volumes_cm3: (&lesion.volumes).into(),
    });
    TimepointTruth {
        folder,
        study: study_uid(patient, k).to_string(),
        date: timepoint.date.to_string(),
        volumes_cm3: (&timepoint.volumes()).into(),
        lesions: lesions.collect(),
        first_to_this_lps: back.then(&timepoint.motion).rows,
        mask,
        spacing_mm: grid.spacing_mm(),
    }
}

/// Lays lesions of known volume into a given T1 head and writes the four contrasts as NIfTI,
/// with the true mask. Returns the volume of each lesion's regions by formula.
pub fn plant_into(
    head: &Volume<f32>,
    lesions: &[Lesion],
    out: &Path,
) -> Result<Vec<VolumesRecord>, PhantomError> {
    let planted = plant(head, lesions);
    for role in SeriesRole::CHANNELS {
        let volume = planted.channel(role).ok_or(PhantomError::NoSeries(role))?;
        let name = format!("{}.nii.gz", role.as_str().to_lowercase());
        save(&out.join(name), &nifti::write(volume)?)?;
    }
    save(&out.join("truth.nii.gz"), &nifti::write_labels(&planted.labels)?)?;
    Ok(lesions.iter().map(|lesion| (&lesion.volumes()).into()).collect())
}
