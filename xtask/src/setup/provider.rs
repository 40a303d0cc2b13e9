//! The OpenID provider of the demonstration, and the modules that it and the tests' own need: all
//! pinned with their hashes by the lock file.

use crate::cache::Cache;
use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use crate::workspace::root;
use std::fs;
use std::path::PathBuf;

/// What is copied into the cache.
const FILES: [&str; 3] = ["package.json", "package-lock.json", "provider.mjs"];

/// Gives the folder of the provider, installed where it is not.
pub fn install(cache: &Cache) -> Ended<PathBuf> {
    let (source, folder) = (root().join("xtask/provider"), cache.path("provider"));
    let read = |name: &str| {
        let path = source.join(name);
        fs::read_to_string(&path).map_err(Failure::at(&path))
    };
    let texts = FILES.iter().map(|name| read(name)).collect::<Ended<Vec<_>>>()?;
    let pins = texts.concat();
    if folder.join("node_modules").is_dir() && cache.is_fresh("provider", &pins) {
        return Ok(folder);
    }
    step("installing the demo's OpenID provider", || {
        fs::create_dir_all(&folder).map_err(Failure::at(&folder))?;
        for (name, text) in FILES.iter().zip(&texts) {
            let path = folder.join(name);
            fs::write(&path, text).map_err(Failure::at(&path))?;
        }
        let install = ["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
        Program::new("npm").args(install).folder(&folder).answer().map_err(|e| {
            Failure::new(format!("{e}\nNode 20 with npm and a package registry are needed"))
        })?;
        cache.stamp("provider", &pins)
    })?;
    Ok(folder)
}
