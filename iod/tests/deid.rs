//! What a de-identified object still says: the same things, of somebody who is nobody.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod wire;

use dicom_core::Tag;
use dicom_core::value::Value;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, InMemDicomObject, OpenFileOptions};
use interval_core::fault::Fault;
use interval_core::patient::PatientPseudonym;
use interval_core::uid::Uid;
use interval_core::units::Days;
use interval_iod::deid::burned::Evidence;
use interval_iod::deid::cloak::{Cloak, DeviceIdentity};
use interval_iod::deid::{DeidError, deidentify};
use interval_iod::uids::{DEFLATED_EXPLICIT_LITTLE, EXPLICIT_LITTLE};
use std::io::Write;
use wire::{DataSet, ITEM, PIXEL_DATA, SEQUENCE_END, Stated, UNDEFINED, Wire, mr_image};

const PSEUDONYM: PatientPseudonym = PatientPseudonym(0x1234);

fn cloak() -> Cloak {
    Cloak::new(PSEUDONYM, [5; 32], Days(-10)).unwrap()
}

fn parsed(file: &[u8]) -> DefaultDicomObject {
    OpenFileOptions::new().from_reader(file).unwrap()
}

#[track_caller]
fn inside(original: &[u8]) -> DefaultDicomObject {
    parsed(deidentify(original, &cloak()).unwrap().as_ref())
}

/// The text of an attribute; none when it is absent.
fn text(set: &InMemDicomObject, tag: Tag) -> Option<String> {
    Some(set.element(tag).ok()?.to_str().unwrap().trim_matches([' ', '\0']).to_owned())
}

/// An image with these elements in front of its rows.
fn image_with(wire: Wire, elements: &[((u16, u16), &str, &str)]) -> DataSet {
    let mut all: Vec<((u16, u16), &str, &str)> = vec![
        ((0x0008, 0x0016), "UI", interval_iod::uids::MR_IMAGE),
        ((0x0008, 0x0018), "UI", "1.2.3"),
        ((0x0020, 0x000D), "UI", "1.2.3.4"),
        ((0x0020, 0x000E), "UI", "1.2.3.4.5"),
    ];
    all.extend(elements);
    all.sort_by_key(|(tag, _, _)| *tag);
    let mut set = DataSet::new(wire);
    for (tag, vr, value) in all {
        set.text(tag, vr, value);
    }
    set
}

#[track_caller]
fn check(tag: (u16, u16), vr: &str, value: &str, expected: Option<&str>) {
    for wire in Wire::ALL {
        let object = inside(&image_with(wire, &[(tag, vr, value)]).part10());
        assert_eq!(text(&object, Tag(tag.0, tag.1)).as_deref(), expected, "{wire:?} {value:?}");
    }
}

#[test]
fn the_patient_is_a_pseudonym() {
    let name = PSEUDONYM.to_string();
    check((0x0010, 0x0010), "PN", "Cohen^Sara", Some(&name));
    check((0x0010, 0x0020), "LO", "305174936", Some(&name));
    check((0x0010, 0x0030), "DA", "19310725", Some(""));
    check((0x0010, 0x1001), "PN", "Levi^Sara", None);
    check((0x0008, 0x0050), "SH", "ACC-77", Some(""));
    check((0x0008, 0x0080), "LO", "Ichilov", Some("REMOVED"));
}
#[test]
fn what_measures_the_patient_stays_and_great_age_does_not() {
    check((0x0010, 0x0040), "CS", "F", Some("F"));
    check((0x0010, 0x1010), "AS", "054Y", Some("054Y"));
    check((0x0010, 0x1010), "AS", "089Y", Some("089Y"));
    check((0x0010, 0x1010), "AS", "090Y", Some("090Y"));
    check((0x0010, 0x1010), "AS", "098Y", Some("090Y"));
    check((0x0010, 0x1010), "AS", "old", Some(""));
    check((0x0010, 0x1030), "DS", "71.5", Some("71.5"));
}
#[test]
fn dates_move_together_and_times_stay() {
    check((0x0008, 0x0020), "DA", "20240305", Some("20240224"));
    check((0x0008, 0x0021), "DA", "20240305", Some("20240224"));
    check((0x0008, 0x0023), "DA", "20240301", Some("20240220"));
    check((0x0008, 0x002A), "DT", "20240305101112.5+0200", Some("20240224101112.5+0200"));
    check((0x0008, 0x0030), "TM", "101112.25", Some("101112.25"));
    check((0x0008, 0x0031), "TM", "about ten", Some(""));
    check((0x0008, 0x0020), "DA", "spring", Some(""));
    check((0x0008, 0x0201), "SH", "+0200", Some("+0200"));
    check((0x0008, 0x0201), "SH", "Jerusalem", Some(""));
}
#[test]
fn a_description_keeps_the_words_of_a_protocol() {
    check((0x0008, 0x103E), "LO", "T1 MPRAGE Sara Cohen +C", Some("T1 MPRAGE +C"));
    check((0x0008, 0x103E), "LO", "Sara Cohen", None);
    check((0x0018, 0x1030), "LO", "t2_flair_tra_p2 305174936", Some("t2 flair tra p2"));
    check((0x0018, 0x0010), "LO", "Gadovist 12.03.2024", Some("Gadovist"));
    check((0x0018, 0x0010), "LO", "Sara", Some("REMOVED"));
    check((0x0010, 0x4000), "LT", "brain T1 post", None);
    check((0x0020, 0x4000), "LT", "T1 of Sara post surgery", None);
    check((0x0008, 0x0008), "CS", "ORIGINAL\\PRIMARY\\COHEN\\ND", Some("ORIGINAL\\PRIMARY\\\\ND"));
}
#[test]
fn what_volumes_and_roles_are_made_of_stays() {
    check((0x0018, 0x0081), "DS", "2.98", Some("2.98"));
    check((0x0018, 0x0020), "CS", "SE\\IR", Some("SE\\IR"));
    check((0x0018, 0x0050), "DS", "1.0", Some("1.0"));
    check((0x0020, 0x0013), "IS", "17", Some("17"));
    check((0x0020, 0x0032), "DS", "-93.5\\-120.25\\1e1", Some("-93.5\\-120.25\\1e1"));
    check((0x0008, 0x0070), "LO", "SIEMENS", Some("SIEMENS"));
    check((0x0008, 0x0070), "LO", "GE MEDICAL SYSTEMS", Some("GE MEDICAL SYSTEMS"));
    // Half a name may be the name of another: ours marks our own results.
    check((0x0008, 0x0070), "LO", "Interval Cohen", Some("REMOVED"));
    check((0x0008, 0x0070), "LO", "Interval", Some("Interval"));
}
#[test]
fn the_device_is_known_unless_the_site_decides_otherwise() {
    check((0x0018, 0x1000), "LO", "SN 12345", Some("SN 12345"));
    check((0x0008, 0x1090), "LO", "Prisma_fit", Some("Prisma_fit"));
    let elements = [((0x0018, 0x1000), "LO", "SN 12345"), ((0x0008, 0x1090), "LO", "Prisma_fit")];
    let original = image_with(Wire::Explicit, &elements).part10();
    let cloak = cloak().with_device(DeviceIdentity::Removed);
    let object = parsed(deidentify(&original, &cloak).unwrap().as_ref());
    assert_eq!(text(&object, tags::DEVICE_SERIAL_NUMBER).as_deref(), Some("REMOVED"));
    assert_eq!(text(&object, tags::MANUFACTURER_MODEL_NAME), None);
    assert_eq!(codes(&object).len(), 7);
}

fn codes(object: &InMemDicomObject) -> Vec<String> {
    let sequence = object.element(tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE).unwrap();
    let items = sequence.items().unwrap();
    items.iter().map(|item| text(item, tags::CODE_VALUE).unwrap()).collect()
}

#[test]
fn the_object_says_what_was_done_to_it() {
    for wire in Wire::ALL {
        let object = inside(&mr_image(wire).part10());
        let says = |tag| text(&object, tag).unwrap();
        assert_eq!(says(tags::PATIENT_IDENTITY_REMOVED), "YES");
        assert_eq!(says(tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED), "MODIFIED");
        assert!(says(tags::DEIDENTIFICATION_METHOD).contains("PS3.15"));
        let expected =
            ["113100", "113103", "113104", "113105", "113107", "113108", "113111", "113109"];
        assert_eq!(codes(&object), expected);
    }
}

#[test]
fn the_envelope_names_nobody() {
    let mut original = mr_image(Wire::Explicit).part10();
    original[..10].copy_from_slice(b"COHEN^SARA");
    let file = deidentify(&original, &cloak()).unwrap().into_inner();
    assert!(file[..128].iter().all(|byte| *byte == 0));
    let object = parsed(&file);
    assert_eq!(object.meta().source_application_entity_title, None);
    let instance = text(&object, tags::SOP_INSTANCE_UID).unwrap();
    assert_eq!(object.meta().media_storage_sop_instance_uid(), instance);
}

#[test]
fn a_uid_has_one_replacement_wherever_it_stands() {
    let uid = |text: &str| cloak().uid(&text.parse::<Uid<()>>().unwrap()).to_string();
    for wire in Wire::ALL {
        let mut reference = DataSet::new(wire);
        reference.text((0x0008, 0x1150), "UI", interval_iod::uids::MR_IMAGE).text(
            (0x0008, 0x1155),
            "UI",
            "1.2.3",
        );
        let mut segment = DataSet::new(wire);
        segment.text((0x0062, 0x0021), "UI", "1.2.9");
        let mut set = image_with(wire, &[((0x0020, 0x0052), "UI", "1.2.7")]);
        set.sequence((0x0008, 0x1140), Stated::Delimiter, &reference)
            .sequence((0x0008, 0x2112), Stated::Length, &reference)
            .sequence((0x0062, 0x0002), Stated::Length, &segment);
        let object = inside(&set.part10());
        let first = |tag| object.element(tag).unwrap().items().unwrap()[0].clone();
        for tag in [tags::REFERENCED_IMAGE_SEQUENCE, tags::SOURCE_IMAGE_SEQUENCE] {
            let item = first(tag);
            let referenced = text(&item, tags::REFERENCED_SOP_INSTANCE_UID);
            assert_eq!(referenced, text(&object, tags::SOP_INSTANCE_UID));
            let class = text(&item, tags::REFERENCED_SOP_CLASS_UID).unwrap();
            assert_eq!(class, interval_iod::uids::MR_IMAGE);
        }
        let tracking = text(&first(tags::SEGMENT_SEQUENCE), tags::TRACKING_UID);
        assert_eq!(tracking, Some(uid("1.2.9")));
        assert_eq!(text(&object, tags::SOP_INSTANCE_UID), Some(uid("1.2.3")));
        assert_eq!(text(&object, tags::STUDY_INSTANCE_UID), Some(uid("1.2.3.4")));
        assert_eq!(text(&object, tags::SERIES_INSTANCE_UID), Some(uid("1.2.3.4.5")));
        assert_eq!(text(&object, tags::FRAME_OF_REFERENCE_UID), Some(uid("1.2.7")));
    }
}

#[test]
fn pixels_are_passed_through_as_they_are() {
    let ends_alike = |original: &[u8], bytes: usize| {
        let file = deidentify(original, &cloak()).unwrap().into_inner();
        assert_eq!(file[file.len() - bytes..], original[original.len() - bytes..]);
    };
    for wire in Wire::ALL {
        ends_alike(&mr_image(wire).part10(), 16);
    }
    let mut set = image_with(Wire::Explicit, &[]);
    set.header(PIXEL_DATA, "OB", UNDEFINED);
    set.element(ITEM, "", &[0, 0, 0, 0]).element(ITEM, "", b"COMPRESSED").element(
        SEQUENCE_END,
        "",
        &[],
    );
    // JPEG 2000 lossless.
    ends_alike(&set.part10_in("1.2.840.10008.1.2.4.90"), 50);
}

#[test]
fn a_deflated_object_comes_out_plain() {
    let plain = mr_image(Wire::Explicit);
    let mut deflater =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflater.write_all(&plain.bytes).unwrap();
    let deflated = DataSet { wire: Wire::Explicit, bytes: deflater.finish().unwrap() };
    let file = deidentify(&deflated.part10_in(DEFLATED_EXPLICIT_LITTLE), &cloak()).unwrap();
    assert_eq!(parsed(file.as_ref()).meta().transfer_syntax(), EXPLICIT_LITTLE);
    assert_eq!(file, deidentify(&plain.part10(), &cloak()).unwrap());
}

#[test]
fn a_second_time_changes_nothing_but_uids_and_dates() {
    let once = deidentify(&mr_image(Wire::Explicit).part10(), &cloak()).unwrap().into_inner();
    let twice = deidentify(&once, &cloak()).unwrap().into_inner();
    assert_eq!(once.len(), twice.len());
    assert_eq!(codes(&parsed(&twice)).len(), 8);
}

#[track_caller]
fn check_refused(elements: &[((u16, u16), &str, &str)], expected: Evidence) {
    let refused = deidentify(&image_with(Wire::Explicit, elements).part10(), &cloak());
    match refused {
        Err(DeidError::BurnedIn(evidence)) => assert_eq!(evidence, expected),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn text_in_the_pixels_is_for_a_human() {
    check_refused(&[((0x0028, 0x0301), "CS", "YES")], Evidence::Stated);
    check_refused(&[((0x0008, 0x0008), "CS", "DERIVED\\SECONDARY\\SCREEN SAVE")], Evidence::Screen);
    let coloured =
        [((0x0008, 0x0008), "CS", "DERIVED\\SECONDARY"), ((0x0028, 0x0004), "CS", "RGB")];
    check_refused(&coloured, Evidence::Derived);
}

#[test]
fn graphics_are_left_out_and_refused_where_they_are_among_the_pixels() {
    let mut set = image_with(Wire::Explicit, &[]);
    set.number((0x6000, 0x0102), 0).element((0x6000, 0x3000), "OW", b"COHEN^SARA");
    let object = inside(&set.part10());
    assert!(object.iter().all(|element| element.header().tag.0 != 0x6000));
    set.number((0x6002, 0x0102), 12);
    let refused = deidentify(&set.part10(), &cloak()).unwrap_err();
    assert!(matches!(refused, DeidError::BurnedIn(Evidence::OverlayInPixels)));
    assert_eq!(refused.fault(), Fault::Refused);
}

#[test]
fn the_guard_stands_in_front() {
    let original = mr_image(Wire::Explicit).part10();
    for cut in [0, 100, 140, 400, original.len() - 1] {
        assert!(
            matches!(deidentify(&original[..cut], &cloak()), Err(DeidError::Guard(_))),
            "{cut}"
        );
    }
}

#[test]
fn a_report_keeps_its_numbers_and_codes_and_loses_its_texts() {
    let wire = Wire::Explicit;
    let mut code = DataSet::new(wire);
    code.text((0x0008, 0x0100), "SH", "118565006").text((0x0008, 0x0102), "SH", "SCT").text(
        (0x0008, 0x0104),
        "LO",
        "Volume of Sara Cohen",
    );
    let mut value = DataSet::new(wire);
    value.text((0x0040, 0xA30A), "DS", "12.5");
    let mut item = DataSet::new(wire);
    item.text((0x0040, 0xA040), "CS", "NUM")
        .sequence((0x0040, 0xA043), Stated::Length, &code)
        .text((0x0040, 0xA123), "PN", "Cohen^Sara")
        .text((0x0040, 0xA160), "UT", "Sara Cohen fell")
        .sequence((0x0040, 0xA300), Stated::Length, &value);
    let mut set = image_with(wire, &[]);
    set.sequence((0x0040, 0xA730), Stated::Length, &item);
    let object = inside(&set.part10());
    let content = object.element(tags::CONTENT_SEQUENCE).unwrap().items().unwrap()[0].clone();
    let Value::Sequence(names) = content.element(tags::CONCEPT_NAME_CODE_SEQUENCE).unwrap().value()
    else {
        panic!("no name")
    };
    assert_eq!(text(&names.items()[0], tags::CODE_VALUE).unwrap(), "118565006");
    assert_eq!(text(&names.items()[0], tags::CODE_MEANING).unwrap(), "Volume of");
    assert_eq!(text(&content, tags::PERSON_NAME).unwrap(), "REMOVED");
    assert_eq!(text(&content, tags::TEXT_VALUE).unwrap(), "REMOVED");
    let measured = content.element(tags::MEASURED_VALUE_SEQUENCE).unwrap().items().unwrap();
    assert_eq!(text(&measured[0], tags::NUMERIC_VALUE).unwrap(), "12.5");
}
