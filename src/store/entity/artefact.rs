//! One named output of a stage.

use sea_orm::entity::prelude::*;

/// One named output of a stage.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "artefact")]
pub struct Model {
    /// Digest of everything that went in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Name of the output.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The stage that made it.
    pub stage: String,
    /// Whose it is.
    pub pseudonym: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// Name of the stored object.
    pub object: String,
    /// How the object is sealed.
    pub sealed_by: String,
    /// Size in bytes.
    pub bytes: i64,
    /// CPU time of the whole stage run.
    pub cpu_ms: i64,
    /// Peak memory of the stage run.
    pub peak_rss_kb: i64,
    /// When it was made.
    pub made_ms: i64,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
