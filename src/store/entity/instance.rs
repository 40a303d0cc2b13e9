//! An instance that was acknowledged.

use sea_orm::entity::prelude::*;

/// An instance that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instance")]
pub struct Model {
    /// SOP Instance UID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub uid: String,
    /// Its study.
    pub study: String,
    /// Its series.
    pub series: String,
    /// SOP Class UID.
    pub class: String,
    /// Transfer syntax it is kept in.
    pub syntax: String,
    /// Modality (0008,0060).
    pub modality: String,
    /// SHA-256 of the Part 10 bytes.
    pub digest: String,
    /// Name of the stored object.
    pub object: String,
    /// How the object is sealed.
    pub sealed_by: String,
    /// Size in bytes.
    pub bytes: i64,
    /// Who sent it.
    pub calling_ae: String,
    /// When it was kept.
    pub received_ms: i64,
    /// Instance Number (0020,0013).
    pub number: Option<i32>,
    /// Rows (0028,0010).
    pub image_rows: Option<i32>,
    /// Columns (0028,0011).
    pub image_columns: Option<i32>,
    /// Bits Allocated (0028,0100).
    pub bits_allocated: Option<i32>,
    /// Number of Frames (0028,0008).
    pub frames: Option<i32>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
