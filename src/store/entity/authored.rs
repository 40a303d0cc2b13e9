//! An instance that this node authored.

use sea_orm::entity::prelude::*;

/// An instance that this node authored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authored")]
pub struct Model {
    /// SOP Instance UID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub uid: String,
    /// The study it is filed in.
    pub study: String,
    /// The last job that came to it.
    pub job: i32,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
