//! What this node authored is part of the archive: its results are listed and given beside the
//! images that they were made from. This table says which instances those are, also after a newer
//! result took their place: an archive that sends them back brings nothing new.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_authored"
    }
}

const STEPS: [&str; 2] = [
    // `job` is the last that came to this result.
    "CREATE TABLE authored (
        uid TEXT PRIMARY KEY,
        study TEXT NOT NULL REFERENCES study (uid),
        job INTEGER NOT NULL)",
    "CREATE INDEX authored_by_study ON authored (study)",
];

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STEPS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        // Results of earlier versions are known by their place in the outbox; they are not listed.
        let known = "INSERT INTO authored (uid, study, job)
                     SELECT uid, study, MAX(job) FROM outbox
                     WHERE study IN (SELECT uid FROM study) GROUP BY uid, study";
        manager.get_connection().execute_unprepared(known).await.map(drop)
    }
}
