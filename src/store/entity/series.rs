//! A series of which something was received.

use sea_orm::entity::prelude::*;

/// A series of which something was received.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "series")]
pub struct Model {
    /// Series Instance UID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub uid: String,
    /// Its study.
    pub study: String,
    /// What it says of itself, sealed.
    pub listing: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
