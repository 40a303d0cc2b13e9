//! Who did what to which thing.

use sea_orm::entity::prelude::*;

/// Who did what to which thing.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// Row number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// When.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To which thing: a UID or a pseudonym.
    pub subject: String,
    /// How it ended.
    pub outcome: String,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
