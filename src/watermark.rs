//! How full the disk may become: below the mark nothing new is begun, so that what is under way can
//! end, jobs can write their results, and a human has time to act.

use crate::store::blobs::Blobs;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use tracing::{error, info};

/// How often the disk is asked. A disk takes far less than the smallest mark in this time, and the
/// node begins again this soon once there is room.
const ASKED_EVERY: Duration = Duration::from_millis(500);

/// The disk is too full to begin something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{free_mib} MiB are free on the disk of the objects, {min_mib} are kept free")]
pub struct Full {
    /// What is free.
    pub free_mib: u64,
    /// What has to be.
    pub min_mib: u64,
}

/// The mark.
#[derive(Debug)]
pub struct Watermark {
    blobs: Blobs,
    min_bytes: u64,
    asked: Mutex<Option<(Instant, Result<(), Full>)>>,
}

impl Watermark {
    /// So many bytes are kept free.
    pub fn new(blobs: Blobs, min_bytes: u64) -> Self {
        Self { blobs, min_bytes, asked: Mutex::default() }
    }

    /// Whether something new may begin.
    pub fn check(&self) -> Result<(), Full> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, answer)) = &*asked
            && when.elapsed() < ASKED_EVERY
        {
            return answer.clone();
        }
        let answer = self.ask();
        let before = asked.as_ref().map(|(_, answer)| answer.is_ok());
        match (&answer, before) {
            (Err(full), Some(true) | None) => error!("nothing is taken any more: {full}"),
            (Ok(()), Some(false)) => info!("there is room on the disk again"),
            _ => {}
        }
        *asked = Some((Instant::now(), answer.clone()));
        answer
    }

    fn ask(&self) -> Result<(), Full> {
        // A disk that cannot say how full it is says more when it is written to.
        let free = self.blobs.free_bytes().unwrap_or(u64::MAX);
        if free >= self.min_bytes {
            return Ok(());
        }
        Err(Full { free_mib: free >> 20, min_mib: self.min_bytes >> 20 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_the_mark_nothing_is_begun() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        assert_eq!(Watermark::new(blobs.clone(), 1).check(), Ok(()));
        let all = Watermark::new(blobs, u64::MAX).check();
        assert!(matches!(all, Err(Full { min_mib, .. }) if min_mib == u64::MAX >> 20));
    }
}
