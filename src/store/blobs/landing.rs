//! Where objects land. Empty files are made ahead, a batch in one folder, and the folder is synced
//! once for all of them; whoever stores an object then needs one sync only, that of its content.
//! A list of each batch lies aside, so that files that were never used, or never finished, are
//! found after a sudden end.

use super::disk::Disk;
use super::object::ObjectId;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Files of one batch. A command that stores a few objects begins with one; a node that receives
/// all day shares the sync of a folder among 64.
const BATCH_FILES_MAX: usize = 64;

/// Makes room for objects.
#[derive(Debug)]
pub struct Landing<D: Disk> {
    disk: D,
    root: PathBuf,
    ready: Mutex<Ready<D>>,
}

#[derive(Debug)]
struct Ready<D: Disk> {
    slots: Vec<Slot<D>>,
    next_batch: usize,
}

/// An empty file under a lasting name.
#[derive(Debug)]
pub struct Slot<D: Disk> {
    /// The name.
    pub id: ObjectId,
    /// The file.
    pub file: D::File,
    batch: Arc<Batch<D>>,
}

/// A batch; its list goes when the last of its files is done with.
#[derive(Debug)]
struct Batch<D: Disk> {
    disk: D,
    list: PathBuf,
}

impl<D: Disk> Drop for Batch<D> {
    fn drop(&mut self) {
        // A list that stays names files that are used by then; the next start looks.
        let _ = self.disk.remove(&self.list);
    }
}

/// The file of an object below a folder.
pub fn path(root: &Path, object: ObjectId) -> PathBuf {
    let name = object.to_string();
    root.join(&name[..2]).join(name)
}

/// Folder of the lists.
pub fn lists(root: &Path) -> PathBuf {
    root.join("incoming")
}

impl<D: Disk> Landing<D> {
    /// Objects land below this folder, whose parts are there already.
    pub fn new(disk: D, root: &Path) -> Self {
        let ready = Mutex::new(Ready { slots: Vec::new(), next_batch: 1 });
        Self { disk, root: root.to_owned(), ready }
    }

    /// A place for one object.
    pub fn slot(&self) -> io::Result<Slot<D>> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = ready.slots.pop() {
            return Ok(slot);
        }
        let files = ready.next_batch;
        ready.slots = self.batch(files)?;
        ready.next_batch = (2 * files).min(BATCH_FILES_MAX);
        ready.slots.pop().ok_or_else(|| io::Error::other("no place for an object"))
    }

    fn batch(&self, files: usize) -> io::Result<Vec<Slot<D>>> {
        let first = ObjectId::random()?;
        let mut ids = vec![first];
        while ids.len() < files {
            ids.push(first.neighbour()?);
        }
        let batch = Arc::new(self.list(first, &ids)?);
        let slot = |id: ObjectId| {
            let file = self.disk.create(&path(&self.root, id))?;
            Ok(Slot { id, file, batch: batch.clone() })
        };
        let slots = ids.into_iter().map(slot).collect::<io::Result<Vec<_>>>()?;
        if let Some(folder) = path(&self.root, first).parent() {
            self.disk.sync_folder(folder)?;
        }
        Ok(slots)
    }

    fn list(&self, first: ObjectId, ids: &[ObjectId]) -> io::Result<Batch<D>> {
        let list = lists(&self.root).join(format!("{first}.list"));
        let mut text = String::new();
        for id in ids {
            let _ = writeln!(text, "{id}");
        }
        self.disk.create(&list)?.write_all(text.as_bytes())?;
        Ok(Batch { disk: self.disk.clone(), list })
    }

    /// Makes what was written to a slot last. From now on the object is there.
    pub fn settle(&self, slot: &Slot<D>) -> io::Result<()> {
        self.disk.sync(&slot.file)
    }

    /// Gives up a slot that was written to: nothing of it stays.
    pub fn give_up(&self, slot: Slot<D>) -> io::Result<()> {
        self.disk.remove(&path(&self.root, slot.id))
    }
}

impl<D: Disk> Drop for Landing<D> {
    fn drop(&mut self) {
        let ready = self.ready.get_mut().unwrap_or_else(PoisonError::into_inner);
        for slot in ready.slots.drain(..) {
            // What stays is found by its list.
            if self.disk.remove(&path(&self.root, slot.id)).is_err() {
                std::mem::forget(slot.batch);
            }
        }
    }
}
