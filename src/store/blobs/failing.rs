//! A disk that loses whatever was not synced, at any moment: which objects are there afterwards?

use super::disk::Disk;
use super::landing::{Landing, path};
use super::object::{ObjectId, Stored};
use super::seal::{self, Cipher};
use super::writer::ObjectWriter;
use interval_core::digest::Digest;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A file of the simulation: what was written, and how much of it lasts.
#[derive(Debug, Default)]
struct Content {
    written: Vec<u8>,
    lasting: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    /// Names as programs see them.
    names: BTreeMap<PathBuf, usize>,
    /// Names that last.
    lasting: BTreeMap<PathBuf, usize>,
    contents: Vec<Content>,
    /// Calls until the end; each call takes one.
    left: usize,
}

/// The simulated disk. Copies are the same disk.
#[derive(Debug, Clone, Default)]
struct Simulated(Arc<Mutex<State>>);

#[derive(Debug)]
struct Handle {
    disk: Simulated,
    file: usize,
}

impl State {
    fn call(&mut self) -> io::Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(|| io::Error::other("the power is off"))?;
        Ok(())
    }
}

impl Simulated {
    fn that_ends_after(calls: usize) -> Self {
        let state = State { left: calls, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// What is found after the end: only what was synced, under names that were synced.
    fn found(&self, at: &Path) -> Option<Vec<u8>> {
        let state = self.0.lock().unwrap();
        state.lasting.get(at).map(|file| state.contents[*file].lasting.clone())
    }
}

impl Write for Handle {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.0.lock().unwrap();
        state.call()?;
        state.contents[self.file].written.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for Simulated {
    type File = Handle;

    fn create(&self, path: &Path) -> io::Result<Handle> {
        let mut state = self.0.lock().unwrap();
        state.call()?;
        let file = state.contents.len();
        state.contents.push(Content::default());
        state.names.insert(path.to_owned(), file);
        Ok(Handle { disk: self.clone(), file })
    }
    fn sync(&self, file: &Handle) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.call()?;
        let content = &mut state.contents[file.file];
        content.lasting = content.written.clone();
        Ok(())
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.call()?;
        let within = |path: &Path| path.parent() == Some(folder);
        let now: Vec<_> = state.names.iter().filter(|(path, _)| within(path)).collect();
        let now: BTreeMap<_, _> =
            now.into_iter().map(|(path, file)| (path.clone(), *file)).collect();
        state.lasting.retain(|path, _| !within(path));
        state.lasting.extend(now);
        Ok(())
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.call()?;
        state.names.remove(path);
        Ok(())
    }
}

const ROOT: &str = "/objects";

/// Stores objects one after the other until the disk ends, and gives those that were acknowledged.
fn acknowledged(disk: &Simulated, contents: &[Vec<u8>]) -> Vec<(Stored, Vec<u8>)> {
    let landing = Arc::new(Landing::new(disk.clone(), Path::new(ROOT)));
    let mut kept = Vec::new();
    for content in contents {
        let store = || {
            let mut writer = ObjectWriter::begin(landing.clone())?;
            for piece in content.chunks(50_000) {
                writer.write(piece)?;
            }
            writer.finish()
        };
        match store() {
            Ok(stored) => kept.push((stored, content.clone())),
            Err(_) => break,
        }
    }
    kept
}

fn contents() -> Vec<Vec<u8>> {
    (0..7u8).map(|n| (0..90_000u32).map(|byte| (byte % 251) as u8 ^ n).collect()).collect()
}

fn at(object: ObjectId) -> PathBuf {
    path(Path::new(ROOT), object)
}

#[test]
fn what_was_acknowledged_is_there_whenever_the_power_goes() {
    let contents = contents();
    let endless = Simulated::that_ends_after(usize::MAX);
    assert_eq!(acknowledged(&endless, &contents).len(), contents.len());
    let calls = usize::MAX - endless.0.lock().unwrap().left;
    assert!(calls >= 40, "each step is a call: {calls}");
    for end in 0..=calls {
        let disk = Simulated::that_ends_after(end);
        for (stored, content) in acknowledged(&disk, &contents) {
            let found = disk.found(&at(stored.object.id)).expect("its name lasts");
            let cipher = Cipher::new(&stored.object.key, stored.object.id).unwrap();
            let opened = seal::open(&cipher, found.as_slice(), u64::MAX).unwrap();
            assert_eq!(Digest::of(&opened), Digest::of(&content), "after {end} calls");
        }
    }
}

/// The simulation can find a fault: a store that skips a sync loses what it acknowledged.
#[test]
fn without_the_sync_of_the_content_it_is_lost() {
    let disk = Simulated::that_ends_after(usize::MAX);
    let landing = Arc::new(Landing::new(disk.clone(), Path::new(ROOT)));
    let mut slot = landing.slot().unwrap();
    slot.file.write_all(b"content").unwrap();
    assert_eq!(disk.found(&at(slot.id)), Some(Vec::new()), "the name lasts, the content does not");
    landing.settle(&slot).unwrap();
    assert_eq!(disk.found(&at(slot.id)), Some(b"content".to_vec()));
}
