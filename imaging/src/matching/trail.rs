//! Tracks as they grow, timepoint by timepoint.

use super::LesionsAt;
use super::assignment::largest_total;
use super::overlap::{self, Relation, Shape};
use interval_core::lesion::{Fate, Sighting};

/// A track without its name.
#[derive(Debug, Clone)]
pub struct Trail {
    /// One for each timepoint.
    pub sightings: Vec<Sighting>,
    /// At which timepoint it went into which other track.
    pub absorbed: Option<(usize, usize)>,
    /// Its parts where it was seen last.
    parts: Vec<Shape>,
    /// That timepoint.
    last_seen: usize,
}

/// What the matching of one timepoint gives.
struct Links {
    /// For each lesion the track it belongs to; nothing for a new one.
    owner: Vec<Option<usize>>,
    /// For each track that ended in another one: the lesion it went into.
    ended_in: Vec<Option<usize>>,
}

/// Follows the lesions through all timepoints.
pub fn follow(timepoints: &[LesionsAt]) -> Vec<Trail> {
    let mut trails: Vec<Trail> = Vec::new();
    for (now, timepoint) in timepoints.iter().enumerate() {
        let shapes = overlap::shapes(timepoint);
        let relations = relations(&trails, &shapes);
        let links = links(&relations);
        advance(&mut trails, now, &links, &shapes);
        found(&mut trails, now, &links, &shapes);
    }
    trails
}

/// For each track and lesion how they lie to each other; the parts of a track count together.
fn relations(trails: &[Trail], shapes: &[Option<Shape>]) -> Vec<Vec<Relation>> {
    let apart = Relation { common_mm3: 0., near_mm: None };
    let joined = |trail: &Trail, shape: &Shape| {
        trail.parts.iter().map(|part| part.relation(shape)).fold(apart, |sum, one| Relation {
            common_mm3: sum.common_mm3 + one.common_mm3,
            near_mm: match (sum.near_mm, one.near_mm) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
        })
    };
    trails
        .iter()
        .map(|trail| {
            let open = trail.absorbed.is_none();
            shapes
                .iter()
                .map(|shape| shape.as_ref().filter(|_| open).map_or(apart, |s| joined(trail, s)))
                .collect()
        })
        .collect()
}

/// Decides which lesion belongs to which track.
fn links(relations: &[Vec<Relation>]) -> Links {
    let lesions = relations.first().map_or(0, Vec::len);
    let common: Vec<Vec<f64>> =
        relations.iter().map(|row| row.iter().map(|r| r.common_mm3).collect()).collect();
    let mut owner = vec![None; lesions];
    for (track, lesion) in largest_total(&common).into_iter().enumerate() {
        if let Some(lesion) = lesion {
            owner[lesion] = Some(track);
        }
    }
    // Lesions left over are parts of the track they lie on.
    for lesion in 0..lesions {
        let column = (0..common.len()).map(|track| common[track][lesion]);
        owner[lesion] = owner[lesion].or_else(|| largest(column));
    }
    // Tracks left over went into the lesion they lie on.
    let ended_in: Vec<Option<usize>> = (0..common.len())
        .map(|track| {
            let holds = owner.contains(&Some(track));
            if holds { None } else { largest(common[track].iter().copied()) }
        })
        .collect();
    match_the_rest(relations, &mut owner, &ended_in);
    Links { owner, ended_in }
}

/// The place of the largest value above zero.
fn largest(values: impl Iterator<Item = f64>) -> Option<usize> {
    values
        .enumerate()
        .filter(|(_, value)| *value > 0.)
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        .map(|(place, _)| place)
}

/// Matches tracks and lesions that lie on nothing with their nearest like, the closest first.
fn match_the_rest(
    relations: &[Vec<Relation>],
    owner: &mut [Option<usize>],
    ended_in: &[Option<usize>],
) {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (track, row) in relations.iter().enumerate() {
        for (lesion, relation) in row.iter().enumerate() {
            pairs.extend(relation.near_mm.map(|apart| (apart, track, lesion)));
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, track, lesion) in pairs {
        let free =
            owner[lesion].is_none() && !owner.contains(&Some(track)) && ended_in[track].is_none();
        if free {
            owner[lesion] = Some(track);
        }
    }
}

/// Writes the sighting of this timepoint into every track that is there already.
fn advance(trails: &mut [Trail], now: usize, links: &Links, shapes: &[Option<Shape>]) {
    for (track, trail) in trails.iter_mut().enumerate() {
        let held: Vec<usize> =
            (0..links.owner.len()).filter(|&n| links.owner[n] == Some(track)).collect();
        let into = links.ended_in[track].and_then(|lesion| links.owner[lesion]);
        let fate = match into {
            Some(_) => Some(Fate::Merged),
            None if held.is_empty() => (trail.seen_just_before(now)).then_some(Fate::Vanished),
            None => Some(trail.fate(now, &held, links, shapes)),
        };
        trail.absorbed = trail.absorbed.or(into.map(|into| (now, into)));
        let lesions = held.iter().map(|&n| n as u8 + 1).collect();
        trail.sightings.push(Sighting { fate, lesions });
        if !held.is_empty() {
            trail.last_seen = now;
            trail.parts = held.iter().filter_map(|&n| shapes[n].clone()).collect();
        }
    }
}

impl Trail {
    fn seen_just_before(&self, now: usize) -> bool {
        self.last_seen + 1 == now && self.absorbed.is_none()
    }

    /// What became of a track that holds lesions now.
    fn fate(&self, now: usize, held: &[usize], links: &Links, shapes: &[Option<Shape>]) -> Fate {
        let took_in = links.ended_in.iter().flatten().any(|lesion| held.contains(lesion));
        let rejoined = held.iter().filter_map(|&n| shapes[n].as_ref()).any(|shape| {
            self.parts.iter().filter(|part| part.relation(shape).common_mm3 > 0.).count() > 1
        });
        if !self.seen_just_before(now) {
            Fate::Reappeared
        } else if took_in {
            Fate::Merged
        } else if held.len() > self.parts.len() {
            Fate::Split
        } else if rejoined && held.len() < self.parts.len() {
            Fate::Merged
        } else {
            Fate::Persisting
        }
    }
}

/// Begins a track for each lesion that belongs to none.
fn found(trails: &mut Vec<Trail>, now: usize, links: &Links, shapes: &[Option<Shape>]) {
    for (n, shape) in shapes.iter().enumerate() {
        let Some(shape) = shape else { continue };
        if links.owner.get(n).copied().flatten().is_some() {
            continue;
        }
        let mut sightings = vec![Sighting { fate: None, lesions: Vec::new() }; now];
        let fate = Some(if now == 0 { Fate::First } else { Fate::New });
        sightings.push(Sighting { fate, lesions: vec![n as u8 + 1] });
        trails.push(Trail {
            sightings,
            absorbed: None,
            parts: vec![shape.clone()],
            last_seen: now,
        });
    }
}
