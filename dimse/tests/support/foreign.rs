//! Other people's software, where it is installed.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What was found; else the test is skipped with a printed reason, or fails where the software is
/// required.
pub fn required<T>(found: Option<T>, what: &str) -> Option<T> {
    if found.is_none() {
        let is_required = env::var_os("INTERVAL_REQUIRE_PEERS").is_some_and(|value| value == "1");
        assert!(!is_required, "{what} is required and not here");
        println!("skipped: {what} is not here");
    }
    found
}

/// A program in the search path.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Python with pynetdicom.
pub fn python() -> Option<PathBuf> {
    let named = env::var_os("INTERVAL_PEERS_PYTHON").map(PathBuf::from);
    let python = named.or_else(|| program("python3"))?;
    let tried = Command::new(&python).args(["-c", "import pynetdicom"]).output().ok()?;
    tried.status.success().then_some(python)
}

/// A file of the shared folder beside the workspace.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = env::var_os("INTERVAL_SHARED").map_or_else(beside, PathBuf::from);
    Some(folder.join(path)).filter(|path| path.exists())
}

/// Runs a program to its end, away from the async runtime.
pub async fn run<S: AsRef<OsStr>>(program: &Path, arguments: &[S]) -> Output {
    let mut command = tokio::process::Command::new(program);
    // dcmtk holds back small packets unless told not to.
    command.env("TCP_NODELAY", "1").args(arguments).output().await.unwrap()
}

/// The same, and it has to go well.
pub async fn run_well<S: AsRef<OsStr>>(program: &Path, arguments: &[S]) -> String {
    let output = run(program, arguments).await;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{}: {said}", program.display());
    said
}
