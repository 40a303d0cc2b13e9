//! Deliver: sends what was authored, byte for byte; each object is retried alone, and nothing is
//! authored again.

use super::sentence;
use crate::config::Destination;
use crate::store::outbox::{Again, Outgoing};
use crate::store::{Store, StoreError};
use interval_core::fault::Fault;
use interval_dimse::ae::AeTitle;
use interval_dimse::scu;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tracing::{info, warn};

/// Pause between two looks into an empty outbox.
const PAUSE: Duration = Duration::from_millis(500);

/// Sends until told to stop.
pub async fn run(
    store: Store,
    (own, destinations): (AeTitle, Vec<Destination>),
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        if let Err(error) = round(&store, &own, &destinations).await {
            warn!("the outbox could not be worked on: {}", sentence(&error));
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn round(
    store: &Store,
    own: &AeTitle,
    destinations: &[Destination],
) -> Result<(), StoreError> {
    for outgoing in store.due(SystemTime::now()).await? {
        let destination = destinations.iter().find(|d| d.name == outgoing.destination);
        let sent = match destination {
            Some(destination) => send(store, own, destination, &outgoing).await,
            None => {
                Err((Again::Later, format!("no destination is called {}", outgoing.destination)))
            }
        };
        let now = SystemTime::now();
        match sent {
            Ok(()) => {
                store.delivered(&outgoing, now).await?;
                info!(job = outgoing.job, kind = outgoing.kind.as_str(), "delivered");
            }
            Err((again, reason)) => {
                warn!(job = outgoing.job, "not delivered to {}: {reason}", outgoing.destination);
                store.not_delivered(&outgoing, &reason, again, now).await?;
            }
        }
    }
    Ok(())
}

async fn send(
    store: &Store,
    own: &AeTitle,
    destination: &Destination,
    outgoing: &Outgoing,
) -> Result<(), (Again, String)> {
    let later = |reason: String| (Again::Later, reason);
    let bytes = store.open_outgoing(outgoing).map_err(|error| {
        let again = if error.fault() == Fault::Defect { Again::Never } else { Again::Later };
        (again, sentence(&error))
    })?;
    let called = destination.ae_title.parse().map_err(|e| later(format!("{e}")))?;
    let peer = scu::Peer {
        address: destination.address.clone(),
        calling: own.clone(),
        called,
        timeouts: scu::Timeouts::default(),
        tls: None,
    };
    let object = scu::Outgoing::from_part10(&bytes.bytes().to_vec().into())
        .map_err(|e| (Again::Never, sentence(&e)))?;
    let outcomes = scu::store(&peer, &[object]).await.map_err(|error| failed(&error))?;
    match outcomes.into_iter().next().map(|outcome| outcome.result) {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(failed(&error)),
        None => Err(later("the peer did not answer".into())),
    }
}

/// Whether it may go better later, and what went wrong.
fn failed(error: &scu::ScuError) -> (Again, String) {
    let again = if error.fault().is_transient() { Again::Later } else { Again::Never };
    (again, sentence(error))
}
