//! Which arrivals the audit log has, so that it is not asked for each instance.

use interval_core::study::Origin;
use interval_core::uid::StudyUid;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Associations and studies that are remembered; when there are more, the log is asked again.
const NOTED_MAX: usize = 10_000;

/// Pairs of an association and a study whose event is in the log, or about to be.
#[derive(Debug, Clone, Default)]
pub struct Noted(Arc<Mutex<HashSet<(u128, StudyUid)>>>);

impl Noted {
    /// Whether nothing is known of an event for this association and study. It is written once
    /// however often this is asked: see [`append_once`](super::audit::append_once).
    pub fn is_new(&self, origin: &Origin, study: &StudyUid) -> bool {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !noted.contains(&(origin.association.0, study.clone()))
    }

    /// Remembers that the log has the event.
    pub fn remember(&self, origin: &Origin, study: &StudyUid) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= NOTED_MAX {
            noted.clear();
        }
        noted.insert((origin.association.0, study.clone()));
    }
}
