//! A study that was received.

use sea_orm::entity::prelude::*;

/// A study that was received.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "study")]
pub struct Model {
    /// Study Instance UID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub uid: String,
    /// Whose it is.
    pub pseudonym: String,
    /// Study Date, YYYYMMDD or empty.
    pub study_date: String,
    /// receiving or settled.
    pub state: String,
    /// Counts the settled states of its content.
    pub revision: i32,
    /// When its last instance was kept.
    pub last_arrival_ms: i64,
    /// What it says of itself, sealed.
    pub listing: String,
    /// Why it counts as complete.
    pub evidence: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
