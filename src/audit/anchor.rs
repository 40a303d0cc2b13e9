//! A folder that holds on to the log: its signed checkpoints, and the hashes of its records up to
//! the last one. The hashes prove themselves, because their root is in the signed checkpoint.

use super::note::{Note, parse_all};
use super::{AuditError, file};
use interval_core::digest::Digest;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// File of the signed checkpoints, one after another.
pub const CHECKPOINTS_FILE: &str = "checkpoints";
/// File of the hashes, 32 bytes a record.
pub const LEAVES_FILE: &str = "leaves";
/// Bytes of a hash.
const LEAF_BYTES: u64 = 32;
/// Largest file of checkpoints that is read: a century of hourly ones.
const CHECKPOINTS_BYTES_MAX: u64 = 256 << 20;

/// Such a folder.
#[derive(Debug, Clone)]
pub struct Anchor {
    folder: PathBuf,
}

impl Anchor {
    /// The anchor of a folder, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Its file of checkpoints.
    pub fn checkpoints_file(&self) -> PathBuf {
        self.folder.join(CHECKPOINTS_FILE)
    }

    /// All its checkpoints, in the order of writing; whoever believes them checks the signatures.
    pub fn notes(&self) -> Result<Vec<Note>, AuditError> {
        read_notes(&self.checkpoints_file())
    }

    /// Its hashes; `None` when it has none.
    pub fn leaves(&self) -> Result<Option<Leaves>, AuditError> {
        Leaves::open(&self.folder.join(LEAVES_FILE))
    }

    /// How many hashes it has.
    pub fn leaf_count(&self) -> Result<u64, AuditError> {
        Ok(self.leaves()?.map_or(0, |leaves| leaves.length()))
    }

    /// Makes the folder and opens the hashes for writing. A second place that is not mounted is
    /// an error here, because its parent folder is missing.
    pub fn begin(&self) -> Result<LeafWriter, AuditError> {
        if !self.folder.is_dir() {
            fs::create_dir(&self.folder).map_err(file(&self.folder))?;
        }
        let path = self.folder.join(LEAVES_FILE);
        let mut options = OpenOptions::new();
        let out = options.create(true).truncate(false).write(true).open(&path);
        Ok(LeafWriter { out: out.map_err(file(&path))?, path })
    }

    /// Appends checkpoints, once their hashes are safe.
    pub fn keep(&self, notes: &[Note]) -> Result<(), AuditError> {
        let path = self.checkpoints_file();
        let kept = || {
            let mut out = OpenOptions::new().create(true).append(true).open(&path)?;
            for note in notes {
                out.write_all(format!("{note}\n").as_bytes())?;
            }
            out.sync_all()?;
            File::open(&self.folder)?.sync_all()
        };
        kept().map_err(file(&path))
    }
}

/// The checkpoints of a file; none when it is not there.
pub fn read_notes(path: &Path) -> Result<Vec<Note>, AuditError> {
    let length = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file(path)(error)),
    };
    let damaged = |what: String| AuditError::Damaged { path: path.to_owned(), what };
    if length > CHECKPOINTS_BYTES_MAX {
        return Err(damaged("it is longer than a century of checkpoints".into()));
    }
    let bytes = fs::read(path).map_err(file(path))?;
    let text = String::from_utf8(bytes).map_err(|e| damaged(e.to_string()))?;
    parse_all(&text).map_err(|e| damaged(e.to_string()))
}

/// Writes hashes at their places.
#[derive(Debug)]
pub struct LeafWriter {
    out: File,
    path: PathBuf,
}

impl LeafWriter {
    /// Writes hashes from a place on. What a sudden end left there is written over.
    pub fn write(&self, from: u64, leaves: &[Digest]) -> Result<(), AuditError> {
        let bytes: Vec<u8> = leaves.iter().flat_map(|leaf| leaf.0).collect();
        self.out.write_all_at(&bytes, from * LEAF_BYTES).map_err(file(&self.path))
    }

    /// Makes them durable.
    pub fn finish(self) -> Result<(), AuditError> {
        self.out.sync_all().map_err(file(&self.path))
    }
}

/// Hashes that can be read anywhere.
#[derive(Debug)]
pub struct Leaves {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Leaves {
    /// Opens a file of hashes; `None` when it is not there.
    pub fn open(path: &Path) -> Result<Option<Self>, AuditError> {
        let opened = match File::open(path) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(file(path)(error)),
        };
        let length = opened.metadata().map_err(file(path))?.len() / LEAF_BYTES;
        Ok(Some(Self { file: opened, path: path.to_owned(), length }))
    }

    /// Their file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Up to so many hashes from a place on.
    pub fn read(&self, from: u64, count: u64) -> Result<Vec<Digest>, AuditError> {
        let count = count.min(self.length.saturating_sub(from));
        let mut bytes = vec![0; (count * LEAF_BYTES) as usize];
        self.file.read_exact_at(&mut bytes, from * LEAF_BYTES).map_err(file(&self.path))?;
        let hashes = bytes.as_chunks::<32>().0;
        Ok(hashes.iter().map(|hash| Digest(*hash)).collect())
    }
}
