//! What a series shows, and the rule that says so with its evidence.

mod choice;
mod contrast;
mod physics;
mod reading;
mod shape;
mod tokens;
mod words;

use crate::assessment::Doubt;
use crate::study::{Series, Study};
use crate::uid::SeriesUid;
use std::fmt;
use std::str::FromStr;

/// What a series shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeriesRole {
    /// T1-weighted before contrast.
    T1,
    /// T1-weighted after contrast.
    T1c,
    /// T2-weighted.
    T2,
    /// Fluid-attenuated inversion recovery.
    Flair,
    /// Susceptibility-weighted or T2*.
    T2Star,
    /// Diffusion-weighted, or a map made from it.
    Diffusion,
    /// Perfusion, or a map made from it.
    Perfusion,
    /// Proton-density weighted.
    ProtonDensity,
    /// Scout images.
    Localizer,
    /// Reformatted, projected or subtracted.
    Derived,
    /// Anything else.
    Other,
}

impl SeriesRole {
    /// The four roles that the segmentation models take, in the order of their channels.
    pub const CHANNELS: [SeriesRole; 4] =
        [SeriesRole::T1, SeriesRole::T1c, SeriesRole::T2, SeriesRole::Flair];

    /// All roles.
    pub const ALL: [SeriesRole; 11] = [
        SeriesRole::T1,
        SeriesRole::T1c,
        SeriesRole::T2,
        SeriesRole::Flair,
        SeriesRole::T2Star,
        SeriesRole::Diffusion,
        SeriesRole::Perfusion,
        SeriesRole::ProtonDensity,
        SeriesRole::Localizer,
        SeriesRole::Derived,
        SeriesRole::Other,
    ];

    /// The field's word.
    pub fn as_str(self) -> &'static str {
        match self {
            SeriesRole::T1 => "T1",
            SeriesRole::T1c => "T1c",
            SeriesRole::T2 => "T2",
            SeriesRole::Flair => "FLAIR",
            SeriesRole::T2Star => "T2*",
            SeriesRole::Diffusion => "diffusion",
            SeriesRole::Perfusion => "perfusion",
            SeriesRole::ProtonDensity => "PD",
            SeriesRole::Localizer => "localizer",
            SeriesRole::Derived => "derived",
            SeriesRole::Other => "other",
        }
    }
}

impl fmt::Display for SeriesRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the word of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a series role")]
pub struct NotARole(pub String);

impl FromStr for SeriesRole {
    type Err = NotARole;
    /// Case does not matter.
    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| NotARole(text.to_owned()))
    }
}

/// What the rule says of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Identification {
    /// The series.
    pub series: SeriesUid,
    /// What it shows.
    pub role: SeriesRole,
    /// How sure the rule is, 0 to 1. Below [`CONFIDENCE_MIN`] a human is asked.
    pub confidence: f64,
    /// What spoke for it, a clause each.
    pub evidence: Vec<String>,
}

/// Least confidence that is acted on. An engineering start value.
pub const CONFIDENCE_MIN: f64 = 0.6;

/// The series that serves as one channel of the models.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// One of [`SeriesRole::CHANNELS`].
    pub role: SeriesRole,
    /// The series.
    pub series: SeriesUid,
    /// How sure the rule is, at least [`CONFIDENCE_MIN`]; 1 for what a person assigned.
    pub confidence: f64,
    /// What spoke for it, a clause each.
    pub evidence: Vec<String>,
}

/// What the rule says of a whole study.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Every series of the study, in its order.
    pub identified: Vec<Identification>,
    /// At most one series for each of [`SeriesRole::CHANNELS`], in that order.
    pub channels: Vec<Channel>,
    /// For each channel without a series: that it is missing, or which ones a person must choose
    /// from.
    pub doubts: Vec<Doubt>,
}

impl Choice {
    /// The series of one channel.
    pub fn channel(&self, role: SeriesRole) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.role == role)
    }
}

/// Every word that the rule knows, alone or in a phrase; lower case, a word may come twice. What is
/// not among them cannot change what a series is taken for.
pub fn vocabulary() -> impl Iterator<Item = &'static str> {
    tokens::phrases().flat_map(str::split_whitespace)
}

/// Says what one series shows, by itself. Only [`choose`], which sees its neighbours, can tell T1
/// from T1c where tags are set wrongly.
pub fn identify(series: &Series) -> Identification {
    choice::identify(series)
}

/// Finds the channels of a study. Never guesses: where two series are equally good, or the only
/// one is unsure, a doubt says so.
pub fn choose(study: &Study) -> Choice {
    choice::choose(study, &[])
}

/// As [`choose`], with what a person decided: an assigned series is taken for its role whatever
/// its header says, and helps to place its neighbours. Of two decisions about one series the last
/// one counts; a decision about a series that is not in the study changes nothing.
pub fn choose_with(study: &Study, assigned: &[(SeriesUid, SeriesRole)]) -> Choice {
    choice::choose(study, assigned)
}
