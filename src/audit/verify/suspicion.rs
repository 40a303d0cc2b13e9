//! What happened at the first bad place. The rows that follow tell a removed record from one that
//! was put in, and both from two that changed places.

use super::{Finding, Leaves, Seen, Wrong, whole};
use crate::audit::AuditError;
use crate::store::audit::Row;
use interval_core::audit::merkle::leaf_hash;
use interval_core::audit::record::Record;

/// Rows that are looked at from the bad place on.
pub(super) const ROWS: usize = 64;
/// Hashes that are read at one time when a record's own place is looked for.
const SEARCH: u64 = 10_000;

/// The place, what was seen there, and what is known besides.
pub(super) struct Scene<'a> {
    /// The place where something is wrong.
    pub(super) place: u64,
    /// What was seen.
    pub(super) seen: Seen,
    /// Rows from that place on.
    pub(super) following: &'a [Row],
    /// Hashes that a signed checkpoint vouches for, up to a length.
    pub(super) witness: Option<(&'a Leaves, u64)>,
}

impl Scene<'_> {
    /// The finding.
    pub(super) fn finding(&self) -> Result<Finding, AuditError> {
        let (record, wrong) = match self.seen {
            Seen::Gap => (self.place, Wrong::Missing),
            Seen::BeforeTheFirst => (0, Wrong::Inserted),
            Seen::Disagreement => (self.place, Wrong::Altered),
            Seen::Stranger => self.stranger()?,
        };
        Ok(Finding { record, up_to: record, wrong })
    }

    /// A record that fits together in itself but does not belong here.
    fn stranger(&self) -> Result<(u64, Wrong), AuditError> {
        let here = self.own_place(0)?;
        if let Some(claimed) = self.claimed_twice(here)? {
            return Ok((claimed, Wrong::Inserted));
        }
        let next = self.own_place(1)?;
        // Where the record of this place went, counted in rows.
        let mut gone_to = None;
        for distance in 1..self.following.len().min(ROWS) {
            if self.belongs(distance, self.place)? {
                gone_to = Some(distance);
                break;
            }
        }
        let wrong = match (gone_to, here, next) {
            // The rows after it come later by as much: something was put in before them.
            (Some(distance), here, _) => {
                let shifted = self.belongs(distance + 1, self.place + 1)?;
                if shifted || here.is_none() { Wrong::Inserted } else { Wrong::Reordered }
            }
            (None, Some(own), Some(next)) if own > self.place && next == own + 1 => Wrong::Missing,
            (None, Some(own), None) if own > self.place && self.following.len() == 1 => {
                Wrong::Missing
            }
            (None, Some(own), _) if own > self.place => Wrong::Reordered,
            (None, _, _) => Wrong::Altered,
        };
        Ok((self.place, wrong))
    }

    /// Without a hash to tell which, two records that both claim the place before this one: one of
    /// them was put in, and those that follow come later by one.
    fn claimed_twice(&self, here: Option<u64>) -> Result<Option<u64>, AuditError> {
        let Some(before) = here.filter(|own| own + 1 == self.place) else { return Ok(None) };
        let follows = self.following.len() == 1 || self.belongs(1, self.place)?;
        Ok((self.place >= self.witnessed() && follows).then_some(before))
    }

    /// The place a row's event had when it was written: by the hashes that are vouched for, else by
    /// what its bytes claim.
    fn own_place(&self, distance: usize) -> Result<Option<u64>, AuditError> {
        let Some((record, _)) = self.following.get(distance).and_then(whole) else {
            return Ok(None);
        };
        let Some((leaves, length)) = self.witness else { return Ok(Some(record.index)) };
        let mut from = 0;
        while from < length {
            let batch = leaves.read(from, SEARCH.min(length - from))?;
            if batch.is_empty() {
                break;
            }
            for (place, leaf) in (from..).zip(&batch) {
                if leaf_at(&record, place) == *leaf {
                    return Ok(Some(place));
                }
            }
            from += batch.len() as u64;
        }
        Ok(Some(record.index).filter(|claimed| *claimed >= length))
    }

    /// Up to which place there are hashes that a checkpoint vouches for.
    fn witnessed(&self) -> u64 {
        self.witness.map_or(0, |(_, length)| length)
    }

    /// Whether a row's event is the one of a place.
    fn belongs(&self, distance: usize, place: u64) -> Result<bool, AuditError> {
        let Some((record, _)) = self.following.get(distance).and_then(whole) else {
            return Ok(false);
        };
        let Some((leaves, length)) = self.witness else { return Ok(record.index == place) };
        if place >= length {
            return Ok(record.index == place);
        }
        Ok(leaves.read(place, 1)?.first() == Some(&leaf_at(&record, place)))
    }
}

fn leaf_at(record: &Record, index: u64) -> interval_core::digest::Digest {
    leaf_hash(&Record { index, ..record.clone() }.to_bytes())
}
