//! Is the log still what was signed? Every record is hashed again, every checkpoint is met on the
//! way, and the first bad record is named.

mod suspicion;

use super::anchor::Leaves;
use super::key::{PUBLIC_FILE, PublicKey};
use super::note::Note;
use super::{AuditError, anchor};
use crate::store::Store;
use crate::store::audit::Row;
use interval_core::audit::merkle::{Frontier, leaf_hash};
use interval_core::audit::proof::TreeHead;
use interval_core::audit::record::{Manner, Record};
use interval_core::digest::Digest;
use serde::Serialize;
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use suspicion::Scene;

/// Records that are read at one time.
const BATCH: usize = 10_000;

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// It says something else than it did.
    Altered,
    /// It is not there.
    Missing,
    /// Another record of the log stands in its place.
    Reordered,
    /// It was put in later.
    Inserted,
    /// The log ends before it.
    Truncated,
    /// The log from here on is another one, made so that its parts fit together.
    Rewritten,
}

/// The first bad record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its place in the log.
    pub record: u64,
    /// The bad record is at this place or between the two, where only a checkpoint tells.
    pub up_to: u64,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is known from outside of the database.
#[derive(Debug, Default)]
pub struct Evidence {
    heads: Vec<TreeHead>,
    leaves: Vec<Leaves>,
    /// Sentences about files that are damaged, and about checkpoints that somebody else signed.
    complaints: Vec<String>,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// How many records were found good, from the first.
    pub records: u64,
    /// Root over these records.
    pub root: String,
    /// Records that a signed checkpoint vouches for; later ones rest on the database alone.
    pub anchored: u64,
    /// How many checkpoints were met.
    pub checkpoints: usize,
    /// The first bad record.
    pub first_bad: Option<Finding>,
    /// Damaged files, and checkpoints that somebody else signed.
    pub complaints: Vec<String>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.first_bad.is_none() && self.complaints.is_empty()
    }
}

impl Evidence {
    /// What a node has, with checkpoints that were kept elsewhere. The public key is the auditor's
    /// copy when there is one: the machine's own is as good as the machine.
    pub fn gather(
        data: &Path,
        elsewhere: &[PathBuf],
        public_key: Option<&Path>,
    ) -> Result<Self, AuditError> {
        let mut evidence = Self::default();
        let own_key = super::keys(data).join(PUBLIC_FILE);
        let key = public_key.unwrap_or(&own_key);
        // A log that was never signed has no key yet.
        if elsewhere.is_empty() && public_key.is_none() && !own_key.exists() {
            return Ok(evidence);
        }
        let key = PublicKey::read(key)?;
        for checkpoints in elsewhere {
            evidence.take(checkpoints, &key);
        }
        evidence.take(&super::folder(data).join(anchor::CHECKPOINTS_FILE), &key);
        Ok(evidence)
    }

    /// Takes a file of checkpoints, and the hashes beside it. A file that is damaged or not ours
    /// is complained about, and the others are believed all the same.
    pub fn take(&mut self, checkpoints: &Path, key: &PublicKey) {
        match anchor::read_notes(checkpoints) {
            Ok(notes) => self.take_notes(checkpoints, &notes, key),
            Err(error) => self.complaints.push(crate::pipeline::sentence(&error)),
        }
        match Leaves::open(&beside(checkpoints)) {
            Ok(leaves) => self.leaves.extend(leaves),
            Err(error) => self.complaints.push(crate::pipeline::sentence(&error)),
        }
    }

    fn take_notes(&mut self, path: &Path, notes: &[Note], key: &PublicKey) {
        for note in notes {
            let head = note.checkpoint.head;
            if key.vouches_for(note) {
                self.heads.push(head);
            } else {
                self.complaints.push(format!(
                    "{}: the checkpoint of {} records was signed by another key: the log may have \
                     been rewritten",
                    path.display(),
                    head.size
                ));
            }
        }
    }

    /// The longest list of hashes whose root a believed checkpoint gives, with the length up to
    /// which it may be believed.
    fn witness(&mut self) -> Result<Option<(Leaves, u64)>, AuditError> {
        let mut best: Option<(Leaves, u64)> = None;
        for leaves in std::mem::take(&mut self.leaves) {
            let (proven, agreement) = proven(&leaves, &self.heads)?;
            if agreement == Agreement::Broken {
                self.complaints.push(format!(
                    "{}: the hashes do not agree with the checkpoints and are not believed from \
                     record {proven} on",
                    leaves.path().display()
                ));
            }
            if proven > best.as_ref().map_or(0, |(_, length)| *length) {
                best = Some((leaves, proven));
            }
        }
        Ok(best)
    }
}

fn beside(checkpoints: &Path) -> PathBuf {
    checkpoints.with_file_name(anchor::LEAVES_FILE)
}

/// Whether a list of hashes agrees with every checkpoint that it reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    Whole,
    Broken,
}

/// Up to which length a list of hashes agrees with the checkpoints.
fn proven(leaves: &Leaves, heads: &[TreeHead]) -> Result<(u64, Agreement), AuditError> {
    let mut frontier = Frontier::new();
    let mut proven = 0;
    let last = heads.iter().map(|head| head.size).max().unwrap_or(0).min(leaves.length());
    let sizes: std::collections::HashMap<u64, Digest> =
        heads.iter().map(|head| (head.size, head.root)).collect();
    while frontier.size() < last {
        let from = frontier.size();
        for leaf in leaves.read(from, (last - from).min(BATCH as u64))? {
            frontier.push(leaf);
            if let Some(root) = sizes.get(&frontier.size()) {
                if *root != frontier.root() {
                    return Ok((proven, Agreement::Broken));
                }
                proven = frontier.size();
            }
        }
    }
    Ok((proven, Agreement::Whole))
}

/// Checks the whole log of a store.
pub async fn verify(store: &Store, mut evidence: Evidence) -> Result<Verdict, AuditError> {
    let witness = evidence.witness()?;
    evidence.heads.sort_by_key(|head| Reverse(head.size));
    let longest = evidence.heads.first().map_or(0, |head| head.size);
    let mut walk =
        Walk { heads: evidence.heads, witness, frontier: Frontier::new(), anchored: 0, met: 0 };
    let mut first_bad = walk.meet();
    let mut from = None;
    while first_bad.is_none() {
        let rows = store.audit_rows(from, BATCH).await?;
        if rows.is_empty() {
            break;
        }
        first_bad = walk.batch(&rows, store).await?;
        from = Some(walk.frontier.size());
    }
    let size = walk.frontier.size();
    if first_bad.is_none() && size < longest {
        first_bad = Some(walk.too_short(longest));
    }
    Ok(Verdict {
        records: size,
        root: walk.frontier.root().to_string(),
        anchored: walk.anchored,
        checkpoints: walk.met,
        first_bad,
        complaints: evidence.complaints,
    })
}

/// The way along the log.
struct Walk {
    /// Checkpoints that are still to be met, the next one last.
    heads: Vec<TreeHead>,
    witness: Option<(Leaves, u64)>,
    frontier: Frontier,
    anchored: u64,
    met: usize,
}

impl Walk {
    /// Compares with the checkpoints of this length.
    fn meet(&mut self) -> Option<Finding> {
        let size = self.frontier.size();
        while let Some(head) = self.heads.pop_if(|head| head.size == size) {
            if head.root != self.frontier.root() {
                let record = self.anchored;
                let up_to = size.saturating_sub(1).max(record);
                return Some(Finding { record, up_to, wrong: Wrong::Rewritten });
            }
            self.anchored = size;
            self.met += 1;
        }
        None
    }

    /// The log ends before the last checkpoint. What was signed of it is only cut; what was not may
    /// as well have lost a record in its midst and been made to fit.
    fn too_short(&self, longest: u64) -> Finding {
        let size = self.frontier.size();
        let witnessed = self.witness.as_ref().map_or(0, |(_, length)| *length);
        let record = size.min(self.anchored.max(witnessed));
        let wrong = if record == size { Wrong::Truncated } else { Wrong::Rewritten };
        Finding { record, up_to: longest - 1, wrong }
    }

    async fn batch(&mut self, rows: &[Row], store: &Store) -> Result<Option<Finding>, AuditError> {
        let from = self.frontier.size();
        let witnessed = match &self.witness {
            Some((leaves, length)) => {
                leaves.read(from, length.saturating_sub(from).min(rows.len() as u64))?
            }
            None => Vec::new(),
        };
        for (i, row) in rows.iter().enumerate() {
            match check(from + i as u64, row, witnessed.get(i)) {
                Ok(leaf) => self.frontier.push(leaf),
                Err(seen) => {
                    let place = self.frontier.size();
                    let following = store.audit_rows(Some(place), suspicion::ROWS).await?;
                    let witness = self.witness.as_ref().map(|(leaves, length)| (leaves, *length));
                    return Scene { place, seen, following: &following, witness }
                        .finding()
                        .map(Some);
                }
            }
            if let Some(finding) = self.meet() {
                return Ok(Some(finding));
            }
        }
        Ok(None)
    }
}

/// What is seen at a place where something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// No row has this place; the next is later.
    Gap,
    /// A row stands before the first place.
    BeforeTheFirst,
    /// The row's columns do not agree with each other, or are none.
    Disagreement,
    /// The row is a record in itself, but not the one of this place.
    Stranger,
}

/// The hash of a good row.
fn check(place: u64, row: &Row, witnessed: Option<&Digest>) -> Result<Digest, Seen> {
    match u64::try_from(row.place) {
        Ok(found) if found == place => {}
        Ok(_) => return Err(Seen::Gap),
        Err(_) => return Err(Seen::BeforeTheFirst),
    }
    let (record, leaf) = whole(row).ok_or(Seen::Disagreement)?;
    if record.index != place || witnessed.is_some_and(|witnessed| *witnessed != leaf) {
        return Err(Seen::Stranger);
    }
    Ok(leaf)
}

/// A row whose columns all agree with its record.
fn whole(row: &Row) -> Option<(Record, Digest)> {
    let bytes = row.record.as_deref()?;
    let leaf = leaf_hash(bytes);
    let record = Record::parse(bytes).ok()?;
    let once = match record.manner {
        Manner::Each => None,
        Manner::Once => Some(record.event.sameness()),
    };
    let agrees =
        row.leaf == Some(leaf) && row.at_ms == Some(record.event.at_ms) && row.once == Some(once);
    agrees.then_some((record, leaf))
}
