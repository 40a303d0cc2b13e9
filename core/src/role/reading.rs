//! What one series says of itself, before it is compared with its neighbours.

use super::physics::Physics;
use super::shape::{Cut, Shape};
use super::tokens;
use super::words::Words;
use super::{Identification, SeriesRole};
use crate::study::{Acquisition, Series};

/// Least number of slices of a series that can be measured.
const SLICES_MIN: usize = 10;
/// The manufacturer that our own results name.
const OWN_NAME: &str = "Interval";

/// How sure the rule is, by what speaks for a role. Engineering start values.
pub(super) mod sure {
    /// Said by a tag that means nothing else.
    pub const BY_TAG: f64 = 0.98;
    /// A word, and the timing agrees.
    pub const BY_WORD_AND_TIMING: f64 = 0.95;
    /// A word settles it.
    pub const BY_WORD: f64 = 0.9;
    /// A word, and the timing neither agrees nor forbids.
    pub const BY_WORD_ALONE: f64 = 0.75;
    /// A word that also has other meanings.
    pub const BY_WEAK_WORD: f64 = 0.65;
    /// Sources contradict each other: below the least confidence that is acted on.
    pub const CONTRADICTED: f64 = 0.4;
    /// Nothing speaks for any role.
    pub const NOTHING: f64 = 0.3;
}

/// How close a series is to the scanner's own images, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Make {
    Original,
    /// DERIVED or SECONDARY, nothing more said.
    Secondary,
    /// A plane cut anew.
    Reformatted,
}

/// What is said of contrast agent in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contrast {
    Before,
    After,
    Unsaid,
}

/// Whether Contrast/Bolus Agent (0018,0010) is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agent {
    Tagged,
    Untagged,
}

/// Whether fat is suppressed, worse last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fat {
    Kept,
    Suppressed,
}

/// Whether the scanner's distortion correction was left out, worse last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Distortion {
    CorrectedOrUnsaid,
    LeftIn,
}

/// One series as it was read. A series of the T1 family is [`SeriesRole::T1`] here; contrast is
/// decided over the study.
#[derive(Debug, Clone)]
pub(super) struct Reading<'a> {
    pub series: &'a Series,
    pub role: SeriesRole,
    pub confidence: f64,
    pub evidence: Vec<String>,
    pub make: Make,
    pub shape: Shape,
    pub physics: Physics,
    pub contrast: Contrast,
    pub agent: Agent,
    pub fat: Fat,
    pub distortion: Distortion,
    /// Acquisition Time in seconds of the day.
    pub time_s: Option<f64>,
    pub number: Option<i32>,
}

/// Whether Protocol Name (0018,1030) speaks for its series or is the name of the whole
/// examination ("BRAIN W/WO"), as GE writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    OfSeries,
    OfExamination,
}

/// Role, confidence and what spoke for it.
struct Finding(SeriesRole, f64, Vec<String>);

impl<'a> Reading<'a> {
    /// Reads one series.
    pub fn of(series: &'a Series, protocol: Protocol) -> Self {
        let nothing = Acquisition::default();
        let acquisition = series.acquisition().unwrap_or(&nothing);
        let description = Words::new(&acquisition.series_description);
        let protocol_name = match protocol {
            Protocol::OfSeries => Words::new(&acquisition.protocol_name),
            Protocol::OfExamination => Words::new(""),
        };
        let image_type: Vec<String> =
            acquisition.image_type.iter().map(|value| value.trim().to_ascii_uppercase()).collect();
        let physics = Physics::of(acquisition);
        let shape = Shape::of(series);
        let Finding(role, confidence, mut evidence) = foreign(acquisition)
            .or_else(|| by_image_type(&image_type))
            .or_else(|| by_settling_word(&description))
            .or_else(|| by_dynamics(&physics))
            .or_else(|| by_shape(&shape))
            .or_else(|| several_echoes(series))
            .unwrap_or_else(|| weighting(&[&description, &protocol_name], &physics));
        let contrast = contrast_in_words(&description, &protocol_name, &mut evidence);
        Self {
            series,
            role,
            confidence,
            evidence,
            make: make_of(&image_type, &description),
            shape,
            physics,
            contrast,
            agent: agent_of(acquisition),
            fat: match description.first_of(tokens::FAT_SUPPRESSED) {
                Some(_) => Fat::Suppressed,
                None => Fat::Kept,
            },
            distortion: match image_type.iter().find(|value| *value == tokens::NOT_CORRECTED) {
                Some(_) => Distortion::LeftIn,
                None => Distortion::CorrectedOrUnsaid,
            },
            time_s: seconds_of_day(&acquisition.acquisition_time),
            number: acquisition.series_number,
        }
    }

    /// The identification of the series as it stands now.
    pub fn identification(&self) -> Identification {
        let mut evidence = self.evidence.clone();
        let role = if self.make == Make::Reformatted && SeriesRole::CHANNELS.contains(&self.role) {
            evidence.push(format!("cut anew from another series; shows {}", self.role));
            SeriesRole::Derived
        } else {
            self.role
        };
        Identification {
            series: self.series.uid.clone(),
            role,
            confidence: self.confidence,
            evidence,
        }
    }

    /// Whether another series has the same parameters and geometry: made to be compared.
    pub fn is_matched_with(&self, other: &Self) -> bool {
        self.physics.matches(&other.physics)
            && self.shape.matches(&other.shape)
            && self.fat == other.fat
    }

    /// Whether this series was acquired before another; nothing when nothing says so. The series
    /// number stands in where a time is missing.
    pub fn is_before(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self.time_s, other.time_s) {
            (Some(mine), Some(theirs)) => mine.partial_cmp(&theirs),
            _ => Some(self.number?.cmp(&other.number?)),
        }
    }
}

fn agent_of(acquisition: &Acquisition) -> Agent {
    let agent = acquisition.contrast_bolus_agent.trim().to_ascii_lowercase();
    match agent.as_str() {
        "" | "no" | "none" | "n" | "0" | "without" => Agent::Untagged,
        _ => Agent::Tagged,
    }
}

fn make_of(image_type: &[String], description: &Words) -> Make {
    let has = |wanted: &str| image_type.iter().any(|value| value == wanted);
    let original = !has("DERIVED") && !has("SECONDARY");
    let cut_anew = tokens::REFORMATTED.iter().any(|value| has(value))
        || description.first_of(tokens::REFORMAT).is_some()
        || (!original && description.first_of(tokens::MPR).is_some());
    if cut_anew {
        Make::Reformatted
    } else if original {
        Make::Original
    } else {
        Make::Secondary
    }
}

/// What is no image of a scanner, whatever it is called.
fn foreign(acquisition: &Acquisition) -> Option<Finding> {
    let other = |why: String| Some(Finding(SeriesRole::Other, sure::BY_TAG, vec![why]));
    let modality = acquisition.modality.trim();
    if acquisition.manufacturer.trim().eq_ignore_ascii_case(OWN_NAME) {
        return other("made by this product".to_owned());
    }
    if modality != "MR" {
        return other(format!("modality '{modality}' is not MR"));
    }
    None
}

/// What cannot be measured for its geometry.
fn by_shape(shape: &Shape) -> Option<Finding> {
    if shape.cut == Cut::Several {
        let why = vec!["its planes are not parallel".to_owned()];
        return Some(Finding(SeriesRole::Localizer, sure::BY_WORD, why));
    }
    (shape.slices < SLICES_MIN).then(|| {
        let why = vec![format!("{} slices, fewer than {SLICES_MIN}", shape.slices)];
        Finding(SeriesRole::Other, sure::BY_TAG, why)
    })
}

fn by_image_type(image_type: &[String]) -> Option<Finding> {
    tokens::IMAGE_TYPES.iter().find_map(|row| {
        let value = image_type.iter().find(|value| row.words.contains(&value.as_str()))?;
        Some(Finding(row.role, sure::BY_TAG, vec![format!("image type says {value}")]))
    })
}

fn by_settling_word(description: &Words) -> Option<Finding> {
    tokens::TOKENS.iter().find_map(|row| {
        let word = description.first_of(row.words)?;
        Some(Finding(row.role, sure::BY_WORD, vec![format!("description says '{word}'")]))
    })
}

fn by_dynamics(physics: &Physics) -> Option<Finding> {
    physics.dynamic().map(|(role, why)| Finding(role, sure::BY_TAG, vec![why]))
}

/// A series of several echo times holds several weightings at once.
fn several_echoes(series: &Series) -> Option<Finding> {
    /// Largest ratio between the echo times of one weighting.
    const RATIO_MAX: f64 = 1.2;
    let times: Vec<f64> =
        series.instances.iter().filter_map(|one| one.acquisition.echo_time_ms).collect();
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    let most = times.iter().copied().fold(0., f64::max);
    (most > least * RATIO_MAX).then(|| {
        let why = format!("echo times from {least} to {most} ms in one series");
        Finding(SeriesRole::Other, sure::BY_TAG, vec![why])
    })
}

/// T1, T2, FLAIR, PD or T2*, by words checked against timing, or by timing alone.
fn weighting(texts: &[&Words], physics: &Physics) -> Finding {
    let timing = physics.says();
    let Some((role, mut why, weak)) = texts.iter().find_map(|text| by_word(text, physics)) else {
        return match timing {
            Some((role, name, alone)) => {
                Finding(role, alone, vec![format!("{} fit {name}", physics.in_words())])
            }
            None => {
                Finding(SeriesRole::Other, sure::NOTHING, vec!["nothing says what it is".into()])
            }
        };
    };
    if let Some(reason) = physics.forbids(role) {
        why.push(format!("but {reason}"));
        return Finding(role, sure::CONTRADICTED, why);
    }
    let confidence = match timing {
        Some((fits, name, _)) if fits == role => {
            why.push(format!("{} fit {name}", physics.in_words()));
            sure::BY_WORD_AND_TIMING
        }
        Some((_, name, _)) if weak == Weak::Yes => {
            why.push(format!("but {} fit {name}", physics.in_words()));
            sure::CONTRADICTED
        }
        Some((_, name, _)) => {
            why.push(format!("{} would also fit {name}", physics.in_words()));
            sure::BY_WORD_ALONE
        }
        None if weak == Weak::Yes => sure::BY_WEAK_WORD,
        None => sure::BY_WORD_ALONE,
    };
    Finding(role, confidence, why)
}

/// Whether a word has other meanings too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weak {
    No,
    Yes,
}

fn by_word(text: &Words, physics: &Physics) -> Option<(SeriesRole, Vec<String>, Weak)> {
    let t1 = text.first_of(tokens::T1);
    let t2 = text.first_of(tokens::T2);
    let flair = text.first_of(tokens::FLAIR);
    let density = text.first_of(tokens::PROTON_DENSITY);
    let says = |word: &str| vec![format!("name says '{word}'")];
    let gradient = text.first_of(tokens::GRADIENT_ECHO);
    if let (None, None, Some(_), Some(word)) = (flair, t1, t2, gradient) {
        return Some((SeriesRole::T2Star, says(&format!("t2' and '{word}")), Weak::No));
    }
    match (flair, t1, t2, density) {
        (Some(word), None, _, _) => Some((SeriesRole::Flair, says(word), Weak::No)),
        (Some("t1flair"), _, None, _) | (Some(_), Some(_), None, _) => {
            Some((SeriesRole::T1, says("t1 flair"), Weak::No))
        }
        (_, Some(one), Some(two), _) => {
            Some((SeriesRole::T1, says(&format!("{one}' and '{two}")), Weak::Yes))
        }
        (None, _, Some(two), Some(pd)) => {
            Some((SeriesRole::T2, says(&format!("{pd}' and '{two}")), Weak::Yes))
        }
        (None, Some(word), None, _) => Some((SeriesRole::T1, says(word), Weak::No)),
        (None, None, Some(word), None) => Some((SeriesRole::T2, says(word), Weak::No)),
        (None, None, None, Some(word)) => Some((SeriesRole::ProtonDensity, says(word), Weak::No)),
        (None, None, None, None) => by_weak_word(text, physics),
    }
}

/// Words that say how a series is made and, with its timing, what it shows.
fn by_weak_word(text: &Words, physics: &Physics) -> Option<(SeriesRole, Vec<String>, Weak)> {
    let says = |word: &str| vec![format!("name says '{word}'")];
    if let Some(word) = text.first_of(tokens::MPR) {
        return Some((SeriesRole::T1, says(word), Weak::Yes));
    }
    let timing = physics.says().map(|(role, ..)| role);
    if let Some(word) = text.first_of(tokens::GRADIENT_ECHO) {
        let role = timing.filter(|role| *role == SeriesRole::T1).unwrap_or(SeriesRole::T2Star);
        return Some((role, says(word), Weak::Yes));
    }
    let word = text.first_of(tokens::SPIN_ECHO_TRAIN)?;
    Some((timing?, says(word), Weak::Yes))
}

/// The description counts first; the protocol name only where the description is silent.
fn contrast_in_words(
    description: &Words,
    protocol_name: &Words,
    evidence: &mut Vec<String>,
) -> Contrast {
    for (text, place) in [(description, "description"), (protocol_name, "protocol name")] {
        let text = text.without(tokens::NOT_ABOUT_CONTRAST).without(tokens::BOTH_STATES);
        let before = text.first_of(tokens::BEFORE);
        let after = text.without(tokens::BEFORE).first_of(tokens::AFTER);
        let (contrast, word) = match (before, after) {
            (Some(word), None) => (Contrast::Before, word),
            (None, Some(word)) => (Contrast::After, word),
            (Some(before), Some(after)) => {
                evidence.push(format!("{place} says both '{before}' and '{after}'"));
                return Contrast::Unsaid;
            }
            (None, None) => continue,
        };
        evidence.push(format!("{place} says '{word}'"));
        return contrast;
    }
    Contrast::Unsaid
}

/// Reads a DICOM TM value (PS3.5 table 6.2-1) as seconds of the day.
fn seconds_of_day(text: &str) -> Option<f64> {
    let text = text.trim();
    let pair = |at: usize| text.get(at..at + 2)?.parse::<u32>().ok();
    let (hours, minutes) = (pair(0)?, pair(2).unwrap_or(0));
    let seconds = text.get(4..).and_then(|rest| rest.parse::<f64>().ok()).unwrap_or(0.);
    Some(f64::from(hours * 3600 + minutes * 60) + seconds)
}
