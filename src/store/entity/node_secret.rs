//! A secret of the node itself, wrapped by a master key.

use sea_orm::entity::prelude::*;

/// A secret of the node itself, wrapped by a master key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node_secret")]
pub struct Model {
    /// What it is for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The master key that wrapped it.
    pub master: String,
    /// The wrapped secret, Base64.
    pub wrapped: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
