//! C-FIND: what a peer may be told of.

use super::{Archive, event, failed};
use interval_core::audit::words::{Action, Resource};
use interval_core::query::{Found, Query};
use interval_dimse::Promise;
use interval_dimse::caller::Caller;
use interval_dimse::service::query::Finder;
use interval_dimse::status::Refusal;
use std::time::SystemTime;

impl Finder for Archive {
    fn find<'a>(
        &'a self,
        caller: &'a Caller,
        query: Query,
    ) -> Promise<'a, Result<Vec<Found>, Refusal>> {
        Box::pin(async move {
            let title = &caller.origin.calling_ae;
            let Ok(panel) = self.0.peers.panel(title, SystemTime::now()) else {
                return Err(self.denied(caller, Action::Query).await);
            };
            let found = self.0.store.find(&panel, &query).await.map_err(|e| failed(&e))?;
            let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
            let event = event(caller, Action::Query, Resource::List).with_count(count);
            self.0.audit.note(event).await.map_err(|e| failed(&e))?;
            Ok(found)
        })
    }
}
