//! Where the result of a study stands with humans.

use sea_orm::entity::prelude::*;

/// Where the result of a study stands with humans.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// The study.
    #[sea_orm(primary_key, auto_increment = false)]
    pub study: String,
    /// Whose it is.
    pub pseudonym: String,
    /// preliminary, verified, amended, rejected or superseded.
    pub state: String,
    /// The version that is out.
    pub version: i32,
    /// Grows with each change.
    pub revision: i64,
    /// JSON, see store/record/review.rs, sealed.
    pub record: String,
    /// When it last changed.
    pub changed_ms: i64,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
