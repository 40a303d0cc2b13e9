//! What DICOM peers find behind the door: reception, questions, retrieval, commitment, notices. Each
//! is asked of the access policy and noted in the audit log before anything is told or sent.

mod commitment;
mod find;
mod retrieve;

pub(crate) use retrieve::read_object;

use crate::arrivals::Arrivals;
use crate::config::peer::Asked;
use crate::ingest::{Arrival, Ingest};
use crate::peers::Peers;
use crate::pipeline::sentence;
use crate::store::audit::writer::AuditWriter;
use crate::store::catalogue::Located;
use crate::store::{Store, StoreError, milliseconds};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action, Actor, Detail, Outcome, PeerTitle, Resource};
use interval_core::study::Origin;
use interval_core::uid::InstanceUid;
use interval_dimse::Promise;
use interval_dimse::ae::AeTitle;
use interval_dimse::caller::{Admitted, Caller, Gatekeeper, Rejection};
use interval_dimse::scu::Peer;
use interval_dimse::service::availability::{Announced, Availability, Notice};
use interval_dimse::service::storage::{Incoming, Receiver};
use interval_dimse::services::Services;
use interval_dimse::status::{Refusal, Status};
use interval_dimse::tls;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tracing::{info, warn};

/// The archive, as peers see it; copies are one.
#[derive(Clone)]
pub struct Archive(Arc<House>);

/// What all associations share.
pub struct House {
    /// Rows and objects.
    pub store: Store,
    /// Where instances go.
    pub ingest: Ingest,
    /// Who may do what.
    pub peers: Arc<Peers>,
    /// The title by which we call others.
    pub own: AeTitle,
    /// How peers are called that are called by TLS, by their titles.
    pub tls: BTreeMap<String, tls::Client>,
    /// Where each access is noted.
    pub audit: AuditWriter,
    /// Whether we promise to keep what is sent to us.
    pub promises: Promises,
}

/// Whether we promise to keep what is sent to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promises {
    /// For as long as nobody destroys the patient's key.
    Kept,
    /// We are no archive: every request is told that we have no such object.
    None,
}

/// What an association has selected and not fetched yet.
type Selected = Arc<Mutex<HashMap<u128, HashMap<InstanceUid, Located>>>>;

struct Open {
    house: Archive,
    selected: Selected,
}

impl Archive {
    /// An archive of these parts.
    pub fn new(house: House) -> Self {
        Self(Arc::new(house))
    }

    /// What peers are offered.
    pub fn services(&self) -> Services<Doorway> {
        let open = Arc::new(Open { house: self.clone(), selected: Selected::default() });
        Services::new(Doorway { archive: self.clone(), selected: open.selected.clone() })
            .gatekeeper(Arc::new(self.clone()))
            .finder(Arc::new(self.clone()))
            .source(open)
            .custodian(Arc::new(self.clone()))
            .announced(Arc::new(self.clone()))
    }

    /// Rows and objects.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Where instances go.
    pub fn ingest(&self) -> &Ingest {
        &self.0.ingest
    }

    /// What is seen of studies while they arrive.
    pub fn arrivals(&self) -> &Arrivals {
        self.0.ingest.arrivals()
    }

    /// A sender that may be asked how many instances a study has.
    pub fn counting_peer(&self, title: &str) -> Option<Peer> {
        let known = self.0.peers.known(title).filter(|known| known.counts == Asked::Yes);
        known.and_then(|_| self.peer(&title.parse().ok()?))
    }

    /// Notes that a peer was refused, once for each association.
    async fn denied(&self, caller: &Caller, action: Action) -> Refusal {
        let event =
            event(caller, action, Resource::Node).with_outcome(Outcome::Denied, Detail::WrongPeer);
        if let Err(error) = self.0.store.audit_once(&event).await {
            return failed(&error);
        }
        Refusal::with_status(Status::NOT_AUTHORISED, "this peer may not ask for this")
    }
}

/// An event of a peer.
fn event(caller: &Caller, action: Action, resource: Resource) -> AuditEvent {
    let actor = Actor::Peer(PeerTitle::of(&caller.origin.calling_ae));
    AuditEvent::new(milliseconds(SystemTime::now()), actor, action, resource)
        .with_outcome(Outcome::Success, Detail::Care)
        .with_trace(caller.origin.association)
}

/// A failure of ours, for the peer; logged here.
fn failed(error: &StoreError) -> Refusal {
    let fault = error.fault();
    warn!(fault = fault.as_str(), "a peer was not answered: {}", sentence(error));
    Refusal::new(fault, "the request cannot be carried out now")
}

/// The way in.
pub struct Doorway {
    archive: Archive,
    selected: Selected,
}

impl Receiver for Doorway {
    type Reception = Arrival;

    async fn begin(&self, incoming: Incoming) -> Result<Arrival, Refusal> {
        Receiver::begin(&self.archive.0.ingest, incoming).await
    }

    async fn closed(&self, origin: &Origin) {
        self.archive.arrivals().closed(origin);
        let mut selected = self.selected.lock().unwrap_or_else(PoisonError::into_inner);
        selected.remove(&origin.association.0);
        info!(calling_ae = %origin.calling_ae, "association with {} ended", origin.calling_ae);
    }
}

impl Gatekeeper for Archive {
    fn admit<'a>(&'a self, caller: &'a Caller) -> Promise<'a, Result<Admitted, Rejection>> {
        Box::pin(async move {
            if self.0.peers.knows(caller) {
                return Ok(Admitted::Unidentified);
            }
            self.denied(caller, Action::Access).await;
            Err(Rejection::CallingTitle)
        })
    }
}

impl Announced for Archive {
    fn announced<'a>(
        &'a self,
        caller: &'a Caller,
        notice: Notice,
    ) -> Promise<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let title = &caller.origin.calling_ae;
            if self.0.peers.may_send(title, None, SystemTime::now()).is_err() {
                return Err(self.denied(caller, Action::Receive).await);
            }
            let online = notice.objects.into_iter();
            let online = online.filter(|object| object.availability == Availability::Online);
            self.arrivals().announced(&notice.study, online.map(|object| object.instance));
            Ok(())
        })
    }
}
