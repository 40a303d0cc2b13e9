//! Assignments of people to patients: explicit, dated, handed on at most once.

use super::emergency::BreakGlass;
use super::role::PersonId;
use crate::patient::PatientPseudonym;
use std::fmt;
use std::time::SystemTime;

/// The number of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssignmentId(pub i32);

impl fmt::Display for AssignmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who changed something about access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A person who signed in.
    Person(PersonId),
    /// Somebody at the node's own command line.
    Operator,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::Person(person) => person.fmt(f),
            By::Operator => f.write_str("operator"),
        }
    }
}

/// Where an assignment comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It was made by somebody who may.
    Made(By),
    /// The person of this assignment handed it on; it ends with that one.
    Delegated(Box<Assignment>),
}

/// One person is in the care of one patient, from a time on, until another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its number.
    pub id: AssignmentId,
    /// Who cares.
    pub person: PersonId,
    /// For whom.
    pub patient: PatientPseudonym,
    /// From when on.
    pub from: SystemTime,
    /// Until when, not included; without an end when not given.
    pub until: Option<SystemTime>,
    /// When it was taken back.
    pub revoked: Option<SystemTime>,
    /// Where it comes from.
    pub source: Source,
}

/// How an assignment stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentState {
    /// It will begin.
    Planned,
    /// It holds.
    Active,
    /// It ended, or what it was handed on from ended.
    Over,
    /// It was taken back.
    Revoked,
}

impl AssignmentState {
    /// All states.
    pub const ALL: [AssignmentState; 4] = [
        AssignmentState::Planned,
        AssignmentState::Active,
        AssignmentState::Over,
        AssignmentState::Revoked,
    ];

    /// The word for people and machines.
    pub fn as_str(self) -> &'static str {
        match self {
            AssignmentState::Planned => "planned",
            AssignmentState::Active => "active",
            AssignmentState::Over => "over",
            AssignmentState::Revoked => "revoked",
        }
    }
}

/// What a person may do with an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentEvent {
    /// It is taken back.
    Revoked,
    /// It is handed on to a colleague.
    Delegated,
}

impl AssignmentEvent {
    fn participle(self) -> &'static str {
        match self {
            AssignmentEvent::Revoked => "taken back",
            AssignmentEvent::Delegated => "handed on",
        }
    }
}

/// The rules do not allow this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IllegalAssignment {
    /// Not in this state.
    #[error("an assignment that is {} cannot be {}", state.as_str(), event.participle())]
    State {
        /// How it stands.
        state: AssignmentState,
        /// What was wanted.
        event: AssignmentEvent,
    },
    /// It was handed on to this person, who cannot hand it on again.
    #[error("an assignment that was handed on cannot be handed on again")]
    HandedOn,
    /// Nobody hands on to themselves.
    #[error("an assignment cannot be handed on to the person who has it")]
    ToOneself,
    /// It would end before it begins.
    #[error("an assignment ends after it begins")]
    EndsBeforeItBegins,
}

impl AssignmentState {
    /// The state after an event.
    pub fn after(self, event: AssignmentEvent) -> Result<Self, IllegalAssignment> {
        use AssignmentEvent::Delegated;
        use AssignmentState::{Active, Planned, Revoked};
        match (self, event) {
            (Planned, AssignmentEvent::Revoked) => Ok(Revoked),
            (Active, AssignmentEvent::Revoked) => Ok(Revoked),
            (Active, Delegated) => Ok(Active),
            (state, event) => Err(IllegalAssignment::State { state, event }),
        }
    }
}

impl Assignment {
    /// How it stands at a time. One that was handed on holds only while the one it comes from
    /// does, between the same people and for the same patient, and only if that one was not
    /// itself handed on.
    pub fn state(&self, now: SystemTime) -> AssignmentState {
        if self.revoked.is_some() {
            return AssignmentState::Revoked;
        }
        if now < self.from {
            return AssignmentState::Planned;
        }
        let upstream = match &self.source {
            Source::Made(_) => true,
            Source::Delegated(of) => {
                of.patient == self.patient
                    && matches!(of.source, Source::Made(_))
                    && of.state(now) == AssignmentState::Active
            }
        };
        if upstream && self.until.is_none_or(|until| now < until) {
            AssignmentState::Active
        } else {
            AssignmentState::Over
        }
    }

    /// When it ends at the latest: with its own end or with that of the one it comes from.
    pub fn ends(&self) -> Option<SystemTime> {
        let upstream = match &self.source {
            Source::Made(_) => None,
            Source::Delegated(of) => of.ends(),
        };
        earlier(self.until, upstream)
    }

    /// Whether it was handed on by a colleague.
    pub fn is_delegated(&self) -> bool {
        matches!(self.source, Source::Delegated(_))
    }

    /// The end of an assignment that is handed on from this one: as wished, but never after this
    /// one's own. Refused when this one may not be handed on.
    pub fn delegate(
        &self,
        to: &PersonId,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> Result<Option<SystemTime>, IllegalAssignment> {
        self.state(now).after(AssignmentEvent::Delegated)?;
        if self.is_delegated() {
            return Err(IllegalAssignment::HandedOn);
        }
        if *to == self.person {
            return Err(IllegalAssignment::ToOneself);
        }
        let ends = earlier(until, self.ends());
        if ends.is_some_and(|ends| ends <= now) {
            return Err(IllegalAssignment::EndsBeforeItBegins);
        }
        Ok(ends)
    }
}

/// The earlier of two ends, where nothing is no end.
pub(super) fn earlier(a: Option<SystemTime>, b: Option<SystemTime>) -> Option<SystemTime> {
    a.into_iter().chain(b).min()
}

/// Everything that connects one person with one patient, as it is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The patient.
    pub patient: PatientPseudonym,
    /// Assignments of the person to the patient, whatever their state.
    pub assignments: Vec<Assignment>,
    /// Glass that the person broke for the patient, whatever its state.
    pub broken_glass: Vec<BreakGlass>,
}

impl Standing {
    /// Nothing connects anybody with the patient; also for programs, peers, jobs and the operator,
    /// whose rights come from elsewhere.
    pub fn none(patient: PatientPseudonym) -> Self {
        Self { patient, assignments: Vec::new(), broken_glass: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(hours: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(hours)
    }

    fn person(subject: &str) -> PersonId {
        PersonId::new("https://id.example", subject).unwrap()
    }

    /// From hour 10 to hour 20.
    fn made() -> Assignment {
        Assignment {
            id: AssignmentId(1),
            person: person("noa"),
            patient: PatientPseudonym(1),
            from: at(10),
            until: Some(at(20)),
            revoked: None,
            source: Source::Made(By::Operator),
        }
    }

    fn handed_on(of: Assignment) -> Assignment {
        Assignment {
            id: AssignmentId(2),
            person: person("ben"),
            from: at(11),
            until: None,
            revoked: None,
            source: Source::Delegated(Box::new(of.clone())),
            ..of
        }
    }

    #[test]
    fn an_assignment_holds_from_its_first_moment_to_before_its_last() {
        let check = |hour, state| assert_eq!(made().state(at(hour)), state, "hour {hour}");
        check(9, AssignmentState::Planned);
        check(10, AssignmentState::Active);
        check(19, AssignmentState::Active);
        check(20, AssignmentState::Over);
        let revoked = Assignment { revoked: Some(at(12)), ..made() };
        assert_eq!(revoked.state(at(11)), AssignmentState::Revoked);
    }

    #[test]
    fn what_was_handed_on_ends_with_what_it_comes_from() {
        let ben = handed_on(made());
        assert_eq!(ben.state(at(19)), AssignmentState::Active);
        assert_eq!(ben.state(at(20)), AssignmentState::Over);
        assert_eq!(ben.ends(), Some(at(20)));
        let revoked = handed_on(Assignment { revoked: Some(at(12)), ..made() });
        assert_eq!(revoked.state(at(13)), AssignmentState::Over);
    }

    #[test]
    fn what_was_handed_on_twice_never_holds() {
        assert_eq!(handed_on(handed_on(made())).state(at(15)), AssignmentState::Over);
    }

    #[test]
    fn what_was_handed_on_for_another_patient_never_holds() {
        let of = Assignment { patient: PatientPseudonym(2), ..made() };
        let ben = Assignment { source: Source::Delegated(Box::new(of)), ..handed_on(made()) };
        assert_eq!(ben.state(at(15)), AssignmentState::Over);
    }

    #[test]
    fn every_pair_of_state_and_event_is_as_written() {
        use AssignmentEvent::{Delegated, Revoked};
        use AssignmentState as S;
        // Written by hand.
        let rows = [
            (S::Planned, Revoked, Some(S::Revoked)),
            (S::Planned, Delegated, None),
            (S::Active, Revoked, Some(S::Revoked)),
            (S::Active, Delegated, Some(S::Active)),
            (S::Over, Revoked, None),
            (S::Over, Delegated, None),
            (S::Revoked, Revoked, None),
            (S::Revoked, Delegated, None),
        ];
        assert_eq!(rows.len(), S::ALL.len() * 2);
        for (state, event, expected) in rows {
            assert_eq!(state.after(event).ok(), expected, "{state:?} {event:?}");
        }
    }

    #[track_caller]
    fn check_delegation(
        of: &Assignment,
        to: &str,
        until: Option<u64>,
        expected: Result<Option<u64>, IllegalAssignment>,
    ) {
        let ends = of.delegate(&person(to), until.map(at), at(12));
        assert_eq!(ends, expected.map(|hours| hours.map(at)));
    }

    #[test]
    fn handing_on_is_bounded_by_ones_own_end() {
        check_delegation(&made(), "ben", None, Ok(Some(20)));
        check_delegation(&made(), "ben", Some(15), Ok(Some(15)));
        check_delegation(&made(), "ben", Some(25), Ok(Some(20)));
        let endless = Assignment { until: None, ..made() };
        check_delegation(&endless, "ben", None, Ok(None));
    }

    #[test]
    fn handing_on_has_its_limits() {
        use IllegalAssignment::{EndsBeforeItBegins, HandedOn, State, ToOneself};
        check_delegation(&made(), "noa", None, Err(ToOneself));
        check_delegation(&made(), "ben", Some(12), Err(EndsBeforeItBegins));
        check_delegation(&handed_on(made()), "eli", None, Err(HandedOn));
        let (state, event) = (AssignmentState::Over, AssignmentEvent::Delegated);
        let over = Assignment { until: Some(at(11)), ..made() };
        check_delegation(&over, "ben", None, Err(State { state, event }));
    }
}
