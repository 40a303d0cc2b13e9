//! A digital patient with lesions of known volume: truth by formula, on any machine.
//!
//! The head has what the pipeline must cope with: scalp, skull, eyes, sinuses, folds, ventricles,
//! vessels that take up contrast, noise, shading, slices of different thickness and direction, and
//! movement between series and between studies. Its lesions grow, shrink, split, appear and
//! vanish by a script.
//!
//! *Head coordinates* are LPS mm fixed to the patient's head; a study's own LPS coordinates come
//! from them by the motion of its series. The same seed gives the same bytes.

mod anatomy;
mod brain;
mod head;
mod lesion;
mod planting;
mod random;
mod render;
mod script;
mod shapes;
mod tissue;

use crate::geometry::{Grid, Lps, Point, Transform, Voxel};
use crate::lesion::{Fate, RegionVolumes};
use crate::role::SeriesRole;
use crate::timepoint::Date;
use crate::volume::{LabelMap, Mask, Volume};
use head::Head;
pub use lesion::Lesion;
pub use planting::{Planted, plant};
use random::Normal;
use render::Scene;

/// Most timepoints of a patient: the script has come to rest by then.
pub const TIMEPOINTS_MAX: usize = 12;

/// Which patient is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Shapes the head, its lesions, its movements and the noise.
    pub seed: u64,
    /// Number of studies, 1 to [`TIMEPOINTS_MAX`].
    pub timepoints: usize,
}

impl Spec {
    /// A patient by seed and number of studies (taken into 1 to [`TIMEPOINTS_MAX`]).
    pub fn new(seed: u64, timepoints: usize) -> Self {
        Self { seed, timepoints: timepoints.clamp(1, TIMEPOINTS_MAX) }
    }

    /// Makes the patient: seconds of computation and about 110 MB, for the head.
    pub fn build(self) -> Patient {
        let timepoints = (0..self.timepoints).map(|k| Timepoint::new(self.seed, k)).collect();
        Patient { spec: self, timepoints, head: Head::new(self.seed), normal: Normal::new() }
    }
}

/// A patient of the phantom.
#[derive(Debug)]
pub struct Patient {
    /// What it was made from.
    pub spec: Spec,
    /// Its studies in the order of time.
    pub timepoints: Vec<Timepoint>,
    head: Head,
    normal: Normal,
}

/// One study of the patient.
#[derive(Debug, Clone)]
pub struct Timepoint {
    /// When it is.
    pub date: Date,
    /// From head coordinates to the LPS coordinates of the study, for its T1c.
    pub motion: Transform<Lps, Lps>,
    /// Its series, in the order in which they are acquired.
    pub series: Vec<SeriesPlan>,
    /// What there is, or has just gone.
    pub truth: Vec<LesionTruth>,
    /// The bodies of the lesions, in head coordinates.
    pub lesions: Vec<Lesion>,
}

/// One series of a study.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesPlan {
    /// What it shows.
    pub role: SeriesRole,
    /// Where its voxels are, in the LPS coordinates of the study.
    pub grid: Grid,
    /// From head coordinates to the LPS coordinates of the study, during this series.
    pub motion: Transform<Lps, Lps>,
}

/// What is true of a lesion at one timepoint.
#[derive(Debug, Clone, PartialEq)]
pub struct LesionTruth {
    /// Its name: "1", or "3a" for a part of a lesion that split.
    pub name: String,
    /// Its centre in the LPS coordinates of the study's T1c; where it was, when it has gone.
    pub centre: Point<Lps>,
    /// Volumes by region, by formula; zero when it has gone.
    pub volumes: RegionVolumes,
    /// What became of it since the timepoint before.
    pub fate: Fate,
}

impl Timepoint {
    fn new(seed: u64, k: usize) -> Self {
        let lying = script::head_motion(seed, k);
        let plan = |sequence: usize| SeriesPlan {
            role: script::ROLES[sequence],
            grid: script::grid(k, sequence),
            motion: lying.then(&script::series_motion(seed, k, sequence)),
        };
        // T1 first, contrast last
        let series: Vec<SeriesPlan> = [0, 2, 3, 1].map(plan).into();
        let motion = plan(1).motion;
        let acts = script::acts(seed, k);
        let truth = acts.iter().map(|act| LesionTruth {
            name: act.name.to_owned(),
            centre: motion.apply(act.centre),
            volumes: act.body.map(|body| body.volumes()).unwrap_or_default(),
            fate: act.fate,
        });
        Self {
            date: script::date(k),
            motion,
            series,
            truth: truth.collect(),
            lesions: acts.iter().filter_map(|act| act.body).collect(),
        }
    }

    /// Volumes of all lesions together.
    pub fn volumes(&self) -> RegionVolumes {
        let mut sum = RegionVolumes::default();
        for truth in &self.truth {
            for region in crate::lesion::Region::ALL {
                sum.add(region, truth.volumes.of(region));
            }
        }
        sum
    }

    /// The series of a role; nothing for roles that the phantom does not have.
    pub fn plan(&self, role: SeriesRole) -> Option<&SeriesPlan> {
        self.series.iter().find(|plan| plan.role == role)
    }
}

impl Patient {
    /// One slice of a series, `i` running fastest, in values of a 12-bit scanner. Slices do not
    /// depend on each other, so callers may render them side by side. Nothing when there is no
    /// such timepoint, role or slice.
    pub fn render_slice(&self, k: usize, role: SeriesRole, slice: usize) -> Option<Vec<f32>> {
        let scene = self.scene(k, role)?;
        (slice < scene.grid.shape[2]).then(|| scene.slice(slice, &self.normal))
    }

    /// A whole series. Nothing when there is no such timepoint or role.
    pub fn render(&self, k: usize, role: SeriesRole) -> Option<Volume<f32>> {
        let scene = self.scene(k, role)?;
        let voxels =
            (0..scene.grid.shape[2]).flat_map(|slice| scene.slice(slice, &self.normal)).collect();
        Volume::new(scene.grid, voxels).ok()
    }

    /// The true labels on the grid of a series, as the head lay during it.
    pub fn labels(&self, k: usize, role: SeriesRole) -> Option<LabelMap> {
        let plan = self.timepoints.get(k)?.plan(role)?;
        self.labels_on(k, &plan.grid, &plan.motion)
    }

    /// The true labels on any grid: a voxel has the region that fills most of its inside, or none
    /// where the lesion fills less than half.
    pub fn labels_on(
        &self,
        k: usize,
        grid: &Grid,
        motion: &Transform<Lps, Lps>,
    ) -> Option<LabelMap> {
        let to_head = grid.to_lps.then(&motion.inverse()?);
        Some(planting::labels(&self.timepoints.get(k)?.lesions, grid, &to_head))
    }

    /// The true brain on the grid of a series: lobes, cerebellum and brainstem with the folds
    /// between, without the fluid around.
    pub fn brain(&self, k: usize, role: SeriesRole) -> Option<Mask> {
        let plan = self.timepoints.get(k)?.plan(role)?;
        let to_head: Transform<Voxel, Lps> = plan.grid.to_lps.then(&plan.motion.inverse()?);
        Some(Mask::from_fn(plan.grid, |offset| {
            let voxel = plan.grid.index(offset).map(|n| n as f64);
            self.head.is_brain(to_head.apply_to(voxel).map(|mm| mm as f32))
        }))
    }

    fn scene(&self, k: usize, role: SeriesRole) -> Option<Scene<'_>> {
        let timepoint = self.timepoints.get(k)?;
        let plan = timepoint.plan(role)?;
        let sequence = tissue::sequence(role)?;
        let words = [self.spec.seed, k as u64, sequence as u64, 0x5345_5249];
        let to_head: Transform<Voxel, Lps> = plan.grid.to_lps.then(&plan.motion.inverse()?);
        Some(Scene {
            head: &self.head,
            lesions: &timepoint.lesions,
            grid: plan.grid,
            to_head,
            sequence,
            seed: random::Random::new(&words).next(),
        })
    }
}
