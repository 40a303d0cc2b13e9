//! Proof that a caller may touch a patient's data. Sign-in and assignments come with the web
//! doors; until then jobs are the only callers, and they act for one patient and one purpose.

use crate::patient::PatientPseudonym;
use std::time::{Duration, SystemTime};

/// Why data is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Computing on a patient's images.
    Process,
    /// Sending results home.
    Deliver,
    /// Keeping the node in order: verification, scrubbing, the operator's commands.
    Maintain,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// A job that holds the lease on one patient's study.
    Job(PatientPseudonym),
    /// Somebody at the node's own command line.
    Operator,
}

/// Longest life of a grant: a job asks again with each stage.
pub const GRANT_LIFE: Duration = Duration::from_hours(1);

/// Permission to touch the data of one patient for one purpose, until it expires. Made only by
/// [`decide`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    patient: PatientPseudonym,
    purpose: Purpose,
    expires: SystemTime,
}

impl Grant {
    /// The patient.
    pub fn patient(&self) -> PatientPseudonym {
        self.patient
    }

    /// The purpose.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Whether it still holds at a time.
    pub fn holds_at(&self, now: SystemTime) -> bool {
        now < self.expires
    }
}

/// Which patients a caller may see in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    scope: Scope,
}

/// The patients of a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every patient.
    All,
    /// These patients.
    Only(Vec<PatientPseudonym>),
}

impl Panel {
    /// The patients.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// Whether a principal may touch a patient's data for a purpose; absence of a rule never permits.
pub fn decide(
    principal: Principal,
    patient: PatientPseudonym,
    purpose: Purpose,
    now: SystemTime,
) -> Option<Grant> {
    let permitted = match (principal, purpose) {
        (Principal::Job(own), Purpose::Process | Purpose::Deliver) => own == patient,
        (Principal::Operator, Purpose::Maintain) => true,
        (Principal::Job(_), Purpose::Maintain)
        | (Principal::Operator, Purpose::Process | Purpose::Deliver) => false,
    };
    permitted.then(|| Grant { patient, purpose, expires: now + GRANT_LIFE })
}

/// Which patients a principal may see in lists.
pub fn panel(principal: Principal) -> Panel {
    let scope = match principal {
        Principal::Job(own) => Scope::Only(vec![own]),
        Principal::Operator => Scope::All,
    };
    Panel { scope }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: PatientPseudonym = PatientPseudonym(1);
    const OTHER: PatientPseudonym = PatientPseudonym(2);

    /// Principal, patient, purpose, expected: written by hand, never derived from the policy.
    const CELLS: [(Principal, PatientPseudonym, Purpose, bool); 8] = [
        (Principal::Job(OWN), OWN, Purpose::Process, true),
        (Principal::Job(OWN), OWN, Purpose::Deliver, true),
        (Principal::Job(OWN), OWN, Purpose::Maintain, false),
        (Principal::Job(OWN), OTHER, Purpose::Process, false),
        (Principal::Job(OWN), OTHER, Purpose::Deliver, false),
        (Principal::Operator, OTHER, Purpose::Maintain, true),
        (Principal::Operator, OTHER, Purpose::Process, false),
        (Principal::Operator, OTHER, Purpose::Deliver, false),
    ];

    #[test]
    fn every_cell_is_as_written() {
        for (principal, patient, purpose, expected) in CELLS {
            let grant = decide(principal, patient, purpose, SystemTime::UNIX_EPOCH);
            assert_eq!(grant.is_some(), expected, "{principal:?} {patient} {purpose:?}");
        }
    }
    #[test]
    fn a_grant_expires() {
        let now = SystemTime::UNIX_EPOCH;
        let grant = decide(Principal::Job(OWN), OWN, Purpose::Process, now).expect("own patient");
        assert!(grant.holds_at(now));
        assert!(!grant.holds_at(now + GRANT_LIFE));
    }
    #[test]
    fn a_job_sees_one_patient_in_lists() {
        assert_eq!(panel(Principal::Job(OWN)).scope(), &Scope::Only(vec![OWN]));
    }
}
