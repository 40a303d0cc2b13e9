//! An instance that came again with other content.

use sea_orm::entity::prelude::*;

/// An instance that came again with other content.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quarantine")]
pub struct Model {
    /// Row number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// SOP Instance UID.
    pub uid: String,
    /// SHA-256 of the second content.
    pub digest: String,
    /// Whose it is.
    pub pseudonym: String,
    /// Name of the stored object.
    pub object: String,
    /// Key of the object, wrapped.
    pub sealed_by: String,
    /// Why it was put aside.
    pub reason: String,
    /// When it came.
    pub received_ms: i64,
    /// The study that it contradicts, or was of.
    pub study: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
