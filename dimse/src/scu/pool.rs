//! Associations to one peer that stay open for a while, so that one object does not cost a
//! handshake, and never more of them at once than the peer bears.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use interval_core::uid::{ClassUid, SyntaxUid};
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, sleep};

use super::error::ScuError;
use super::{Outgoing, Peer, Sender, StoreOutcome};

/// How an association pool behaves.
#[derive(Debug, Clone, Copy)]
pub struct PoolLimits {
    /// Associations at the same time. Small archives bear one or two.
    pub at_once: usize,
    /// How long an association stays open when nothing is sent: less than the peer's own patience.
    pub idle: Duration,
    /// When background traffic may flow; at any hour when nothing is said.
    pub night: Option<Hours>,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self { at_once: 2, idle: Duration::from_secs(10), night: None }
    }
}

/// Hours of the day, in local time: from the beginning of one to the beginning of the other, over
/// midnight where the first is later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// First hour, 0 to 23.
    pub from: u8,
    /// The hour at which it ends.
    pub to: u8,
}

impl Hours {
    /// Whether an hour is within.
    pub fn contains(self, hour: u8) -> bool {
        if self.from <= self.to {
            (self.from..self.to).contains(&hour)
        } else {
            hour >= self.from || hour < self.to
        }
    }
}

/// How urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// Somebody waits for it.
    Urgent,
    /// It can wait for the night; this is the hour of the day in local time.
    Background(u8),
}

/// The associations to one peer.
#[derive(Debug)]
pub struct Pool {
    peer: Peer,
    limits: PoolLimits,
    turns: Semaphore,
    shelf: Shelf,
}

/// An association that nothing is sent on.
#[derive(Debug)]
struct Idle {
    sender: Sender,
    since: Instant,
}

/// Where an association comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    Now,
    Before,
}

impl Pool {
    /// A pool without any association yet.
    pub fn new(peer: Peer, limits: PoolLimits) -> Self {
        let turns = Semaphore::new(limits.at_once.clamp(1, Semaphore::MAX_PERMITS));
        let shelf = Shelf::new(limits.at_once, limits.idle);
        Self { peer, limits, turns, shelf }
    }

    /// Stores objects as [`scu::store`](super::store) does, on an association that is open already
    /// where one suits. Waits for a turn. Trying again is for the caller.
    pub async fn store(
        &self,
        objects: &[Outgoing],
        traffic: Traffic,
    ) -> Result<Vec<StoreOutcome>, ScuError> {
        if let (Traffic::Background(hour), Some(night)) = (traffic, self.limits.night)
            && !night.contains(hour)
        {
            return Err(ScuError::NotNow);
        }
        // A semaphore that is never closed gives a turn, in the end.
        let _turn = self.turns.acquire().await;
        let kinds: BTreeSet<_> =
            objects.iter().map(|o| (o.class.clone(), o.syntax.clone())).collect();
        let (mut sender, mut opened) = self.sender(&kinds).await?;
        let mut outcomes = Vec::with_capacity(objects.len());
        for object in objects {
            let mut result = sender.store(object).await;
            // The peer may have closed an idle association at the same moment: once more then.
            if result.is_err() && opened == Opened::Before && !sender.is_sound() {
                sender = Sender::open(&self.peer, kinds.iter().cloned()).await?;
                result = sender.store(object).await;
            }
            opened = Opened::Now;
            outcomes.push(StoreOutcome { instance: object.instance.clone(), result });
        }
        self.shelf.put(sender);
        Ok(outcomes)
    }

    async fn sender(
        &self,
        kinds: &BTreeSet<(ClassUid, SyntaxUid)>,
    ) -> Result<(Sender, Opened), ScuError> {
        match self.shelf.take(|sender| sender.suits(kinds)) {
            Some(sender) => Ok((sender, Opened::Before)),
            None => Ok((Sender::open(&self.peer, kinds.iter().cloned()).await?, Opened::Now)),
        }
    }

    /// Releases all that is open and idle.
    pub async fn close(&self) {
        for sender in stale(&self.shelf.idle, Duration::ZERO) {
            sender.release().await;
        }
    }
}

/// Associations that nothing is sent on, kept for whoever needs one next.
#[derive(Debug)]
pub(crate) struct Shelf {
    idle: Arc<Mutex<Vec<Idle>>>,
    room: usize,
    patience: Duration,
}

impl Shelf {
    /// Room for so many, each for so long.
    pub(crate) fn new(room: usize, patience: Duration) -> Self {
        Self { idle: Arc::default(), room, patience }
    }

    /// An association that suits.
    pub(crate) fn take(&self, suits: impl Fn(&Sender) -> bool) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let found = idle
            .iter()
            .position(|kept| kept.since.elapsed() < self.patience && suits(&kept.sender));
        found.map(|index| idle.swap_remove(index).sender)
    }

    /// Keeps an association, and releases those that nobody needed.
    pub(crate) fn put(&self, sender: Sender) {
        if !sender.is_sound() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(Idle { sender, since: Instant::now() });
        let spare = (idle.len() > self.room).then(|| idle.remove(0).sender);
        drop(idle);
        let (idle, patience) = (Arc::clone(&self.idle), self.patience);
        tokio::spawn(async move {
            if let Some(sender) = spare {
                sender.release().await;
            }
            sleep(patience).await;
            for sender in stale(&idle, patience) {
                sender.release().await;
            }
        });
    }
}

fn stale(idle: &Mutex<Vec<Idle>>, patience: Duration) -> Vec<Sender> {
    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
    let stale = idle.extract_if(.., |kept| kept.since.elapsed() >= patience);
    stale.map(|kept| kept.sender).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: u8, to: u8, hour: u8, expected: bool) {
        assert_eq!(Hours { from, to }.contains(hour), expected, "{from}-{to} at {hour}");
    }

    #[test]
    fn a_night_goes_over_midnight() {
        check(22, 6, 23, true);
        check(22, 6, 0, true);
        check(22, 6, 6, false);
        check(22, 6, 12, false);
    }
    #[test]
    fn a_morning_does_not() {
        check(1, 5, 1, true);
        check(1, 5, 5, false);
        check(1, 5, 0, false);
    }
}
