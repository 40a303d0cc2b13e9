//! Files that people bring by hand, staged until they say what becomes of them: sealed on the disk
//! from their first byte, under keys that only memory has. After a restart nobody can read what was
//! staged, and its folder is emptied.

mod landing;
mod pile;
mod unfit;
mod zip;

pub use landing::Landing;
pub use pile::{Brought, Pile, Refused, Tally};
pub use unfit::Unfit;
pub use zip::Bounds;

use crate::store::blobs::Blobs;
use crate::watermark::{Full, Watermark};
use interval_core::access::PersonId;
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// What one upload may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files that are kept.
    pub files_max: usize,
    /// Bytes of them.
    pub bytes_max: u64,
    /// Studies.
    pub studies_max: usize,
    /// How far an archive may unpack.
    pub zip: Bounds,
}

/// A whole-body PET has some 5,000 images, a patient's ten head examinations 20,000 in 4 GiB.
pub const HOUSE: Limits = Limits {
    files_max: 20_000,
    bytes_max: 4 << 30,
    studies_max: 50,
    zip: Bounds { entries_max: 20_000, bytes_max: 4 << 30, ratio_max: 200 },
};

/// Uploads of one caller at one time.
const OWN_MAX: usize = 4;

/// Uploads of all: each may keep some 40 MB of headers in memory.
const ALL_MAX: usize = 32;

/// How long an upload waits for its person.
pub const LIFE: Duration = Duration::from_hours(24);

/// The random number of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UploadId(pub u128);

/// Who brings something: a person, or a program by its client id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bringer {
    /// A person.
    Person(PersonId),
    /// A program.
    Program(String),
}

/// Why no upload is begun.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// The caller has too many.
    #[error("you have {OWN_MAX} uploads that were not handed over; please end one of them first")]
    Own,
    /// There are too many.
    #[error("this node has no room for another upload now")]
    All,
    /// The disk is too full.
    #[error(transparent)]
    Full(#[from] Full),
    /// No number could be made.
    #[error("no upload could be begun")]
    Random(#[from] io::Error),
}

/// All uploads of a node. Copies are one.
#[derive(Debug, Clone)]
pub struct Uploads(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    blobs: Blobs,
    watermark: Watermark,
    limits: Limits,
    all: Mutex<HashMap<UploadId, Arc<Pile>>>,
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for UploadId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

impl Uploads {
    /// Opens the folder that files are staged in, and empties it: for the process that owns it.
    /// While fewer than `free_min` bytes are free on its disk nothing is taken.
    pub fn open(folder: &Path, free_min: u64, limits: Limits) -> io::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let blobs = Blobs::open(folder)?;
        let watermark = Watermark::new(blobs.clone(), free_min);
        Ok(Self(Arc::new(Inner { blobs, watermark, limits, all: Mutex::default() })))
    }

    fn all(&self) -> MutexGuard<'_, HashMap<UploadId, Arc<Pile>>> {
        self.0.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an upload.
    pub fn begin(&self, of: Bringer, now: SystemTime) -> Result<UploadId, NotBegun> {
        self.0.watermark.check()?;
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(io::Error::other)?;
        let id = UploadId(u128::from_be_bytes(bits));
        let mut all = self.all();
        if all.values().filter(|pile| *pile.bringer() == of).count() >= OWN_MAX {
            return Err(NotBegun::Own);
        }
        if all.len() >= ALL_MAX {
            return Err(NotBegun::All);
        }
        let pile = Pile::new((of, now), self.0.blobs.clone(), self.0.limits);
        all.insert(id, Arc::new(pile));
        Ok(id)
    }

    /// An upload of this caller; nothing when there is none, or it is somebody else's.
    pub fn of(&self, id: UploadId, of: &Bringer) -> Option<Arc<Pile>> {
        self.all().get(&id).filter(|pile| pile.bringer() == of).cloned()
    }

    /// Takes a file into an upload.
    pub fn land(&self, pile: &Arc<Pile>, name: &str) -> Result<Landing, Full> {
        self.0.watermark.check()?;
        Ok(Landing::new(pile.clone(), name))
    }

    /// Forgets an upload; what was staged goes when nobody uses it any more.
    pub fn end(&self, id: UploadId) {
        self.all().remove(&id);
    }

    /// Forgets those whose time is over.
    pub fn sweep(&self, now: SystemTime) {
        self.all().retain(|_, pile| now < pile.began() + LIFE);
    }
}
