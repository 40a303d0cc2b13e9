//! The Tracking UID of one lesion of one segmentation.

use sea_orm::entity::prelude::*;

/// The Tracking UID of one lesion of one segmentation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tracking")]
pub struct Model {
    /// The study.
    #[sea_orm(primary_key, auto_increment = false)]
    pub study: String,
    /// Index in the lesion map.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lesion: i32,
    /// Key of the segmentation artefact.
    #[sea_orm(primary_key, auto_increment = false)]
    pub segmentation: String,
    /// Tracking UID.
    pub uid: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
