//! `interval verify`: is every byte still what it was?

use super::{Ended, Failure, Place, fail, progress, write_json};
use crate::store::verify::Held;
use crate::store::{Store, StoreError};
use clap::Args;
use interval_core::digest::Digest;
use interval_core::fault::Fault;
use interval_core::uid::StudyUid;
use serde::Serialize;
use std::io;

/// Check what the node holds against the digests recorded at receipt: one study, or everything
/// with its artefacts.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  interval verify --all --data /var/lib/interval --json -\n  \
                        interval verify 1.2.840.99.1 --data /var/lib/interval")]
pub struct Verify {
    /// Study Instance UID.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    study: Option<StudyUid>,
    /// Check everything.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: Place,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
struct Verified {
    /// Instances that are recorded.
    instances: usize,
    /// Objects that are recorded: instances, artefacts, results.
    objects: usize,
    /// Recorded, but the object is gone.
    lost: Vec<Found>,
    /// Recorded, but the bytes, or the row that names them, are others.
    altered: Vec<Found>,
    /// Objects that no row names: left by a sudden end, never acknowledged.
    orphans: usize,
    /// SOP Instance UIDs of all intact instances, with their digests.
    intact: Vec<(String, String)>,
}

/// An object that is not as it was.
#[derive(Debug, Serialize)]
struct Found {
    /// What its row calls it: a SOP Instance UID, or stage and name of an artefact.
    name: String,
    /// The table of its row.
    table: &'static str,
    /// The name of its file.
    object: String,
}

impl From<Held> for Found {
    fn from(held: Held) -> Self {
        Self { name: held.name, table: held.table, object: held.file }
    }
}

impl Verify {
    pub(super) async fn run(self) -> Ended {
        let store = self.place.store().await?;
        let verified = verify(&store, self.study.as_ref()).await?;
        write_json(self.place.json.as_deref(), &verified)?;
        let (lost, altered) = (verified.lost.len(), verified.altered.len());
        for (how, found) in [("lost", &verified.lost), ("altered", &verified.altered)] {
            for Found { name, table, object } in found {
                eprintln!("{how}: {name} ({table}, object {object})");
            }
        }
        eprintln!(
            "{} instances in {} objects, {lost} lost, {altered} altered, {} orphaned objects",
            verified.instances, verified.objects, verified.orphans
        );
        if lost + altered == 0 {
            Ok(())
        } else {
            Err(Failure::failed(format!("{lost} lost, {altered} altered")))
        }
    }
}

async fn verify(store: &Store, study: Option<&StudyUid>) -> Result<Verified, Failure> {
    let held = store.held(study).await.map_err(fail(Fault::Unavailable))?;
    let orphans = match study {
        Some(_) => 0,
        None => store.orphans().await.map_err(fail(Fault::Unavailable))?.len(),
    };
    let mut verified = Verified { objects: held.len(), orphans, ..Default::default() };
    let bar = progress::count("verifying", held.len());
    for held in held {
        let instance = held.table == "instance";
        verified.instances += usize::from(instance);
        match state(store, &held) {
            State::Intact if instance => {
                verified.intact.push((held.name, held.digest.to_string()));
            }
            State::Intact => {}
            State::Altered => verified.altered.push(held.into()),
            State::Lost => verified.lost.push(held.into()),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(verified)
}

enum State {
    Intact,
    Altered,
    Lost,
}

fn state(store: &Store, held: &Held) -> State {
    let object = match &held.object {
        Ok(object) => object,
        Err(StoreError::Shredded | StoreError::Key(_)) => return State::Lost,
        Err(_) => return State::Altered,
    };
    match store.blobs().read(object) {
        Ok(bytes) if Digest::of(&bytes) == held.digest => State::Intact,
        Ok(_) => State::Altered,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => State::Altered,
        Err(_) => State::Lost,
    }
}
