//! The first schema: what was received, what is to be done, what was made, what is to be sent.
//! Plain SQL that SQLite and PostgreSQL both read. Times are milliseconds since 1970 (UTC).

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The first step.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_house"
    }
}

const TABLES: [&str; 12] = [
    // Secrets of the node itself, wrapped by the master key that `master` names.
    "CREATE TABLE node_secret (
        name TEXT PRIMARY KEY,
        master TEXT NOT NULL,
        wrapped TEXT NOT NULL)",
    // One row a patient whose data can be read; without it nothing of the patient can.
    "CREATE TABLE patient_key (
        pseudonym TEXT PRIMARY KEY,
        master TEXT NOT NULL,
        wrapped TEXT NOT NULL)",
    // The one place where a pseudonym meets a person: `code` is a keyed code of the hospital's id
    // and its issuer, `identity` is sealed by the patient's key. Several ids may lead to one.
    "CREATE TABLE patient (
        code TEXT PRIMARY KEY,
        pseudonym TEXT NOT NULL,
        identity TEXT NOT NULL,
        made_ms BIGINT NOT NULL)",
    // One row a study; `revision` counts settled states of its content. Dates here and in `job`
    // are shifted by an offset that only the patient's key tells.
    "CREATE TABLE study (
        uid TEXT PRIMARY KEY,
        pseudonym TEXT NOT NULL,
        study_date TEXT NOT NULL,
        state TEXT NOT NULL,
        revision INTEGER NOT NULL,
        last_arrival_ms BIGINT NOT NULL)",
    // One row an acknowledged instance. `object` names the sealed bytes, `sealed_by` holds their
    // key, wrapped by the patient's.
    "CREATE TABLE instance (
        uid TEXT PRIMARY KEY,
        study TEXT NOT NULL REFERENCES study (uid),
        series TEXT NOT NULL,
        class TEXT NOT NULL,
        syntax TEXT NOT NULL,
        modality TEXT NOT NULL,
        digest TEXT NOT NULL,
        object TEXT NOT NULL,
        sealed_by TEXT NOT NULL,
        bytes BIGINT NOT NULL,
        calling_ae TEXT NOT NULL,
        received_ms BIGINT NOT NULL)",
    // Instances that came again with other content: kept aside for a human, never mixed in.
    "CREATE TABLE quarantine (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL,
        digest TEXT NOT NULL,
        pseudonym TEXT NOT NULL,
        object TEXT NOT NULL,
        sealed_by TEXT NOT NULL,
        reason TEXT NOT NULL,
        received_ms BIGINT NOT NULL)",
    // A human's word on which series is which.
    "CREATE TABLE series_assignment (
        series TEXT PRIMARY KEY,
        study TEXT NOT NULL REFERENCES study (uid),
        role TEXT NOT NULL,
        assigned_ms BIGINT NOT NULL)",
    // One row a piece of work; `fence` grows with each lease, and only its newest holder commits.
    "CREATE TABLE job (
        id INTEGER PRIMARY KEY,
        study TEXT NOT NULL REFERENCES study (uid),
        pseudonym TEXT NOT NULL,
        revision INTEGER NOT NULL,
        study_date TEXT NOT NULL,
        state TEXT NOT NULL,
        stage TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        fence BIGINT NOT NULL,
        lease_until_ms BIGINT NOT NULL,
        not_before_ms BIGINT NOT NULL,
        reason TEXT NOT NULL,
        fault TEXT NOT NULL,
        released INTEGER NOT NULL,
        created_ms BIGINT NOT NULL,
        changed_ms BIGINT NOT NULL,
        UNIQUE (study, revision))",
    // The output of a stage, named by a digest of everything that went into it.
    "CREATE TABLE artefact (
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        stage TEXT NOT NULL,
        pseudonym TEXT NOT NULL,
        digest TEXT NOT NULL,
        object TEXT NOT NULL,
        sealed_by TEXT NOT NULL,
        bytes BIGINT NOT NULL,
        cpu_ms BIGINT NOT NULL,
        peak_rss_kb BIGINT NOT NULL,
        made_ms BIGINT NOT NULL,
        PRIMARY KEY (key, name))",
    // The Tracking UID of a lesion, remembered for life.
    "CREATE TABLE tracking (
        study TEXT NOT NULL REFERENCES study (uid),
        lesion INTEGER NOT NULL,
        segmentation TEXT NOT NULL,
        uid TEXT NOT NULL,
        PRIMARY KEY (study, lesion, segmentation))",
    // What was decided and why, and the assessment that came of it.
    "CREATE TABLE assessment (
        job INTEGER PRIMARY KEY REFERENCES job (id),
        study TEXT NOT NULL,
        pseudonym TEXT NOT NULL,
        record TEXT NOT NULL,
        made_ms BIGINT NOT NULL)",
    // What is to be sent, byte for byte; each row is retried alone.
    "CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,
        job INTEGER NOT NULL REFERENCES job (id),
        study TEXT NOT NULL,
        pseudonym TEXT NOT NULL,
        destination TEXT NOT NULL,
        kind TEXT NOT NULL,
        uid TEXT NOT NULL,
        class TEXT NOT NULL,
        digest TEXT NOT NULL,
        object TEXT NOT NULL,
        sealed_by TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        not_before_ms BIGINT NOT NULL,
        last_error TEXT NOT NULL,
        changed_ms BIGINT NOT NULL,
        UNIQUE (destination, uid))",
];

const INDEXES: [&str; 7] = [
    "CREATE INDEX patient_by_pseudonym ON patient (pseudonym)",
    "CREATE INDEX study_by_patient ON study (pseudonym, study_date)",
    "CREATE INDEX study_by_state ON study (state, last_arrival_ms)",
    "CREATE INDEX instance_by_study ON instance (study, series)",
    "CREATE INDEX job_by_state ON job (state, not_before_ms)",
    "CREATE INDEX outbox_by_state ON outbox (state, not_before_ms)",
    "CREATE INDEX artefact_by_patient ON artefact (pseudonym)",
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
