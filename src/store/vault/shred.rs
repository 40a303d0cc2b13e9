//! Destroying a patient: without the patient's key nothing of the patient can be read, here or in
//! any copy of the objects.

use crate::store::access::must_be;
use crate::store::blobs::ObjectId;
use crate::store::entity::patient_key;
use crate::store::{Store, StoreError, audit, catalogue, corrupt, database, milliseconds};
use interval_core::access::{Action, Grant};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{self, Actor, Resource};
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde::Serialize;
use std::io;
use std::time::SystemTime;

/// The rows of a patient, those first that refer to others. A shredded study leaves no row; the
/// audit log alone remembers that it was here.
const OWN_ROWS: [(&str, &str); 20] = [
    ("assignment", "pseudonym = $1"),
    ("workitem", "pseudonym = $1"),
    ("review", "pseudonym = $1"),
    ("review_labels", "pseudonym = $1"),
    ("outbox", "pseudonym = $1"),
    ("assessment", "pseudonym = $1"),
    ("run", "job IN (SELECT id FROM job WHERE pseudonym = $1)"),
    ("scene", "job IN (SELECT id FROM job WHERE pseudonym = $1)"),
    ("artefact", "pseudonym = $1"),
    ("quarantine", "pseudonym = $1"),
    ("job", "pseudonym = $1"),
    ("tracking", "study IN (SELECT uid FROM study WHERE pseudonym = $1)"),
    ("forward", "study IN (SELECT uid FROM study WHERE pseudonym = $1)"),
    ("fetch_request", "pseudonym = $1"),
    ("series_assignment", "study IN (SELECT uid FROM study WHERE pseudonym = $1)"),
    ("authored", "study IN (SELECT uid FROM study WHERE pseudonym = $1)"),
    ("instance", "study IN (SELECT uid FROM study WHERE pseudonym = $1)"),
    ("series", "study IN (SELECT uid FROM study WHERE pseudonym = $1)"),
    ("study", "pseudonym = $1"),
    ("patient", "pseudonym = $1"),
];

/// Tables whose rows name an object.
pub(super) const OBJECT_TABLES: [&str; 5] =
    ["outbox", "artefact", "quarantine", "instance", "review_labels"];

impl Store {
    /// Destroys the key of a grant's patient and removes rows and objects. The identity is
    /// forgotten: should the patient come again, it is as somebody new.
    pub async fn shred(&self, grant: &Grant, now: SystemTime) -> Result<Shred, StoreError> {
        must_be(grant, Action::Maintain, now)?;
        let pseudonym = grant.patient().to_string();
        let tx = self.write().await?;
        if patient_key::Entity::find_by_id(&pseudonym)
            .one(&tx)
            .await
            .map_err(database("look for a patient's key"))?
            .is_none()
        {
            return Err(StoreError::Unknown("patient"));
        }
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
        let resource = Resource::Patient(grant.patient());
        let event =
            AuditEvent::new(milliseconds(now), Actor::Operator, words::Action::Shred, resource)
                .with_count(u32::try_from(objects.len()).unwrap_or(u32::MAX));
        audit::append(&tx, &event).await?;
        // A result lies in the archive and in the outbox, as one object.
        objects.sort_unstable();
        objects.dedup();
        catalogue::turn(&tx).await?;
        tx.commit().await.map_err(database("destroy a patient's key"))?;
        let journal = self.clear_journal().await?;
        Ok(Shred { objects: objects.len(), left: self.remove_objects(&objects), journal })
    }

    /// Removes objects that no row names any more and gives the number of those that stayed: they
    /// are unreadable already.
    pub(in crate::store) fn remove_objects(&self, objects: &[ObjectId]) -> usize {
        let gone = |object: &ObjectId| match self.blobs.remove(*object) {
            Ok(()) => true,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        objects.iter().filter(|object| !gone(object)).count()
    }

    /// Empties the journal, in which a key that was destroyed would linger; deleted rows in the
    /// database itself are overwritten at once. Waits as long as any write does for readers.
    pub(super) async fn clear_journal(&self) -> Result<Journal, StoreError> {
        let cleared = database("clear its journal");
        let checkpoint = Statement::from_string(
            self.db.get_database_backend(),
            "PRAGMA wal_checkpoint(TRUNCATE)",
        );
        let row = self.db.query_one_raw(checkpoint).await.map_err(&cleared)?;
        // The first column is 1 when somebody was in the way (sqlite.org/pragma.html).
        let busy = row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0)).map_err(&cleared)?;
        Ok(if busy == 0 { Journal::Cleared } else { Journal::Busy })
    }
}

/// What became of the journal in which a destroyed key would linger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Journal {
    /// It is empty.
    Cleared,
    /// Somebody reads the database all the time; it is emptied when the node stops, or by the next
    /// shred or merge.
    Busy,
}

/// What a shred did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shred {
    /// Objects that nobody can open any more.
    pub objects: usize,
    /// Those of them whose files could not be removed.
    pub left: usize,
    /// What became of the journal.
    pub journal: Journal,
}

pub(super) fn owned(db: &impl ConnectionTrait, sql: String, pseudonym: &str) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, [pseudonym.into()])
}
