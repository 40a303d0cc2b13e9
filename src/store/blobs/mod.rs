//! Objects on the local disk: written once, named by a random id, sealed from the first byte. An
//! object is there once its content was synced; only then does a row name it.

mod disk;
#[cfg(test)]
mod failing;
mod landing;
mod object;
mod seal;
mod writer;

pub use object::{ObjectId, SealedObject, Stored};
pub use seal::CHUNK_BYTES;
pub use writer::ObjectWriter;

use disk::Local;
use landing::Landing;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders that objects are spread over, by the first byte of their names.
const FOLDERS: usize = 256;

/// The folder of objects.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: PathBuf,
    landing: Arc<Landing<Local>>,
}

impl Blobs {
    /// Opens the folder, and makes it when it is not there.
    pub fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(landing::lists(root))?;
        for folder in 0..FOLDERS {
            fs::create_dir_all(root.join(format!("{folder:02x}")))?;
        }
        fs::File::open(root)?.sync_all()?;
        Ok(Self { root: root.to_owned(), landing: Arc::new(Landing::new(Local, root)) })
    }

    /// Files that an earlier run made ahead and may not have used: for the process that owns the
    /// folder, when it starts. Those that no row names are to be removed.
    pub fn left_over(&self) -> io::Result<Vec<ObjectId>> {
        let mut left = Vec::new();
        for entry in fs::read_dir(landing::lists(&self.root))? {
            let text = fs::read_to_string(entry?.path())?;
            let listed = text.lines().filter_map(|line| line.parse().ok());
            left.extend(listed.filter(|object| self.path(*object).exists()));
        }
        Ok(left)
    }

    /// Forgets the lists that [`left_over`](Self::left_over) read.
    pub fn forget_lists(&self) -> io::Result<()> {
        for entry in fs::read_dir(landing::lists(&self.root))? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Bytes that are free on the disk of the objects.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.root)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Bytes that the disk of the objects has, free or not.
    pub fn total_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.root)?;
        Ok(disk.f_blocks.saturating_mul(disk.f_frsize))
    }

    /// Where an object lies.
    pub fn path(&self, object: ObjectId) -> PathBuf {
        landing::path(&self.root, object)
    }

    /// Begins a new object.
    pub fn create(&self) -> io::Result<ObjectWriter> {
        ObjectWriter::begin(self.landing.clone())
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

    /// Reads a whole object piece by piece, opened, without holding it.
    pub fn each_piece(
        &self,
        object: &SealedObject,
        each: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        object.open_pieces(&self.path(object.id), each)
    }

    /// Removes an object that no row names.
    pub fn remove(&self, object: ObjectId) -> io::Result<()> {
        fs::remove_file(self.path(object))
    }

    /// The names of all objects that are there. Files that were made ahead are empty, and no
    /// objects yet.
    pub fn list(&self) -> io::Result<Vec<ObjectId>> {
        let mut objects = Vec::new();
        for folder in 0..FOLDERS {
            for entry in fs::read_dir(self.root.join(format!("{folder:02x}")))? {
                let entry = entry?;
                if let Ok(object) = entry.file_name().to_string_lossy().parse()
                    && entry.metadata()?.len() > 0
                {
                    objects.push(object);
                }
            }
        }
        Ok(objects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::digest::Digest;

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
        let (folder, blobs) = blobs();
        let mut writer = blobs.create().unwrap();
        writer.write(b"half").unwrap();
        drop(writer);
        assert_eq!(blobs.list().unwrap(), []);
        drop(blobs);
        let files = walk(folder.path());
        assert!(files.is_empty(), "{files:?}");
    }
    #[test]
    fn what_a_sudden_end_left_is_known_by_its_list() {
        let (_folder, blobs) = blobs();
        let stored = blobs.put(b"first").unwrap();
        let mut half = blobs.create().unwrap();
        half.write(b"half").unwrap();
        // A sudden end runs nothing: the next process finds the folder as it is now.
        let next = Blobs::open(blobs.root()).unwrap();
        let left = next.left_over().unwrap();
        assert!(!left.contains(&stored.object.id), "its batch was done with");
        assert_eq!(left.len(), 2, "one begun, one made ahead");
        for object in left {
            next.remove(object).unwrap();
        }
        next.forget_lists().unwrap();
        assert_eq!(next.list().unwrap(), [stored.object.id]);
        std::mem::forget(half);
    }

    fn walk(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
    }
}
