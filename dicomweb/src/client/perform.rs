//! Tasks of another system's worklist (UPS-RS), as the one who performs them: find, claim, tell how
//! far it is, finish.

use super::connection::Client;
use super::failure::ClientError;
use crate::json::{DataSet, Vr, to_array};
use crate::parameters::encode;
use crate::workitem::{CancelRequest, State, StateChange, TransactionUid, tag};
use interval_core::uid::InstanceUid;
use reqwest::{Body, Method};

const DICOM_JSON: &str = "application/dicom+json";

/// A workitem that is claimed. The lock is to be kept where a restart finds it: without it nobody
/// can finish the workitem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performer {
    /// Which workitem.
    pub workitem: InstanceUid,
    /// The lock: a UID that nobody else has.
    pub transaction: TransactionUid,
}

impl Client {
    /// Workitems that match; keys are keywords or tags, with dots into sequences.
    pub async fn search_workitems(
        &self,
        keys: &[(&str, &str)],
        limit: u64,
    ) -> Result<Vec<DataSet>, ClientError> {
        let mut path = format!("/workitems?limit={limit}");
        for (key, value) in keys {
            path.push('&');
            encode(&mut path, key);
            path.push('=');
            encode(&mut path, value);
        }
        self.page("search for workitems", &path).await
    }

    /// One workitem.
    pub async fn workitem(&self, uid: &InstanceUid) -> Result<Option<DataSet>, ClientError> {
        let mut found = self.page("retrieve a workitem", &format!("/workitems/{uid}")).await?;
        Ok(found.pop())
    }

    /// Claims a workitem with a lock of ours. If somebody else was first the archive answers 409,
    /// or 400, as a [`ClientError::Status`].
    pub async fn claim(&self, performer: &Performer) -> Result<(), ClientError> {
        self.change_state("claim a workitem", performer, State::InProgress).await
    }

    /// Tells how far it is, or what came of it: sets attributes of what we claimed.
    pub async fn progress(
        &self,
        performer: &Performer,
        changes: &DataSet,
    ) -> Result<(), ClientError> {
        let path =
            format!("/workitems/{}?transaction={}", performer.workitem, performer.transaction);
        let mut changes = changes.clone();
        // Some worklists look for the lock in the address, some in the body.
        changes.put(tag::TRANSACTION, Vr::UI, performer.transaction.as_str());
        self.tell("update a workitem", (Method::POST, &path), to_array([&changes])).await
    }

    /// Completes what we claimed; what came of it has been told before.
    pub async fn complete(&self, performer: &Performer) -> Result<(), ClientError> {
        self.change_state("complete a workitem", performer, State::Completed).await
    }

    /// Cancels what we claimed; why has been told before.
    pub async fn cancel(&self, performer: &Performer) -> Result<(), ClientError> {
        self.change_state("cancel a workitem", performer, State::Canceled).await
    }

    /// Asks whoever performs a workitem to cancel it.
    pub async fn ask_to_cancel(
        &self,
        uid: &InstanceUid,
        request: &CancelRequest,
    ) -> Result<(), ClientError> {
        let path = format!("/workitems/{uid}/cancelrequest");
        self.tell("ask to cancel a workitem", (Method::POST, &path), request.to_json()).await
    }

    async fn change_state(
        &self,
        action: &'static str,
        performer: &Performer,
        state: State,
    ) -> Result<(), ClientError> {
        let path = format!("/workitems/{}/state", performer.workitem);
        let change = StateChange { state, transaction: performer.transaction.clone() };
        self.tell(action, (Method::PUT, &path), change.to_json()).await
    }

    /// Sends, and reads no more of the answer than whether it says yes.
    async fn tell(
        &self,
        action: &'static str,
        to: (Method, &str),
        body: Vec<u8>,
    ) -> Result<(), ClientError> {
        let response = self.send(action, to, DICOM_JSON, Body::from(body)).await?;
        self.body(action, response).await.map(drop)
    }
}
