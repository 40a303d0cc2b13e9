//! Set-up and developer commands of Interval; nothing of the product.

mod bench;
mod cache;
mod demo;
mod dist;
mod failure;
mod program;
mod progress;
mod prove;
mod scene;
mod setup;
mod suites;
mod walks;
mod workspace;

use demo::{Then, demo};
use failure::Ended;
use setup::{Peers, setup};
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  setup [--peers]              what the node needs; with --peers also the foreign tools of the tests
  test [--suite NAME]          set-up, formatting, lints and every test, or one package's
  demo [--once] [--keep DIR]   a phantom patient from a node to a PACS; --once ends with one line of JSON
  demo --once --archive DIR    the same out of an unpacked archive of dist
  prove [NAME]                 the long proofs, or one; each prints a line of JSON
  prove fuzz --minutes N       so many minutes for each target
  prove crash --kills N        so many kills
  bench [NAME]                 registration: accuracy and cost; trust: what sealing, audit and
                               de-identification cost, beside Orthanc; doors: what receiving, asking
                               and retrieving cost, beside Orthanc (doors-short: whether it works);
                               index: searches among a million instances
  walks [DIR]                  what people do with the screens, in a browser; pictures go to DIR
  sign-model DIR --key FILE    the signature of a release key over a model package
  dist                         one archive that runs without a network, tried in such a place
";

/// Exit code for a command that is not one.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some(ended) = run(&words) else {
        eprint!("{USAGE}");
        return ExitCode::from(EXIT_USAGE);
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Signs a model package with the program that will check the signature.
fn sign_model(folder: &Path, key: &Path) -> Ended {
    let program = workspace::interval(workspace::Profile::Dev)?;
    let said = program::Program::new(program)
        .args(["model", "sign"])
        .args([folder.as_os_str(), "--key".as_ref(), key.as_os_str()])
        .answer()?;
    print!("{said}");
    Ok(())
}

/// Walks through the screens.
fn through_screens(pictures: Option<&Path>) -> Ended {
    let (count, ended_well) = walks::walks(&setup(Peers::With)?, pictures, walks::Form::Long)?;
    println!("{count}");
    if ended_well && count.failed == 0 {
        return Ok(());
    }
    Err(failure::Failure::new("not every walk went well"))
}

/// Runs a command; nothing when it is not one.
fn run(words: &[&str]) -> Option<Ended> {
    Some(match words {
        ["setup"] => setup(Peers::Without).map(drop),
        ["setup", "--peers"] => setup(Peers::With).map(drop),
        ["test"] => suites::test(None),
        ["test", "--suite", name] => suites::test(Some(name)),
        ["demo"] => demo(Then::Stay, None, None),
        ["demo", "--once"] => demo(Then::End, None, None),
        ["demo", "--keep", folder] => demo(Then::Stay, Some(Path::new(folder)), None),
        ["demo", "--once", "--keep", folder] | ["demo", "--keep", folder, "--once"] => {
            demo(Then::End, Some(Path::new(folder)), None)
        }
        ["demo", "--once", "--archive", folder] => demo(Then::End, None, Some(Path::new(folder))),
        ["prove"] => prove::prove(None),
        ["prove", "fuzz", "--minutes", minutes] => prove::fuzz_for(minutes),
        ["prove", "crash", "--kills", kills] => prove::crash_for(kills),
        ["prove", name] => prove::prove(Some(name)),
        ["bench"] => bench::bench(None),
        ["bench", name] => bench::bench(Some(name)),
        ["sign-model", folder, "--key", key] => sign_model(Path::new(folder), Path::new(key)),
        ["walks"] => through_screens(None),
        ["walks", folder] => through_screens(Some(Path::new(folder))),
        ["dist"] => dist::dist(),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => return None,
    })
}
