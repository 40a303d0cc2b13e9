//! One timepoint of the scene that a job left.

use sea_orm::entity::prelude::*;

/// One timepoint of the scene that a job left.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scene")]
pub struct Model {
    /// The job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: i32,
    /// Place in the order of time, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub timepoint: i32,
    /// Key of the artefacts.
    pub artefact: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
