//! A folder of files whose digests are known: nothing is read from it unchecked.

use crate::registry::ModelError;
use interval_core::digest::{Altered, Digest, RunningDigest, Verified};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Some files of a folder with the digests they must have.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    files: BTreeMap<String, Digest>,
}

/// Largest text file of a package. Real plans stay below 100 KiB.
const TEXT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Largest network. The largest published nnU-Net has 0.4 GB.
const NETWORK_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes hashed at once.
const PIECE_BYTES: usize = 64 * 1024;

impl Folder {
    /// The named files as they are now.
    pub fn seen(path: &Path, names: impl IntoIterator<Item = String>) -> Result<Self, ModelError> {
        let mut files = BTreeMap::new();
        for name in names {
            let file = path.join(&name);
            if !file.exists() {
                return Err(ModelError::Missing { file: file.display().to_string() });
            }
            files.insert(name, digest(&file)?);
        }
        Ok(Self { path: path.to_owned(), files })
    }

    /// Fails at the first file that is not what was recorded of it.
    pub fn agrees_with(&self, recorded: &BTreeMap<String, Digest>) -> Result<(), ModelError> {
        for (name, &found) in &self.files {
            if let Some(&expected) = recorded.get(name)
                && expected != found
            {
                let source = Altered { expected, found };
                return Err(ModelError::Altered { file: name.clone(), source });
            }
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files and their digests.
    pub fn files(&self) -> &BTreeMap<String, Digest> {
        &self.files
    }

    /// The bytes of a network, checked as they are read.
    pub fn network(&self, name: &str) -> Result<Verified<Vec<u8>>, ModelError> {
        self.checked(name, NETWORK_BYTES_MAX)
    }

    /// A text file, checked as it is read.
    pub fn text(&self, name: &str) -> Result<String, ModelError> {
        Ok(String::from_utf8_lossy(&self.text_bytes(name)?).into_owned())
    }

    /// The exact bytes of a text file, checked as they are read.
    pub fn text_bytes(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        Ok(self.checked(name, TEXT_BYTES_MAX)?.bytes().to_vec())
    }

    fn checked(&self, name: &str, bytes_max: u64) -> Result<Verified<Vec<u8>>, ModelError> {
        let Some(&expected) = self.files.get(name) else {
            return Err(ModelError::NotAPackage(self.path.display().to_string()));
        };
        let bytes = bytes(&self.path.join(name), bytes_max)?;
        Verified::check(bytes, expected)
            .map_err(|source| ModelError::Altered { file: name.to_owned(), source })
    }

    /// Digest over the names and contents of all files.
    pub fn digest(&self) -> Digest {
        let parts = self.files.iter().flat_map(|(name, digest)| [name.as_bytes(), &digest.0[..]]);
        Digest::of_parts(parts)
    }
}

/// The names in a folder, sorted.
pub fn names(path: &Path) -> Result<Vec<String>, ModelError> {
    let failed = |source| ModelError::Read { path: path.display().to_string(), source };
    let mut names = Vec::new();
    for entry in path.read_dir().map_err(failed)? {
        names.extend(entry.map_err(failed)?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn bytes(path: &Path, bytes_max: u64) -> Result<Vec<u8>, ModelError> {
    let failed = |source| ModelError::Read { path: path.display().to_string(), source };
    let mut bytes = Vec::new();
    let file = opened(path, bytes_max).map_err(failed)?;
    file.take(bytes_max).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// A plain file of no more than so many bytes. A pipe or a device would be waited for.
fn opened(path: &Path, bytes_max: u64) -> io::Result<File> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    if found.len() > bytes_max {
        return Err(io::Error::other(format!("{} bytes are too many", found.len())));
    }
    File::open(path)
}

/// The digest of a file, without keeping its bytes.
pub fn digest(path: &Path) -> Result<Digest, ModelError> {
    let failed = |source| ModelError::Read { path: path.display().to_string(), source };
    let mut file = opened(path, NETWORK_BYTES_MAX).map_err(failed)?;
    let mut running = RunningDigest::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece).map_err(failed)? {
            0 => return Ok(running.finish()),
            count => running.update(&piece[..count]),
        }
    }
}
