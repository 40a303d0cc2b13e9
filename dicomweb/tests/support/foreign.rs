//! Other people's software, where it is installed.

use std::env;
use std::path::PathBuf;

/// What was found; else the test is skipped with a printed reason, or fails where the software is
/// required.
pub fn required<T>(found: Option<T>, what: &str) -> Option<T> {
    if found.is_none() {
        let is_required = env::var_os("INTERVAL_REQUIRE_PEERS").is_some_and(|value| value == "1");
        assert!(!is_required, "{what} is required and not here");
        println!("skipped: {what} is not here");
    }
    found
}

/// A program in the search path, or where administrators' programs are.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}
