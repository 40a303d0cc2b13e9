//! C-FIND as a provider (PS3.4 C.4.1), Study Root and Patient Root.
//!
//! | status | when |
//! |---|---|
//! | FF00H | a match |
//! | FF01H | a match, and a key that was asked for is not supported: it comes back empty |
//! | 0000H | all matches were given |
//! | FE00H | the peer cancelled |
//! | A700H | the host has no room for the question now |
//! | A900H | the identifier does not fit the information model |
//! | C000H | the identifier, or the value of a key, cannot be understood |
//! | any other | as the host refuses |

mod keys;

use interval_core::query::{Found, Query};
use tokio::io::{AsyncRead, AsyncWrite};

use super::Asked;
use crate::Promise;
use crate::association::AssociationError;
use crate::caller::Caller;
use crate::classes::{PATIENT_ROOT_FIND, PATIENT_ROOT_GET, PATIENT_ROOT_MOVE};
use crate::dialogue::{Dialogue, During};
use crate::identifier::{CharacterSet, Writer, read};
use crate::negotiation::Agreement;
use crate::seats::Turns;
use crate::status::{Refusal, Status};
use keys::Question;

pub(super) use keys::level;

/// Who knows what is held: the host implements this.
pub trait Finder: Send + Sync + 'static {
    /// Everything that matches, in the order in which it is to be told. Each match tells at least
    /// the attributes of `query.wanted` that are known. A caller that may see less gets less.
    /// Dropped when the peer cancels.
    fn find<'a>(
        &'a self,
        caller: &'a Caller,
        query: Query,
    ) -> Promise<'a, Result<Vec<Found>, Refusal>>;
}

/// The root of an information model (PS3.4 C.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// Patients at the top.
    Patient,
    /// Studies at the top; what is known of the patient belongs to the study.
    Study,
}

impl Root {
    /// The root of one of the query/retrieve classes.
    pub(crate) fn of(class: &str) -> Self {
        match class {
            PATIENT_ROOT_FIND | PATIENT_ROOT_GET | PATIENT_ROOT_MOVE => Self::Patient,
            _ => Self::Study,
        }
    }
}

/// Answers a question.
pub(crate) async fn answer<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    (finder, turns): (&dyn Finder, &Turns),
    agreement: &Agreement,
) -> Result<(), AssociationError> {
    let message_id = asked.command.message_id;
    let question = match question(asked, agreement) {
        Ok(question) => question,
        Err(refusal) => return refuse(dialogue, asked, &refusal).await,
    };
    let work = async {
        // A semaphore that is never closed always gives a turn, in the end.
        let _turn = turns.questions.acquire().await;
        finder.find(asked.caller, question.query.clone()).await
    };
    match dialogue.during(message_id, asked.until, work).await? {
        During::Done(Ok(found)) => tell(dialogue, asked, &question, &found).await,
        During::Done(Err(refusal)) => refuse(dialogue, asked, &refusal).await,
        During::Cancelled => end(dialogue, asked, Status::CANCELLED).await,
    }
}

fn question(asked: &Asked<'_>, agreement: &Agreement) -> Result<Question, Refusal> {
    let set = read(&asked.data_set, asked.encoding())
        .map_err(|error| Refusal::with_status(Status::CANNOT_UNDERSTAND, error.to_string()))?;
    let class = &asked.context.class;
    let options = agreement.extended.get(class).copied().unwrap_or_default();
    Question::of(&set, &CharacterSet::of(&set), (Root::of(class), options))
}

/// Tells the matches; between two writes the peer may cancel.
async fn tell<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    question: &Question,
    found: &[Found],
) -> Result<(), AssociationError> {
    let pending = asked.command.response_with_data(question.pending());
    let mut match_ = Writer::new(asked.encoding());
    for found in found {
        match_.clear();
        question.write(&mut match_, found, &asked.caller.origin.called_ae);
        dialogue.say(asked.id, &pending, Some(match_.as_bytes())).await?;
        let is_over =
            dialogue.is_flushed() && dialogue.is_cancelled(asked.command.message_id).await?;
        if is_over {
            return end(dialogue, asked, Status::CANCELLED).await;
        }
    }
    end(dialogue, asked, Status::SUCCESS).await
}

async fn refuse<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    refusal: &Refusal,
) -> Result<(), AssociationError> {
    let response = asked.command.response(refusal.status, &refusal.comment);
    Ok(dialogue.say(asked.id, &response, None).await?)
}

async fn end<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    status: Status,
) -> Result<(), AssociationError> {
    Ok(dialogue.say(asked.id, &asked.command.response(status, ""), None).await?)
}
