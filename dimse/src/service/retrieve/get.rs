//! C-GET: objects go back on the same association (PS3.4 C.4.3).

use std::sync::Arc;

use interval_core::uid::SyntaxUid;
use tokio::io::{AsyncRead, AsyncWrite};

use super::progress::{Cancelled, Fate, Progress};
use super::{Located, Retrieved, Source, locate, turn};
use crate::association::AssociationError;
use crate::command::{Operation, store_request};
use crate::dialogue::{Aside, Dialogue};
use crate::negotiation::{Agreement, PeerRole};
use crate::seats::Turns;
use crate::service::Asked;
use crate::status::{Outcome, Refusal};

/// Largest object that is read while the one before it is sent, in bytes: a retrieval holds two of
/// them in memory.
const AHEAD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Sends what is asked for.
pub(crate) async fn get<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    (source, turns): (&Arc<dyn Source>, &Turns),
    agreement: &Agreement,
) -> Result<(), AssociationError> {
    let source = source.as_ref();
    let Some(located) = locate(dialogue, asked, (source, turns)).await? else { return Ok(()) };
    let Some(_turn) = turn(dialogue, asked, turns).await? else { return Ok(()) };
    let ways = Ways { agreement };
    let mut progress = Progress::of(located.len());
    let mut cancelled = Cancelled::No;
    let mut ahead = None;
    for (index, object) in located.iter().enumerate() {
        let read = match ahead.take() {
            Some(read) => read,
            None => ways.read(source, asked, object).await,
        };
        let next = located.get(index + 1).filter(|next| next.bytes <= AHEAD_BYTES_MAX);
        let next = async {
            match next {
                Some(next) => Some(ways.read(source, asked, next).await),
                None => None,
            }
        };
        let message_id = (index % usize::from(u16::MAX)) as u16 + 1;
        let sent = send(dialogue, asked, (object, read), message_id);
        let (sent, read) = tokio::join!(sent, next);
        ahead = read;
        let (fate, cancel) = sent?;
        progress.count(&object.instance, fate);
        if cancel == Cancelled::Yes {
            cancelled = Cancelled::Yes;
            break;
        }
        if let Some(pending) = progress.pending(&asked.command) {
            dialogue.say(asked.id, &pending, None).await?;
        }
    }
    let (last, list) = progress.last(&asked.command, cancelled, asked.encoding());
    Ok(dialogue.say(asked.id, &last, list.as_deref()).await?)
}

/// The contexts on which the peer takes objects.
struct Ways<'a> {
    agreement: &'a Agreement,
}

/// An object with the context that it goes on.
type Ready = Result<(u8, Retrieved), Refusal>;

impl Ways<'_> {
    /// Contexts of a class on which the peer is a provider, with their syntaxes.
    fn of(&self, class: &str) -> (Vec<u8>, Vec<SyntaxUid>) {
        let contexts = self.agreement.contexts.iter();
        contexts
            .filter(|(_, context)| context.class == class && context.peer != PeerRole::User)
            .map(|(id, context)| (*id, context.syntax.clone()))
            .unzip()
    }

    async fn read(&self, source: &dyn Source, asked: &Asked<'_>, object: &Located) -> Ready {
        let (ids, syntaxes) = self.of(object.class.as_str());
        if ids.is_empty() {
            let comment = "the peer takes no objects of this class";
            return Err(Refusal::with_status(crate::status::Status::CLASS_NOT_SUPPORTED, comment));
        }
        let read = source.read(asked.caller, object, &syntaxes).await?;
        let context = ids.iter().zip(&syntaxes).find(|(_, syntax)| **syntax == read.syntax);
        let (id, _) = context.ok_or_else(|| {
            Refusal::new(interval_core::fault::Fault::Defect, "the peer takes no such syntax")
        })?;
        Ok((*id, read))
    }
}

/// Sends one object and waits for what the peer says of it.
async fn send<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    (object, read): (&Located, Ready),
    message_id: u16,
) -> Result<(Fate, Cancelled), AssociationError> {
    let (context, retrieved) = match read {
        Ok(ready) => ready,
        Err(refusal) => {
            tracing::info!("object {} is not sent: {refusal}", object.instance);
            let is_cancelled = dialogue.is_cancelled(asked.command.message_id).await?;
            let cancelled = if is_cancelled { Cancelled::Yes } else { Cancelled::No };
            return Ok((Fate::Failed, cancelled));
        }
    };
    let request = store_request(message_id, object.class.as_str(), object.instance.as_str());
    dialogue.send(context, &request, &retrieved.data_set).await?;
    drop(retrieved);
    let until = tokio::time::Instant::now() + asked.patience;
    let mut cancelled = Cancelled::No;
    loop {
        match dialogue.aside(until).await? {
            None => return Err(AssociationError::TooSlow),
            Some(Aside::Cancel(id)) if id == asked.command.message_id => cancelled = Cancelled::Yes,
            Some(Aside::Cancel(_)) => {}
            Some(Aside::Response(response)) => {
                let Operation::Response(status) = response.operation else {
                    return Err(AssociationError::Unasked);
                };
                if response.message_id != message_id {
                    return Err(AssociationError::Unasked);
                }
                let fate = match status.outcome() {
                    Outcome::Success => Fate::Completed,
                    Outcome::Warning => Fate::Warned,
                    Outcome::Failure(_) => Fate::Failed,
                };
                return Ok((fate, cancelled));
            }
        }
    }
}
