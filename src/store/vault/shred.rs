//! Destroying a patient: without the patient's key nothing of the patient can be read, here or in
//! any copy of the objects.

use crate::store::blobs::ObjectId;
use crate::store::{Store, StoreError, corrupt, database};
use interval_core::access::Grant;
use sea_orm::{ConnectionTrait, Statement};

/// The rows of a patient, those first that refer to others. A shredded study leaves no row; the
/// audit log alone remembers that it was here.
const OWN_ROWS: [(&str, &str); 11] = [
    ("assignment", "pseudonym = $1"),
    ("outbox", "pseudonym = $1"),
    ("assessment", "pseudonym = $1"),
    ("artefact", "pseudonym = $1"),
    ("quarantine", "pseudonym = $1"),
    ("job", "pseudonym = $1"),
    ("tracking", "study IN (SELECT uid FROM study WHERE pseudonym = $1)"),
    ("series_assignment", "study IN (SELECT uid FROM study WHERE pseudonym = $1)"),
    ("instance", "study IN (SELECT uid FROM study WHERE pseudonym = $1)"),
    ("study", "pseudonym = $1"),
    ("patient", "pseudonym = $1"),
];

/// Tables whose rows name an object.
pub(super) const OBJECT_TABLES: [&str; 4] = ["outbox", "artefact", "quarantine", "instance"];

impl Store {
    /// Destroys the key of a grant's patient and removes rows and objects. The identity is
    /// forgotten: should the patient come again, it is as somebody new. Gives the number of
    /// objects removed.
    pub async fn shred(&self, grant: &Grant) -> Result<usize, StoreError> {
        let pseudonym = grant.patient().to_string();
        let tx = self.write().await?;
        let mut objects: Vec<ObjectId> = Vec::new();
        for (table, own) in OWN_ROWS {
            if OBJECT_TABLES.contains(&table) {
                let rows = tx
                    .query_all_raw(owned(
                        &tx,
                        format!("SELECT object FROM {table} WHERE {own}"),
                        &pseudonym,
                    ))
                    .await
                    .map_err(database("list a patient's objects"))?;
                for row in rows {
                    let name: String =
                        row.try_get("", "object").map_err(database("list a patient's objects"))?;
                    objects.push(name.parse().map_err(corrupt(table))?);
                }
            }
            tx.execute_raw(owned(&tx, format!("DELETE FROM {table} WHERE {own}"), &pseudonym))
                .await
                .map_err(database("remove a patient's rows"))?;
        }
        let key = "DELETE FROM patient_key WHERE pseudonym = $1".to_owned();
        tx.execute_raw(owned(&tx, key, &pseudonym))
            .await
            .map_err(database("destroy a patient's key"))?;
        tx.commit().await.map_err(database("destroy a patient's key"))?;
        // The key must not linger in the journal either; deleted pages are overwritten at once.
        self.db
            .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .map_err(database("clear its journal"))?;
        // Unreadable already; what cannot be removed now is found by a later scrub.
        Ok(objects.iter().filter(|object| self.blobs.remove(**object).is_ok()).count())
    }
}

pub(super) fn owned(db: &impl ConnectionTrait, sql: String, pseudonym: &str) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, [pseudonym.into()])
}
