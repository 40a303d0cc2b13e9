//! T1 before or after contrast: decided over the whole study, by words, tags and order.
//!
//! The contrast tag alone proves little, since scanners set it on every series from some moment
//! on, at times before the injection. Three facts help: words are typed on purpose; contrast does
//! not wash out within a study, so whatever follows a series after contrast is after it too; and
//! the later of two series made with the same parameters was made to be compared with the earlier.

use super::SeriesRole;
use super::reading::{Agent, Contrast, Reading, sure};
use std::cmp::Ordering;

/// Whether contrast had been given, with how sure that is and why.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    pub contrast: Contrast,
    pub confidence: f64,
    pub evidence: Vec<String>,
}

/// Sure by word and supported by tag or order.
const WORD_SUPPORTED: f64 = 0.95;
/// Sure by word only.
const WORD: f64 = 0.9;
/// Implied by the order against a series that is sure.
const ORDER_AGAINST_SURE: f64 = 0.85;
/// The pair differs in its tag, and in the right order.
const PAIR_WITH_TAG: f64 = 0.85;
/// Both of the pair are tagged, or another series proves that contrast was given: order decides.
const PAIR_BY_ORDER: f64 = 0.7;
/// The tag tells one T1 from the others.
const TAG_TELLS: f64 = 0.7;
/// No contrast is mentioned for it.
const NOT_MENTIONED: f64 = 0.8;
/// Open: below the least confidence that is acted on.
const OPEN: f64 = 0.5;

/// The state of each T1 of a study, in the order given. A human's decision comes in as `decided`.
pub(super) fn resolve(
    family: &[&Reading],
    decided: &[Option<Contrast>],
    everything: &[Reading],
) -> Vec<State> {
    let mut states: Vec<Option<State>> = family
        .iter()
        .zip(decided)
        .map(|(one, decided)| by_decision(*decided).or_else(|| by_word(one)))
        .collect();
    contradict_pairs(family, decided, &mut states);
    by_order_against_sure(family, &mut states);
    by_pair(family, everything, &mut states);
    by_order_against_sure(family, &mut states);
    let tags = tags_of(family, everything);
    let injection_may_be_later: Vec<bool> =
        family.iter().map(|one| precedes_an_after(one, family, &states)).collect();
    states
        .into_iter()
        .zip(family.iter().zip(injection_may_be_later))
        .map(|(state, (one, later))| state.unwrap_or_else(|| by_tag(one, tags, later)))
        .collect()
}

fn state(contrast: Contrast, confidence: f64, why: &str) -> State {
    State { contrast, confidence, evidence: vec![why.to_owned()] }
}

fn by_decision(decided: Option<Contrast>) -> Option<State> {
    decided.map(|contrast| State { contrast, confidence: 1., evidence: Vec::new() })
}

fn by_word(one: &Reading) -> Option<State> {
    match (one.contrast, one.agent) {
        (Contrast::Unsaid, _) => None,
        (Contrast::After, Agent::Tagged) => {
            Some(state(Contrast::After, WORD_SUPPORTED, "contrast agent is named in the header"))
        }
        (Contrast::Before, Agent::Tagged) => Some(state(
            Contrast::Before,
            WORD,
            "the contrast agent in the header is outweighed by the name",
        )),
        (contrast, Agent::Untagged) => Some(State { contrast, confidence: WORD, evidence: vec![] }),
    }
}

/// A series named "after" that was made before its matched partner named "before" cannot be
/// right: one of the names is wrong.
fn contradict_pairs(
    family: &[&Reading],
    decided: &[Option<Contrast>],
    states: &mut [Option<State>],
) {
    for (a, before) in family.iter().enumerate() {
        for (b, after) in family.iter().enumerate() {
            let named = before.contrast == Contrast::Before && after.contrast == Contrast::After;
            let human = decided[a].is_some() || decided[b].is_some();
            let wrong_way = after.is_before(before) == Some(Ordering::Less);
            if named && !human && wrong_way && before.is_matched_with(after) {
                for at in [a, b] {
                    let why = "its name contradicts the order of acquisition";
                    states[at] = Some(state(Contrast::Unsaid, OPEN, why));
                }
            }
        }
    }
}

/// Contrast does not wash out: what follows a sure "after" is after, what precedes a sure
/// "before" is before.
fn by_order_against_sure(family: &[&Reading], states: &mut [Option<State>]) {
    let known: Vec<(usize, Contrast)> = states
        .iter()
        .enumerate()
        .filter_map(|(at, state)| state.as_ref().map(|state| (at, state.contrast)))
        .collect();
    for (at, one) in family.iter().enumerate() {
        if states[at].is_some() {
            continue;
        }
        let is = |wanted: Contrast, order: Ordering| {
            known.iter().any(|(other, contrast)| {
                *contrast == wanted && family[*other].is_before(one) == Some(order)
            })
        };
        let (after, before) =
            (is(Contrast::After, Ordering::Less), is(Contrast::Before, Ordering::Greater));
        states[at] = match (before, after) {
            (false, true) => Some(state(
                Contrast::After,
                ORDER_AGAINST_SURE,
                "made after a series with contrast",
            )),
            (true, false) => Some(state(
                Contrast::Before,
                ORDER_AGAINST_SURE,
                "made before a series without contrast",
            )),
            (true, true) => Some(state(
                Contrast::Unsaid,
                OPEN,
                "the order of acquisition contradicts other series",
            )),
            (false, false) => None,
        };
    }
}

/// The first and the last of the series made with the same parameters.
fn by_pair(family: &[&Reading], everything: &[Reading], states: &mut [Option<State>]) {
    let given = everything.iter().any(|one| one.agent == Agent::Tagged)
        || states.iter().flatten().any(|state| state.contrast == Contrast::After);
    let mut found: Vec<(usize, State)> = Vec::new();
    for (at, one) in family.iter().enumerate() {
        if states[at].is_some() {
            continue;
        }
        let matched: Vec<usize> = (0..family.len())
            .filter(|other| *other != at && family[*other].is_matched_with(one))
            .collect();
        if matched.is_empty() {
            continue;
        }
        let surely_after = |other: &usize| {
            let known = states[*other].as_ref();
            known.is_some_and(|state| state.contrast == Contrast::After && state.confidence >= WORD)
        };
        if one.agent == Agent::Untagged && matched.iter().all(surely_after) {
            let why = "its matched partner is named as after contrast, and it is not";
            found.push((at, state(Contrast::Before, PAIR_WITH_TAG, why)));
            continue;
        }
        let partners: Vec<&Reading> = matched.iter().map(|other| family[*other]).collect();
        found.push((at, in_pair(one, &partners, given)));
    }
    for (at, state) in found {
        states[at] = Some(state);
    }
}

fn in_pair(one: &Reading, partners: &[&Reading], given: bool) -> State {
    let order = |partner: &&Reading| partner.is_before(one);
    let first = partners.iter().all(|partner| order(partner) == Some(Ordering::Greater));
    let last = partners.iter().all(|partner| order(partner) == Some(Ordering::Less));
    let differs = partners.iter().all(|partner| partner.agent != one.agent);
    match (first, last, one.agent) {
        (true, _, Agent::Untagged) if differs => {
            state(Contrast::Before, PAIR_WITH_TAG, "the first of a matched pair, without agent")
        }
        (_, true, Agent::Tagged) if differs => {
            state(Contrast::After, PAIR_WITH_TAG, "the later of a matched pair, with agent")
        }
        _ if differs && partners.len() == 1 && (first || last) => state(
            Contrast::Unsaid,
            OPEN,
            "the contrast agent in the header contradicts the order of acquisition",
        ),
        (true, ..) if given => {
            state(Contrast::Before, PAIR_BY_ORDER, "the first of series with the same parameters")
        }
        (_, true, _) if given => {
            state(Contrast::After, PAIR_BY_ORDER, "the last of series with the same parameters")
        }
        _ => state(
            Contrast::Unsaid,
            OPEN,
            "made twice with the same parameters, and nothing says which one has contrast",
        ),
    }
}

/// What the contrast tag is worth in a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tags {
    /// It tells some series from others.
    Tell,
    /// It is everywhere, and says nothing.
    Everywhere,
}

fn tags_of(family: &[&Reading], everything: &[Reading]) -> Tags {
    let images: Vec<&Reading> = everything
        .iter()
        .filter(|one| {
            one.confidence > sure::NOTHING
                && !matches!(one.role, SeriesRole::Localizer | SeriesRole::Other)
        })
        .collect();
    let tagged = |some: &[&Reading]| some.iter().filter(|one| one.agent == Agent::Tagged).count();
    if tagged(family) < family.len() || tagged(&images) < images.len() {
        Tags::Tell
    } else {
        Tags::Everywhere
    }
}

/// Whether a surer "after" exists that was not made before this series: then the tag of this one
/// may have been set ahead of the injection.
fn precedes_an_after(one: &Reading, family: &[&Reading], states: &[Option<State>]) -> bool {
    family.iter().zip(states).any(|(other, state)| {
        state.as_ref().is_some_and(|state| state.contrast == Contrast::After)
            && other.is_before(one) != Some(Ordering::Less)
    })
}

fn by_tag(one: &Reading, tags: Tags, injection_may_be_later: bool) -> State {
    match (one.agent, tags) {
        (Agent::Tagged, Tags::Tell) if !injection_may_be_later => {
            state(Contrast::After, TAG_TELLS, "contrast agent is named here and not everywhere")
        }
        (Agent::Tagged, _) => state(
            Contrast::Unsaid,
            OPEN,
            "the contrast agent in the header may have been set ahead of the injection",
        ),
        (Agent::Untagged, _) => {
            state(Contrast::Before, NOT_MENTIONED, "no contrast agent is mentioned")
        }
    }
}
