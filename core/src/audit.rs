//! What is written down about every access, and the arithmetic that shows whether it was changed.
//!
//! An [`AuditEvent`] says who did what to which thing, when, and how it ended: in codes, UIDs and
//! pseudonyms, never in a name, a patient id or free text. A [`record::Record`] is an event with
//! its place in the log, as bytes. The log is a Merkle tree over those bytes ([`merkle`]): one
//! root stands for all of them, and [`proof`] shows that a record is in it, or that a longer log
//! begins with a shorter one.

pub mod merkle;
pub mod proof;
pub mod record;
pub mod words;

use crate::digest::Digest;
use crate::patient::PatientPseudonym;
use std::fmt;
use words::{Action, Actor, Detail, Outcome, Resource};

/// Which association, request or run an event belongs to: 128 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub u128);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Who did what to which thing, when, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: i64,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To which thing.
    pub resource: Resource,
    /// Whose thing it is, where it is somebody's.
    pub patient: Option<PatientPseudonym>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, from a closed list.
    pub detail: Detail,
    /// How many things, where it was a list.
    pub count: Option<u32>,
    /// The association, request or run.
    pub trace: Option<TraceId>,
}

impl AuditEvent {
    /// A success without anything further; the other fields are set by `with_...`.
    pub fn new(at_ms: i64, actor: Actor, action: Action, resource: Resource) -> Self {
        let patient = match &resource {
            Resource::Patient(pseudonym) => Some(*pseudonym),
            _ => None,
        };
        Self {
            at_ms,
            actor,
            action,
            resource,
            patient,
            outcome: Outcome::Success,
            detail: Detail::None,
            count: None,
            trace: None,
        }
    }

    /// Says whose thing it is.
    #[must_use]
    pub fn with_patient(mut self, patient: PatientPseudonym) -> Self {
        self.patient = Some(patient);
        self
    }

    /// Says how it ended and why.
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome, detail: Detail) -> Self {
        self.outcome = outcome;
        self.detail = detail;
        self
    }

    /// Says how many things there were.
    #[must_use]
    pub fn with_count(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// Says which association, request or run it belongs to.
    #[must_use]
    pub fn with_trace(mut self, trace: TraceId) -> Self {
        self.trace = Some(trace);
        self
    }

    /// What events share that are the same but for their time: an association that brings
    /// hundreds of instances of one study has one such value.
    pub fn sameness(&self) -> Digest {
        let timeless = Self { at_ms: 0, ..self.clone() };
        Digest::of(&record::event_bytes(&timeless))
    }
}
