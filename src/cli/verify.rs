//! `interval verify`: is every byte still what it was?

use super::{Ended, Failure, fail, progress, write_json};
use crate::node::open_store;
use crate::store::Store;
use clap::Args;
use interval_core::digest::Digest;
use interval_core::fault::Fault;
use serde::Serialize;
use std::path::PathBuf;

/// Check every kept instance against the digest recorded at receipt.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  interval verify --all --data /var/lib/interval --json -")]
pub struct Verify {
    /// Check everything.
    #[arg(long, required = true)]
    all: bool,
    /// Folder of the node.
    #[arg(long, default_value = "interval-data")]
    data: PathBuf,
    /// Write the result for machines here; `-` is standard output.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
struct Verified {
    /// Instances that are recorded.
    instances: usize,
    /// Recorded, but the object is gone.
    lost: Vec<String>,
    /// Recorded, but the bytes are others.
    altered: Vec<String>,
    /// Objects that no row names: left by a sudden end, never acknowledged.
    orphans: usize,
    /// SOP Instance UIDs of all intact instances, with their digests.
    intact: Vec<(String, String)>,
}

impl Verify {
    pub(super) async fn run(self) -> Ended {
        debug_assert!(self.all, "required by the command line");
        let store = open_store(&self.data).await.map_err(fail(Fault::Unavailable))?;
        let verified = verify(&store).await?;
        write_json(self.json.as_deref(), &verified)?;
        let (lost, altered) = (verified.lost.len(), verified.altered.len());
        eprintln!(
            "{} instances, {lost} lost, {altered} altered, {} orphaned objects",
            verified.instances, verified.orphans
        );
        if lost + altered == 0 {
            Ok(())
        } else {
            Err(Failure::failed(format!("{lost} lost, {altered} altered")))
        }
    }
}

async fn verify(store: &Store) -> Result<Verified, Failure> {
    let kept = store.all_kept().await.map_err(fail(Fault::Unavailable))?;
    let orphans = store.orphans().await.map_err(fail(Fault::Unavailable))?.len();
    let mut verified = Verified { instances: kept.len(), orphans, ..Default::default() };
    let bar = progress::count("verifying", kept.len());
    for instance in kept {
        let uid = instance.uid.to_string();
        match store.blobs().read(instance.object, instance.sealed_by) {
            Ok(bytes) if Digest::of(&bytes) == instance.digest => {
                verified.intact.push((uid, instance.digest.to_string()));
            }
            Ok(_) => verified.altered.push(uid),
            Err(_) => verified.lost.push(uid),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(verified)
}
