//! Who calls: by titles, address, certificate and user identity (PS3.7 D.3.3.7, PS3.15 B).
//!
//! What of it is believed, and who may call, is for the host: [`Gatekeeper`].

use interval_core::digest::Digest;
use interval_core::study::Origin;

use crate::Promise;

/// Who has opened an association with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Titles, address and the number of the association for the audit log.
    pub origin: Origin,
    /// The certificate of the other side, verified, where the connection is TLS and it showed one.
    pub certificate: Option<Certificate>,
    /// Who the user is said to be; nobody has checked it yet when the gatekeeper is asked.
    pub identity: Option<Identity>,
}

/// An X.509 certificate whose chain was verified against the configured authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate itself.
    pub der: Vec<u8>,
    /// SHA-256 of it: its fingerprint.
    pub fingerprint: Digest,
}

impl Certificate {
    /// A certificate by its encoding.
    pub fn new(der: Vec<u8>) -> Self {
        let fingerprint = Digest::of(&der);
        Self { der, fingerprint }
    }
}

/// A user identity as it was sent (PS3.7 D.3.3.7.1).
#[derive(Clone, PartialEq, Eq)]
pub enum Identity {
    /// Type 1.
    Username(String),
    /// Type 2.
    Password {
        /// Who it is said to be.
        username: String,
        /// Proof of it. Never written to a log.
        password: Vec<u8>,
    },
    /// Type 5: a JSON Web Token, unverified.
    Jwt(String),
    /// Types 3 and 4 (Kerberos, SAML) and whatever comes later.
    Other(u8),
}

impl std::fmt::Debug for Identity {
    /// Without anything secret: neither passwords nor tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Username(_) => f.write_str("Username"),
            Self::Password { .. } => f.write_str("Password"),
            Self::Jwt(_) => f.write_str("Jwt"),
            Self::Other(kind) => write!(f, "Other({kind})"),
        }
    }
}

/// Who may call. The host implements this; without one whoever passes the
/// [`Policy`](crate::policy::Policy) may.
pub trait Gatekeeper: Send + Sync + 'static {
    /// Asked before an association is accepted, once its request makes sense. The time for it is
    /// that of the request (`patience.request`).
    fn admit<'a>(&'a self, caller: &'a Caller) -> Promise<'a, Result<Admitted, Rejection>>;
}

/// How somebody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    /// Without regard to a user identity: a requestor that asks for confirmation gets none.
    Unidentified,
    /// The user identity was checked and is believed: that is confirmed to who asks for it.
    Identified,
}

/// Why somebody is not let in (PS3.8 table 9-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The calling title may not call, or not from that address or with that certificate.
    CallingTitle,
    /// The called title is not for this caller.
    CalledTitle,
    /// For a reason that is not told, as of a user identity that is not believed.
    Unsaid,
    /// Not now: come again.
    Later,
}
