//! `cargo xtask test`: set-up, formatting, lints, then every test, one suite for each package.

mod runner;

pub use runner::{Count, run};

use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::progress::step;
use crate::setup::{Installed, Peers, setup};
use crate::walks::{Form, walks};
use crate::workspace::{self, Executable, cargo};

use std::collections::BTreeMap;
use std::time::Instant;

/// The suite of the viewer's parts, by themselves.
const VIEWER: &str = "viewer";

/// The suite of its screens, in a browser and on a node.
const WALKS: &str = "walks";

/// A row of the table at the end.
struct Row {
    suite: String,
    seconds: f64,
    /// Tests; nothing for a check that has none.
    count: Option<Count>,
    is_well: bool,
}

/// Runs everything, or one suite.
pub fn test(only: Option<&str>) -> Ended {
    let installed = setup(Peers::With)?;
    workspace::forget_other_checkouts()?;
    let mut rows = Vec::new();
    if only.is_none() {
        check(&mut rows, "fmt", cargo().args(["fmt", "--all", "--check"]));
        let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
        check(&mut rows, "clippy", cargo().args(clippy));
    }
    if only.is_none_or(|name| name == VIEWER) {
        let vitest = ["run", "--silent", "test", "--", "--reporter=dot"];
        check(&mut rows, VIEWER, Program::new("npm").args(vitest).folder(&installed.viewer));
    }
    let start = Instant::now();
    let suites = step("building the tests", build)?;
    let seconds = start.elapsed().as_secs_f64();
    rows.push(Row { suite: "build".into(), seconds, count: None, is_well: true });
    if let Some(name) = only
        && !suites.contains_key(name)
        && ![WALKS, VIEWER].contains(&name)
    {
        let known: Vec<_> = suites.keys().cloned().collect();
        return Err(Failure::new(format!("no suite '{name}'; there are {}", known.join(", "))));
    }
    // They need the machine to themselves, so they are asked for by name.
    if only == Some(WALKS) {
        rows.push(walked(&installed)?);
    }
    for (suite, executables) in &suites {
        if only.is_none_or(|name| name == suite) {
            rows.push(one(suite, executables, &installed)?);
        }
    }
    close(&rows)
}

/// Runs the tests of one package with their long ones switched on.
pub fn long(suite: &str) -> Ended<Count> {
    let installed = setup(Peers::With)?;
    workspace::forget_other_checkouts()?;
    let suites = build()?;
    let executables = suites.get(suite).map(Vec::as_slice).unwrap_or_default();
    let mut count = Count::default();
    for executable in executables {
        println!("{suite}: {}", executable.target);
        let program = told(executable, &installed).env("INTERVAL_PROVE", "1");
        count = count.and(run(program)?.0);
    }
    Ok(count)
}

/// A check that has no tests in it.
fn check(rows: &mut Vec<Row>, suite: &str, program: Program) {
    let start = Instant::now();
    let ended = step(suite, || program.run());
    if let Err(failure) = &ended {
        eprintln!("{failure}");
    }
    let (suite, seconds) = (suite.to_owned(), start.elapsed().as_secs_f64());
    rows.push(Row { suite, seconds, count: None, is_well: ended.is_ok() });
}

/// Builds all tests at once and sorts them by package.
fn build() -> Ended<BTreeMap<String, Vec<Executable>>> {
    let mut suites: BTreeMap<String, Vec<Executable>> = BTreeMap::new();
    for executable in workspace::executables(cargo().args(["test", "--workspace", "--no-run"]))? {
        // The programs themselves are built too, for tests that start them.
        let is_test = executable.path.parent().is_some_and(|folder| folder.ends_with("deps"));
        if is_test {
            suites.entry(executable.package.clone()).or_default().push(executable);
        }
    }
    Ok(suites)
}

/// Runs the test programs of one package.
fn one(suite: &str, executables: &[Executable], installed: &Installed) -> Ended<Row> {
    eprintln!("==> {suite}");
    let start = Instant::now();
    let (mut count, mut is_well) = (Count::default(), true);
    for executable in executables {
        println!("{suite}: {}", executable.target);
        let (found, ended_well) = run(told(executable, installed))?;
        count = count.and(found);
        is_well &= ended_well && found.failed == 0;
    }
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("    {suite}: {seconds:.1} s");
    Ok(Row { suite: suite.to_owned(), seconds, count: Some(count), is_well })
}

/// The screens, in a browser.
fn walked(installed: &Installed) -> Ended<Row> {
    eprintln!("==> {WALKS}");
    let start = Instant::now();
    let (count, ended_well) = walks(installed, None, Form::Short)?;
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("    {WALKS}: {seconds:.1} s");
    let is_well = ended_well && count.failed == 0;
    Ok(Row { suite: WALKS.to_owned(), seconds, count: Some(count), is_well })
}

/// A test program with what it is told about this machine.
fn told(executable: &Executable, installed: &Installed) -> Program {
    let program = Program::new(&executable.path)
        .folder(&executable.folder)
        .env("CARGO_MANIFEST_DIR", &executable.folder)
        .env("INTERVAL_DATA", installed.cache.folder())
        .env("INTERVAL_ORT_LIB", &installed.runtime)
        .env("ORT_DYLIB_PATH", &installed.runtime)
        .env("INTERVAL_ATLAS", &installed.atlas)
        .env("INTERVAL_PEERS_NODE", &installed.provider)
        .env("INTERVAL_VIEWER", &installed.viewer)
        .env("INTERVAL_MODEL", workspace::model())
        .env("INTERVAL_SHARED", workspace::shared());
    let program = match &installed.python {
        Some(python) => program.env("INTERVAL_PEERS_PYTHON", python),
        None => program,
    };
    match &installed.ohif {
        Some(ohif) => program.env("INTERVAL_OHIF", ohif),
        None => program,
    }
}

/// Prints the table and says how it went; the last line counts all tests.
fn close(rows: &[Row]) -> Ended {
    let mut all = Count::default();
    println!();
    for row in rows {
        let tests = row.count.map_or(String::new(), |count| count.to_string());
        let word = if row.is_well { "ok" } else { "FAILED" };
        println!("{:<22} {:>8.1} s  {word:<6}  {tests}", row.suite, row.seconds);
        all = all.and(row.count.unwrap_or_default());
    }
    let seconds: f64 = rows.iter().map(|row| row.seconds).sum();
    println!("{:<22} {seconds:>8.1} s", "all suites");
    let bad: Vec<_> =
        rows.iter().filter(|row| !row.is_well).map(|row| row.suite.as_str()).collect();
    if bad.is_empty() {
        println!("{all}");
        return Ok(());
    }
    // On standard output, in front of the count: the error itself goes to the other stream.
    println!("not well: {}\n{all}", bad.join(", "));
    Err(Failure::new(format!("{} is not well", bad.join(", "))))
}
