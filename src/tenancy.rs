//! One process at a time owns the objects of a data folder: the node that serves from it, or a
//! command that removes some. The lock goes with the process, however it ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Name of the file that is locked, in the data folder. Its content is of no interest.
const FILE: &str = "tenant.lock";

/// The right to remove objects; it ends with this value.
#[derive(Debug)]
pub struct Tenancy(#[expect(dead_code, reason = "held for its lock")] File);

/// Why the folder is not ours.
#[derive(Debug, thiserror::Error)]
pub enum TenancyError {
    /// A node serves from it, or a command works in it.
    #[error("another process of Interval owns this folder: stop it first")]
    Taken,
    /// The file cannot be locked.
    #[error("the folder cannot be locked")]
    Lock(#[source] io::Error),
}

impl Tenancy {
    /// Takes a data folder, which has to be there; nobody is waited for.
    pub fn take(data: &Path) -> Result<Self, TenancyError> {
        let file = File::options().create(true).append(true).open(data.join(FILE));
        let file = file.map_err(TenancyError::Lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(TenancyError::Taken),
            Err(TryLockError::Error(error)) => Err(TenancyError::Lock(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_tenant_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Tenancy::take(folder.path()).unwrap();
        assert!(matches!(Tenancy::take(folder.path()), Err(TenancyError::Taken)));
        drop(first);
        assert!(Tenancy::take(folder.path()).is_ok());
    }
}
