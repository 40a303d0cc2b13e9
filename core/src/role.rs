//! What a series shows, and the rule that says so with its evidence.

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
