//! The audit log towards the outside: signed checkpoints in a second place, verification, and the
//! forms in which other systems read it (DICOM PS3.15 A.5, FHIR, syslog).
//!
//! The log itself is a table ([`crate::store::audit`]). Whoever can write to the database could
//! write a whole new log; therefore its root is signed every hour and kept, with the hashes of all
//! records, where this machine does not reach: then the first bad record can be named.

pub mod anchor;
pub mod dicom;
pub mod fhir;
pub mod key;
pub mod notary;
pub mod note;
pub mod syslog;
pub mod verify;

use crate::store::StoreError;
use interval_core::fault::Fault;
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};

/// Folder of the checkpoints inside the data folder.
const FOLDER: &str = "audit";

/// What an operator may set.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// A folder on another machine or medium, where checkpoints and hashes are kept too.
    pub second_place: Option<PathBuf>,
    /// Seconds between two signed checkpoints.
    pub checkpoint_s: u64,
    /// Where audit messages are sent as they come.
    pub syslog: Option<SyslogConfig>,
}

/// A syslog receiver over TLS (RFC 5425).
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SyslogConfig {
    /// Host and port; 6514 is the port of RFC 5425.
    pub address: String,
    /// The name in its certificate.
    pub name: String,
    /// The certificate authority that signed it, a PEM file.
    pub ca: PathBuf,
}

impl Default for AuditConfig {
    /// Hourly: an hour is what a thief of the whole machine could still rewrite unseen.
    fn default() -> Self {
        Self { second_place: None, checkpoint_s: 3600, syslog: None }
    }
}

/// What the audit log can fail with.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A file cannot be used.
    #[error("cannot use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The log's own table cannot be read.
    #[error("the audit log cannot be read")]
    Store(#[from] StoreError),
    /// Checkpoints exist, but the key that signed them is gone: a new key would look like a
    /// rewritten log.
    #[error("checkpoints exist but the audit key is gone; restore {0} from the backup")]
    KeyLost(PathBuf),
    /// A checkpoint that we know was signed by somebody else.
    #[error("{path} holds a checkpoint of {size} records that was not signed by the audit key")]
    Foreign {
        /// Where it stands.
        path: PathBuf,
        /// How many records it is about.
        size: u64,
    },
    /// The log is no longer the one that the last checkpoint was about.
    #[error(
        "the audit log is not an extension of the checkpoint of {size} records: nothing is \
         signed; run 'interval audit verify'"
    )]
    NotAnExtension {
        /// How many records the checkpoint is about.
        size: u64,
    },
    /// The second place did not take the checkpoint; it gets it with the next.
    #[error("the second place of the audit log is away")]
    SecondPlace(#[source] Box<AuditError>),
    /// The receiver of audit messages is away or not who it should be.
    #[error("audit messages cannot be sent to {address}")]
    Syslog {
        /// The receiver.
        address: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl AuditError {
    /// What the failure asks of the other side.
    pub fn fault(&self) -> Fault {
        match self {
            Self::File { .. } | Self::Syslog { .. } | Self::SecondPlace(_) => Fault::Unavailable,
            Self::Damaged { .. } | Self::KeyLost(_) => Fault::Refused,
            Self::Foreign { .. } | Self::NotAnExtension { .. } => Fault::Defect,
            Self::Store(error) => error.fault(),
        }
    }
}

/// Names the file when it cannot be used.
fn file(path: &Path) -> impl Fn(io::Error) -> AuditError {
    let path = path.to_owned();
    move |source| AuditError::File { path: path.clone(), source }
}

/// Folder of the checkpoints of a node.
pub fn folder(data: &Path) -> PathBuf {
    data.join(FOLDER)
}

/// Folder of the keys of a node.
pub fn keys(data: &Path) -> PathBuf {
    data.join("keys")
}

/// The name of a node's log: that of its key.
pub fn source(data: &Path) -> String {
    let key = key::PublicKey::read(&keys(data).join(key::PUBLIC_FILE));
    key.map_or_else(|_| "interval".into(), |key| key.name().to_owned())
}
