//! Who vouches for a model package, and whether that is enough to open it.
//!
//! The signature lies in the package, in `manifest.sig`. It is made for the exact bytes of the
//! package's card, which names the SHA-256 of every other file; a package without a card is signed
//! over the list of its files.

use crate::folder;
use crate::registry::ModelError;
use crate::signature::{PublicKey, Signature};
use interval_core::digest::Digest;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the signature among the files of a package.
pub const SIGNATURE: &str = "manifest.sig";
/// Folder of a site's keys for models below its data folder; `*.pub` in it are believed.
const KEYS: &str = "keys/models";
/// Largest file of a key or a signature. They are one line.
const LINE_BYTES_MAX: u64 = 4 * 1024;
/// Most keys of a site. A hospital trusts a handful of makers.
const KEYS_MAX: usize = 256;

/// The keys of this project's releases.
const RELEASE_KEYS: [&str; 1] = [include_str!("../trusted/release.pub")];

/// Whose signatures are believed here.
#[derive(Debug, Clone)]
pub struct Keyring {
    keys: Vec<PublicKey>,
}

impl Keyring {
    /// No key at all.
    pub fn nobody() -> Self {
        Self { keys: Vec::new() }
    }

    /// The keys that this software was built with.
    pub fn built_in() -> Result<Self, ModelError> {
        let mut ring = Self::nobody();
        for text in RELEASE_KEYS {
            let path = Path::new("release.pub");
            let key = text.parse().map_err(|source| unreadable(path, source))?;
            ring.add(key, path)?;
        }
        Ok(ring)
    }

    /// These, and every `*.pub` of a folder.
    pub fn with_folder(folder: &Path) -> Result<Self, ModelError> {
        let mut ring = Self::built_in()?;
        let mut names = folder::names(folder)?;
        names.retain(|name| Path::new(name).extension().is_some_and(|end| end == "pub"));
        if names.len() > KEYS_MAX {
            let source = io::Error::other(format!("{} keys are too many", names.len()));
            return Err(ModelError::Read { path: folder.display().to_string(), source });
        }
        for name in names {
            let path = folder.join(name);
            let key = line(&path)?.unwrap_or_default().parse();
            ring.add(key.map_err(|source| unreadable(&path, source))?, &path)?;
        }
        Ok(ring)
    }

    /// Believes one more key. Two keys that a signature could not tell apart are refused: one of
    /// them was made to pass for the other.
    pub fn add(&mut self, key: PublicKey, path: &Path) -> Result<(), ModelError> {
        if self.keys.contains(&key) {
            return Ok(());
        }
        let alike = |known: &&PublicKey| known.name() == key.name() && known.id() == key.id();
        if self.keys.iter().any(|known| alike(&known)) {
            let (path, name) = (path.display().to_string(), key.name().to_owned());
            return Err(ModelError::Lookalike { path, name });
        }
        self.keys.push(key);
        Ok(())
    }

    /// The keys.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// What the signature in a file says of a message.
    pub fn ask(&self, path: &Path, message: &[u8]) -> Result<Vouched, ModelError> {
        let Some(line) = line(path)? else { return Ok(Vouched::Nobody) };
        let signature: Signature = line.parse().map_err(|source| unreadable(path, source))?;
        let name = signature.name().to_owned();
        match self.keys.iter().find(|key| key.is_named_by(&signature)) {
            None => Ok(Vouched::Stranger(name)),
            Some(key) if key.signed(message, &signature) => Ok(Vouched::By(name)),
            Some(_) => Err(ModelError::Forged { path: path.display().to_string(), name }),
        }
    }
}

/// Who vouches for a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vouched {
    /// The owner of a key that is believed.
    By(String),
    /// The owner of a key that nobody here knows.
    Stranger(String),
    /// Nobody.
    Nobody,
    /// That was not asked: whoever wanted the package had admitted it already.
    NotAsked,
}

impl Vouched {
    /// What a reader of results must be told; nothing when somebody who is believed vouches.
    pub fn reservation(&self) -> Option<String> {
        match self {
            Self::By(_) | Self::NotAsked => None,
            Self::Nobody => Some("the model package is not signed".to_owned()),
            Self::Stranger(name) => Some(format!(
                "the model package is not signed by a key that this site trusts, but by '{name}'"
            )),
        }
    }

    /// The name of the key that is believed.
    pub fn signer(&self) -> Option<&str> {
        if let Self::By(name) = self { Some(name) } else { None }
    }
}

impl fmt::Display for Vouched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(name) => write!(f, "signed by {name}"),
            Self::Stranger(name) => write!(f, "signed by {name}, who is not trusted here"),
            Self::Nobody => f.write_str("not signed"),
            Self::NotAsked => f.write_str("signature not asked for"),
        }
    }
}

/// Which packages are opened.
#[derive(Debug, Clone, Copy)]
pub enum Admission<'a> {
    /// Those that a believed key signed.
    Signed(&'a Keyring),
    /// The others too, and whoever opens them says so. What was altered after it was signed is
    /// refused all the same.
    AnyUnaltered(&'a Keyring),
    /// The one with this digest, which somebody who asks for it has admitted already.
    Exactly(Digest),
}

/// Folder of the site's keys for models in a data folder.
pub fn keys_folder(data: &Path) -> PathBuf {
    data.join(KEYS)
}

/// The text of a small file; nothing when there is no such file.
pub(crate) fn line(path: &Path) -> Result<Option<String>, ModelError> {
    let failed = |source| ModelError::Read { path: path.display().to_string(), source };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        Ok(found) if found.len() > LINE_BYTES_MAX || !found.is_file() => {
            return Err(failed(io::Error::other("it is not a key or signature of one line")));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(failed)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

pub(crate) fn unreadable(path: &Path, source: crate::signature::Unreadable) -> ModelError {
    ModelError::Line { path: path.display().to_string(), source }
}
