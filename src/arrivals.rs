//! What is seen of studies while they arrive: who brings them, since when it is quiet, what others
//! say of them. In memory only: after a restart silence counts from the start.

use interval_core::completeness::{Count, Line, Notice};
use interval_core::study::Origin;
use interval_core::uid::{InstanceUid, StudyUid};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Studies that are watched at one time; of others only their rows are known.
const WATCHED_MAX: usize = 10_000;

/// Instances that one notice names at most.
const NAMED_MAX: usize = 100_000;

/// How often a source is asked while a study arrives; a source that is itself receiving is known by
/// answers that grow.
const ASKED_EVERY: Duration = Duration::from_secs(5);

/// Silence after which it is asked again: the answer has to be younger than the last arrival.
const ASKED_AFTER: Duration = Duration::from_millis(1_500);

/// The studies that are arriving. Copies are one.
#[derive(Debug, Clone)]
pub struct Arrivals(Arc<Mutex<Watched>>);

#[derive(Debug)]
struct Watched {
    began: Instant,
    studies: HashMap<StudyUid, Watch>,
}

#[derive(Debug)]
struct Watch {
    last: Instant,
    open: HashSet<u128>,
    released: Instant,
    source: String,
    named: HashSet<InstanceUid>,
    asked: Option<Instant>,
    counted: Option<Counted>,
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    first: u32,
    last: u32,
    at: Instant,
}

/// What is seen of one study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Since its last instance came.
    pub silence: Duration,
    /// The associations that brought it.
    pub line: Line,
    /// The title of the last sender; empty when nothing came since the start.
    pub source: String,
    /// What the source counts.
    pub count: Count,
    /// Whether it is time to ask the source.
    pub ask: Ask,
}

/// Whether the source is to be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// It is.
    Now,
    /// It was asked lately.
    Later,
}

impl Default for Arrivals {
    fn default() -> Self {
        let watched = Watched { began: Instant::now(), studies: HashMap::new() };
        Self(Arc::new(Mutex::new(watched)))
    }
}

impl Arrivals {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An instance of a study came.
    pub fn came(&self, origin: &Origin, study: &StudyUid) {
        let now = Instant::now();
        let mut watched = self.lock();
        if let Some(watch) = watched.watch(study, now) {
            watch.last = now;
            watch.open.insert(origin.association.0);
            if watch.source != origin.calling_ae {
                watch.source.clone_from(&origin.calling_ae);
            }
        }
    }

    /// An association ended.
    pub fn closed(&self, origin: &Origin) {
        let now = Instant::now();
        for watch in self.lock().studies.values_mut() {
            if watch.open.remove(&origin.association.0) {
                watch.released = now;
            }
        }
    }

    /// Somebody names instances of a study that can be had.
    pub fn announced(&self, study: &StudyUid, named: impl IntoIterator<Item = InstanceUid>) {
        let now = Instant::now();
        if let Some(watch) = self.lock().watch(study, now) {
            let room = NAMED_MAX.saturating_sub(watch.named.len());
            watch.named.extend(named.into_iter().take(room));
        }
    }

    /// The source is being asked.
    pub fn asking(&self, study: &StudyUid) {
        if let Some(watch) = self.lock().studies.get_mut(study) {
            watch.asked = Some(Instant::now());
        }
    }

    /// The source has answered.
    pub fn counted(&self, study: &StudyUid, instances: u32) {
        let at = Instant::now();
        if let Some(watch) = self.lock().studies.get_mut(study) {
            let first = watch.counted.map_or(instances, |counted| counted.first);
            watch.counted = Some(Counted { first, last: instances, at });
        }
    }

    /// What is seen of a study.
    pub fn seen(&self, study: &StudyUid) -> Seen {
        let watched = self.lock();
        match watched.studies.get(study) {
            Some(watch) => watch.seen(),
            None => Seen {
                silence: watched.began.elapsed(),
                line: Line::Released(watched.began.elapsed()),
                source: String::new(),
                count: Count::Unknown,
                ask: Ask::Later,
            },
        }
    }

    /// Whether what was announced of a study is here; `is_here` is asked for each instance.
    pub fn notice(&self, study: &StudyUid, is_here: impl Fn(&InstanceUid) -> bool) -> Notice {
        let watched = self.lock();
        let Some(watch) = watched.studies.get(study) else { return Notice::None };
        if watch.named.is_empty() {
            return Notice::None;
        }
        let awaited = watch.named.iter().filter(|instance| !is_here(instance)).count();
        match u32::try_from(awaited) {
            Ok(0) => Notice::Fulfilled,
            awaited => Notice::Awaiting(awaited.unwrap_or(u32::MAX)),
        }
    }

    /// What was announced of a study.
    pub fn named(&self, study: &StudyUid) -> Vec<InstanceUid> {
        let watched = self.lock();
        let named = watched.studies.get(study).map(|watch| watch.named.iter().cloned().collect());
        named.unwrap_or_default()
    }

    /// A study is complete, or not arriving any more.
    pub fn forget(&self, study: &StudyUid) {
        self.lock().studies.remove(study);
    }
}

impl Watched {
    fn watch(&mut self, study: &StudyUid, now: Instant) -> Option<&mut Watch> {
        if !self.studies.contains_key(study) {
            if self.studies.len() >= WATCHED_MAX {
                return None;
            }
            self.studies.insert(study.clone(), Watch::new(now));
        }
        self.studies.get_mut(study)
    }
}

impl Watch {
    fn new(now: Instant) -> Self {
        Self {
            last: now,
            open: HashSet::new(),
            released: now,
            source: String::new(),
            named: HashSet::new(),
            asked: None,
            counted: None,
        }
    }

    fn seen(&self) -> Seen {
        let released = Line::Released(self.released.elapsed());
        let line = if self.open.is_empty() { released } else { Line::Open };
        let silence = self.last.elapsed();
        let stale = self.asked.is_none_or(|asked| {
            let early = asked < self.last + ASKED_AFTER;
            asked.elapsed() >= ASKED_EVERY || (early && silence >= ASKED_AFTER)
        });
        Seen {
            silence,
            line,
            source: self.source.clone(),
            count: self.count(),
            ask: if stale { Ask::Now } else { Ask::Later },
        }
    }

    fn count(&self) -> Count {
        match self.counted {
            None => Count::Unknown,
            Some(Counted { first, last, .. }) if last > first => Count::Grows(last),
            // An answer from before the last arrival says how many to wait for, and settles nothing.
            Some(Counted { last, at, .. }) if at < self.last + ASKED_AFTER => Count::Grows(last),
            Some(Counted { last, .. }) => Count::Says(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::audit::TraceId;

    fn origin(association: u128) -> Origin {
        Origin {
            calling_ae: "PACS".into(),
            called_ae: "INTERVAL".into(),
            peer: "10.0.0.1".into(),
            association: TraceId(association),
        }
    }
    fn study() -> StudyUid {
        "1.2.3".parse().unwrap()
    }

    #[test]
    fn a_study_is_released_when_the_last_of_its_associations_ends() {
        let arrivals = Arrivals::default();
        for association in [1, 2] {
            arrivals.came(&origin(association), &study());
        }
        arrivals.closed(&origin(1));
        assert_eq!(arrivals.seen(&study()).line, Line::Open);
        arrivals.closed(&origin(2));
        assert!(matches!(arrivals.seen(&study()).line, Line::Released(_)));
        assert_eq!(arrivals.seen(&study()).source, "PACS");
    }
    #[test]
    fn a_count_from_before_the_last_arrival_settles_nothing() {
        let arrivals = Arrivals::default();
        arrivals.came(&origin(1), &study());
        assert_eq!(arrivals.seen(&study()).ask, Ask::Now);
        arrivals.asking(&study());
        arrivals.counted(&study(), 640);
        assert_eq!(arrivals.seen(&study()).count, Count::Grows(640));
        std::thread::sleep(ASKED_AFTER);
        assert_eq!(arrivals.seen(&study()).ask, Ask::Now, "silence: the answer is old");
        arrivals.asking(&study());
        arrivals.counted(&study(), 640);
        assert_eq!(arrivals.seen(&study()).count, Count::Says(640));
        arrivals.counted(&study(), 641);
        assert_eq!(arrivals.seen(&study()).count, Count::Grows(641));
    }
    #[test]
    fn a_notice_is_fulfilled_when_all_that_it_names_is_here() {
        let arrivals = Arrivals::default();
        assert_eq!(arrivals.notice(&study(), |_| true), Notice::None);
        let named: Vec<InstanceUid> = ["1.1", "1.2"].map(|uid| uid.parse().unwrap()).into();
        arrivals.announced(&study(), named.clone());
        assert_eq!(arrivals.notice(&study(), |uid| *uid == named[0]), Notice::Awaiting(1));
        assert_eq!(arrivals.notice(&study(), |_| true), Notice::Fulfilled);
    }
}
