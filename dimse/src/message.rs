//! From fragments to messages (PS3.7 6.3.1, PS3.8 Annex E).
//!
//! A message is a command, in any number of fragments, then perhaps a data set, in any number of
//! fragments. Only the command is kept in memory; the data set passes through piece by piece.

use dicom_ul::pdu::{PDV_HEADER_SIZE, PDataValue, PDataValueType, Pdu};

use crate::command::{COMMAND_BYTES_MAX, Command, CommandError, Payload};

/// Largest P-DATA-TF PDU we send, in bytes, also to a peer that takes any: larger ones are no
/// faster, and each is held in memory.
const SENT_PDU_BYTES_MAX: u32 = 256 * 1024;

/// What the next fragment has to be.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Waiting {
    /// The first fragment of a command.
    #[default]
    ForCommand,
    /// The rest of a command that came in part.
    ForRestOfCommand {
        /// Presentation context of the message.
        context: u8,
        /// What has come so far.
        command: Vec<u8>,
        /// How much of the limit is used: an empty fragment counts as a byte, so that nothing is
        /// endless.
        spent: usize,
    },
    /// A fragment of the data set that the command announced.
    ForData {
        /// Presentation context of the message.
        context: u8,
    },
}

/// What a fragment brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A part of a command: there is nothing to do yet.
    Part,
    /// A whole command.
    Command {
        /// Presentation context it came on.
        context: u8,
        /// What it says.
        command: Command,
    },
    /// A piece of the data set.
    Piece {
        /// The bytes, as they were sent.
        bytes: &'a [u8],
        /// Whether more of them follow.
        follow: Follow,
    },
}

/// Whether the data set goes on after a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// More pieces follow.
    More,
    /// This was the last one.
    Last,
}

/// Why fragments do not make a message. The association cannot go on after any of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// A data fragment without a command, or a command fragment before the data set is complete.
    #[error("a fragment came out of turn on presentation context {context}")]
    OutOfTurn {
        /// Where it came.
        context: u8,
    },
    /// A message that changes its presentation context on the way.
    #[error("a message on presentation context {expected} went on in context {found}")]
    OtherContext {
        /// Where the message began.
        expected: u8,
        /// Where it went on.
        found: u8,
    },
    /// More than a command may have.
    #[error("the command set has more than {COMMAND_BYTES_MAX} bytes")]
    CommandTooLong,
    /// The command cannot be read.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl Waiting {
    /// What we wait for after this fragment, and what it brought.
    pub fn after(self, fragment: &PDataValue) -> Result<(Self, Heard<'_>), MessageError> {
        let found = fragment.presentation_context_id;
        match (self, &fragment.value_type) {
            (Waiting::ForCommand, PDataValueType::Command) => {
                take_command(found, Vec::new(), 0, fragment)
            }
            (Waiting::ForRestOfCommand { context, command, spent }, PDataValueType::Command) => {
                same(context, found)?;
                take_command(context, command, spent, fragment)
            }
            (Waiting::ForData { context }, PDataValueType::Data) => {
                same(context, found)?;
                let (next, follow) = if fragment.is_last {
                    (Waiting::ForCommand, Follow::Last)
                } else {
                    (Waiting::ForData { context }, Follow::More)
                };
                Ok((next, Heard::Piece { bytes: &fragment.data, follow }))
            }
            (Waiting::ForCommand, PDataValueType::Data)
            | (Waiting::ForRestOfCommand { .. }, PDataValueType::Data)
            | (Waiting::ForData { .. }, PDataValueType::Command) => {
                Err(MessageError::OutOfTurn { context: found })
            }
        }
    }

    /// Whether no message is under way.
    pub fn is_between_messages(&self) -> bool {
        *self == Waiting::ForCommand
    }
}

fn same(expected: u8, found: u8) -> Result<(), MessageError> {
    if expected == found { Ok(()) } else { Err(MessageError::OtherContext { expected, found }) }
}

fn take_command(
    context: u8,
    mut command: Vec<u8>,
    spent: usize,
    fragment: &PDataValue,
) -> Result<(Waiting, Heard<'_>), MessageError> {
    let spent = spent + fragment.data.len().max(1);
    if spent > COMMAND_BYTES_MAX {
        return Err(MessageError::CommandTooLong);
    }
    command.extend_from_slice(&fragment.data);
    if !fragment.is_last {
        return Ok((Waiting::ForRestOfCommand { context, command, spent }, Heard::Part));
    }
    let command = Command::parse(&command)?;
    let next = match command.payload {
        Payload::None => Waiting::ForCommand,
        Payload::DataSet => Waiting::ForData { context },
    };
    Ok((next, Heard::Command { context, command }))
}

/// The PDUs that carry a command or a data set to a peer, which takes PDUs of `peer_pdu_bytes_max`
/// at most (0 means any). Fragments have an even length (PS3.8 9.3.5.1), besides the last one.
pub(crate) fn fragments(
    context: u8,
    value_type: PDataValueType,
    bytes: &[u8],
    peer_pdu_bytes_max: u32,
) -> impl Iterator<Item = Pdu> {
    let pdu_bytes = match peer_pdu_bytes_max {
        0 => SENT_PDU_BYTES_MAX,
        max => max.min(SENT_PDU_BYTES_MAX),
    };
    let most = (pdu_bytes.saturating_sub(PDV_HEADER_SIZE) & !1).max(2) as usize;
    // Also nothing is said in one fragment.
    let count = bytes.len().div_ceil(most).max(1);
    (0..count).map(move |index| {
        let data = bytes[index * most..bytes.len().min((index + 1) * most)].to_vec();
        let is_last = index + 1 == count;
        Pdu::PData {
            data: vec![PDataValue {
                presentation_context_id: context,
                value_type: value_type.clone(),
                is_last,
                data,
            }],
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Operation, echo_request, store_request};

    fn fragment(context: u8, value_type: PDataValueType, is_last: bool, data: &[u8]) -> PDataValue {
        PDataValue { presentation_context_id: context, value_type, is_last, data: data.to_vec() }
    }
    fn command(is_last: bool, data: &[u8]) -> PDataValue {
        fragment(1, PDataValueType::Command, is_last, data)
    }
    fn data(is_last: bool, data: &[u8]) -> PDataValue {
        fragment(1, PDataValueType::Data, is_last, data)
    }
    fn waiting_for_data() -> Waiting {
        let store = command(true, &store_request(1, "1.2", "1.2.3"));
        Waiting::ForCommand.after(&store).unwrap().0
    }

    #[track_caller]
    fn check_refused(waiting: Waiting, fragment: PDataValue, expected: MessageError) {
        assert_eq!(waiting.after(&fragment), Err(expected));
    }

    #[test]
    fn a_command_may_come_byte_by_byte() {
        let whole = echo_request(7, "1.2.840.10008.1.1");
        let mut waiting = Waiting::default();
        for byte in &whole[..whole.len() - 1] {
            let part = command(false, &[*byte]);
            let (next, heard) = waiting.after(&part).unwrap();
            assert_eq!(heard, Heard::Part);
            waiting = next;
        }
        let last = command(true, &whole[whole.len() - 1..]);
        let (waiting, heard) = waiting.after(&last).unwrap();
        let Heard::Command { context: 1, command } = heard else { panic!("{heard:?}") };
        assert_eq!((command.operation, command.message_id), (Operation::Echo, 7));
        assert!(waiting.is_between_messages());
    }

    #[test]
    fn a_data_set_passes_piece_by_piece() {
        let (first, last) = (data(false, b"ab"), data(true, b"cd"));
        let (waiting, heard) = waiting_for_data().after(&first).unwrap();
        assert_eq!(heard, Heard::Piece { bytes: b"ab", follow: Follow::More });
        let (waiting, heard) = waiting.after(&last).unwrap();
        assert_eq!(heard, Heard::Piece { bytes: b"cd", follow: Follow::Last });
        assert!(waiting.is_between_messages());
    }

    #[test]
    fn data_before_its_command_is_out_of_turn() {
        let out_of_turn = || MessageError::OutOfTurn { context: 1 };
        check_refused(Waiting::ForCommand, data(true, b""), out_of_turn());
        let part = command(false, b"\0\0");
        let (waiting, _) = Waiting::ForCommand.after(&part).unwrap();
        check_refused(waiting, data(true, b""), out_of_turn());
    }
    #[test]
    fn a_command_inside_of_a_data_set_is_out_of_turn() {
        check_refused(
            waiting_for_data(),
            command(true, b""),
            MessageError::OutOfTurn { context: 1 },
        );
    }
    #[test]
    fn a_message_stays_on_its_context() {
        let astray = fragment(3, PDataValueType::Data, true, b"");
        let expected = MessageError::OtherContext { expected: 1, found: 3 };
        check_refused(waiting_for_data(), astray, expected);
    }
    #[test]
    fn a_command_over_the_limit_is_refused() {
        let flood = vec![0; COMMAND_BYTES_MAX + 1];
        check_refused(Waiting::ForCommand, command(false, &flood), MessageError::CommandTooLong);
    }
    #[test]
    fn empty_fragments_do_not_go_on_for_ever() {
        let nothing = command(false, b"");
        let mut waiting = Waiting::default();
        for _ in 0..COMMAND_BYTES_MAX {
            waiting = waiting.after(&nothing).unwrap().0;
        }
        check_refused(waiting, nothing, MessageError::CommandTooLong);
    }

    #[track_caller]
    fn check_fragments(bytes: usize, peer_pdu_bytes_max: u32, expected: &[usize]) {
        let bytes = vec![7; bytes];
        let pdus = fragments(1, PDataValueType::Data, &bytes, peer_pdu_bytes_max);
        let parts: Vec<_> = pdus
            .flat_map(|pdu| match pdu {
                Pdu::PData { data } => data,
                other => panic!("{other:?}"),
            })
            .collect();
        let lengths: Vec<_> = parts.iter().map(|part| part.data.len()).collect();
        assert_eq!(lengths, expected);
        let last: Vec<_> = parts.iter().filter(|part| part.is_last).collect();
        assert!(last.len() == 1 && parts.last().is_some_and(|part| part.is_last));
    }

    #[test]
    fn fragments_fill_the_pdus_of_the_peer() {
        check_fragments(250, 106, &[100, 100, 50]);
        check_fragments(200, 106, &[100, 100]);
    }
    #[test]
    fn fragments_are_even_where_the_peer_is_odd() {
        check_fragments(5, 9, &[2, 2, 1]);
    }
    #[test]
    fn nothing_is_one_fragment() {
        check_fragments(0, 16384, &[0]);
    }
    #[test]
    fn a_peer_that_takes_any_pdu_is_sent_moderate_ones() {
        check_fragments(262_144, 0, &[262_138, 6]);
    }
}
