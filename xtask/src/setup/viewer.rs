//! The viewer: its modules, pinned with their hashes by the lock file, and its pages, built where
//! the modules lie and put where the program takes them from.

use crate::cache::Cache;
use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use crate::workspace::root;
use std::fs;
use std::path::{Path, PathBuf};

/// What says which modules are needed.
const PINS: [&str; 2] = ["package.json", "package-lock.json"];

/// What the pages are made from.
const SOURCES: [&str; 6] =
    ["index.html", "openapi.json", "public", "src", "tsconfig.json", "vite.config.ts"];

/// What people do with the pages, for a browser, and what stands in for a node there.
const WALKS: [&str; 2] = ["walks", "dev"];

/// Where the build leaves the pages.
const PAGES: &str = "dist";

/// Gives the folder with the modules, with the pages built from what the checkout holds.
pub fn install(cache: &Cache) -> Ended<PathBuf> {
    let (checkout, folder) = (root().join("viewer"), cache.path("viewer"));
    let pins = text_of(&checkout, &PINS)?;
    if !(folder.join("node_modules").is_dir() && cache.is_fresh("viewer", &pins)) {
        step("installing the viewer's modules", || {
            for name in PINS {
                copy(&checkout.join(name), &folder.join(name))?;
            }
            let install = ["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
            Program::new("npm").args(install).folder(&folder).answer().map_err(|e| {
                Failure::new(format!("{e}\nNode 20 with npm and a package registry are needed"))
            })?;
            cache.stamp("viewer", &pins)
        })?;
    }
    let sources = pins + &text_of(&checkout, &SOURCES)?;
    if !(folder.join(PAGES).is_dir() && cache.is_fresh("pages", &sources)) {
        step("building the viewer", || {
            for name in SOURCES {
                remove(&folder.join(name))?;
                copy(&checkout.join(name), &folder.join(name))?;
            }
            Program::new("npm").args(["run", "--silent", "build"]).folder(&folder).answer()?;
            cache.stamp("pages", &sources)
        })?;
    }
    // Walks need the modules, and what stands in for a node; the build of the pages needs neither.
    for name in WALKS {
        remove(&folder.join(name))?;
        if checkout.join(name).is_dir() {
            copy(&checkout.join(name), &folder.join(name))?;
        }
    }
    // The program is built from the checkout, so the pages lie there too.
    let (built, wanted) = (folder.join(PAGES), checkout.join(PAGES));
    if text_of(&built, &["index.html"])? != text_of(&wanted, &["index.html"]).unwrap_or_default() {
        remove(&wanted)?;
        copy(&built, &wanted)?;
    }
    Ok(folder)
}

/// Names and contents of some files and of everything in some folders, in order.
fn text_of(folder: &Path, names: &[&str]) -> Ended<String> {
    let mut whole = String::new();
    for name in names {
        let path = folder.join(name);
        if path.is_dir() {
            let mut within = Vec::new();
            for entry in fs::read_dir(&path).map_err(Failure::at(&path))? {
                let entry = entry.map_err(Failure::at(&path))?;
                within.push(entry.file_name().to_string_lossy().into_owned());
            }
            within.sort_unstable();
            // What is generated follows from what is compared.
            within.retain(|name| name != "schema.d.ts");
            let within: Vec<_> = within.iter().map(String::as_str).collect();
            whole += &text_of(&path, &within)?;
        } else {
            let bytes = fs::read(&path).map_err(Failure::at(&path))?;
            for part in [name, "\n", &String::from_utf8_lossy(&bytes), "\n"] {
                whole.push_str(part);
            }
        }
    }
    Ok(whole)
}

fn copy(from: &Path, to: &Path) -> Ended {
    if from.is_dir() {
        fs::create_dir_all(to).map_err(Failure::at(to))?;
        for entry in fs::read_dir(from).map_err(Failure::at(from))? {
            let entry = entry.map_err(Failure::at(from))?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(Failure::at(folder))?;
    }
    fs::copy(from, to).map(drop).map_err(Failure::at(from))
}

fn remove(path: &Path) -> Ended {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::at(path)(error)),
        _ => Ok(()),
    }
}
