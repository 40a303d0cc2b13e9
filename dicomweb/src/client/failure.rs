//! What can go wrong with another archive, and what it asks of us.

use crate::json::JsonError;
use crate::multipart::MultipartError;
use crate::stow::ReportError;
use interval_core::fault::Fault;
use std::error::Error;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address of the service is none, or not one of http or https.
    #[error("the address of the archive is not a URL of http or https")]
    Address,
    /// Credentials would go over an open line.
    #[error("credentials are sent over https, or to this machine, only")]
    OpenLine,
    /// The credential cannot stand in a header.
    #[error("the credential has characters that cannot be sent")]
    Credential,
    /// The certificates that are to be trusted cannot be read.
    #[error("the certificates to be trusted cannot be used")]
    Certificates(#[source] reqwest::Error),
    /// No certificate is among what is to be trusted.
    #[error("there is no certificate among those to be trusted")]
    NoCertificate,
    /// The client cannot be made.
    #[error("the client for the archive cannot be made")]
    Setup(#[source] reqwest::Error),
    /// Nobody answered, or not in time, or the line broke.
    #[error("the archive did not answer: {action}")]
    Line {
        /// What was asked.
        action: &'static str,
        /// What happened.
        #[source]
        source: reqwest::Error,
    },
    /// It answered no.
    #[error("the archive answered {status}: {action}")]
    Status {
        /// What was asked.
        action: &'static str,
        /// The HTTP status.
        status: u16,
        /// The Warning header, in which worklists say why.
        warning: Option<String>,
        /// After how many seconds it may be asked again, if it says so.
        retry_after_s: Option<u64>,
    },
    /// It sent us elsewhere.
    #[error("the archive sent us to another host: {action}")]
    Redirect {
        /// What was asked.
        action: &'static str,
    },
    /// More came than is taken.
    #[error("the answer of the archive is larger than {bytes_max} bytes: {action}")]
    TooLarge {
        /// What was asked.
        action: &'static str,
        /// What is taken.
        bytes_max: u64,
    },
    /// It answered something else than was asked for.
    #[error("the archive answered with another media type: {action}")]
    MediaType {
        /// What was asked.
        action: &'static str,
    },
    /// The answer is no DICOM JSON.
    #[error("the answer of the archive cannot be read: {action}")]
    Json {
        /// What was asked.
        action: &'static str,
        /// Why not.
        #[source]
        source: JsonError,
    },
    /// The answer to a store cannot be read.
    #[error("the answer of the archive to a store cannot be read")]
    Report(#[source] ReportError),
    /// The parts of the answer cannot be taken apart, or broke off.
    #[error("the objects from the archive did not arrive whole")]
    Parts(#[source] MultipartError),
    /// What was to be sent could not be read.
    #[error("an object to be sent cannot be read")]
    Source(#[source] Box<dyn Error + Send + Sync>),
}

impl ClientError {
    /// What it asks of us: whether to try again, and whom to tell.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Address | Self::OpenLine | Self::Credential => Fault::Refused,
            Self::Certificates(_) | Self::NoCertificate => Fault::Refused,
            Self::Setup(_) => Fault::Defect,
            // Whom we do not trust today we do not trust tomorrow: a human has to look.
            Self::Line { source, .. } if is_untrusted(source) => Fault::Refused,
            Self::Line { .. } => Fault::Unavailable,
            Self::Status { status, .. } => match status {
                408 | 429 | 507 => Fault::Exhausted,
                500.. => Fault::Unavailable,
                _ => Fault::Refused,
            },
            Self::Redirect { .. }
            | Self::MediaType { .. }
            | Self::Json { .. }
            | Self::Report(_) => Fault::Refused,
            Self::TooLarge { .. } => Fault::Exhausted,
            // A body that broke off is asked for again.
            Self::Parts(MultipartError::Source(_) | MultipartError::Truncated) => {
                Fault::Unavailable
            }
            Self::Parts(error) => error.fault(),
            Self::Source(_) => Fault::Defect,
        }
    }

    /// It answered no, and nothing more.
    pub(super) fn refusal(action: &'static str, status: u16) -> Self {
        Self::Status { action, status, warning: None, retry_after_s: None }
    }

    /// The HTTP status, if it answered one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Whether the line was cut because of the other side's certificate.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref::<rustls::Error>() {
            return true;
        }
        // An error of the system passes over what it holds when it is asked for its source.
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = held.map(|held| held as &(dyn Error + 'static)).or_else(|| error.source());
    }
    false
}
