//! Objects that were sent twice, and what was changed in between.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod wire;

use interval_iod::alteration::{Alteration, AlterationError, compare};
use wire::{DataSet, PIXEL_DATA, Stated, Wire};

/// RLE Lossless.
const RLE: &str = "1.2.840.10008.1.2.5";

/// What an image says of itself; the rest is the same in all of them.
#[derive(Debug, Clone, Copy)]
struct Says<'a> {
    charset: &'a str,
    name: &'a [u8],
    intercept: &'a str,
    private: &'a str,
    pixels: [u16; 4],
}

const SAYS: Says<'static> = Says {
    charset: "ISO_IR 100",
    name: b"M\xFCller^J",
    intercept: "-5",
    private: "odd",
    pixels: [1, 2, 3, 4],
};

fn described(wire: Wire, says: Says) -> DataSet {
    let mut set = DataSet::new(wire);
    let mut item = DataSet::new(wire);
    item.text((0x0008, 0x1150), "UI", "1.2.840.10008.5.1.4.1.1.4");
    let stated = if wire == Wire::Big { Stated::Length } else { Stated::Delimiter };
    set.text((0x0008, 0x0005), "CS", says.charset)
        .text((0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.4")
        .text((0x0008, 0x0018), "UI", "1.2.3")
        .text((0x0008, 0x1030), "LO", "")
        .sequence((0x0008, 0x1140), stated, &item)
        .text((0x0009, 0x0010), "LO", "VENDOR")
        .text((0x0009, 0x1001), "LO", says.private)
        .element((0x0010, 0x0010), "PN", says.name)
        .number((0x0028, 0x0002), 1)
        .text((0x0028, 0x0004), "CS", "MONOCHROME2")
        .number((0x0028, 0x0010), 2)
        .number((0x0028, 0x0011), 2)
        .number((0x0028, 0x0100), 16)
        .number((0x0028, 0x0101), 16)
        .number((0x0028, 0x0102), 15)
        .number((0x0028, 0x0103), 0)
        .text((0x0028, 0x1052), "DS", says.intercept);
    set
}

fn image(wire: Wire, says: Says) -> Vec<u8> {
    let mut set = described(wire, says);
    set.header(PIXEL_DATA, "OW", 8);
    for value in says.pixels {
        set.half(value);
    }
    set.part10()
}

#[track_caller]
fn check(before: &[u8], after: &[u8], expected: Result<&[&str], Option<&[&str]>>) {
    let (content, keywords) = match compare(before, after).unwrap() {
        Alteration::SameContent(differences) => (Ok(()), differences),
        Alteration::OtherContent(differences) => (Err(Some(())), differences),
        Alteration::OtherPixels => (Err(None), Vec::new()),
        Alteration::SameBytes => panic!("the bytes are not the same"),
    };
    let keywords: Vec<&str> = keywords.iter().map(|difference| difference.keyword).collect();
    let found = content.map(|()| &*keywords).map_err(|content| content.map(|()| &*keywords));
    assert_eq!(found, expected);
}

#[test]
fn the_same_bytes_are_the_same() {
    let file = image(Wire::Explicit, SAYS);
    assert_eq!(compare(&file, &file), Ok(Alteration::SameBytes));
}
#[test]
fn another_encoding_is_no_alteration() {
    let utf8 = Says { charset: "ISO_IR 192", name: "Müller^J".as_bytes(), ..SAYS };
    for before in Wire::ALL {
        for after in Wire::ALL {
            check(&image(before, SAYS), &image(after, utf8), Ok(&[]));
        }
    }
}
#[test]
fn a_corrected_name_is_a_revision() {
    let corrected = Says { name: b"M\xFCller^Jo", ..SAYS };
    check(&image(Wire::Explicit, SAYS), &image(Wire::Explicit, corrected), Ok(&["PatientName"]));
    check(&image(Wire::Explicit, SAYS), &image(Wire::Implicit, corrected), Ok(&["PatientName"]));
}
#[test]
fn another_description_of_the_pixels_is_other_content() {
    let before = image(Wire::Explicit, SAYS);
    let rescaled = Says { intercept: "-6", name: b"Meier", ..SAYS };
    check(&before, &image(Wire::Explicit, rescaled), Err(Some(&["RescaleIntercept"])));
    let private = Says { private: "even", ..SAYS };
    check(&before, &image(Wire::Explicit, private), Err(Some(&[""])));
}
#[test]
fn other_pixels_are_found_whatever_else_differs() {
    let other = Says { pixels: [1, 2, 3, 5], name: b"Meier", ..SAYS };
    check(&image(Wire::Explicit, SAYS), &image(Wire::Big, other), Err(None));
}
#[test]
fn pixels_are_the_same_when_they_are_compressed_without_loss() {
    let mut header = [0; 64];
    header[..12].copy_from_slice(&[2, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0]);
    for (last, expected) in [(4, Ok(&[][..])), (5, Err(None))] {
        let stream = [&header[..], &[253, 0, 3, 1, 2, 3, last, 0]].concat();
        let mut set = described(Wire::Explicit, SAYS);
        set.header(PIXEL_DATA, "OB", wire::UNDEFINED).header(wire::ITEM, "", 0);
        set.element(wire::ITEM, "", &stream).header(wire::SEQUENCE_END, "", 0);
        check(&image(Wire::Explicit, SAYS), &set.part10_in(RLE), expected);
    }
}
#[test]
fn an_object_without_pixels_has_its_content() {
    let report = |name: &str, text: &str| {
        let mut set = DataSet::new(Wire::Explicit);
        set.text((0x0008, 0x0018), "UI", "1.2.3").text((0x0010, 0x0010), "PN", name).text(
            (0x0040, 0xA160),
            "UT",
            text,
        );
        set.part10()
    };
    check(&report("A", "text"), &report("B", "text"), Ok(&["PatientName"]));
    check(&report("A", "text"), &report("B", "other"), Err(Some(&["TextValue"])));
}
#[test]
fn two_instances_are_not_compared() {
    let mut other = DataSet::new(Wire::Explicit);
    other.text((0x0008, 0x0018), "UI", "1.2.4");
    let error = compare(&image(Wire::Explicit, SAYS), &other.part10());
    assert_eq!(error, Err(AlterationError::OtherInstance));
}
