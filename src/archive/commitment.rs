//! Storage commitment: what we promise to keep, and reports to peers that have gone.

use super::{Archive, Promises, failed};
use interval_dimse::Promise;
use interval_dimse::ae::AeTitle;
use interval_dimse::caller::Caller;
use interval_dimse::scu;
use interval_dimse::service::commitment::{Custodian, Custody, Reference, Report};
use interval_dimse::status::Refusal;
use std::time::{Duration, SystemTime};
use tracing::{info, warn};

/// How long to wait before a report is sent again to a peer that has gone: it may be restarting, or
/// it listens only after its own association ended.
const AGAIN_AFTER: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(5),
    Duration::from_mins(30),
];

impl Custodian for Archive {
    fn keeps<'a>(
        &'a self,
        caller: &'a Caller,
        references: &'a [Reference],
    ) -> Promise<'a, Result<Vec<Custody>, Refusal>> {
        Box::pin(async move {
            let may_send =
                self.0.peers.may_send(&caller.origin.calling_ae, None, SystemTime::now());
            if self.0.promises == Promises::None || may_send.is_err() {
                return Ok(vec![Custody::NoSuchObject; references.len()]);
            }
            let uids: Vec<_> = references.iter().map(|reference| &reference.instance).collect();
            let classes = self.0.store.classes_of(&uids).await.map_err(|error| failed(&error))?;
            let custody = |reference: &Reference| match classes.get(reference.instance.as_str()) {
                None => Custody::NoSuchObject,
                Some(class) if *class == reference.class => Custody::Kept,
                Some(_) => Custody::ClassConflict,
            };
            Ok(references.iter().map(custody).collect())
        })
    }

    fn undelivered<'a>(&'a self, caller: &'a Caller, report: Report) -> Promise<'a, ()> {
        Box::pin(async move {
            let title = caller.origin.calling_ae.clone();
            let peer = title.parse::<AeTitle>().ok().and_then(|title| self.peer(&title));
            let Some(peer) = peer else {
                warn!("a commitment was not reported: no address is known of {title}");
                return;
            };
            tokio::spawn(async move {
                for wait in AGAIN_AFTER {
                    tokio::time::sleep(wait).await;
                    match scu::report(&peer, &report).await {
                        Ok(()) => return info!("a commitment was reported to {title}"),
                        Err(error) => warn!("a commitment was not reported to {title}: {error}"),
                    }
                }
            });
        })
    }
}
