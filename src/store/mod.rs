//! The node's memory: rows in SQLite, objects on the local disk. Reads of patient data ask for a
//! [`Grant`](interval_core::access::Grant).

pub mod access;
pub mod artefact;
pub mod assessment;
pub mod assignment;
pub mod audit;
mod authored;
pub mod blobs;
pub mod break_glass;
pub mod catalogue;
pub mod document;
mod entity;
pub mod fetching;
pub mod forward;
pub mod intake;
pub mod job;
mod migration;
mod newcomer;
pub mod newest;
mod noted;
pub mod outbox;
mod panel;
pub mod queues;
pub mod record;
pub mod review;
pub mod run;
pub mod scene;
pub mod study;
pub mod tracking;
pub mod user;
pub mod vault;
pub mod verify;
#[cfg(test)]
mod ward;
pub mod workitem;
pub mod worklist;

use crate::keys::{KeyError, Keyring, Tampered};
use blobs::Blobs;
use catalogue::Catalogue;
use interval_core::access::Grant;
use interval_core::digest::Altered;
use interval_core::fault::Fault;
use interval_core::patient::PatientPseudonym;
use noted::Noted;
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::Mutex;
use vault::Vault;

/// Name of the database in a node's folder.
pub const DATABASE: &str = "interval.db";

/// Connections that read. One more writes: whoever writes waits for it and not for the lock, and
/// what it remembers of the pages stays true.
const READERS_MAX: u32 = 4;

/// What the store can fail with.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or is away.
    #[error("the database did not {action}")]
    Database {
        /// What was asked of it.
        action: &'static str,
        /// Why not.
        #[source]
        source: DbErr,
    },
    /// The disk refused.
    #[error("the object store did not {action}")]
    Object {
        /// What was asked of it.
        action: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A row says something that this version cannot read.
    #[error("a row of {table} cannot be read: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong.
        what: String,
    },
    /// An object is not what it was when it came.
    #[error("a stored object was altered")]
    Altered(#[from] Altered),
    /// A list is full.
    #[error("too many {0} are waiting")]
    TooMany(&'static str),
    /// Nothing of that name, or not for this caller.
    #[error("there is no {0} of that name")]
    Unknown(&'static str),
    /// A key is not to be had.
    #[error("a key cannot be used")]
    Key(#[from] KeyError),
    /// What was sealed cannot be opened.
    #[error("a sealed text or key was altered")]
    Sealed(#[from] Tampered),
    /// The patient's key was destroyed, and with it everything of the patient.
    #[error("the data of this patient were destroyed")]
    Shredded,
    /// A patient is to be merged with themselves.
    #[error("the two patients are one already")]
    OnePatient,
    /// The lease went to somebody else.
    #[error("the lease on job {0} was lost")]
    LeaseLost(i32),
    /// The rules do not allow this change of access.
    #[error(transparent)]
    Access(#[from] access::AccessRefused),
    /// The rules do not allow this change of state.
    #[error(transparent)]
    Job(#[from] interval_core::job::Illegal),
    /// The rules do not allow this change of a review.
    #[error(transparent)]
    Review(#[from] review::ReviewRefused),
}

impl StoreError {
    /// What the failure asks of the other side.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Database { .. } => Fault::Unavailable,
            Self::TooMany(_) => Fault::Exhausted,
            Self::Object { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Exhausted,
                // It does not open: its bytes are not those that were sealed.
                io::ErrorKind::InvalidData => Fault::Defect,
                _ => Fault::Unavailable,
            },
            Self::Corrupt { .. } | Self::Altered(_) | Self::Sealed(_) | Self::LeaseLost(_) => {
                Fault::Defect
            }
            Self::Key(error) => error.fault(),
            Self::Shredded
            | Self::Unknown(_)
            | Self::OnePatient
            | Self::Job(_)
            | Self::Review(_)
            | Self::Access(_) => Fault::Refused,
        }
    }
}

/// Names what was asked of the database when it fails.
pub(crate) fn database(action: &'static str) -> impl Fn(DbErr) -> StoreError {
    move |source| StoreError::Database { action, source }
}

/// Names what was asked of the disk when it fails.
pub(crate) fn object(action: &'static str) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Object { action, source }
}

/// A column that does not parse.
pub(crate) fn corrupt<E: std::fmt::Display>(table: &'static str) -> impl Fn(E) -> StoreError {
    move |error| StoreError::Corrupt { table, what: error.to_string() }
}

/// Milliseconds since 1970, for columns.
pub fn milliseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// The store of one node.
#[derive(Debug, Clone)]
pub struct Store {
    db: DatabaseConnection,
    writer: DatabaseConnection,
    blobs: Blobs,
    vault: Vault,
    catalogue: Catalogue,
    /// Held while instances are recorded: what memory has of the rows changes with them.
    recording: Arc<Mutex<()>>,
    noted: Noted,
}

impl Store {
    /// Opens the store in a folder, making or upgrading it as needed.
    pub async fn open(folder: &Path, ring: Keyring) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(object("make its folder"))?;
        let blobs = Blobs::open(&folder.join("objects")).map_err(object("open"))?;
        let url = format!("sqlite://{}?mode=rwc", folder.join(DATABASE).display());
        let db = connect(&url, READERS_MAX).await?;
        let writer = connect(&url, 1).await?;
        migration::Migrator::up(&writer, None).await.map_err(database("upgrade its schema"))?;
        let vault = Vault::open(&db, ring).await?;
        let (catalogue, recording) = (Catalogue::default(), Arc::default());
        Ok(Self { db, writer, blobs, vault, catalogue, recording, noted: Noted::default() })
    }

    /// The objects.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// A transaction that takes the write lock at once, so that none is turned away half-way.
    async fn write(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        self.writer.begin_with_options(options).await.map_err(database("begin to write"))
    }
}

async fn connect(url: &str, connections_max: u32) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url);
    // A file does not go away between two questions: nobody asks it first whether it is there.
    options.max_connections(connections_max).sqlx_logging(false).test_before_acquire(false);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("busy_timeout", "20000")
            .pragma("foreign_keys", "ON")
            // What was deleted is overwritten; what is sorted on the side stays in memory.
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
    });
    Database::connect(options).await.map_err(database("open"))
}

/// Only the patient of the grant is answered for; anybody else does not exist.
fn same_patient(grant: &Grant, pseudonym: &str) -> Result<(), StoreError> {
    let owner: PatientPseudonym = pseudonym.parse().map_err(corrupt("patient"))?;
    if owner == grant.patient() { Ok(()) } else { Err(StoreError::Unknown("study")) }
}
