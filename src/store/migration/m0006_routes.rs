//! Where studies go by the rules, and earlier studies that were asked for ahead of time: both outlive
//! a restart, and each is retried alone.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_routes"
    }
}

const STEPS: [&str; 4] = [
    // A study on its way to one destination, as it is.
    "CREATE TABLE forward (
        id INTEGER PRIMARY KEY,
        study TEXT NOT NULL REFERENCES study (uid),
        destination TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        sent INTEGER NOT NULL,
        not_before_ms BIGINT NOT NULL,
        last_error TEXT NOT NULL,
        changed_ms BIGINT NOT NULL,
        UNIQUE (study, destination))",
    "CREATE INDEX forward_by_state ON forward (state, not_before_ms)",
    // A patient whose earlier studies are wanted: by pseudonym, or, of somebody whom we have not
    // met, as a sealed text that goes when the work is done.
    "CREATE TABLE fetch_request (
        id INTEGER PRIMARY KEY,
        pseudonym TEXT NOT NULL,
        person TEXT NOT NULL,
        source TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        not_before_ms BIGINT NOT NULL,
        said TEXT NOT NULL,
        changed_ms BIGINT NOT NULL)",
    "CREATE INDEX fetch_request_by_state ON fetch_request (state, not_before_ms)",
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
