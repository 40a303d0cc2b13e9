//! The folder in which set-up keeps what it fetched, with a stamp for each part that is whole.

use crate::failure::{Ended, Failure};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The cache of this user.
pub struct Cache {
    folder: PathBuf,
    /// Held while set-up works, so that two at a time do not write the same files.
    lock: File,
}

impl Cache {
    /// Opens the cache: `INTERVAL_CACHE`, else `interval` in the user's cache folder.
    pub fn open() -> Ended<Self> {
        let named = std::env::var_os("INTERVAL_CACHE").map(PathBuf::from);
        let everyones = || std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
        let folder = named
            .or_else(|| everyones().or_else(home).map(|folder| folder.join("interval")))
            .ok_or_else(|| Failure::new("no folder to work in: set INTERVAL_CACHE or HOME"))?;
        let stamps = folder.join("stamps");
        fs::create_dir_all(&stamps).map_err(Failure::at(&stamps))?;
        let folder = folder.canonicalize().map_err(Failure::at(&folder))?;
        let path = folder.join("stamps/lock");
        let lock = File::create(&path).map_err(Failure::at(&path))?;
        Ok(Self { folder, lock })
    }

    /// Waits until no other set-up works in this cache, and keeps others waiting.
    pub fn lock(&self) -> Ended {
        self.lock.lock().map_err(Failure::at(&self.folder))
    }

    /// Lets others in.
    pub fn unlock(&self) -> Ended {
        self.lock.unlock().map_err(Failure::at(&self.folder))
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether a part was made for these pins.
    pub fn is_fresh(&self, part: &str, pins: &str) -> bool {
        let stamped = fs::read_to_string(self.stamp_of(part));
        stamped.is_ok_and(|stamped| stamped == fingerprint(pins.as_bytes()))
    }

    /// Records that a part is whole.
    pub fn stamp(&self, part: &str, pins: &str) -> Ended {
        let path = self.stamp_of(part);
        fs::write(&path, fingerprint(pins.as_bytes())).map_err(Failure::at(&path))
    }

    fn stamp_of(&self, part: &str) -> PathBuf {
        self.folder.join("stamps").join(part)
    }
}

/// SHA-256, in hexadecimal digits.
pub fn fingerprint(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_that_of_the_standard() {
        // FIPS 180-4, example of the empty message.
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(fingerprint(b""), empty);
    }
}
