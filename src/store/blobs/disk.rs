//! What a disk promises, and no more: content lasts once it was synced, a name lasts once its
//! folder was. The tests drop everything else.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// A disk.
pub trait Disk: Clone + std::fmt::Debug + Send + Sync + 'static {
    /// An open file.
    type File: Write + std::fmt::Debug + Send + 'static;

    /// Makes a new, empty file; one that is there already is an error.
    fn create(&self, path: &Path) -> io::Result<Self::File>;
    /// Returns once the file's content and length last.
    fn sync(&self, file: &Self::File) -> io::Result<()>;
    /// Returns once the names in a folder last.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Removes a name.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Local;

impl Disk for Local {
    type File = File;

    fn create(&self, path: &Path) -> io::Result<File> {
        File::create_new(path)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        // A length that changed is part of what is needed to read the content back (fdatasync(2)).
        file.sync_data()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}
