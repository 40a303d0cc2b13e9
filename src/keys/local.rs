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
    /// The key of a file.
    pub(super) fn file(path: &Path) -> Result<Self, KeyError> {
        let file = |source| KeyError::File { path: path.to_owned(), source };
        if fs::metadata(path).map_err(file)?.mode() & 0o077 != 0 {
            return Err(KeyError::Open(path.to_owned()));
        }
        let none = || KeyError::NoKey(path.to_owned());
        let text = zeroize::Zeroizing::new(fs::read(path).map_err(file)?);
        let text = std::str::from_utf8(&text).map_err(|_| none())?;
        Ok(Self::named(Secret::from_hex(text).ok_or_else(none)?))
    }

    /// Makes the key of a file, unless there is one.
    pub(super) fn make(path: &Path) -> Result<(), KeyError> {
        match fs::metadata(path) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
            Err(error) => Err(error),
        }
        .map_err(|source| KeyError::File { path: path.to_owned(), source })
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
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return Err(io::ErrorKind::InvalidInput.into()),
    };
    fs::create_dir_all(folder)?;
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
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    // The key must outlast what it will have wrapped, and so must the names that lead to it.
    for folder in folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty()).take(2) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
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
        LocalKey::make(&path).unwrap();
        let first = LocalKey::file(&path).unwrap();
        let wrapped = first.wrap(&first.key, b"row").unwrap();
        LocalKey::make(&path).unwrap();
        let again = LocalKey::file(&path).unwrap();
        assert_eq!(first.name(), again.name());
        assert_eq!(again.unwrap(&wrapped, b"row").unwrap(), first.key);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }
    #[test]
    fn a_key_file_that_others_may_read_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        LocalKey::make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(LocalKey::file(&path), Err(KeyError::Open(_))));
    }
    #[test]
    fn what_is_no_key_is_said_so_and_what_is_missing_is_not_made_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        assert!(LocalKey::file(&path).unwrap_err().is_gone());
        assert!(!path.exists());
        for content in [b"".as_slice(), &[b'a'; 63], &[b'a'; 65], &[b'x'; 64], &[0xFF; 64]] {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(LocalKey::file(&path), Err(KeyError::NoKey(_))), "{content:?}");
        }
    }
    #[test]
    fn another_key_does_not_unwrap() {
        let (one, other) = (LocalKey::passing().unwrap(), LocalKey::passing().unwrap());
        let wrapped = one.wrap(&one.key, b"row").unwrap();
        assert!(matches!(other.unwrap(&wrapped, b"row"), Err(KeyError::Wrong(_))));
        assert!(matches!(one.unwrap(&wrapped, b"other row"), Err(KeyError::Wrong(_))));
    }
}
