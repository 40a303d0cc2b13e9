//! PS3.15 Table E.1-1 as data, and the keep-list for what it does not name.
//!
//! `table.txt` holds the facts of the standard: tag, action of the Basic Application Level
//! Confidentiality Profile, options. `keep.txt` holds our decision about the text-like attributes
//! that the table leaves to the implementer: what is in neither does not pass.

use super::cloak::DeviceIdentity;
use dicom_core::Tag;
use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("table.txt");
const KEEP: &str = include_str!("keep.txt");

/// Groups of the patient, the visit and the interpretation: words of these are not about a
/// protocol, so cleaning leaves nothing.
const PERSONAL_GROUPS: [&str; 3] = ["0010", "0038", "4008"];

/// What is done with one attribute under the options we apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// It goes (X).
    Remove,
    /// It stays without a value (Z).
    Empty,
    /// Its value is replaced by one that says nothing (D).
    Dummy,
    /// Its UIDs are replaced, each by its own (U).
    Uid,
    /// A date is moved, a time of day stays (C of Retain Longitudinal Modified Dates).
    Date,
    /// Known words of a text stay (C of Clean Descriptors).
    Words(Otherwise),
    /// Terms of the standard, and makers, stay when they are known as a whole.
    Terms(Otherwise),
    /// A short text of the device stays (K of Retain Device Identity).
    Device(Otherwise),
    /// A measure of the patient stays (K of Retain Patient Characteristics).
    Characteristic,
    /// A coded value of a known scheme stays.
    Code,
    /// The name of a known coding scheme stays.
    Scheme,
    /// A short whole number written as text stays.
    Number,
    /// What is inside is cleaned by the same rules (C of Clean Structured Content and Graphics).
    Inside,
}

/// What becomes of an attribute when nothing of its value may stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    Remove,
    Empty,
    Dummy,
}

/// The rules by tag.
#[derive(Debug)]
pub(super) struct Table(HashMap<Tag, Rule>);

impl Table {
    /// As the site decides about its scanners; read once.
    pub fn of(device: DeviceIdentity) -> &'static Table {
        static RETAINED: OnceLock<Table> = OnceLock::new();
        static REMOVED: OnceLock<Table> = OnceLock::new();
        let cell = match device {
            DeviceIdentity::Retained => &RETAINED,
            DeviceIdentity::Removed => &REMOVED,
        };
        cell.get_or_init(|| Table::read(device))
    }

    /// The rule for an attribute; none when neither list names it.
    pub fn rule(&self, tag: Tag) -> Option<Rule> {
        self.0.get(&tag).copied()
    }

    fn read(device: DeviceIdentity) -> Self {
        let kept = rows(KEEP).filter_map(|row| Some((tag_of(row[0])?, kept_rule(&row, device))));
        let named = rows(TABLE).filter_map(|row| Some((tag_of(row[0])?, rule_of(&row, device))));
        Self(kept.chain(named).collect())
    }
}

/// Rows of four columns.
fn rows(text: &'static str) -> impl Iterator<Item = [&'static str; 4]> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split(' ');
        Some([columns.next()?, columns.next()?, columns.next()?, columns.next()?])
    })
}

/// None for the patterns: curves, overlays and private attributes have their own rules.
fn tag_of(text: &str) -> Option<Tag> {
    let bits = u32::from_str_radix(text, 16).ok()?;
    Some(Tag((bits >> 16) as u16, bits as u16))
}

/// The rule of a row of the table: an option that we apply comes before the basic profile. Where
/// the basic profile leaves a choice, the object stays complete.
fn rule_of([tag, basic, options, _]: &[&str; 4], device: DeviceIdentity) -> Rule {
    let otherwise = otherwise(basic);
    if options.contains('m') {
        return Rule::Date;
    }
    if options.contains('E') && device == DeviceIdentity::Retained {
        return Rule::Device(otherwise);
    }
    if options.contains('H') {
        return Rule::Characteristic;
    }
    let is_about_person = PERSONAL_GROUPS.iter().any(|group| tag.starts_with(group));
    if options.contains('t') && !is_about_person {
        return Rule::Words(otherwise);
    }
    if options.contains(['s', 'g']) || basic.ends_with("U*") {
        return Rule::Inside;
    }
    match (*basic, otherwise) {
        ("U", _) => Rule::Uid,
        (_, Otherwise::Remove) => Rule::Remove,
        (_, Otherwise::Empty) => Rule::Empty,
        (_, Otherwise::Dummy) => Rule::Dummy,
    }
}

fn otherwise(basic: &str) -> Otherwise {
    match basic {
        "Z" | "X/Z" => Otherwise::Empty,
        "D" | "Z/D" | "X/Z/D" => Otherwise::Dummy,
        // X, X/D: none of our objects needs a dummy there. U with a device option.
        _ => Otherwise::Remove,
    }
}

/// The rule of a row of the keep-list.
fn kept_rule([_, kind, basic, _]: &[&str; 4], device: DeviceIdentity) -> Rule {
    let otherwise = otherwise(basic);
    match *kind {
        "words" => Rule::Words(otherwise),
        "terms" => Rule::Terms(otherwise),
        "device" if device == DeviceIdentity::Retained => Rule::Device(otherwise),
        "code" => Rule::Code,
        "scheme" => Rule::Scheme,
        "number" => Rule::Number,
        _ if otherwise == Otherwise::Dummy => Rule::Dummy,
        _ => Rule::Remove,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_dictionary_std::tags;

    #[track_caller]
    fn check(tag: Tag, device: DeviceIdentity, expected: Option<Rule>) {
        assert_eq!(Table::of(device).rule(tag), expected);
    }

    #[test]
    fn the_table_is_whole() {
        let basic = |action: &str| rows(TABLE).filter(|row| row[1] == action).count();
        // 623 rows of September 2024 and 33 later ones; a line that does not read is missed here.
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!((lines, rows(TABLE).count()), (656, 656));
        assert_eq!((basic("U"), basic("Z"), basic("X/Z/U*")), (55, 42, 2));
        let dates = rows(TABLE).filter(|row| row[2].contains('m')).count();
        let descriptors = rows(TABLE).filter(|row| row[2].contains('t')).count();
        assert_eq!((dates, descriptors), (165, 125));
    }
    #[test]
    fn every_row_has_a_tag_but_the_three_patterns_and_no_row_is_twice() {
        let mut named: Vec<&str> = rows(TABLE)
            .chain(rows(KEEP))
            .filter_map(|row| tag_of(row[0]).map(|_| row[0]))
            .collect();
        assert_eq!(rows(TABLE).filter(|row| tag_of(row[0]).is_none()).count(), 4);
        let all = named.len();
        named.sort_unstable();
        named.dedup();
        assert_eq!(named.len(), all);
    }
    #[test]
    fn an_option_comes_before_the_basic_profile() {
        let retained = DeviceIdentity::Retained;
        check(tags::PATIENT_NAME, retained, Some(Rule::Empty));
        check(tags::STUDY_DATE, retained, Some(Rule::Date));
        check(tags::SERIES_DESCRIPTION, retained, Some(Rule::Words(Otherwise::Remove)));
        check(tags::PATIENT_AGE, retained, Some(Rule::Characteristic));
        check(tags::FRAME_OF_REFERENCE_UID, retained, Some(Rule::Uid));
        check(tags::SOURCE_IMAGE_SEQUENCE, retained, Some(Rule::Inside));
        check(tags::INSTITUTION_ADDRESS, retained, Some(Rule::Remove));
        check(tags::DEVICE_SERIAL_NUMBER, retained, Some(Rule::Device(Otherwise::Dummy)));
        check(tags::DEVICE_SERIAL_NUMBER, DeviceIdentity::Removed, Some(Rule::Dummy));
        check(tags::ECHO_TIME, retained, None);
    }
}
