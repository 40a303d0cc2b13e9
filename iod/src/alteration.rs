//! Two objects of one SOP Instance UID: what did somebody change?
//!
//! Departments correct headers every day, and send the image again. The same picture under a
//! corrected name is a revision; another picture under the same UID is a danger. Encodings, padding
//! and the character set do not count; what is empty is as good as absent.

mod canonical;

use crate::encoded::{Encoded, Extent};
use crate::frames::Frames;
use crate::guard::GuardError;
use canonical::Canonical;
use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use interval_core::fault::Fault;

/// Attributes that tell about patient, study, series and their circumstances, and not about what
/// the object shows (PS3.3 C.7.1 to C.7.3, C.12.1): inclusive ranges of tags. UIDs are not among
/// them, nor what decides how the content is understood, as Modality and Patient Position.
const DESCRIPTIVE: [(Tag, Tag); 24] = [
    // Specific Character Set, Language Code: how the rest is written.
    (tags::SPECIFIC_CHARACTER_SET, tags::LANGUAGE_CODE_SEQUENCE),
    // Instance Creation Date, Time and Creator.
    (tags::INSTANCE_CREATION_DATE, tags::INSTANCE_CREATOR_UID),
    (tags::STUDY_DATE, tags::SERIES_DATE),
    (tags::STUDY_TIME, tags::SERIES_TIME),
    (tags::ACCESSION_NUMBER, tags::ISSUER_OF_ACCESSION_NUMBER_SEQUENCE),
    // Institution, referring and consulting physicians.
    (tags::INSTITUTION_NAME, tags::CONSULTING_PHYSICIAN_IDENTIFICATION_SEQUENCE),
    (tags::TIMEZONE_OFFSET_FROM_UTC, tags::TIMEZONE_OFFSET_FROM_UTC),
    // Station Name, Study Description, Procedure Code, Series Description and its code, department.
    (tags::STATION_NAME, tags::INSTITUTIONAL_DEPARTMENT_TYPE_CODE_SEQUENCE),
    // Physicians, operators, admitting diagnoses.
    (tags::PHYSICIANS_OF_RECORD, tags::ADMITTING_DIAGNOSES_CODE_SEQUENCE),
    (tags::REFERENCED_STUDY_SEQUENCE, tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE),
    (tags::REFERENCED_PATIENT_SEQUENCE, tags::REFERENCED_VISIT_SEQUENCE),
    // The patient, in all its modules.
    (Tag(0x0010, 0x0000), Tag(0x0010, 0xFFFF)),
    // Clinical trial, and that identity was removed.
    (Tag(0x0012, 0x0000), Tag(0x0012, 0xFFFF)),
    (tags::BODY_PART_EXAMINED, tags::BODY_PART_EXAMINED),
    (tags::PROTOCOL_NAME, tags::PROTOCOL_NAME),
    (tags::CONTRIBUTING_EQUIPMENT_SEQUENCE, tags::CONTRIBUTING_EQUIPMENT_SEQUENCE),
    (tags::STUDY_ID, tags::SERIES_NUMBER),
    (tags::LATERALITY, tags::LATERALITY),
    // Requests and visits.
    (Tag(0x0032, 0x0000), Tag(0x0032, 0xFFFF)),
    (Tag(0x0038, 0x0000), Tag(0x0038, 0xFFFF)),
    // The procedure step, as far as its request and its remarks.
    (tags::SCHEDULED_STATION_AE_TITLE, tags::COMMENTS_ON_THE_PERFORMED_PROCEDURE_STEP),
    // Requested Procedure and service request.
    (tags::REQUESTED_PROCEDURE_ID, tags::CONFIDENTIALITY_CONSTRAINT_ON_PATIENT_DATA_DESCRIPTION),
    (tags::PERFORMED_PROCEDURE_CODE_SEQUENCE, tags::PERFORMED_PROCEDURE_CODE_SEQUENCE),
    // What it was before somebody changed it.
    (tags::MODIFIED_ATTRIBUTES_SEQUENCE, tags::ORIGINAL_ATTRIBUTES_SEQUENCE),
];

/// An attribute at the top of the data set that is not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Group and element.
    pub tag: (u16, u16),
    /// Its keyword in PS3.6; empty for private ones.
    pub keyword: &'static str,
}

/// What somebody changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alteration {
    /// Nothing at all.
    SameBytes,
    /// What the object shows is the same: pixels and their description, or the content of a report
    /// or document. These attributes differ that describe patient, study or series; none when it
    /// was only written in another way.
    SameContent(Vec<Difference>),
    /// Other pixels, or as many as cannot be compared.
    OtherPixels,
    /// The same pixels, if any, but these attributes of the content differ.
    OtherContent(Vec<Difference>),
}

/// Why two objects cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlterationError {
    /// The scan refused the one that is kept.
    #[error("the object that is kept was refused")]
    Kept(#[source] GuardError),
    /// The scan refused the one that arrived.
    #[error("the object that arrived was refused")]
    Arrived(#[source] GuardError),
    /// They have different SOP Instance UIDs, or none.
    #[error("these are not two objects of one SOP Instance UID")]
    OtherInstance,
}

impl AlterationError {
    /// What to do about it: what we keep came past the scan before.
    pub fn fault(&self) -> Fault {
        match self {
            AlterationError::Kept(_) | AlterationError::OtherInstance => Fault::Defect,
            AlterationError::Arrived(_) => Fault::Refused,
        }
    }
}

/// Compares two Part 10 files of one SOP Instance UID.
pub fn compare(kept: &[u8], arrived: &[u8]) -> Result<Alteration, AlterationError> {
    if kept == arrived {
        return Ok(Alteration::SameBytes);
    }
    let kept = Encoded::open(kept, Extent::Whole).map_err(AlterationError::Kept)?;
    let arrived = Encoded::open(arrived, Extent::Whole).map_err(AlterationError::Arrived)?;
    let (before, after) = (Canonical::of(&kept), Canonical::of(&arrived));
    let name = |object: &Canonical| object.elements.get(&tags::SOP_INSTANCE_UID).cloned();
    if name(&before).is_none() || name(&before) != name(&after) {
        return Err(AlterationError::OtherInstance);
    }
    let has_same_pixels = before.pixels == after.pixels;
    let (described, content): (Vec<Tag>, Vec<Tag>) =
        before.differences(&after).into_iter().partition(|tag| is_descriptive(*tag));
    drop((before, after));
    if !has_same_pixels && !are_same_frames(kept, arrived) {
        return Ok(Alteration::OtherPixels);
    }
    Ok(if content.is_empty() {
        Alteration::SameContent(described.into_iter().map(Difference::at).collect())
    } else {
        Alteration::OtherContent(content.into_iter().map(Difference::at).collect())
    })
}

/// Whether all frames are the same once they are decoded; not when one cannot be.
fn are_same_frames(kept: Encoded<'_>, arrived: Encoded<'_>) -> bool {
    let (Ok(kept), Ok(arrived)) = (Frames::of(kept), Frames::of(arrived)) else { return false };
    if kept.image() != arrived.image() || kept.numbers() != arrived.numbers() {
        return false;
    }
    (0..kept.image().frames).all(|index| match (kept.native(index), arrived.native(index)) {
        (Ok(before), Ok(after)) => before == after,
        _ => false,
    })
}

fn is_descriptive(tag: Tag) -> bool {
    DESCRIPTIVE.iter().any(|(first, last)| (*first..=*last).contains(&tag))
}

impl Difference {
    fn at(tag: Tag) -> Self {
        let entry = StandardDataDictionary.by_tag(tag).filter(|_| tag.0.is_multiple_of(2));
        Self { tag: (tag.0, tag.1), keyword: entry.map_or("", DataDictionaryEntry::alias) }
    }
}
