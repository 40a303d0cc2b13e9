//! A unified procedure step.

use sea_orm::entity::prelude::*;

/// A unified procedure step.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workitem")]
pub struct Model {
    /// SOP Instance UID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub uid: String,
    /// Whose it is.
    pub pseudonym: String,
    /// Procedure Step State (0074,1000).
    pub state: String,
    /// Its data set, sealed.
    pub content: String,
    /// The Transaction UID that locks it, sealed; empty while there is none.
    pub lock: String,
    /// When it was made.
    pub made_ms: i64,
    /// When it last changed.
    pub changed_ms: i64,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
