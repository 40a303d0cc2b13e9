//! C-GET and C-MOVE as a user (PS3.4 C.4.2, C.4.3): have objects sent, to us or to somebody else.

use bytes::Bytes;
use interval_core::query::{Level, Selection};
use interval_core::study::Origin;
use interval_core::uid::{ClassUid, InstanceUid, Uid};
use tokio::time::Instant;

use super::error::ScuError;
use super::line::{Line, OBJECT_PDU_BYTES, Proposal, Proposals};
use super::sender::plain;
use super::{Peer, Root};
use crate::acceptor::trace;
use crate::ae::AeTitle;
use crate::classes::{PATIENT_ROOT_GET, PATIENT_ROOT_MOVE, STUDY_ROOT_GET, STUDY_ROOT_MOVE};
use crate::classes::{STORAGE, SYNTAXES};
use crate::command::{Command, Operation, Payload, get_request, move_request};
use crate::identifier::{CharacterSet, Encoding, Tag, Writer, read, tag};
use crate::message::Follow;
use crate::negotiation::{Context, PeerRole};
use crate::service::storage::Receiver;
use crate::service::{Finished, Underway};
use crate::status::{Outcome, Status};

/// Largest object that is taken by C-GET, in bytes: the same as by C-STORE.
const INSTANCE_BYTES_MAX: u64 = crate::policy::INSTANCE_BYTES_MAX;

/// What was done, for errors.
const GET: &str = "C-GET";
const MOVE: &str = "C-MOVE";

/// What became of a retrieval.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transfer {
    /// Objects that were sent and taken.
    pub completed: u16,
    /// Objects that were taken with a warning.
    pub warning: u16,
    /// Objects that were not.
    pub failed: u16,
    /// Those of them that the peer names.
    pub failed_instances: Vec<InstanceUid>,
}

/// Has objects sent to us on the same association; the receiver takes them as it takes those of
/// C-STORE. Only objects of these classes are taken; no class means every class that we know, in
/// uncompressed syntaxes first and else as they are kept.
pub async fn get<R: Receiver>(
    peer: &Peer,
    (root, selection): (Root, &Selection),
    classes: &[ClassUid],
    receiver: &R,
) -> Result<Transfer, ScuError> {
    let class = match root {
        Root::Study => STUDY_ROOT_GET,
        Root::Patient => PATIENT_ROOT_GET,
    };
    let taken: Vec<String> = match classes {
        [] => STORAGE.iter().map(|class| class.uid.to_owned()).collect(),
        some => some.iter().map(ToString::to_string).collect(),
    };
    let mut line = Line::open(peer, proposals(class, taken)).await?;
    line.dialogue.wire.agreed();
    let mut getting = Getting { class, origin: origin(peer), receiver };
    let got = getting.run(&mut line, selection).await;
    receiver.closed(&getting.origin).await;
    let transfer = got?;
    line.release().await;
    Ok(transfer)
}

/// Has objects sent to another application, or to ourselves by another association.
pub async fn relay(
    peer: &Peer,
    (root, selection): (Root, &Selection),
    destination: &AeTitle,
) -> Result<Transfer, ScuError> {
    let class = match root {
        Root::Study => STUDY_ROOT_MOVE,
        Root::Patient => PATIENT_ROOT_MOVE,
    };
    let contexts = vec![Proposal { class: class.to_owned(), syntaxes: plain() }];
    let mut line = Line::open(peer, Proposals::of(contexts)).await?;
    let agreed = line.context_of(class).map(|(id, agreed)| (id, Encoding::of(&agreed.syntax)));
    let (context, encoding) = agreed.ok_or(ScuError::ServiceNotAccepted(MOVE))?;
    let id = line.next_message_id();
    let identifier = Bytes::from(identifier((root, selection), encoding));
    line.tell(context, &move_request(id, class, destination), Some(&identifier)).await?;
    loop {
        let until = Instant::now() + line.peer.timeouts.response;
        let message = line.hear(until).await?;
        let message = line.check_response(message, (context, id))?;
        if let Some(end) = end(MOVE, &message.command, (&message.data_set, encoding)) {
            let transfer = end?;
            line.release().await;
            return Ok(transfer);
        }
    }
}

/// The query/retrieve class, then each storage class twice: as everybody reads it, and compressed.
fn proposals(class: &str, taken: Vec<String>) -> Proposals {
    let compressed = SYNTAXES.iter().map(|syntax| syntax.uid.to_owned());
    let compressed: Vec<String> = compressed.filter(|uid| !plain().contains(uid)).collect();
    let storage = taken.iter().flat_map(|class| {
        [plain(), compressed.clone()].map(|syntaxes| Proposal { class: class.clone(), syntaxes })
    });
    let own = Proposal { class: class.to_owned(), syntaxes: plain() };
    let mut proposals = Proposals::of(std::iter::once(own).chain(storage).collect());
    proposals.exchanged = taken;
    proposals.pdu_bytes_max = OBJECT_PDU_BYTES;
    proposals
}

fn origin(peer: &Peer) -> Origin {
    Origin {
        calling_ae: peer.called.to_string(),
        called_ae: peer.calling.to_string(),
        peer: peer.address.clone(),
        association: trace(),
    }
}

/// A C-GET under way.
struct Getting<'a, R> {
    class: &'static str,
    origin: Origin,
    receiver: &'a R,
}

impl<R: Receiver> Getting<'_, R> {
    async fn run(&mut self, line: &mut Line, selection: &Selection) -> Result<Transfer, ScuError> {
        let agreed =
            line.context_of(self.class).map(|(id, agreed)| (id, Encoding::of(&agreed.syntax)));
        let (context, encoding) = agreed.ok_or(ScuError::ServiceNotAccepted(GET))?;
        let id = line.next_message_id();
        let root = crate::service::query::Root::of(self.class);
        let identifier = Bytes::from(identifier((root, selection), encoding));
        line.tell(context, &get_request(id, self.class), Some(&identifier)).await?;
        loop {
            let until = Instant::now() + line.peer.timeouts.response;
            let (on, command) = line.begin_message(until).await?;
            if command.operation == Operation::Store {
                self.take(line, on, command).await?;
                continue;
            }
            let data_set = rest(line, &command).await?;
            if command.message_id != id || !matches!(command.operation, Operation::Response(_)) {
                let why = "something besides objects and responses".to_owned();
                return Err(line.broken(ScuError::Nonsense(why)));
            }
            if let Some(end) = end(GET, &command, (&data_set, encoding)) {
                return end;
            }
        }
    }

    /// Takes one object and answers.
    async fn take(&self, line: &mut Line, on: u8, command: Command) -> Result<(), ScuError> {
        let agreed = line.contexts.get(&on).cloned();
        let context = agreed.and_then(|agreed| {
            let syntax = agreed.syntax.parse().ok()?;
            Some(Context { class: agreed.class, syntax, peer: PeerRole::User })
        });
        let nonsense = || ScuError::Nonsense(format!("an object on context {on}"));
        let context = context.ok_or_else(nonsense)?;
        let has_data = command.payload == Payload::DataSet;
        let about = (&self.origin, &context);
        let mut underway = Underway::begin(self.receiver, about, command, INSTANCE_BYTES_MAX).await;
        let mut follow = if has_data { Follow::More } else { Follow::Last };
        while follow == Follow::More {
            let until = Instant::now() + line.peer.timeouts.response;
            let (bytes, next) = line.piece(until).await?;
            let endless = |_| ScuError::Nonsense("a refused object without an end".into());
            underway.piece(&bytes).await.map_err(endless)?;
            follow = next;
        }
        match underway.finish().await {
            Finished::With(response) => line.tell(on, &response, None).await,
            Finished::Silently | Finished::Collected(..) => Ok(()),
        }
    }
}

/// The data set after a response.
async fn rest(line: &mut Line, command: &Command) -> Result<Vec<u8>, ScuError> {
    let mut data_set = Vec::new();
    let mut follow = if command.payload == Payload::DataSet { Follow::More } else { Follow::Last };
    while follow == Follow::More {
        let until = Instant::now() + line.peer.timeouts.response;
        let (bytes, next) = line.piece(until).await?;
        data_set.extend_from_slice(&bytes);
        if data_set.len() > crate::identifier::DATA_SET_BYTES_MAX {
            return Err(line.broken(ScuError::Nonsense("a response that has no end".into())));
        }
        follow = next;
    }
    Ok(data_set)
}

/// What a response says of the whole, if it is the last one.
fn end(
    what: &'static str,
    command: &Command,
    (data_set, encoding): (&[u8], Encoding),
) -> Option<Result<Transfer, ScuError>> {
    let Operation::Response(status) = command.operation else { return None };
    if matches!(status, Status::PENDING | Status::PENDING_KEYS_UNSUPPORTED) {
        return None;
    }
    if !matches!(status.outcome(), Outcome::Success | Outcome::Warning) {
        let comment = command.comment.clone();
        return Some(Err(ScuError::NotDone { what, status, comment }));
    }
    let named = read(data_set, encoding).ok().and_then(|set| {
        let text = set.text(tag::FAILED_SOP_INSTANCE_UID_LIST, &CharacterSet::Undeclared)?;
        Some(text.split('\\').filter_map(|uid| uid.parse().ok()).collect())
    });
    Some(Ok(Transfer {
        completed: command.counts.completed,
        warning: command.counts.warning,
        failed: command.counts.failed,
        failed_instances: named.unwrap_or_default(),
    }))
}

/// The identifier of a selection: its lowest level is the one that is asked for.
fn identifier((root, selection): (Root, &Selection), encoding: Encoding) -> Vec<u8> {
    const SOP_INSTANCE_UID: Tag = (0x0008, 0x0018);
    const PATIENT_ID: Tag = (0x0010, 0x0020);
    let patient = selection.patient.as_deref().filter(|_| root == Root::Patient);
    let level = if !selection.instances.is_empty() {
        Level::Instance
    } else if !selection.series.is_empty() {
        Level::Series
    } else if !selection.studies.is_empty() || patient.is_none() {
        Level::Study
    } else {
        Level::Patient
    };
    let mut writer = Writer::new(encoding);
    if patient.is_some_and(|id| !id.is_ascii()) {
        writer.text(tag::SPECIFIC_CHARACTER_SET, *b"CS", "ISO_IR 192");
    }
    let mut uids = |tag: Tag, uids: Vec<&str>| {
        if !uids.is_empty() {
            writer.texts(tag, *b"UI", &uids);
        }
    };
    uids(SOP_INSTANCE_UID, selection.instances.iter().map(Uid::as_str).collect());
    writer.text(tag::QUERY_RETRIEVE_LEVEL, *b"CS", level.as_str());
    if let Some(id) = patient {
        writer.text(PATIENT_ID, *b"LO", id);
    }
    let mut uids = |tag: Tag, uids: Vec<&str>| {
        if !uids.is_empty() {
            writer.texts(tag, *b"UI", &uids);
        }
    };
    uids(tag::STUDY_INSTANCE_UID, selection.studies.iter().map(Uid::as_str).collect());
    uids(tag::SERIES_INSTANCE_UID, selection.series.iter().map(Uid::as_str).collect());
    writer.into_bytes()
}
