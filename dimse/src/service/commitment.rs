//! Storage commitment (PS3.4 Annex J): a sender may delete what somebody else promises to keep.
//!
//! As its provider we take the request (N-ACTION) at once, ask the host, and report
//! (N-EVENT-REPORT) on the same association while it is open; else the report is the host's to
//! deliver, by [`scu::report`](crate::scu::report). As its user we hear reports on associations
//! that the peer opens.
//!
//! | status | when |
//! |---|---|
//! | 0000H | the request or the report is taken |
//! | 0106H | an attribute has a value that is not allowed |
//! | 0112H | not the well-known instance |
//! | 0113H, 0123H | an event or an action that does not exist |
//! | 0120H | an attribute is missing |
//! | 0122H | the service is not offered in that role |
//! | 0213H | too many requests of one association wait for the host |

mod report;
mod reporting;

use std::sync::Arc;

use interval_core::uid::{ClassUid, InstanceUid, Uid};
use tokio::io::{AsyncRead, AsyncWrite};

use super::Asked;
use crate::Promise;
use crate::association::AssociationError;
use crate::caller::Caller;
use crate::classes::STORAGE_COMMITMENT_INSTANCE;
use crate::command::Operation;
use crate::dialogue::{Dialogue, During};
use crate::identifier::read;
use crate::negotiation::PeerRole;
use crate::status::{Refusal, Status};

pub(crate) use report::request as request_of;
pub(crate) use reporting::Reporting;

/// Action Type ID of a request (PS3.4 J.3.2.1).
pub(crate) const REQUEST: u16 = 1;

/// Event Type IDs of a report: all are kept; some are not (PS3.4 J.3.3.1).
pub(crate) const ALL_KEPT: u16 = 1;
pub(crate) const SOME_FAILED: u16 = 2;

/// Kind: a transaction (0008,1195).
#[derive(Debug)]
pub enum Transaction {}

/// Transaction UID: what ties a report to its request.
pub type TransactionUid = Uid<Transaction>;

/// An object that is referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// SOP class.
    pub class: ClassUid,
    /// SOP instance.
    pub instance: InstanceUid,
}

/// Whether an object is kept safely (PS3.3 C.14.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Custody {
    /// It is, and its sender may delete it.
    Kept,
    /// It is not here: 0112H.
    NoSuchObject,
    /// It is here with another SOP class: 0119H.
    ClassConflict,
    /// It cannot be said, or not be promised: 0110H.
    NotPromised,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The request it answers.
    pub transaction: TransactionUid,
    /// Objects that are kept.
    pub kept: Vec<Reference>,
    /// Objects that are not, each with its Failure Reason (0008,1197).
    pub failed: Vec<(Reference, Status)>,
}

/// Who can promise to keep objects: the host implements this.
pub trait Custodian: Send + Sync + 'static {
    /// Whether each of these objects is kept safely, in their order.
    fn keeps<'a>(
        &'a self,
        caller: &'a Caller,
        references: &'a [Reference],
    ) -> Promise<'a, Result<Vec<Custody>, Refusal>>;

    /// The caller has gone before it heard this report, or did not confirm it. The host sends it
    /// by [`scu::report`](crate::scu::report) on an association of its own, and tries again.
    fn undelivered<'a>(&'a self, caller: &'a Caller, report: Report) -> Promise<'a, ()>;
}

/// Who waits for reports of commitments that we asked for: the host implements this.
pub trait Informed: Send + Sync + 'static {
    /// A report has come on an association that the peer opened. The transaction tells which
    /// request it belongs to; one that nobody waits for is refused with
    /// [`Status::NO_SUCH_INSTANCE`].
    fn reported<'a>(
        &'a self,
        caller: &'a Caller,
        report: Report,
    ) -> Promise<'a, Result<(), Refusal>>;
}

fn check_instance(asked: &Asked<'_>) -> Result<(), Refusal> {
    if asked.command.instance == STORAGE_COMMITMENT_INSTANCE {
        return Ok(());
    }
    let comment = "not the instance of Storage Commitment";
    Err(Refusal::with_status(Status::NO_SUCH_INSTANCE, comment))
}

/// Takes a request. It is answered at once, and reported on later.
pub(crate) async fn take<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    custodian: Option<&Arc<dyn Custodian>>,
    reporting: &mut Reporting,
) -> Result<(), AssociationError> {
    let taken = match custodian {
        Some(custodian) if asked.context.peer != PeerRole::Provider => {
            requested(asked).and_then(|requested| reporting.begin(asked, custodian, requested))
        }
        _ => Err(Refusal::with_status(Status::CLASS_NOT_SUPPORTED, "commitment is not offered")),
    };
    answer(dialogue, asked, taken).await
}

fn requested(asked: &Asked<'_>) -> Result<(TransactionUid, Vec<Reference>), Refusal> {
    check_instance(asked)?;
    if asked.command.operation != Operation::Action(REQUEST) {
        return Err(Refusal::with_status(Status::NO_SUCH_ACTION, "there is no such action"));
    }
    let set = read(&asked.data_set, asked.encoding())
        .map_err(|error| Refusal::with_status(Status::INVALID_ATTRIBUTE, error.to_string()))?;
    report::requested(&set)
}

/// Hears a report.
pub(crate) async fn hear<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    informed: Option<&dyn Informed>,
) -> Result<(), AssociationError> {
    let heard = match informed {
        Some(informed) if asked.context.peer != PeerRole::User => match reported(asked) {
            Ok(report) => {
                let work = informed.reported(asked.caller, report);
                match dialogue.during(asked.command.message_id, asked.until, work).await? {
                    During::Done(taken) => taken,
                    During::Cancelled => Ok(()),
                }
            }
            Err(refusal) => Err(refusal),
        },
        _ => Err(Refusal::with_status(Status::CLASS_NOT_SUPPORTED, "no report is awaited")),
    };
    answer(dialogue, asked, heard).await
}

fn reported(asked: &Asked<'_>) -> Result<Report, Refusal> {
    check_instance(asked)?;
    report_of(&asked.command.operation, (&asked.data_set, asked.encoding()))
}

/// The report in an N-EVENT-REPORT.
pub(crate) fn report_of(
    operation: &Operation,
    (data_set, encoding): (&[u8], crate::identifier::Encoding),
) -> Result<Report, Refusal> {
    if !matches!(operation, Operation::EventReport(ALL_KEPT | SOME_FAILED)) {
        return Err(Refusal::with_status(Status::NO_SUCH_EVENT_TYPE, "there is no such event"));
    }
    let set = read(data_set, encoding)
        .map_err(|error| Refusal::with_status(Status::INVALID_ATTRIBUTE, error.to_string()))?;
    Report::of(&set)
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin + Send>(
    dialogue: &mut Dialogue<S>,
    asked: &Asked<'_>,
    taken: Result<(), Refusal>,
) -> Result<(), AssociationError> {
    let (status, comment) = match taken {
        Ok(()) => (Status::SUCCESS, String::new()),
        Err(refusal) => (refusal.status, refusal.comment),
    };
    Ok(dialogue.say(asked.id, &asked.command.response(status, &comment), None).await?)
}
