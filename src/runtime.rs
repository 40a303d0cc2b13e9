//! The ONNX Runtime library: one pinned version, taken from its Python wheel, checked, and kept
//! in the data folder.

use interval_core::digest::Digest;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pinned version.
pub const VERSION: &str = "1.32.0";

/// File name of the library in the wheel and in the data folder.
pub const LIBRARY: &str = "libonnxruntime.so.1.32.0";

/// SHA-256 of the library in the Linux x86-64 wheel of that version.
pub const LIBRARY_SHA256: &str = "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f";

/// Why the runtime was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// pip could not be run or did not find the wheel.
    #[error("'{command}' did not work: {what}")]
    Pip {
        /// What was run.
        command: String,
        /// What it said.
        what: String,
    },
    /// The library is not the pinned one.
    #[error("the library has the SHA-256 {found}, pinned is {LIBRARY_SHA256}")]
    Altered {
        /// What was found.
        found: Digest,
    },
    /// A file cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// Where the library lies in a data folder.
pub fn path(data: &Path) -> PathBuf {
    data.join("runtime").join(LIBRARY)
}

/// The library of a data folder, if it is installed there.
pub fn installed(data: &Path) -> Option<PathBuf> {
    Some(path(data)).filter(|path| path.is_file())
}

/// Installs the library into a data folder with the Python given; nothing is done when the pinned
/// one is already there.
pub fn install(data: &Path, python: &str) -> Result<PathBuf, InstallError> {
    let library = path(data);
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| InstallError::File { path, source }
    };
    if library.is_file() && check(&library).is_ok() {
        return Ok(library);
    }
    let folder = data.join("runtime");
    let wheel = folder.join("wheel");
    std::fs::create_dir_all(&wheel).map_err(file(&wheel))?;
    pip(python, &wheel)?;
    let unpacked = wheel.join("onnxruntime").join("capi").join(LIBRARY);
    check(&unpacked)?;
    std::fs::rename(&unpacked, &library).map_err(file(&library))?;
    std::fs::remove_dir_all(&wheel).map_err(file(&wheel))?;
    Ok(library)
}

fn pip(python: &str, target: &Path) -> Result<(), InstallError> {
    let requirement = format!("onnxruntime=={VERSION}");
    let arguments = ["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target"];
    let mut command = Command::new(python);
    command.args(arguments).arg(target).arg(&requirement);
    let said = || format!("{python} {} {} {requirement}", arguments.join(" "), target.display());
    let output =
        command.output().map_err(|e| InstallError::Pip { command: said(), what: e.to_string() })?;
    if output.status.success() {
        return Ok(());
    }
    let what = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(InstallError::Pip { command: said(), what })
}

/// Whether a file is the pinned library.
fn check(library: &Path) -> Result<(), InstallError> {
    let bytes = std::fs::read(library)
        .map_err(|source| InstallError::File { path: library.to_owned(), source })?;
    let found = Digest::of(&bytes);
    if found.to_string() == LIBRARY_SHA256 { Ok(()) } else { Err(InstallError::Altered { found }) }
}
