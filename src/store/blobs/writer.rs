//! An object on its way to the disk: hashed and sealed as it streams.

use super::disk::{Disk, Local};
use super::landing::{Landing, Slot};
use super::object::{SealedObject, Stored};
use super::seal::{Cipher, Sealer};
use crate::keys::Secret;
use interval_core::digest::RunningDigest;
use std::io;
use std::sync::Arc;

/// An object that is being written. Dropped unfinished, it leaves nothing.
#[derive(Debug)]
pub struct ObjectWriter<D: Disk = Local> {
    landing: Arc<Landing<D>>,
    slot: Option<Slot<D>>,
    object: SealedObject,
    sealer: Sealer,
    running: RunningDigest,
    bytes: u64,
}

impl<D: Disk> ObjectWriter<D> {
    pub(super) fn begin(landing: Arc<Landing<D>>) -> io::Result<Self> {
        let slot = landing.slot()?;
        let object = SealedObject { id: slot.id, key: Secret::random().map_err(io::Error::other)? };
        let sealer = Sealer::new(Cipher::new(&object.key, object.id)?);
        let running = RunningDigest::new();
        Ok(Self { landing, slot: Some(slot), object, sealer, running, bytes: 0 })
    }

    /// Takes the next piece: hashed, sealed, written.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.running.update(piece);
        self.bytes += piece.len() as u64;
        let slot = self.slot.as_mut().ok_or_else(over)?;
        self.sealer.take(piece, &mut slot.file)
    }

    /// Bytes taken so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes the object last.
    pub fn finish(self) -> io::Result<Stored> {
        self.finish_with(Landing::settle)
    }

    /// Ends an object that need not outlive this process: nothing is waited for.
    pub fn finish_passing(self) -> io::Result<Stored> {
        self.finish_with(|_, _| Ok(()))
    }

    fn finish_with(
        mut self,
        settle: impl FnOnce(&Landing<D>, &Slot<D>) -> io::Result<()>,
    ) -> io::Result<Stored> {
        let slot = self.slot.as_mut().ok_or_else(over)?;
        self.sealer.finish(&mut slot.file)?;
        // What cannot be synced is not believed later either: it is given up when this is dropped.
        settle(&self.landing, slot)?;
        self.slot = None;
        let running = std::mem::take(&mut self.running);
        Ok(Stored { object: self.object.clone(), digest: running.finish(), bytes: self.bytes })
    }
}

fn over() -> io::Error {
    io::Error::other("the object is finished already")
}

impl<D: Disk> Drop for ObjectWriter<D> {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            // No row names the file; what cannot be removed now is found by its list.
            let _ = self.landing.give_up(slot);
        }
    }
}
