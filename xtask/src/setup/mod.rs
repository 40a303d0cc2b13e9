//! `cargo xtask setup`: everything that a fresh machine lacks, once.

mod atlas;
mod debian;
mod ohif;
mod peers;
mod provider;
mod runtime;
mod viewer;

use crate::cache::Cache;
use crate::failure::{Ended, Failure};
use crate::workspace::model;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Whether the foreign tools that judge our work are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Peers {
    /// Only what the node itself needs.
    Without,
    /// Debian packages and a Python environment too.
    With,
}

/// Where set-up put things.
pub struct Installed {
    /// The cache.
    pub cache: Cache,
    /// The ONNX Runtime library.
    pub runtime: PathBuf,
    /// Folder of the head atlas.
    pub atlas: PathBuf,
    /// Folder of the segmentation model.
    pub model: PathBuf,
    /// Folder of the demo's OpenID provider with its modules.
    pub provider: PathBuf,
    /// Folder of the viewer's modules and pages.
    pub viewer: PathBuf,
    /// The Python with the peers; only with peers.
    pub python: Option<PathBuf>,
    /// Folder of the OHIF viewer and the driver of its browser; only with peers.
    pub ohif: Option<PathBuf>,
}

impl Installed {
    /// The same with runtime, atlas and model of an unpacked archive of `cargo xtask dist`.
    pub fn out_of(self, archive: &Path) -> Ended<Self> {
        let folder = archive.join("runtime");
        let mut entries = fs::read_dir(&folder).map_err(Failure::at(&folder))?.flatten();
        let library = entries.next().ok_or_else(|| Failure::new("the archive has no runtime"))?;
        let [atlas, model] = ["atlas", "model"].map(|name| archive.join(name));
        Ok(Self { runtime: library.path(), atlas, model, ..self })
    }
}

/// Installs what is missing.
pub fn setup(peers: Peers) -> Ended<Installed> {
    let start = Instant::now();
    let cache = Cache::open()?;
    cache.lock()?;
    let atlas = atlas::install(&cache)?;
    let provider = provider::install(&cache)?;
    let viewer = viewer::install(&cache)?;
    let (python, ohif) = match peers {
        Peers::Without => (None, None),
        Peers::With => {
            debian::install()?;
            (Some(peers::install(&cache)?), Some(ohif::install(&cache)?))
        }
    };
    let runtime = runtime::install(&cache)?;
    cache.unlock()?;
    let (folder, spent) = (cache.folder().display(), start.elapsed().as_secs_f64());
    eprintln!("set-up is complete in {folder} ({spent:.1} s)");
    Ok(Installed { cache, runtime, atlas, model: model(), provider, viewer, python, ohif })
}
