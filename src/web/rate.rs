//! How often somebody may ask: a bucket of requests that fills up again with time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Buckets that are remembered; beyond, those that are full again are forgotten.
const BUCKETS_MAX: usize = 10_000;

/// A bucket's size and how fast it fills.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowance {
    /// Requests at once.
    pub burst: f64,
    /// Requests a second in the long run.
    pub per_s: f64,
}

/// One bucket for each of many.
#[derive(Debug)]
pub struct Buckets<Key> {
    allowance: Allowance,
    all: Mutex<HashMap<Key, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl<Key: Eq + Hash> Buckets<Key> {
    /// All full.
    pub fn new(allowance: Allowance) -> Self {
        Self { allowance, all: Mutex::default() }
    }

    /// Takes one request out of a bucket, or says how long to wait for one.
    pub fn take(&self, key: Key, now: Instant) -> Result<(), Duration> {
        let Allowance { burst, per_s } = self.allowance;
        let filled = |bucket: &Bucket| {
            let since = now.saturating_duration_since(bucket.at).as_secs_f64();
            (bucket.left + since * per_s).min(burst)
        };
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= BUCKETS_MAX && !all.contains_key(&key) {
            all.retain(|_, bucket| filled(bucket) < burst);
            if all.len() >= BUCKETS_MAX {
                // Too many busy strangers at once: newcomers wait until some are quiet.
                return Err(Duration::from_secs(1));
            }
        }
        let bucket = all.entry(key).or_insert(Bucket { left: burst, at: now });
        *bucket = Bucket { left: filled(bucket), at: now };
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - bucket.left) / per_s))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::new(Allowance { burst: 3.0, per_s: 0.5 });
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(buckets.take("a", start), Ok(()));
        }
        assert_eq!(buckets.take("a", start), Err(Duration::from_secs(2)));
        assert_eq!(buckets.take("b", start), Ok(()), "each has their own");
        assert_eq!(buckets.take("a", start + Duration::from_secs(2)), Ok(()));
        assert!(buckets.take("a", start + Duration::from_secs(2)).is_err());
    }
    #[test]
    fn strangers_cannot_fill_the_memory() {
        let buckets = Buckets::new(Allowance { burst: 3.0, per_s: 0.5 });
        let start = Instant::now();
        for stranger in 0..BUCKETS_MAX {
            buckets.take(stranger, start).unwrap();
        }
        assert!(buckets.take(BUCKETS_MAX, start).is_err());
        let later = start + Duration::from_secs(10);
        assert!(buckets.take(BUCKETS_MAX, later).is_ok(), "quiet ones are forgotten");
    }
}
