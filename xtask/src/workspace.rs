//! The checkout: where it is, and cargo run in it.

use crate::failure::{Ended, Failure};
use crate::program::Program;
use serde_json::Value;
use std::path::PathBuf;

/// The build that everything but `bench` and `dist` uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build; the crates that compute are optimised all the same.
    Dev,
    /// What is handed out.
    Release,
}

/// Root of the checkout. Cargo says where it runs us; where we were built may have been another
/// checkout with the same target folder.
pub fn root() -> PathBuf {
    let built = || env!("CARGO_MANIFEST_DIR").into();
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(built, PathBuf::from);
    here.parent().unwrap_or(&here).to_owned()
}

/// Has our packages built anew when another checkout filled the target folder: cargo would take
/// its tests for ours, and they would look for their files where that checkout was.
pub fn forget_other_checkouts() -> Ended {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let (stamp, here) = (target.join("checkout"), root().display().to_string());
    if std::fs::read_to_string(&stamp).is_ok_and(|stamped| stamped == here) {
        return Ok(());
    }
    let metadata = cargo().args(["metadata", "--no-deps", "--format-version", "1"]).answer()?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(Failure::new)?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let names = packages.filter_map(|package| package["name"].as_str());
    // This very program knows where it runs.
    let ours = names.filter(|name| *name != "xtask").flat_map(|name| ["--package", name]);
    cargo().args(["clean", "--quiet"]).args(ours).answer()?;
    std::fs::create_dir_all(&target).map_err(Failure::at(&target))?;
    std::fs::write(&stamp, here).map_err(Failure::at(&stamp))
}

/// The model that ships.
pub fn model() -> PathBuf {
    root().join("models/default")
}

/// Files shared by developers beside the checkout; not everybody has them.
pub fn shared() -> PathBuf {
    std::env::var_os("INTERVAL_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from)
}

/// Cargo in the checkout, as a person would call it: what `cargo run` told us about this program
/// is of no interest to the others and would make cargo build them again.
pub fn cargo() -> Program {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut program = Program::new(cargo).folder(&root());
    for (name, _) in std::env::vars() {
        let ours =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if ours.iter().any(|prefix| name.starts_with(prefix)) {
            program = program.without(&name);
        }
    }
    program
}

/// Builds the node and gives its program. The whole workspace is named, so that the build of the
/// tests resolves the same features and compiles nothing twice.
pub fn interval(profile: Profile) -> Ended<PathBuf> {
    let mut build = cargo().args(["build", "--workspace", "--bin", "interval"]);
    if profile == Profile::Release {
        build = build.args(["--release"]);
    }
    executables(build)?
        .into_iter()
        .find(|made| made.target == "interval")
        .map(|made| made.path)
        .ok_or_else(|| Failure::new("cargo built no program called interval"))
}

/// Something that cargo built and that can be run.
pub struct Executable {
    /// Name of its package.
    pub package: String,
    /// Folder of its package.
    pub folder: PathBuf,
    /// Name of its target.
    pub target: String,
    /// The file.
    pub path: PathBuf,
}

/// Runs a cargo build and gives what can be run.
pub fn executables(build: Program) -> Ended<Vec<Executable>> {
    let said = build.args(["--message-format=json-render-diagnostics"]).answer_loudly()?;
    Ok(said.lines().filter_map(executable).collect())
}

fn executable(line: &str) -> Option<Executable> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = PathBuf::from(message["executable"].as_str()?);
    let manifest = PathBuf::from(message["manifest_path"].as_str()?);
    let folder = manifest.parent()?.to_owned();
    let target = message["target"]["name"].as_str()?.to_owned();
    let package = std::fs::read_to_string(&manifest).ok()?;
    let package = package.lines().find_map(|line| line.strip_prefix("name = \""))?;
    Some(Executable { package: package.trim_end_matches('"').into(), folder, target, path })
}
