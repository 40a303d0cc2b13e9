//! Reports on their way: asked of the host while the association goes on, told on it one by one,
//! and handed to the host when it has ended.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tracing::{info, warn};

use super::{Custodian, Custody, Reference, Report, TransactionUid};
use crate::association::AssociationError;
use crate::caller::Caller;
use crate::classes::{STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE};
use crate::command::{Command, Operation, event_report_request};
use crate::dialogue::Dialogue;
use crate::identifier::Encoding;
use crate::service::Asked;
use crate::status::{Outcome, Refusal, Status};

/// Requests of one association that wait for the host. A sender asks once for a study.
const WAITING_MAX: usize = 16;

/// A report with the context it goes on.
#[derive(Debug)]
pub(crate) struct Ready {
    context: u8,
    encoding: Encoding,
    report: Report,
}

/// The reports of one association.
#[derive(Default)]
pub(crate) struct Reporting {
    custodian: Option<Arc<dyn Custodian>>,
    asked: JoinSet<Ready>,
    /// The report that was told and is not confirmed yet.
    told: Option<(u16, Report)>,
    last_message_id: u16,
}

impl Reporting {
    /// Asks the host about a request.
    pub(super) fn begin(
        &mut self,
        asked: &Asked<'_>,
        custodian: &Arc<dyn Custodian>,
        (transaction, references): (TransactionUid, Vec<Reference>),
    ) -> Result<(), Refusal> {
        if self.asked.len() >= WAITING_MAX {
            let comment = "too many commitment requests wait";
            return Err(Refusal::with_status(Status::RESOURCE_LIMITATION, comment));
        }
        self.custodian = Some(Arc::clone(custodian));
        let (custodian, caller) = (Arc::clone(custodian), asked.caller.clone());
        let (context, encoding) = (asked.id, asked.encoding());
        self.asked.spawn(async move {
            let kept = custodian.keeps(&caller, &references).await;
            Ready { context, encoding, report: sorted(transaction, references, kept) }
        });
        Ok(())
    }

    /// The next report that may be told: one after the other, as no more was negotiated.
    pub(crate) async fn ready(&mut self) -> Ready {
        while self.told.is_none() {
            match self.asked.join_next().await {
                Some(Ok(ready)) => return ready,
                Some(Err(defect)) => warn!("a commitment request ended by a defect: {defect}"),
                None => break,
            }
        }
        std::future::pending().await
    }

    /// Tells a report.
    pub(crate) async fn say<S: AsyncRead + AsyncWrite + Unpin + Send>(
        &mut self,
        dialogue: &mut Dialogue<S>,
        ready: Ready,
    ) -> Result<(), AssociationError> {
        let Ready { context, encoding, report } = ready;
        self.last_message_id = self.last_message_id.checked_add(1).unwrap_or(1);
        let id = self.last_message_id;
        let about = (STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE);
        let request = event_report_request(id, about, report.event());
        let data_set = report.encode(encoding);
        self.told = Some((id, report));
        dialogue.say(context, &request, Some(&data_set)).await?;
        Ok(dialogue.flush().await?)
    }

    /// The peer answers a report.
    pub(crate) fn heard(&mut self, response: &Command) -> Result<(), AssociationError> {
        let Operation::Response(status) = response.operation else {
            return Err(AssociationError::Unasked);
        };
        match self.told.take() {
            Some((id, report)) if id == response.message_id => {
                if let Outcome::Failure(_) = status.outcome() {
                    let transaction = &report.transaction;
                    info!("the report of {transaction} was answered with status {status}");
                }
                Ok(())
            }
            told => {
                self.told = told;
                Err(AssociationError::Unasked)
            }
        }
    }

    /// The association has ended: what was not confirmed is the host's to deliver.
    pub(crate) async fn hand_over(&mut self, caller: &Caller) {
        let Some(custodian) = self.custodian.take() else { return };
        if let Some((_, report)) = self.told.take() {
            custodian.undelivered(caller, report).await;
        }
        let mut asked = std::mem::take(&mut self.asked);
        if asked.is_empty() {
            return;
        }
        // The host may need longer than the connection stays.
        let caller = caller.clone();
        tokio::spawn(async move {
            while let Some(ready) = asked.join_next().await {
                if let Ok(Ready { report, .. }) = ready {
                    custodian.undelivered(&caller, report).await;
                }
            }
        });
    }
}

/// A report of what the host says.
fn sorted(
    transaction: TransactionUid,
    references: Vec<Reference>,
    kept: Result<Vec<Custody>, Refusal>,
) -> Report {
    let kept = kept.unwrap_or_else(|refusal| {
        info!("a commitment request cannot be answered: {refusal}");
        Vec::new()
    });
    let mut report = Report { transaction, kept: Vec::new(), failed: Vec::new() };
    // What the host does not speak of is not promised.
    let custody = kept.into_iter().chain(std::iter::repeat(Custody::NotPromised));
    for (reference, custody) in references.into_iter().zip(custody) {
        match custody {
            Custody::Kept => report.kept.push(reference),
            Custody::NoSuchObject => report.failed.push((reference, Status::NO_SUCH_INSTANCE)),
            Custody::ClassConflict => {
                report.failed.push((reference, Status::CLASS_INSTANCE_CONFLICT));
            }
            Custody::NotPromised => report.failed.push((reference, Status::PROCESSING_FAILURE)),
        }
    }
    report
}
