//! The machine's seal: PAdES baseline B-B (ETSI EN 319 142-1) over the whole document.
//!
//! A seal says which installation made the document and that it was not changed since. It is never
//! an approval by a clinician: that is a second signature, which the first one allows (`DocMDP`
//! level 2) while it forbids every other change.

pub mod byte_range;
pub mod certificate;
pub mod check;
pub mod cms;
pub mod key;

use interval_core::fault::Fault;
pub use p256::elliptic_curve::rand_core;

pub use self::byte_range::sign;
pub use self::check::{SealCheck, VerifyError, verify};
pub use self::key::{Seal, SealPem};

/// Why a document was not sealed, or a seal not made.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The certificate's time is over.
    #[error(
        "the certificate of the seal is valid from {from} to {until}; the document is dated {at}"
    )]
    OutOfDate {
        /// Start of its validity.
        from: crate::timestamp::Timestamp,
        /// End of its validity.
        until: crate::timestamp::Timestamp,
        /// When the document was to be sealed.
        at: crate::timestamp::Timestamp,
    },
    /// The certificate is for another key.
    #[error("the certificate of the seal does not belong to its key")]
    KeyMismatch,
    /// The key file is not a P-256 private key in PKCS#8 PEM.
    #[error("the key of the seal cannot be read: it must be a P-256 key in PKCS#8 PEM form")]
    Key(#[source] pkcs8::Error),
    /// The certificate file is not one.
    #[error("the certificate of the seal cannot be read: it must be one certificate in PEM form")]
    Certificate(#[source] der::Error),
    /// The name is empty or longer than a certificate may hold.
    #[error("the name of the seal must have 1 to 64 characters, not {0}")]
    CommonName(usize),
    /// The document is not a PDF that can be added to.
    #[error("the document cannot be sealed: it is not a readable PDF")]
    Document(#[source] lopdf::Error),
    /// The document has a signature already.
    #[error("the document is sealed already")]
    AlreadySigned,
    /// The signature came out larger than the room kept for it, or did not land in its place.
    #[error("the signature does not fit its place in the document")]
    Place,
    /// A certificate or signature could not be built.
    #[error("the signature could not be built: {0}")]
    Build(String),
}

impl SignError {
    /// What the failure asks of the caller.
    pub fn fault(&self) -> Fault {
        match self {
            SignError::OutOfDate { .. }
            | SignError::KeyMismatch
            | SignError::Key(_)
            | SignError::Certificate(_)
            | SignError::CommonName(_)
            | SignError::Document(_)
            | SignError::AlreadySigned => Fault::Refused,
            SignError::Place | SignError::Build(_) => Fault::Defect,
        }
    }
}
