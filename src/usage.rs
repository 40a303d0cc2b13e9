//! What this process has used so far, as the kernel counts it (Linux, proc(5)).

use std::time::Duration;

/// Clock ticks a second in /proc: fixed at 100 for user space on Linux.
const TICKS_PER_SECOND: u64 = 100;

/// CPU time of all threads of this process, user and system; zero where the kernel does not say.
pub fn cpu() -> Duration {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return Duration::ZERO;
    };
    // The second field is the program's name in brackets and may hold spaces; fields 14 and 15
    // of the line are the times.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let field = |n: usize| after_name.split_whitespace().nth(n).and_then(|t| t.parse::<u64>().ok());
    let ticks = field(11).unwrap_or(0) + field(12).unwrap_or(0);
    Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
}

/// Peak resident memory of this process in KiB; zero where the kernel does not say.
pub fn peak_rss_kb() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return 0;
    };
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_costs_time_and_memory() {
        let sum: u64 = (0..200_000_000u64).fold(0, |sum, n| sum.wrapping_mul(31) ^ n);
        std::hint::black_box(sum);
        assert!(cpu() > Duration::ZERO);
        assert!(peak_rss_kb() > 1_000);
    }
}
