//! The key that signs checkpoints: Ed25519, made at the first start, and its public half as the
//! one line that tools for signed notes read (C2SP signed-note).

use super::note::{Checkpoint, Note};
use super::{AuditError, file};
use crate::lasting;
use interval_models::signature::{self, Line, SigningKey, Unreadable};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use zeroize::Zeroizing;

/// File of the private half, readable by its owner only.
const PRIVATE_FILE: &str = "audit.key";
/// File of the public half: to be kept wherever the log is to be verified.
pub const PUBLIC_FILE: &str = "audit.pub";
/// Who may be believed about the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(signature::PublicKey);

impl PublicKey {
    /// Its name, which is also that of its log.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// First four bytes of the key's hash.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether this key made the signature under a text.
    pub fn signed(&self, text: &str, signature: &Line) -> bool {
        self.0.made(text.as_bytes(), signature)
    }

    /// Whether this key signed a checkpoint of its own log.
    pub fn vouches_for(&self, note: &Note) -> bool {
        let text = note.checkpoint.text();
        note.checkpoint.origin == self.name()
            && note.signatures.iter().any(|signature| self.signed(&text, signature))
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, AuditError> {
        let text = fs::read_to_string(path).map_err(file(path))?;
        text.parse().map_err(|error| damaged(path, error))
    }
}

impl FromStr for PublicKey {
    type Err = Unreadable;
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        text.parse().map(Self)
    }
}

fn damaged(path: &Path, error: Unreadable) -> AuditError {
    AuditError::Damaged { path: path.to_owned(), what: error.to_string() }
}

/// The key that signs.
#[derive(Debug)]
pub struct AuditKey {
    key: SigningKey,
    public: PublicKey,
}

/// File of the private half in a folder of keys.
pub fn private_file(folder: &Path) -> PathBuf {
    folder.join(PRIVATE_FILE)
}

impl AuditKey {
    /// Reads the key of a folder; `None` when there is none yet.
    pub fn read(folder: &Path) -> Result<Option<Self>, AuditError> {
        let path = private_file(folder);
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(file(&path)(error)),
        };
        let key = SigningKey::parse(&text).map_err(|error| damaged(&path, error))?;
        Ok(Some(Self::of(key)))
    }

    /// Makes the key of a folder, under a name that no other log has.
    pub fn make(folder: &Path) -> Result<Self, AuditError> {
        let path = private_file(folder);
        let mut number = [0; 8];
        getrandom::fill(&mut number).map_err(|e| file(&path)(io::Error::other(e.to_string())))?;
        let name = format!("interval-audit-{:016x}", u64::from_be_bytes(number));
        let key = SigningKey::make(&name).map_err(|e| file(&path)(io::Error::other(e)))?;
        lasting::write(&path, 0o600, key.to_line().as_bytes()).map_err(file(&path))?;
        let (public, line) = (folder.join(PUBLIC_FILE), format!("{}\n", key.public()));
        lasting::write(&public, 0o644, line.as_bytes()).map_err(file(&public))?;
        Ok(Self::of(key))
    }

    fn of(key: SigningKey) -> Self {
        let public = PublicKey(key.public().clone());
        Self { key, public }
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs the state of the log.
    pub fn sign(&self, head: interval_core::audit::proof::TreeHead) -> Note {
        let origin = self.public.name().to_owned();
        let checkpoint = Checkpoint { origin, head, extensions: Vec::new() };
        let signature = self.key.sign(checkpoint.text().as_bytes()).into_line();
        Note { checkpoint, signatures: vec![signature] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::audit::proof::TreeHead;
    use interval_core::digest::Digest;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_signs_and_is_the_same_at_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(AuditKey::read(folder.path()).expect("nothing yet").is_none());
        let made = AuditKey::make(folder.path()).expect("a key");
        let again = AuditKey::read(folder.path()).expect("readable").expect("there");
        assert_eq!(made.public(), again.public());
        let note = again.sign(TreeHead { size: 3, root: Digest::of(b"root") });
        let public = PublicKey::read(&folder.path().join(PUBLIC_FILE)).expect("readable");
        assert!(public.vouches_for(&note));
        let mut longer = note;
        longer.checkpoint.head.size = 4;
        assert!(!public.vouches_for(&longer));
    }
    #[test]
    fn only_the_owner_reads_the_key() {
        let folder = tempfile::tempdir().expect("a folder");
        AuditKey::make(folder.path()).expect("a key");
        let mode = fs::metadata(private_file(folder.path())).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    #[test]
    fn a_damaged_key_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        AuditKey::make(folder.path()).expect("a key");
        let path = private_file(folder.path());
        let text = fs::read_to_string(&path).expect("readable");
        for damaged in
            [text[..text.len() - 3].to_owned(), text.replace("interval", "other"), String::new()]
        {
            fs::write(&path, damaged).expect("written");
            assert!(AuditKey::read(folder.path()).is_err());
        }
    }
}
