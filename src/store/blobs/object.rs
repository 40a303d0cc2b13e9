//! The name of an object, and what opens it.

use super::seal::{self, Cipher};
use crate::keys::Secret;
use interval_core::digest::Digest;
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::str::FromStr;

/// The random name of an object: 128 bits, never derived from what is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub(super) u128);

impl ObjectId {
    pub(super) fn random() -> io::Result<Self> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(|e| io::Error::other(e.to_string()))?;
        Ok(Self(u128::from_be_bytes(bits)))
    }

    /// Another random name that lies in the same folder.
    pub(super) fn neighbour(self) -> io::Result<Self> {
        let other = Self::random()?;
        Ok(Self(self.0 & (0xFF << 120) | other.0 >> 8))
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

    pub(super) fn open_pieces(
        &self,
        path: &Path,
        mut each: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let cipher = Cipher::new(&self.key, self.id)?;
        seal::pieces(&cipher, File::open(path)?, |piece| each(piece).map(ControlFlow::Continue))
    }

    pub(super) fn open_start(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_not_an_object_id() {
        assert!("../../etc/passwd".parse::<ObjectId>().is_err());
    }
    #[test]
    fn neighbours_share_their_folder_and_nothing_else() {
        let one = ObjectId::random().unwrap();
        let other = one.neighbour().unwrap();
        assert_eq!(one.to_string()[..2], other.to_string()[..2]);
        assert_ne!(one, other);
    }
}
