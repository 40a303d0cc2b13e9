//! What the tests of the audit log share: a log of some hundred records of every kind, and a way
//! into its database that no part of the node has.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(dead_code, reason = "each test uses a part of this")]

use interval::audit::AuditConfig;
use interval::audit::key::PublicKey;
use interval::audit::notary::Notary;
use interval::config::Keys;
use interval::node::open_store;
use interval::store::Store;
use interval::store::audit::{append, append_once};
use interval_core::audit::words::{
    Action, Actor, Detail, Outcome, PeerTitle, Resource, UserNumber,
};
use interval_core::audit::{AuditEvent, TraceId};
use interval_core::patient::PatientPseudonym;
use interval_core::uid::StudyUid;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use std::path::{Path, PathBuf};

/// Small pseudo-random numbers with a seed (`SplitMix64`), so that a failure can be repeated.
pub struct Dice(pub u64);

impl Dice {
    /// A number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// The event of a number: every number has its own.
pub fn event(number: u64) -> AuditEvent {
    let study: StudyUid = StudyUid::from_u128(u128::from(number / 3));
    let actors = [
        Actor::Peer(PeerTitle::of("ORTHANC")),
        Actor::Person(UserNumber(u128::from(number % 7))),
        Actor::Job(number as i32),
        Actor::Operator,
    ];
    let actions = [Action::Receive, Action::Read, Action::Query, Action::OpenVault];
    let pick = (number % 4) as usize;
    let at_ms = 1_764_043_200_000 + number as i64;
    AuditEvent::new(at_ms, actors[pick].clone(), actions[pick], Resource::Study(study))
        .with_patient(PatientPseudonym(u128::from(number % 11)))
        .with_trace(TraceId(u128::from(number)))
        .with_outcome(Outcome::Success, Detail::Kept)
}

/// A way into the database, for the log itself and for attacks.
pub async fn database(data: &Path) -> DatabaseConnection {
    let url = format!("sqlite://{}", data.join("interval.db").display());
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    // An attacker does not wait for the disk.
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite.pragma("synchronous", "OFF").pragma("busy_timeout", "20000")
    });
    Database::connect(options).await.unwrap()
}

/// A transaction as the store begins them.
pub async fn begin(db: &DatabaseConnection) -> sea_orm::DatabaseTransaction {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    db.begin_with_options(options).await.unwrap()
}

/// Runs statements one after another.
pub async fn run(db: &impl ConnectionTrait, statements: &[&str]) {
    for statement in statements {
        db.execute_unprepared(statement).await.unwrap();
    }
}

/// A node's log with checkpoints in two places.
pub struct Log {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub db: DatabaseConnection,
    pub notary: Notary,
}

impl Log {
    /// An empty log.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let store = open_store(&data, &Keys::default()).await.unwrap();
        let second_place = Some(folder.path().join("elsewhere"));
        let config = AuditConfig { second_place, ..Default::default() };
        let notary = Notary::open(&data, &config).unwrap();
        let db = database(&data).await;
        Self { folder, store, db, notary }
    }

    /// Appends the events of these numbers, every fifth of them in the manner of an arrival.
    pub async fn grow(&self, numbers: std::ops::Range<u64>) {
        let tx = begin(&self.db).await;
        for number in numbers {
            if number % 5 == 0 {
                append_once(&tx, &event(number)).await.unwrap();
            } else {
                append(&tx, &event(number)).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The checkpoints that no attacker reaches.
    pub fn elsewhere(&self) -> PathBuf {
        self.folder.path().join("elsewhere").join("checkpoints")
    }

    /// The checkpoints on the machine itself.
    pub fn own_checkpoints(&self) -> PathBuf {
        self.data().join("audit").join("checkpoints")
    }

    /// The public key, as the auditor keeps it.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::read(&self.data().join("keys").join("audit.pub")).unwrap()
    }
}
