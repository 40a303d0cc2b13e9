//! DIMSE command sets: Implicit VR Little Endian, group 0000 (PS3.7 6.3 and Annex E).

mod request;
mod set;

use crate::status::{Status, error_comment};
use set::{CommandSet, element, elements, number, number_or, text};

pub use request::{
    action_request, cancel_request, echo_request, event_report_request, find_request, get_request,
    move_request, store_request, sub_store_request,
};

/// Largest command set we accept, in bytes. Real ones are under 1 KiB; PS3.7 sets no limit.
pub const COMMAND_BYTES_MAX: usize = 16 * 1024;

/// Command Data Set Type (0000,0800) of a message without a data set (PS3.7 E.1).
const NO_DATA_SET: u16 = 0x0101;

/// Any other value says that a data set follows.
const DATA_SET: u16 = 0x0001;

/// The bit of the Command Field (0000,0100) that makes a response of a request (PS3.7 E.1).
const RESPONSE: u16 = 0x8000;

/// Values of the Command Field (PS3.7 E.1).
mod field {
    pub const C_STORE_RQ: u16 = 0x0001;
    pub const C_GET_RQ: u16 = 0x0010;
    pub const C_FIND_RQ: u16 = 0x0020;
    pub const C_MOVE_RQ: u16 = 0x0021;
    pub const C_ECHO_RQ: u16 = 0x0030;
    pub const N_EVENT_REPORT_RQ: u16 = 0x0100;
    pub const N_ACTION_RQ: u16 = 0x0130;
    pub const N_CREATE_RQ: u16 = 0x0140;
    pub const C_CANCEL_RQ: u16 = 0x0FFF;
}

/// Whether a data set follows the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Nothing follows.
    None,
    /// A data set follows on the same presentation context.
    DataSet,
}

/// What a peer asks of us, or answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// C-ECHO-RQ (PS3.7 9.3.5.1).
    Echo,
    /// C-STORE-RQ (PS3.7 9.3.1.1).
    Store,
    /// C-FIND-RQ (PS3.7 9.3.2.1).
    Find,
    /// C-GET-RQ (PS3.7 9.3.3.1).
    Get,
    /// C-MOVE-RQ (PS3.7 9.3.4.1) to this Move Destination (0000,0600).
    Move(String),
    /// C-CANCEL-RQ (PS3.7 9.3.2.3): `message_id` is the request that is to end.
    Cancel,
    /// N-EVENT-REPORT-RQ (PS3.7 10.3.1.1) with its Event Type ID (0000,1002).
    EventReport(u16),
    /// N-ACTION-RQ (PS3.7 10.3.4.1) with its Action Type ID (0000,1008).
    Action(u16),
    /// N-CREATE-RQ (PS3.7 10.3.5.1).
    Create,
    /// Any request that we do not know.
    Other(u16),
    /// A response with its status; the request it answers is the command's `message_id`.
    Response(Status),
}

/// Sub-operations of a retrieval (PS3.7 9.1.3, 9.1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Number of Remaining Sub-operations (0000,1020).
    pub remaining: u16,
    /// Number of Completed Sub-operations (0000,1021).
    pub completed: u16,
    /// Number of Failed Sub-operations (0000,1022).
    pub failed: u16,
    /// Number of Warning Sub-operations (0000,1023).
    pub warning: u16,
}

/// A command set as it was received. The UIDs are what the peer wrote: not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What is asked or answered.
    pub operation: Operation,
    /// Message ID (0000,0110), or of a response the one it answers (0000,0120).
    pub message_id: u16,
    /// Affected (0000,0002) or Requested (0000,0003) SOP Class UID.
    pub class: String,
    /// Affected (0000,1000) or Requested (0000,1001) SOP Instance UID.
    pub instance: String,
    /// Error Comment (0000,0902) of a response.
    pub comment: String,
    /// Sub-operations that a response tells of; zeros when it does not.
    pub counts: Counts,
    /// Whether a data set follows.
    pub payload: Payload,
}

/// Why bytes are not a command set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// An element is cut off, or says it is longer than the command.
    #[error("the command set ends inside of element (0000,{0:04X})")]
    CutOff(u16),
    /// An element that is not of group 0000.
    #[error("the command set has an element of group {0:04X}")]
    Group(u16),
    /// Command Group Length (0000,0000) is not the length of what follows.
    #[error("the command says it has {said} bytes and has {found}")]
    GroupLength {
        /// What (0000,0000) says.
        said: u32,
        /// What is there.
        found: usize,
    },
    /// An element without which no answer is possible.
    #[error("the command lacks element (0000,{0:04X})")]
    Missing(u16),
}

impl Command {
    /// Reads one whole command set.
    pub fn parse(bytes: &[u8]) -> Result<Self, CommandError> {
        let elements = elements(bytes)?;
        let field = number(&elements, element::COMMAND_FIELD)?;
        let is_response = field & RESPONSE != 0;
        let operation = match field {
            field::C_ECHO_RQ => Operation::Echo,
            field::C_STORE_RQ => Operation::Store,
            field::C_FIND_RQ => Operation::Find,
            field::C_GET_RQ => Operation::Get,
            field::C_MOVE_RQ => Operation::Move(text(&elements, element::MOVE_DESTINATION)),
            field::C_CANCEL_RQ => Operation::Cancel,
            field::N_EVENT_REPORT_RQ => {
                Operation::EventReport(number(&elements, element::EVENT_TYPE_ID)?)
            }
            field::N_ACTION_RQ => Operation::Action(number(&elements, element::ACTION_TYPE_ID)?),
            field::N_CREATE_RQ => Operation::Create,
            _ if is_response => Operation::Response(Status(number(&elements, element::STATUS)?)),
            other => Operation::Other(other),
        };
        let id = if is_response || operation == Operation::Cancel {
            element::MESSAGE_ID_BEING_RESPONDED_TO
        } else {
            element::MESSAGE_ID
        };
        let either = |affected, requested| match text(&elements, affected) {
            affected if affected.is_empty() => text(&elements, requested),
            affected => affected,
        };
        Ok(Self {
            operation,
            message_id: number(&elements, id)?,
            class: either(element::AFFECTED_SOP_CLASS_UID, element::REQUESTED_SOP_CLASS_UID),
            instance: either(
                element::AFFECTED_SOP_INSTANCE_UID,
                element::REQUESTED_SOP_INSTANCE_UID,
            ),
            comment: text(&elements, element::ERROR_COMMENT),
            counts: Counts {
                remaining: number_or(&elements, element::REMAINING, 0),
                completed: number_or(&elements, element::COMPLETED, 0),
                failed: number_or(&elements, element::FAILED, 0),
                warning: number_or(&elements, element::WARNING, 0),
            },
            payload: match number(&elements, element::COMMAND_DATA_SET_TYPE)? {
                NO_DATA_SET => Payload::None,
                _ => Payload::DataSet,
            },
        })
    }

    /// The response to this request, with its status and, unless it went well, a comment.
    pub fn response(&self, status: Status, comment: &str) -> Vec<u8> {
        self.answer(status, comment, (Payload::None, None))
    }

    /// The response that a data set follows: a match, or a report of what was done.
    pub fn response_with_data(&self, status: Status) -> Vec<u8> {
        self.answer(status, "", (Payload::DataSet, None))
    }

    /// The response of a retrieval. Only while it goes on, or when it was cancelled, does it tell
    /// what remains (PS3.4 C.4.2.1.6).
    pub fn response_with_counts(
        &self,
        status: Status,
        comment: &str,
        about: (Payload, Counts),
    ) -> Vec<u8> {
        self.answer(status, comment, (about.0, Some(about.1)))
    }

    fn answer(&self, status: Status, comment: &str, about: (Payload, Option<Counts>)) -> Vec<u8> {
        let (payload, counts) = about;
        let field = match self.operation {
            Operation::Echo => field::C_ECHO_RQ,
            Operation::Store => field::C_STORE_RQ,
            Operation::Find => field::C_FIND_RQ,
            Operation::Get => field::C_GET_RQ,
            Operation::Move(_) => field::C_MOVE_RQ,
            Operation::Cancel => field::C_CANCEL_RQ,
            Operation::EventReport(_) => field::N_EVENT_REPORT_RQ,
            Operation::Action(_) => field::N_ACTION_RQ,
            Operation::Create => field::N_CREATE_RQ,
            Operation::Other(field) => field,
            Operation::Response(_) => RESPONSE,
        };
        let mut set = CommandSet::new();
        set.uid(element::AFFECTED_SOP_CLASS_UID, &self.class);
        set.number(element::COMMAND_FIELD, field | RESPONSE);
        set.number(element::MESSAGE_ID_BEING_RESPONDED_TO, self.message_id);
        let follows = if payload == Payload::None { NO_DATA_SET } else { DATA_SET };
        set.number(element::COMMAND_DATA_SET_TYPE, follows);
        set.number(element::STATUS, status.0);
        if !comment.is_empty() {
            set.padded(element::ERROR_COMMENT, &error_comment(comment), b' ');
        }
        set.uid(element::AFFECTED_SOP_INSTANCE_UID, &self.instance);
        match self.operation {
            Operation::EventReport(kind) => set.number(element::EVENT_TYPE_ID, kind),
            Operation::Action(kind) => set.number(element::ACTION_TYPE_ID, kind),
            _ => {}
        }
        if let Some(counts) = counts {
            if matches!(status, Status::PENDING | Status::CANCELLED) {
                set.number(element::REMAINING, counts.remaining);
            }
            set.number(element::COMPLETED, counts.completed);
            set.number(element::FAILED, counts.failed);
            set.number(element::WARNING, counts.warning);
        }
        set.encode()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MR: &str = "1.2.840.10008.5.1.4.1.1.4";

    #[test]
    fn a_store_request_says_what_it_stores() {
        let command = Command::parse(&store_request(9, MR, "1.2.3")).unwrap();
        assert_eq!(command.operation, Operation::Store);
        assert_eq!((command.message_id, command.payload), (9, Payload::DataSet));
        assert_eq!((command.class.as_str(), command.instance.as_str()), (MR, "1.2.3"));
    }

    #[test]
    fn a_response_names_the_message_and_the_object_it_answers() {
        let request = Command::parse(&store_request(9, MR, "1.2.3")).unwrap();
        let answer = request.response(Status::OUT_OF_RESOURCES, "the disk is full");
        let response = Command::parse(&answer).unwrap();
        assert_eq!(response.operation, Operation::Response(Status(0xA700)));
        assert_eq!((response.message_id, response.payload), (9, Payload::None));
        assert_eq!((response.class.as_str(), response.instance.as_str()), (MR, "1.2.3"));
        assert_eq!(response.comment, "the disk is full");
    }

    #[test]
    fn every_length_is_even() {
        let bytes = store_request(1, "1.2", "1.2.3.4");
        for (element, value) in elements(&bytes).unwrap() {
            assert_eq!(value.len() % 2, 0, "element {element:04X}");
        }
    }

    #[test]
    fn an_invalid_uid_is_repeated_as_it_came() {
        let request = Command::parse(&store_request(1, MR, "../x")).unwrap();
        let response = Command::parse(&request.response(Status::INVALID_INSTANCE, "")).unwrap();
        assert_eq!(response.instance, "../x");
    }

    #[test]
    fn a_text_too_long_for_a_uid_is_not_repeated() {
        let request = Command::parse(&store_request(1, MR, &"9".repeat(65))).unwrap();
        assert_eq!(request.instance, "");
    }

    #[track_caller]
    fn check_refused(change: impl FnOnce(&mut Vec<u8>), expected: CommandError) {
        let mut bytes = echo_request(1, "1.2.840.10008.1.1");
        change(&mut bytes);
        assert_eq!(Command::parse(&bytes), Err(expected));
    }

    #[test]
    fn a_group_length_that_lies_is_refused() {
        let found = echo_request(1, "1.2.840.10008.1.1").len() - 12;
        check_refused(
            |b| b[11] = 0x7f,
            CommandError::GroupLength { said: 0x7f00_0000 | found as u32, found },
        );
    }
    #[test]
    fn an_element_longer_than_the_command_is_refused() {
        check_refused(|b| b[19] = 0xff, CommandError::CutOff(0x0002));
    }
    #[test]
    fn an_element_of_the_data_set_is_refused() {
        check_refused(|b| b[12] = 0x08, CommandError::Group(0x0008));
    }
    #[test]
    fn a_command_without_a_field_cannot_be_answered() {
        check_refused(|b| b[40] = 0x99, CommandError::Missing(0x0100));
    }
    #[test]
    fn no_bytes_are_no_command() {
        check_refused(Vec::clear, CommandError::Missing(0x0100));
    }
}
