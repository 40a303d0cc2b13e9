//! A patient's data opened in an emergency.

use sea_orm::entity::prelude::*;

/// A patient's data opened in an emergency.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "break_glass")]
pub struct Model {
    /// Row number.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// Who: the number of a user.
    pub person: String,
    /// The patient.
    pub pseudonym: String,
    /// Why, in the person's words.
    pub reason: String,
    /// From when on.
    pub from_ms: i64,
    /// Until when, not included.
    pub until_ms: i64,
    /// Who judged it.
    pub reviewed_by: Option<String>,
    /// When it was judged.
    pub reviewed_ms: Option<i64>,
    /// The verdict's word.
    pub verdict: Option<String>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
