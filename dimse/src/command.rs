//! DIMSE command sets: Implicit VR Little Endian, group 0000 (PS3.7 6.3 and Annex E).

use crate::status::{Status, error_comment};

/// Largest command set we accept, in bytes. Real ones are under 1 KiB; PS3.7 sets no limit.
pub const COMMAND_BYTES_MAX: usize = 16 * 1024;

/// Longest text of a command that we take or repeat: a UID and a comment have 64 characters.
const TEXT_CHARS_MAX: usize = 64;

/// Command Data Set Type (0000,0800) of a message without a data set (PS3.7 E.1).
const NO_DATA_SET: u16 = 0x0101;

/// The bit of the Command Field (0000,0100) that makes a response of a request (PS3.7 E.1).
const RESPONSE: u16 = 0x8000;

/// C-STORE-RQ (PS3.7 E.1).
const C_STORE_RQ: u16 = 0x0001;
/// C-ECHO-RQ.
const C_ECHO_RQ: u16 = 0x0030;
/// C-CANCEL-RQ.
const C_CANCEL_RQ: u16 = 0x0FFF;

mod element {
    pub const GROUP_LENGTH: u16 = 0x0000;
    pub const AFFECTED_SOP_CLASS_UID: u16 = 0x0002;
    pub const REQUESTED_SOP_CLASS_UID: u16 = 0x0003;
    pub const COMMAND_FIELD: u16 = 0x0100;
    pub const MESSAGE_ID: u16 = 0x0110;
    pub const MESSAGE_ID_BEING_RESPONDED_TO: u16 = 0x0120;
    pub const PRIORITY: u16 = 0x0700;
    pub const COMMAND_DATA_SET_TYPE: u16 = 0x0800;
    pub const STATUS: u16 = 0x0900;
    pub const ERROR_COMMENT: u16 = 0x0902;
    pub const AFFECTED_SOP_INSTANCE_UID: u16 = 0x1000;
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
    /// C-CANCEL-RQ: nothing here takes long enough to be cancelled (PS3.7 9.3.2.3).
    Cancel,
    /// Any request that we do not know.
    Other(u16),
    /// A response with its status; the request it answers is the command's `message_id`.
    Response(Status),
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
    /// Affected SOP Instance UID (0000,1000).
    pub instance: String,
    /// Error Comment (0000,0902) of a response.
    pub comment: String,
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
            C_ECHO_RQ => Operation::Echo,
            C_STORE_RQ => Operation::Store,
            C_CANCEL_RQ => Operation::Cancel,
            _ if is_response => Operation::Response(Status(number(&elements, element::STATUS)?)),
            other => Operation::Other(other),
        };
        let id = if is_response || operation == Operation::Cancel {
            element::MESSAGE_ID_BEING_RESPONDED_TO
        } else {
            element::MESSAGE_ID
        };
        let class = match text(&elements, element::AFFECTED_SOP_CLASS_UID) {
            affected if affected.is_empty() => text(&elements, element::REQUESTED_SOP_CLASS_UID),
            affected => affected,
        };
        Ok(Self {
            operation,
            message_id: number(&elements, id)?,
            class,
            instance: text(&elements, element::AFFECTED_SOP_INSTANCE_UID),
            comment: text(&elements, element::ERROR_COMMENT),
            payload: match number(&elements, element::COMMAND_DATA_SET_TYPE)? {
                NO_DATA_SET => Payload::None,
                _ => Payload::DataSet,
            },
        })
    }

    /// The response to this request, with its status and, unless it went well, a comment.
    pub fn response(&self, status: Status, comment: &str) -> Vec<u8> {
        let field = match self.operation {
            Operation::Echo => C_ECHO_RQ,
            Operation::Store => C_STORE_RQ,
            Operation::Cancel => C_CANCEL_RQ,
            Operation::Other(field) => field,
            Operation::Response(_) => RESPONSE,
        };
        let mut set = CommandSet::new();
        set.uid(element::AFFECTED_SOP_CLASS_UID, &self.class);
        set.number(element::COMMAND_FIELD, field | RESPONSE);
        set.number(element::MESSAGE_ID_BEING_RESPONDED_TO, self.message_id);
        set.number(element::COMMAND_DATA_SET_TYPE, NO_DATA_SET);
        set.number(element::STATUS, status.0);
        if !comment.is_empty() {
            set.padded(element::ERROR_COMMENT, &error_comment(comment), b' ');
        }
        set.uid(element::AFFECTED_SOP_INSTANCE_UID, &self.instance);
        set.encode()
    }
}

/// C-ECHO-RQ (PS3.7 table 9.3-12).
pub fn echo_request(message_id: u16, class: &str) -> Vec<u8> {
    let mut set = CommandSet::new();
    set.uid(element::AFFECTED_SOP_CLASS_UID, class);
    set.number(element::COMMAND_FIELD, C_ECHO_RQ);
    set.number(element::MESSAGE_ID, message_id);
    set.number(element::COMMAND_DATA_SET_TYPE, NO_DATA_SET);
    set.encode()
}

/// C-STORE-RQ of medium priority (PS3.7 table 9.3-1).
pub fn store_request(message_id: u16, class: &str, instance: &str) -> Vec<u8> {
    let mut set = CommandSet::new();
    set.uid(element::AFFECTED_SOP_CLASS_UID, class);
    set.number(element::COMMAND_FIELD, C_STORE_RQ);
    set.number(element::MESSAGE_ID, message_id);
    set.number(element::PRIORITY, 0x0000);
    set.number(element::COMMAND_DATA_SET_TYPE, 0x0001);
    set.uid(element::AFFECTED_SOP_INSTANCE_UID, instance);
    set.encode()
}

/// The elements of a command set, in place. Their number is bounded by the size of the command.
fn elements(bytes: &[u8]) -> Result<Vec<(u16, &[u8])>, CommandError> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((head, value)) = rest.split_first_chunk::<8>() else {
            return Err(CommandError::CutOff(found.last().map_or(0, |(element, _)| *element)));
        };
        let [g0, g1, e0, e1, length @ ..] = *head;
        let (group, element) = (u16::from_le_bytes([g0, g1]), u16::from_le_bytes([e0, e1]));
        if group != 0 {
            return Err(CommandError::Group(group));
        }
        let length = u32::from_le_bytes(length);
        let (value, after) =
            value.split_at_checked(length as usize).ok_or(CommandError::CutOff(element))?;
        if element == element::GROUP_LENGTH {
            let said = value.first_chunk().map(|v| u32::from_le_bytes(*v));
            let said = said.ok_or(CommandError::CutOff(element))?;
            if said as usize != after.len() {
                return Err(CommandError::GroupLength { said, found: after.len() });
            }
        }
        found.push((element, value));
        rest = after;
    }
    Ok(found)
}

fn value<'a>(elements: &[(u16, &'a [u8])], wanted: u16) -> Option<&'a [u8]> {
    elements.iter().find(|(element, _)| *element == wanted).map(|(_, value)| *value)
}

/// An unsigned short.
fn number(elements: &[(u16, &[u8])], wanted: u16) -> Result<u16, CommandError> {
    let bytes = value(elements, wanted).and_then(<[u8]>::first_chunk);
    bytes.map(|bytes| u16::from_le_bytes(*bytes)).ok_or(CommandError::Missing(wanted))
}

/// A text without padding; empty when it is absent or too long for anything we would repeat.
fn text(elements: &[(u16, &[u8])], wanted: u16) -> String {
    let bytes = value(elements, wanted).unwrap_or_default();
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let text = text.trim_end_matches(['\0', ' ']);
    if text.len() > TEXT_CHARS_MAX { String::new() } else { text.to_owned() }
}

/// A command set in the making; elements are given in ascending order.
struct CommandSet(Vec<u8>);

impl CommandSet {
    fn new() -> Self {
        Self(Vec::with_capacity(256))
    }

    fn number(&mut self, element: u16, value: u16) {
        self.element(element, &value.to_le_bytes());
    }

    /// An absent UID is left out: an empty one would not be valid either.
    fn uid(&mut self, element: u16, value: &str) {
        if !value.is_empty() {
            self.padded(element, value, 0);
        }
    }

    fn padded(&mut self, element: u16, value: &str, padding: u8) {
        let mut bytes: Vec<u8> = value.bytes().collect();
        if bytes.len() % 2 == 1 {
            bytes.push(padding);
        }
        self.element(element, &bytes);
    }

    fn element(&mut self, element: u16, value: &[u8]) {
        self.0.extend_from_slice(&[0, 0]);
        self.0.extend_from_slice(&element.to_le_bytes());
        self.0.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.0.extend_from_slice(value);
    }

    fn encode(self) -> Vec<u8> {
        let mut whole = CommandSet(Vec::with_capacity(self.0.len() + 12));
        whole.element(element::GROUP_LENGTH, &(self.0.len() as u32).to_le_bytes());
        whole.0.extend_from_slice(&self.0);
        whole.0
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
