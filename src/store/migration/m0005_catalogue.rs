//! What is held, as the doors are asked about it: facts of each study and series, sealed by the
//! patient's key; of an instance only what tells nothing of the patient. And the epoch: what is
//! held in memory of the rows is read again when another process changed whom they belong to.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_catalogue"
    }
}

const STEPS: [&str; 11] = [
    // `listing` is empty for studies of earlier versions: they are listed by what else is known.
    "ALTER TABLE study ADD COLUMN listing TEXT NOT NULL DEFAULT ''",
    // Why a study counts as complete; empty while it is arriving.
    "ALTER TABLE study ADD COLUMN evidence TEXT NOT NULL DEFAULT ''",
    // Instance Number, Rows, Columns, Bits Allocated and Number of Frames; null where an object has
    // none.
    "ALTER TABLE instance ADD COLUMN number INTEGER",
    "ALTER TABLE instance ADD COLUMN image_rows INTEGER",
    "ALTER TABLE instance ADD COLUMN image_columns INTEGER",
    "ALTER TABLE instance ADD COLUMN bits_allocated INTEGER",
    "ALTER TABLE instance ADD COLUMN frames INTEGER",
    // The study that an instance contradicts; empty for those that were put aside before.
    "ALTER TABLE quarantine ADD COLUMN study TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE series (
        uid TEXT PRIMARY KEY,
        study TEXT NOT NULL REFERENCES study (uid),
        listing TEXT NOT NULL)",
    "CREATE INDEX series_by_study ON series (study)",
    // One row; `epoch` grows when patients are merged or destroyed.
    "CREATE TABLE catalogue (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        epoch BIGINT NOT NULL)",
];

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let first = "INSERT INTO catalogue (id, epoch) VALUES (1, 1)";
        for statement in STEPS.into_iter().chain([first]) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
