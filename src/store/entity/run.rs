//! One stage run that a job used.

use sea_orm::entity::prelude::*;

/// One stage run that a job used.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run")]
pub struct Model {
    /// The job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: i32,
    /// Place in the order of use, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// Key of its artefacts.
    pub artefact: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
