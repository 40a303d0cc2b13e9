//! What is being done and how long it took, on the error stream: standard output is for results.

use crate::failure::Ended;
use std::time::Instant;

/// Does something that may take a while, and says so.
pub fn step<T>(what: &str, work: impl FnOnce() -> Ended<T>) -> Ended<T> {
    eprintln!("==> {what}");
    let start = Instant::now();
    let done = work();
    let word = if done.is_ok() { "done" } else { "FAILED" };
    eprintln!("    {word}: {what} ({:.1} s)", start.elapsed().as_secs_f64());
    done
}
