//! The elements of group 0000: how they are read, and how they are written in their order.

use super::CommandError;

/// Longest text of a command that we take or repeat: a UID and a comment have 64 characters.
const TEXT_CHARS_MAX: usize = 64;

/// Elements of group 0000 (PS3.7 E.1).
pub(super) mod element {
    pub const GROUP_LENGTH: u16 = 0x0000;
    pub const AFFECTED_SOP_CLASS_UID: u16 = 0x0002;
    pub const REQUESTED_SOP_CLASS_UID: u16 = 0x0003;
    pub const COMMAND_FIELD: u16 = 0x0100;
    pub const MESSAGE_ID: u16 = 0x0110;
    pub const MESSAGE_ID_BEING_RESPONDED_TO: u16 = 0x0120;
    pub const MOVE_DESTINATION: u16 = 0x0600;
    pub const PRIORITY: u16 = 0x0700;
    pub const COMMAND_DATA_SET_TYPE: u16 = 0x0800;
    pub const STATUS: u16 = 0x0900;
    pub const ERROR_COMMENT: u16 = 0x0902;
    pub const AFFECTED_SOP_INSTANCE_UID: u16 = 0x1000;
    pub const REQUESTED_SOP_INSTANCE_UID: u16 = 0x1001;
    pub const EVENT_TYPE_ID: u16 = 0x1002;
    pub const ACTION_TYPE_ID: u16 = 0x1008;
    pub const REMAINING: u16 = 0x1020;
    pub const COMPLETED: u16 = 0x1021;
    pub const FAILED: u16 = 0x1022;
    pub const WARNING: u16 = 0x1023;
    pub const MOVE_ORIGINATOR_AE_TITLE: u16 = 0x1030;
    pub const MOVE_ORIGINATOR_MESSAGE_ID: u16 = 0x1031;
}

/// The elements of a command set, in place. Their number is bounded by the size of the command.
pub(super) fn elements(bytes: &[u8]) -> Result<Vec<(u16, &[u8])>, CommandError> {
    // A request has ten.
    let mut found = Vec::with_capacity(12);
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
pub(super) fn number(elements: &[(u16, &[u8])], wanted: u16) -> Result<u16, CommandError> {
    let bytes = value(elements, wanted).and_then(<[u8]>::first_chunk);
    bytes.map(|bytes| u16::from_le_bytes(*bytes)).ok_or(CommandError::Missing(wanted))
}

/// The same, where it may be absent.
pub(super) fn number_or(elements: &[(u16, &[u8])], wanted: u16, absent: u16) -> u16 {
    number(elements, wanted).unwrap_or(absent)
}

/// A text without padding; empty when it is absent or too long for anything we would repeat.
pub(super) fn text(elements: &[(u16, &[u8])], wanted: u16) -> String {
    let bytes = value(elements, wanted).unwrap_or_default();
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let text = text.trim_end_matches(['\0', ' ']);
    if text.len() > TEXT_CHARS_MAX { String::new() } else { text.to_owned() }
}

/// A command set in the making; elements are given in ascending order.
pub(super) struct CommandSet(Vec<u8>);

impl CommandSet {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(256))
    }

    pub(super) fn number(&mut self, element: u16, value: u16) {
        self.element(element, &value.to_le_bytes());
    }

    /// An absent UID is left out: an empty one would not be valid either.
    pub(super) fn uid(&mut self, element: u16, value: &str) {
        if !value.is_empty() {
            self.padded(element, value, 0);
        }
    }

    pub(super) fn padded(&mut self, element: u16, value: &str, padding: u8) {
        let mut bytes: Vec<u8> = value.bytes().collect();
        if bytes.len() % 2 == 1 {
            bytes.push(padding);
        }
        self.element(element, &bytes);
    }

    pub(super) fn element(&mut self, element: u16, value: &[u8]) {
        self.0.extend_from_slice(&[0, 0]);
        self.0.extend_from_slice(&element.to_le_bytes());
        self.0.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.0.extend_from_slice(value);
    }

    pub(super) fn encode(self) -> Vec<u8> {
        let mut whole = CommandSet(Vec::with_capacity(self.0.len() + 12));
        whole.element(element::GROUP_LENGTH, &(self.0.len() as u32).to_le_bytes());
        whole.0.extend_from_slice(&self.0);
        whole.0
    }
}
