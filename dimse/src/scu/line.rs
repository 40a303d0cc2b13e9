//! An association that we ask for: how it is opened, what is said and heard on it, how it ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use dicom_ul::pdu::{
    AbortRQServiceProviderReason as AbortReason, AbortRQSource, AssociationRJ, AssociationRJResult,
    AssociationRQ, Pdu, PresentationContextProposed, RequestorRoles, UserVariableItem,
};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::Peer;
use super::answer::Answer;
use super::error::ScuError;
use super::stream::Stream;
use crate::association::AssociationError;
use crate::command::{Command, Operation, Payload};
use crate::dialogue::{Dialogue, Word};
use crate::message::{Follow, Heard};
use crate::negotiation::{APPLICATION_CONTEXT, PROTOCOL_VERSION, user_variables};
use crate::policy::PDU_BYTES_MIN;
use crate::wire::{Wire, WireError, decode, kind};

/// Presentation contexts of one association: the odd numbers of a byte (PS3.8 9.3.2.2).
pub(super) const CONTEXTS_MAX: usize = 128;

/// Largest PDU we take as a user, in bytes, where responses of a few hundred come.
pub(super) const RESPONSE_PDU_BYTES: u32 = 4 * PDU_BYTES_MIN;

/// The same where matches or objects come.
pub(super) const OBJECT_PDU_BYTES: u32 = 128 * 1024;

/// Largest data set that comes with a response, in bytes: a match has a few hundred.
const DATA_SET_BYTES_MAX: usize = crate::identifier::DATA_SET_BYTES_MAX;

/// A presentation context that we ask for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Proposal {
    pub(super) class: String,
    pub(super) syntaxes: Vec<String>,
}

/// What we ask for.
#[derive(Debug)]
pub(super) struct Proposals {
    pub(super) contexts: Vec<Proposal>,
    /// Classes of which we are the provider.
    pub(super) exchanged: Vec<String>,
    /// Extended negotiation, by class.
    pub(super) extended: Vec<(String, Vec<u8>)>,
    /// Largest PDU we take.
    pub(super) pdu_bytes_max: u32,
}

impl Proposals {
    /// We ask, the peer answers in few words.
    pub(super) fn of(contexts: Vec<Proposal>) -> Self {
        let (exchanged, extended) = (Vec::new(), Vec::new());
        Self { contexts, exchanged, extended, pdu_bytes_max: RESPONSE_PDU_BYTES }
    }

    fn roles(&self) -> impl Iterator<Item = UserVariableItem> {
        self.exchanged.iter().map(|class| {
            let provider = RequestorRoles { scu: false, scp: true };
            UserVariableItem::ScuScpRoleSelectionSubItem(class.clone(), provider)
        })
    }
}

/// A context that was agreed.
#[derive(Debug, Clone)]
pub(super) struct Agreed {
    pub(super) class: String,
    pub(super) syntax: String,
}

/// An association that we opened. After an error it is of no more use.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) peer: Peer,
    pub(super) dialogue: Dialogue<Stream>,
    pub(super) contexts: BTreeMap<u8, Agreed>,
    last_message_id: u16,
    /// Whether something went wrong after which nothing can be said any more.
    broken: Option<String>,
}

/// A message of the peer.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) context: u8,
    pub(super) command: Command,
    pub(super) data_set: Vec<u8>,
}

impl Line {
    /// Opens an association.
    pub(super) async fn open(peer: &Peer, proposals: Proposals) -> Result<Self, ScuError> {
        if proposals.contexts.len() > CONTEXTS_MAX {
            return Err(ScuError::TooManyKinds(proposals.contexts.len()));
        }
        let mut user_variables = user_variables(proposals.pdu_bytes_max);
        user_variables.extend(proposals.roles());
        user_variables.extend(proposals.extended.iter().map(|(class, bytes)| {
            UserVariableItem::SopClassExtendedNegotiationSubItem(class.clone(), bytes.clone())
        }));
        let mut wire = connect(peer, proposals.pdu_bytes_max).await?;
        let proposed: Vec<_> = proposals
            .contexts
            .into_iter()
            .zip((1..=u8::MAX).step_by(2))
            .map(|(Proposal { class, syntaxes }, id)| PresentationContextProposed {
                id,
                abstract_syntax: class,
                transfer_syntaxes: syntaxes,
            })
            .collect();
        let request = Pdu::AssociationRQ(AssociationRQ {
            protocol_version: PROTOCOL_VERSION,
            calling_ae_title: peer.calling.to_string(),
            called_ae_title: peer.called.to_string(),
            application_context_name: APPLICATION_CONTEXT.into(),
            presentation_contexts: proposed.clone(),
            user_variables,
        });
        wire.write(&request).await.map_err(|error| failed(peer, error))?;
        let answer = answer(peer, &mut wire).await?;
        let contexts = proposed.into_iter().filter_map(|context| {
            let syntax = answer.accepted.get(&context.id)?;
            if !context.transfer_syntaxes.contains(syntax) {
                return None;
            }
            // Without an answer about roles the requestor is the user (PS3.7 D.3.3.4).
            let class = context.abstract_syntax;
            let is_refused =
                proposals.exchanged.contains(&class) && !answer.provided.contains(&class);
            (!is_refused).then(|| (context.id, Agreed { class, syntax: syntax.clone() }))
        });
        let contexts = contexts.collect();
        let dialogue = Dialogue::new(wire, answer.pdu_bytes_max);
        Ok(Self { peer: peer.clone(), dialogue, contexts, last_message_id: 0, broken: None })
    }

    /// The first context of a class, with its syntax.
    pub(super) fn context_of(&self, class: &str) -> Option<(u8, &Agreed)> {
        let mut contexts = self.contexts.iter();
        contexts.find(|(_, agreed)| agreed.class == class).map(|(id, agreed)| (*id, agreed))
    }

    /// Whether the association can still be used.
    pub(super) fn is_sound(&self) -> bool {
        self.broken.is_none()
    }

    /// Distinct among the messages of an association: they wrap after 65535, one at a time.
    pub(super) fn next_message_id(&mut self) -> u16 {
        self.last_message_id = self.last_message_id.checked_add(1).unwrap_or(1);
        self.last_message_id
    }

    /// Says a message.
    pub(super) async fn tell(
        &mut self,
        context: u8,
        command: &[u8],
        data_set: Option<&Bytes>,
    ) -> Result<(), ScuError> {
        if let Some(why) = &self.broken {
            return Err(ScuError::Ended(why.clone()));
        }
        let said = match data_set {
            Some(bytes) => self.dialogue.send(context, command, bytes).await,
            None => match self.dialogue.say(context, command, None).await {
                Ok(()) => self.dialogue.flush().await,
                failed => failed,
            },
        };
        match said {
            Ok(()) => Ok(()),
            // A peer that aborts while we still write has usually said why: read that first.
            Err(error) => {
                let until = Instant::now() + self.peer.timeouts.write;
                let error = match self.message(until).await {
                    Err(ended @ ScuError::Ended(_)) => ended,
                    _ => failed(&self.peer, error),
                };
                Err(self.broken(error))
            }
        }
    }

    /// Says a message and hears the response to it, which has no data set.
    pub(super) async fn ask(
        &mut self,
        context: u8,
        message_id: u16,
        command: &[u8],
        data_set: Option<&Bytes>,
    ) -> Result<Command, ScuError> {
        self.tell(context, command, data_set).await?;
        let until = Instant::now() + self.peer.timeouts.response;
        let heard = self.hear(until).await?;
        self.check_response(heard, (context, message_id)).map(|message| message.command)
    }

    /// A response to the message that was sent; one to another message, on another context, or
    /// with a data set where none belongs, makes no sense.
    pub(super) fn check_response(
        &mut self,
        message: Message,
        (context, message_id): (u8, u16),
    ) -> Result<Message, ScuError> {
        let why = match &message.command {
            _ if message.context != context => format!("a message on context {}", message.context),
            command if !matches!(command.operation, Operation::Response(_)) => {
                "a message that is no plain response".to_owned()
            }
            command if command.message_id != message_id => {
                format!("a response to message {}", command.message_id)
            }
            _ => return Ok(message),
        };
        Err(self.broken(ScuError::Nonsense(why)))
    }

    /// Hears a whole message; its data set is kept in memory.
    pub(super) async fn hear(&mut self, until: Instant) -> Result<Message, ScuError> {
        let heard = self.message(until).await;
        heard.map_err(|error| self.broken(error))
    }

    async fn message(&mut self, until: Instant) -> Result<Message, ScuError> {
        let (context, command) = self.begin_message(until).await?;
        let mut data_set = Vec::new();
        if command.payload == Payload::None {
            return Ok(Message { context, command, data_set });
        }
        loop {
            let (bytes, follow) = self.piece(until).await?;
            data_set.extend_from_slice(&bytes);
            if data_set.len() > DATA_SET_BYTES_MAX {
                return Err(ScuError::Nonsense("a response that has no end".into()));
            }
            if follow == Follow::Last {
                return Ok(Message { context, command, data_set });
            }
        }
    }

    /// Hears the command of a message; if it announces a data set, its pieces follow.
    pub(super) async fn begin_message(
        &mut self,
        until: Instant,
    ) -> Result<(u8, Command), ScuError> {
        loop {
            let fragment = self.fragment(until).await?;
            let waiting = std::mem::take(&mut self.dialogue.waiting);
            let (waiting, heard) = waiting.after(&fragment).map_err(nonsense)?;
            self.dialogue.waiting = waiting;
            match heard {
                Heard::Command { context, command } => return Ok((context, command)),
                Heard::Part | Heard::Piece { .. } => {}
            }
        }
    }

    /// The next piece of the data set that a command announced.
    pub(super) async fn piece(&mut self, until: Instant) -> Result<(Bytes, Follow), ScuError> {
        let fragment = self.fragment(until).await?;
        let waiting = std::mem::take(&mut self.dialogue.waiting);
        let (waiting, heard) = waiting.after(&fragment).map_err(nonsense)?;
        self.dialogue.waiting = waiting;
        match heard {
            Heard::Piece { follow, .. } => Ok((fragment.data, follow)),
            _ => Err(ScuError::Nonsense("a command inside of a data set".into())),
        }
    }

    async fn fragment(&mut self, until: Instant) -> Result<crate::message::Fragment, ScuError> {
        match self.dialogue.next(until).await {
            Ok(Word::Fragment(fragment)) => {
                let id = fragment.context;
                if self.contexts.contains_key(&id) {
                    return Ok(fragment);
                }
                Err(ScuError::Nonsense(format!("a message on context {id}")))
            }
            Ok(Word::Released) => Err(ScuError::Ended("it asked for a release".into())),
            Ok(Word::Aborted(source)) => Err(ScuError::Ended(words(&source))),
            Err(AssociationError::Wire(error)) => Err(failed(&self.peer, error)),
            Err(error) => Err(nonsense(error)),
        }
    }

    /// Notes that the association is of no more use, and why.
    pub(super) fn broken(&mut self, error: ScuError) -> ScuError {
        self.broken.get_or_insert_with(|| error.to_string());
        error
    }

    /// Ends the association in order (PS3.8 9.2.2). What was stored stays so, whatever happens.
    pub(super) async fn release(mut self) {
        let wire = &mut self.dialogue.wire;
        if self.broken.is_some() || wire.write(&Pdu::ReleaseRQ).await.is_err() {
            return;
        }
        let until = Instant::now() + self.peer.timeouts.association;
        let reason = loop {
            match wire.read(until).await {
                Ok(Pdu::ReleaseRP) => return,
                // Both ask at the same time: the requestor answers first (PS3.8 9.2.2, AR-8).
                Ok(Pdu::ReleaseRQ) if wire.write(&Pdu::ReleaseRP).await.is_ok() => {}
                Ok(Pdu::PData { .. }) => {}
                Ok(_) => break AbortReason::UnexpectedPdu,
                Err(_) => break AbortReason::ReasonNotSpecified,
            }
        };
        self.dialogue.wire.abort(reason).await;
    }
}

async fn connect(peer: &Peer, pdu_bytes_max: u32) -> Result<Wire<Stream>, ScuError> {
    let unreachable = |source| ScuError::Unreachable { address: peer.address.clone(), source };
    let stream = timeout(peer.timeouts.connect, TcpStream::connect(&peer.address))
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
        .map_err(unreachable)?;
    // A command and its data set are separate writes: neither must wait for the other's receipt.
    stream.set_nodelay(true).map_err(unreachable)?;
    let stream = match &peer.tls {
        None => Stream::Plain(stream),
        Some(tls) => {
            let connector = TlsConnector::from(Arc::clone(&tls.config));
            let shaken = connector.connect(tls.name.clone(), stream);
            let shaken = timeout(peer.timeouts.connect, shaken).await;
            let shaken = shaken.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
            let insecure = |source| ScuError::Insecure { address: peer.address.clone(), source };
            Stream::Secure(Box::new(shaken.map_err(insecure)?))
        }
    };
    Ok(Wire::new(stream, pdu_bytes_max, peer.timeouts.write))
}

/// The answer to our association request.
async fn answer(peer: &Peer, wire: &mut Wire<Stream>) -> Result<Answer, ScuError> {
    let until = Instant::now() + peer.timeouts.association;
    let (kind, bytes) = wire.read_raw(until).await.map_err(|error| failed(peer, error))?;
    if kind == kind::ASSOCIATE_AC {
        let nonsense = || ScuError::Nonsense("an unreadable association answer".into());
        return Answer::parse(&bytes).ok_or_else(nonsense);
    }
    match decode(bytes) {
        Ok(Pdu::AssociationRJ(AssociationRJ { result, source })) => {
            let called = peer.called.to_string();
            let (address, reason) = (peer.address.clone(), source.to_string());
            Err(match result {
                AssociationRJResult::Permanent => ScuError::NotAccepted { called, address, reason },
                AssociationRJResult::Transient => ScuError::Busy { called, address, reason },
            })
        }
        Ok(Pdu::AbortRQ { source }) => Err(ScuError::Ended(words(&source))),
        Ok(other) => Err(ScuError::Nonsense(other.short_description().to_string())),
        Err(error) => Err(failed(peer, error)),
    }
}

/// Who aborted an association, and why.
fn words(source: &AbortRQSource) -> String {
    match source {
        AbortRQSource::ServiceUser => "its application aborted it".into(),
        AbortRQSource::ServiceProvider(reason) => format!("its network layer aborted it: {reason}"),
        AbortRQSource::Reserved => "it was aborted".into(),
    }
}

fn nonsense(error: impl std::fmt::Display) -> ScuError {
    ScuError::Nonsense(error.to_string())
}

fn failed(peer: &Peer, source: WireError) -> ScuError {
    ScuError::Connection { called: peer.called.to_string(), source: source.into() }
}
