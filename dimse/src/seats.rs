//! Seats: associations at the same time, in all and for each network address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::Duration;

use crate::scu::Shelf;

/// How long an association with a destination of C-MOVE stays open after its last object: the next
/// request of somebody who moves a study series by series comes within milliseconds, and somebody
/// who is the destination too (movescu +P) ends only when the association has.
const DESTINATION_IDLE: Duration = Duration::from_millis(100);

/// The seats that are taken, by address.
#[derive(Debug)]
pub(crate) struct Seats {
    taken: Mutex<HashMap<IpAddr, usize>>,
    max: usize,
    per_address_max: usize,
}

/// A seat; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

impl Seats {
    pub(crate) fn new(max: usize, per_address_max: usize) -> Arc<Self> {
        Arc::new(Self { taken: Mutex::default(), max, per_address_max })
    }

    /// A seat, if one is free for this address.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let here = taken.get(&address).copied().unwrap_or(0);
        if here >= self.per_address_max || taken.values().sum::<usize>() >= self.max {
            return None;
        }
        taken.insert(address, here + 1);
        Some(Seat { seats: Arc::clone(self), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = taken.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

/// Turns for what is work for the host: questions and retrievals at the same time, over all
/// associations. Who comes when all are taken waits in line.
#[derive(Debug)]
pub(crate) struct Turns {
    pub(crate) questions: Semaphore,
    pub(crate) retrievals: Semaphore,
    /// Associations with destinations of C-MOVE, for the next series of the same study.
    pub(crate) destinations: Shelf,
}

impl Turns {
    pub(crate) fn new(questions: usize, retrievals: usize) -> Self {
        let turns = |count: usize| Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS));
        let destinations = Shelf::new(retrievals, DESTINATION_IDLE);
        Self { questions: turns(questions), retrievals: turns(retrievals), destinations }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn a_crowd_from_one_address_leaves_room_for_another() {
        let seats = Seats::new(3, 2);
        let crowd: Vec<_> = (0..2).filter_map(|_| seats.take(ONE)).collect();
        assert_eq!(crowd.len(), 2);
        assert!(seats.take(ONE).is_none());
        assert!(seats.take(OTHER).is_some());
    }

    #[test]
    fn a_seat_is_free_again_when_its_association_ends() {
        let seats = Seats::new(1, 1);
        let seat = seats.take(ONE);
        assert!(seats.take(OTHER).is_none());
        drop(seat);
        assert!(seats.take(OTHER).is_some());
    }
}
