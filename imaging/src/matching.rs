//! The same lesion through time.
//!
//! Each timepoint is matched with the last one at which each lesion was seen. Two lesions are the
//! same when at least half of the smaller one lies where the other was (within the registration
//! error); lesions for which that finds nothing may be matched with the nearest other one left
//! over. Groups of lesions that are linked this way are read as in the published recipe
//! (Santoro-Fernandes et al. 2021, PMC11329192):
//!
//! | before - now | what the tracks say |
//! |---|---|
//! | 1 - 1 | the track goes on (`Persisting`, or `Reappeared` after an absence) |
//! | 1 - n | the track holds all parts (`Split`), under one Tracking UID; [`part_name`] calls them "3a", "3b" |
//! | n - 1 | the track of the largest overlap goes on (`Merged`); the others end as `Merged` without a lesion; [`merges`] tells who went into whom, so that the sum of the parents can be compared |
//! | 0 - 1 | a new track (`New`) |
//! | 1 - 0 | `Vanished` |
//! | n - m | names go by the assignment with the largest total overlap; the rest joins as above |
//!
//! Each lesion of each timepoint belongs to exactly one track.

mod assignment;
mod overlap;
mod trail;

use interval_core::geometry::{Lps, Transform};
use interval_core::lesion::{LesionTrack, Sighting};
use interval_core::uid::TrackingUid;
use interval_core::units::Mm;
use interval_core::volume::Volume;
use trail::Trail;

/// The lesions of one timepoint, and where they lie in the reference space.
#[derive(Debug, Clone, Copy)]
pub struct LesionsAt<'a> {
    /// Lesion indices from 1, in the native grid of the study.
    pub lesions: &'a Volume<u8>,
    /// From the patient space of this study to the reference space.
    pub to_reference: Transform<Lps, Lps>,
    /// How far off that map may be.
    pub registration_error: Mm,
}

/// Says the Tracking UID of a track from every (timepoint, lesion index) it holds.
pub type Mint<'a> = dyn FnMut(&[(usize, u8)]) -> TrackingUid + 'a;

/// Tracks that became one at a timepoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Index of the timepoint.
    pub timepoint: usize,
    /// Index of the track that goes on.
    pub into: usize,
    /// Indices of the tracks that ended in it.
    pub from: Vec<usize>,
}

/// Follows lesions through timepoints given in the order of time.
///
/// `mint` is called once for each track, with every (timepoint, lesion index) it holds, and
/// answers with its Tracking UID. Tracks come in the order in which they were first seen, those
/// of one timepoint by their lesion index; their names are "1", "2" and so on in that order.
pub fn track(timepoints: &[LesionsAt], mint: &mut Mint<'_>) -> Vec<LesionTrack> {
    let trails = trail::follow(timepoints);
    (1..).zip(trails).map(|(number, trail)| named(number, trail, mint)).collect()
}

fn named(number: usize, trail: Trail, mint: &mut Mint<'_>) -> LesionTrack {
    let held: Vec<(usize, u8)> = trail
        .sightings
        .iter()
        .enumerate()
        .flat_map(|(timepoint, seen)| seen.lesions.iter().map(move |&lesion| (timepoint, lesion)))
        .collect();
    LesionTrack { uid: mint(&held), name: number.to_string(), sightings: trail.sightings }
}

/// Which tracks of [`track`] became one, and when.
pub fn merges(timepoints: &[LesionsAt]) -> Vec<Merge> {
    let trails = trail::follow(timepoints);
    let mut merges: Vec<Merge> = Vec::new();
    for (from, trail) in trails.iter().enumerate() {
        let Some((timepoint, into)) = trail.absorbed else { continue };
        match merges.iter_mut().find(|merge| (merge.timepoint, merge.into) == (timepoint, into)) {
            Some(merge) => merge.from.push(from),
            None => merges.push(Merge { timepoint, into, from: vec![from] }),
        }
    }
    merges.sort_by_key(|merge| (merge.timepoint, merge.into));
    merges
}

/// What a lesion of a track is called at a timepoint: the track's name, with a letter where the
/// track has several parts ("3a" is the largest of them); nothing when it does not hold the lesion.
pub fn part_name(track: &LesionTrack, timepoint: usize, lesion: u8) -> Option<String> {
    let Sighting { lesions, .. } = track.sightings.get(timepoint)?;
    let place = lesions.iter().position(|&held| held == lesion)?;
    if lesions.len() == 1 {
        return Some(track.name.clone());
    }
    Some(format!("{}{}", track.name, letters(place)))
}

/// a to z, then aa, ab and so on.
fn letters(place: usize) -> String {
    let last = char::from(b'a' + (place % 26) as u8);
    if place < 26 { last.to_string() } else { format!("{}{last}", letters(place / 26 - 1)) }
}

#[cfg(test)]
mod tests;
