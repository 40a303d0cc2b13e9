//! A patient: pseudonym and hospital id.

use sea_orm::entity::prelude::*;

/// A patient: pseudonym and hospital id.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "patient")]
pub struct Model {
    /// Random name, used everywhere inside.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pseudonym: String,
    /// Patient ID (0010,0020).
    pub patient_id: String,
    /// Issuer of Patient ID (0010,0021).
    pub issuer: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
