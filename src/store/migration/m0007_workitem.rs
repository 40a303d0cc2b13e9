//! Unified procedure steps (PS3.4 Annex CC): what others ask to be done for a patient. Whose it is
//! and how far it is stand in the row, for the lists; everything else is sealed by the patient's key.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_workitem"
    }
}

const STEPS: [&str; 2] = [
    // `content` is the data set as DICOM JSON, sealed; `lock` the Transaction UID of whoever claimed
    // it, sealed, empty while nobody has.
    "CREATE TABLE workitem (
        uid TEXT PRIMARY KEY,
        pseudonym TEXT NOT NULL,
        state TEXT NOT NULL,
        content TEXT NOT NULL,
        lock TEXT NOT NULL,
        made_ms BIGINT NOT NULL,
        changed_ms BIGINT NOT NULL)",
    "CREATE INDEX workitem_by_state ON workitem (state, made_ms)",
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
