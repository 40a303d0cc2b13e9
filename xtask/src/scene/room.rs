//! The folder in which a scene plays: a temporary one, or one that is kept.

use crate::failure::{Ended, Failure};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder; a temporary one is removed at the end.
pub struct Room {
    folder: PathBuf,
    is_temporary: bool,
}

impl Room {
    /// A temporary folder.
    pub fn temporary(name: &str) -> Ended<Self> {
        let name = format!("interval-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).map_err(Failure::at(&folder))?;
        Ok(Self { folder, is_temporary: true })
    }

    /// A folder that stays; it has to be new or empty.
    pub fn kept(folder: &Path) -> Ended<Self> {
        fs::create_dir_all(folder).map_err(Failure::at(folder))?;
        if fs::read_dir(folder).map_err(Failure::at(folder))?.next().is_some() {
            return Err(Failure::new(format!("{} is not empty", folder.display())));
        }
        let folder = folder.canonicalize().map_err(Failure::at(folder))?;
        Ok(Self { folder, is_temporary: false })
    }

    /// A copy of a program, which stays as it is when another build replaces the original.
    pub fn own(&self, program: &Path) -> Ended<PathBuf> {
        let own = self.path("interval");
        fs::copy(program, &own).map_err(Failure::at(program))?;
        Ok(own)
    }

    /// Something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.is_temporary
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            eprintln!("{} could not be removed: {error}", self.folder.display());
        }
    }
}
