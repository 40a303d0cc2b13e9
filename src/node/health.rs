//! How the node is: what keeps it from serving, and what does not work although it serves.

use crate::audit::notary::Trouble;
use crate::pipeline::sentence;
use crate::seal;
use crate::store::{Store, milliseconds};
use crate::validity::{Standing, standing};
use crate::web::Health;
use interval_core::access::CLOCK_SKEW_MAX;
use interval_core::fault::Fault;
use interval_report::timestamp::Timestamp;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// How long before its end the report seal is told of: time to have another one made.
const SEAL_WARNING: Duration = Duration::from_hours(30 * 24);

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Vitals {
    /// Rows and keys.
    pub store: Store,
    /// Folder of the seal.
    pub keys: PathBuf,
    /// What is wrong with the audit log's checkpoints.
    pub log: watch::Receiver<Option<Trouble>>,
}

impl Vitals {
    /// Looks at everything.
    pub async fn health(&self, now: SystemTime) -> Health {
        let mut health = Health::default();
        // That the database is away, the door finds out by itself.
        if let Ok(newest) = self.store.newest_audit_ms().await {
            health.degraded.extend(behind(newest, milliseconds(now)));
        }
        if let Err(error) = self.store.check_master_key().await {
            health.troubles.push(format!("master key: {}", sentence(&error)));
        }
        match self.log.borrow().clone() {
            None => {}
            // What is away passes; a log that is not what was signed does not.
            Some(Trouble { what, fault: Fault::Unavailable }) => {
                health.degraded.push(format!("audit log: {what}"));
            }
            Some(Trouble { what, .. }) => health.troubles.push(format!("audit log: {what}")),
        }
        self.seal(now, &mut health);
        health
    }

    fn seal(&self, now: SystemTime, health: &mut Health) {
        match seal::read(&self.keys) {
            Err(error) => health.degraded.push(format!("report seal: {}", sentence(&error))),
            Ok(seal) => health.degraded.extend(seal.and_then(|s| ending(s.validity(), now))),
        }
    }
}

/// A clock that is behind what the log already has: sessions and leases would live too long.
fn behind(newest_ms: Option<i64>, now_ms: i64) -> Option<String> {
    let ahead_ms = newest_ms?.checked_sub(now_ms)?;
    let ahead = Duration::from_millis(u64::try_from(ahead_ms).ok()?);
    (ahead > CLOCK_SKEW_MAX).then(|| {
        let seconds = ahead.as_secs();
        format!(
            "clock: this machine's clock is {seconds} s behind the newest record of the audit log"
        )
    })
}

/// A seal that cannot be used, or not for long.
fn ending([from, until]: [Timestamp; 2], now: SystemTime) -> Option<String> {
    match standing([from.0, until.0], SEAL_WARNING, milliseconds(now) / 1000) {
        Standing::NotYet => {
            Some("report seal: its certificate is not valid yet; is the clock right?".into())
        }
        Standing::Over => Some(
            "report seal: its certificate has expired, so that no report is signed and jobs end \
             in author; move keys/seal.*.pem away and retry them: another is made"
                .into(),
        ),
        Standing::Ending(days) => Some(format!("report seal: its certificate ends in {days} days")),
        Standing::Good => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_S: u64 = 86_400;

    #[track_caller]
    fn check(newest_ms: Option<i64>, told: bool) {
        assert_eq!(behind(newest_ms, 1_000_000).is_some(), told, "{newest_ms:?}");
    }

    #[test]
    fn a_clock_is_behind_when_the_log_is_ahead_by_more_than_skew() {
        check(None, false);
        check(Some(1_000_000), false);
        check(Some(1_000_000 + 60_000), false);
        check(Some(1_000_000 + 60_001), true);
        check(Some(0), false);
    }
    #[test]
    fn a_seal_is_told_of_before_after_and_near_its_end() {
        let valid = [100 * DAY_S, 1000 * DAY_S].map(|s| Timestamp(s as i64));
        let at =
            |day: u64| ending(valid, SystemTime::UNIX_EPOCH + Duration::from_secs(day * DAY_S));
        let said = |day, words: &str| assert!(at(day).is_some_and(|said| said.contains(words)));
        said(99, "not valid yet");
        assert_eq!(at(100), None);
        assert_eq!(at(970), None);
        said(980, "ends in 20 days");
        said(1001, "has expired");
    }
}
