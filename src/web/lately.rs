//! Which reads the audit log has heard of lately: a viewer that scrolls through a study asks for a
//! thousand images, and one event for a while says so.

use interval_core::audit::AuditEvent;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long one event stands for further reads of the same thing by the same caller.
const STANDS_FOR: Duration = Duration::from_mins(5);

/// Reads that are remembered; when there are more, each is an event of its own again.
const REMEMBERED_MAX: usize = 20_000;

/// Reads that were noted.
#[derive(Debug, Default)]
pub struct Lately(Mutex<HashMap<String, SystemTime>>);

impl Lately {
    /// Whether the log has heard of such a read lately; if not, it is about to.
    pub fn has(&self, event: &AuditEvent, now: SystemTime) -> bool {
        let key = format!("{} {} {}", event.actor, event.action.as_str(), event.resource);
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = |at: &SystemTime| now.duration_since(*at).is_ok_and(|ago| ago < STANDS_FOR);
        if lately.get(&key).is_some_and(stands) {
            return true;
        }
        if lately.len() >= REMEMBERED_MAX {
            lately.retain(|_, at| stands(at));
        }
        if lately.len() < REMEMBERED_MAX {
            lately.insert(key, now);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::audit::words::{Action, Actor, Resource};

    fn read(job: i32) -> AuditEvent {
        AuditEvent::new(0, Actor::Job(job), Action::Read, Resource::Node)
    }

    #[test]
    fn one_event_stands_for_a_while_and_for_one_caller() {
        let (lately, now) = (Lately::default(), SystemTime::UNIX_EPOCH);
        assert!(!lately.has(&read(1), now));
        assert!(lately.has(&read(1), now + Duration::from_secs(299)));
        assert!(!lately.has(&read(2), now));
        assert!(!lately.has(&read(1), now + STANDS_FOR));
    }
}
