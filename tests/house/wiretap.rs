//! Between a node and its workers: a program that is started in place of the worker and keeps
//! everything that goes through it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Keeps what goes in and what comes out; the worker's temporary files stay in a folder of theirs.
const SCRIPT: &str = "#!/bin/sh
heard=$(mktemp -d 'FOLDER/worker.XXXXXX')
mkdir \"$heard/tmp\"
tee \"$heard/stdin\" |
    TMPDIR=\"$heard/tmp\" INTERVAL_LOG=trace 'PROGRAM' \"$@\" 2>\"$heard/stderr\" |
    tee \"$heard/stdout\"
";

/// A tap on the workers of one node.
pub struct Wiretap {
    folder: PathBuf,
}

impl Wiretap {
    /// A tap that keeps what it hears in a folder.
    pub fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let script = SCRIPT
            .replace("FOLDER", &folder.display().to_string())
            .replace("PROGRAM", env!("CARGO_BIN_EXE_interval"));
        let tap = Self { folder: folder.to_owned() };
        fs::write(tap.program(), script).unwrap();
        fs::set_permissions(tap.program(), fs::Permissions::from_mode(0o755)).unwrap();
        tap
    }

    /// What the node is to start as its worker.
    pub fn program(&self) -> PathBuf {
        self.folder.join("tap.sh")
    }

    /// What was kept of one kind (`stdin`, `stdout`, `stderr`), one for each worker that came as far
    /// as that: one that is cut off as it starts leaves its folder and nothing in it.
    pub fn heard(&self, kind: &str) -> Vec<Vec<u8>> {
        let workers = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        workers
            .filter(|path| path.is_dir())
            .filter_map(|path| fs::read(path.join(kind)).ok())
            .collect()
    }
}
