//! What was found, as a versioned record.

use sea_orm::entity::prelude::*;

/// What was found, as a versioned record.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assessment")]
pub struct Model {
    /// The job that found it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: i32,
    /// The current study.
    pub study: String,
    /// Whose it is.
    pub pseudonym: String,
    /// JSON, see store/record.rs.
    pub record: String,
    /// When.
    pub made_ms: i64,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
