//! A person, by the identity provider's name for them.

use sea_orm::entity::prelude::*;

/// A person, by the identity provider's name for them.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Random number, by which the audit log knows them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: String,
    /// The identity provider.
    pub issuer: String,
    /// Its name for the person.
    pub subject: String,
    /// What they are called on screens.
    pub name: String,
    /// Roles at the last sign-in, by spaces.
    pub roles: String,
    /// Last sign-in.
    pub seen_ms: Option<i64>,
    /// Since when they may do nothing.
    pub disabled_ms: Option<i64>,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
