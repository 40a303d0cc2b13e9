//! Objects as files: temporary file, sync, rename, sync of the directory; only then does a row
//! name the object.

use super::seal::{self, Cipher, Sealer};
use crate::keys::Secret;
use interval_core::digest::{Digest, RunningDigest};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Bytes gathered before they go to the file.
const BUFFER_BYTES: usize = 256 * 1024;

/// The random name of an object: 128 bits, never derived from what is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectId(u128);

impl ObjectId {
    fn random() -> io::Result<Self> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(|e| io::Error::other(e.to_string()))?;
        Ok(Self(u128::from_be_bytes(bits)))
    }

    /// The bits, as every chunk of the object is bound to them.
    pub(super) fn bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for ObjectId {
    type Err = io::Error;
    fn from_str(text: &str) -> io::Result<Self> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, format!("no object id: {text}"));
        if text.len() != 32 {
            return Err(wrong());
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| wrong())
    }
}

/// An object, and the key that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedObject {
    /// Its name.
    pub id: ObjectId,
    /// Its key.
    pub key: Secret,
}

impl SealedObject {
    /// Path below the folder of objects.
    pub fn path(&self) -> String {
        let name = self.id.to_string();
        format!("{}/{name}", &name[..2])
    }

    /// Opens the object at a path, whole.
    pub fn open_at(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.open_start(path, u64::MAX)
    }

    fn open_start(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        seal::open(&Cipher::new(&self.key, self.id)?, File::open(path)?, most)
    }
}

/// A finished object: on the disk, synced, under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name and its key.
    pub object: SealedObject,
    /// SHA-256 of its content before sealing.
    pub digest: Digest,
    /// Size of its content in bytes.
    pub bytes: u64,
}

/// The folder of objects.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// Opens the folder, makes it when it is not there, and clears what a sudden end left behind
    /// in its temporary part.
    pub fn open(root: &Path) -> io::Result<Self> {
        let blobs = Self { root: root.to_owned() };
        fs::create_dir_all(blobs.incoming())?;
        for shard in 0..256 {
            fs::create_dir_all(root.join(format!("{shard:02x}")))?;
        }
        File::open(root)?.sync_all()?;
        Ok(blobs)
    }

    /// Removes half-written objects of an earlier run; only for the process that owns the folder.
    pub fn clear_incoming(&self) -> io::Result<usize> {
        let mut cleared = 0;
        for entry in fs::read_dir(self.incoming())? {
            fs::remove_file(entry?.path())?;
            cleared += 1;
        }
        Ok(cleared)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }

    /// Where an object lies.
    pub fn path(&self, object: ObjectId) -> PathBuf {
        let name = object.to_string();
        self.root.join(&name[..2]).join(name)
    }

    /// Begins a new object.
    pub fn create(&self) -> io::Result<ObjectWriter> {
        let id = ObjectId::random()?;
        let key = Secret::random().map_err(io::Error::other)?;
        let sealer = Sealer::new(Cipher::new(&key, id)?);
        let temporary = self.incoming().join(id.to_string());
        let file = File::create_new(&temporary)?;
        Ok(ObjectWriter {
            object: SealedObject { id, key },
            sealer,
            running: RunningDigest::new(),
            bytes: 0,
            buffer: Vec::with_capacity(2 * seal::CHUNK_BYTES),
            file: Some(file),
            temporary,
            lasting: self.path(id),
        })
    }

    /// Writes a whole object.
    pub fn put(&self, content: &[u8]) -> io::Result<Stored> {
        let mut writer = self.create()?;
        writer.write(content)?;
        writer.finish()
    }

    /// Reads a whole object, opened.
    pub fn read(&self, object: &SealedObject) -> io::Result<Vec<u8>> {
        object.open_at(&self.path(object.id))
    }

    /// Reads the beginning of an object, opened; for headers.
    pub fn read_start(&self, object: &SealedObject, most: u64) -> io::Result<Vec<u8>> {
        object.open_start(&self.path(object.id), most)
    }

    /// Removes an object that no row names.
    pub fn remove(&self, object: ObjectId) -> io::Result<()> {
        fs::remove_file(self.path(object))
    }

    /// The names of all objects that are there.
    pub fn list(&self) -> io::Result<Vec<ObjectId>> {
        let mut objects = Vec::new();
        for shard in 0..256 {
            for entry in fs::read_dir(self.root.join(format!("{shard:02x}")))? {
                if let Ok(object) = entry?.file_name().to_string_lossy().parse() {
                    objects.push(object);
                }
            }
        }
        Ok(objects)
    }
}

/// An object that is being written. Dropped unfinished, it leaves nothing.
#[derive(Debug)]
pub struct ObjectWriter {
    object: SealedObject,
    sealer: Sealer,
    running: RunningDigest,
    bytes: u64,
    buffer: Vec<u8>,
    file: Option<File>,
    temporary: PathBuf,
    lasting: PathBuf,
}

impl ObjectWriter {
    /// Takes the next piece: hashed, sealed, written.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.running.update(piece);
        self.bytes += piece.len() as u64;
        self.sealer.take(piece, &mut self.buffer)?;
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.write_all(&self.buffer)?;
        }
        self.buffer.clear();
        Ok(())
    }

    /// Bytes taken so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes the object last: sync, rename, sync of its directory.
    pub fn finish(mut self) -> io::Result<Stored> {
        self.sealer.finish(&mut self.buffer)?;
        self.flush()?;
        if let Some(file) = self.file.take() {
            file.sync_all()?;
        }
        fs::rename(&self.temporary, &self.lasting)?;
        if let Some(directory) = self.lasting.parent() {
            File::open(directory)?.sync_all()?;
        }
        let running = std::mem::take(&mut self.running);
        Ok(Stored { object: self.object.clone(), digest: running.finish(), bytes: self.bytes })
    }
}

impl Drop for ObjectWriter {
    fn drop(&mut self) {
        if self.file.is_some() {
            // Nothing names the file yet; what cannot be removed now is cleared at the next start.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        (folder, blobs)
    }

    #[test]
    fn what_was_written_in_pieces_reads_back_whole() {
        let (_folder, blobs) = blobs();
        let content: Vec<u8> = (0..700_000u32).map(|n| (n % 251) as u8).collect();
        let mut writer = blobs.create().unwrap();
        for piece in content.chunks(9_999) {
            writer.write(piece).unwrap();
        }
        let stored = writer.finish().unwrap();
        assert_eq!(stored.digest, Digest::of(&content));
        assert_eq!(stored.bytes, 700_000);
        assert_eq!(blobs.read(&stored.object).unwrap(), content);
        assert_eq!(blobs.read_start(&stored.object, 10).unwrap(), content[..10]);
        assert_eq!(blobs.list().unwrap(), [stored.object.id]);
    }
    #[test]
    fn an_unfinished_object_leaves_nothing() {
        let (_folder, blobs) = blobs();
        let mut writer = blobs.create().unwrap();
        writer.write(b"half").unwrap();
        drop(writer);
        assert_eq!(blobs.clear_incoming().unwrap(), 0);
        assert_eq!(blobs.list().unwrap(), []);
    }
    #[test]
    fn what_a_sudden_end_left_is_cleared() {
        let (folder, blobs) = blobs();
        fs::write(folder.path().join("incoming").join("rest"), b"half").unwrap();
        assert_eq!(blobs.clear_incoming().unwrap(), 1);
    }
    #[test]
    fn a_path_is_not_an_object_id() {
        assert!("../../etc/passwd".parse::<ObjectId>().is_err());
    }
}
