//! Why a peer does not do what we ask.

use interval_core::fault::Fault;
use interval_core::uid::{ClassUid, InstanceUid, SyntaxUid};

use crate::status::{Outcome, Status};
use crate::wire::WireError;

/// Why a peer does not do what we ask. The texts are for operators.
#[derive(Debug, thiserror::Error)]
pub enum ScuError {
    /// Nobody answers at the address.
    #[error("nobody can be reached at {address}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// There is somebody, but no secure connection with it: it speaks no TLS, its certificate is
    /// not one we trust, or it does not trust ours.
    #[error("no secure connection with {address}")]
    Insecure {
        /// Host and port.
        address: String,
        /// What went wrong.
        #[source]
        source: std::io::Error,
    },
    /// The peer takes no association of this kind, now or ever.
    #[error("{called} at {address} does not accept our association: {reason}")]
    NotAccepted {
        /// Its title.
        called: String,
        /// Host and port.
        address: String,
        /// Its reason, in words of the standard.
        reason: String,
    },
    /// The peer is full or busy and asks to come again.
    #[error("{called} at {address} is busy: {reason}")]
    Busy {
        /// Its title.
        called: String,
        /// Host and port.
        address: String,
        /// Its reason, in words of the standard.
        reason: String,
    },
    /// The peer takes associations, but not for this kind of object.
    #[error("the peer takes no objects of SOP class {class} in transfer syntax {syntax}")]
    KindNotAccepted {
        /// SOP class.
        class: ClassUid,
        /// Transfer syntax of our object.
        syntax: SyntaxUid,
    },
    /// The peer does not take Verification.
    #[error("the peer does not take C-ECHO")]
    EchoNotAccepted,
    /// More kinds of objects than one association can have.
    #[error("{0} kinds of objects are too many for one association, which has 128 contexts")]
    TooManyKinds(usize),
    /// The peer answered an object with a failure.
    #[error("the peer did not take object {instance}: status {status} {comment}")]
    NotStored {
        /// Which object.
        instance: InstanceUid,
        /// Its status.
        status: Status,
        /// Its comment, or nothing.
        comment: String,
    },
    /// The peer takes associations, but not for this service.
    #[error("the peer does not offer {0}")]
    ServiceNotAccepted(&'static str),
    /// The peer answered a request with a failure.
    #[error("the peer did not do {what}: status {status} {comment}")]
    NotDone {
        /// Which operation.
        what: &'static str,
        /// Its status.
        status: Status,
        /// Its comment, or nothing.
        comment: String,
    },
    /// The peer has more matches than we take.
    #[error("the peer has more than {0} matches: ask for less")]
    TooManyMatches(usize),
    /// It is not the hour for what can wait.
    #[error("it is not the hour for background traffic")]
    NotNow,
    /// The peer answered our echo with a failure.
    #[error("the peer answered C-ECHO with status {0}")]
    NotEchoed(Status),
    /// The association ended on the way.
    #[error("the peer ended the association: {0}")]
    Ended(String),
    /// The connection failed on the way.
    #[error("the association with {called} failed")]
    Connection {
        /// The peer's title.
        called: String,
        /// How.
        #[source]
        source: ConnectionError,
    },
    /// The peer broke the protocol.
    #[error("the peer answered something that makes no sense here: {0}")]
    Nonsense(String),
}

/// How a connection failed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ConnectionError(#[from] WireError);

impl ScuError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            ScuError::Unreachable { .. }
            | ScuError::Busy { .. }
            | ScuError::Ended(_)
            | ScuError::NotNow
            | ScuError::Connection { .. } => Fault::Unavailable,
            ScuError::NotAccepted { .. }
            | ScuError::Insecure { .. }
            | ScuError::KindNotAccepted { .. }
            | ScuError::EchoNotAccepted
            | ScuError::ServiceNotAccepted(_)
            | ScuError::TooManyMatches(_)
            | ScuError::Nonsense(_) => Fault::Refused,
            ScuError::TooManyKinds(_) => Fault::Defect,
            ScuError::NotStored { status, .. }
            | ScuError::NotDone { status, .. }
            | ScuError::NotEchoed(status) => match status.outcome() {
                Outcome::Failure(fault) => fault,
                Outcome::Success | Outcome::Warning => Fault::Defect,
            },
        }
    }
}
