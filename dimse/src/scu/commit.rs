//! Storage commitment as a user, and reports as its provider (PS3.4 Annex J).

use bytes::Bytes;
use tokio::time::{Duration, Instant, timeout};

use super::Peer;
use super::error::ScuError;
use super::line::{Line, Proposal, Proposals};
use super::sender::plain;
use crate::classes::{STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE};
use crate::command::{Operation, action_request, event_report_request};
use crate::identifier::Encoding;
use crate::service::commitment::{
    REQUEST, Reference, Report, TransactionUid, report_of, request_of,
};
use crate::status::{Outcome, Status};

/// What was done, for errors.
const COMMIT: &str = "storage commitment";

/// What the peer says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commitment {
    /// It has reported already.
    Reported(Report),
    /// It has taken the request. Its report comes on an association that it opens: see
    /// [`Informed`](crate::service::commitment::Informed).
    Later,
}

fn proposals() -> Proposals {
    let class = STORAGE_COMMITMENT.to_owned();
    Proposals::of(vec![Proposal { class, syntaxes: plain() }])
}

fn context(line: &Line) -> Result<(u8, Encoding), ScuError> {
    let agreed = line.context_of(STORAGE_COMMITMENT);
    let agreed = agreed.map(|(id, agreed)| (id, Encoding::of(&agreed.syntax)));
    agreed.ok_or(ScuError::ServiceNotAccepted(COMMIT))
}

fn taken(operation: &Operation, comment: &str) -> Result<(), ScuError> {
    match operation {
        Operation::Response(status) if status.outcome() != Outcome::Success => {
            let comment = comment.to_owned();
            Err(ScuError::NotDone { what: COMMIT, status: *status, comment })
        }
        _ => Ok(()),
    }
}

/// Asks the peer to promise that it keeps these objects, and waits on the same association for its
/// report, for as long as `patience`.
pub async fn commit(
    peer: &Peer,
    transaction: &TransactionUid,
    references: &[Reference],
    patience: Duration,
) -> Result<Commitment, ScuError> {
    let mut line = Line::open(peer, proposals()).await?;
    let (context, encoding) = context(&line)?;
    let id = line.next_message_id();
    let about = (STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE);
    let request = action_request(id, about, REQUEST);
    let data_set = Bytes::from(request_of(transaction, references, encoding));
    let response = line.ask(context, id, &request, Some(&data_set)).await?;
    taken(&response.operation, &response.comment)?;
    let long = Instant::now() + patience + peer.timeouts.response;
    let commitment = match timeout(patience, line.hear(long)).await {
        Err(_) => Commitment::Later,
        Ok(message) => {
            let message = message?;
            let report = report_of(&message.command.operation, (&message.data_set, encoding));
            let report = report.map_err(|refusal| ScuError::Nonsense(refusal.comment))?;
            let status = if report.transaction == *transaction {
                Status::SUCCESS
            } else {
                Status::NO_SUCH_INSTANCE
            };
            let response = message.command.response(status, "");
            line.tell(message.context, &response, None).await?;
            if report.transaction == *transaction {
                Commitment::Reported(report)
            } else {
                Commitment::Later
            }
        }
    };
    line.release().await;
    Ok(commitment)
}

/// Reports to a peer that asked for a commitment and has gone since: as the provider, on an
/// association of our own.
pub async fn report(peer: &Peer, report: &Report) -> Result<(), ScuError> {
    let mut proposals = proposals();
    proposals.exchanged.push(STORAGE_COMMITMENT.to_owned());
    let mut line = Line::open(peer, proposals).await?;
    let (context, encoding) = context(&line)?;
    let id = line.next_message_id();
    let about = (STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE);
    let request = event_report_request(id, about, report.event());
    let data_set = Bytes::from(report.encode(encoding));
    let response = line.ask(context, id, &request, Some(&data_set)).await?;
    taken(&response.operation, &response.comment)?;
    line.release().await;
    Ok(())
}
