//! The checkout: where it is, and cargo run in it.

use crate::failure::{Ended, Failure};
use crate::program::Program;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The build that everything but `bench` and `dist` uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build; the crates that compute are optimised all the same.
    Dev,
    /// What is handed out.
    Release,
}

/// Root of the checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
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
