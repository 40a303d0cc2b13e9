//! What the viewer shows of a study: the artefacts that its newest finished job left for it.

use super::artefact::ArtefactKey;
use super::entity::{assessment, scene};
use super::{Store, StoreError, corrupt, database, same_patient};
use interval_core::access::Grant;
use interval_core::uid::StudyUid;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};

/// What the newest finished job of a study left for the viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// The job.
    pub job: i32,
    /// Key of the artefacts of each timepoint, in the order of time; none when the job was done by
    /// a version that made no scene, or had nothing to compare.
    pub timepoints: Vec<ArtefactKey>,
}

impl Store {
    /// The scene of a study of the grant's patient; nothing when no job has finished.
    pub async fn scene(
        &self,
        grant: &Grant,
        study: &StudyUid,
    ) -> Result<Option<Scene>, StoreError> {
        let newest = assessment::Entity::find()
            .filter(assessment::Column::Study.eq(study.as_str()))
            .order_by_desc(assessment::Column::Job)
            .one(&self.db)
            .await
            .map_err(database("look for an assessment"))?;
        let Some(newest) = newest else { return Ok(None) };
        same_patient(grant, &newest.pseudonym)?;
        let rows = scene::Entity::find()
            .filter(scene::Column::Job.eq(newest.job))
            .order_by_asc(scene::Column::Timepoint)
            .all(&self.db)
            .await
            .map_err(database("look for a scene"))?;
        let keys =
            rows.iter().map(|row| Ok(ArtefactKey(row.artefact.parse().map_err(corrupt("scene"))?)));
        let timepoints = keys.collect::<Result<_, StoreError>>()?;
        Ok(Some(Scene { job: newest.job, timepoints }))
    }
}

/// Writes down what makes the scene of a job, inside a transaction.
pub(super) async fn remember_scene(
    tx: &DatabaseTransaction,
    job: i32,
    timepoints: &[ArtefactKey],
) -> Result<(), StoreError> {
    for (timepoint, key) in (0..).zip(timepoints) {
        let row = scene::ActiveModel {
            job: Set(job),
            timepoint: Set(timepoint),
            artefact: Set(key.0.to_string()),
        };
        row.insert(tx).await.map_err(database("write down a scene"))?;
    }
    Ok(())
}
