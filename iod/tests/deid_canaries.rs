//! Canaries: texts that stand for a person, put wherever an object can hold a text. None may be
//! found in what leaves.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod wire;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;
use interval_core::digest::Digest;
use interval_core::patient::PatientPseudonym;
use interval_core::units::Days;
use interval_iod::deid::cloak::{Cloak, DeviceIdentity};
use interval_iod::deid::deidentify;
use interval_iod::{guard::Guard, header};
use wire::{DataSet, PIXEL_DATA, Stated, Wire};

/// The rows of the standard's table, as the code reads them.
const TABLE: &str = include_str!("../src/deid/table.txt");

/// A name, an identity number, a date of birth, a name in Hebrew. None is a word of a protocol.
const CANARIES: [&str; 4] = ["KANARI^VOGELIN", "305174936", "19310725", "כנרית"];

/// First Hebrew letter in Unicode and in ISO 8859-8.
const ALEF: (u32, u8) = (0x05D0, 0xE0);

/// How texts of the object are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Hebrew,
    Utf8,
    Escaped,
}

impl Charset {
    const ALL: [Charset; 3] = [Charset::Hebrew, Charset::Utf8, Charset::Escaped];

    fn name(self) -> &'static str {
        match self {
            Charset::Hebrew => "ISO_IR 138",
            Charset::Utf8 => "ISO_IR 192",
            Charset::Escaped => "\\ISO 2022 IR 138",
        }
    }

    fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Charset::Utf8 => text.as_bytes().to_vec(),
            Charset::Hebrew => latin_hebrew(text),
            Charset::Escaped => [b"\x1B-H".as_slice(), &latin_hebrew(text)].concat(),
        }
    }
}

/// ISO 8859-8.
fn latin_hebrew(text: &str) -> Vec<u8> {
    let (first, byte) = ALEF;
    text.chars()
        .map(|c| u8::try_from(c).unwrap_or_else(|_| (u32::from(c) - first) as u8 + byte))
        .collect()
}

/// All ways in which a canary could be written.
fn disguises(canary: &str) -> Vec<Vec<u8>> {
    let wide: Vec<u16> = canary.encode_utf16().collect();
    vec![
        canary.as_bytes().to_vec(),
        canary.to_lowercase().into_bytes(),
        latin_hebrew(canary),
        wide.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        wide.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
    ]
}

/// Bytes as a text of as many characters, in which canaries are found quickly.
fn song(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Each part of a name is a canary of its own.
fn singing(bytes: &[u8]) -> Vec<&'static str> {
    let song_of_all = song(bytes);
    let parts = CANARIES.into_iter().flat_map(|canary| canary.split('^'));
    parts
        .filter(|part| disguises(part).iter().any(|needle| song_of_all.contains(&song(needle))))
        .collect()
}

fn cloak(device: DeviceIdentity) -> Cloak {
    Cloak::new(PatientPseudonym(0x77), [9; 32], Days(-123)).unwrap().with_device(device)
}

/// A value of this VR with as many canaries as it can hold.
fn canary(vr: VR, charset: Charset) -> Vec<u8> {
    let mut value = match vr {
        VR::PN => charset.encode("KANARI^VOGELIN^כנרית"),
        VR::DA => b"19310725".to_vec(),
        VR::DT => b"19310725101112.5+0200".to_vec(),
        VR::TM => b"305174936".to_vec(),
        VR::AS => b"098Y".to_vec(),
        VR::IS | VR::DS => b"305174936".to_vec(),
        VR::UI => b"1.2.826.305174936.19310725".to_vec(),
        VR::UR => b"http://pacs/KANARI/VOGELIN?id=305174936".to_vec(),
        VR::AE | VR::CS => b"KANARI VOGELIN".to_vec(),
        VR::LO | VR::SH | VR::ST | VR::LT | VR::UC | VR::UT => {
            charset.encode("KANARI^VOGELIN 305174936 19310725 כנרית")
        }
        _ => [charset.encode("KANARI^VOGELIN305174936"), charset.encode("כנרית")].concat(),
    };
    // Whole numbers of eight bytes, so that it is valid for any binary VR.
    let padding = if matches!(vr, VR::UI) { 0 } else { b' ' };
    let whole = if is_binary(vr) { 8 } else { 2 };
    value.resize(value.len().next_multiple_of(whole), padding);
    value
}

fn is_binary(vr: VR) -> bool {
    use VR::{FD, FL, OB, OD, OF, OL, OV, OW, SL, SS, SV, UL, UN, US, UV};
    matches!(vr, FD | FL | OB | OD | OF | OL | OV | OW | SL | SS | SV | UL | UN | US | UV)
}

/// Numbers in binary form name nobody; their bytes are not searched for texts.
fn is_number(vr: VR) -> bool {
    use VR::{AT, FD, FL, SL, SS, SV, UL, US, UV};
    matches!(vr, AT | FD | FL | SL | SS | SV | UL | US | UV)
}

/// Every attribute of the standard's dictionary in the groups of data sets, with its VR; sequences
/// apart.
fn attributes() -> Vec<(Tag, VR)> {
    let groups =
        (0x0008..0x0100).step_by(2).chain([0x0400, 0x2050, 0x2100, 0x2200, 0x3006, 0x4008]);
    groups
        .flat_map(|group| (1..=u16::MAX).map(move |element| Tag(group, element)))
        .filter_map(|tag| {
            let vr = StandardDataDictionary.by_tag(tag)?.vr().relaxed();
            let is_text = vr != VR::SQ && vr != VR::UN && !is_number(vr);
            (is_text && tag.0 != 0x0002).then_some((tag, vr))
        })
        .collect()
}

/// The image's own names: an object without them is refused.
const NAMES: [(u16, u16); 5] =
    [(0x0008, 0x0005), (0x0008, 0x0016), (0x0008, 0x0018), (0x0020, 0x000D), (0x0020, 0x000E)];

fn put(set: &mut DataSet, tag: Tag, vr: VR, charset: Charset) {
    set.element((tag.0, tag.1), vr.to_string(), &canary(vr, charset));
}

/// A data set of some attributes, in the order of their tags, with its names and pixels.
fn object(
    wire: Wire,
    charset: Charset,
    attributes: &[(Tag, VR)],
    extra: &[(Tag, &str, Vec<u8>)],
) -> Vec<u8> {
    let mut elements: Vec<(Tag, String, Vec<u8>)> = attributes
        .iter()
        .filter(|(tag, _)| !NAMES.contains(&(tag.0, tag.1)))
        .map(|(tag, vr)| (*tag, vr.to_string(), canary(*vr, charset)))
        .chain(extra.iter().map(|(tag, vr, value)| (*tag, (*vr).to_owned(), value.clone())))
        .collect();
    let names: [(Tag, &str, &str); 5] = [
        (Tag(0x0008, 0x0005), "CS", charset.name()),
        (Tag(0x0008, 0x0016), "UI", interval_iod::uids::MR_IMAGE),
        (Tag(0x0008, 0x0018), "UI", "1.2.826.305174936.19310725.1"),
        (Tag(0x0020, 0x000D), "UI", "1.2.826.305174936.19310725.2"),
        (Tag(0x0020, 0x000E), "UI", "1.2.826.305174936.19310725.3"),
    ];
    for (tag, vr, text) in names {
        let mut value = text.as_bytes().to_vec();
        value.resize(value.len().next_multiple_of(2), if vr == "UI" { 0 } else { b' ' });
        elements.push((tag, vr.to_owned(), value));
    }
    elements.sort_by_key(|(tag, _, _)| *tag);
    let mut set = DataSet::new(wire);
    for (tag, vr, value) in elements {
        set.element((tag.0, tag.1), &vr, &value);
    }
    set.element(PIXEL_DATA, "OW", &[0, 1, 2, 3]);
    set.part10()
}

/// No canary sings in what leaves, and it is a whole object.
#[track_caller]
fn check_silent(original: &[u8], device: DeviceIdentity) -> Vec<u8> {
    let inside = deidentify(original, &cloak(device)).unwrap().into_inner();
    assert_eq!(singing(&inside), Vec::<&str>::new());
    assert!(inside[..128].iter().all(|byte| *byte == 0), "the preamble says something");
    let mut guard = Guard::part10();
    guard.take(&inside).unwrap();
    guard.finish().unwrap().identity.unwrap();
    header::read(&inside, Digest::of(&inside)).unwrap();
    inside
}

#[test]
fn no_attribute_of_the_standard_lets_a_canary_out() {
    let attributes = attributes();
    assert!(attributes.len() > 2_000, "only {} attributes", attributes.len());
    for wire in Wire::ALL {
        for charset in Charset::ALL {
            let original = object(wire, charset, &attributes, &[]);
            assert_eq!(singing(&original).len(), 5, "the canaries are not in the object");
            check_silent(&original, DeviceIdentity::Removed);
            check_silent(&original, DeviceIdentity::Retained);
        }
    }
}

#[test]
fn no_row_of_the_table_lets_a_canary_out() {
    let mut rows = 0;
    let tags =
        TABLE.lines().filter_map(|line| u32::from_str_radix(line.split(' ').next()?, 16).ok());
    for tag in tags.map(|bits| Tag((bits >> 16) as u16, bits as u16)).filter(|tag| tag.0 > 0x0002) {
        // Later rows are not in the dictionary: a writer would call them LO.
        let known = StandardDataDictionary.by_tag(tag).map_or(VR::LO, |entry| entry.vr().relaxed());
        let vr = if known == VR::SQ { VR::UN } else { known };
        if is_number(vr) {
            continue;
        }
        rows += 1;
        check_silent(
            &object(Wire::Explicit, Charset::Utf8, &[(tag, vr)], &[]),
            DeviceIdentity::Removed,
        );
    }
    assert!(rows > 600, "only {rows} rows");
}

#[test]
fn a_private_block_lets_no_canary_out_whatever_it_is_called() {
    let creators = [
        "KANARI VOGELIN",
        "SIEMENS CSA HEADER",
        "SIEMENS MR HEADER",
        "GEMS_PARM_01",
        "GEMS_ACQU_01",
        "Philips MR Imaging DD 001",
        "Philips Imaging DD 001",
        "GEMS_RELA_01",
    ];
    let texts = [VR::LO, VR::UN, VR::IS, VR::DS, VR::FD];
    for creator in creators {
        for (group, vr) in [0x0009, 0x0019, 0x0021, 0x0029, 0x0043, 0x2001, 0x2005]
            .into_iter()
            .flat_map(|group| texts.map(|vr| (group, vr)))
        {
            let mut name = creator.as_bytes().to_vec();
            name.resize(name.len().next_multiple_of(2), b' ');
            let block: Vec<(Tag, &str, Vec<u8>)> = (0x1000..=0x10FF)
                .map(|element| (Tag(group, element), vr.to_string(), canary(vr, Charset::Utf8)))
                .chain([(Tag(group, 0x0010), "LO", name)])
                .collect();
            check_silent(
                &object(Wire::Explicit, Charset::Utf8, &[], &block),
                DeviceIdentity::Retained,
            );
        }
    }
}

#[test]
fn a_canary_beside_the_pixels_goes() {
    let text = canary(VR::LO, Charset::Utf8);
    let beside =
        [(Tag(0x7FE0, 0x0005), "LO", text.clone()), (Tag(0x7FE0, 0x0001), "LO", text.clone())];
    check_silent(&object(Wire::Explicit, Charset::Utf8, &[], &beside), DeviceIdentity::Retained);
    let behind = [(Tag(0xFFFC, 0xFFFC), "OB", text.clone()), (Tag(0x7FE1, 0x1010), "LO", text)];
    check_silent(&object(Wire::Explicit, Charset::Utf8, &[], &behind), DeviceIdentity::Retained);
}

#[test]
fn a_canary_under_another_vr_than_the_attribute_has_goes() {
    // Rows, echo time, pixel spacing, a sequence: what they hold is not what they are.
    for tag in [Tag(0x0028, 0x0010), Tag(0x0018, 0x0081), Tag(0x0028, 0x0030), Tag(0x0008, 0x1140)]
    {
        for vr in [VR::LO, VR::UN, VR::OB, VR::LT, VR::PN, VR::UT, VR::US, VR::OW] {
            check_silent(
                &object(Wire::Explicit, Charset::Utf8, &[(tag, vr)], &[]),
                DeviceIdentity::Retained,
            );
        }
    }
}

#[test]
fn nesting_hides_no_canary() {
    for wire in Wire::ALL {
        for stated in [Stated::Length, Stated::Delimiter] {
            let mut innermost = DataSet::new(wire);
            for (tag, vr) in attributes() {
                put(&mut innermost, tag, vr, Charset::Hebrew);
            }
            let mut second = DataSet::new(wire);
            second.sequence((0x0008, 0x1140), stated, &innermost);
            let mut third = DataSet::new(wire);
            third.sequence((0x0040, 0xA730), stated, &second);
            let mut private = DataSet::new(wire);
            private.text((0x0009, 0x0010), "LO", "KANARI VOGELIN");
            private.sequence((0x0009, 0x1001), Stated::Delimiter, &innermost);
            let mut set = wire::mr_image(wire);
            let pixels =
                set.bytes.split_off(set.bytes.len() - if wire == Wire::Implicit { 16 } else { 20 });
            set.sequence((0x5200, 0x9229), stated, &third);
            set.sequence((0x5200, 0x9230), stated, &private);
            set.bytes.extend(pixels);
            assert_eq!(singing(&set.part10()).len(), 5);
            check_silent(&set.part10(), DeviceIdentity::Retained);
        }
    }
}
