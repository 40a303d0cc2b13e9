//! Signs the state of the log every hour, at the end, and on demand; refuses to when the log is no
//! longer the one that was signed before.

use super::anchor::{Anchor, LeafWriter};
use super::key::{AuditKey, private_file};
use super::note::Note;
use super::{AuditConfig, AuditError};
use crate::pipeline::sentence;
use crate::store::Store;
use interval_core::audit::merkle::Frontier;
use interval_core::audit::proof::TreeHead;
use interval_core::fault::Fault;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;
use tracing::{error, info};

/// Hashes that are read at one time.
const BATCH: usize = 10_000;

/// What operators are told of the log's checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong, in a sentence.
    pub what: String,
    /// What it asks for: [`Fault::Unavailable`] passes, anything else means that the log itself is
    /// not what was signed.
    pub fault: Fault,
}

/// Signs checkpoints and keeps them in one or two places.
#[derive(Debug)]
pub struct Notary {
    key: AuditKey,
    own: Anchor,
    second: Option<Anchor>,
    every: Duration,
    trouble: watch::Sender<Option<Trouble>>,
}

impl Notary {
    /// The notary of a node; makes its key at the first start.
    pub fn open(data: &Path, config: &AuditConfig) -> Result<Self, AuditError> {
        let own = Anchor::new(super::folder(data));
        let second = config.second_place.clone().map(Anchor::new);
        let keys = super::keys(data);
        let key = match AuditKey::read(&keys)? {
            Some(key) => key,
            None if own.notes()?.is_empty() => AuditKey::make(&keys)?,
            None => return Err(AuditError::KeyLost(private_file(&keys))),
        };
        let every = Duration::from_secs(config.checkpoint_s.max(1));
        Ok(Self { key, own, second, every, trouble: watch::Sender::new(None) })
    }

    /// What is wrong with the checkpoints, for readiness; nothing when all is well.
    pub fn trouble(&self) -> watch::Receiver<Option<Trouble>> {
        self.trouble.subscribe()
    }

    /// Signs at every interval, and once more when told to stop.
    pub async fn run(self, store: Store, mut stopped: watch::Receiver<bool>) {
        let mut clock = tokio::time::interval(self.every);
        loop {
            let last = tokio::select! {
                _ = clock.tick() => false,
                // A sender that is gone has nothing more to say: the same as a stop.
                _ = stopped.wait_for(|stop| *stop) => true,
            };
            match self.checkpoint(&store).await {
                Ok(note) => {
                    let size = note.checkpoint.head.size;
                    info!(size, "the audit log is signed up to record {size}");
                    self.trouble.send_replace(None);
                }
                Err(why) => {
                    let (what, fault) = (sentence(&why), why.fault());
                    error!("no checkpoint of the audit log: {what}");
                    self.trouble.send_replace(Some(Trouble { what, fault }));
                }
            }
            if last {
                return;
            }
        }
    }

    /// Signs the log as it is now, in both places. When only the second place fails, the first has
    /// the checkpoint, and the second gets it with the next.
    pub async fn checkpoint(&self, store: &Store) -> Result<Note, AuditError> {
        let own = self.believed(&self.own)?;
        // A second place that is away now is told of below, when it is written to.
        let second = self.second.as_ref().map(|anchor| self.believed(anchor));
        let mut known: Vec<TreeHead> = own.iter().map(|note| note.checkpoint.head).collect();
        match &second {
            Some(Ok(notes)) => known.extend(notes.iter().map(|note| note.checkpoint.head)),
            Some(Err(foreign @ AuditError::Foreign { path, size })) => {
                error!("{foreign}");
                return Err(AuditError::Foreign { path: path.clone(), size: *size });
            }
            Some(Err(_)) | None => {}
        }
        let signed = own.last().map(|note| note.checkpoint.head);
        let kept = signed.map_or(0, |head| head.size).min(self.own.leaf_count()?);
        let head = self.extend(store, known, kept).await?;
        let note = match own.last() {
            Some(last) if last.checkpoint.head == head => last.clone(),
            _ => {
                let note = self.key.sign(head);
                self.own.keep(std::slice::from_ref(&note))?;
                note
            }
        };
        self.second_place(second)?;
        Ok(note)
    }

    /// The checkpoints of a folder, all of which must be ours.
    fn believed(&self, anchor: &Anchor) -> Result<Vec<Note>, AuditError> {
        let notes = anchor.notes()?;
        match notes.iter().find(|note| !self.key.public().vouches_for(note)) {
            None => Ok(notes),
            Some(foreign) => Err(AuditError::Foreign {
                path: anchor.checkpoints_file(),
                size: foreign.checkpoint.head.size,
            }),
        }
    }

    /// Walks the whole log: every known checkpoint must be met on the way. Adds the hashes that are
    /// not kept yet.
    async fn extend(
        &self,
        store: &Store,
        mut known: Vec<TreeHead>,
        kept: u64,
    ) -> Result<TreeHead, AuditError> {
        known.sort_by_key(|head| std::cmp::Reverse(head.size));
        let leaves = self.own.begin()?;
        let mut walk = Walk { known, frontier: Frontier::new() };
        walk.meet()?;
        loop {
            let from = walk.frontier.size();
            let batch = store.audit_leaves(from, BATCH).await?;
            if batch.is_empty() {
                break;
            }
            for leaf in &batch {
                walk.frontier.push(*leaf);
                walk.meet()?;
            }
            let skip = usize::try_from(kept.saturating_sub(from)).unwrap_or(usize::MAX);
            if let Some(new) = batch.get(skip..) {
                leaves.write(from + skip as u64, new)?;
            }
        }
        leaves.finish()?;
        match walk.known.pop() {
            None => Ok(TreeHead { size: walk.frontier.size(), root: walk.frontier.root() }),
            Some(longer) => Err(AuditError::NotAnExtension { size: longer.size }),
        }
    }

    /// Brings the second place up to the first.
    fn second_place(&self, has: Option<Result<Vec<Note>, AuditError>>) -> Result<(), AuditError> {
        let (Some(second), Some(has)) = (&self.second, has) else { return Ok(()) };
        let sent = || {
            let has = has?;
            let last = has.last().map(|note| note.checkpoint.head.size);
            let mut missing = self.own.notes()?;
            missing.retain(|note| last.is_none_or(|size| note.checkpoint.head.size > size));
            let from = last.unwrap_or(0).min(second.leaf_count()?);
            let to = missing.last().map_or(from, |note| note.checkpoint.head.size);
            let target = second.begin()?;
            self.copy(&target, from, to)?;
            target.finish()?;
            second.keep(&missing)
        };
        sent().map_err(|error| AuditError::SecondPlace(Box::new(error)))
    }

    fn copy(&self, target: &LeafWriter, from: u64, to: u64) -> Result<(), AuditError> {
        let Some(own) = self.own.leaves()? else { return Ok(()) };
        let mut from = from;
        while from < to {
            let batch = own.read(from, (to - from).min(BATCH as u64))?;
            if batch.is_empty() {
                break;
            }
            target.write(from, &batch)?;
            from += batch.len() as u64;
        }
        Ok(())
    }
}

/// A walk along the log with the checkpoints that must be met, the next one last.
struct Walk {
    known: Vec<TreeHead>,
    frontier: Frontier,
}

impl Walk {
    /// Compares with the checkpoints of this length.
    fn meet(&mut self) -> Result<(), AuditError> {
        let size = self.frontier.size();
        while let Some(head) = self.known.pop_if(|head| head.size == size) {
            if head.root != self.frontier.root() {
                return Err(AuditError::NotAnExtension { size });
            }
        }
        Ok(())
    }
}
