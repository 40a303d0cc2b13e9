//! The audit log: records in their places, from 0 without a gap, never changed and never removed.
//!
//! The `audit` table of the first schema stays as it is: its rows were written before the log
//! existed, and nothing writes to it any more.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_audit"
    }
}

const STATEMENTS: [&str; 4] = [
    // `record` holds all there is to know; the other columns follow from it and are checked
    // against it. `once` is set for records that stand for all events that differ only in time.
    "CREATE TABLE audit_record (
        place INTEGER PRIMARY KEY,
        at_ms BIGINT NOT NULL,
        record BLOB NOT NULL,
        leaf BLOB NOT NULL,
        once BLOB UNIQUE)",
    // A second line behind the proofs: an honest mistake of ours is refused by the database.
    "CREATE TRIGGER audit_record_keeps BEFORE UPDATE ON audit_record
        BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END",
    "CREATE TRIGGER audit_record_stays BEFORE DELETE ON audit_record
        BEGIN SELECT RAISE(ABORT, 'the audit log is never shortened'); END",
    // Also stops INSERT OR REPLACE, which deletes without asking the trigger above.
    "CREATE TRIGGER audit_record_follows BEFORE INSERT ON audit_record
        WHEN NEW.place <> (SELECT COALESCE(MAX(place), -1) + 1 FROM audit_record)
        BEGIN SELECT RAISE(ABORT, 'the audit log has no gaps'); END",
];

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
