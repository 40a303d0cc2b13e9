//! The policy as a table: one row an action, one column a capacity. A hospital may take rights
//! away from it and never add any.

use super::role::Role;
use std::fmt;
use std::str::FromStr;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// List and search one's patients and their studies, and count them.
    ListPatients,
    /// See images: received, registered, overlaid.
    ReadImages,
    /// See measurements, the timeline, the response, the doubts and the decision trail.
    ReadResults,
    /// See the report and the summary.
    ReadReport,
    /// Accept, amend or reject what the machine found.
    Review,
    /// Sign a report.
    Sign,
    /// Bring images of the patient.
    Upload,
    /// Run, run again, release or cancel the analysis of the patient's studies.
    SteerJobs,
    /// Take data of the patient out as files.
    Export,
    /// Hand one's own assignment on to a colleague.
    Delegate,
    /// Break glass: open a patient's data in an emergency.
    BreakGlass,
    /// Look at users, assignments, peers, rules, the queue, models and the node's health; patients
    /// appear by pseudonym.
    Oversee,
    /// Try again, stop or let go work of the queue by its number.
    Operate,
    /// Change users, assignments, peers and rules.
    Administer,
    /// Judge afterwards whether glass was broken rightly.
    ReviewBreakGlass,
    /// Read, verify and export the audit log.
    ReadAudit,
    /// Compute on a patient's images.
    Process,
    /// Send results home.
    Deliver,
    /// Keep the node in order: verification, scrubbing, the operator's commands.
    Maintain,
}

impl Action {
    /// All actions, in the order of the table.
    pub const ALL: [Action; 19] = [
        Action::ListPatients,
        Action::ReadImages,
        Action::ReadResults,
        Action::ReadReport,
        Action::Review,
        Action::Sign,
        Action::Upload,
        Action::SteerJobs,
        Action::Export,
        Action::Delegate,
        Action::BreakGlass,
        Action::Oversee,
        Action::Operate,
        Action::Administer,
        Action::ReviewBreakGlass,
        Action::ReadAudit,
        Action::Process,
        Action::Deliver,
        Action::Maintain,
    ];

    /// The word in configuration and in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::ListPatients => "list-patients",
            Action::ReadImages => "read-images",
            Action::ReadResults => "read-results",
            Action::ReadReport => "read-report",
            Action::Review => "review",
            Action::Sign => "sign",
            Action::Upload => "upload",
            Action::SteerJobs => "steer-jobs",
            Action::Export => "export",
            Action::Delegate => "delegate",
            Action::BreakGlass => "break-glass",
            Action::Oversee => "oversee",
            Action::Operate => "operate",
            Action::Administer => "administer",
            Action::ReviewBreakGlass => "review-break-glass",
            Action::ReadAudit => "read-audit",
            Action::Process => "process",
            Action::Deliver => "deliver",
            Action::Maintain => "maintain",
        }
    }

    /// Why data is touched, in the four words of the architecture.
    pub fn purpose(self) -> Purpose {
        match self {
            Action::Process => Purpose::Process,
            Action::Deliver => Purpose::Deliver,
            Action::Oversee
            | Action::Operate
            | Action::Administer
            | Action::ReviewBreakGlass
            | Action::ReadAudit
            | Action::Maintain => Purpose::Maintain,
            Action::ListPatients
            | Action::ReadImages
            | Action::ReadResults
            | Action::ReadReport
            | Action::Review
            | Action::Sign
            | Action::Upload
            | Action::SteerJobs
            | Action::Export
            | Action::Delegate
            | Action::BreakGlass => Purpose::Care,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an action of the access policy")]
pub struct UnknownAction(pub String);

impl FromStr for Action {
    type Err = UnknownAction;
    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Action::ALL
            .into_iter()
            .find(|action| action.as_str() == text)
            .ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

/// Why data is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The care of the patient, by a person or on behalf of one.
    Care,
    /// Computing on a patient's images.
    Process,
    /// Sending results home.
    Deliver,
    /// Keeping the node in order.
    Maintain,
}

/// In which capacity somebody asks: a column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// As somebody with this role.
    As(Role),
    /// As a DICOM peer.
    Peer,
    /// As a job with a lease.
    Job,
    /// As the operator at the command line.
    Operator,
}

impl Capacity {
    fn column(self) -> usize {
        match self {
            Capacity::As(role) => role as usize,
            Capacity::Peer => 6,
            Capacity::Job => 7,
            Capacity::Operator => 8,
        }
    }
}

/// What an action is about, which decides the gate that it goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// One patient, towards whom a person needs a standing.
    Patient(Needs),
    /// A list of patients: those towards whom there is a standing.
    Patients,
    /// No patient's data.
    Nobody,
}

/// The standing that a person needs towards the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// An assignment of their own, not one that was handed on to them.
    OwnAssignment,
    /// An assignment, their own or one handed on to them.
    Assignment,
    /// An assignment or broken glass.
    AssignmentOrGlass,
    /// None.
    Nothing,
}

/// How strongly a person must have signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// As the session was begun.
    Session,
    /// With several factors, within the last five minutes.
    StepUp,
}

/// One cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Allowed, when the rest of the row is fulfilled.
    May,
    /// Not allowed.
    Not,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What is done.
    pub action: Action,
    /// What it is about.
    pub about: About,
    /// How strongly a person must have signed in.
    pub sign_in: SignIn,
    /// Who may: the six roles in their order, then peer, job and operator.
    pub cells: [Cell; 9],
}

/// Who may do what: the house's table, less what the hospital took away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    rules: [Rule; 19],
}

impl Policy {
    /// The table as it is delivered.
    pub const fn house() -> Self {
        Self { rules: HOUSE }
    }

    /// The table without one right.
    #[must_use]
    pub fn without(mut self, capacity: Capacity, action: Action) -> Self {
        self.rules[action as usize].cells[capacity.column()] = Cell::Not;
        self
    }

    /// All rows, for people to read.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The row of an action.
    pub fn rule(&self, action: Action) -> &Rule {
        &self.rules[action as usize]
    }
}

impl Rule {
    /// Whether one of the capacities may.
    pub(super) fn allows(&self, capacities: &[Capacity]) -> bool {
        capacities.iter().any(|capacity| self.cells[capacity.column()] == Cell::May)
    }
}

const Y: Cell = Cell::May;
const O: Cell = Cell::Not;

const fn row(action: Action, cells: [Cell; 9], about: About, sign_in: SignIn) -> Rule {
    Rule { action, about, sign_in, cells }
}

const OWN: About = About::Patient(Needs::OwnAssignment);
const CARE: About = About::Patient(Needs::Assignment);
const EMERGENCY: About = About::Patient(Needs::AssignmentOrGlass);
const ANYBODY: About = About::Patient(Needs::Nothing);

/// Least privilege. Images and numbers are read by whoever treats; the report is reviewed and
/// signed by a radiologist; broken glass reads and does nothing else; who gives rights
/// (administrator) and who watches (auditor) see no patient.
#[rustfmt::skip]
const HOUSE: [Rule; 19] = {
    use About::{Nobody, Patients};
    use SignIn::{Session, StepUp};
    [
        //                             onc rad cli adm svc aud  peer job oper
        row(Action::ListPatients,     [ Y,  Y,  Y,  O,  Y,  O,   Y,  Y,  Y ], Patients,  Session),
        row(Action::ReadImages,       [ Y,  Y,  Y,  O,  Y,  O,   Y,  O,  O ], EMERGENCY, Session),
        row(Action::ReadResults,      [ Y,  Y,  Y,  O,  Y,  O,   Y,  O,  O ], EMERGENCY, Session),
        row(Action::ReadReport,       [ Y,  Y,  Y,  O,  Y,  O,   Y,  O,  O ], EMERGENCY, Session),
        row(Action::Review,           [ O,  Y,  O,  O,  O,  O,   O,  O,  O ], CARE,      Session),
        row(Action::Sign,             [ O,  Y,  O,  O,  O,  O,   O,  O,  O ], CARE,      StepUp),
        row(Action::Upload,           [ Y,  Y,  O,  O,  Y,  O,   Y,  O,  O ], CARE,      Session),
        row(Action::SteerJobs,        [ Y,  Y,  O,  O,  Y,  O,   O,  O,  O ], CARE,      Session),
        row(Action::Export,           [ Y,  Y,  O,  O,  Y,  O,   O,  O,  O ], CARE,      Session),
        row(Action::Delegate,         [ Y,  Y,  Y,  O,  O,  O,   O,  O,  O ], OWN,       Session),
        row(Action::BreakGlass,       [ Y,  Y,  Y,  O,  O,  O,   O,  O,  O ], ANYBODY,   StepUp),
        row(Action::Oversee,          [ O,  O,  O,  Y,  O,  O,   O,  O,  Y ], Nobody,    Session),
        row(Action::Operate,          [ O,  O,  O,  Y,  O,  O,   O,  O,  Y ], Nobody,    Session),
        row(Action::Administer,       [ O,  O,  O,  Y,  O,  O,   O,  O,  Y ], Nobody,    StepUp),
        row(Action::ReviewBreakGlass, [ O,  O,  O,  Y,  O,  Y,   O,  O,  O ], Nobody,    StepUp),
        row(Action::ReadAudit,        [ O,  O,  O,  O,  O,  Y,   O,  O,  Y ], Nobody,    Session),
        row(Action::Process,          [ O,  O,  O,  O,  O,  O,   O,  Y,  O ], CARE,      Session),
        row(Action::Deliver,          [ O,  O,  O,  O,  O,  O,   O,  Y,  O ], CARE,      Session),
        row(Action::Maintain,         [ O,  O,  O,  O,  O,  O,   O,  O,  Y ], ANYBODY,   Session),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_its_row() {
        for action in Action::ALL {
            assert_eq!(Policy::house().rule(action).action, action);
            assert_eq!(action.as_str().parse(), Ok(action));
        }
    }
    #[test]
    fn a_hospital_takes_away_one_right_and_no_other() {
        let (house, less) = (
            Policy::house(),
            Policy::house().without(Capacity::As(Role::Oncologist), Action::Export),
        );
        for action in Action::ALL {
            let same = house.rule(action) == less.rule(action);
            assert_eq!(same, action != Action::Export, "{action}");
        }
        assert!(!less.rule(Action::Export).allows(&[Capacity::As(Role::Oncologist)]));
        assert!(less.rule(Action::Export).allows(&[Capacity::As(Role::Radiologist)]));
    }
}
