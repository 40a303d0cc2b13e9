//! A label map that a human changed.

use sea_orm::entity::prelude::*;

/// A label map that a human changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_labels")]
pub struct Model {
    /// The study.
    #[sea_orm(primary_key, auto_increment = false)]
    pub study: String,
    /// -1 signed; from 0 a step of the draft.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// Whose it is.
    pub pseudonym: String,
    /// Name of the stored object.
    pub object: String,
    /// How the object is sealed.
    pub sealed_by: String,
    /// SHA-256 of its bytes.
    pub digest: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
