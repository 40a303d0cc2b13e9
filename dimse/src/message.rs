//! From fragments to messages (PS3.7 6.3.1, PS3.8 Annex E).
//!
//! A message is a command, in any number of fragments, then perhaps a data set, in any number of
//! fragments. Only the command is kept in memory; the data set passes through piece by piece.

use bytes::{Buf, Bytes};

use crate::command::{COMMAND_BYTES_MAX, Command, CommandError, Payload};

/// Largest P-DATA-TF PDU we send, in bytes, also to a peer that takes any: larger ones are no
/// faster, and each is held in memory.
const SENT_PDU_BYTES_MAX: u32 = 256 * 1024;

/// Bytes of a PDU in front of its content (PS3.8 9.3.1).
pub(crate) const PDU_HEADER_BYTES: usize = 6;

/// Bytes of a presentation data value in front of its fragment: its length, the presentation
/// context and the message control header (PS3.8 9.3.5.1, Annex E).
pub(crate) const PDV_HEADER_BYTES: usize = 6;

/// The two bits of a message control header (PS3.8 E.2).
const CONTROL_COMMAND: u8 = 0b01;
const CONTROL_LAST: u8 = 0b10;

/// What a fragment is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A command set.
    Command,
    /// A data set.
    Data,
}

/// Whether a message goes on after a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// More pieces follow.
    More,
    /// This was the last one.
    Last,
}

/// A presentation data value: one fragment of a message. Its bytes are those of the PDU, not
/// copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Presentation context.
    pub context: u8,
    /// What it is a part of.
    pub part: Part,
    /// Whether more follow.
    pub follow: Follow,
    /// The bytes.
    pub data: Bytes,
}

impl Fragment {
    /// Takes the first fragment from the content of a P-DATA-TF PDU (PS3.8 9.3.5); nothing when
    /// there is none left.
    pub fn take(content: &mut Bytes) -> Result<Option<Self>, MessageError> {
        if content.is_empty() {
            return Ok(None);
        }
        let Some(header) = content.first_chunk::<PDV_HEADER_BYTES>() else {
            return Err(MessageError::CutOff);
        };
        let [length @ .., context, control] = *header;
        // The length counts the context and the control header.
        let length = (u32::from_be_bytes(length) as usize).checked_sub(2);
        let length = length.ok_or(MessageError::CutOff)?;
        content.advance(PDV_HEADER_BYTES);
        if length > content.len() {
            return Err(MessageError::CutOff);
        }
        let part = if control & CONTROL_COMMAND == 0 { Part::Data } else { Part::Command };
        let follow = if control & CONTROL_LAST == 0 { Follow::More } else { Follow::Last };
        Ok(Some(Self { context, part, follow, data: content.split_to(length) }))
    }
}

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

/// Why fragments do not make a message. The association cannot go on after any of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// A presentation data value that is longer than its PDU, or has no header.
    #[error("a fragment is not whole")]
    CutOff,
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
    pub fn after(self, fragment: &Fragment) -> Result<(Self, Heard<'_>), MessageError> {
        let found = fragment.context;
        match (self, fragment.part) {
            (Waiting::ForCommand, Part::Command) => take_command(found, Vec::new(), 0, fragment),
            (Waiting::ForRestOfCommand { context, command, spent }, Part::Command) => {
                same(context, found)?;
                take_command(context, command, spent, fragment)
            }
            (Waiting::ForData { context }, Part::Data) => {
                same(context, found)?;
                let next = match fragment.follow {
                    Follow::Last => Waiting::ForCommand,
                    Follow::More => Waiting::ForData { context },
                };
                Ok((next, Heard::Piece { bytes: &fragment.data, follow: fragment.follow }))
            }
            (Waiting::ForCommand, Part::Data)
            | (Waiting::ForRestOfCommand { .. }, Part::Data)
            | (Waiting::ForData { .. }, Part::Command) => {
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
    fragment: &Fragment,
) -> Result<(Waiting, Heard<'_>), MessageError> {
    let spent = spent + fragment.data.len().max(1);
    if spent > COMMAND_BYTES_MAX {
        return Err(MessageError::CommandTooLong);
    }
    if command.is_empty() && fragment.follow == Follow::Last {
        return whole_command(context, &fragment.data);
    }
    command.extend_from_slice(&fragment.data);
    if fragment.follow == Follow::More {
        return Ok((Waiting::ForRestOfCommand { context, command, spent }, Heard::Part));
    }
    whole_command(context, &command)
}

fn whole_command<'a>(context: u8, bytes: &[u8]) -> Result<(Waiting, Heard<'a>), MessageError> {
    let command = Command::parse(bytes)?;
    let next = match command.payload {
        Payload::None => Waiting::ForCommand,
        Payload::DataSet => Waiting::ForData { context },
    };
    Ok((next, Heard::Command { context, command }))
}

/// How many bytes of a message fit into one PDU for a peer, which takes PDUs of
/// `peer_pdu_bytes_max` at most (0 means any). Fragments have an even length (PS3.8 9.3.5.1),
/// besides the last one.
fn fragment_bytes(peer_pdu_bytes_max: u32) -> usize {
    let pdu_bytes = match peer_pdu_bytes_max {
        0 => SENT_PDU_BYTES_MAX,
        max => max.min(SENT_PDU_BYTES_MAX),
    };
    ((pdu_bytes as usize).saturating_sub(PDV_HEADER_BYTES) & !1).max(2)
}

/// The places at which a command or a data set is cut for a peer; also nothing is one fragment.
pub(crate) fn cuts(
    bytes: usize,
    peer_pdu_bytes_max: u32,
) -> impl Iterator<Item = (std::ops::Range<usize>, Follow)> {
    let most = fragment_bytes(peer_pdu_bytes_max);
    let count = bytes.div_ceil(most).max(1);
    (0..count).map(move |index| {
        let follow = if index + 1 == count { Follow::Last } else { Follow::More };
        (index * most..bytes.min((index + 1) * most), follow)
    })
}

/// The header of a P-DATA-TF PDU with one fragment of so many bytes, and of that fragment.
pub(crate) fn header(
    context: u8,
    (part, follow): (Part, Follow),
    bytes: usize,
) -> [u8; PDU_HEADER_BYTES + PDV_HEADER_BYTES] {
    let [p0, p1, p2, p3] = ((bytes + PDV_HEADER_BYTES) as u32).to_be_bytes();
    let [v0, v1, v2, v3] = ((bytes + 2) as u32).to_be_bytes();
    let command = if part == Part::Command { CONTROL_COMMAND } else { 0 };
    let last = if follow == Follow::Last { CONTROL_LAST } else { 0 };
    [4, 0, p0, p1, p2, p3, v0, v1, v2, v3, context, command | last]
}

/// Adds the PDUs that carry a command or a data set.
pub(crate) fn encode(
    to: &mut Vec<u8>,
    (context, part): (u8, Part),
    bytes: &[u8],
    peer_pdu_bytes_max: u32,
) {
    for (range, follow) in cuts(bytes.len(), peer_pdu_bytes_max) {
        to.extend_from_slice(&header(context, (part, follow), range.len()));
        to.extend_from_slice(&bytes[range]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Operation, echo_request, store_request};

    fn fragment(context: u8, part: Part, is_last: bool, data: &[u8]) -> Fragment {
        let follow = if is_last { Follow::Last } else { Follow::More };
        Fragment { context, part, follow, data: Bytes::copy_from_slice(data) }
    }
    fn command(is_last: bool, data: &[u8]) -> Fragment {
        fragment(1, Part::Command, is_last, data)
    }
    fn data(is_last: bool, data: &[u8]) -> Fragment {
        fragment(1, Part::Data, is_last, data)
    }
    fn waiting_for_data() -> Waiting {
        let store = command(true, &store_request(1, "1.2", "1.2.3"));
        Waiting::ForCommand.after(&store).unwrap().0
    }

    #[track_caller]
    fn check_refused(waiting: Waiting, fragment: Fragment, expected: MessageError) {
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
        let astray = fragment(3, Part::Data, true, b"");
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
        let mut said = Vec::new();
        encode(&mut said, (1, Part::Data), &vec![7; bytes], peer_pdu_bytes_max);
        let mut rest = Bytes::from(said);
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let length = u32::from_be_bytes(*rest[2..].first_chunk().unwrap()) as usize;
            let mut content = rest.split_to(PDU_HEADER_BYTES + length).slice(PDU_HEADER_BYTES..);
            parts.push(Fragment::take(&mut content).unwrap().unwrap());
            assert_eq!(Fragment::take(&mut content), Ok(None));
        }
        let lengths: Vec<_> = parts.iter().map(|part| part.data.len()).collect();
        assert_eq!(lengths, expected);
        let last: Vec<_> = parts.iter().filter(|part| part.follow == Follow::Last).collect();
        assert!(last.len() == 1 && parts.last().unwrap().follow == Follow::Last);
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

    #[track_caller]
    fn check_cut_off(content: &'static [u8]) {
        let mut content = Bytes::from_static(content);
        assert_eq!(Fragment::take(&mut content), Err(MessageError::CutOff));
    }

    #[test]
    fn a_fragment_ends_with_its_pdu() {
        check_cut_off(&[0, 0, 0, 3, 1]);
        check_cut_off(&[0, 0, 0, 3, 1, 3]);
        check_cut_off(&[0, 0, 0, 1, 1, 3]);
        check_cut_off(&[0xff, 0xff, 0xff, 0xff, 1, 3, 9]);
    }
}
