//! What a human says of a result: where its review is, and how an outline may be corrected.
//!
//! A result leaves as preliminary. A radiologist accepts it, amends it or rejects it; a newer
//! analysis of the study overtakes whatever was said before. Nothing is final without a human.

use crate::geometry::{Lps, Point};
use crate::lesion::Region;
use std::fmt;
use std::str::FromStr;

/// Where the review of a study's result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// No human has signed it.
    Preliminary,
    /// A human signed it as it was found.
    Verified,
    /// A human signed it with corrections.
    Amended,
    /// A human said that it must not be used.
    Rejected,
    /// A newer analysis of the study is taking its place.
    Superseded,
}

/// What may happen to a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewEvent {
    /// A human signed.
    Signed(Judgement),
    /// A newer analysis of the study begins.
    Overtaken,
    /// An analysis that nobody asked for by signing has its result.
    Analysed,
}

/// What a human says of a lesion, or of a whole result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Judgement {
    /// It is right.
    Accept,
    /// It is right with the corrections made.
    Amend,
    /// It is wrong, and not to be used.
    Reject,
}

/// A change of state that the rules do not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a result that is {} cannot be {event}", state.as_str())]
pub struct Illegal {
    /// Where the review was.
    pub state: ReviewState,
    /// What was asked of it.
    pub event: ReviewEvent,
}

/// The text is not one of the words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a word of reviews")]
pub struct NotAWord(pub String);

impl ReviewState {
    /// All states.
    pub const ALL: [ReviewState; 5] = [
        ReviewState::Preliminary,
        ReviewState::Verified,
        ReviewState::Amended,
        ReviewState::Rejected,
        ReviewState::Superseded,
    ];

    /// The word in columns and on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            ReviewState::Preliminary => "preliminary",
            ReviewState::Verified => "verified",
            ReviewState::Amended => "amended",
            ReviewState::Rejected => "rejected",
            ReviewState::Superseded => "superseded",
        }
    }

    /// The state after an event; every allowed pair is listed. What was signed may be corrected or
    /// taken back by a later signature, and accepted only once; what was rejected stays so until
    /// the study is analysed again.
    pub fn after(self, event: ReviewEvent) -> Result<Self, Illegal> {
        use Judgement::{Accept, Amend, Reject};
        use ReviewEvent::{Analysed, Overtaken, Signed};
        use ReviewState::{Amended, Preliminary, Rejected, Superseded, Verified};
        match (self, event) {
            (Preliminary, Signed(Accept)) => Ok(Verified),
            (Preliminary | Verified | Amended, Signed(Amend)) => Ok(Amended),
            (Preliminary | Verified | Amended, Signed(Reject)) => Ok(Rejected),
            (_, Overtaken) => Ok(Superseded),
            (Preliminary | Superseded, Analysed) => Ok(Preliminary),
            (state, event) => Err(Illegal { state, event }),
        }
    }

    /// Whether a human stands for the result.
    pub fn is_signed(self) -> bool {
        matches!(self, ReviewState::Verified | ReviewState::Amended)
    }
}

impl FromStr for ReviewState {
    type Err = NotAWord;
    fn from_str(text: &str) -> Result<Self, NotAWord> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| NotAWord(text.to_owned()))
    }
}

impl Judgement {
    /// All of them.
    pub const ALL: [Judgement; 3] = [Judgement::Accept, Judgement::Amend, Judgement::Reject];

    /// The word in requests and columns.
    pub fn as_str(self) -> &'static str {
        match self {
            Judgement::Accept => "accept",
            Judgement::Amend => "amend",
            Judgement::Reject => "reject",
        }
    }

    /// Whether it says something else than a draft does: what was corrected is not accepted as it
    /// was found, and what was not corrected is not amended.
    pub fn fits(self, draft: Draft) -> bool {
        match self {
            Judgement::Accept => draft == Draft::AsFound,
            Judgement::Amend => draft == Draft::Corrected,
            Judgement::Reject => true,
        }
    }
}

impl FromStr for Judgement {
    type Err = NotAWord;
    fn from_str(text: &str) -> Result<Self, NotAWord> {
        let found = Self::ALL.into_iter().find(|judgement| judgement.as_str() == text);
        found.ok_or_else(|| NotAWord(text.to_owned()))
    }
}

impl fmt::Display for ReviewEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReviewEvent::Signed(Judgement::Accept) => "accepted",
            ReviewEvent::Signed(Judgement::Amend) => "amended",
            ReviewEvent::Signed(Judgement::Reject) => "rejected",
            ReviewEvent::Overtaken => "overtaken",
            ReviewEvent::Analysed => "analysed",
        })
    }
}

/// Whether a draft holds anything that changes the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draft {
    /// Nothing: perhaps notes.
    AsFound,
    /// Outlines, lesions or diameters.
    Corrected,
}

/// A plane in the patient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    /// A point on it.
    pub point: Point<Lps>,
    /// Its normal, of any length but zero.
    pub normal: [f64; 3],
}

impl Plane {
    /// Whether a point lies on the side that the normal points to.
    pub fn is_beyond(&self, place: [f64; 3]) -> bool {
        let away = [0, 1, 2].map(|a| (place[a] - self.point.at[a]) * self.normal[a]);
        away.iter().sum::<f64>() > 0.
    }

    /// Whether it is one: finite, with a normal.
    pub fn is_plane(&self) -> bool {
        let finite = self.point.at.iter().chain(&self.normal).all(|value| value.is_finite());
        finite && self.normal.iter().any(|value| *value != 0.)
    }
}

/// A human's word on which voxels are one lesion, where the rule of gaps said otherwise. Lesions
/// are named by a point inside, so that it holds while outlines change; where no lesion is any
/// more, it says nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Regroup {
    /// The lesion at a point is two: the part beyond the plane is one of its own.
    Split {
        /// A point of the lesion, on the near side.
        seed: Point<Lps>,
        /// Where it is cut.
        plane: Plane,
    },
    /// The lesions at these points are one.
    Merge {
        /// A point of each.
        seeds: Vec<Point<Lps>>,
    },
}

/// A correction of an outline. Lesions are named by whoever asks, and by their values in the lesion
/// map where it is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Correction<Lesion> {
    /// Voxels of a region of a lesion become another region, or none.
    Relabel {
        /// The lesion.
        lesion: Lesion,
        /// What they were.
        from: Region,
        /// What they are.
        to: Option<Region>,
    },
    /// The lesion is none.
    Remove {
        /// The lesion.
        lesion: Lesion,
    },
    /// The lesion is two.
    Split {
        /// The lesion.
        lesion: Lesion,
        /// Where it is cut.
        plane: Plane,
    },
    /// The lesions are one.
    Merge {
        /// The lesions.
        lesions: Vec<Lesion>,
    },
}

impl<Lesion> Correction<Lesion> {
    /// The same with other names of the lesions, as far as all of them have one.
    pub fn renamed<Other, E>(
        &self,
        name: impl Fn(&Lesion) -> Result<Other, E>,
    ) -> Result<Correction<Other>, E> {
        Ok(match self {
            Correction::Relabel { lesion, from, to } => {
                Correction::Relabel { lesion: name(lesion)?, from: *from, to: *to }
            }
            Correction::Remove { lesion } => Correction::Remove { lesion: name(lesion)? },
            Correction::Split { lesion, plane } => {
                Correction::Split { lesion: name(lesion)?, plane: *plane }
            }
            Correction::Merge { lesions } => {
                Correction::Merge { lesions: lesions.iter().map(name).collect::<Result<_, _>>()? }
            }
        })
    }

    /// The word in requests, and for the list of what was done.
    pub fn as_str(&self) -> &'static str {
        match self {
            Correction::Relabel { .. } => "relabel",
            Correction::Remove { .. } => "remove",
            Correction::Split { .. } => "split",
            Correction::Merge { .. } => "merge",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// State, then the state after: accepted, amended, rejected, overtaken, analysed; `-` is not
    /// allowed. Written by hand.
    const PAIRS: &str = "
        preliminary  verified  amended  rejected  superseded  preliminary
        verified     -         amended  rejected  superseded  -
        amended      -         amended  rejected  superseded  -
        rejected     -         -        -         superseded  -
        superseded   -         -        -         superseded  preliminary
    ";

    #[test]
    fn every_pair_is_as_written() {
        let events = [
            ReviewEvent::Signed(Judgement::Accept),
            ReviewEvent::Signed(Judgement::Amend),
            ReviewEvent::Signed(Judgement::Reject),
            ReviewEvent::Overtaken,
            ReviewEvent::Analysed,
        ];
        let mut seen = Vec::new();
        for row in PAIRS.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<&str> = row.split_whitespace().collect();
            let state: ReviewState = words[0].parse().unwrap();
            assert_eq!(words.len(), 1 + events.len());
            for (event, expected) in events.into_iter().zip(&words[1..]) {
                let expected = match *expected {
                    "-" => Err(Illegal { state, event }),
                    word => Ok(word.parse().unwrap()),
                };
                assert_eq!(state.after(event), expected, "{state:?} {event:?}");
            }
            seen.push(state);
        }
        assert_eq!(seen, ReviewState::ALL);
    }
    #[test]
    fn words_read_back() {
        for state in ReviewState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        for judgement in Judgement::ALL {
            assert_eq!(judgement.as_str().parse(), Ok(judgement));
        }
        assert!("final".parse::<ReviewState>().is_err());
    }
    #[test]
    fn what_was_corrected_is_amended_and_nothing_else_is() {
        assert!(
            Judgement::Accept.fits(Draft::AsFound) && !Judgement::Accept.fits(Draft::Corrected)
        );
        assert!(Judgement::Amend.fits(Draft::Corrected) && !Judgement::Amend.fits(Draft::AsFound));
        assert!([Draft::AsFound, Draft::Corrected].map(|d| Judgement::Reject.fits(d)) == [true; 2]);
    }
    #[test]
    fn a_plane_has_two_sides() {
        let plane = Plane { point: Point::new([0., 0., 5.]), normal: [0., 0., 2.] };
        assert!(plane.is_beyond([9., 9., 5.1]) && !plane.is_beyond([9., 9., 5.]));
        assert!(!Plane { normal: [0.; 3], ..plane }.is_plane());
        assert!(!Plane { normal: [f64::NAN, 1., 0.], ..plane }.is_plane());
    }
}
