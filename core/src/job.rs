//! The work on one study: leased for a time, retried a bounded number of times, finished once.

use std::str::FromStr;
use std::time::Duration;

/// Attempts before a job is given up.
pub const ATTEMPTS_MAX: u32 = 3;

/// How long a lease lasts without a heartbeat. Longer than any pause a busy machine makes.
pub const LEASE: Duration = Duration::from_secs(30);

/// How often the holder of a lease says that it lives.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// The first wait before a retry; each further one is four times as long.
const BACKOFF_FIRST: Duration = Duration::from_secs(2);

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for a worker.
    Pending,
    /// A worker holds its lease.
    Running,
    /// Waits for a human.
    Held,
    /// Done.
    Completed,
    /// Given up, with a reason.
    Failed,
    /// A newer job took its place.
    Superseded,
    /// A human stopped it.
    Cancelled,
}

/// What may happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEvent {
    /// A worker took the lease.
    Claimed,
    /// The work is done.
    Finished,
    /// The work needs a human.
    Doubted,
    /// The work failed in a way that may pass, with attempts left.
    Postponed,
    /// The lease ran out.
    Expired,
    /// The work failed for good.
    Broken,
    /// A human said how to go on.
    Released,
    /// A human asked for another try.
    Retried,
    /// A newer job took its place.
    Superseded,
    /// A human stopped it.
    Cancelled,
}

/// A change of state that the rules do not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {} cannot be {event:?}", state.as_str())]
pub struct Illegal {
    /// Where the job was.
    pub state: JobState,
    /// What was asked of it.
    pub event: JobEvent,
}

/// The text is not the word of a job state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a job state")]
pub struct NotAState(pub String);

impl JobState {
    /// All states.
    pub const ALL: [JobState; 7] = [
        JobState::Pending,
        JobState::Running,
        JobState::Held,
        JobState::Completed,
        JobState::Failed,
        JobState::Superseded,
        JobState::Cancelled,
    ];

    /// The state's word, in columns and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            JobState::Pending => "pending",
            JobState::Running => "running",
            JobState::Held => "held",
            JobState::Completed => "completed",
            JobState::Failed => "failed",
            JobState::Superseded => "superseded",
            JobState::Cancelled => "cancelled",
        }
    }

    /// The state after an event; every allowed pair is listed.
    pub fn after(self, event: JobEvent) -> Result<Self, Illegal> {
        use JobState::{Cancelled, Completed, Failed, Held, Pending, Running, Superseded};
        match (self, event) {
            (Pending, JobEvent::Claimed) => Ok(Running),
            (Running, JobEvent::Finished) => Ok(Completed),
            (Running, JobEvent::Doubted) => Ok(Held),
            (Running, JobEvent::Postponed | JobEvent::Expired) => Ok(Pending),
            (Running, JobEvent::Broken) => Ok(Failed),
            (Held, JobEvent::Released) => Ok(Pending),
            (Failed | Cancelled | Held, JobEvent::Retried) => Ok(Pending),
            (Pending | Running | Held | Completed | Failed, JobEvent::Superseded) => Ok(Superseded),
            (Pending | Running | Held, JobEvent::Cancelled) => Ok(Cancelled),
            (state, event) => Err(Illegal { state, event }),
        }
    }
}

impl FromStr for JobState {
    type Err = NotAState;
    fn from_str(text: &str) -> Result<Self, NotAState> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| NotAState(text.to_owned()))
    }
}

/// How long to wait before attempt number `next` (the first retry is 2); nothing when no attempt
/// is left.
pub fn backoff(next: u32) -> Option<Duration> {
    (2..=ATTEMPTS_MAX).contains(&next).then(|| BACKOFF_FIRST * 4u32.pow(next - 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for state in JobState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
    }
    #[test]
    fn a_completed_job_is_finished_once() {
        let again = JobState::Completed.after(JobEvent::Finished);
        assert!(again.is_err());
        assert!(JobState::Completed.after(JobEvent::Retried).is_err());
    }
    #[test]
    fn a_lost_lease_gives_the_job_back() {
        assert_eq!(JobState::Running.after(JobEvent::Expired), Ok(JobState::Pending));
    }
    #[test]
    fn a_human_may_retry_what_stopped() {
        for state in [JobState::Failed, JobState::Cancelled, JobState::Held] {
            assert_eq!(state.after(JobEvent::Retried), Ok(JobState::Pending));
        }
    }
    #[test]
    fn retries_come_to_an_end() {
        let waits: Vec<_> = (1..=5).map(|n| backoff(n).map(|d| d.as_secs())).collect();
        assert_eq!(waits, [None, Some(2), Some(8), None, None]);
    }
}
