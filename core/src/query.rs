//! A question about what is held, whichever door it comes through: C-FIND (PS3.4 C.2.2) and QIDO-RS
//! (PS3.18 10.6) ask the same things. Here are its words; how a value matches is in [`matching`].

pub mod attribute;
pub mod matching;

pub use attribute::{Attribute, Level, Vr};
pub use matching::{Criterion, NotACriterion};

use crate::uid::{InstanceUid, SeriesUid, StudyUid};
use std::collections::{BTreeMap, BTreeSet};

/// Most criteria of one question; a form has ten.
pub const CRITERIA_MAX: usize = 64;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What is listed.
    pub level: Level,
    /// What it has to be like; all of them hold.
    pub criteria: BTreeMap<Attribute, Criterion>,
    /// Attributes that the answer tells, besides those that it always tells.
    pub wanted: BTreeSet<Attribute>,
    /// Whether names match by their beginnings, in any order (PS3.18 8.3.4.2).
    pub names: Names,
    /// Matches that are passed over.
    pub offset: u64,
    /// Most matches that are given; all when nothing is said.
    pub limit: Option<u64>,
}

/// How person names match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// As PS3.4 C.2.2.2 says: whole, or by wildcards; upper and lower case are one.
    #[default]
    Literal,
    /// Each word of the question begins a word of the name.
    Fuzzy,
}

impl Query {
    /// Everything of a level.
    pub fn of(level: Level) -> Self {
        Self {
            level,
            criteria: BTreeMap::new(),
            wanted: BTreeSet::new(),
            names: Names::Literal,
            offset: 0,
            limit: None,
        }
    }

    /// The criterion on an attribute.
    pub fn criterion(&self, attribute: Attribute) -> Option<&Criterion> {
        self.criteria.get(&attribute)
    }
}

/// One match: what is known of it, as text. Numbers are written in digits, dates as YYYYMMDD, names
/// with `^` between components and `=` between component groups; an attribute may have several
/// values, or none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// By attribute.
    pub values: BTreeMap<Attribute, Vec<String>>,
}

impl Found {
    /// Adds an attribute; an empty text is no value.
    pub fn tell(&mut self, attribute: Attribute, value: impl Into<String>) {
        let value = value.into();
        let values = if value.is_empty() { Vec::new() } else { vec![value] };
        self.values.insert(attribute, values);
    }

    /// The first value, or an empty text.
    pub fn text(&self, attribute: Attribute) -> &str {
        self.values.get(&attribute).and_then(|values| values.first()).map_or("", String::as_str)
    }
}

/// What is to be retrieved: everything that is named at every level at which something is named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Patient ID (0010,0020), at the patient level only.
    pub patient: Option<String>,
    /// Studies.
    pub studies: Vec<StudyUid>,
    /// Series; empty means all of them.
    pub series: Vec<SeriesUid>,
    /// Instances; empty means all of them.
    pub instances: Vec<InstanceUid>,
}

impl Selection {
    /// Everything of one study.
    pub fn study(study: StudyUid) -> Self {
        Self { studies: vec![study], ..Self::default() }
    }

    /// Whether nothing at all is named: then nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.patient.is_none()
            && self.studies.is_empty()
            && self.series.is_empty()
            && self.instances.is_empty()
    }
}
