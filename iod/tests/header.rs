//! Headers as scanners and archives write them, valid and not.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod peers;
mod wire;

use interval_core::digest::Digest;
use interval_core::query::Attribute;
use interval_core::study::{BurnedIn, Instance, Lossy};
use interval_iod::guard::NESTING_MAX;
use interval_iod::header::{self, HeaderError};
use interval_iod::uids::MR_IMAGE;
use wire::{DataSet, ITEM, ITEM_END, PIXEL_DATA, SEQUENCE_END, Stated, UNDEFINED, Wire};

fn read(set: &DataSet) -> Result<Instance, HeaderError> {
    let file = set.part10();
    header::read(&file, Digest::of(&file))
}

/// An image with a name in a character set, and other elements around it in the order of tags.
fn image(wire: Wire, charset: &str, name: &[u8], rest: impl FnOnce(&mut DataSet)) -> DataSet {
    let mut set = DataSet::new(wire);
    set.text((0x0008, 0x0005), "CS", charset)
        .text((0x0008, 0x0016), "UI", MR_IMAGE)
        .text((0x0008, 0x0018), "UI", "1.2.3")
        .element((0x0010, 0x0010), "PN", name)
        .text((0x0020, 0x000D), "UI", "1.2.3.4")
        .text((0x0020, 0x000E), "UI", "1.2.3.4.5");
    rest(&mut set);
    set
}

#[track_caller]
fn check_name(charset: &str, bytes: &[u8], expected: &str) {
    for wire in Wire::ALL {
        let instance = read(&image(wire, charset, bytes, |_| {})).unwrap();
        assert_eq!(instance.patient.name, expected, "{wire:?}");
    }
}

#[test]
fn names_are_read_in_their_character_set() {
    check_name("ISO_IR 192", "Müller^Jörg".as_bytes(), "Müller^Jörg");
    check_name("ISO_IR 192", "כהן^שרה ".as_bytes(), "כהן^שרה");
    check_name("ISO_IR 100", b"M\xFCller^J\xF6rg ", "Müller^Jörg");
    check_name("ISO_IR 138", b"\xEB\xE4\xEF^\xF9\xF8\xE4 ", "כהן^שרה");
    check_name("", b"Doe^Jane", "Doe^Jane");
}
#[test]
fn names_behind_escape_sequences_are_read_in_all_their_groups() {
    check_name(
        "\\ISO 2022 IR 87",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
        "Yamada^Tarou=山田^太郎",
    );
    check_name("GB18030", b"Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB=", "Wang^XiaoDong=王^小东=");
    check_name("", b"Caf\xe9^Bad", "Café^Bad");
}
#[test]
fn what_can_be_asked_for_is_listed_as_it_is_in_the_object() {
    for wire in Wire::ALL {
        let set = image(wire, "ISO_IR 100", b"M\xFCller^J\xF6rg=", |set| {
            set.text((0x0020, 0x0010), "SH", "")
                .text((0x0020, 0x0013), "IS", " 007")
                .text((0x0020, 0x1208), "IS", "12")
                .number((0x0028, 0x0010), 256)
                .element(PIXEL_DATA, "OW", &[0; 8]);
        });
        let file = set.part10();
        let (instance, found) = header::read_listed(&file, Digest::of(&file)).unwrap();
        assert_eq!(instance, read(&set).unwrap());
        let told = |attribute| found.values.get(&attribute).map(|values| values.join("|"));
        assert_eq!(told(Attribute::PatientName).as_deref(), Some("Müller^Jörg="));
        assert_eq!(told(Attribute::SOPClassUID).as_deref(), Some(MR_IMAGE));
        assert_eq!(told(Attribute::StudyID).as_deref(), Some(""));
        assert_eq!(told(Attribute::InstanceNumber).as_deref(), Some("7"));
        assert_eq!(told(Attribute::Rows).as_deref(), Some("256"));
        assert_eq!(told(Attribute::Columns), None);
        assert_eq!(told(Attribute::NumberOfStudyRelatedInstances), None);
    }
}
#[test]
fn an_unknown_character_set_costs_the_accents_and_not_the_image() {
    check_name("ISO_IR 999", b"Doe^Jane", "Doe^Jane");
    let instance = read(&image(Wire::Explicit, "ISO_IR 192", b"M\xFCller", |_| {})).unwrap();
    assert!(instance.patient.name.starts_with('M'), "{}", instance.patient.name);
}
#[test]
fn a_plane_is_read_and_its_numbers_may_be_padded() {
    for wire in Wire::ALL {
        let set = image(wire, "", b"", |set| {
            set.text((0x0020, 0x0032), "DS", "-10.5 \\ 2e1\\+3.0")
                .text((0x0020, 0x0037), "DS", "1\\0\\0\\0\\1\\0")
                .number((0x0028, 0x0010), 256)
                .number((0x0028, 0x0011), 192)
                .text((0x0028, 0x0030), "DS", "0.9\\0.8");
        });
        let plane = read(&set).unwrap().plane.unwrap();
        assert_eq!(plane.position, [-10.5, 20., 3.]);
        assert_eq!((plane.rows, plane.columns), (256, 192));
        assert_eq!((plane.pixel_spacing_mm, plane.slice_thickness_mm), ([0.9, 0.8], None));
    }
}
#[test]
fn a_value_that_is_absent_empty_or_nonsense_is_left_empty() {
    let set = image(Wire::Explicit, "", b"", |set| {
        set.text((0x0020, 0x0011), "IS", "")
            .text((0x0020, 0x0013), "IS", "seven")
            .text((0x0020, 0x0032), "DS", "1\\2")
            .text((0x0020, 0x0052), "UI", "not.a.uid")
            .text((0x0028, 0x0008), "IS", "-1");
    });
    let instance = read(&set).unwrap();
    assert_eq!((instance.instance_number, instance.acquisition.series_number), (None, None));
    assert_eq!((instance.plane, instance.frames), (None, 1));
    assert_eq!(instance.acquisition.frame_of_reference, None);
    assert_eq!(instance.acquisition.echo_time_ms, None);
    assert_eq!(instance.acquisition.burned_in_annotation, BurnedIn::NotStated);
}
#[test]
fn warnings_of_the_header_are_kept() {
    let set = image(Wire::Explicit, "", b"", |set| {
        set.text((0x0028, 0x0301), "CS", "YES").text((0x0028, 0x2110), "CS", "01");
    });
    let acquisition = read(&set).unwrap().acquisition;
    assert_eq!(acquisition.burned_in_annotation, BurnedIn::Stated);
    assert_eq!(acquisition.lossy, Lossy::Yes);
}
#[test]
fn an_object_without_its_uids_has_no_place() {
    let mut set = DataSet::new(Wire::Explicit);
    set.text((0x0008, 0x0016), "UI", MR_IMAGE).text((0x0008, 0x0018), "UI", "1.2.3");
    let error = read(&set).unwrap_err();
    assert_eq!(error.to_string(), "the object has no valid Study Instance UID");
}
#[test]
fn a_file_cut_off_in_its_pixels_still_has_a_header() {
    let set = image(Wire::Explicit, "", b"Doe^Jane", |set| {
        set.element(PIXEL_DATA, "OW", &[7; 1000]);
    });
    let file = set.part10();
    let instance = header::read(&file[..file.len() - 900], Digest::of(&file)).unwrap();
    assert_eq!(instance.patient.name, "Doe^Jane");
    assert_eq!(instance.digest, Digest::of(&file));
}
#[test]
fn a_private_sequence_that_an_archive_wrote_as_unknown_does_not_hide_the_rest() {
    let mut inner = DataSet::new(Wire::Implicit);
    inner.text((0x0008, 0x0104), "LO", "its length would be read as VR and value").sequence(
        (0x0008, 0x1140),
        Stated::Delimiter,
        &DataSet::new(Wire::Implicit),
    );
    let set = image(Wire::Explicit, "", b"Doe^Jane", |set| {
        set.header((0x0021, 0x1010), "UN", UNDEFINED).header(ITEM, "", UNDEFINED);
        set.bytes.extend(&inner.bytes);
        set.header(ITEM_END, "", 0).header(SEQUENCE_END, "", 0);
        set.number((0x0028, 0x0010), 256);
    });
    assert_eq!(read(&set).unwrap().patient.name, "Doe^Jane");
}
#[test]
fn a_uid_of_unknown_representation_is_still_a_uid() {
    let mut set = DataSet::new(Wire::Explicit);
    set.text((0x0008, 0x0016), "UN", MR_IMAGE)
        .text((0x0008, 0x0018), "UN", "1.2.3")
        .text((0x0020, 0x000D), "UN", "1.2.3.4")
        .text((0x0020, 0x000E), "UN", "1.2.3.4.5");
    assert_eq!(read(&set).unwrap().uid.as_str(), "1.2.3");
}
#[test]
fn a_bomb_is_refused_before_it_is_parsed() {
    let set = image(Wire::Explicit, "", b"", |set| {
        set.header((0x0021, 0x1010), "OB", 0xF000_0000);
    });
    assert!(matches!(read(&set), Err(HeaderError::Guard(_))));
}
#[test]
fn the_deepest_nesting_that_passes_is_parsed_on_a_small_stack() {
    /// Stack of a thread of the runtime, in bytes.
    const STACK_BYTES: usize = 2 << 20;
    let nested = (0..NESTING_MAX).fold(DataSet::new(Wire::Explicit), |inner, _| {
        let mut outer = DataSet::new(Wire::Explicit);
        outer.sequence((0x0008, 0x1140), Stated::Delimiter, &inner);
        outer
    });
    let set = image(Wire::Explicit, "", b"Doe^Jane", |set| set.bytes.extend(&nested.bytes));
    let parse = move || read(&set).map(|instance| instance.patient.name);
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(parse).unwrap();
    assert_eq!(thread.join().unwrap().unwrap(), "Doe^Jane");
}
#[test]
fn an_enhanced_image_says_what_its_first_frame_says() {
    let Some(folder) = peers::shared("data/dicom_qa/dcm_qa_enh/Siemens_XA10") else { return };
    let file = std::fs::read(folder.join("6_1.dcm")).unwrap();
    let instance = header::read(&file, Digest::of(&file)).unwrap();
    assert_eq!(instance.frames, 6);
    assert_eq!(instance.acquisition.repetition_time_ms, Some(500.));
    assert_eq!(instance.acquisition.scanning_sequence, ["GR", "EP"]);
    assert!(instance.acquisition.echo_time_ms.is_some());
    assert!(instance.plane.is_some());
}
