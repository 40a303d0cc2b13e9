//! Waiting: for a condition, and not for ever.

use std::time::{Duration, Instant};

/// Longest wait for anything: a timepoint takes half a CPU minute, and a busy machine gives a
/// journey a tenth of a core.
const LIMIT: Duration = Duration::from_mins(10);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks again and again until there is something to see.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(begun.elapsed() < LIMIT, "waited in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Something to see, or not yet.
pub fn when(seen: bool) -> Option<()> {
    seen.then_some(())
}
