//! Which version of a result an object is, who stands for it, and what it takes the place of
//! (PS3.3 C.17.2: Verification Flag, Verifying Observer, Predecessor Documents).

use crate::element::DataSet;
use crate::home::Timestamp;
use crate::sr::content::Reference;
use dicom_dictionary_std::tags;
use interval_core::uid::{SeriesUid, StudyUid};

/// The version of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// 1 for the first result of a study, then counting up.
    pub version: u32,
    /// Whether a human stands for it.
    pub approval: Approval,
    /// The objects of the version before; empty for the first.
    pub replaces: Vec<Filed>,
}

impl Default for Edition {
    /// The first version, which no human has seen.
    fn default() -> Self {
        Self { version: 1, approval: Approval::None, replaces: Vec::new() }
    }
}

/// Whether a human stands for a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// Nobody: preliminary and unverified.
    None,
    /// Somebody signed it as the machine found it.
    Verified(Verifier),
    /// Somebody corrected and signed it.
    Amended(Verifier),
}

/// Who signed, and when (PS3.3 C.17.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    /// Verifying Observer Name (0040,A075): the person's name as their sign-in gives it.
    pub name: String,
    /// Verifying Organization (0040,A027).
    pub organisation: String,
    /// Verification `DateTime` (0040,A030).
    pub at: Timestamp,
    /// What the person said of the result, for the structured report; may be empty.
    pub remark: String,
}

/// An object with its place in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// Its study.
    pub study: StudyUid,
    /// Its series.
    pub series: SeriesUid,
    /// The object.
    pub reference: Reference,
}

impl Approval {
    /// Who signed, where somebody did.
    pub fn verifier(&self) -> Option<&Verifier> {
        match self {
            Approval::None => None,
            Approval::Verified(verifier) | Approval::Amended(verifier) => Some(verifier),
        }
    }

    /// Verification Flag (0040,A493).
    pub(crate) fn verification_flag(&self) -> &'static str {
        if self.verifier().is_some() { "VERIFIED" } else { "UNVERIFIED" }
    }

    /// Preliminary Flag (0040,A496).
    pub(crate) fn preliminary_flag(&self) -> &'static str {
        if self.verifier().is_some() { "FINAL" } else { "PRELIMINARY" }
    }
}

/// Most characters of a component group of a person's name (PS3.5 section 6.2).
const NAME_CHARS_MAX: usize = 64;

/// A name for people as a PN value: family name before the comma, or the last word; what has a
/// meaning in PN and was not meant so is left out.
pub fn person_name(name: &str) -> String {
    let plain = |c: char| if matches!(c, '^' | '=' | '\\') || c.is_control() { ' ' } else { c };
    let name: String = name.chars().map(plain).take(NAME_CHARS_MAX - 1).collect();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (family, given) = match (name.split_once(','), name.trim().rsplit_once(' ')) {
        (Some((family, given)), _) => (words(family), words(given)),
        (None, Some((given, family))) => (words(family), words(given)),
        (None, None) => (words(&name), String::new()),
    };
    match (family.is_empty(), given.is_empty()) {
        (true, true) => "not named^".to_owned(),
        (false, true) => family,
        _ => format!("{family}^{given}"),
    }
}

impl Verifier {
    /// An item of Verifying Observer Sequence (0040,A073).
    pub(crate) fn item(&self) -> DataSet {
        let mut item = DataSet::new();
        item.text(tags::VERIFYING_ORGANIZATION, &self.organisation)
            .text(tags::VERIFICATION_DATE_TIME, format!("{}{}", self.at.date(), self.at.time()))
            .text(tags::VERIFYING_OBSERVER_NAME, person_name(&self.name))
            // Type 2: the sign-in gives no code of the person.
            .items(tags::VERIFYING_OBSERVER_IDENTIFICATION_CODE_SEQUENCE, Vec::new());
        item
    }
}

impl Edition {
    /// Predecessor Documents Sequence (0040,A360): what of the version before is of these classes.
    pub(crate) fn predecessors_into(&self, set: &mut DataSet, class: &str) {
        let of_class = |filed: &&Filed| filed.reference.class.as_str() == class;
        let before: Vec<&Filed> = self.replaces.iter().filter(of_class).collect();
        if !before.is_empty() {
            set.items(tags::PREDECESSOR_DOCUMENTS_SEQUENCE, by_study(&before));
        }
    }
}

/// Objects by study and series (PS3.3 table C.17-3): each study and each series once.
pub(crate) fn by_study(objects: &[&Filed]) -> Vec<DataSet> {
    let studies = distinct(objects.iter().map(|filed| &filed.study));
    let of_study = |study: &StudyUid| {
        let within = objects.iter().filter(|filed| filed.study == *study);
        let series = distinct(within.map(|filed| &filed.series));
        let series = series.into_iter().map(|uid| of_series(objects, (study, uid))).collect();
        let mut item = DataSet::new();
        item.uid(tags::STUDY_INSTANCE_UID, study).items(tags::REFERENCED_SERIES_SEQUENCE, series);
        item
    };
    studies.into_iter().map(of_study).collect()
}

fn of_series(objects: &[&Filed], (study, series): (&StudyUid, &SeriesUid)) -> DataSet {
    let within = objects.iter().filter(|filed| (&filed.study, &filed.series) == (study, series));
    let instances = within.map(|filed| filed.reference.item()).collect();
    let mut item = DataSet::new();
    item.uid(tags::SERIES_INSTANCE_UID, series).items(tags::REFERENCED_SOP_SEQUENCE, instances);
    item
}

/// Each value once, in the order in which they come.
fn distinct<'a, T: PartialEq>(values: impl Iterator<Item = &'a T>) -> Vec<&'a T> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(person_name(name), expected);
    }

    #[test]
    fn a_name_for_people_has_a_family_name_at_its_end_or_before_a_comma() {
        check("Dr Noa Levi", "Levi^Dr Noa");
        check("Levi, Noa", "Levi^Noa");
        check("Levi", "Levi");
    }
    #[test]
    fn a_name_has_no_components_that_nobody_gave_it() {
        check("A^B=C\\D", "D^A B C");
        check(" ", "not named^");
        assert_eq!(person_name(&"x".repeat(99)).len(), 63);
    }
}
