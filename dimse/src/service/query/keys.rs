//! The identifier of a C-FIND and its answers (PS3.4 C.2.2, C.4.1.1.3, C.6).

use std::collections::BTreeMap;

use interval_core::query::{Attribute, CRITERIA_MAX, Criterion, Found, Level, Query, Vr};

use super::Root;
use crate::identifier::{CharacterSet, DataSet, Tag, Writer, tag};
use crate::negotiation::{Extended, Relational};
use crate::status::{Refusal, Status};

/// A key that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    vr: [u8; 2],
    /// What it is here; nothing for a key that is not supported.
    attribute: Option<Attribute>,
}

/// What a peer asks.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) query: Query,
    /// By tag: answers are in that order.
    keys: BTreeMap<Tag, Key>,
}

fn misfit(comment: impl Into<String>) -> Refusal {
    Refusal::with_status(Status::DOES_NOT_MATCH_CLASS, comment)
}

/// The level of an identifier (PS3.4 C.6.1.1, C.6.2.1).
pub(in crate::service) fn level(
    set: &DataSet<'_>,
    characters: &CharacterSet,
    root: Root,
) -> Result<Level, Refusal> {
    let text = set.text(tag::QUERY_RETRIEVE_LEVEL, characters).unwrap_or_default();
    let level = Level::of(text.trim())
        .ok_or_else(|| misfit("Query/Retrieve Level is not PATIENT, STUDY, SERIES or IMAGE"))?;
    if root == Root::Study && level == Level::Patient {
        return Err(misfit("Study Root has no level PATIENT"));
    }
    Ok(level)
}

impl Question {
    /// Reads an identifier.
    pub(super) fn of(
        set: &DataSet<'_>,
        characters: &CharacterSet,
        (root, options): (Root, Extended),
    ) -> Result<Self, Refusal> {
        let mut query = Query::of(level(set, characters, root)?);
        query.names = options.names;
        let mut keys = BTreeMap::new();
        for element in &set.elements {
            let is_own = [tag::SPECIFIC_CHARACTER_SET, tag::QUERY_RETRIEVE_LEVEL];
            // Group lengths are retired, and nothing is asked by them (PS3.5 7.2).
            if is_own.contains(&element.tag) || element.tag.1 == 0 {
                continue;
            }
            let known = Attribute::by_tag(element.tag.0, element.tag.1);
            // What belongs to a lower level is no key of this one (PS3.4 C.4.1.2).
            let attribute = known.filter(|attribute| attribute.level() <= query.level);
            let written = attribute.map(|attribute| two(attribute.vr().as_str()));
            let vr = written.or(element.vr).unwrap_or(*b"UN");
            keys.insert(element.tag, Key { vr, attribute });
            let Some(attribute) = attribute else { continue };
            query.wanted.insert(attribute);
            if !attribute.is_key() {
                continue;
            }
            let text = match attribute.vr() {
                Vr::Us => binary(set, element.tag),
                _ => set.text(element.tag, characters).unwrap_or_default().into_owned(),
            };
            let criterion = Criterion::parse(attribute, &text).map_err(|error| {
                Refusal::with_status(Status::CANNOT_UNDERSTAND, error.to_string())
            })?;
            if let Some(criterion) = criterion {
                query.criteria.insert(attribute, criterion);
            }
        }
        if query.criteria.len() > CRITERIA_MAX {
            return Err(misfit(format!("more than {CRITERIA_MAX} keys have values")));
        }
        check_hierarchy(&query, root, options.relational)?;
        let retrieve = Attribute::RetrieveAETitle;
        query.wanted.insert(retrieve);
        keys.insert(retrieve.tag(), Key { vr: *b"AE", attribute: Some(retrieve) });
        keys.insert(tag::QUERY_RETRIEVE_LEVEL, Key { vr: *b"CS", attribute: None });
        Ok(Self { query, keys })
    }

    /// The status of a match.
    pub(super) fn pending(&self) -> Status {
        let is_unsupported =
            |(tag, key): (&Tag, &Key)| key.attribute.is_none() && *tag != tag::QUERY_RETRIEVE_LEVEL;
        if self.keys.iter().any(is_unsupported) {
            Status::PENDING_KEYS_UNSUPPORTED
        } else {
            Status::PENDING
        }
    }

    /// Writes a match.
    pub(super) fn write(&self, to: &mut Writer, found: &Found, called: &str) {
        let told = self.keys.values().filter_map(|key| found.values.get(&key.attribute?));
        if !told.flatten().all(|text| text.is_ascii()) {
            to.text(tag::SPECIFIC_CHARACTER_SET, *b"CS", "ISO_IR 192");
        }
        for (tag, key) in &self.keys {
            if *tag == tag::QUERY_RETRIEVE_LEVEL {
                to.text(*tag, *b"CS", self.query.level.as_str());
                continue;
            }
            let values = key.attribute.and_then(|attribute| found.values.get(&attribute));
            match (key.attribute, values) {
                (Some(Attribute::RetrieveAETitle), None) => to.text(*tag, key.vr, called),
                (Some(attribute), Some(values)) if attribute.vr() == Vr::Us => {
                    match values.first().and_then(|value| value.parse().ok()) {
                        Some(number) => to.number(*tag, number),
                        None => to.bytes(*tag, key.vr, b""),
                    }
                }
                (_, Some(values)) => to.texts(*tag, key.vr, values),
                (_, None) => to.bytes(*tag, key.vr, b""),
            }
        }
    }
}

/// Whoever asks without the unique keys of the levels above asks for all of the archive, unless
/// something else narrows it (PS3.4 C.4.1.2.2.1); after negotiation of relational queries that is
/// allowed (C.4.1.2.2.2).
fn check_hierarchy(query: &Query, root: Root, relational: Relational) -> Result<(), Refusal> {
    let above = match (root, query.level) {
        (_, Level::Patient) | (Root::Study, Level::Study) => return Ok(()),
        (Root::Patient, Level::Study) => Attribute::PatientID,
        (_, Level::Series) => Attribute::StudyInstanceUID,
        (_, Level::Instance) => Attribute::SeriesInstanceUID,
    };
    let is_narrow = query.criteria.contains_key(&above) || !query.criteria.is_empty();
    if is_narrow || relational == Relational::Agreed {
        return Ok(());
    }
    Err(misfit(format!("{} is needed at level {}", above.keyword(), query.level.as_str())))
}

/// The letters of a value representation.
fn two(letters: &str) -> [u8; 2] {
    letters.as_bytes().first_chunk().copied().unwrap_or(*b"UN")
}

/// An unsigned short as digits; an empty text when there is none.
fn binary(set: &DataSet<'_>, tag: Tag) -> String {
    let bytes = set.bytes(tag).and_then(<[u8]>::first_chunk);
    bytes.map_or_else(String::new, |bytes| u16::from_le_bytes(*bytes).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::{Encoding, read};
    use interval_core::query::Names;

    type Elements<'a> = &'a [(Tag, &'a [u8; 2], &'a str)];
    const LEVEL: Tag = tag::QUERY_RETRIEVE_LEVEL;
    const NAME: Tag = (0x0010, 0x0010);
    const STUDY: Tag = tag::STUDY_INSTANCE_UID;

    fn asked(root: Root, options: Extended, elements: Elements<'_>) -> Result<Question, Refusal> {
        let mut writer = Writer::new(Encoding::Explicit);
        for (tag, vr, text) in elements {
            writer.text(*tag, **vr, text);
        }
        let bytes = writer.into_bytes();
        let set = read(&bytes, Encoding::Explicit).unwrap();
        Question::of(&set, &CharacterSet::of(&set), (root, options))
    }

    #[track_caller]
    fn check(root: Root, elements: Elements<'_>, expected: Result<Level, Status>) {
        let question = asked(root, Extended::default(), elements);
        let found = question.map(|q| q.query.level).map_err(|refusal| refusal.status);
        assert_eq!(found, expected);
    }

    #[test]
    fn a_question_has_one_of_the_levels_of_its_root() {
        check(Root::Study, &[(LEVEL, b"CS", "STUDY")], Ok(Level::Study));
        check(Root::Patient, &[(LEVEL, b"CS", "PATIENT")], Ok(Level::Patient));
        check(Root::Study, &[(LEVEL, b"CS", "PATIENT")], Err(Status(0xA900)));
        check(Root::Study, &[(LEVEL, b"CS", "FRAME")], Err(Status(0xA900)));
        check(Root::Study, &[(NAME, b"PN", "*")], Err(Status(0xA900)));
    }
    #[test]
    fn whoever_asks_for_all_images_of_the_house_is_refused() {
        check(Root::Study, &[(LEVEL, b"CS", "IMAGE")], Err(Status(0xA900)));
        check(Root::Study, &[(LEVEL, b"CS", "SERIES"), (STUDY, b"UI", "1.2")], Ok(Level::Series));
        check(Root::Study, &[(LEVEL, b"CS", "SERIES"), (NAME, b"PN", "D*")], Ok(Level::Series));
        check(Root::Patient, &[(LEVEL, b"CS", "STUDY")], Err(Status(0xA900)));
    }
    #[test]
    fn relational_questions_are_answered_after_negotiation() {
        let options = Extended { relational: Relational::Agreed, names: Names::Fuzzy };
        let question = asked(Root::Study, options, &[(LEVEL, b"CS", "IMAGE")]).unwrap();
        assert_eq!(question.query.names, Names::Fuzzy);
    }
    #[test]
    fn a_value_that_makes_no_sense_is_not_understood() {
        let date: Tag = (0x0008, 0x0020);
        let elements: Elements<'_> = &[(LEVEL, b"CS", "STUDY"), (date, b"DA", "lately")];
        check(Root::Study, elements, Err(Status(0xC000)));
    }

    #[track_caller]
    fn check_answer(elements: Elements<'_>, name: &str, expected: (Status, &[(Tag, &str)])) {
        let question = asked(Root::Study, Extended::default(), elements).unwrap();
        let mut found = Found::default();
        found.tell(Attribute::PatientName, name);
        let mut writer = Writer::new(Encoding::Explicit);
        question.write(&mut writer, &found, "INTERVAL");
        let bytes = writer.into_bytes();
        let set = read(&bytes, Encoding::Explicit).unwrap();
        let characters = CharacterSet::of(&set);
        let told: Vec<_> =
            set.elements.iter().map(|e| (e.tag, set.text(e.tag, &characters).unwrap())).collect();
        let told: Vec<_> = told.iter().map(|(tag, text)| (*tag, text.as_ref())).collect();
        assert_eq!((question.pending(), &told[..]), expected);
    }

    #[test]
    fn what_is_not_supported_comes_back_empty() {
        let age: Tag = (0x0010, 0x1010);
        let elements: Elements<'_> =
            &[(LEVEL, b"CS", "STUDY"), (NAME, b"PN", ""), (age, b"AS", "050Y")];
        let told: &[(Tag, &str)] =
            &[(LEVEL, "STUDY"), (tag::RETRIEVE_AE_TITLE, "INTERVAL"), (NAME, "Doe^J"), (age, "")];
        check_answer(elements, "Doe^J", (Status::PENDING_KEYS_UNSUPPORTED, told));
    }
    #[test]
    fn letters_beyond_ascii_are_told_in_utf_8() {
        let told: &[(Tag, &str)] = &[
            (tag::SPECIFIC_CHARACTER_SET, "ISO_IR 192"),
            (LEVEL, "STUDY"),
            (tag::RETRIEVE_AE_TITLE, "INTERVAL"),
            (NAME, "כהן^רות"),
        ];
        let elements: Elements<'_> = &[(LEVEL, b"CS", "STUDY"), (NAME, b"PN", "")];
        check_answer(elements, "כהן^רות", (Status::PENDING, told));
    }
}
