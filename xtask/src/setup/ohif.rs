//! The OHIF viewer as its makers publish it, and the driver of the browser that the tests open it
//! in: each is one archive, pinned with its hash.

use crate::cache::Cache;
use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Package, where it is unpacked, and the hash of its archive.
const PACKAGES: [(&str, &str, &str); 2] = [
    (
        "@ohif/app@3.12.10",
        "app",
        "sha512-0kuF66Mq9c9dMD++bUsTjMrJpXJwaZhz9B4uS244DawAjSkTwIYFU93pxPuRUQixaRi7QAHlF3Fe1qudBlZrmA==",
    ),
    (
        "playwright-core@1.65.1",
        "node_modules/playwright-core",
        "sha512-hqPpz7blSMPxWVdoeE1yiBSzXsKiVOd2k+kjCvmUywD2GPO2Dd9HfcWnq9NN0GHbNZDFgZ9JfBFr+X5/BLo0qw==",
    ),
];

/// Gives the folder of the viewer, installed where it is not.
pub fn install(cache: &Cache) -> Ended<PathBuf> {
    let folder = cache.path("ohif");
    let pins: String = PACKAGES.iter().map(|(_, _, hash)| *hash).collect();
    if folder.join("app/dist/index.html").is_file() && cache.is_fresh("ohif", &pins) {
        return Ok(folder);
    }
    step("installing the OHIF viewer", || {
        for (package, into, hash) in PACKAGES {
            unpack(package, &folder.join(into), hash)?;
        }
        cache.stamp("ohif", &pins)
    })?;
    Ok(folder)
}

fn unpack(package: &str, into: &Path, pinned: &str) -> Ended {
    fs::create_dir_all(into).map_err(Failure::at(into))?;
    let pack = ["pack", "--json", "--silent", package];
    let told = Program::new("npm").args(pack).folder(into).answer().map_err(|e| {
        Failure::new(format!("{e}\nNode 20 with npm and a package registry are needed"))
    })?;
    let told: Value = serde_json::from_str(&told)
        .map_err(|e| Failure::new(format!("npm says of {package}: {e}")))?;
    let word = |name: &str| told[0][name].as_str().unwrap_or_default().to_owned();
    let (archive, hash) = (word("filename"), word("integrity"));
    let archive = into.join(Path::new(&archive).file_name().unwrap_or_default());
    if hash != pinned {
        return Err(Failure::new(format!("{package} has the hash {hash}, pinned is {pinned}")));
    }
    let unpack = ["--extract", "--gzip", "--strip-components=1", "--file"];
    Program::new("tar").args(unpack).args([&archive]).folder(into).answer()?;
    fs::remove_file(&archive).map_err(Failure::at(&archive))
}
