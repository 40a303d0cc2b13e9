//! Who may see whom: people, their assignments to patients, and broken glass. Times are
//! milliseconds since 1970 (UTC).

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_access"
    }
}

const TABLES: [&str; 3] = [
    // One row a person whom the identity provider or an administrator named. `number` is random:
    // the audit log knows people by it. `seen_ms` is null until the first sign-in.
    "CREATE TABLE users (
        number TEXT PRIMARY KEY,
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        name TEXT NOT NULL,
        roles TEXT NOT NULL,
        seen_ms BIGINT,
        disabled_ms BIGINT,
        UNIQUE (issuer, subject))",
    // One row an assignment of a person to a patient; never changed but for its revocation.
    // `made_by` is null for the operator; `delegated_from` names the assignment it was handed on
    // from, and holds only while that one does.
    "CREATE TABLE assignment (
        id INTEGER PRIMARY KEY,
        person TEXT NOT NULL REFERENCES users (number),
        pseudonym TEXT NOT NULL,
        from_ms BIGINT NOT NULL,
        until_ms BIGINT,
        made_by TEXT REFERENCES users (number),
        made_ms BIGINT NOT NULL,
        delegated_from INTEGER REFERENCES assignment (id),
        revoked_ms BIGINT,
        CHECK (until_ms IS NULL OR until_ms > from_ms))",
    // One row a case of broken glass; never changed but for its review. The reason is sealed by the
    // patient's key: it may name anybody.
    "CREATE TABLE break_glass (
        id INTEGER PRIMARY KEY,
        person TEXT NOT NULL REFERENCES users (number),
        pseudonym TEXT NOT NULL,
        reason TEXT NOT NULL,
        from_ms BIGINT NOT NULL,
        until_ms BIGINT NOT NULL,
        reviewed_by TEXT REFERENCES users (number),
        reviewed_ms BIGINT,
        verdict TEXT,
        CHECK (until_ms > from_ms))",
];

const INDEXES: [&str; 4] = [
    "CREATE INDEX assignment_by_person ON assignment (person, pseudonym)",
    "CREATE INDEX assignment_by_patient ON assignment (pseudonym)",
    "CREATE INDEX break_glass_by_person ON break_glass (person, pseudonym)",
    "CREATE INDEX break_glass_by_review ON break_glass (reviewed_ms, from_ms)",
];

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in TABLES.into_iter().chain(INDEXES) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
