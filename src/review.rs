//! Reviewing: what a human's corrections come to, measured at once with the very functions of the
//! stages. Label maps are read and written off the threads that answer, two at a time.

mod drawn;
mod outlines;
mod signing;

pub use drawn::{Ends, drawn};
pub use signing::Said;

use crate::pipeline::sentence;
use crate::store::artefact::{Artefact, ArtefactKey};
use crate::store::blobs::Stored;
use crate::store::record::review::{
    DraftRecord, MeasuredLesionRecord, MeasuredRecord, RegroupRecord, StepRecord,
};
use crate::store::record::{AssessmentRecord, RecordError, TrackRecord};
use crate::store::review::{Review, ReviewRefused, SIGNED};
use crate::store::{Store, StoreError, corrupt, object};
use interval_core::access::Grant;
use interval_core::fault::Fault;
use interval_core::review::{Correction, Regroup};
use interval_core::volume::LabelMap;
use interval_imaging::correct::Refused;
use outlines::Outlines;
use std::time::SystemTime;
use tokio::sync::Semaphore;

/// Steps that can be undone; the outlines as they were found are kept besides. A label map of a
/// head is some 100 KiB.
pub const STEPS_MAX: usize = 30;

/// Corrections that are computed at one time: each holds four label maps, some 40 MB.
const AT_ONCE: usize = 2;

static ROOM: Semaphore = Semaphore::const_new(AT_ONCE);

/// Why a correction is not made.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The correction changes nothing, or cannot be made.
    #[error(transparent)]
    Correction(#[from] Refused),
    /// The rules of drafts.
    #[error("{0}")]
    Draft(&'static str),
    /// Another number of voxels than the grid has.
    #[error("the grid has {wanted} voxels, not {given}")]
    Size {
        /// Voxels of the grid.
        wanted: usize,
        /// Voxels given.
        given: usize,
    },
    /// A value that is no region.
    #[error("{0} is not a label: 0 to 4 are")]
    Label(u8),
    /// No lesion is called so.
    #[error("there is no lesion {0}")]
    NoLesion(String),
    /// Something of ours failed.
    #[error("{0}")]
    Failed(String),
}

impl ReviewError {
    /// What the failure asks of the other side.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Failed(_) => Fault::Defect,
            _ => Fault::Refused,
        }
    }
}

impl From<RecordError> for ReviewError {
    fn from(error: RecordError) -> Self {
        Self::Store(corrupt("review")(error))
    }
}

impl From<ReviewRefused> for ReviewError {
    fn from(refused: ReviewRefused) -> Self {
        Self::Store(refused.into())
    }
}

/// A change of the outlines.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// They are painted anew: one value a voxel, `i` fastest.
    Paint(Vec<u8>),
    /// They are corrected; lesions by the names that `measured` gives them.
    Correct(Correction<String>),
    /// The last change is taken back.
    Undo,
    /// What was taken back is done again.
    Redo,
    /// Everything is taken back.
    Reset,
}

/// Who works on a review.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// Rows and objects.
    pub store: &'a Store,
    /// For whom.
    pub grant: &'a Grant,
    /// The review as they saw it.
    pub review: &'a Review,
}

impl Desk<'_> {
    /// The label map that counts now, and what is one lesion of it.
    pub async fn labels(&self) -> Result<LabelMap, ReviewError> {
        let artefact = match self.step() {
            Some(step) => self.kept(step.place).await?,
            None => self.found().await?,
        };
        self.off(move |store| outlines::read(store, &artefact)).await
    }

    /// What is measured now: of the draft, else of the version that is out.
    pub fn measured(&self, assessment: &AssessmentRecord) -> MeasuredRecord {
        self.step().map_or_else(|| as_found(assessment), |step| step.measured.clone())
    }

    /// Changes the outlines of the draft, measures them, and keeps both.
    pub async fn change(
        &self,
        (change, assessment): (Change, &AssessmentRecord),
        name: &str,
        now: SystemTime,
    ) -> Result<Review, ReviewError> {
        let mut draft = self.review.record.draft.clone().unwrap_or_default();
        name.clone_into(&mut draft.name);
        let mut kept = Vec::new();
        if draft.steps.is_empty() {
            let (step, stored) = self.begin(assessment).await?;
            draft.steps.push(step);
            (draft.cursor, draft.dropped) = (0, 0);
            kept.push((0, stored));
        }
        match change {
            Change::Undo if draft.cursor == 0 => {
                return self.refused(&kept, "there is nothing to undo");
            }
            Change::Undo if draft.cursor == 1 && draft.dropped > 0 => {
                return self.refused(&kept, "no earlier step is kept; reset goes to the beginning");
            }
            Change::Undo => draft.cursor -= 1,
            Change::Redo if draft.cursor + 1 == draft.steps.len() => {
                return self.refused(&kept, "there is nothing to redo");
            }
            Change::Redo => draft.cursor += 1,
            Change::Reset => {
                draft.steps.truncate(1);
                (draft.cursor, draft.dropped) = (0, 0);
            }
            Change::Paint(_) | Change::Correct(_) => {
                let first = kept.first().map(|(_, stored)| stored);
                match self.step_after(&draft, change, first).await {
                    Ok((step, stored)) => {
                        kept.push((step.place, stored));
                        push(&mut draft, step);
                    }
                    Err(error) => {
                        self.forget(&kept);
                        return Err(error);
                    }
                }
            }
        }
        self.keep((draft, kept), now).await
    }

    /// Keeps a draft; label maps that were made for it go when it is not kept.
    pub async fn keep(
        &self,
        (draft, kept): (DraftRecord, Vec<(i32, Stored)>),
        now: SystemTime,
    ) -> Result<Review, ReviewError> {
        let seen = (&self.review.study, self.review.revision);
        let done = self.store.keep_draft(self.grant, seen, (draft, &kept), now).await;
        if done.is_err() {
            self.forget(&kept);
        }
        Ok(done?)
    }

    fn refused<T>(&self, kept: &[(i32, Stored)], why: &'static str) -> Result<T, ReviewError> {
        self.forget(kept);
        Err(ReviewError::Draft(why))
    }

    /// Objects that no row will name.
    fn forget(&self, kept: &[(i32, Stored)]) {
        let objects: Vec<_> = kept.iter().map(|(_, stored)| stored.object.id).collect();
        self.store.forget_objects(&objects);
    }

    fn step(&self) -> Option<&StepRecord> {
        self.review.record.draft.as_ref().and_then(DraftRecord::step)
    }

    async fn kept(&self, place: i32) -> Result<Artefact, ReviewError> {
        let labels = self.store.review_labels(self.grant, (&self.review.study, place)).await?;
        Ok(labels.ok_or(ReviewRefused::NoOutlines)?)
    }

    /// The label map of the version that is out.
    async fn found(&self) -> Result<Artefact, ReviewError> {
        let basis = self.review.record.basis.as_ref().ok_or(ReviewRefused::NoOutlines)?;
        let regroup = regroups(&basis.regroup);
        let signed = self.store.review_labels(self.grant, (&self.review.study, SIGNED)).await?;
        let is_basis = |labels: &Artefact| {
            let key = crate::pipeline::review::Corrections::key(labels.digest, &regroup);
            key.0.to_string() == basis.segmentation
        };
        if let Some(labels) = signed.filter(is_basis) {
            return Ok(labels);
        }
        let key = ArtefactKey(basis.segmentation.parse().map_err(corrupt("review"))?);
        let outputs = self.store.artefacts(self.grant, key).await?;
        let labels = outputs.and_then(|mut outputs| outputs.remove("labels"));
        Ok(labels.ok_or(ReviewRefused::NoOutlines)?)
    }

    /// The first step: a copy of what was found, so that the draft needs nothing else.
    async fn begin(
        &self,
        assessment: &AssessmentRecord,
    ) -> Result<(StepRecord, Stored), ReviewError> {
        let found = self.found().await?;
        let regroup = self.review.record.basis.as_ref().map(|basis| basis.regroup.clone());
        let measured = as_found(assessment);
        let copied = move |store: &Store| {
            let bytes = store.open_artefact(&found)?;
            Ok(store.blobs().put(bytes.bytes()).map_err(object("keep a label map"))?)
        };
        let stored = self.off(copied).await?;
        let step = StepRecord {
            place: 0,
            name: "found".into(),
            labels_sha256: stored.digest.to_string(),
            regroup: regroup.unwrap_or_default(),
            measured,
        };
        Ok((step, stored))
    }

    /// The step that a change makes of the one that counts.
    async fn step_after(
        &self,
        draft: &DraftRecord,
        change: Change,
        first: Option<&Stored>,
    ) -> Result<(StepRecord, Stored), ReviewError> {
        let (Some(begun), Some(now)) = (draft.steps.first(), draft.step()) else {
            return Err(ReviewError::Failed("a draft has no step".into()));
        };
        let of =
            |stored: &Stored| Artefact { object: stored.object.clone(), digest: stored.digest };
        let base = match first {
            Some(stored) => of(stored),
            None => self.kept(begun.place).await?,
        };
        let current =
            if now.place == begun.place { base.clone() } else { self.kept(now.place).await? };
        let place = draft.steps.iter().map(|step| step.place).max().unwrap_or(0) + 1;
        let (begun, now) = (begun.clone(), now.clone());
        self.off(move |store| {
            let before = Outlines::open(store, (&base, &begun))?;
            let current = Outlines::open(store, (&current, &now))?;
            let (name, after) = current.after(&change, &now.measured)?;
            let measured = after.measured((&before, &begun.measured));
            let stored = after.put(store)?;
            let step = StepRecord {
                place,
                name: name.into(),
                labels_sha256: stored.digest.to_string(),
                regroup: after.regroup.iter().map(Into::into).collect(),
                measured,
            };
            Ok((step, stored))
        })
        .await
    }

    /// Runs what takes long where it holds nobody up.
    async fn off<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, ReviewError> + Send + 'static,
    ) -> Result<T, ReviewError> {
        let room = ROOM.acquire().await.map_err(|e| ReviewError::Failed(e.to_string()))?;
        let store = self.store.clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        drop(room);
        done.map_err(|error| ReviewError::Failed(sentence(&error)))?
    }
}

/// What is one lesion, as the rules of the hub say it.
fn regroups(records: &[RegroupRecord]) -> Vec<Regroup> {
    records.iter().map(Into::into).collect()
}

/// Adds a step after the one that counts; the oldest beyond the limit go.
fn push(draft: &mut DraftRecord, step: StepRecord) {
    draft.steps.truncate(draft.cursor + 1);
    draft.steps.push(step);
    while draft.steps.len() > STEPS_MAX + 1 {
        draft.steps.remove(1);
        draft.dropped += 1;
    }
    draft.cursor = draft.steps.len() - 1;
}

/// What was found at the last timepoint, with the names of its lesions.
pub fn as_found(assessment: &AssessmentRecord) -> MeasuredRecord {
    let Some(findings) = assessment.timepoints.last() else { return MeasuredRecord::default() };
    let last = assessment.timepoints.len() - 1;
    let track = |index: u8| -> Option<&TrackRecord> {
        let has = |track: &&TrackRecord| {
            track.sightings.get(last).is_some_and(|seen| seen.lesions.contains(&index))
        };
        assessment.tracks.iter().find(has)
    };
    let lesions = findings.lesions.iter().map(|lesion| MeasuredLesionRecord {
        lesion: lesion.clone(),
        track: track(lesion.index).map(|track| track.uid.clone()),
        name: track(lesion.index).map_or_else(String::new, |track| track.name.clone()),
    });
    MeasuredRecord { volumes_cm3: findings.volumes_cm3, lesions: lesions.collect() }
}

/// The number of a lesion by its name: a Tracking UID, or the number itself.
pub fn lesion_called(measured: &MeasuredRecord, name: &str) -> Result<u8, ReviewError> {
    let is = |lesion: &&MeasuredLesionRecord| {
        lesion.track.as_deref() == Some(name) || lesion.lesion.index.to_string() == name
    };
    let found = measured.lesions.iter().find(is).map(|lesion| lesion.lesion.index);
    found.ok_or_else(|| ReviewError::NoLesion(name.to_owned()))
}
