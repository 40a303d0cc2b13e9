//! One association as its acceptor, from agreement to the end (PS3.8 9.2).

use bytes::Bytes;
use dicom_ul::pdu::{AbortRQServiceProviderReason as AbortReason, Pdu};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::caller::Caller;
use crate::command::{Command, Operation};
use crate::dialogue::{Dialogue, Word};
use crate::message::{Follow, Fragment, Heard, MessageError};
use crate::negotiation::{Agreement, Context};
use crate::policy::Policy;
use crate::seats::Turns;
use crate::service::commitment::Reporting;
use crate::service::storage::Receiver;
use crate::service::{Asked, Endless, Finished, Underway, availability, commitment};
use crate::service::{query, retrieve};
use crate::services::Services;
use crate::status::Status;
use crate::wire::{Wire, WireError};

/// How an association ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The peer released it.
    Released,
    /// The peer aborted it.
    Aborted,
    /// We stop.
    Stopped,
}

/// Why we abort an association.
#[derive(Debug, thiserror::Error)]
pub enum AssociationError {
    /// No PDU could be read or written.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Fragments that make no message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A message on a presentation context that was not accepted.
    #[error("a message on presentation context {0}, which was not agreed")]
    NotAgreed(u8),
    /// A PDU that has no place here.
    #[error("an unexpected PDU: {0}")]
    Unexpected(String),
    /// A response to a request that we never sent.
    #[error("a response to a request that we never sent")]
    Unasked,
    /// A request before the last one was answered.
    #[error("a request while another one is under way")]
    TwoAtATime,
    /// The peer goes on with a data set that was refused.
    #[error("a refused data set without an end")]
    Endless,
    /// The host needs longer than anybody waits.
    #[error("an operation took too long")]
    TooSlow,
    /// The peer ended the association in the middle of an operation: that is no fault.
    #[error("the peer left in the middle of an operation")]
    Left(Ending),
}

impl AssociationError {
    /// The reason that an A-ABORT gives, if anybody may still read it.
    pub(crate) fn abort_reason(&self) -> Option<AbortReason> {
        match self {
            AssociationError::Wire(error) => error.abort_reason(),
            AssociationError::Unexpected(_) | AssociationError::TwoAtATime => {
                Some(AbortReason::UnexpectedPdu)
            }
            AssociationError::NotAgreed(_) | AssociationError::Message(_) => {
                Some(AbortReason::InvalidPduParameter)
            }
            AssociationError::Unasked | AssociationError::Endless | AssociationError::TooSlow => {
                Some(AbortReason::ReasonNotSpecified)
            }
            AssociationError::Left(_) => None,
        }
    }
}

impl From<Endless> for AssociationError {
    fn from(_: Endless) -> Self {
        AssociationError::Endless
    }
}

/// What an association is held with.
pub(crate) struct Surroundings<'a, R> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) caller: &'a Caller,
    pub(crate) policy: &'a Policy,
    pub(crate) services: &'a Services<R>,
    pub(crate) turns: &'a Turns,
}

/// An association that was agreed.
pub(crate) struct Association<'a, S, R: Receiver> {
    pub(crate) dialogue: Dialogue<S>,
    around: Surroundings<'a, R>,
    reporting: Reporting,
}

/// The operation under way.
struct Conversation<T> {
    underway: Option<Underway<T>>,
    /// When the first fragment of the message under way came.
    message_since: Instant,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin + Send, R: Receiver> Association<'a, S, R> {
    pub(crate) fn new(mut wire: Wire<S>, around: Surroundings<'a, R>) -> Self {
        wire.agreed();
        let dialogue = Dialogue::new(wire, around.agreement.peer_pdu_bytes_max);
        Self { dialogue, around, reporting: Reporting::default() }
    }

    /// Says that we agree, then listens and answers until the association ends.
    pub(crate) async fn converse(
        &mut self,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Ending, AssociationError> {
        let ending = match self.listen(stop).await {
            Err(AssociationError::Left(ending)) => Ok(ending),
            ending => ending,
        };
        self.reporting.hand_over(self.around.caller).await;
        ending
    }

    async fn listen(
        &mut self,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Ending, AssociationError> {
        let answer = self.around.agreement.answer.clone();
        self.dialogue.wire.write(&Pdu::AssociationAC(answer)).await?;
        let since = Instant::now();
        let mut conversation = Conversation { underway: None, message_since: since };
        loop {
            let between_messages = self.dialogue.waiting.is_between_messages();
            let until = self.until(since, &conversation);
            let word = tokio::select! {
                word = self.dialogue.next(until) => word?,
                report = self.reporting.ready(), if between_messages => {
                    self.reporting.say(&mut self.dialogue, report).await?;
                    continue;
                }
                () = stopped(stop), if between_messages => return Ok(Ending::Stopped),
            };
            match word {
                Word::Fragment(fragment) => {
                    conversation = self.hear(conversation, &fragment).await?;
                }
                Word::Released => return Ok(Ending::Released),
                Word::Aborted(_) => return Ok(Ending::Aborted),
            }
        }
    }

    /// Until when the next PDU has to come.
    fn until(&self, since: Instant, conversation: &Conversation<R::Reception>) -> Instant {
        let patience = &self.around.policy.patience;
        let next = Instant::now() + patience.idle;
        let end = since + patience.association;
        if self.dialogue.waiting.is_between_messages() {
            next.min(end)
        } else {
            next.min(end).min(conversation.message_since + patience.message)
        }
    }

    /// Takes one fragment, and answers the message it completes.
    async fn hear(
        &mut self,
        conversation: Conversation<R::Reception>,
        fragment: &Fragment,
    ) -> Result<Conversation<R::Reception>, AssociationError> {
        let Conversation { underway, mut message_since } = conversation;
        let id = fragment.context;
        let context = self.context(id)?;
        let waiting = std::mem::take(&mut self.dialogue.waiting);
        if waiting.is_between_messages() {
            message_since = Instant::now();
        }
        let (waiting, heard) = waiting.after(fragment)?;
        let is_whole = waiting.is_between_messages();
        self.dialogue.waiting = waiting;
        let underway = match (heard, underway) {
            (Heard::Part, underway) => underway,
            (Heard::Command { command, .. }, _) => {
                if matches!(command.operation, Operation::Response(_)) {
                    self.reporting.heard(&command)?;
                    return Ok(Conversation { underway: None, message_since });
                }
                let (policy, receiver) = (self.around.policy, &*self.around.services.receiver);
                let about = (&self.around.caller.origin, context);
                let begun =
                    Underway::begin(receiver, about, command, policy.instance_bytes_max).await;
                if is_whole {
                    self.finish(id, begun).await?;
                    None
                } else {
                    Some(begun)
                }
            }
            (Heard::Piece { bytes, follow }, Some(mut underway)) => {
                underway.piece(bytes).await?;
                match follow {
                    Follow::More => Some(underway),
                    Follow::Last => {
                        self.finish(id, underway).await?;
                        None
                    }
                }
            }
            (Heard::Piece { .. }, None) => {
                return Err(MessageError::OutOfTurn { context: id }.into());
            }
        };
        Ok(Conversation { underway, message_since })
    }

    fn context(&self, id: u8) -> Result<&'a Context, AssociationError> {
        self.around.agreement.contexts.get(&id).ok_or(AssociationError::NotAgreed(id))
    }

    /// The message is complete: what is asked is done and answered.
    async fn finish(
        &mut self,
        id: u8,
        finished: Underway<R::Reception>,
    ) -> Result<(), AssociationError> {
        match finished.finish().await {
            Finished::Silently => return Ok(()),
            Finished::With(response) => self.dialogue.say(id, &response, None).await?,
            Finished::Collected(command, data_set) => {
                self.perform(id, command, data_set.into()).await?;
            }
        }
        Ok(self.dialogue.flush().await?)
    }

    /// Does what was asked with a data set that is not an object.
    async fn perform(
        &mut self,
        id: u8,
        command: Command,
        data_set: Bytes,
    ) -> Result<(), AssociationError> {
        let context = self.context(id)?;
        let patience = self.around.policy.patience.operation;
        let until = Instant::now() + patience;
        let caller = self.around.caller;
        let asked = Asked { id, context, command, data_set, caller, patience, until };
        let (services, turns) = (self.around.services, self.around.turns);
        match (&asked.command.operation, &services.finder, &services.source) {
            (Operation::Find, Some(finder), _) => {
                let about = (finder.as_ref(), turns);
                query::answer(&mut self.dialogue, &asked, about, self.around.agreement).await
            }
            (Operation::Get, _, Some(source)) => {
                let about = (source, turns);
                retrieve::get(&mut self.dialogue, &asked, about, self.around.agreement).await
            }
            (Operation::Move(_), _, Some(source)) => {
                retrieve::relay(&mut self.dialogue, &asked, (source, turns)).await
            }
            (Operation::Action(_), ..) => {
                let custodian = services.custodian.as_ref();
                commitment::take(&mut self.dialogue, &asked, custodian, &mut self.reporting).await
            }
            (Operation::EventReport(_), ..) => {
                commitment::hear(&mut self.dialogue, &asked, services.informed.as_deref()).await
            }
            (Operation::Create, ..) => {
                availability::hear(&mut self.dialogue, &asked, services.announced.as_deref()).await
            }
            _ => {
                let comment = "this service is not offered";
                let response = asked.command.response(Status::CLASS_NOT_SUPPORTED, comment);
                Ok(self.dialogue.say(id, &response, None).await?)
            }
        }
    }
}

/// Waits until we stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever would say so is gone: then we stop as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
