//! Frames and long values, found in objects as they come.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod wire;

use interval_iod::bulk::{self, BulkError, Path};
use interval_iod::frames::{FrameError, Frames};
use wire::{DataSet, ITEM, PIXEL_DATA, SEQUENCE_END, Stated, UNDEFINED, Wire, mr_image};

/// RLE Lossless, and one whose streams nobody has to decode here.
const RLE: &str = "1.2.840.10008.1.2.5";
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";

/// An image of some frames without its pixels.
fn image(wire: Wire, [columns, rows, bits]: [u16; 3], frames: &str) -> DataSet {
    let mut set = DataSet::new(wire);
    set.text((0x0008, 0x0016), "UI", "1.2.840.10008.5.1.4.1.1.4")
        .number((0x0028, 0x0002), 1)
        .text((0x0028, 0x0004), "CS", "MONOCHROME2")
        .text((0x0028, 0x0008), "IS", frames)
        .number((0x0028, 0x0010), rows)
        .number((0x0028, 0x0011), columns)
        .number((0x0028, 0x0100), bits)
        .number((0x0028, 0x0101), bits)
        .number((0x0028, 0x0102), bits - 1)
        .number((0x0028, 0x0103), 0);
    set
}

/// Compressed pixels with a table of offsets.
fn fragments(set: &mut DataSet, table: &[u32], fragments: &[&[u8]]) {
    set.header(PIXEL_DATA, "OB", UNDEFINED).header(ITEM, "", table.len() as u32 * 4);
    for offset in table {
        set.word(*offset);
    }
    for fragment in fragments {
        set.element(ITEM, "", fragment);
    }
    set.header(SEQUENCE_END, "", 0);
}

#[track_caller]
fn check(part10: &[u8], expected: &[&[u8]]) {
    let frames = Frames::open(part10).unwrap();
    for (index, expected) in expected.iter().enumerate() {
        assert_eq!(frames.stored(index as u32).unwrap(), *expected, "frame {index}");
    }
    let beyond = frames.stored(expected.len() as u32);
    assert!(matches!(beyond, Err(FrameError::NoFrame { .. })), "{beyond:?}");
}

#[test]
fn native_frames_are_in_little_endian_order_whatever_they_were_in() {
    for wire in Wire::ALL {
        let mut set = image(wire, [2, 1, 16], "2");
        set.header(PIXEL_DATA, "OW", 8).half(1).half(2).half(3).half(0x0405);
        check(&set.part10(), &[&[1, 0, 2, 0], &[3, 0, 5, 4]]);
    }
}
#[test]
fn single_bits_are_moved_to_the_beginning_of_a_byte() {
    // Frames of 9 pixels: all ones, then 0b1_0000_0001.
    for wire in Wire::ALL {
        let mut set = image(wire, [3, 3, 1], "2");
        let bits: u32 = 0x1FF | 0x101 << 9;
        set.header(PIXEL_DATA, "OW", 4).half(bits as u16).half((bits >> 16) as u16);
        check(&set.part10(), &[&[0xFF, 1], &[1, 1]]);
    }
}
#[test]
fn compressed_frames_are_told_apart_by_table_number_or_beginning() {
    let parts: [&[u8]; 3] = [&[0xFF, 0xD8, 1, 1], &[2, 2], &[0xFF, 0xD8, 3, 3]];
    let joined: [&[u8]; 2] = [&[0xFF, 0xD8, 1, 1, 2, 2], &[0xFF, 0xD8, 3, 3]];
    for table in [&[0, 22][..], &[], &[0, 5]] {
        let mut set = image(Wire::Explicit, [2, 2, 8], "2");
        fragments(&mut set, table, &parts);
        check(&set.part10_in(JPEG_LS), &joined);
    }
    let mut one_each = image(Wire::Explicit, [2, 2, 8], "3");
    fragments(&mut one_each, &[], &parts);
    check(&one_each.part10_in(JPEG_LS), &parts);
    let mut all_of_one = image(Wire::Explicit, [2, 2, 8], "1");
    fragments(&mut all_of_one, &[], &parts);
    check(&all_of_one.part10_in(JPEG_LS), &[&parts.concat()]);
}
#[test]
fn an_extended_table_of_offsets_is_read() {
    let mut set = image(Wire::Explicit, [2, 2, 8], "2");
    let table: Vec<u8> = [0u64, 10].iter().flat_map(|offset| offset.to_le_bytes()).collect();
    set.element((0x7FE0, 0x0001), "OV", &table);
    fragments(&mut set, &[], &[&[1, 1], &[2, 2], &[3, 3]]);
    check(&set.part10_in(JPEG_LS), &[&[1, 1], &[2, 2, 3, 3]]);
}
#[test]
fn fragments_that_nothing_tells_apart_are_refused() {
    let mut set = image(Wire::Explicit, [2, 2, 8], "2");
    fragments(&mut set, &[], &[&[1, 1], &[2, 2], &[3, 3]]);
    let error = Frames::open(&set.part10_in(JPEG_LS)).unwrap_err();
    assert_eq!(error.to_string(), "3 fragments cannot be told apart into 2 frames");
}
#[test]
fn a_frame_is_decoded_alone() {
    let mut header = [0; 64];
    header[..12].copy_from_slice(&[2, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0]);
    let frame = |low: u8| [&header[..], &[253, 1, 253, low]].concat();
    let mut set = image(Wire::Explicit, [2, 2, 16], "2");
    fragments(&mut set, &[], &[&frame(7), &frame(9)]);
    let file = set.part10_in(RLE);
    let frames = Frames::open(&file).unwrap();
    assert_eq!(*frames.native(1).unwrap(), [9, 1, 9, 1, 9, 1, 9, 1]);
    // A stream that claims more segments than the image has is not believed.
    let mut wrong = image(Wire::Explicit, [2, 2, 8], "1");
    fragments(&mut wrong, &[], &[&frame(7)]);
    let wrong = wrong.part10_in(RLE);
    let refused = Frames::open(&wrong).unwrap();
    assert!(matches!(refused.native(0), Err(FrameError::Disagrees(_))));
}
#[test]
fn sizes_that_are_no_image_are_refused_before_anything_is_allocated() {
    let claims = |columns, rows, bits| {
        let mut set = image(Wire::Explicit, [columns, rows, bits], "1");
        set.element(PIXEL_DATA, "OW", &[0; 8]);
        let file = set.part10();
        Frames::open(&file)
            .and_then(|frames| frames.stored(0).map(|frame| frame.len()))
            .unwrap_err()
    };
    assert!(matches!(claims(65_535, 65_535, 16), FrameError::TooLarge(_)));
    assert!(matches!(claims(0, 2, 16), FrameError::Layout { .. }));
    assert!(matches!(claims(2, 2, 12), FrameError::Layout { .. }));
    assert!(matches!(claims(4, 2, 16), FrameError::Short));
}

#[track_caller]
fn check_bulk(part10: &[u8], path: &str, expected: Result<&[u8], BulkError>) {
    let path: Path = path.parse().unwrap();
    let found = bulk::find(part10, &path).map(|bulk| bulk.bytes.into_owned());
    assert_eq!(found, expected.map(<[u8]>::to_vec));
}

#[test]
fn a_value_is_found_by_its_path() {
    for wire in Wire::ALL {
        let file = mr_image(wire).part10();
        check_bulk(&file, "00091010", Ok(&[1, 2, 3, 4]));
        check_bulk(&file, "00081140/0/00082218/0/00080102", Ok(b"SRT "));
        check_bulk(&file, "00081140/1/00082218/0/00080102", Err(BulkError::Absent));
        check_bulk(&file, "00080102", Err(BulkError::Absent));
        let pixels: &[u8] =
            if wire == Wire::Big { &[1, 0, 3, 2, 5, 4, 7, 6] } else { &[0, 1, 2, 3, 4, 5, 6, 7] };
        check_bulk(&file, "7FE00010", Ok(pixels));
    }
    let mut set = image(Wire::Explicit, [2, 2, 8], "1");
    fragments(&mut set, &[], &[&[1, 1]]);
    check_bulk(&set.part10_in(JPEG_LS), "7FE00010", Err(BulkError::Compressed));
}
#[test]
fn an_item_is_found_by_its_number() {
    let mut set = DataSet::new(Wire::Explicit);
    let mut items = DataSet::new(Wire::Explicit);
    for byte in [1u8, 2] {
        items.header(ITEM, "", 12).element((0x0029, 0x1010), "LO", &[b'0' + byte; 4]);
    }
    set.element((0x0008, 0x1140), "SQ", &items.bytes);
    check_bulk(&set.part10(), "00081140/1/00291010", Ok(b"2222"));
    check_bulk(&set.part10(), "00081140/2/00291010", Err(BulkError::Absent));
}
#[test]
fn a_document_has_its_own_media_type_and_length() {
    for (length, expected) in [(5u16, &b"%PDF-"[..]), (99, b"%PDF-\0")] {
        let mut set = DataSet::new(Wire::Explicit);
        set.element((0x0042, 0x0011), "OB", b"%PDF-\0")
            .text((0x0042, 0x0012), "LO", "application/pdf")
            .element((0x0042, 0x0015), "UL", &[length.to_le_bytes(), [0, 0]].concat());
        let file = set.part10();
        let found = bulk::find(&file, &"00420011".parse().unwrap()).unwrap();
        assert_eq!((&*found.bytes, &*found.media_type), (expected, "application/pdf"));
    }
}
#[test]
fn text_comes_in_utf8() {
    let mut set = DataSet::new(Wire::Explicit);
    set.text((0x0008, 0x0005), "CS", "ISO_IR 100").element((0x0040, 0xA160), "UT", b"Gr\xF6\xDFe ");
    let mut item = DataSet::new(Wire::Explicit);
    item.element((0x0040, 0xA160), "UT", b"Gr\xF6\xDFe ");
    set.sequence((0x0040, 0xA730), Stated::Delimiter, &item);
    check_bulk(&set.part10(), "0040A160", Ok("Größe".as_bytes()));
    check_bulk(&set.part10(), "0040A730/0/0040A160", Ok("Größe".as_bytes()));
}
#[test]
fn what_is_no_path_is_refused() {
    for text in
        ["", "0042001", "7FE00010/", "00081140/0", "00081140/x/00080102", "../../etc", "+FE00010"]
    {
        assert!(text.parse::<Path>().is_err(), "{text}");
    }
    assert!(format!("{}00420011", "00081140/0/".repeat(65)).parse::<Path>().is_err());
}
