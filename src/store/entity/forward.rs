//! A study on its way to one destination.

use sea_orm::entity::prelude::*;

/// A study on its way to one destination.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "forward")]
pub struct Model {
    /// Row number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The study.
    pub study: String,
    /// Name of the destination.
    pub destination: String,
    /// pending, delivered or failed.
    pub state: String,
    /// Attempts made.
    pub attempt: i32,
    /// Objects that the destination has taken.
    pub sent: i32,
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
