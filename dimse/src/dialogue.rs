//! What is said and heard on an agreed association: fragments in, whole messages out.
//!
//! Fragments are taken from the bytes that were read and are not copied. What is said is gathered
//! and written in as few writes as there are reasons to wait.

use bytes::{Buf, Bytes};
use dicom_ul::pdu::{AbortRQSource, Pdu};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Duration, Instant};

use crate::association::{AssociationError, Ending};
use crate::command::{Command, Operation, Payload};
use crate::message::{Fragment, Heard, MessageError, PDU_HEADER_BYTES, Part, Waiting};
use crate::message::{cuts, encode, header};
use crate::wire::{Wire, WireError, decode, kind};

/// How much is gathered before it is written, in bytes: a hundred small responses in one packet
/// train, and no more held for a peer that reads slowly.
const GATHERED_BYTES_MAX: usize = 48 * 1024;

/// After this much silence between messages the memory of the last one is given back.
const REST_AFTER: Duration = Duration::from_secs(2);

/// An agreed association.
#[derive(Debug)]
pub(crate) struct Dialogue<S> {
    pub(crate) wire: Wire<S>,
    /// Fragments of the last PDU that were not taken yet.
    rest: Bytes,
    /// What the next fragment has to be.
    pub(crate) waiting: Waiting,
    peer_pdu_bytes_max: u32,
    /// What was said and is not written yet.
    gathered: Vec<u8>,
}

/// What a peer says.
#[derive(Debug)]
pub(crate) enum Word {
    /// A part of a message.
    Fragment(Fragment),
    /// The peer has released the association; that is confirmed already.
    Released,
    /// The peer has aborted it.
    Aborted(AbortRQSource),
}

/// What a peer says while we do something for it.
#[derive(Debug)]
pub(crate) enum Aside {
    /// The operation with this message id is to end.
    Cancel(u16),
    /// The response to what we asked meanwhile.
    Response(Box<Command>),
}

/// How something that takes a while came to its end.
#[derive(Debug)]
pub(crate) enum During<T> {
    /// It is done.
    Done(T),
    /// The peer does not want it any more.
    Cancelled,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Dialogue<S> {
    pub(crate) fn new(wire: Wire<S>, peer_pdu_bytes_max: u32) -> Self {
        Self {
            wire,
            rest: Bytes::new(),
            waiting: Waiting::default(),
            peer_pdu_bytes_max,
            gathered: Vec::new(),
        }
    }

    /// The next thing that the peer says. Nothing is lost when this is cancelled and called again.
    pub(crate) async fn next(&mut self, until: Instant) -> Result<Word, AssociationError> {
        if let Some(fragment) = Fragment::take(&mut self.rest)? {
            return Ok(Word::Fragment(fragment));
        }
        // The last PDU must be let go before its memory can be used again.
        self.rest = Bytes::new();
        let (kind, mut pdu) = self.patiently(until).await?;
        if kind == kind::P_DATA {
            pdu.advance(PDU_HEADER_BYTES);
            self.rest = pdu;
            let first = Fragment::take(&mut self.rest)?.ok_or(MessageError::CutOff)?;
            return Ok(Word::Fragment(first));
        }
        match decode(pdu)? {
            Pdu::ReleaseRQ => {
                self.flush().await?;
                self.wire.write(&Pdu::ReleaseRP).await?;
                Ok(Word::Released)
            }
            Pdu::AbortRQ { source } => Ok(Word::Aborted(source)),
            other => Err(AssociationError::Unexpected(other.short_description().to_string())),
        }
    }

    async fn patiently(&mut self, until: Instant) -> Result<(u8, Bytes), WireError> {
        let soon = Instant::now() + REST_AFTER;
        if soon < until {
            match self.wire.read_raw(soon).await {
                Err(WireError::Silent) => self.wire.rest(),
                read => return read,
            }
        }
        self.wire.read_raw(until).await
    }

    /// What the peer says while an operation is under way: a cancel, or a response. Nothing, if it
    /// says nothing until then.
    pub(crate) async fn aside(
        &mut self,
        until: Instant,
    ) -> Result<Option<Aside>, AssociationError> {
        loop {
            let fragment = match self.next(until).await {
                Ok(Word::Fragment(fragment)) => fragment,
                Ok(Word::Released) => return Err(AssociationError::Left(Ending::Released)),
                Ok(Word::Aborted(_)) => return Err(AssociationError::Left(Ending::Aborted)),
                Err(AssociationError::Wire(WireError::Silent)) => return Ok(None),
                Err(error) => return Err(error),
            };
            let waiting = std::mem::take(&mut self.waiting);
            let (waiting, heard) = waiting.after(&fragment)?;
            self.waiting = waiting;
            let Heard::Command { command, .. } = heard else { continue };
            match (&command.operation, command.payload) {
                (Operation::Cancel, Payload::None) => {
                    return Ok(Some(Aside::Cancel(command.message_id)));
                }
                (Operation::Response(_), Payload::None) => {
                    return Ok(Some(Aside::Response(Box::new(command))));
                }
                // One request at a time: nothing else was negotiated (PS3.7 D.3.3.3).
                _ => return Err(AssociationError::TwoAtATime),
            }
        }
    }

    /// Whether the peer has cancelled an operation by now.
    pub(crate) async fn is_cancelled(&mut self, message_id: u16) -> Result<bool, AssociationError> {
        // Others have their turn, the network among them.
        tokio::task::yield_now().await;
        // What is there already is taken; a timer would round a moment up to a millisecond.
        let until = Instant::now() + REST_AFTER;
        let heard = tokio::select! {
            biased;
            heard = self.aside(until) => heard?,
            () = std::future::ready(()) => None,
        };
        match heard {
            None => Ok(false),
            // A cancel of something that is over already changes nothing (PS3.7 9.3.2.3).
            Some(Aside::Cancel(id)) => Ok(id == message_id),
            Some(Aside::Response(_)) => Err(AssociationError::Unasked),
        }
    }

    /// Waits for something to be done, and listens meanwhile.
    pub(crate) async fn during<T>(
        &mut self,
        message_id: u16,
        until: Instant,
        work: impl Future<Output = T>,
    ) -> Result<During<T>, AssociationError> {
        tokio::pin!(work);
        loop {
            let heard = tokio::select! {
                biased;
                done = &mut work => return Ok(During::Done(done)),
                heard = self.aside(until) => heard?,
            };
            match heard {
                Some(Aside::Cancel(id)) if id == message_id => return Ok(During::Cancelled),
                Some(Aside::Cancel(_)) => {}
                Some(Aside::Response(_)) => return Err(AssociationError::Unasked),
                None => return Err(AssociationError::TooSlow),
            }
        }
    }

    /// Says a command, with the data set that follows it, if any; it is written with the next
    /// [`flush`](Self::flush), or when enough is gathered.
    pub(crate) async fn say(
        &mut self,
        context: u8,
        command: &[u8],
        data_set: Option<&[u8]>,
    ) -> Result<(), WireError> {
        encode(&mut self.gathered, (context, Part::Command), command, self.peer_pdu_bytes_max);
        if let Some(bytes) = data_set {
            encode(&mut self.gathered, (context, Part::Data), bytes, self.peer_pdu_bytes_max);
        }
        if self.gathered.len() >= GATHERED_BYTES_MAX { self.flush().await } else { Ok(()) }
    }

    /// Whether anything is gathered that was not written yet.
    pub(crate) fn is_flushed(&self) -> bool {
        self.gathered.is_empty()
    }

    /// Writes what was said.
    pub(crate) async fn flush(&mut self) -> Result<(), WireError> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let written = self.wire.write_bytes(&mut &self.gathered[..]).await;
        self.gathered.clear();
        self.gathered.shrink_to(2 * GATHERED_BYTES_MAX);
        written
    }

    /// Says a command with an object, whose bytes are not copied.
    pub(crate) async fn send(
        &mut self,
        context: u8,
        command: &[u8],
        object: &[u8],
    ) -> Result<(), WireError> {
        encode(&mut self.gathered, (context, Part::Command), command, self.peer_pdu_bytes_max);
        for (range, follow) in cuts(object.len(), self.peer_pdu_bytes_max) {
            let piece = &object[range];
            let head = header(context, (Part::Data, follow), piece.len());
            self.gathered.extend_from_slice(&head);
            self.wire.write_bytes(&mut Buf::chain(&self.gathered[..], piece)).await?;
            self.gathered.clear();
        }
        Ok(())
    }
}
