//! One object on its way to one destination.

use sea_orm::entity::prelude::*;

/// One object on its way to one destination.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Row number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The job that authored it.
    pub job: i32,
    /// The study it is filed in.
    pub study: String,
    /// Whose it is.
    pub pseudonym: String,
    /// Name of the destination.
    pub destination: String,
    /// SEG, SR or PDF.
    pub kind: String,
    /// SOP Instance UID.
    pub uid: String,
    /// SOP Class UID.
    pub class: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// Name of the stored object.
    pub object: String,
    /// How the object is sealed.
    pub sealed_by: String,
    /// pending, delivered or failed.
    pub state: String,
    /// Attempts made.
    pub attempt: i32,
    /// Not to be sent earlier.
    pub not_before_ms: i64,
    /// What went wrong last.
    pub last_error: String,
    /// When its state last changed.
    pub changed_ms: i64,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
