//! Rejection notes: a Key Object Selection that says which results must not be used (PS3.3 A.35.4,
//! PS3.16 TID 2010; IHE Imaging Object Change Management). Archives hide what one names.

use crate::codes::{self, Code};
use crate::edition::{Filed, by_study, person_name};
use crate::element::EncodeError;
use crate::home::{Home, Kind, Uids};
use crate::seg::SEGMENTATION;
use crate::sr::content::{Item, Relation};
use dicom_dictionary_std::tags;
use interval_core::fault::Fault;

/// Key Object Selection Document Storage (PS3.4 table B.5-1).
pub const KEY_OBJECT_SELECTION: &str = "1.2.840.10008.5.1.4.1.1.88.59";

/// Most objects of one note; a result has three.
pub const OBJECTS_MAX: usize = 64;

/// Why a note cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Nothing is named.
    #[error("a rejection names at least one object and at most {OBJECTS_MAX}, not {0}")]
    Objects(usize),
    /// The object cannot be turned into bytes.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl KeyError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        Fault::Defect
    }
}

/// What is rejected, and why.
#[derive(Debug, Clone, Copy)]
pub struct Rejection<'a> {
    /// The objects.
    pub objects: &'a [Filed],
    /// Why, in the words of whoever rejected.
    pub reason: &'a str,
    /// Who.
    pub by: &'a str,
}

/// Writes a note "Rejected for Quality Reasons" as a Part 10 file in Explicit VR Little Endian.
pub fn reject(home: &Home, rejection: &Rejection<'_>, uids: &Uids) -> Result<Vec<u8>, KeyError> {
    let count = rejection.objects.len();
    if count == 0 || count > OBJECTS_MAX {
        return Err(KeyError::Objects(count));
    }
    let objects: Vec<&Filed> = rejection.objects.iter().collect();
    let mut set = home.begin(Kind::Key, KEY_OBJECT_SELECTION, uids);
    set.items(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, Vec::new())
        .items(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, by_study(&objects));
    if !home.exam.accession_number.is_empty() {
        set.items(tags::REFERENCED_REQUEST_SEQUENCE, vec![home.request()]);
    }
    root(&codes::REJECTED_FOR_QUALITY, rejection).root_into(&mut set);
    Ok(set.into_part10()?)
}

fn root(title: &Code, rejection: &Rejection<'_>) -> Item {
    let mut root = Item::templated(title, "2010");
    root.push(Relation::HasConceptMod, Item::code(&codes::LANGUAGE, &codes::ENGLISH));
    root.push(Relation::HasObsContext, Item::code(&codes::OBSERVER_TYPE, &codes::PERSON));
    root.push(
        Relation::HasObsContext,
        Item::person(&codes::PERSON_NAME, &person_name(rejection.by)),
    );
    let text = Item::text(&codes::KEY_OBJECT_DESCRIPTION, rejection.reason);
    root.push(Relation::Contains, text);
    for filed in rejection.objects {
        let reference = &filed.reference;
        let is_image = reference.class.as_str() == SEGMENTATION;
        let item =
            if is_image { Item::unnamed_image(reference) } else { Item::composite(reference) };
        root.push(Relation::Contains, item);
    }
    root
}
