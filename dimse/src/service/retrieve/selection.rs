//! The identifier of a retrieval (PS3.4 C.4.2.1.4, C.4.3.1.3): unique keys only.

use std::str::FromStr;

use interval_core::query::{Level, Selection};

use crate::identifier::{CharacterSet, DataSet, Tag, tag};
use crate::service::query::{Root, level};
use crate::status::{Refusal, Status};

/// Most UIDs of one list; a study has a few hundred series, a series a few thousand instances.
const UIDS_MAX: usize = 16 * 1024;

const PATIENT_ID: Tag = (0x0010, 0x0020);
const SOP_INSTANCE_UID: Tag = (0x0008, 0x0018);

fn misfit(comment: impl Into<String>) -> Refusal {
    Refusal::with_status(Status::DOES_NOT_MATCH_CLASS, comment)
}

/// Reads an identifier: the level's own key has to be there, those above narrow it down.
pub(super) fn of(
    set: &DataSet<'_>,
    characters: &CharacterSet,
    root: Root,
) -> Result<Selection, Refusal> {
    let level = level(set, characters, root)?;
    let mut selection = Selection::default();
    if root == Root::Patient {
        let id = set.text(PATIENT_ID, characters).unwrap_or_default();
        let id = id.trim();
        if id.contains(['*', '?', '\\']) {
            return Err(misfit("Patient ID is not one value"));
        }
        selection.patient = (!id.is_empty()).then(|| id.to_owned());
    }
    if level >= Level::Study {
        selection.studies = uids(set, tag::STUDY_INSTANCE_UID)?;
    }
    if level >= Level::Series {
        selection.series = uids(set, tag::SERIES_INSTANCE_UID)?;
    }
    if level == Level::Instance {
        selection.instances = uids(set, SOP_INSTANCE_UID)?;
    }
    let is_named = match level {
        Level::Patient => selection.patient.is_some(),
        Level::Study => !selection.studies.is_empty(),
        Level::Series => !selection.series.is_empty(),
        Level::Instance => !selection.instances.is_empty(),
    };
    if is_named {
        Ok(selection)
    } else {
        Err(misfit(format!("the unique key of level {} is missing", level.as_str())))
    }
}

fn uids<T: FromStr>(set: &DataSet<'_>, tag: Tag) -> Result<Vec<T>, Refusal> {
    let text = set.text(tag, &CharacterSet::Undeclared).unwrap_or_default();
    let parts = text.split('\\').map(|part| part.trim_matches([' ', '\0']));
    let mut uids = Vec::new();
    for part in parts.filter(|part| !part.is_empty()) {
        if uids.len() == UIDS_MAX {
            return Err(misfit(format!("more than {UIDS_MAX} UIDs are asked for")));
        }
        uids.push(part.parse().map_err(|_| misfit("a UID that is asked for is not valid"))?);
    }
    Ok(uids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::{Encoding, Writer, read};

    #[track_caller]
    fn check(root: Root, elements: &[(Tag, &str)], expected: Result<[usize; 4], Status>) {
        let mut writer = Writer::new(Encoding::Implicit);
        for (tag, text) in elements {
            writer.text(*tag, *b"LO", text);
        }
        let bytes = writer.into_bytes();
        let set = read(&bytes, Encoding::Implicit).unwrap();
        let found = of(&set, &CharacterSet::of(&set), root).map(|s| {
            let patients = usize::from(s.patient.is_some());
            [patients, s.studies.len(), s.series.len(), s.instances.len()]
        });
        assert_eq!(found.map_err(|refusal| refusal.status), expected);
    }

    const LEVEL: Tag = tag::QUERY_RETRIEVE_LEVEL;
    const MISFIT: Result<[usize; 4], Status> = Err(Status::DOES_NOT_MATCH_CLASS);

    #[test]
    fn each_level_is_named_by_its_key() {
        let study = (tag::STUDY_INSTANCE_UID, "1.2");
        check(Root::Study, &[(LEVEL, "STUDY"), study], Ok([0, 1, 0, 0]));
        let two = (tag::SERIES_INSTANCE_UID, "1.2.1\\1.2.2");
        check(Root::Study, &[(LEVEL, "SERIES"), study, two], Ok([0, 1, 2, 0]));
        check(Root::Study, &[(SOP_INSTANCE_UID, "1.2.1.1"), (LEVEL, "IMAGE")], Ok([0, 0, 0, 1]));
        check(Root::Patient, &[(LEVEL, "PATIENT"), (PATIENT_ID, "A1")], Ok([1, 0, 0, 0]));
        check(Root::Patient, &[(LEVEL, "STUDY"), (PATIENT_ID, "A1"), study], Ok([1, 1, 0, 0]));
    }
    #[test]
    fn without_the_key_of_the_level_nothing_is_selected() {
        check(Root::Study, &[(LEVEL, "STUDY")], MISFIT);
        check(Root::Study, &[(LEVEL, "SERIES"), (tag::STUDY_INSTANCE_UID, "1.2")], MISFIT);
        check(Root::Patient, &[(LEVEL, "PATIENT"), (PATIENT_ID, "A*")], MISFIT);
    }
    #[test]
    fn a_key_of_a_lower_level_narrows_nothing() {
        let series = (tag::SERIES_INSTANCE_UID, "1.2.1");
        let study = (tag::STUDY_INSTANCE_UID, "1.2");
        check(Root::Study, &[(LEVEL, "STUDY"), study, series], Ok([0, 1, 0, 0]));
    }
    #[test]
    fn a_uid_that_is_none_is_refused() {
        check(Root::Study, &[(LEVEL, "STUDY"), (tag::STUDY_INSTANCE_UID, "*")], MISFIT);
        check(Root::Study, &[(LEVEL, "STUDY"), (tag::STUDY_INSTANCE_UID, "../1")], MISFIT);
    }
}
