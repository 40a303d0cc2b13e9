//! The master keys that a node can reach: the one that wraps now, and those that wrapped before.

use super::local::LocalKey;
use super::{KeyError, KeySource, MasterKey};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Opens master keys as they are needed. A key file is read again each time something is to be
/// wrapped, so that a change of keys by another process counts at once.
#[derive(Debug)]
pub struct Keyring {
    source: KeySource,
    earlier: Vec<KeySource>,
    opened: RwLock<HashMap<String, Arc<dyn MasterKey>>>,
    /// The key that wraps, where its source cannot change under us.
    fixed: Option<Arc<dyn MasterKey>>,
}

/// Where the key of a file goes when another takes its place.
pub fn earlier(path: &Path) -> PathBuf {
    path.with_extension("old.key")
}

impl Keyring {
    /// Opens the key that wraps; the earlier ones only when a row asks for one of them.
    pub fn open(source: KeySource, mut earlier_sources: Vec<KeySource>) -> Result<Self, KeyError> {
        let key: Arc<dyn MasterKey> = Arc::from(source.open()?);
        let fixed = match &source {
            KeySource::File(path) => {
                earlier_sources.push(KeySource::File(earlier(path)));
                None
            }
            _ => Some(key.clone()),
        };
        let opened = RwLock::new(HashMap::from([(key.name().to_owned(), key)]));
        Ok(Self { source, earlier: earlier_sources, opened, fixed })
    }

    /// The source of the key that wraps.
    pub fn source(&self) -> &KeySource {
        &self.source
    }

    /// The key that wraps.
    pub fn current(&self) -> Result<Arc<dyn MasterKey>, KeyError> {
        match &self.fixed {
            Some(key) => Ok(key.clone()),
            None => Ok(self.remember(Arc::from(self.source.open()?))),
        }
    }

    /// The key of that name.
    pub fn named(&self, name: &str) -> Result<Arc<dyn MasterKey>, KeyError> {
        let found = self.opened.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(key) = found {
            return Ok(key);
        }
        let current = self.current()?;
        if current.name() == name {
            return Ok(current);
        }
        for source in &self.earlier {
            let key: Arc<dyn MasterKey> = match source {
                // An earlier key that is gone is not made anew.
                KeySource::File(path) if !path.exists() => continue,
                KeySource::File(path) => Arc::new(LocalKey::file(path)?),
                other => Arc::from(other.open()?),
            };
            if self.remember(key.clone()).name() == name {
                return Ok(key);
            }
        }
        Err(KeyError::Unknown(name.to_owned()))
    }

    fn remember(&self, key: Arc<dyn MasterKey>) -> Arc<dyn MasterKey> {
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        opened.entry(key.name().to_owned()).or_insert(key).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Secret;

    #[test]
    fn a_key_that_took_the_place_of_another_counts_at_once_and_the_other_still_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let ring = Keyring::open(KeySource::File(path.clone()), Vec::new()).unwrap();
        let (secret, first) = (Secret::random().unwrap(), ring.current().unwrap());
        let wrapped = first.wrap(&secret, b"row").unwrap();
        std::fs::rename(&path, earlier(&path)).unwrap();
        let second = ring.current().unwrap();
        assert_ne!(second.name(), first.name());
        let fresh = Keyring::open(KeySource::File(path), Vec::new()).unwrap();
        assert_eq!(fresh.named(first.name()).unwrap().unwrap(&wrapped, b"row").unwrap(), secret);
    }
    #[test]
    fn a_key_that_nobody_has_is_said_by_name() {
        let ring = Keyring::open(KeySource::Passing, Vec::new()).unwrap();
        let error = ring.named("0123").unwrap_err();
        assert_eq!(error.to_string(), "the master key 0123 is not here");
    }
}
