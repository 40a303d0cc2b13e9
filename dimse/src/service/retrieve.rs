//! C-GET and C-MOVE as a provider (PS3.4 C.4.2, C.4.3), Study Root and Patient Root.
//!
//! | status | when |
//! |---|---|
//! | FF00H | sub-operations go on; the counts tell how far |
//! | 0000H | all went well, or there was nothing to send |
//! | B000H | some failed: Failed SOP Instance UID List (0008,0058); or some had warnings |
//! | FE00H | the peer cancelled |
//! | A701H | what is asked for cannot be found now |
//! | A702H | no sub-operation could be performed |
//! | A801H | the destination of a move is not known |
//! | A900H | the identifier does not fit the information model |
//! | C000H | the identifier cannot be understood |
//! | any other | as the host refuses |

mod get;
mod progress;
mod relay;
mod selection;

use bytes::Bytes;
use interval_core::query::Selection;
use interval_core::uid::{ClassUid, InstanceUid, SyntaxUid};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::SemaphorePermit;

use super::Asked;
use super::query::Root;
use crate::Promise;
use crate::ae::AeTitle;
use crate::association::AssociationError;
use crate::caller::Caller;
use crate::dialogue::{Dialogue, During};
use crate::identifier::{CharacterSet, read};
use crate::scu::Peer;
use crate::seats::Turns;
use crate::status::{Refusal, Status};

pub(crate) use get::get;
pub(crate) use relay::relay;

/// An object that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// SOP class.
    pub class: ClassUid,
    /// SOP instance.
    pub instance: InstanceUid,
    /// How it is kept.
    pub syntax: SyntaxUid,
    /// Size of what is kept, in bytes; a large one is not read ahead.
    pub bytes: u64,
}

/// An object as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retrieved {
    /// How the data set is encoded: one of the syntaxes that were accepted.
    pub syntax: SyntaxUid,
    /// The data set, without the head of a file.
    pub data_set: Bytes,
}

/// Who has the objects: the host implements this.
pub trait Source: Send + Sync + 'static {
    /// Everything that is selected, in the order in which it is to be sent. What a caller may not
    /// have is not there for it.
    fn locate<'a>(
        &'a self,
        caller: &'a Caller,
        selection: Selection,
    ) -> Promise<'a, Result<Vec<Located>, Refusal>>;

    /// One object, in the first of these transfer syntaxes in which the host can give it. They are
    /// those that the receiving side accepted for the class, in its order.
    fn read<'a>(
        &'a self,
        caller: &'a Caller,
        located: &'a Located,
        accepted: &'a [SyntaxUid],
    ) -> Promise<'a, Result<Retrieved, Refusal>>;

    /// The application that is known here by a title, for C-MOVE; nothing when it is not known,
    /// or this caller may not send there.
    fn destination<'a>(
        &'a self,
        caller: &'a Caller,
        title: &'a AeTitle,
    ) -> Promise<'a, Result<Option<Peer>, Refusal>>;
}

fn selection(asked: &Asked<'_>) -> Result<Selection, Refusal> {
    let set = read(&asked.data_set, asked.encoding())
        .map_err(|error| Refusal::with_status(Status::CANNOT_UNDERSTAND, error.to_string()))?;
    selection::of(&set, &CharacterSet::of(&set), Root::of(&asked.context.class))
}

/// What is to be sent; nothing when the peer was answered already.
async fn locate<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    (source, turns): (&dyn Source, &Turns),
) -> Result<Option<Vec<Located>>, AssociationError> {
    let work = async {
        let selection = selection(asked)?;
        let _turn = turns.questions.acquire().await;
        source.locate(asked.caller, selection).await
    };
    let (status, comment) =
        match dialogue.during(asked.command.message_id, asked.until, work).await? {
            During::Done(Ok(located)) => return Ok(Some(located)),
            During::Done(Err(refusal)) => (out_of_resources(refusal.status), refusal.comment),
            During::Cancelled => (Status::CANCELLED, String::new()),
        };
    answer(dialogue, asked, status, &comment).await?;
    Ok(None)
}

/// A turn to send; nothing when the peer was answered already.
async fn turn<'a, S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    turns: &'a Turns,
) -> Result<Option<SemaphorePermit<'a>>, AssociationError> {
    let waiting = turns.retrievals.acquire();
    let (status, comment) =
        match dialogue.during(asked.command.message_id, asked.until, waiting).await? {
            During::Done(Ok(turn)) => return Ok(Some(turn)),
            During::Done(Err(_)) => (Status::CANNOT_COUNT, "no retrieval is possible now"),
            During::Cancelled => (Status::CANCELLED, ""),
        };
    answer(dialogue, asked, status, comment).await?;
    Ok(None)
}

/// What C-STORE and C-FIND call A700H has a number of its own here (PS3.4 table C.4-2).
fn out_of_resources(status: Status) -> Status {
    if status == Status::OUT_OF_RESOURCES { Status::CANNOT_COUNT } else { status }
}

/// Ends an operation that did not begin.
async fn answer<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    status: Status,
    comment: &str,
) -> Result<(), AssociationError> {
    let response = asked.command.response(status, comment);
    Ok(dialogue.say(asked.id, &response, None).await?)
}
