//! A patient whose earlier studies are wanted.

use sea_orm::entity::prelude::*;

/// A patient whose earlier studies are wanted.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fetch_request")]
pub struct Model {
    /// Row number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Whose studies; empty for somebody whom we have not met.
    pub pseudonym: String,
    /// Who that is, sealed; empty when the pseudonym says it, and when the work is done.
    pub person: String,
    /// The only source to ask; empty means all.
    pub source: String,
    /// waiting, done or failed.
    pub state: String,
    /// Attempts made.
    pub attempt: i32,
    /// Not to be worked on earlier.
    pub not_before_ms: i64,
    /// What came of it, for the operator.
    pub said: String,
    /// When its state last changed.
    pub changed_ms: i64,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
