//! An association that we ask for, and what we say on it.

use std::collections::BTreeMap;

use dicom_ul::pdu::{
    AbortRQServiceProviderReason as AbortReason, AbortRQSource, AssociationRJ, AssociationRJResult,
    AssociationRQ, PDataValueType, Pdu, PresentationContextProposed,
};
use interval_core::uid::{ClassUid, SyntaxUid};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::answer::Answer;
use super::error::ScuError;
use super::{Outgoing, Peer, Stored};
use crate::classes::{EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, VERIFICATION};
use crate::command::{Command, Operation, Payload, echo_request, store_request};
use crate::message::{Heard, Waiting, fragments};
use crate::negotiation::{APPLICATION_CONTEXT, PROTOCOL_VERSION, user_variables};
use crate::policy::PDU_BYTES_MIN;
use crate::status::Outcome;
use crate::wire::{Wire, WireError, decode, kind};

/// Presentation contexts of one association: the odd numbers of a byte (PS3.8 9.3.2.2).
const CONTEXTS_MAX: usize = 128;

/// Largest PDU we take as a user, in bytes: responses are a few hundred.
const RESPONSE_PDU_BYTES: u32 = 4 * PDU_BYTES_MIN;

/// An open association to a peer. Objects go one after the other; after an error other than a
/// refused object, it is of no more use. Dropped without [`release`](Sender::release) the
/// connection is just closed.
#[derive(Debug)]
pub struct Sender {
    peer: Peer,
    wire: Wire<TcpStream>,
    /// Which context is for which class in which syntax.
    contexts: BTreeMap<(String, String), u8>,
    peer_pdu_bytes_max: u32,
    last_message_id: u16,
    /// Whether something went wrong after which nothing can be said any more.
    broken: Option<String>,
}

impl Sender {
    /// Opens an association for objects of these classes, each in its own transfer syntax.
    pub async fn open(
        peer: &Peer,
        kinds: impl IntoIterator<Item = (ClassUid, SyntaxUid)>,
    ) -> Result<Self, ScuError> {
        let mut distinct: Vec<_> = kinds
            .into_iter()
            .map(|(class, syntax)| (class.to_string(), vec![syntax.to_string()]))
            .collect();
        distinct.sort();
        distinct.dedup();
        Self::associate(peer, distinct).await
    }

    /// Opens an association for Verification.
    pub async fn open_for_echo(peer: &Peer) -> Result<Self, ScuError> {
        let either = [IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN].map(str::to_owned);
        Self::associate(peer, vec![(VERIFICATION.to_owned(), either.to_vec())]).await
    }

    async fn associate(
        peer: &Peer,
        proposed: Vec<(String, Vec<String>)>,
    ) -> Result<Self, ScuError> {
        if proposed.len() > CONTEXTS_MAX {
            return Err(ScuError::TooManyKinds(proposed.len()));
        }
        let mut wire = connect(peer).await?;
        let proposed: Vec<_> = proposed
            .into_iter()
            .zip((1..=u8::MAX).step_by(2))
            .map(|((abstract_syntax, transfer_syntaxes), id)| PresentationContextProposed {
                id,
                abstract_syntax,
                transfer_syntaxes,
            })
            .collect();
        let request = Pdu::AssociationRQ(AssociationRQ {
            protocol_version: PROTOCOL_VERSION,
            calling_ae_title: peer.calling.to_string(),
            called_ae_title: peer.called.to_string(),
            application_context_name: APPLICATION_CONTEXT.into(),
            presentation_contexts: proposed.clone(),
            user_variables: user_variables(RESPONSE_PDU_BYTES, &BTreeMap::new()),
        });
        wire.write(&request).await.map_err(|error| failed(peer, error))?;
        let answer = answer(peer, &mut wire).await?;
        let contexts = proposed.into_iter().filter_map(|context| {
            let syntax = answer.accepted.get(&context.id)?;
            let proposed = context.transfer_syntaxes.contains(syntax);
            proposed.then(|| ((context.abstract_syntax, syntax.clone()), context.id))
        });
        Ok(Self {
            peer: peer.clone(),
            wire,
            contexts: contexts.collect(),
            peer_pdu_bytes_max: answer.pdu_bytes_max,
            last_message_id: 0,
            broken: None,
        })
    }

    /// C-ECHO.
    pub async fn echo(&mut self) -> Result<(), ScuError> {
        let context = self
            .contexts
            .iter()
            .find(|((class, _), _)| class == VERIFICATION)
            .map(|(_, id)| *id)
            .ok_or(ScuError::EchoNotAccepted)?;
        let id = self.next_message_id();
        let response = self.ask(context, id, &echo_request(id, VERIFICATION), None).await?;
        match response.operation {
            Operation::Response(status) if status.outcome() != Outcome::Success => {
                Err(ScuError::NotEchoed(status))
            }
            _ => Ok(()),
        }
    }

    /// C-STORE of one object. A warning is a success with a note.
    pub async fn store(&mut self, object: &Outgoing) -> Result<Stored, ScuError> {
        let kind = (object.class.to_string(), object.syntax.to_string());
        let context = *self.contexts.get(&kind).ok_or_else(|| ScuError::KindNotAccepted {
            class: object.class.clone(),
            syntax: object.syntax.clone(),
        })?;
        let id = self.next_message_id();
        let request = store_request(id, object.class.as_str(), object.instance.as_str());
        let response = self.ask(context, id, &request, Some(&object.data_set)).await?;
        let Operation::Response(status) = response.operation else {
            return Err(ScuError::Nonsense("a request".into()));
        };
        let comment = response.comment;
        match status.outcome() {
            Outcome::Success => Ok(Stored { note: None }),
            Outcome::Warning => {
                Ok(Stored { note: Some(format!("{status} {comment}").trim_end().to_owned()) })
            }
            Outcome::Failure(_) => {
                Err(ScuError::NotStored { instance: object.instance.clone(), status, comment })
            }
        }
    }

    /// Ends the association in order (PS3.8 9.2.2). What was stored stays so, whatever happens.
    pub async fn release(mut self) {
        if self.broken.is_some() || self.wire.write(&Pdu::ReleaseRQ).await.is_err() {
            return;
        }
        let until = Instant::now() + self.peer.timeouts.association;
        loop {
            match self.wire.read(until).await {
                Ok(Pdu::ReleaseRP) => return,
                // Both ask at the same time: the requestor answers first (PS3.8 9.2.2, AR-8).
                Ok(Pdu::ReleaseRQ) if self.wire.write(&Pdu::ReleaseRP).await.is_ok() => {}
                Ok(Pdu::PData { .. }) => {}
                Ok(_) => return self.wire.abort(AbortReason::UnexpectedPdu).await,
                Err(_) => return self.wire.abort(AbortReason::ReasonNotSpecified).await,
            }
        }
    }

    /// Distinct among the messages of an association: they wrap after 65535, one at a time.
    fn next_message_id(&mut self) -> u16 {
        self.last_message_id = self.last_message_id.checked_add(1).unwrap_or(1);
        self.last_message_id
    }

    /// Says a message and hears the response to it.
    async fn ask(
        &mut self,
        context: u8,
        message_id: u16,
        command: &[u8],
        data_set: Option<&[u8]>,
    ) -> Result<Command, ScuError> {
        if let Some(why) = &self.broken {
            return Err(ScuError::Ended(why.clone()));
        }
        let said = async {
            self.say(context, PDataValueType::Command, command).await?;
            match data_set {
                Some(bytes) => self.say(context, PDataValueType::Data, bytes).await,
                None => Ok(()),
            }
        }
        .await;
        // A peer that aborts while we still write has usually said why: read that first.
        let answered = match said {
            Ok(()) => self.response(context, message_id).await,
            Err(error) => match self.response(context, message_id).await {
                Err(ended @ ScuError::Ended(_)) => Err(ended),
                _ => Err(failed(&self.peer, error)),
            },
        };
        if let Err(error) = &answered {
            self.broken = Some(error.to_string());
        }
        answered
    }

    async fn say(
        &mut self,
        context: u8,
        value_type: PDataValueType,
        bytes: &[u8],
    ) -> Result<(), WireError> {
        for pdu in fragments(context, value_type, bytes, self.peer_pdu_bytes_max) {
            self.wire.write(&pdu).await?;
        }
        Ok(())
    }

    async fn response(&mut self, context: u8, message_id: u16) -> Result<Command, ScuError> {
        let until = Instant::now() + self.peer.timeouts.response;
        let mut waiting = Waiting::default();
        loop {
            let pdu = self.wire.read(until).await.map_err(|error| failed(&self.peer, error))?;
            let fragments = match pdu {
                Pdu::PData { data } => data,
                Pdu::AbortRQ { source } => return Err(ScuError::Ended(words(&source))),
                Pdu::ReleaseRQ => return Err(ScuError::Ended("it asked for a release".into())),
                other => return Err(ScuError::Nonsense(other.short_description().to_string())),
            };
            for fragment in fragments {
                if fragment.presentation_context_id != context {
                    let id = fragment.presentation_context_id;
                    return Err(ScuError::Nonsense(format!("a message on context {id}")));
                }
                let (next, heard) = waiting
                    .after(&fragment)
                    .map_err(|error| ScuError::Nonsense(error.to_string()))?;
                waiting = next;
                if let Heard::Command { command, .. } = heard {
                    return check_response(command, message_id);
                }
            }
        }
    }
}

/// A response without a data set, to the message that was just sent.
fn check_response(command: Command, message_id: u16) -> Result<Command, ScuError> {
    let is_response = matches!(command.operation, Operation::Response(_));
    if !is_response || command.payload == Payload::DataSet {
        return Err(ScuError::Nonsense("a message that is no plain response".into()));
    }
    if command.message_id != message_id {
        let other = command.message_id;
        return Err(ScuError::Nonsense(format!("a response to message {other}")));
    }
    Ok(command)
}

async fn connect(peer: &Peer) -> Result<Wire<TcpStream>, ScuError> {
    let unreachable = |source| ScuError::Unreachable { address: peer.address.clone(), source };
    let stream = timeout(peer.timeouts.connect, TcpStream::connect(&peer.address))
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
        .map_err(unreachable)?;
    // A command and its data set are separate writes: neither must wait for the other's receipt.
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(Wire::new(stream, RESPONSE_PDU_BYTES, peer.timeouts.write))
}

/// The answer to our association request.
async fn answer(peer: &Peer, wire: &mut Wire<TcpStream>) -> Result<Answer, ScuError> {
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

fn failed(peer: &Peer, source: WireError) -> ScuError {
    ScuError::Connection { called: peer.called.to_string(), source: source.into() }
}
