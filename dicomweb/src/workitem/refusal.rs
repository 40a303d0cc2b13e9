//! Why something cannot be done with a workitem, as HTTP says it: a status, and a Warning header in
//! the words of the standard (PS3.18 11.4.3 to 11.10.3).

use super::state::{Illegal, State};
use crate::json::{JsonError, Tag};
use crate::parameters::ParameterError;
use interval_core::fault::Fault;

/// Why something cannot be done with a workitem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkitemError {
    /// The body cannot be read.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The address cannot be read.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// No UID is given, or two that differ, or one that is not valid.
    #[error("the UID of the workitem is missing, not valid, or not the one of the address")]
    Uid,
    /// An attribute is needed.
    #[error("the workitem needs a value for ({0})")]
    Missing(Tag),
    /// An attribute has a value that is not allowed.
    #[error("the workitem has a value that is not allowed for ({0})")]
    Value(Tag),
    /// An attribute is not changed in this way.
    #[error("({0}) cannot be changed in this way")]
    Fixed(Tag),
    /// There is a workitem with this UID.
    #[error("there is a workitem with this UID")]
    Exists,
    /// The Transaction UID is missing.
    #[error("the Transaction UID is missing")]
    NoTransaction,
    /// The Transaction UID is not the one that locked the workitem.
    #[error("the Transaction UID is incorrect")]
    WrongTransaction,
    /// The state does not allow it.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// It may no longer be changed.
    #[error("a workitem that is {0} may no longer be changed")]
    Final(State),
    /// It has not what a finished workitem has to have.
    #[error("the workitem needs a value for ({0}) before it is finished")]
    Unfinished(Tag),
    /// It is not there.
    #[error("there is no such workitem")]
    NotFound,
    /// It is no longer there.
    #[error("the workitem is no longer there")]
    Gone,
    /// No AE title, or a subscription that is not understood.
    #[error("the subscription is not understood")]
    Subscription,
    /// The workitem would be larger than is kept.
    #[error("the workitem would have more than {0} attributes")]
    TooLarge(usize),
}

impl WorkitemError {
    /// What it asks of the other side.
    pub fn fault(&self) -> Fault {
        match self {
            Self::TooLarge(_) => Fault::Exhausted,
            _ => Fault::Refused,
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Json(JsonError::TooLong(_)) | Self::TooLarge(_) => 413,
            Self::Json(_) | Self::Parameters(_) | Self::Uid | Self::Missing(_) | Self::Value(_) => {
                400
            }
            Self::Fixed(_) | Self::Subscription => 400,
            // The standard has both of these under 400 (PS3.18 table 11.7.3-1).
            Self::NoTransaction | Self::WrongTransaction => 400,
            Self::Exists | Self::Illegal(_) | Self::Final(_) | Self::Unfinished(_) => 409,
            Self::NotFound => 404,
            Self::Gone => 410,
        }
    }

    /// What the Warning header says.
    pub fn warning(&self) -> String {
        let text = match self {
            Self::NoTransaction => "The Transaction UID is missing.",
            Self::WrongTransaction => "The Transaction UID is incorrect.",
            Self::Illegal(_) | Self::Final(_) | Self::Unfinished(_) => {
                "The submitted request is inconsistent with the current state of the Workitem."
            }
            Self::Exists => "The UID of the Workitem is in use.",
            other => return header(&other.to_string()),
        };
        header(text)
    }

    /// The DIMSE status of the same refusal (PS3.4 tables CC.2.1-2, CC.2.2-2, CC.2.6-2).
    pub fn code(&self) -> u16 {
        match self {
            Self::Exists => 0x0111,
            Self::NoTransaction | Self::WrongTransaction => 0xC301,
            Self::Illegal(illegal) => illegal.code(),
            Self::Final(_) => 0xC300,
            Self::Unfinished(_) => 0xC304,
            Self::NotFound | Self::Gone => 0xC307,
            Self::Missing(_) => 0x0120,
            Self::Value(_) => 0x0106,
            Self::Fixed(_) => 0x0107,
            Self::Subscription => 0xC314,
            _ => 0x0110,
        }
    }
}

/// What goes with an answer that says yes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// Texts of Warning headers.
    pub warnings: Vec<String>,
}

impl Reply {
    /// With a warning.
    pub(super) fn warned(text: &str) -> Self {
        Self { warnings: vec![header(text)] }
    }
}

/// A Warning header (PS3.18 8.4.4).
pub(super) fn header(text: &str) -> String {
    format!("299 interval \"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workitem::{State, Transition, tag};

    #[track_caller]
    fn check(error: WorkitemError, status: u16, code: u16) {
        assert_eq!((error.status(), error.code()), (status, code), "{error}");
        assert!(error.warning().starts_with("299 interval \""));
    }

    #[test]
    fn each_refusal_has_its_statuses() {
        check(WorkitemError::NoTransaction, 400, 0xC301);
        check(WorkitemError::WrongTransaction, 400, 0xC301);
        check(WorkitemError::Exists, 409, 0x0111);
        check(WorkitemError::NotFound, 404, 0xC307);
        check(WorkitemError::Gone, 410, 0xC307);
        check(WorkitemError::Final(State::Completed), 409, 0xC300);
        check(WorkitemError::Unfinished(tag::PERFORMED), 409, 0xC304);
        check(WorkitemError::Missing(tag::LABEL), 400, 0x0120);
        let illegal = Illegal { state: State::InProgress, transition: Transition::Claim };
        check(WorkitemError::Illegal(illegal), 409, 0xC302);
    }
}
