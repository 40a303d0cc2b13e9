//! The key that signs checkpoints: Ed25519, made at the first start, and its public half as the
//! one line that tools for signed notes read (C2SP signed-note).

use super::note::{Checkpoint, Note, Signature};
use super::{AuditError, file};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use interval_core::digest::Digest;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use zeroize::Zeroizing;

/// File of the private half, readable by its owner only.
const PRIVATE_FILE: &str = "audit.key";
/// File of the public half: to be kept wherever the log is to be verified.
pub const PUBLIC_FILE: &str = "audit.pub";
/// The kind of key in names and hashes: Ed25519.
const ED25519_KIND: u8 = 1;
/// Bytes of a seed and of a public key (RFC 8032 section 5.1.5).
const KEY_BYTES: usize = 32;
/// Before the name in the file of the private half.
const PRIVATE_MARK: &str = "PRIVATE+KEY+";

/// Who may be believed about the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    bytes: [u8; KEY_BYTES],
}

/// The text is not a public key for notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a public key for checkpoints (NAME+HASH+KEY)")]
pub struct NotAKey;

impl PublicKey {
    /// Its name, which is also that of its log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First four bytes of the key's hash.
    pub fn id(&self) -> u32 {
        let hash = Digest::of(&[self.name.as_bytes(), b"\n", &self.kind_and_bytes()].concat());
        let [a, b, c, d, ..] = hash.0;
        u32::from_be_bytes([a, b, c, d])
    }

    fn kind_and_bytes(&self) -> Vec<u8> {
        [&[ED25519_KIND], &self.bytes[..]].concat()
    }

    /// Whether this key made the signature under a text.
    pub fn signed(&self, text: &str, signature: &Signature) -> bool {
        signature.name == self.name
            && signature.key == self.id()
            && UnparsedPublicKey::new(&ED25519, &self.bytes)
                .verify(text.as_bytes(), &signature.bytes)
                .is_ok()
    }

    /// Whether this key signed a checkpoint of its own log.
    pub fn vouches_for(&self, note: &Note) -> bool {
        let text = note.checkpoint.text();
        note.checkpoint.origin == self.name
            && note.signatures.iter().any(|signature| self.signed(&text, signature))
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, AuditError> {
        let text = fs::read_to_string(path).map_err(file(path))?;
        let damaged = |e: NotAKey| AuditError::Damaged { path: path.into(), what: e.to_string() };
        text.trim_end().parse().map_err(damaged)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode(self.kind_and_bytes());
        write!(f, "{}+{:08x}+{key}", self.name, self.id())
    }
}

impl FromStr for PublicKey {
    type Err = NotAKey;
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (name, hash, bytes) = parts(text)?;
        let key = Self { name, bytes };
        if key.id() == hash { Ok(key) } else { Err(NotAKey) }
    }
}

/// Name, hash and key bytes of `NAME+HASH+KEY`.
fn parts(text: &str) -> Result<(String, u32, [u8; KEY_BYTES]), NotAKey> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NotAKey);
    };
    let hash = u32::from_str_radix(hash, 16).map_err(|_| NotAKey)?;
    let bytes = Zeroizing::new(STANDARD.decode(key).map_err(|_| NotAKey)?);
    match bytes.split_first() {
        Some((&ED25519_KIND, key)) if !name.is_empty() => {
            Ok((name.to_owned(), hash, key.try_into().map_err(|_| NotAKey)?))
        }
        _ => Err(NotAKey),
    }
}

/// The key that signs.
pub struct AuditKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditKey({})", self.public)
    }
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
        let damaged = || AuditError::Damaged { path: path.clone(), what: "it is not a key".into() };
        let line = text.trim_end().strip_prefix(PRIVATE_MARK).ok_or_else(damaged)?;
        let (name, hash, seed) = parts(line).map_err(|_| damaged())?;
        let key = Self::of(name, &Zeroizing::new(seed)).ok_or_else(damaged)?;
        if key.public.id() == hash { Ok(Some(key)) } else { Err(damaged()) }
    }

    /// Makes the key of a folder, under a name that no other log has.
    pub fn make(folder: &Path) -> Result<Self, AuditError> {
        let path = private_file(folder);
        let random = |bytes: &mut [u8]| {
            getrandom::fill(bytes).map_err(|e| file(&path)(io::Error::other(e.to_string())))
        };
        let mut number = [0; 8];
        random(&mut number)?;
        let name = format!("interval-audit-{:016x}", u64::from_be_bytes(number));
        let mut seed = Zeroizing::new([0; KEY_BYTES]);
        random(&mut seed[..])?;
        let refused = || file(&path)(io::Error::other("the seed was refused"));
        let key = Self::of(name, &seed).ok_or_else(refused)?;
        let coded = Zeroizing::new([&[ED25519_KIND], &seed[..]].concat());
        let coded = Zeroizing::new(STANDARD.encode(&coded[..]));
        let PublicKey { name, .. } = &key.public;
        let line = format!("{PRIVATE_MARK}{name}+{:08x}+{}\n", key.public.id(), *coded);
        fs::create_dir_all(folder).map_err(file(folder))?;
        write(&path, 0o600, Zeroizing::new(line).as_bytes())?;
        write(&folder.join(PUBLIC_FILE), 0o644, format!("{}\n", key.public).as_bytes())?;
        Ok(key)
    }

    fn of(name: String, seed: &[u8; KEY_BYTES]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let bytes = pair.public_key().as_ref().try_into().ok()?;
        Some(Self { pair, public: PublicKey { name, bytes } })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs the state of the log.
    pub fn sign(&self, head: interval_core::audit::proof::TreeHead) -> Note {
        let origin = self.public.name.clone();
        let checkpoint = Checkpoint { origin: origin.clone(), head, extensions: Vec::new() };
        let bytes = self.pair.sign(checkpoint.text().as_bytes()).as_ref().to_vec();
        let signature = Signature { name: origin, key: self.public.id(), bytes };
        Note { checkpoint, signatures: vec![signature] }
    }
}

/// Writes a whole file or none, and only over nothing.
fn write(path: &Path, mode: u32, content: &[u8]) -> Result<(), AuditError> {
    let new = path.with_extension("new");
    let written = || {
        let mut options = fs::OpenOptions::new();
        let mut out = options.write(true).create(true).truncate(true).mode(mode).open(&new)?;
        out.write_all(content)?;
        out.sync_all()?;
        fs::rename(&new, path)?;
        fs::File::open(path.parent().unwrap_or(path))?.sync_all()
    };
    written().map_err(file(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::audit::proof::TreeHead;
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
