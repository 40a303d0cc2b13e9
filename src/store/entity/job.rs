//! The work on one settled state of a study.

use sea_orm::entity::prelude::*;

/// The work on one settled state of a study.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Number of the job.
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The study.
    pub study: String,
    /// Whose it is.
    pub pseudonym: String,
    /// Which settled state.
    pub revision: i32,
    /// Earlier studies of a patient go first.
    pub study_date: String,
    /// The job state's word.
    pub state: String,
    /// The stage it is in.
    pub stage: String,
    /// Attempts begun.
    pub attempt: i32,
    /// Grows with each lease.
    pub fence: i64,
    /// When the lease ends without a heartbeat.
    pub lease_until_ms: i64,
    /// Not to be claimed earlier.
    pub not_before_ms: i64,
    /// Why it stopped, a sentence for people.
    pub reason: String,
    /// The fault's word, empty when none.
    pub fault: String,
    /// 1 when a human let it go on in spite of its doubts.
    pub released: i32,
    /// When it was made.
    pub created_ms: i64,
    /// When its state last changed.
    pub changed_ms: i64,
}

/// No relations are declared: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
