//! The review of results: what a human says of the result of a study, and the outlines that are
//! being corrected.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_review"
    }
}

const STEPS: [&str; 3] = [
    // One row a study that has a result. `revision` grows with each change, and whoever changes
    // says which one they saw. `record` is sealed: versions, signatures, draft and history name
    // people and quote what they wrote.
    "CREATE TABLE review (
        study TEXT PRIMARY KEY REFERENCES study (uid),
        pseudonym TEXT NOT NULL,
        state TEXT NOT NULL,
        version INTEGER NOT NULL,
        revision BIGINT NOT NULL,
        record TEXT NOT NULL,
        changed_ms BIGINT NOT NULL)",
    // Label maps: at place -1 the one that was signed, from 0 those of the draft, step by step.
    "CREATE TABLE review_labels (
        study TEXT NOT NULL REFERENCES study (uid),
        place INTEGER NOT NULL,
        pseudonym TEXT NOT NULL,
        object TEXT NOT NULL,
        sealed_by TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (study, place))",
    "CREATE INDEX review_by_patient ON review (pseudonym)",
];

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STEPS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
