//! The status of a DIMSE response (PS3.7 Annex C, PS3.4 B.2.3) and the faults that stand behind it.

use std::fmt;

use interval_core::fault::Fault;

/// Longest Error Comment (0000,0902), in characters (VR LO).
pub const ERROR_COMMENT_CHARS_MAX: usize = 64;

/// The Status (0000,0900) of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u16);

/// What a status asks of the side that receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Success,
    /// Done, with something to know.
    Warning,
    /// Not done; the fault says what to do about it.
    Failure(Fault),
}

impl Status {
    /// Done, and durable (PS3.7 C.1.1).
    pub const SUCCESS: Status = Status(0x0000);
    /// Processing failure: we are wrong (PS3.7 C.5.5).
    pub const PROCESSING_FAILURE: Status = Status(0x0110);
    /// A parameter has a value that is not allowed (PS3.7 C.5.8).
    pub const INVALID_ARGUMENT: Status = Status(0x0115);
    /// The SOP Instance UID breaks the rules of UIDs (PS3.7 C.5.7).
    pub const INVALID_INSTANCE: Status = Status(0x0117);
    /// The SOP class is not supported here, or not on this presentation context (PS3.7 C.5.14).
    pub const CLASS_NOT_SUPPORTED: Status = Status(0x0122);
    /// The peer may not do this (PS3.7 C.5.6).
    pub const NOT_AUTHORISED: Status = Status(0x0124);
    /// An operation that we do not know (PS3.7 C.5.25).
    pub const UNRECOGNISED_OPERATION: Status = Status(0x0211);
    /// A limit of ours is reached (PS3.7 C.5.26).
    pub const RESOURCE_LIMITATION: Status = Status(0x0213);
    /// Out of resources: try again later (PS3.4 B.2.3).
    pub const OUT_OF_RESOURCES: Status = Status(0xA700);
    /// The data set does not match the SOP class (PS3.4 B.2.3).
    pub const DOES_NOT_MATCH_CLASS: Status = Status(0xA900);
    /// Kept, but not as it was sent (PS3.4 B.2.3, coercion of data elements).
    pub const COERCED: Status = Status(0xB000);
    /// The data set cannot be understood (PS3.4 B.2.3).
    pub const CANNOT_UNDERSTAND: Status = Status(0xC000);

    /// An object of that class does not exist; it has another class (PS3.7 C.5.3, PS3.3 C.14.1.1).
    pub const CLASS_INSTANCE_CONFLICT: Status = Status(0x0119);
    /// There is no such object (PS3.7 C.5.10).
    pub const NO_SUCH_INSTANCE: Status = Status(0x0112);
    /// The attribute list lacks an attribute that it must have (PS3.7 C.5.20).
    pub const MISSING_ATTRIBUTE: Status = Status(0x0120);
    /// An attribute has a value that is not allowed (PS3.7 C.5.11).
    pub const INVALID_ATTRIBUTE: Status = Status(0x0106);
    /// There is no such action (PS3.7 C.5.22).
    pub const NO_SUCH_ACTION: Status = Status(0x0123);
    /// There is no such event type (PS3.7 C.5.13).
    pub const NO_SUCH_EVENT_TYPE: Status = Status(0x0113);
    /// The number of matches cannot be calculated (PS3.4 C.4.2.1.5).
    pub const CANNOT_COUNT: Status = Status(0xA701);
    /// Sub-operations cannot be performed (PS3.4 C.4.2.1.5).
    pub const CANNOT_PERFORM: Status = Status(0xA702);
    /// The destination of a move is not known here (PS3.4 C.4.2.1.5).
    pub const UNKNOWN_DESTINATION: Status = Status(0xA801);
    /// Some sub-operations failed or had warnings; same number as a coercion (PS3.4 C.4.2.1.5).
    pub const SOME_FAILED: Status = Status(0xB000);
    /// Ended by a cancel (PS3.4 C.4.1.1.4).
    pub const CANCELLED: Status = Status(0xFE00);
    /// A match, and more may follow (PS3.4 C.4.1.1.4).
    pub const PENDING: Status = Status(0xFF00);
    /// The same, where a key that was asked for is not supported (PS3.4 C.4.1.1.4).
    pub const PENDING_KEYS_UNSUPPORTED: Status = Status(0xFF01);

    /// What this status asks of us when a peer sends it.
    pub fn outcome(self) -> Outcome {
        match self.0 {
            0x0000 => Outcome::Success,
            // PS3.7 Annex C: 0001H, 0107H, 0116H and BxxxH are the warnings.
            0x0001 | 0x0107 | 0x0116 | 0xB000..=0xBFFF => Outcome::Warning,
            0xA700..=0xA7FF | 0x0213 => Outcome::Failure(Fault::Exhausted),
            0x0110 => Outcome::Failure(Fault::Unavailable),
            _ => Outcome::Failure(Fault::Refused),
        }
    }
}

impl From<Fault> for Status {
    /// The status when the cause says nothing more precise.
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused => Status::CANNOT_UNDERSTAND,
            Fault::Exhausted | Fault::Unavailable => Status::OUT_OF_RESOURCES,
            Fault::Defect => Status::PROCESSING_FAILURE,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}H", self.0)
    }
}

/// Why something is not taken: the status for the machine, the comment for its operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{comment} ({status})")]
pub struct Refusal {
    /// What the response will say.
    pub status: Status,
    /// Plain words without patient data: they leave this node.
    pub comment: String,
}

impl Refusal {
    /// A refusal by the kind of fault.
    pub fn new(fault: Fault, comment: impl Into<String>) -> Self {
        Self::with_status(Status::from(fault), comment)
    }

    /// A refusal whose cause has a status of its own.
    pub fn with_status(status: Status, comment: impl Into<String>) -> Self {
        Self { status, comment: comment.into() }
    }
}

/// The text as an Error Comment may hold it: printable ASCII, no backslash, 64 characters.
pub(crate) fn error_comment(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, ' '..='~') && c != '\\' { c } else { '?' })
        .take(ERROR_COMMENT_CHARS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_received(status: u16, expected: Outcome) {
        assert_eq!(Status(status).outcome(), expected, "status {status:04X}H");
    }

    #[test]
    fn each_received_status_asks_for_one_thing() {
        check_received(0x0000, Outcome::Success);
        check_received(0xB000, Outcome::Warning);
        check_received(0xB007, Outcome::Warning);
        check_received(0x0107, Outcome::Warning);
        check_received(0xA700, Outcome::Failure(Fault::Exhausted));
        check_received(0xA7FF, Outcome::Failure(Fault::Exhausted));
        check_received(0x0213, Outcome::Failure(Fault::Exhausted));
        check_received(0x0110, Outcome::Failure(Fault::Unavailable));
        check_received(0xA800, Outcome::Failure(Fault::Refused));
        check_received(0xA900, Outcome::Failure(Fault::Refused));
        check_received(0xC123, Outcome::Failure(Fault::Refused));
        check_received(0x0122, Outcome::Failure(Fault::Refused));
    }

    #[test]
    fn a_peer_that_meets_our_limit_is_asked_to_come_again() {
        for fault in [Fault::Exhausted, Fault::Unavailable] {
            assert_eq!(Status::from(fault), Status(0xA700));
        }
        assert_eq!(Status::from(Fault::Refused), Status(0xC000));
        assert_eq!(Status::from(Fault::Defect), Status(0x0110));
    }

    #[test]
    fn a_comment_fits_its_element() {
        assert_eq!(error_comment(&"x".repeat(100)).len(), 64);
        assert_eq!(error_comment("zu groß\\\n"), "zu gro???");
    }
}
