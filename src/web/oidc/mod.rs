//! Sign-in with the hospital's OpenID provider (OpenID Connect Core 1.0, RFC 7636, RFC 9207):
//! tokens stay here, browsers see a cookie.

pub mod bearer;
pub mod claims;
mod fetch;
pub mod login;
pub mod logout;
pub mod provider;

use interval_core::fault::Fault;

/// Why a token or a sign-in is not taken. The sentence is for the log; the other side learns only
/// that it was refused.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The provider does not answer, or not with what it should.
    #[error("the sign-in provider cannot be used: {0}")]
    Away(String),
    /// The token or the answer is not one that we may believe.
    #[error("refused: {0}")]
    Refused(String),
    /// Somebody signed in, but not as the step asks for.
    #[error("the provider did not confirm a fresh sign-in with several factors")]
    Weak,
    /// Too many sign-ins are under way.
    #[error("too many sign-ins are under way")]
    Busy,
}

impl SignInError {
    /// What the failure asks of the other side.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Away(_) => Fault::Unavailable,
            Self::Refused(_) | Self::Weak => Fault::Refused,
            Self::Busy => Fault::Exhausted,
        }
    }
}

/// A refusal in words.
pub(crate) fn refused(what: impl std::fmt::Display) -> SignInError {
    SignInError::Refused(what.to_string())
}
