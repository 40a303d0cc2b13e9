//! Who asks.

use super::policy::{Action, Capacity};
use super::role::{PersonId, Role};
use crate::patient::PatientPseudonym;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

/// How long a sign-in with several factors counts as fresh, for what needs a step-up: long enough
/// to read once more what is signed, too short for the next person at the same desk.
pub const STEP_UP_LIFE: Duration = Duration::from_mins(5);

/// How far the identity provider's clock may be ahead of ours before its times are not believed.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_mins(1);

/// How many things a person showed to prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factors {
    /// One: a password alone.
    One,
    /// Several, as the claims `acr` or `amr` say (RFC 8176).
    Several,
}

/// How strongly, and when, a person proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assurance {
    /// With how many factors.
    pub factors: Factors,
    /// When: the claim `auth_time`, not the time of the token.
    pub auth_time: SystemTime,
}

impl Assurance {
    /// Whether it is several factors, and fresh.
    pub fn is_stepped_up(&self, now: SystemTime) -> bool {
        let fresh = match now.duration_since(self.auth_time) {
            Ok(age) => age <= STEP_UP_LIFE,
            Err(ahead) => ahead.duration() <= CLOCK_SKEW_MAX,
        };
        fresh && self.factors == Factors::Several
    }
}

/// A person who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// What they are, as the identity provider said at sign-in.
    pub roles: BTreeSet<Role>,
    /// How they proved it.
    pub assurance: Assurance,
    /// When the session ends at the latest.
    pub session_ends: SystemTime,
}

/// Patients that a program or a peer is configured for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AllowedPatients {
    /// No patient: what is not configured is not allowed.
    #[default]
    Nobody,
    /// These.
    Only(BTreeSet<PatientPseudonym>),
    /// Every patient.
    Everybody,
}

impl AllowedPatients {
    /// Whether a patient is among them.
    pub fn contains(&self, patient: PatientPseudonym) -> bool {
        match self {
            Self::Nobody => false,
            Self::Only(patients) => patients.contains(&patient),
            Self::Everybody => true,
        }
    }
}

/// What a program or a peer is configured for; nothing by default. The policy's column is the most
/// that any of them can have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configured {
    /// What it may do.
    pub actions: BTreeSet<Action>,
    /// For which patients.
    pub patients: AllowedPatients,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person who signed in.
    Person(Person),
    /// A program with credentials of its own.
    Service {
        /// Its client id at the identity provider.
        client: String,
        /// What it is configured for.
        configured: Configured,
        /// When its token ends.
        token_ends: SystemTime,
    },
    /// A DICOM peer on the other side of an association.
    Peer {
        /// Its application entity title.
        ae_title: String,
        /// What it is configured for.
        configured: Configured,
    },
    /// A job that holds the lease on one patient's study.
    Job(PatientPseudonym),
    /// Somebody at the node's own command line.
    Operator,
}

impl Principal {
    /// The columns of the policy in which the principal is looked up.
    pub(super) fn capacities(&self) -> Vec<Capacity> {
        match self {
            // A person is never a service, whatever a claim says.
            Self::Person(person) => person
                .roles
                .iter()
                .filter(|role| **role != Role::Service)
                .map(|role| Capacity::As(*role))
                .collect(),
            Self::Service { .. } => vec![Capacity::As(Role::Service)],
            Self::Peer { .. } => vec![Capacity::Peer],
            Self::Job(_) => vec![Capacity::Job],
            Self::Operator => vec![Capacity::Operator],
        }
    }

    /// When the right to ask ends, whatever is asked.
    pub(super) fn ends(&self) -> Option<SystemTime> {
        match self {
            Self::Person(person) => Some(person.session_ends),
            Self::Service { token_ends, .. } => Some(*token_ends),
            Self::Peer { .. } | Self::Job(_) | Self::Operator => None,
        }
    }

    /// What is configured, for those who are configured.
    pub(super) fn configured(&self) -> Option<&Configured> {
        match self {
            Self::Service { configured, .. } | Self::Peer { configured, .. } => Some(configured),
            Self::Person(_) | Self::Job(_) | Self::Operator => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(factors: Factors, age: Duration, fresh: bool) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(24);
        let assurance = Assurance { factors, auth_time: now - age };
        assert_eq!(assurance.is_stepped_up(now), fresh, "{factors:?} {age:?}");
    }

    #[test]
    fn a_step_up_is_several_factors_within_five_minutes() {
        check(Factors::Several, Duration::ZERO, true);
        check(Factors::Several, STEP_UP_LIFE, true);
        check(Factors::Several, STEP_UP_LIFE + Duration::from_millis(1), false);
        check(Factors::One, Duration::ZERO, false);
    }
    #[test]
    fn a_sign_in_from_the_future_is_not_believed() {
        let now = SystemTime::UNIX_EPOCH;
        let ahead = |by| Assurance { factors: Factors::Several, auth_time: now + by };
        assert!(ahead(CLOCK_SKEW_MAX).is_stepped_up(now));
        assert!(!ahead(CLOCK_SKEW_MAX + Duration::from_secs(1)).is_stepped_up(now));
    }
    #[test]
    fn nobody_is_configured_by_default() {
        assert!(!Configured::default().patients.contains(PatientPseudonym(1)));
        assert!(Configured::default().actions.is_empty());
    }
}
