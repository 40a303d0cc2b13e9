//! How an image was acquired: classic MR attributes (PS3.3 C.8.3.1), or their Enhanced MR
//! counterparts in the functional groups (PS3.3 C.8.13.5).

use super::attributes::{Attributes, Source};
use super::either;
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use interval_core::study::{Acquisition, BurnedIn, Lossy};

/// A value of the standard's yes-or-no attributes.
const YES: &str = "YES";
/// Lossy Image Compression (0028,2110): has been subjected to it.
const LOSSY: &str = "01";
/// Characters of the date in a DT value, as (0008,002A) is.
const DATE_CHARS: usize = 8;

/// What the header says of the acquisition.
pub(super) fn read(attributes: &Attributes<impl Source>) -> Acquisition {
    let text = |tag| attributes.text(&[tag]).unwrap_or_default();
    let timing = |tag| {
        either(&[tags::MR_TIMING_AND_RELATED_PARAMETERS_SEQUENCE, tag], |p| attributes.number(p))
    };
    Acquisition {
        modality: text(tags::MODALITY),
        series_number: attributes.whole(&[tags::SERIES_NUMBER]),
        series_description: text(tags::SERIES_DESCRIPTION),
        protocol_name: text(tags::PROTOCOL_NAME),
        sequence_name: first_text(attributes, &[tags::SEQUENCE_NAME, tags::PULSE_SEQUENCE_NAME]),
        image_type: image_type(attributes),
        scanning_sequence: scanning_sequence(attributes),
        mr_acquisition_type: text(tags::MR_ACQUISITION_TYPE),
        echo_time_ms: attributes
            .number(&[tags::ECHO_TIME])
            .or_else(|| attributes.number(&[tags::MR_ECHO_SEQUENCE, tags::EFFECTIVE_ECHO_TIME])),
        repetition_time_ms: timing(tags::REPETITION_TIME),
        inversion_time_ms: attributes
            .number(&[tags::INVERSION_TIME])
            .or_else(|| attributes.number(&[tags::MR_MODIFIER_SEQUENCE, tags::INVERSION_TIMES])),
        flip_angle_deg: timing(tags::FLIP_ANGLE),
        contrast_bolus_agent: contrast(attributes),
        diffusion_b_value: either(
            &[tags::MR_DIFFUSION_SEQUENCE, tags::DIFFUSION_B_VALUE],
            |path| attributes.number(path),
        ),
        temporal_positions: attributes.whole(&[tags::NUMBER_OF_TEMPORAL_POSITIONS]),
        acquisition_time: acquisition_time(attributes),
        manufacturer: text(tags::MANUFACTURER),
        manufacturer_model_name: text(tags::MANUFACTURER_MODEL_NAME),
        magnetic_field_strength_t: attributes.number(&[tags::MAGNETIC_FIELD_STRENGTH]),
        frame_of_reference: attributes
            .text(&[tags::FRAME_OF_REFERENCE_UID])
            .and_then(|uid| uid.parse().ok()),
        burned_in_annotation: if text(tags::BURNED_IN_ANNOTATION) == YES {
            BurnedIn::Stated
        } else {
            BurnedIn::NotStated
        },
        lossy: if text(tags::LOSSY_IMAGE_COMPRESSION) == LOSSY { Lossy::Yes } else { Lossy::No },
    }
}

fn first_text(attributes: &Attributes<impl Source>, candidates: &[Tag]) -> String {
    candidates.iter().find_map(|tag| attributes.text(&[*tag])).unwrap_or_default()
}

/// Image Type; the frame's own when the object only says MIXED of itself (PS3.3 C.8.16.1).
fn image_type(attributes: &Attributes<impl Source>) -> Vec<String> {
    let stated = attributes.texts(&[tags::IMAGE_TYPE]);
    if !stated.is_empty() && !stated.iter().any(|value| value == "MIXED") {
        return stated;
    }
    let frame = attributes.texts(&[tags::MR_IMAGE_FRAME_TYPE_SEQUENCE, tags::FRAME_TYPE]);
    if frame.is_empty() { stated } else { frame }
}

/// Scanning Sequence in the terms of classic MR, derived for Enhanced MR from what describes the
/// pulse sequence there (PS3.3 C.8.13.4.1 and C.8.13.5.4).
fn scanning_sequence(attributes: &Attributes<impl Source>) -> Vec<String> {
    let stated = attributes.texts(&[tags::SCANNING_SEQUENCE]);
    if !stated.is_empty() {
        return stated;
    }
    let says = |path: &[Tag], value: &str| attributes.text(path).is_some_and(|t| t == value);
    let echo = attributes.text(&[tags::ECHO_PULSE_SEQUENCE]).unwrap_or_default();
    let inverted =
        either(&[tags::MR_MODIFIER_SEQUENCE, tags::INVERSION_RECOVERY], |p| attributes.text(p));
    [
        ("SE", matches!(echo.as_str(), "SPIN" | "BOTH")),
        ("GR", matches!(echo.as_str(), "GRADIENT" | "BOTH")),
        ("IR", inverted.as_deref() == Some(YES)),
        ("EP", says(&[tags::ECHO_PLANAR_PULSE_SEQUENCE], YES)),
    ]
    .into_iter()
    .filter(|(_, present)| *present)
    .map(|(term, _)| term.to_owned())
    .collect()
}

/// The contrast agent: as text, or by its code unless the frame says that none was given (PS3.3
/// C.7.6.4 and C.7.6.4b).
fn contrast(attributes: &Attributes<impl Source>) -> String {
    let administered = attributes
        .text(&[tags::CONTRAST_BOLUS_USAGE_SEQUENCE, tags::CONTRAST_BOLUS_AGENT_ADMINISTERED]);
    if administered.as_deref() == Some("NO") {
        return String::new();
    }
    attributes
        .text(&[tags::CONTRAST_BOLUS_AGENT])
        .or_else(|| attributes.text(&[tags::CONTRAST_BOLUS_AGENT_SEQUENCE, tags::CODE_MEANING]))
        .unwrap_or_default()
}

fn acquisition_time(attributes: &Attributes<impl Source>) -> String {
    let whole = attributes.text(&[tags::ACQUISITION_DATE_TIME]).unwrap_or_default();
    attributes
        .text(&[tags::ACQUISITION_TIME])
        .or_else(|| whole.get(DATE_CHARS..).map(str::to_owned))
        .unwrap_or_default()
}
