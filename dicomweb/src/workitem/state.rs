//! The state of a workitem, and the table of what may become of it (PS3.4 table CC.1.1-2).

use interval_core::fault::Fault;
use std::fmt;

/// Procedure Step State (0074,1000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is to be performed.
    Scheduled,
    /// Somebody has claimed it.
    InProgress,
    /// It is done.
    Completed,
    /// It was stopped for good.
    Canceled,
}

/// What is asked of a workitem, by whoever gave the right Transaction UID where one is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// Back to SCHEDULED: never.
    Schedule,
    /// To IN PROGRESS, with a new lock.
    Claim,
    /// To COMPLETED.
    Complete,
    /// To CANCELED, by whoever has the lock.
    Cancel,
    /// A wish that it be canceled, by anybody.
    AskToCancel,
}

/// The change is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a workitem that is {state} cannot {transition}")]
pub struct Illegal {
    /// What it is.
    pub state: State,
    /// What was asked.
    pub transition: Transition,
}

impl State {
    /// All of them.
    pub const ALL: [State; 4] =
        [State::Scheduled, State::InProgress, State::Completed, State::Canceled];

    /// As it stands in the attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Scheduled => "SCHEDULED",
            State::InProgress => "IN PROGRESS",
            State::Completed => "COMPLETED",
            State::Canceled => "CANCELED",
        }
    }

    /// The state of that name.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether nothing can change any more.
    pub fn is_final(self) -> bool {
        matches!(self, State::Completed | State::Canceled)
    }

    /// The state after what is asked. A state that is asked for again stays (with a warning). A
    /// wish to cancel what is in progress changes nothing: its performer hears of it.
    pub fn after(self, transition: Transition) -> Result<Self, Illegal> {
        use State::{Canceled, Completed, InProgress, Scheduled};
        use Transition::{AskToCancel, Cancel, Claim, Complete};
        match (self, transition) {
            (Scheduled, Claim) => Ok(InProgress),
            (Scheduled, AskToCancel) => Ok(Canceled),
            (InProgress, Complete) => Ok(Completed),
            (InProgress, Cancel) => Ok(Canceled),
            (InProgress, AskToCancel) => Ok(InProgress),
            (Completed, Complete) => Ok(Completed),
            (Canceled, Cancel) => Ok(Canceled),
            (Canceled, AskToCancel) => Ok(Canceled),
            (state, transition) => Err(Illegal { state, transition }),
        }
    }
}

impl Transition {
    /// All of them.
    pub const ALL: [Transition; 5] = [
        Transition::Schedule,
        Transition::Claim,
        Transition::Complete,
        Transition::Cancel,
        Transition::AskToCancel,
    ];

    /// The one that leads to a state.
    pub fn to(state: State) -> Self {
        match state {
            State::Scheduled => Transition::Schedule,
            State::InProgress => Transition::Claim,
            State::Completed => Transition::Complete,
            State::Canceled => Transition::Cancel,
        }
    }
}

impl Illegal {
    /// What it asks of the other side.
    pub fn fault(self) -> Fault {
        Fault::Refused
    }

    /// The DIMSE status of the same refusal (PS3.4 tables CC.2.1-2, CC.2.2-2).
    pub fn code(self) -> u16 {
        use State::{Canceled, Completed, InProgress};
        match (self.state, self.transition) {
            (_, Transition::Schedule) => 0xC303,
            (InProgress, Transition::Claim) => 0xC302,
            (Completed, Transition::AskToCancel) => 0xC311,
            (Completed | Canceled, _) => 0xC300,
            _ => 0xC310,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transition::Schedule => "be scheduled again",
            Transition::Claim => "be claimed",
            Transition::Complete => "be completed",
            Transition::Cancel | Transition::AskToCancel => "be canceled",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Canceled, Completed, InProgress, Scheduled};
    use Transition::{AskToCancel, Cancel, Claim, Complete, Schedule};

    #[track_caller]
    fn check(state: State, transition: Transition, expected: Result<State, u16>) {
        assert_eq!(state.after(transition).map_err(Illegal::code), expected);
    }

    #[test]
    fn what_is_scheduled_is_claimed_or_canceled() {
        check(Scheduled, Schedule, Err(0xC303));
        check(Scheduled, Claim, Ok(InProgress));
        check(Scheduled, Complete, Err(0xC310));
        check(Scheduled, Cancel, Err(0xC310));
        check(Scheduled, AskToCancel, Ok(Canceled));
    }
    #[test]
    fn what_is_in_progress_ends_by_its_performer() {
        check(InProgress, Schedule, Err(0xC303));
        check(InProgress, Claim, Err(0xC302));
        check(InProgress, Complete, Ok(Completed));
        check(InProgress, Cancel, Ok(Canceled));
        check(InProgress, AskToCancel, Ok(InProgress));
    }
    #[test]
    fn what_is_completed_stays_so() {
        check(Completed, Schedule, Err(0xC303));
        check(Completed, Claim, Err(0xC300));
        check(Completed, Complete, Ok(Completed));
        check(Completed, Cancel, Err(0xC300));
        check(Completed, AskToCancel, Err(0xC311));
    }
    #[test]
    fn what_is_canceled_stays_so() {
        check(Canceled, Schedule, Err(0xC303));
        check(Canceled, Claim, Err(0xC300));
        check(Canceled, Complete, Err(0xC300));
        check(Canceled, Cancel, Ok(Canceled));
        check(Canceled, AskToCancel, Ok(Canceled));
    }
    #[test]
    fn a_state_has_the_name_of_the_standard() {
        for state in State::ALL {
            assert_eq!(State::of(state.as_str()), Some(state));
        }
        assert_eq!(State::of("CANCELLED"), None);
    }
}
