//! What a de-identified object says of itself (PS3.15 section E.1.1 and PS3.3 C.7.1.1).

use super::DeidError;
use super::cloak::{Cloak, DeviceIdentity};
use super::wire::Writer;
use crate::guard::element::Encoding;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};

/// De-identification Method (0012,0063).
const METHOD: &str = "PS3.15 Annex E Basic Profile and options; unnamed text removed";

/// The profile and its options that are always applied (PS3.16 CID 7050).
const APPLIED: [(&str, &str); 7] = [
    ("113100", "Basic Application Confidentiality Profile"),
    ("113103", "Clean Graphics Option"),
    ("113104", "Clean Structured Content Option"),
    ("113105", "Clean Descriptors Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113108", "Retain Patient Characteristics Option"),
    ("113111", "Retain Safe Private Option"),
];

/// Applied unless the site decides otherwise.
const DEVICE: (&str, &str) = ("113109", "Retain Device Identity Option");

/// The marks, encoded, in the order of their tags. Each takes the place of what an object says
/// there.
pub(super) fn marks(cloak: &Cloak, encoding: Encoding) -> Result<Vec<(Tag, Vec<u8>)>, DeidError> {
    let pseudonym = cloak.pseudonym().to_string();
    let mut marks = Vec::new();
    let mut text = |tag: Tag, value: &str| {
        let mut writer = Writer::new(encoding, 64);
        writer.element(tag, vr(tag), value.as_bytes())?;
        marks.push((tag, writer.bytes));
        Ok::<(), DeidError>(())
    };
    text(tags::PATIENT_NAME, &pseudonym)?;
    text(tags::PATIENT_ID, &pseudonym)?;
    text(tags::PATIENT_IDENTITY_REMOVED, "YES")?;
    text(tags::DEIDENTIFICATION_METHOD, METHOD)?;
    text(tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED, "MODIFIED")?;
    marks.push((tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE, codes(cloak.device(), encoding)?));
    marks.sort_by_key(|(tag, _)| *tag);
    Ok(marks)
}

fn codes(device: DeviceIdentity, encoding: Encoding) -> Result<Vec<u8>, DeidError> {
    let device = (device == DeviceIdentity::Retained).then_some(DEVICE);
    let mut writer = Writer::new(encoding, 1024);
    let sequence = writer.open_sequence(tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE)?;
    for (value, meaning) in APPLIED.into_iter().chain(device) {
        let item = writer.open_item(sequence);
        for (tag, text) in [
            (tags::CODE_VALUE, value),
            (tags::CODING_SCHEME_DESIGNATOR, "DCM"),
            (tags::CODE_MEANING, meaning),
        ] {
            writer.element(tag, vr(tag), text.as_bytes())?;
        }
        writer.close(item)?;
    }
    writer.close(sequence)?;
    Ok(writer.bytes)
}

fn vr(tag: Tag) -> VR {
    StandardDataDictionary.by_tag(tag).map_or(VR::UN, |entry| entry.vr().relaxed())
}
