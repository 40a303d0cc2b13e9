//! Sends studies on as they are, by the rules: each destination on its own, each study until it is
//! taken. Results of ours stay, and nothing goes back to where it came from.

use super::sentence;
use crate::archive::read_object;
use crate::config::Destination;
use crate::store::catalogue::Located;
use crate::store::forward::Forward;
use crate::store::outbox::Again;
use crate::store::{Store, StoreError};
use interval_core::access::{Action, Policy, Principal, Standing, decide};
use interval_core::fault::Fault;
use interval_core::patient::PatientPseudonym;
use interval_core::query::Selection;
use interval_core::uid::{ClassUid, StudyUid, SyntaxUid};
use interval_dimse::ae::AeTitle;
use interval_dimse::scu::{Outgoing, Peer, ScuError, Sender, Timeouts};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tracing::{info, warn};

/// Pause between two looks for something to send.
const PAUSE: Duration = Duration::from_millis(500);

/// Objects of one association: a peer that ends it loses no more.
const BATCH: usize = 200;

/// What everybody reads, for what a destination does not take as it is.
const PLAIN: [&str; 2] = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"];

/// Sends to one destination until told to stop.
pub async fn run(
    store: Store,
    (own, destination): (AeTitle, Destination),
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        tokio::select! {
            done = round(&store, &own, &destination) => if let Err(error) = done {
                warn!("nothing can be sent on to {}: {}", destination.name, sentence(&error));
            },
            _ = stop.changed() => return,
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn round(store: &Store, own: &AeTitle, to: &Destination) -> Result<(), StoreError> {
    for forward in store.forwards_due(&to.name, SystemTime::now()).await? {
        let (study, name) = (forward.study.clone(), &to.name);
        match one(store, own, to, &forward).await {
            Ok((patient, sent)) => {
                store.forwarded((&forward, patient), sent, SystemTime::now()).await?;
                info!(%study, "{sent} objects of study {study} were sent on to {name}");
            }
            Err((again, why)) => {
                warn!(%study, "study {study} was not sent on to {name}: {why}");
                store.not_forwarded(&forward, (&why, again), SystemTime::now()).await?;
            }
        }
    }
    Ok(())
}

type Failed = (Again, String);

fn unfit(error: &StoreError) -> Failed {
    let again = if error.fault().is_transient() { Again::Later } else { Again::Never };
    (again, sentence(error))
}

/// Sends one study; whose it is, and how many objects the destination took.
async fn one(
    store: &Store,
    own: &AeTitle,
    to: &Destination,
    forward: &Forward,
) -> Result<(PatientPseudonym, usize), Failed> {
    let study: StudyUid = forward.study.parse().map_err(|e| (Again::Never, format!("{e}")))?;
    let called = to.ae_title.parse().map_err(|e| (Again::Later, format!("{e}")))?;
    let timeouts = Timeouts::default();
    let (address, calling) = (to.address.clone(), own.clone());
    let peer = Peer { address, calling, called, timeouts, tls: None };
    let (patient, objects) = objects(store, &study, &to.ae_title).await.map_err(|e| unfit(&e))?;
    let mut refused = None;
    let mut sent = 0;
    for some in objects.chunks(BATCH) {
        let mut sender = Sender::open(&peer, kinds(some)).await.map_err(|e| failed(&e))?;
        for object in some {
            match send(store, &mut sender, object).await {
                Ok(()) => sent += 1,
                // What the destination does not want stays; the rest goes.
                Err((Again::Never, why)) => refused = Some(why),
                Err(later) => return Err(later),
            }
        }
        sender.release().await;
    }
    match refused {
        None => Ok((patient, sent)),
        Some(why) => Err((
            Again::Never,
            format!("{} of {} objects: {why}", objects.len() - sent, objects.len()),
        )),
    }
}

/// What of a study goes to a title: no result of ours, and nothing that came from there.
async fn objects(
    store: &Store,
    study: &StudyUid,
    title: &str,
) -> Result<(PatientPseudonym, Vec<Located>), StoreError> {
    let patient = store.patient_of_study(study).await?;
    let (principal, standing) = (Principal::Job(patient), Standing::none(patient));
    let now = SystemTime::now();
    let grant = decide(&Policy::house(), &principal, &standing, Action::Deliver, now);
    let grant = grant.map_err(|_| StoreError::Unknown("study"))?;
    let foreign = store.foreign(&grant, study).await?;
    let mut located = store.locate_own(&grant, &Selection::study(study.clone())).await?;
    located.retain(|object| foreign.get(&object.uid).is_some_and(|sender| sender != title));
    Ok((patient, located))
}

fn kinds(objects: &[Located]) -> BTreeSet<(ClassUid, SyntaxUid)> {
    let plain: Vec<SyntaxUid> = PLAIN.iter().filter_map(|uid| uid.parse().ok()).collect();
    let kept = objects.iter().map(|object| (object.class.clone(), object.syntax.clone()));
    let others = objects
        .iter()
        .flat_map(|object| plain.iter().map(|syntax| (object.class.clone(), syntax.clone())));
    kept.chain(others).collect()
}

async fn send(store: &Store, sender: &mut Sender, object: &Located) -> Result<(), Failed> {
    let accepted = sender.syntaxes_of(&object.class);
    if accepted.is_empty() {
        return Err((Again::Never, format!("it takes no objects of class {}", object.class)));
    }
    let (reading, located) = (store.clone(), object.clone());
    let read = tokio::task::spawn_blocking(move || read_object(&reading, &located, &accepted));
    let read = read.await.map_err(|_| (Again::Later, "it cannot be read".to_owned()))?;
    let retrieved = read.map_err(|refusal| (Again::Never, refusal.comment))?;
    let outgoing = Outgoing {
        class: object.class.clone(),
        instance: object.uid.clone(),
        syntax: retrieved.syntax,
        data_set: retrieved.data_set,
    };
    sender.store(&outgoing).await.map(drop).map_err(|error| failed(&error))
}

/// Whether it may go better later, and what went wrong.
fn failed(error: &ScuError) -> Failed {
    let again = match error.fault() {
        Fault::Refused => Again::Never,
        _ => Again::Later,
    };
    // A title or address that is refused may be set right on the other side.
    let again = if matches!(error, ScuError::NotAccepted { .. }) { Again::Later } else { again };
    (again, sentence(error))
}
