//! How a result came about can be followed down to the files: which stage runs a job used. Keys of
//! artefacts name nobody.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0011_run"
    }
}

const TABLE: &str = "CREATE TABLE run (
    job INTEGER NOT NULL REFERENCES job (id),
    place INTEGER NOT NULL,
    artefact TEXT NOT NULL,
    PRIMARY KEY (job, place))";

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(TABLE).await.map(drop)
    }
}
