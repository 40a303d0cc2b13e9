//! Other people's software as judge. A tool that is not there is skipped with a line that says
//! so, unless `INTERVAL_REQUIRE_PEERS=1`: then its absence is a failure.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs a tool; nothing when it is not installed.
pub fn tool(name: &str, arguments: &[&str]) -> Option<Output> {
    let run = Command::new(name).args(arguments).output();
    match run {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            skip(&format!("{name} is not installed"))
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

/// Runs a script of `tests/peers` and checks that it is content; nothing when the interpreter
/// does not have the packages.
pub fn script(name: &str, arguments: &[&str]) -> Option<String> {
    let python = std::env::var("INTERVAL_PEERS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python).args(["-c", "import highdicom, pydicom"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        return skip(&format!("{python} has no highdicom"));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name);
    let output = Command::new(&python).arg(script).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} is not content:\n{said}\n{complained}");
    Some(said)
}

/// A file of the shared folder; nothing when it is not there.
pub fn shared(file: &str) -> Option<Vec<u8>> {
    match std::fs::read(shared_folder().join(file)) {
        Ok(bytes) => Some(bytes),
        Err(error) => skip(&format!("{file}: {error}")),
    }
}

/// The files of a folder of the shared folder, by name; nothing when it is not there.
pub fn shared_files(folder: &str) -> Option<Vec<Vec<u8>>> {
    let entries = match std::fs::read_dir(shared_folder().join(folder)) {
        Ok(entries) => entries,
        Err(error) => return skip(&format!("{folder}: {error}")),
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let files = paths.into_iter().filter(|path| path.is_file());
    Some(files.map(|path| std::fs::read(path).unwrap()).collect())
}

fn shared_folder() -> PathBuf {
    std::env::var("INTERVAL_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from)
}

/// Says why a check is not made.
fn skip<T>(why: &str) -> Option<T> {
    assert!(std::env::var("INTERVAL_REQUIRE_PEERS").as_deref() != Ok("1"), "required, but {why}");
    println!("skipped: {why}");
    None
}

/// Checks that the object is valid by its IOD. Private codes are none of the validator's terms
/// and leave warnings; nothing else may.
#[track_caller]
pub fn is_valid(file: &Path) {
    let Some(output) = tool("dciodvfy", &["-new", file.to_str().unwrap()]) else { return };
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    let private = |line: &str| {
        line.starts_with("Warning")
            && line.contains("Unrecognized defined term")
            && (line.contains("99INTERVAL") || line.contains("CodingSchemeUID"))
    };
    let complaints: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("Error") || line.starts_with("Warning"))
        .filter(|line| !private(line))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// A folder for one test's files, removed at its end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind does no harm, and a failed test wants its own message.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
