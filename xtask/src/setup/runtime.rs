//! The ONNX Runtime library, by the node's own command: the pins are in its source.

use crate::cache::Cache;
use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use crate::workspace::{Profile, interval, root};
use std::fs;
use std::path::PathBuf;

/// Beginning of the library's file name.
const LIBRARY: &str = "libonnxruntime.so";

/// Gives the library, installed where it is not.
pub fn install(cache: &Cache) -> Ended<PathBuf> {
    let source = root().join("src/runtime.rs");
    let pins = fs::read_to_string(&source).map_err(Failure::at(&source))?;
    if cache.is_fresh("runtime", &pins)
        && let Some(library) = installed(cache, &pins)
    {
        return Ok(library);
    }
    let program = step("building interval", || interval(Profile::Dev))?;
    step("installing the inference runtime", || {
        let install = ["runtime", "install", "--data"];
        Program::new(program).args(install).args([cache.folder()]).answer()?;
        let library = installed(cache, &pins)
            .ok_or_else(|| Failure::new("interval runtime install left no library"))?;
        cache.stamp("runtime", &pins)?;
        Ok(library)
    })
}

/// The library that the pins name.
fn installed(cache: &Cache, pins: &str) -> Option<PathBuf> {
    let name = pins.split('"').find(|text| text.starts_with(LIBRARY))?;
    Some(cache.path("runtime").join(name)).filter(|library| library.is_file())
}
