//! Echoes and objects, one after the other, over one association.

use std::collections::BTreeSet;

use interval_core::uid::{ClassUid, SyntaxUid};

use super::error::ScuError;
use super::line::{CONTEXTS_MAX, Line, Proposal, Proposals};
use super::{Outgoing, Peer, Stored};
use crate::ae::AeTitle;
use crate::classes::{EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, VERIFICATION};
use crate::command::{Operation, Payload, echo_request, store_request, sub_store_request};
use crate::service::retrieve::Located;
use crate::status::Outcome;

/// An open association to a peer. Objects go one after the other; after an error other than a
/// refused object, it is of no more use. Dropped without [`release`](Sender::release) the
/// connection is just closed.
#[derive(Debug)]
pub struct Sender {
    line: Line,
}

fn is_plain(syntax: &str) -> bool {
    plain().iter().any(|plain| plain == syntax)
}

/// The two syntaxes that every application is able to read, one for each taste.
pub(super) fn plain() -> Vec<String> {
    [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN].map(str::to_owned).to_vec()
}

impl Sender {
    /// Opens an association for objects of these classes, each in its own transfer syntax.
    pub async fn open(
        peer: &Peer,
        kinds: impl IntoIterator<Item = (ClassUid, SyntaxUid)>,
    ) -> Result<Self, ScuError> {
        let distinct: BTreeSet<_> = kinds
            .into_iter()
            .map(|(class, syntax)| Proposal {
                class: class.to_string(),
                syntaxes: vec![syntax.to_string()],
            })
            .collect();
        let proposals = Proposals::of(distinct.into_iter().collect());
        Ok(Self { line: Line::open(peer, proposals).await? })
    }

    /// Opens an association for Verification.
    pub async fn open_for_echo(peer: &Peer) -> Result<Self, ScuError> {
        let echo = Proposal { class: VERIFICATION.to_owned(), syntaxes: plain() };
        Ok(Self { line: Line::open(peer, Proposals::of(vec![echo])).await? })
    }

    /// Opens an association for objects, each class in the syntaxes that they are kept in and in
    /// those that everybody reads. What does not fit into one association is not accepted.
    pub(crate) async fn open_for(peer: &Peer, objects: &[Located]) -> Result<Self, ScuError> {
        let kept = objects.iter().map(|o| (o.class.as_str(), o.syntax.as_str()));
        let kept: BTreeSet<_> = kept.collect();
        let classes: BTreeSet<_> = kept.iter().map(|(class, _)| *class).collect();
        let of = |class: &str, syntaxes| Proposal { class: class.to_owned(), syntaxes };
        let own = kept.iter().filter(|(_, syntax)| !is_plain(syntax));
        let own = own.map(|(class, syntax)| of(class, vec![(*syntax).to_owned()]));
        let common = classes.iter().map(|class| of(class, plain()));
        let proposals = common.chain(own).take(CONTEXTS_MAX).collect();
        Ok(Self { line: Line::open(peer, Proposals::of(proposals)).await? })
    }

    /// The transfer syntaxes in which the peer takes objects of a class.
    pub fn syntaxes_of(&self, class: &ClassUid) -> Vec<SyntaxUid> {
        let contexts = self.line.contexts.values();
        contexts
            .filter(|agreed| agreed.class == class.as_str())
            .filter_map(|agreed| agreed.syntax.parse().ok())
            .collect()
    }

    /// Whether nothing went wrong so far after which nothing can be said any more.
    pub(crate) fn is_sound(&self) -> bool {
        self.line.is_sound()
    }

    /// Whether objects of all these kinds can be sent, and nothing went wrong so far.
    pub(super) fn suits(&self, kinds: &BTreeSet<(ClassUid, SyntaxUid)>) -> bool {
        let has = |(class, syntax): &(ClassUid, SyntaxUid)| self.context(class, syntax).is_some();
        self.line.is_sound() && kinds.iter().all(has)
    }

    /// Whether it goes to this peer, and takes objects of all these classes, the compressed ones as
    /// they are.
    pub(crate) fn suits_for(&self, peer: &Peer, objects: &[Located]) -> bool {
        let own = &self.line.peer;
        let is_same = (&own.address, &own.calling, &own.called)
            == (&peer.address, &peer.calling, &peer.called)
            && own.tls.is_some() == peer.tls.is_some();
        let takes = |object: &Located| {
            if is_plain(object.syntax.as_str()) {
                !self.syntaxes_of(&object.class).is_empty()
            } else {
                self.context(&object.class, &object.syntax).is_some()
            }
        };
        self.line.is_sound() && is_same && objects.iter().all(takes)
    }

    fn context(&self, class: &ClassUid, syntax: &SyntaxUid) -> Option<u8> {
        let mut contexts = self.line.contexts.iter();
        let found = contexts
            .find(|(_, agreed)| agreed.class == class.as_str() && agreed.syntax == syntax.as_str());
        found.map(|(id, _)| *id)
    }

    /// C-ECHO.
    pub async fn echo(&mut self) -> Result<(), ScuError> {
        let context = self.line.context_of(VERIFICATION).map(|(id, _)| id);
        let context = context.ok_or(ScuError::EchoNotAccepted)?;
        let id = self.line.next_message_id();
        let response = self.line.ask(context, id, &echo_request(id, VERIFICATION), None).await?;
        match response.operation {
            Operation::Response(status) if status.outcome() != Outcome::Success => {
                Err(ScuError::NotEchoed(status))
            }
            _ => Ok(()),
        }
    }

    /// C-STORE of one object. A warning is a success with a note.
    pub async fn store(&mut self, object: &Outgoing) -> Result<Stored, ScuError> {
        self.store_for(object, None).await
    }

    /// The same on behalf of somebody who asked for it by C-MOVE, in the message of that number.
    pub(crate) async fn store_for(
        &mut self,
        object: &Outgoing,
        originator: Option<(AeTitle, u16)>,
    ) -> Result<Stored, ScuError> {
        let Outgoing { class, instance, syntax, data_set } = object;
        let context = self.context(class, syntax).ok_or_else(|| ScuError::KindNotAccepted {
            class: class.clone(),
            syntax: syntax.clone(),
        })?;
        let id = self.line.next_message_id();
        let request = match &originator {
            None => store_request(id, class.as_str(), instance.as_str()),
            Some((title, message)) => {
                sub_store_request(id, class.as_str(), instance.as_str(), (title, *message))
            }
        };
        let response = self.line.ask(context, id, &request, Some(data_set)).await?;
        let Operation::Response(status) = response.operation else {
            return Err(ScuError::Nonsense("a request".into()));
        };
        if response.payload == Payload::DataSet {
            let error = ScuError::Nonsense("a message that is no plain response".into());
            return Err(self.line.broken(error));
        }
        let comment = response.comment;
        match status.outcome() {
            Outcome::Success => Ok(Stored { note: None }),
            Outcome::Warning => {
                Ok(Stored { note: Some(format!("{status} {comment}").trim_end().to_owned()) })
            }
            Outcome::Failure(_) => {
                Err(ScuError::NotStored { instance: instance.clone(), status, comment })
            }
        }
    }

    /// Ends the association in order (PS3.8 9.2.2). What was stored stays so, whatever happens.
    pub async fn release(self) {
        self.line.release().await;
    }
}
