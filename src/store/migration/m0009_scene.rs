//! The viewer shows what a job saw: which artefacts make the scene of a job. Jobs of earlier versions
//! have none. Keys of artefacts name nobody.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_scene"
    }
}

const TABLE: &str = "CREATE TABLE scene (
    job INTEGER NOT NULL REFERENCES job (id),
    timepoint INTEGER NOT NULL,
    artefact TEXT NOT NULL,
    PRIMARY KEY (job, timepoint))";

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(TABLE).await.map(drop)
    }
}
