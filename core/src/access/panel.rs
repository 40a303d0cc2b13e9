//! The gate for lists.

use super::grant::{Denied, admit, expiry};
use super::policy::{Action, Policy};
use super::principal::{AllowedPatients, Principal};
use super::role::PersonId;
use crate::patient::PatientPseudonym;
use std::time::SystemTime;

/// Which patients a caller may see in a list. Made only by [`panel`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    scope: Scope,
    expires: SystemTime,
}

/// The patients of a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every patient.
    All,
    /// These patients.
    Only(Vec<PatientPseudonym>),
    /// Those to whom the person is assigned at the time, or for whom they broke glass: joined in
    /// the database, for they may be thousands.
    AssignedTo {
        /// The person.
        person: PersonId,
        /// The time.
        at: SystemTime,
    },
}

impl Panel {
    /// The patients.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When it ends.
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    /// Whether it still holds at a time.
    pub fn holds_at(&self, now: SystemTime) -> bool {
        now < self.expires
    }
}

/// Which patients a principal may see in lists. Who may list but has no patient sees an empty
/// list: lists are filtered, never refused for what is in them.
pub fn panel(policy: &Policy, principal: &Principal, now: SystemTime) -> Result<Panel, Denied> {
    admit(policy.rule(Action::ListPatients), principal, now)?;
    let scope = match principal {
        Principal::Person(person) => Scope::AssignedTo { person: person.id.clone(), at: now },
        Principal::Service { configured, .. } | Principal::Peer { configured, .. } => {
            match &configured.patients {
                AllowedPatients::Nobody => Scope::Only(Vec::new()),
                AllowedPatients::Only(patients) => Scope::Only(patients.iter().copied().collect()),
                AllowedPatients::Everybody => Scope::All,
            }
        }
        Principal::Job(own) => Scope::Only(vec![*own]),
        Principal::Operator => Scope::All,
    };
    Ok(Panel { scope, expires: expiry(principal, None, now) })
}
