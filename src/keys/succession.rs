//! The order in which master keys took over from one another: one place a line, the last wraps. It
//! lies with the node's own keys, so that every process of the node sees a change at once, and
//! says nothing about any key but its place. Places in its own folder are written without it: the
//! folder of a node may be moved.

use super::source::absolute;
use super::{KeyError, KeySource};
use crate::lasting;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Most places that are remembered: those of rotations that never came to their end.
const PLACES_MAX: usize = 64;

/// The places in their order; none where no key ever took over.
pub(super) fn read(path: &Path) -> Result<Vec<KeySource>, KeyError> {
    let file = |source| KeyError::File { path: path.to_owned(), source };
    match fs::metadata(path) {
        // Whoever may write it says which key wraps.
        Ok(found) if found.mode() & 0o022 != 0 => return Err(KeyError::Open(path.to_owned())),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file(error)),
    }
    let text = fs::read_to_string(path).map_err(file)?;
    let folder = folder(path);
    let place = |line: &str| {
        Ok(match line.parse()? {
            KeySource::File(key) => KeySource::File(folder.join(key)),
            other => other,
        })
    };
    text.lines().map(place).collect()
}

fn folder(path: &Path) -> PathBuf {
    absolute(path).parent().map(Path::to_owned).unwrap_or_default()
}

/// Writes them, all or none.
pub(super) fn write(path: &Path, places: &[KeySource]) -> Result<(), KeyError> {
    let file = |source| KeyError::File { path: path.to_owned(), source };
    if places.len() > PLACES_MAX {
        return Err(file(io::Error::other("too many rotations were never ended")));
    }
    let folder = folder(path);
    let line = |place: &KeySource| match place {
        KeySource::File(key) => {
            let key = key.strip_prefix(&folder).unwrap_or(key).to_owned();
            format!("{}\n", KeySource::File(key))
        }
        other => format!("{other}\n"),
    };
    let text: String = places.iter().map(line).collect();
    lasting::write(path, 0o600, text.as_bytes()).map_err(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn places_are_read_back_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("succession");
        assert_eq!(read(&path).unwrap(), []);
        let places: Vec<KeySource> = ["file:/a b", "env:K", "pkcs11:/x.so?token=t&key=k&pin-env=P"]
            .map(|text| text.parse().unwrap())
            .into();
        write(&path, &places).unwrap();
        assert_eq!(read(&path).unwrap(), places);
    }
    #[test]
    fn a_folder_that_is_moved_takes_its_keys_along() {
        let root = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| root.path().join(name));
        fs::create_dir(&old).unwrap();
        write(&old.join("succession"), &[KeySource::File(absolute(&old.join("b.key")))]).unwrap();
        fs::rename(&old, &new).unwrap();
        let expected = KeySource::File(absolute(&new.join("b.key")));
        assert_eq!(read(&new.join("succession")).unwrap(), [expected]);
    }
    #[test]
    fn a_file_that_others_may_write_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("succession");
        write(&path, &[KeySource::Environment("K".into())]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o620)).unwrap();
        assert!(matches!(read(&path), Err(KeyError::Open(_))));
    }
}
