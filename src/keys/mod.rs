//! Keys: one master key outside of the data, one key for each patient, one for each object. Each
//! is kept only wrapped by the one above it, so that a stolen disk tells nothing, and destroying
//! a patient's key destroys the patient's data wherever copies of it lie.

mod local;
mod pkcs11;
mod ring;
mod secret;
mod source;
mod succession;
mod wrap;

pub use ring::Keyring;
pub use secret::{KEY_BYTES, Secret};
pub use source::KeySource;
pub use wrap::{Tampered, code, open, seal};

use interval_core::fault::Fault;
use std::fmt;
use std::path::PathBuf;

/// Wraps and unwraps the keys of patients. The key itself need never leave its place.
pub trait MasterKey: Send + Sync + fmt::Debug {
    /// Names the key, so that a row can say which one wrapped it; says nothing about its bits.
    fn name(&self) -> &str;
    /// Wraps a secret; the context must be the same when it is unwrapped.
    fn wrap(&self, secret: &Secret, context: &[u8]) -> Result<Vec<u8>, KeyError>;
    /// Unwraps a secret.
    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret, KeyError>;
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Its file cannot be read or written.
    #[error("the key file {path} cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Its place is empty.
    #[error("the environment variable {0} holds no key of 64 hexadecimal digits")]
    Environment(String),
    /// The text of the configuration names no place.
    #[error("'{0}' names no key: file:PATH, env:NAME or pkcs11:MODULE?token=LABEL&key=LABEL")]
    Place(String),
    /// The file of a key may be read by others.
    #[error("the key file {0} may be read by others than its owner")]
    Open(PathBuf),
    /// The token refused, or is away.
    #[error("the token did not {action}: {why}")]
    Token {
        /// What was asked of it.
        action: &'static str,
        /// Why not.
        why: String,
    },
    /// What was wrapped was wrapped by another key, or was altered.
    #[error("a key cannot be unwrapped: {0}")]
    Wrong(#[from] Tampered),
    /// A row was wrapped by a key that no configured place holds.
    #[error("the master key {0} is not here")]
    Unknown(String),
    /// What lies at its place is no key.
    #[error("the file {0} does not hold a key of 64 hexadecimal digits")]
    NoKey(PathBuf),
    /// The key of this store cannot be changed.
    #[error("the master key of this store does not change")]
    Fixed,
    /// The system gives no random numbers.
    #[error("there is no randomness")]
    Random,
}

impl KeyError {
    /// Whether there is nothing at the key's place any more.
    fn is_gone(&self) -> bool {
        matches!(self, Self::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    }

    /// What the failure asks for.
    pub fn fault(&self) -> Fault {
        match self {
            Self::File { .. } | Self::Token { .. } | Self::Unknown(_) | Self::Random => {
                Fault::Unavailable
            }
            Self::Environment(_) | Self::Place(_) | Self::Open(_) | Self::NoKey(_) => {
                Fault::Refused
            }
            Self::Fixed => Fault::Refused,
            Self::Wrong(_) => Fault::Defect,
        }
    }
}
