//! The master keys that a node can reach: the one that wraps now, and those that wrapped before.

use super::{KeyError, KeySource, MasterKey, succession};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Opens master keys as they are needed. Which one wraps is looked up each time something is to be
/// wrapped, so that a change of keys by another process counts at once.
#[derive(Debug)]
pub struct Keyring {
    configured: KeySource,
    earlier: Vec<KeySource>,
    /// The file that says who took over since.
    succession: Option<PathBuf>,
    opened: Mutex<HashMap<KeySource, Arc<dyn MasterKey>>>,
}

impl Keyring {
    /// Opens the key that wraps; the earlier ones only when a row asks for one of them.
    pub fn open(
        configured: KeySource,
        earlier: Vec<KeySource>,
        succession: Option<PathBuf>,
    ) -> Result<Self, KeyError> {
        let ring = Self { configured, earlier, succession, opened: Mutex::default() };
        ring.current()?;
        Ok(ring)
    }

    /// Where the key that wraps is: the last that took over from the configured one.
    pub fn wrapping(&self) -> Result<KeySource, KeyError> {
        let line = self.line()?;
        match line.last() {
            Some(last) if line.contains(&self.configured) => Ok(last.clone()),
            _ => Ok(self.configured.clone()),
        }
    }

    /// Where the configuration says that the key is.
    pub fn configured(&self) -> &KeySource {
        &self.configured
    }

    /// The key that wraps.
    pub fn current(&self) -> Result<Arc<dyn MasterKey>, KeyError> {
        self.opened(&self.wrapping()?)
    }

    /// The key of that name.
    pub fn named(&self, name: &str) -> Result<Arc<dyn MasterKey>, KeyError> {
        let all = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.values().find(|key| key.name() == name) {
            return Ok(known.clone());
        }
        drop(all);
        let mut sources = vec![self.wrapping()?, self.configured.clone()];
        sources.extend(self.line()?.into_iter().rev());
        sources.extend(self.earlier.iter().cloned());
        let mut trouble = None;
        for source in sources {
            match self.opened(&source) {
                Ok(key) if key.name() == name => return Ok(key),
                Ok(_) => {}
                // A key that was destroyed on purpose is not asked for; another may be the one.
                Err(error) if error.is_gone() => {}
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        Err(trouble.unwrap_or_else(|| KeyError::Unknown(name.to_owned())))
    }

    /// The key of a place that is to take over; a key file that is not there is made.
    pub fn candidate(&self, to: &KeySource) -> Result<Arc<dyn MasterKey>, KeyError> {
        to.make()?;
        self.opened(to)
    }

    /// Lets the key of another place wrap from now on, for every process of this node. The earlier
    /// ones go on opening what they wrapped.
    pub fn succeed(&self, to: &KeySource) -> Result<(), KeyError> {
        self.opened(to)?;
        let mut line = self.line()?;
        if !line.contains(&self.configured) {
            line.push(self.configured.clone());
        }
        line.retain(|source| source != to);
        line.push(to.clone());
        self.write(&line)
    }

    /// Forgets who wrapped before the key that wraps now, once nothing is left that they wrapped.
    pub fn conclude(&self) -> Result<(), KeyError> {
        let wrapping = self.wrapping()?;
        let mut line = vec![self.configured.clone(), wrapping];
        line.dedup();
        self.write(&line)
    }

    fn line(&self) -> Result<Vec<KeySource>, KeyError> {
        self.succession.as_deref().map_or_else(|| Ok(Vec::new()), succession::read)
    }

    fn write(&self, line: &[KeySource]) -> Result<(), KeyError> {
        match &self.succession {
            Some(path) => succession::write(path, line),
            None => Err(KeyError::Fixed),
        }
    }

    fn opened(&self, source: &KeySource) -> Result<Arc<dyn MasterKey>, KeyError> {
        let mut all = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = all.get(source) {
            return Ok(key.clone());
        }
        let key: Arc<dyn MasterKey> = Arc::from(source.open()?);
        all.insert(source.clone(), key.clone());
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Secret;
    use std::path::Path;

    fn file(folder: &Path, name: &str) -> KeySource {
        KeySource::File(folder.join(name))
    }

    fn ring(folder: &Path, configured: &KeySource) -> Keyring {
        configured.make().unwrap();
        let succession = Some(folder.join("succession"));
        Keyring::open(configured.clone(), Vec::new(), succession).unwrap()
    }

    #[test]
    fn a_key_that_took_over_counts_at_once_elsewhere_and_the_earlier_still_opens() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (file(folder.path(), "a.key"), file(folder.path(), "b.key"));
        let (here, elsewhere) = (ring(folder.path(), &a), ring(folder.path(), &a));
        let (secret, first) = (Secret::random().unwrap(), here.current().unwrap());
        let wrapped = first.wrap(&secret, b"row").unwrap();
        let second = here.candidate(&b).unwrap();
        here.succeed(&b).unwrap();
        assert_ne!(second.name(), first.name());
        assert_eq!(elsewhere.current().unwrap().name(), second.name());
        let fresh = ring(folder.path(), &a);
        assert_eq!(fresh.named(first.name()).unwrap().unwrap(&wrapped, b"row").unwrap(), secret);
    }
    #[test]
    fn a_configuration_that_names_the_new_key_or_another_one_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b, c] = ["a.key", "b.key", "c.key"].map(|name| file(folder.path(), name));
        b.make().unwrap();
        ring(folder.path(), &a).succeed(&b).unwrap();
        for (configured, wraps) in [(&a, &b), (&b, &b), (&c, &c)] {
            assert_eq!(ring(folder.path(), configured).wrapping().unwrap(), *wraps);
        }
        ring(folder.path(), &b).succeed(&a).unwrap();
        assert_eq!(ring(folder.path(), &b).wrapping().unwrap(), a);
    }
    #[test]
    fn an_earlier_key_may_be_destroyed_and_the_configuration_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (file(folder.path(), "a.key"), file(folder.path(), "b.key"));
        let first = ring(folder.path(), &a).current().unwrap();
        let here = ring(folder.path(), &a);
        here.candidate(&b).unwrap();
        here.succeed(&b).unwrap();
        here.conclude().unwrap();
        std::fs::remove_file(folder.path().join("a.key")).unwrap();
        let succession = Some(folder.path().join("succession"));
        let fresh = Keyring::open(a, Vec::new(), succession).unwrap();
        let error = fresh.named(first.name()).unwrap_err();
        assert_eq!(error.to_string(), format!("the master key {} is not here", first.name()));
    }
    #[test]
    fn a_key_that_nobody_has_is_said_by_name() {
        let ring = Keyring::open(KeySource::Passing, Vec::new(), None).unwrap();
        let error = ring.named("0123").unwrap_err();
        assert_eq!(error.to_string(), "the master key 0123 is not here");
    }
}
