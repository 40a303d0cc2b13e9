//! `cargo xtask dist`: everything that a machine without a network needs, in one archive.

mod trial;

use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use crate::setup::{Installed, Peers, setup};
use crate::workspace::{Profile, cargo, interval, model, root};
use std::fs;
use std::path::{Path, PathBuf};

/// How the node is run as a service; paths are those of `INSTALL`.
const SERVICE: &str = include_str!("interval.service");

/// What to do with the archive.
const INSTALL: &str = include_str!("INSTALL.txt");

/// Makes the archive and tries it where there is no network.
pub fn dist() -> Ended {
    let installed = setup(Peers::Without)?;
    let program = step("building interval for release", || interval(Profile::Release))?;
    let out = out(&program)?;
    let name = format!("interval-{}-linux-{}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    let folder = out.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Failure::at(&folder))?;
    }
    step("collecting the parts", || collect(&installed, &program, &folder))?;
    let archive = out.join(format!("{name}.tar.gz"));
    step("packing", || {
        // Sorted, without owners: the same parts give the same archive.
        let form =
            ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--create", "--gzip"];
        Program::new("tar")
            .args(form)
            .args(["--file".as_ref(), archive.as_os_str()])
            .args(["--directory".as_ref(), out.as_os_str(), name.as_ref()])
            .answer()
    })?;
    println!("{}", archive.display());
    trial::run(&archive, &name)
}

/// Where the archive is put: beside what cargo built.
fn out(program: &Path) -> Ended<PathBuf> {
    let target = program.parent().and_then(Path::parent);
    let out = target.ok_or_else(|| Failure::new("the build has no folder"))?.join("dist");
    fs::create_dir_all(&out).map_err(Failure::at(&out))?;
    Ok(out)
}

fn collect(installed: &Installed, program: &Path, folder: &Path) -> Ended {
    let library = installed.runtime.file_name().unwrap_or_default();
    copy(program, &folder.join("interval"))?;
    copy(&installed.runtime, &folder.join("runtime").join(library))?;
    copy_all(&installed.atlas, &folder.join("atlas"))?;
    copy_all(&model(), &folder.join("model"))?;
    copy(&root().join("LICENSE"), &folder.join("LICENSE"))?;
    let documents =
        [("interval.service", SERVICE), ("INSTALL.txt", INSTALL), ("THIRD-PARTY.txt", &notices()?)];
    for (name, text) in documents {
        let path = folder.join(name);
        fs::write(&path, text).map_err(Failure::at(&path))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Ended {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).map_err(Failure::at(folder))?;
    fs::copy(from, to).map(drop).map_err(Failure::at(from))
}

fn copy_all(from: &Path, to: &Path) -> Ended {
    for entry in fs::read_dir(from).map_err(Failure::at(from))?.flatten() {
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Every crate in the program with its licence, and the runtime library's.
fn notices() -> Ended<String> {
    let tree = ["tree", "--package", "interval", "--edges", "normal", "--prefix", "none"];
    let said = cargo().args(tree).args(["--no-dedupe", "--format", "{p} | {l}"]).answer()?;
    let mut crates: Vec<&str> = said.lines().filter(|line| !line.contains("(/")).collect();
    crates.sort_unstable();
    crates.dedup();
    let head = "interval contains these crates, each under the licence named:";
    let runtime = "ONNX Runtime (runtime/) | MIT, Copyright (c) Microsoft Corporation";
    Ok(format!("{head}\n\n{}\n\nand is handed out with:\n\n{runtime}\n", crates.join("\n")))
}
