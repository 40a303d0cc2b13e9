//! One association as its acceptor, from agreement to the end (PS3.8 9.2).

use dicom_ul::pdu::{AbortRQServiceProviderReason as AbortReason, PDataValue, PDataValueType, Pdu};
use interval_core::study::Origin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::command::Operation;
use crate::message::{Follow, Heard, MessageError, Waiting, fragments};
use crate::negotiation::Agreement;
use crate::policy::Policy;
use crate::service::storage::Receiver;
use crate::service::{Endless, Underway};
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
    /// The peer goes on with a data set that was refused.
    #[error("a refused data set without an end")]
    Endless,
}

impl AssociationError {
    /// The reason that an A-ABORT gives, if anybody may still read it.
    pub(crate) fn abort_reason(&self) -> Option<AbortReason> {
        match self {
            AssociationError::Wire(error) => error.abort_reason(),
            AssociationError::Unexpected(_) => Some(AbortReason::UnexpectedPdu),
            AssociationError::NotAgreed(_) | AssociationError::Message(_) => {
                Some(AbortReason::InvalidPduParameter)
            }
            AssociationError::Unasked | AssociationError::Endless => {
                Some(AbortReason::ReasonNotSpecified)
            }
        }
    }
}

impl From<Endless> for AssociationError {
    fn from(_: Endless) -> Self {
        AssociationError::Endless
    }
}

/// An association that was agreed.
pub(crate) struct Association<'a, S, R: Receiver> {
    pub(crate) wire: &'a mut Wire<S>,
    pub(crate) agreement: &'a Agreement,
    pub(crate) origin: &'a Origin,
    pub(crate) policy: &'a Policy,
    pub(crate) receiver: &'a R,
}

/// Where the conversation stands.
struct Conversation<T> {
    waiting: Waiting,
    underway: Option<Underway<T>>,
    /// When the first fragment of the message under way came.
    message_since: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send, R: Receiver> Association<'_, S, R> {
    /// Says that we agree, then listens and answers until the association ends.
    pub(crate) async fn converse(
        &mut self,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Ending, AssociationError> {
        self.wire.write(&Pdu::AssociationAC(self.agreement.answer.clone())).await?;
        let since = Instant::now();
        let mut conversation =
            Conversation { waiting: Waiting::default(), underway: None, message_since: since };
        loop {
            let between_messages = conversation.waiting.is_between_messages();
            let until = self.until(since, &conversation);
            let pdu = tokio::select! {
                pdu = self.wire.read(until) => pdu?,
                _ = stop.wait_for(|stop| *stop), if between_messages => {
                    return Ok(Ending::Stopped);
                }
            };
            match pdu {
                Pdu::PData { data } => {
                    for fragment in data {
                        conversation = self.hear(conversation, &fragment).await?;
                    }
                }
                Pdu::ReleaseRQ => {
                    self.wire.write(&Pdu::ReleaseRP).await?;
                    return Ok(Ending::Released);
                }
                Pdu::AbortRQ { .. } => return Ok(Ending::Aborted),
                other => {
                    return Err(AssociationError::Unexpected(
                        other.short_description().to_string(),
                    ));
                }
            }
        }
    }

    /// Until when the next PDU has to come.
    fn until(&self, since: Instant, conversation: &Conversation<R::Reception>) -> Instant {
        let patience = &self.policy.patience;
        let next = Instant::now() + patience.idle;
        let end = since + patience.association;
        if conversation.waiting.is_between_messages() {
            next.min(end)
        } else {
            next.min(end).min(conversation.message_since + patience.message)
        }
    }

    /// Takes one fragment, and answers the message it completes.
    async fn hear(
        &mut self,
        conversation: Conversation<R::Reception>,
        fragment: &PDataValue,
    ) -> Result<Conversation<R::Reception>, AssociationError> {
        let Conversation { waiting, underway, mut message_since } = conversation;
        let id = fragment.presentation_context_id;
        let context = self.agreement.contexts.get(&id).ok_or(AssociationError::NotAgreed(id))?;
        if waiting.is_between_messages() {
            message_since = Instant::now();
        }
        let (waiting, heard) = waiting.after(fragment)?;
        let underway = match (heard, underway) {
            (Heard::Part, underway) => underway,
            (Heard::Command { command, .. }, _) => {
                if matches!(command.operation, Operation::Response(_)) {
                    return Err(AssociationError::Unasked);
                }
                let bytes_max = self.policy.instance_bytes_max;
                let about = (self.origin, context);
                let begun = Underway::begin(self.receiver, about, command, bytes_max).await;
                if waiting.is_between_messages() {
                    self.answer(id, begun).await?;
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
                        self.answer(id, underway).await?;
                        None
                    }
                }
            }
            (Heard::Piece { .. }, None) => {
                return Err(MessageError::OutOfTurn { context: id }.into());
            }
        };
        Ok(Conversation { waiting, underway, message_since })
    }

    async fn answer(
        &mut self,
        context: u8,
        finished: Underway<R::Reception>,
    ) -> Result<(), WireError> {
        let Some(response) = finished.finish().await else { return Ok(()) };
        let peer_pdu_bytes_max = self.agreement.peer_pdu_bytes_max;
        for pdu in fragments(context, PDataValueType::Command, &response, peer_pdu_bytes_max) {
            self.wire.write(&pdu).await?;
        }
        Ok(())
    }
}
