//! What the host does for the callers: one trait for each service, all but storage optional.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::caller::Gatekeeper;
use crate::classes::Service;
use crate::service::availability::Announced;
use crate::service::commitment::{Custodian, Informed};
use crate::service::query::Finder;
use crate::service::retrieve::Source;
use crate::service::storage::Receiver;

/// The services of a host. A service that it does not offer is not agreed to either.
#[derive(Clone)]
pub struct Services<R> {
    pub(crate) receiver: Arc<R>,
    pub(crate) gatekeeper: Option<Arc<dyn Gatekeeper>>,
    pub(crate) finder: Option<Arc<dyn Finder>>,
    pub(crate) source: Option<Arc<dyn Source>>,
    pub(crate) custodian: Option<Arc<dyn Custodian>>,
    pub(crate) informed: Option<Arc<dyn Informed>>,
    pub(crate) announced: Option<Arc<dyn Announced>>,
}

impl<R: Receiver> Services<R> {
    /// Verification and storage only.
    pub fn new(receiver: R) -> Self {
        Self {
            receiver: Arc::new(receiver),
            gatekeeper: None,
            finder: None,
            source: None,
            custodian: None,
            informed: None,
            announced: None,
        }
    }

    /// What is offered besides verification and storage.
    pub(crate) fn offered(&self) -> BTreeSet<Service> {
        let offers = [
            (Service::Find, self.finder.is_some()),
            (Service::Get, self.source.is_some()),
            (Service::Move, self.source.is_some()),
            (Service::Commitment, self.custodian.is_some()),
            (Service::CommitmentReports, self.informed.is_some()),
            (Service::Availability, self.announced.is_some()),
        ];
        offers
            .into_iter()
            .filter(|(_, is_offered)| *is_offered)
            .map(|(service, _)| service)
            .collect()
    }

    /// Who may call.
    #[must_use]
    pub fn gatekeeper(mut self, gatekeeper: Arc<dyn Gatekeeper>) -> Self {
        self.gatekeeper = Some(gatekeeper);
        self
    }

    /// C-FIND, Study Root and Patient Root.
    #[must_use]
    pub fn finder(mut self, finder: Arc<dyn Finder>) -> Self {
        self.finder = Some(finder);
        self
    }

    /// C-GET and C-MOVE, Study Root and Patient Root.
    #[must_use]
    pub fn source(mut self, source: Arc<dyn Source>) -> Self {
        self.source = Some(source);
        self
    }

    /// Storage commitment, as its provider.
    #[must_use]
    pub fn custodian(mut self, custodian: Arc<dyn Custodian>) -> Self {
        self.custodian = Some(custodian);
        self
    }

    /// Reports of storage commitments that we asked for, on associations that the peer opens.
    #[must_use]
    pub fn informed(mut self, informed: Arc<dyn Informed>) -> Self {
        self.informed = Some(informed);
        self
    }

    /// Instance Availability Notification.
    #[must_use]
    pub fn announced(mut self, announced: Arc<dyn Announced>) -> Self {
        self.announced = Some(announced);
        self
    }
}

impl<R: Receiver> From<R> for Services<R> {
    fn from(receiver: R) -> Self {
        Self::new(receiver)
    }
}

impl<R> std::fmt::Debug for Services<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services")
            .field("finder", &self.finder.is_some())
            .field("source", &self.source.is_some())
            .field("custodian", &self.custodian.is_some())
            .field("informed", &self.informed.is_some())
            .field("announced", &self.announced.is_some())
            .finish_non_exhaustive()
    }
}
