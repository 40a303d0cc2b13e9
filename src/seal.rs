//! The machine's seal: a key and certificate made at the first start, kept in the data folder.

use interval_report::sign::{Seal, SignError, rand_core};
use interval_report::timestamp::Timestamp;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Why there is no seal.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file of it cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It is not a seal, or one that has expired.
    #[error("the seal is not usable")]
    Sign(#[from] SignError),
}

/// The system's source of randomness in the form that the signature family asks for.
struct System;

impl rand_core::RngCore for System {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_be_bytes(bytes)
    }
    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_be_bytes(bytes)
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        // The trait has no way to say no; a key made of zeros would be refused by the curve.
        if self.try_fill_bytes(bytes).is_err() {
            bytes.fill(0);
        }
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        getrandom::fill(bytes).map_err(|e| rand_core::Error::new(e.to_string()))
    }
}

impl rand_core::CryptoRng for System {}

/// Files of the key and of the certificate.
fn files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("seal.key.pem"), folder.join("seal.cert.pem"))
}

/// Where the certificate of the seal in a folder is.
pub fn certificate(folder: &Path) -> PathBuf {
    files(folder).1
}

/// The seal in a folder; nothing when none was made there yet.
pub fn read(folder: &Path) -> Result<Option<Seal>, SealError> {
    let (key, certificate) = files(folder);
    if !key.exists() {
        return Ok(None);
    }
    let text = |path: &Path| {
        fs::read_to_string(path).map_err(|source| SealError::File { path: path.to_owned(), source })
    };
    Ok(Some(Seal::from_pem(&text(&key)?, &text(&certificate)?)?))
}

/// The seal in a folder; made there when there is none.
pub fn open(folder: &Path, now: SystemTime) -> Result<Seal, SealError> {
    match read(folder)? {
        Some(seal) => Ok(seal),
        None => make(folder, now),
    }
}

fn make(folder: &Path, now: SystemTime) -> Result<Seal, SealError> {
    let (key, certificate) = files(folder);
    let (key, certificate) = (key.as_path(), certificate.as_path());
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| SealError::File { path, source }
    };
    fs::create_dir_all(folder).map_err(file(folder))?;
    let mut serial = [0; 4];
    getrandom::fill(&mut serial).map_err(io::Error::other).map_err(file(key))?;
    let name = format!("Interval node {:08x}", u32::from_be_bytes(serial));
    let now = Timestamp(crate::store::milliseconds(now) / 1000);
    let seal = Seal::generate(&name, now, &mut System)?;
    let pem = seal.to_pem()?;
    fs::write(certificate, &pem.certificate).map_err(file(certificate))?;
    let mut options = fs::OpenOptions::new();
    let mut secret =
        options.write(true).create_new(true).mode(0o600).open(key).map_err(file(key))?;
    secret.write_all(pem.key.as_bytes()).map_err(file(key))?;
    secret.sync_all().map_err(file(key))?;
    Ok(seal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let first = open(folder.path(), now).unwrap().common_name();
        assert_eq!(open(folder.path(), now).unwrap().common_name(), first);
        let mode = std::os::unix::fs::MetadataExt::mode(
            &fs::metadata(folder.path().join("seal.key.pem")).unwrap(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }
}
