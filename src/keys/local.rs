//! A master key in a file, in the environment, or for the life of the process.

use super::{KeyError, MasterKey, Secret, open, seal};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// A key held in the node's memory.
#[derive(Debug)]
pub(super) struct LocalKey {
    name: String,
    key: Secret,
}

impl LocalKey {
    /// The key of a file; made when there is none.
    pub(super) fn file(path: &Path) -> Result<Self, KeyError> {
        let file = |source| KeyError::File { path: path.to_owned(), source };
        match fs::metadata(path) {
            Ok(found) if found.mode() & 0o077 != 0 => return Err(KeyError::Open(path.to_owned())),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(file)?,
            Err(error) => return Err(file(error)),
        }
        let text = zeroize::Zeroizing::new(fs::read_to_string(path).map_err(file)?);
        let none = || file(io::Error::new(io::ErrorKind::InvalidData, "not a key"));
        Ok(Self::named(Secret::from_hex(&text).ok_or_else(none)?))
    }

    /// The key of an environment variable.
    pub(super) fn environment(variable: &str) -> Result<Self, KeyError> {
        let none = || KeyError::Environment(variable.to_owned());
        let text = zeroize::Zeroizing::new(std::env::var(variable).map_err(|_| none())?);
        Ok(Self::named(Secret::from_hex(&text).ok_or_else(none)?))
    }

    /// A key that nobody else will ever have.
    pub(super) fn passing() -> Result<Self, KeyError> {
        Ok(Self::named(Secret::random()?))
    }

    /// The name is a derived code: the same key has the same name wherever it is kept.
    fn named(key: Secret) -> Self {
        let name: String = key.derive("name").to_hex().chars().take(16).collect();
        Self { name, key }
    }
}

/// Makes a key file, whole or not at all.
fn make(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let key = Secret::random().map_err(|e| io::Error::other(e.to_string()))?;
    let half = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&half)?;
    file.write_all(key.to_hex().as_bytes())?;
    file.sync_all()?;
    // A second process that starts at the same time must not replace the first one's key.
    let linked = fs::hard_link(&half, path);
    fs::remove_file(&half)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

impl MasterKey for LocalKey {
    fn name(&self) -> &str {
        &self.name
    }
    fn wrap(&self, secret: &Secret, context: &[u8]) -> Result<Vec<u8>, KeyError> {
        seal(&self.key, context, secret.bytes())
    }
    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret, KeyError> {
        let bits = zeroize::Zeroizing::new(open(&self.key, context, wrapped)?);
        Secret::from_bytes(&bits).ok_or(KeyError::Wrong(super::Tampered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_file_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/master.key");
        let first = LocalKey::file(&path).unwrap();
        let wrapped = first.wrap(&first.key, b"row").unwrap();
        let again = LocalKey::file(&path).unwrap();
        assert_eq!(first.name(), again.name());
        assert_eq!(again.unwrap(&wrapped, b"row").unwrap(), first.key);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
    #[test]
    fn a_key_file_that_others_may_read_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        LocalKey::file(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(LocalKey::file(&path), Err(KeyError::Open(_))));
    }
    #[test]
    fn another_key_does_not_unwrap() {
        let (one, other) = (LocalKey::passing().unwrap(), LocalKey::passing().unwrap());
        let wrapped = one.wrap(&one.key, b"row").unwrap();
        assert!(matches!(other.unwrap(&wrapped, b"row"), Err(KeyError::Wrong(_))));
        assert!(matches!(one.unwrap(&wrapped, b"other row"), Err(KeyError::Wrong(_))));
    }
}
