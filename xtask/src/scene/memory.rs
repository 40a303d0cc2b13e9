//! Peak memory of a process and of those it starts, as the kernel counts it (proc(5)).

use std::collections::BTreeMap;
use std::fs;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often is looked: the kernel keeps each peak itself, only a process that begins and ends
/// between two looks is missed, and a stage takes longer than that.
const GLANCE: Duration = Duration::from_millis(50);

/// KiB in a MB as it is written in reports.
const KIB_IN_MB: f64 = 1_000. / 1.024;

/// Peaks in MB.
#[derive(Debug, Default, Clone, Copy)]
pub struct Peaks {
    /// Of the process itself.
    pub own_mb: f64,
    /// The largest of those that it started.
    pub largest_child_mb: f64,
}

/// A watch over a process.
pub struct Memory {
    stop: Sender<()>,
    watch: JoinHandle<Peaks>,
}

impl Memory {
    /// Begins to watch.
    pub fn of(id: u32) -> Self {
        let (stop, stopped) = channel();
        Self { stop, watch: thread::spawn(move || watch(id, &stopped)) }
    }

    /// What was seen; the process should still be there.
    pub fn peaks(self) -> Peaks {
        drop(self.stop);
        self.watch.join().unwrap_or_default()
    }
}

fn watch(id: u32, stopped: &Receiver<()>) -> Peaks {
    let mut peaks: BTreeMap<u32, f64> = BTreeMap::new();
    loop {
        for process in std::iter::once(id).chain(children(id)) {
            if let Some(mb) = peak_mb(process) {
                let peak = peaks.entry(process).or_default();
                *peak = peak.max(mb);
            }
        }
        if stopped.recv_timeout(GLANCE) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    let own_mb = peaks.remove(&id).unwrap_or_default();
    Peaks { own_mb, largest_child_mb: peaks.into_values().fold(0., f64::max) }
}

/// Processes that any thread of a process started and that still run.
fn children(id: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return Vec::new() };
    let lists =
        threads.flatten().filter_map(|t| fs::read_to_string(t.path().join("children")).ok());
    lists.flat_map(|list| numbers(&list)).collect()
}

fn numbers(list: &str) -> Vec<u32> {
    list.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// CPU time of all threads of a process, user and system, in seconds.
pub fn cpu_s(id: u32) -> Option<f64> {
    /// Clock ticks a second in /proc: fixed at 100 for user space on Linux.
    const TICKS_PER_SECOND: f64 = 100.;
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The second field is the program's name in brackets; fields 14 and 15 are the times.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok());
    Some(ticks.sum::<f64>() / TICKS_PER_SECOND)
}

fn peak_mb(id: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib / KIB_IN_MB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_a_peak() {
        let peaks = Memory::of(std::process::id()).peaks();
        assert!(peaks.own_mb > 0.1, "{peaks:?}");
    }
}
