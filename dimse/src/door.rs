//! The door: connections that have not yet said who they are.
//!
//! Anybody can connect and be silent. Such a connection holds no seat, and when the door is
//! crowded the one that has been silent longest is closed for the newcomer: a request is one
//! packet, so an honest peer is through the door within milliseconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// Connections at the door. Each costs a file descriptor and a buffer of 8 KiB.
pub(crate) const AT_THE_DOOR_MAX: usize = 256;

/// Associations for verification alone that are let in when all seats are taken. An echo takes a
/// millisecond: who watches whether this node lives is answered also then.
pub(crate) const STANDING_MAX: usize = 8;

/// The connections at the door, the oldest first.
#[derive(Debug)]
pub(crate) struct Door {
    crowd: Mutex<Crowd>,
    room: usize,
}

#[derive(Debug, Default)]
struct Crowd {
    next: u64,
    places: BTreeMap<u64, oneshot::Sender<()>>,
}

/// A place at the door; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    door: Arc<Door>,
    number: u64,
    given_away: oneshot::Receiver<()>,
}

impl Door {
    /// A door with room for so many.
    pub(crate) fn with_room(room: usize) -> Arc<Self> {
        Arc::new(Self { crowd: Mutex::default(), room })
    }

    /// A place for a newcomer; the oldest one loses its own if there is no room.
    pub(crate) fn knock(self: &Arc<Self>) -> Place {
        let mut crowd = self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        if crowd.places.len() >= self.room {
            crowd.places.pop_first();
        }
        let number = crowd.next;
        crowd.next += 1;
        let (place, given_away) = oneshot::channel();
        crowd.places.insert(number, place);
        Place { door: Arc::clone(self), number, given_away }
    }
}

impl Place {
    /// Waits until the place is given to somebody else.
    pub(crate) async fn given_away(&mut self) {
        let _ = (&mut self.given_away).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut crowd = self.door.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        crowd.places.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneshot::error::TryRecvError;

    fn is_given_away(place: &mut Place) -> bool {
        place.given_away.try_recv() == Err(TryRecvError::Closed)
    }

    #[test]
    fn the_longest_silent_connection_makes_room() {
        let door = Door::with_room(AT_THE_DOOR_MAX);
        let mut places: Vec<_> = (0..AT_THE_DOOR_MAX).map(|_| door.knock()).collect();
        assert!(!is_given_away(&mut places[0]));
        let mut newcomer = door.knock();
        assert!(is_given_away(&mut places[0]));
        assert!(!is_given_away(&mut places[1]) && !is_given_away(&mut newcomer));
    }

    #[test]
    fn who_is_through_the_door_takes_no_room() {
        let door = Door::with_room(AT_THE_DOOR_MAX);
        let mut places: Vec<_> = (0..AT_THE_DOOR_MAX).map(|_| door.knock()).collect();
        places.pop();
        let _newcomer = door.knock();
        assert!(!is_given_away(&mut places[0]));
    }
}
