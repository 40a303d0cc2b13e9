//! The audit log's table: appended to inside the transaction of the thing itself, or by the
//! [`writer`] for reads.

pub mod writer;

use super::{Store, StoreError, corrupt, database, milliseconds};
use interval_core::audit::AuditEvent;
use interval_core::audit::merkle::leaf_hash;
use interval_core::audit::record::{Manner, Record};
use interval_core::digest::Digest;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement, Value};
use std::time::SystemTime;

/// Rows put into one statement: five values each, far below what SQLite binds (32766).
const ROWS_PER_STATEMENT: usize = 200;

/// What is said when the log cannot be written or read; whoever hears it does not go on.
pub(super) const WRITE: &str = "write the audit log";
const READ: &str = "read the audit log";

/// What became of an event that is to be written once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It has this place in the log.
    At(u64),
    /// An event that differs only in time is there already.
    Already,
}

/// A row as it stands, whatever stands there: an altered row must be readable enough to be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place.
    pub place: i64,
    /// The column of the time; `None` when it holds something else.
    pub at_ms: Option<i64>,
    /// The record's bytes; `None` when the column holds something else.
    pub record: Option<Vec<u8>>,
    /// The record's hash; `None` when the column holds something else.
    pub leaf: Option<Digest>,
    /// The column of the sameness; `None` when it holds something else.
    pub once: Option<Option<Digest>>,
}

/// Appends an event in the caller's transaction and gives its place. The transaction must have
/// taken the write lock, as those of [`Store`] do.
pub async fn append(tx: &DatabaseTransaction, event: &AuditEvent) -> Result<u64, StoreError> {
    append_all(tx, std::slice::from_ref(event)).await
}

/// Appends events in their order and gives the place of the first.
pub async fn append_all(
    tx: &DatabaseTransaction,
    events: &[AuditEvent],
) -> Result<u64, StoreError> {
    let first = next_place(tx).await?;
    for (chunk, places) in
        events.chunks(ROWS_PER_STATEMENT).zip((first..).step_by(ROWS_PER_STATEMENT))
    {
        let numbered = (places..).zip(chunk);
        let records = numbered.map(|(index, event)| Record {
            index,
            manner: Manner::Each,
            event: event.clone(),
        });
        insert(tx, records).await?;
    }
    Ok(first)
}

/// Appends an event unless one that differs only in time is there already: one record for each
/// association and study, however many instances came. The trace says which association.
pub async fn append_once(
    tx: &DatabaseTransaction,
    event: &AuditEvent,
) -> Result<Appended, StoreError> {
    let sameness = event.sameness();
    let known = "SELECT place FROM audit_record WHERE once = ?";
    let found = tx
        .query_one_raw(statement(tx, known, [sameness.0.to_vec().into()]))
        .await
        .map_err(database(WRITE))?;
    if found.is_some() {
        return Ok(Appended::Already);
    }
    let index = next_place(tx).await?;
    insert(tx, [Record { index, manner: Manner::Once, event: event.clone() }]).await?;
    Ok(Appended::At(index))
}

async fn next_place(connection: &impl ConnectionTrait) -> Result<u64, StoreError> {
    let next = "SELECT COALESCE(MAX(place), -1) + 1 AS next FROM audit_record";
    let row = connection
        .query_one_raw(statement(connection, next, []))
        .await
        .map_err(database(READ))?
        .ok_or_else(|| corrupt("audit_record")("it does not say how long it is"))?;
    let next: i64 = row.try_get("", "next").map_err(database(READ))?;
    u64::try_from(next).map_err(corrupt("audit_record"))
}

async fn insert(
    tx: &DatabaseTransaction,
    records: impl IntoIterator<Item = Record>,
) -> Result<(), StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let mut rows = 0;
    for record in records {
        let bytes = record.to_bytes();
        let once = match record.manner {
            Manner::Each => None,
            Manner::Once => Some(record.event.sameness().0.to_vec()),
        };
        let leaf = leaf_hash(&bytes).0.to_vec();
        let place = i64::try_from(record.index).map_err(corrupt("audit_record"))?;
        values.extend([place.into(), record.event.at_ms.into(), bytes.into(), leaf.into()]);
        values.push(once.into());
        rows += 1;
    }
    let marks = vec!["(?, ?, ?, ?, ?)"; rows].join(", ");
    let insert =
        format!("INSERT INTO audit_record (place, at_ms, record, leaf, once) VALUES {marks}");
    tx.execute_raw(statement(tx, &insert, values)).await.map_err(database(WRITE))?;
    Ok(())
}

fn statement(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

impl Store {
    /// Writes one event in a transaction of its own: for the operator's commands and for what the
    /// node itself does. Reads go through the [`writer::AuditWriter`].
    pub async fn audit(&self, event: &AuditEvent) -> Result<u64, StoreError> {
        self.audit_all(std::slice::from_ref(event)).await
    }

    /// The same for events that belong together; gives the place of the first.
    pub async fn audit_all(&self, events: &[AuditEvent]) -> Result<u64, StoreError> {
        let tx = self.write().await?;
        let place = append_all(&tx, events).await?;
        tx.commit().await.map_err(database(WRITE))?;
        Ok(place)
    }

    /// The same for an event that is written once, however often it happens: see [`append_once`].
    pub async fn audit_once(&self, event: &AuditEvent) -> Result<Appended, StoreError> {
        let tx = self.write().await?;
        let appended = append_once(&tx, event).await?;
        tx.commit().await.map_err(database(WRITE))?;
        Ok(appended)
    }

    /// How many records the log has.
    pub async fn audit_size(&self) -> Result<u64, StoreError> {
        next_place(&self.db).await
    }

    /// Rows from a place on, in order, as they stand; `None` begins before the first place, where
    /// nothing should be.
    pub async fn audit_rows(
        &self,
        from: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let from = from.map_or(i64::MIN, |place| i64::try_from(place).unwrap_or(i64::MAX));
        let select = "SELECT place, at_ms, record, leaf, once FROM audit_record \
                      WHERE place >= ? ORDER BY place LIMIT ?";
        let select = statement(&self.db, select, [from.into(), (limit as i64).into()]);
        let rows = self.db.query_all_raw(select).await.map_err(database(READ))?;
        rows.iter().map(row).collect()
    }

    /// The time of the newest record; nothing while the log is empty.
    pub async fn newest_audit_ms(&self) -> Result<Option<i64>, StoreError> {
        let select =
            "SELECT MAX(at_ms) FROM (SELECT at_ms FROM audit_record ORDER BY place DESC LIMIT 1)";
        let select = statement(&self.db, select, []);
        let row = self.db.query_one_raw(select).await.map_err(database(READ))?;
        let newest = row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose();
        Ok(newest.map_err(database(READ))?.flatten())
    }

    /// Hashes of the records from a place on, in order. They are as recorded; only verification
    /// compares them with the records.
    pub async fn audit_leaves(&self, from: u64, limit: usize) -> Result<Vec<Digest>, StoreError> {
        let select = "SELECT leaf FROM audit_record WHERE place >= ? ORDER BY place LIMIT ?";
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let select = statement(&self.db, select, [from.into(), (limit as i64).into()]);
        let rows = self.db.query_all_raw(select).await.map_err(database(READ))?;
        let leaf = |row: &QueryResult| {
            let bytes: Vec<u8> = row.try_get_by_index(0).map_err(database(READ))?;
            digest(bytes).ok_or_else(|| corrupt("audit_record")("a hash has the wrong length"))
        };
        rows.iter().map(leaf).collect()
    }
}

fn row(row: &QueryResult) -> Result<Row, StoreError> {
    let once: Result<Option<Vec<u8>>, _> = row.try_get_by_index(4);
    Ok(Row {
        place: row.try_get_by_index(0).map_err(database(READ))?,
        at_ms: row.try_get_by_index(1).ok(),
        record: row.try_get_by_index(2).ok(),
        leaf: row.try_get_by_index(3).ok().and_then(digest),
        once: match once {
            Ok(None) => Some(None),
            Ok(Some(bytes)) => digest(bytes).map(Some),
            Err(_) => None,
        },
    })
}

fn digest(bytes: Vec<u8>) -> Option<Digest> {
    bytes.try_into().ok().map(Digest)
}

/// The time of an event that happens now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    milliseconds(SystemTime::now())
}
