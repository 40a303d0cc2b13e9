//! A Python environment with the foreign libraries that judge what we write, all pinned.

use crate::cache::Cache;
use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use crate::workspace::root;
use std::fs;
use std::path::PathBuf;

/// Gives the environment's Python, installed where it is not.
pub fn install(cache: &Cache) -> Ended<PathBuf> {
    let requirements = root().join("xtask/requirements-peers.txt");
    let pins = fs::read_to_string(&requirements).map_err(Failure::at(&requirements))?;
    let folder = cache.path("peers");
    let python = folder.join("bin/python");
    if python.exists() && cache.is_fresh("peers", &pins) {
        return Ok(python);
    }
    step("installing the Python peers", || {
        let venv = Program::new("python3").args(["-m", "venv", "--clear"]).args([&folder]);
        venv.answer().map_err(|e| {
            Failure::new(format!("{e}\nPython 3 with venv is needed (Debian: python3-venv)"))
        })?;
        Program::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .args([&requirements])
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .answer()?;
        cache.stamp("peers", &pins)
    })?;
    Ok(python)
}
