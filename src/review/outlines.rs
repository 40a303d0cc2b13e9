//! A label map with what is one lesion of it, changed and measured.

use super::{Change, ReviewError, lesion_called, regroups};
use crate::store::artefact::Artefact;
use crate::store::blobs::Stored;
use crate::store::record::review::{MeasuredLesionRecord, MeasuredRecord, StepRecord};
use crate::store::{Store, object};
use interval_core::lesion::Region;
use interval_core::review::{Correction, Regroup};
use interval_core::volume::{LabelMap, Volume};
use interval_imaging::components::{LesionMap, LesionRule, lesions_as_said};
use interval_imaging::correct::{self, Refused};
use interval_imaging::{measure, nifti};

/// A label map, what humans said of its lesions, and the lesions.
pub(super) struct Outlines {
    pub(super) labels: LabelMap,
    pub(super) regroup: Vec<Regroup>,
    pub(super) map: LesionMap,
}

/// Reads a label map.
pub(super) fn read(store: &Store, artefact: &Artefact) -> Result<LabelMap, ReviewError> {
    let bytes = store.open_artefact(artefact)?;
    let labels = nifti::read_labels(bytes.bytes());
    labels.map_err(|error| ReviewError::Failed(crate::pipeline::sentence(&error)))
}

impl Outlines {
    pub(super) fn of(labels: LabelMap, regroup: Vec<Regroup>) -> Self {
        let map = lesions_as_said(&labels, &LesionRule::default(), &regroup);
        Self { labels, regroup, map }
    }

    pub(super) fn open(
        store: &Store,
        (artefact, step): (&Artefact, &StepRecord),
    ) -> Result<Self, ReviewError> {
        Ok(Self::of(read(store, artefact)?, regroups(&step.regroup)))
    }

    /// Writes the label map.
    pub(super) fn put(&self, store: &Store) -> Result<Stored, ReviewError> {
        let bytes = nifti::write_labels(&self.labels);
        let bytes = bytes.map_err(|e| ReviewError::Failed(crate::pipeline::sentence(&e)))?;
        Ok(store.blobs().put(&bytes).map_err(object("keep a label map"))?)
    }

    /// The outlines after a change, and what it is called.
    pub(super) fn after(
        &self,
        change: &Change,
        names: &MeasuredRecord,
    ) -> Result<(&'static str, Self), ReviewError> {
        match change {
            Change::Paint(voxels) => Ok(("paint", self.painted(voxels)?)),
            Change::Correct(wish) => self.corrected(wish, names),
            Change::Undo | Change::Redo | Change::Reset => Err(Refused::Nothing.into()),
        }
    }

    fn painted(&self, voxels: &[u8]) -> Result<Self, ReviewError> {
        let grid = *self.labels.grid();
        if let Some(strange) = voxels.iter().find(|v| **v > 0 && Region::from_label(**v).is_none())
        {
            return Err(ReviewError::Label(*strange));
        }
        let size = |_| ReviewError::Size { wanted: grid.len(), given: voxels.len() };
        let labels = Volume::new(grid, voxels.to_vec()).map_err(size)?;
        Ok(Self::of(labels, self.regroup.clone()))
    }

    fn corrected(
        &self,
        wish: &Correction<String>,
        names: &MeasuredRecord,
    ) -> Result<(&'static str, Self), ReviewError> {
        let correction = wish.renamed(|name| lesion_called(names, name))?;
        let (mut labels, mut regroup) = (self.labels.clone(), self.regroup.clone());
        regroup.extend(correct::correct(&mut labels, &self.map, &correction)?);
        Ok((correction.as_str(), Self::of(labels, regroup)))
    }

    /// Without the lesions that are none.
    pub(super) fn without(&self, numbers: &[u8]) -> Self {
        let mut labels = self.labels.clone();
        for (label, owner) in labels.voxels_mut().iter_mut().zip(self.map.lesions.voxels()) {
            if numbers.contains(owner) {
                *label = 0;
            }
        }
        Self::of(labels, self.regroup.clone())
    }

    /// What is measured, with the names that lesions had before: a lesion keeps the name of the
    /// one that it shares most voxels with.
    pub(super) fn measured(&self, (before, named): (&Self, &MeasuredRecord)) -> MeasuredRecord {
        let heirs = correct::heirs(&self.map, &before.map);
        let lesions = measure::lesions(&self.map, &self.labels);
        let mut fresh = 0;
        let lesions = lesions.iter().zip(heirs).map(|(lesion, heir)| {
            let then = named.lesions.iter().find(|then| Some(then.lesion.index) == heir);
            let name = if let Some(then) = then {
                then.name.clone()
            } else {
                fresh += 1;
                format!("new {fresh}")
            };
            let track = then.and_then(|then| then.track.clone());
            MeasuredLesionRecord { lesion: lesion.into(), track, name }
        });
        let lesions = lesions.collect();
        MeasuredRecord { volumes_cm3: (&measure::volumes(&self.labels)).into(), lesions }
    }
}
