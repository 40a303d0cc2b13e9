//! One series for each channel, chosen over the whole study; an open choice is said, not guessed.

use super::contrast::{self, State};
use super::reading::{Agent, Contrast, Distortion, Fat, Make, Protocol, Reading};
use super::shape::{Coverage, Cut, Kind};
use super::{CONFIDENCE_MIN, Channel, Choice, Identification, SeriesRole};
use crate::assessment::Doubt;
use crate::study::{Acquisition, Series, Study};
use crate::uid::SeriesUid;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Says of one series what it shows, by itself.
pub(super) fn identify(series: &Series) -> Identification {
    let reading = Reading::of(series, Protocol::OfSeries);
    if reading.role != SeriesRole::T1 {
        return reading.identification();
    }
    let states = contrast::resolve(&[&reading], &[None], std::slice::from_ref(&reading));
    let mut named = reading.clone();
    for state in states {
        take_state(&mut named, state);
    }
    named.identification()
}

/// Chooses over a study; what a person assigned is taken as said.
pub(super) fn choose(study: &Study, assigned: &[(SeriesUid, SeriesRole)]) -> Choice {
    let mut readings: Vec<Reading> =
        study.series.iter().map(|series| Reading::of(series, protocol_of(series, study))).collect();
    for reading in &mut readings {
        if let Some(role) = assigned_role(&reading.series.uid, assigned) {
            reading.role = if role == SeriesRole::T1c { SeriesRole::T1 } else { role };
            reading.confidence = 1.;
            reading.evidence = vec!["assigned by a person".to_owned()];
        }
    }
    let open = settle_contrast(&mut readings, assigned);
    let mut channels: Vec<Channel> = Vec::new();
    let mut doubts = Vec::new();
    for role in [SeriesRole::T1c, SeriesRole::T1, SeriesRole::T2, SeriesRole::Flair] {
        let human: Vec<usize> = (0..readings.len())
            .filter(|at| assigned_role(&readings[*at].series.uid, assigned) == Some(role))
            .collect();
        let partner = channels
            .iter()
            .find(|channel| channel.role == SeriesRole::T1c && role == SeriesRole::T1)
            .and_then(|channel| readings.iter().find(|one| one.series.uid == channel.series));
        match pick(role, &readings, &human, partner) {
            Pick::One(at) => channels.push(channel(role, &readings[at])),
            Pick::Tie(ats) => doubts.push(ambiguous(role, &readings, &ats)),
            Pick::None => doubts.extend(absent(role, &readings, &open)),
        }
    }
    channels.sort_by_key(|channel| channel.role);
    Choice { identified: readings.iter().map(Reading::identification).collect(), channels, doubts }
}

fn assigned_role(uid: &SeriesUid, assigned: &[(SeriesUid, SeriesRole)]) -> Option<SeriesRole> {
    assigned.iter().rev().find(|(series, _)| series == uid).map(|(_, role)| *role)
}

/// GE writes the name of the examination into each series: it then says nothing of the series.
fn protocol_of(series: &Series, study: &Study) -> Protocol {
    /// As many descriptions under one protocol name make it the name of the examination; fewer
    /// are the outputs of one acquisition.
    const DESCRIPTIONS_MIN: usize = 3;
    let own = series.acquisition().map_or("", |one| one.protocol_name.trim());
    let images: Vec<&Acquisition> = study
        .series
        .iter()
        .filter_map(Series::acquisition)
        .filter(|one| one.modality == "MR")
        .collect();
    let shares = |one: &&&Acquisition| one.protocol_name.trim() == own;
    let described: BTreeSet<&str> =
        images.iter().filter(shares).map(|one| one.series_description.trim()).collect();
    let everywhere = images.iter().all(|one| shares(&one)) && described.len() > 1;
    if everywhere || described.len() >= DESCRIPTIONS_MIN {
        Protocol::OfExamination
    } else {
        Protocol::OfSeries
    }
}

/// Splits the T1 family into T1 and T1c; returns the positions of those that stay open.
fn settle_contrast(readings: &mut [Reading], assigned: &[(SeriesUid, SeriesRole)]) -> Vec<usize> {
    let at: Vec<usize> =
        (0..readings.len()).filter(|at| readings[*at].role == SeriesRole::T1).collect();
    let family: Vec<&Reading> = at.iter().map(|at| &readings[*at]).collect();
    let decided: Vec<Option<Contrast>> = family
        .iter()
        .map(|one| match assigned_role(&one.series.uid, assigned) {
            Some(SeriesRole::T1) => Some(Contrast::Before),
            Some(SeriesRole::T1c) => Some(Contrast::After),
            _ => None,
        })
        .collect();
    let states = contrast::resolve(&family, &decided, readings);
    let mut open = Vec::new();
    for (at, state) in at.into_iter().zip(states) {
        if state.contrast == Contrast::Unsaid {
            open.push(at);
        }
        take_state(&mut readings[at], state);
    }
    open
}

/// An open series gets a name with a confidence that nobody acts on.
fn take_state(reading: &mut Reading, state: State) {
    reading.role = match (state.contrast, reading.agent) {
        (Contrast::After, _) | (Contrast::Unsaid, Agent::Tagged) => SeriesRole::T1c,
        (Contrast::Before, _) | (Contrast::Unsaid, Agent::Untagged) => SeriesRole::T1,
    };
    reading.confidence = reading.confidence.min(state.confidence);
    reading.evidence.extend(state.evidence);
}

enum Pick {
    One(usize),
    Tie(Vec<usize>),
    None,
}

/// The best by [`rank`], or all that share the best rank.
fn pick(
    role: SeriesRole,
    readings: &[Reading],
    human: &[usize],
    partner: Option<&Reading>,
) -> Pick {
    match human {
        [] => {}
        [one] => return Pick::One(*one),
        several => return Pick::Tie(several.to_vec()),
    }
    let usable: Vec<usize> = (0..readings.len())
        .filter(|at| readings[*at].role == role && readings[*at].confidence >= CONFIDENCE_MIN)
        .collect();
    let Some(best) = usable.iter().map(|at| rank(&readings[*at], partner)).min() else {
        return Pick::None;
    };
    let mut tied: Vec<usize> =
        usable.into_iter().filter(|at| rank(&readings[*at], partner) == best).collect();
    if role == SeriesRole::T1c {
        tied = last_in_time(readings, tied);
    }
    match tied.as_slice() {
        [one] => Pick::One(*one),
        _ => Pick::Tie(tied),
    }
}

/// What makes a series better for measuring, the weightiest first; smaller is better.
type Rank = (Coverage, Make, Pairing, Kind, Direction, Fat, Distortion, Reverse<usize>);

/// Whether a T1 was made like the T1c that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pairing {
    Matched,
    Not,
}

/// Axial before others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Axial,
    Other,
}

fn rank(one: &Reading, partner: Option<&Reading>) -> Rank {
    let shape = &one.shape;
    (
        shape.coverage,
        one.make,
        match partner {
            Some(partner) if !one.is_matched_with(partner) => Pairing::Not,
            _ => Pairing::Matched,
        },
        shape.kind,
        match shape.cut {
            Cut::Axial | Cut::Unknown => Direction::Axial,
            Cut::Coronal | Cut::Sagittal | Cut::Several => Direction::Other,
        },
        one.fat,
        one.distortion,
        Reverse(shape.slices),
    )
}

/// Of equal candidates after contrast the last one, where all of them say when they were made.
fn last_in_time(readings: &[Reading], tied: Vec<usize>) -> Vec<usize> {
    /// Series closer in time than this, in seconds, are two versions of one acquisition.
    const APART_MIN_S: f64 = 1.;
    let times: Option<Vec<f64>> = tied.iter().map(|at| readings[*at].time_s).collect();
    let Some(times) = times else { return tied };
    let last = times.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    tied.into_iter()
        .zip(times)
        .filter(|(_, time)| last - time < APART_MIN_S)
        .map(|(at, _)| at)
        .collect()
}

fn channel(role: SeriesRole, one: &Reading) -> Channel {
    let mut evidence = one.evidence.clone();
    let shape = &one.shape;
    evidence.push(format!(
        "{}, {}, {} slices",
        shape.kind.as_str(),
        shape.cut.as_str(),
        shape.slices
    ));
    match one.make {
        Make::Original => {}
        Make::Secondary => evidence.push("derived images; no original is there".to_owned()),
        Make::Reformatted => evidence.push("cut anew; no original is there".to_owned()),
    }
    Channel { role, series: one.series.uid.clone(), confidence: one.confidence, evidence }
}

fn ambiguous(role: SeriesRole, readings: &[Reading], ats: &[usize]) -> Doubt {
    Doubt::AmbiguousSeries(role, ats.iter().map(|at| readings[*at].series.uid.clone()).collect())
}

/// No usable series: open to a person where some series might be it, else missing.
fn absent(role: SeriesRole, readings: &[Reading], open: &[usize]) -> Option<Doubt> {
    match role {
        SeriesRole::T1c if !open.is_empty() => return Some(ambiguous(role, readings, open)),
        // said with the T1c already
        SeriesRole::T1 if !open.is_empty() && !has_usable(SeriesRole::T1c, readings) => {
            return None;
        }
        SeriesRole::T1 if !open.is_empty() => return Some(ambiguous(role, readings, open)),
        _ => {}
    }
    let unsure: Vec<usize> = (0..readings.len()).filter(|at| readings[*at].role == role).collect();
    if unsure.is_empty() {
        Some(Doubt::MissingSeries(role))
    } else {
        Some(ambiguous(role, readings, &unsure))
    }
}

fn has_usable(role: SeriesRole, readings: &[Reading]) -> bool {
    readings.iter().any(|one| one.role == role && one.confidence >= CONFIDENCE_MIN)
}
