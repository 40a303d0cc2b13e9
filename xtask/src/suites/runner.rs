//! One test program: run, heard, counted.

use crate::failure::{Ended, Failure};
use crate::program::Program;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Time that one test program has: a test that hangs is a failure, not a long wait.
const LIMIT: Duration = Duration::from_mins(20);

/// Lines in which a test says that it had nothing to check with.
const SKIPPED: &str = "skipped: ";

/// Tests by how they ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Ended well.
    pub passed: usize,
    /// Did not.
    pub failed: usize,
    /// Checks that a test said it left out.
    pub skipped: usize,
}

impl Count {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }

    /// What a line of a test program adds.
    fn of(line: &str) -> Self {
        if line.starts_with(SKIPPED) {
            return Self { skipped: 1, ..Self::default() };
        }
        let Some(result) = line.strip_prefix("test result: ") else { return Self::default() };
        let before = |word: &str| {
            let number = result.split(word).next()?.trim_end().rsplit([' ', ';']).next()?;
            number.parse().ok()
        };
        Self {
            passed: before(" passed").unwrap_or(0),
            failed: before(" failed").unwrap_or(0),
            skipped: before(" ignored").unwrap_or(0),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

/// Runs a test program to its end: what it counted, and whether it ended well. Printed are its
/// verdicts and what was skipped; everything that it said when it did not end well.
pub fn run(program: Program) -> Ended<(Count, bool)> {
    let mut child = program.args(["--show-output"]).start_heard()?;
    let output = child.stdout.take().ok_or_else(|| Failure::new("a test program is not heard"))?;
    let (ended, end) = channel::<()>();
    let id = child.id().to_string();
    let watch = thread::spawn(move || {
        if end.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            eprintln!("    still running after {LIMIT:?}: killed");
            Program::new("kill").args(["-KILL", &id]).succeeds();
        }
    });
    let (mut count, mut heard) = (Count::default(), Vec::new());
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        count = count.and(Count::of(&line));
        if line.starts_with("test ") || line.starts_with(SKIPPED) {
            println!("{line}");
        }
        heard.push(line);
    }
    let status = child.wait().map_err(|e| Failure::new(format!("a test program is lost: {e}")))?;
    drop(ended);
    watch.join().map_err(|_| Failure::new("the watch over a test program is lost"))?;
    if !status.success() {
        println!("--- everything that it said ---\n{}\n---", heard.join("\n"));
    }
    Ok((count, status.success()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, passed: usize, failed: usize, skipped: usize) {
        assert_eq!(Count::of(line), Count { passed, failed, skipped });
    }

    #[test]
    fn the_runner_s_own_summary_is_counted() {
        let line = "test result: ok. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out";
        check(line, 12, 3, 1);
    }
    #[test]
    fn a_check_that_was_left_out_is_counted() {
        check("skipped: dciodvfy is not installed", 0, 0, 1);
    }
    #[test]
    fn other_lines_count_nothing() {
        check("test a_done_study_does_not_start_again ... ok", 0, 0, 0);
    }
}
