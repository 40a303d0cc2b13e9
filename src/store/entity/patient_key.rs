//! The key of a patient, wrapped by a master key.

use sea_orm::entity::prelude::*;

/// The key of a patient, wrapped by a master key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "patient_key")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pseudonym: String,
    /// The master key that wrapped it.
    pub master: String,
    /// The wrapped key, Base64.
    pub wrapped: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
