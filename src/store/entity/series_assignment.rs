//! A human's word on what a series shows.

use sea_orm::entity::prelude::*;

/// A human's word on what a series shows.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "series_assignment")]
pub struct Model {
    /// Series Instance UID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub series: String,
    /// Its study.
    pub study: String,
    /// The role's word.
    pub role: String,
    /// When it was said.
    pub assigned_ms: i64,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
