//! C-MOVE: objects go to another application (PS3.4 C.4.2).

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tracing::info;

use super::progress::{Cancelled, Fate, Progress};
use super::{Located, Retrieved, Source, answer, locate, turn};
use crate::ae::AeTitle;
use crate::association::AssociationError;
use crate::command::Operation;
use crate::dialogue::{Dialogue, During};
use crate::scu::{Outgoing, Peer, ScuError, Sender};
use crate::seats::Turns;
use crate::service::Asked;
use crate::status::{Refusal, Status};

/// Sends what is asked for to its destination.
pub(crate) async fn relay<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    (source, turns): (&Arc<dyn Source>, &Turns),
) -> Result<(), AssociationError> {
    let source = source.as_ref();
    let message_id = asked.command.message_id;
    let Some(peer) = destination(dialogue, asked, source).await? else { return Ok(()) };
    let Some(located) = locate(dialogue, asked, (source, turns)).await? else { return Ok(()) };
    let Some(_turn) = turn(dialogue, asked, turns).await? else { return Ok(()) };
    let mut progress = Progress::of(located.len());
    let mut cancelled = Cancelled::No;
    if !located.is_empty() {
        let kept = turns.destinations.take(|sender| sender.suits_for(&peer, &located));
        let mut may_be_gone = kept.is_some();
        let opening = async {
            match kept {
                Some(sender) => Ok(sender),
                None => Sender::open_for(&peer, &located).await,
            }
        };
        let mut sender = match dialogue.during(message_id, asked.until, opening).await? {
            During::Done(Ok(sender)) => sender,
            During::Done(Err(error)) => {
                info!("cannot send to {}: {error}", peer.called);
                for object in &located {
                    progress.count(&object.instance, Fate::Failed);
                }
                let (last, list) = progress.last(&asked.command, cancelled, asked.encoding());
                return Ok(dialogue.say(asked.id, &last, list.as_deref()).await?);
            }
            During::Cancelled => return answer(dialogue, asked, Status::CANCELLED, "").await,
        };
        for object in &located {
            let mut fate = send(&mut sender, source, asked, object).await;
            // The destination may have closed an idle association at the same moment.
            if may_be_gone
                && !sender.is_sound()
                && let Ok(again) = Sender::open_for(&peer, &located).await
            {
                sender = again;
                fate = send(&mut sender, source, asked, object).await;
            }
            may_be_gone = false;
            progress.count(&object.instance, fate);
            if dialogue.is_cancelled(message_id).await? {
                cancelled = Cancelled::Yes;
                break;
            }
            if let Some(pending) = progress.pending(&asked.command) {
                dialogue.say(asked.id, &pending, None).await?;
                dialogue.flush().await?;
            }
        }
        turns.destinations.put(sender);
    }
    let (last, list) = progress.last(&asked.command, cancelled, asked.encoding());
    Ok(dialogue.say(asked.id, &last, list.as_deref()).await?)
}

/// Where the objects go; nothing when the peer was answered already.
async fn destination<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    source: &dyn Source,
) -> Result<Option<Peer>, AssociationError> {
    let Operation::Move(title) = &asked.command.operation else { return Ok(None) };
    let Ok(title) = title.parse::<AeTitle>() else {
        let comment = "the move destination is not a title";
        answer(dialogue, asked, Status::UNKNOWN_DESTINATION, comment).await?;
        return Ok(None);
    };
    let work = source.destination(asked.caller, &title);
    let (status, comment) =
        match dialogue.during(asked.command.message_id, asked.until, work).await? {
            During::Done(Ok(Some(peer))) => return Ok(Some(peer)),
            During::Done(Ok(None)) => {
                (Status::UNKNOWN_DESTINATION, "the move destination is not known here".to_owned())
            }
            During::Done(Err(refusal)) => (refusal.status, refusal.comment),
            During::Cancelled => (Status::CANCELLED, String::new()),
        };
    answer(dialogue, asked, status, &comment).await?;
    Ok(None)
}

/// Sends one object.
async fn send(
    sender: &mut Sender,
    source: &dyn Source,
    asked: &Asked<'_>,
    object: &Located,
) -> Fate {
    let sent = async {
        let accepted = sender.syntaxes_of(&object.class);
        if accepted.is_empty() {
            let comment = "the destination takes no objects of this class";
            let refusal = Refusal::with_status(Status::CLASS_NOT_SUPPORTED, comment);
            return Err(NotSent::Refused(refusal));
        }
        let read = source.read(asked.caller, object, &accepted).await.map_err(NotSent::Refused)?;
        let Retrieved { syntax, data_set } = read;
        let (class, instance) = (object.class.clone(), object.instance.clone());
        let outgoing = Outgoing { class, instance, syntax, data_set };
        // The title has come over an association: it is one.
        let calling: Result<AeTitle, _> = asked.caller.origin.calling_ae.parse();
        let originator = calling.ok().map(|title| (title, asked.command.message_id));
        sender.store_for(&outgoing, originator).await.map_err(NotSent::Failed)
    };
    match sent.await {
        Ok(stored) if stored.note.is_none() => Fate::Completed,
        Ok(_) => Fate::Warned,
        Err(why) => {
            info!("object {} is not sent: {why}", object.instance);
            Fate::Failed
        }
    }
}

/// Why an object is not sent.
#[derive(Debug, thiserror::Error)]
enum NotSent {
    #[error(transparent)]
    Refused(Refusal),
    #[error(transparent)]
    Failed(ScuError),
}
