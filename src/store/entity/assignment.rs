//! A person in the care of a patient.

use sea_orm::entity::prelude::*;

/// A person in the care of a patient.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    /// Row number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Who: the number of a user.
    pub person: String,
    /// The patient.
    pub pseudonym: String,
    /// From when on.
    pub from_ms: i64,
    /// Until when, not included.
    pub until_ms: Option<i64>,
    /// Who made it; nobody for the operator.
    pub made_by: Option<String>,
    /// When it was made.
    pub made_ms: i64,
    /// The assignment that it was handed on from.
    pub delegated_from: Option<i32>,
    /// When it was taken back.
    pub revoked_ms: Option<i64>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
