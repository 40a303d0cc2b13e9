//! A name under which the hospital knows a patient.

use sea_orm::entity::prelude::*;

/// A name under which the hospital knows a patient.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "patient")]
pub struct Model {
    /// Keyed code of the id and its issuer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Random name, used everywhere inside.
    pub pseudonym: String,
    /// Who it is, sealed by the patient's key.
    pub identity: String,
    /// When it was first seen.
    pub made_ms: i64,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
