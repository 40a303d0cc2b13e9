//! The way of one study: a list of stages that is walked down and never back.

use std::fmt;
use std::str::FromStr;

/// One verb in the way of a study. The same word names the file, the column, the metric and the
/// heading on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Which series is which.
    Identify,
    /// Series to volumes: registered to each other, bias-corrected, brain extracted.
    Assemble,
    /// Tumour regions by a model.
    Segment,
    /// Timepoints into one space.
    Align,
    /// Lesions through time.
    Track,
    /// Numbers and response.
    Assess,
    /// Objects and document.
    Author,
    /// To the peers.
    Deliver,
}

impl Stage {
    /// All stages, in their order.
    pub const ALL: [Stage; 8] = [
        Stage::Identify,
        Stage::Assemble,
        Stage::Segment,
        Stage::Align,
        Stage::Track,
        Stage::Assess,
        Stage::Author,
        Stage::Deliver,
    ];

    /// The stage's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Identify => "identify",
            Stage::Assemble => "assemble",
            Stage::Segment => "segment",
            Stage::Align => "align",
            Stage::Track => "track",
            Stage::Assess => "assess",
            Stage::Author => "author",
            Stage::Deliver => "deliver",
        }
    }

    /// The stage after this one.
    pub fn next(self) -> Option<Stage> {
        Self::ALL.into_iter().find(|stage| *stage > self)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the word of a stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a stage")]
pub struct NotAStage(pub String);

impl FromStr for Stage {
    type Err = NotAStage;
    fn from_str(text: &str) -> Result<Self, NotAStage> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.as_str() == text)
            .ok_or_else(|| NotAStage(text.to_owned()))
    }
}

/// Where a study is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudyState {
    /// Instances are still arriving.
    Receiving,
    /// A stage works on it.
    Running(Stage),
    /// A human is needed before this stage goes on.
    Held(Stage),
    /// All that is to be sent has been written down for sending.
    Done,
    /// A newer state of the study took its place.
    Superseded,
}

/// What may happen to a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudyEvent {
    /// The evidence says that it is complete.
    Settled,
    /// The stage it is in has finished.
    Finished,
    /// The stage it is in needs a human.
    Doubted,
    /// A human said how to go on.
    Released,
    /// More instances arrived, or a header was corrected.
    Changed,
}

/// A change of state that the rules do not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a study that is {state:?} cannot take {event:?}")]
pub struct Illegal {
    /// Where the study was.
    pub state: StudyState,
    /// What was asked of it.
    pub event: StudyEvent,
}

impl StudyState {
    /// The state after an event; every allowed pair is listed.
    pub fn after(self, event: StudyEvent) -> Result<Self, Illegal> {
        use StudyEvent::{Changed, Doubted, Finished, Released, Settled};
        use StudyState::{Done, Held, Receiving, Running};
        match (self, event) {
            (Receiving, Settled) => Ok(Running(Stage::Identify)),
            (Receiving | Running(_) | Held(_) | Done, Changed) => Ok(Receiving),
            (Running(stage), Finished) => Ok(stage.next().map_or(Done, Running)),
            (Running(stage), Doubted) => Ok(Held(stage)),
            (Held(stage), Released) => Ok(Running(stage)),
            (state, event) => Err(Illegal { state, event }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StudyEvent::{Changed, Doubted, Finished, Released, Settled};
    use super::StudyState::{Done, Held, Receiving, Running, Superseded};
    use super::*;

    #[test]
    fn words_read_back() {
        for stage in Stage::ALL {
            assert_eq!(stage.as_str().parse(), Ok(stage));
        }
        assert!("reticulate".parse::<Stage>().is_err());
    }
    #[test]
    fn a_study_walks_down_the_list() {
        let mut state = Receiving.after(Settled).expect("may settle");
        for stage in Stage::ALL {
            assert_eq!(state, Running(stage));
            state = state.after(Finished).expect("may finish");
        }
        assert_eq!(state, Done);
    }
    #[test]
    fn a_done_study_does_not_start_again() {
        for event in [Settled, Finished, Doubted, Released] {
            assert_eq!(Done.after(event), Err(Illegal { state: Done, event }));
        }
    }
    #[test]
    fn a_held_study_goes_on_where_it_stopped() {
        let held = Running(Stage::Identify).after(Doubted).expect("may be doubted");
        assert_eq!(held, Held(Stage::Identify));
        assert_eq!(held.after(Released), Ok(Running(Stage::Identify)));
        assert!(held.after(Finished).is_err());
    }
    #[test]
    fn a_late_instance_takes_any_living_study_back_to_receiving() {
        for state in [Receiving, Running(Stage::Segment), Held(Stage::Assess), Done] {
            assert_eq!(state.after(Changed), Ok(Receiving));
        }
        assert!(Superseded.after(Changed).is_err());
    }
}
