//! `cargo xtask setup`: everything that a fresh machine lacks, once.

mod atlas;
mod debian;
mod peers;
mod provider;
mod runtime;

use crate::cache::Cache;
use crate::failure::Ended;
use std::path::PathBuf;
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
    /// Folder of the demo's OpenID provider with its modules.
    pub provider: PathBuf,
    /// The Python with the peers; only with peers.
    pub python: Option<PathBuf>,
}

/// Installs what is missing.
pub fn setup(peers: Peers) -> Ended<Installed> {
    let start = Instant::now();
    let cache = Cache::open()?;
    cache.lock()?;
    let atlas = atlas::install(&cache)?;
    let provider = provider::install(&cache)?;
    let python = match peers {
        Peers::Without => None,
        Peers::With => {
            debian::install()?;
            Some(peers::install(&cache)?)
        }
    };
    let runtime = runtime::install(&cache)?;
    cache.unlock()?;
    let (folder, spent) = (cache.folder().display(), start.elapsed().as_secs_f64());
    eprintln!("set-up is complete in {folder} ({spent:.1} s)");
    Ok(Installed { cache, runtime, atlas, provider, python })
}
