//! The Tracking UID of each lesion, remembered for life: a later run finds the same lesion of the
//! same segmentation under the same name.

use super::artefact::ArtefactKey;
use super::entity::tracking;
use super::{Store, StoreError, corrupt, database};
use interval_core::uid::{StudyUid, TrackingUid};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

/// A lesion of one segmentation of one study, with the name it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The study.
    pub study: StudyUid,
    /// Index in the lesion map.
    pub lesion: u8,
    /// The segmentation that the map came from.
    pub segmentation: ArtefactKey,
    /// Its Tracking UID.
    pub uid: TrackingUid,
}

impl Store {
    /// The names given so far to the lesions of one segmentation.
    pub async fn tracking(
        &self,
        study: &StudyUid,
        segmentation: ArtefactKey,
    ) -> Result<Vec<(u8, TrackingUid)>, StoreError> {
        tracking::Entity::find()
            .filter(tracking::Column::Study.eq(study.as_str()))
            .filter(tracking::Column::Segmentation.eq(segmentation.0.to_string()))
            .all(&self.db)
            .await
            .map_err(database("look for tracking names"))?
            .into_iter()
            .map(|row| Ok((row.lesion as u8, row.uid.parse().map_err(corrupt("tracking"))?)))
            .collect()
    }
}

/// Remembers names inside a transaction; a name once given stays.
pub(super) async fn remember(
    tx: &sea_orm::DatabaseTransaction,
    names: &[Named],
) -> Result<(), StoreError> {
    for named in names {
        tracking::Entity::insert(tracking::ActiveModel {
            study: Set(named.study.to_string()),
            lesion: Set(i32::from(named.lesion)),
            segmentation: Set(named.segmentation.0.to_string()),
            uid: Set(named.uid.to_string()),
        })
        .on_conflict(
            OnConflict::columns([
                tracking::Column::Study,
                tracking::Column::Lesion,
                tracking::Column::Segmentation,
            ])
            .do_nothing()
            .to_owned(),
        )
        .try_insert()
        .exec_without_returning(tx)
        .await
        .map_err(database("remember a tracking name"))?;
    }
    Ok(())
}
