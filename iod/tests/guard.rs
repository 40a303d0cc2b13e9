//! What may pass the guard and what may not.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod peers;
mod wire;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use interval_iod::guard::{
    ELEMENTS_MAX, Guard, GuardError, NESTING_MAX, OBJECT_BYTES_MAX, Scanned, VALUE_BYTES_MAX,
};
use interval_iod::uids::{DEFLATED_EXPLICIT_LITTLE, EXPLICIT_LITTLE, MR_IMAGE};
use std::io::Write;
use wire::{DataSet, ITEM, ITEM_END, PIXEL_DATA, SEQUENCE_END, Stated, UNDEFINED, Wire, mr_image};

const JPEG_LOSSLESS: &str = "1.2.840.10008.1.2.4.70";
const PRIVATE: (u16, u16) = (0x0009, 0x1010);
const SEQUENCE: (u16, u16) = (0x0008, 0x1140);

fn scan(file: &[u8], piece_bytes: usize) -> Result<Scanned, GuardError> {
    let mut guard = Guard::part10();
    for piece in file.chunks(piece_bytes) {
        guard.take(piece)?;
    }
    guard.finish()
}

/// Refused with this error, however the bytes are cut.
#[track_caller]
fn check_refused(file: &[u8], expected: impl Fn(&GuardError) -> bool) {
    for piece_bytes in [7, 4096, usize::MAX] {
        let error = scan(file, piece_bytes).unwrap_err();
        assert!(expected(&error), "{error:?} in pieces of {piece_bytes}");
    }
}

fn explicit(fill: impl FnOnce(&mut DataSet)) -> Vec<u8> {
    let mut set = DataSet::new(Wire::Explicit);
    fill(&mut set);
    set.part10()
}

fn nested(levels: usize, stated: Stated) -> DataSet {
    (0..levels).fold(DataSet::new(Wire::Explicit), |inner, _| {
        let mut outer = DataSet::new(Wire::Explicit);
        outer.sequence(SEQUENCE, stated, &inner);
        outer
    })
}

fn deflated(data_set: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data_set).unwrap();
    let set = DataSet { wire: Wire::Explicit, bytes: encoder.finish().unwrap() };
    set.part10_in(DEFLATED_EXPLICIT_LITTLE)
}

#[test]
fn an_image_passes_in_every_encoding_and_in_pieces_of_any_size() {
    for wire in Wire::ALL {
        let file = mr_image(wire).part10();
        let whole = scan(&file, usize::MAX).unwrap();
        let identity = whole.identity.clone().unwrap();
        assert_eq!(identity.class.as_str(), MR_IMAGE);
        assert_eq!(identity.instance.as_str(), "1.2.3");
        assert_eq!(identity.study.as_str(), "1.2.3.4");
        assert_eq!(identity.series.as_str(), "1.2.3.4.5");
        assert_eq!(whole.patient_id.as_deref(), Some("PID-1"));
        assert_eq!(whole.bytes, file.len() as u64);
        for piece_bytes in [1, 2, 3, 5, 11, 150] {
            assert_eq!(scan(&file, piece_bytes).as_ref(), Ok(&whole), "{wire:?} {piece_bytes}");
        }
    }
}
#[test]
fn the_offsets_lead_to_the_data_set_and_to_the_pixels() {
    let (set, file) = (mr_image(Wire::Explicit), mr_image(Wire::Explicit).part10());
    let scanned = scan(&file, usize::MAX).unwrap();
    assert_eq!(&file[scanned.data_set as usize..], &set.bytes[..]);
    assert_eq!(&file[scanned.pixel_data.unwrap() as usize..][..4], &[0xE0, 0x7F, 0x10, 0x00]);
}
#[test]
fn a_bare_data_set_is_walked_in_the_syntax_it_came_in() {
    let set = mr_image(Wire::Implicit);
    let mut guard = Guard::data_set(&Wire::Implicit.syntax().parse().unwrap());
    guard.take(&set.bytes).unwrap();
    let scanned = guard.finish().unwrap();
    assert!(scanned.identity.is_ok());
    assert_eq!(scanned.data_set, 0);
}
#[test]
fn a_deflated_image_passes() {
    let file = deflated(&mr_image(Wire::Explicit).bytes);
    for piece_bytes in [1, 13, usize::MAX] {
        let scanned = scan(&file, piece_bytes).unwrap();
        assert!(scanned.identity.is_ok());
        assert_eq!(scanned.pixel_data, None);
    }
    check_refused(&file[..file.len() - 5], |e| matches!(e, GuardError::Truncated { .. }));
}
#[test]
fn encapsulated_pixels_pass() {
    let mut set = DataSet::new(Wire::Explicit);
    set.header(PIXEL_DATA, "OB", UNDEFINED)
        .element(ITEM, "", &[0; 4])
        .element(ITEM, "", &[1; 10])
        .header(SEQUENCE_END, "", 0);
    assert!(scan(&set.part10_in(JPEG_LOSSLESS), 3).is_ok());
}
#[test]
fn an_empty_item_and_an_empty_sequence_pass() {
    let mut set = DataSet::new(Wire::Explicit);
    set.header(SEQUENCE, "SQ", 0)
        .header(SEQUENCE, "SQ", 8)
        .header(ITEM, "", 0)
        .header(SEQUENCE, "SQ", UNDEFINED);
    set.header(SEQUENCE_END, "", 0);
    assert!(scan(&set.part10(), 1).is_ok());
}
#[test]
fn a_query_has_no_identity_and_passes_all_the_same() {
    let mut set = DataSet::new(Wire::Explicit);
    set.text((0x0008, 0x0052), "CS", "STUDY").text((0x0010, 0x0020), "LO", "*");
    let scanned = scan(&set.part10(), usize::MAX).unwrap();
    assert!(matches!(scanned.identity, Err(GuardError::Unnamed { .. })));
}
#[test]
fn a_uid_that_is_a_path_is_no_identity() {
    let mut set = DataSet::new(Wire::Explicit);
    set.text((0x0008, 0x0016), "UI", MR_IMAGE).text((0x0008, 0x0018), "UI", "../../etc/passwd");
    let identity = scan(&set.part10(), usize::MAX).unwrap().identity;
    let wrong = "SOP Instance UID";
    assert!(matches!(identity, Err(GuardError::Unnamed { attribute, .. }) if attribute == wrong));
}

#[test]
fn a_value_that_claims_gigabytes_is_refused_at_its_header() {
    for (tag, vr, length) in [(PRIVATE, "OB", 0xF000_0000), (PRIVATE, "UT", 0xFFFF_FFF0)] {
        let file = explicit(|set| {
            set.header(tag, vr, length);
        });
        check_refused(&file, |e| matches!(e, GuardError::ValueTooLong { .. }));
    }
    let file = explicit(|set| {
        set.header(PIXEL_DATA, "OW", 0xF000_0000);
    });
    check_refused(&file, |e| *e == GuardError::TooLarge);
}
#[test]
fn the_longest_value_is_the_limit() {
    let claim = |length| {
        explicit(|set| {
            set.header(PRIVATE, "OB", length);
        })
    };
    check_refused(&claim(VALUE_BYTES_MAX), |e| matches!(e, GuardError::Truncated { .. }));
    check_refused(&claim(VALUE_BYTES_MAX + 2), |e| matches!(e, GuardError::ValueTooLong { .. }));
}
#[test]
fn the_deepest_nesting_is_the_limit() {
    for stated in [Stated::Length, Stated::Delimiter] {
        assert!(scan(&nested(NESTING_MAX, stated).part10(), 100).is_ok());
        check_refused(&nested(NESTING_MAX + 1, stated).part10(), |e| *e == GuardError::TooDeep);
    }
}
#[test]
fn open_sequences_without_end_are_refused() {
    for levels in [2_000, 10_000, 100_000] {
        let file = explicit(|set| {
            for _ in 0..levels {
                set.header(SEQUENCE, "SQ", UNDEFINED).header(ITEM, "", UNDEFINED);
            }
        });
        check_refused(&file, |e| *e == GuardError::TooDeep);
    }
}
#[test]
fn a_data_set_that_ends_early_is_truncated_wherever_it_ends_inside_an_element() {
    let file = mr_image(Wire::Explicit).part10();
    let whole = scan(&file, usize::MAX).unwrap();
    let (mut truncated, mut ended) = (0, 0);
    for end in whole.data_set as usize..file.len() {
        match scan(&file[..end], usize::MAX) {
            Err(GuardError::Truncated { .. }) => truncated += 1,
            Ok(_) => ended += 1,
            Err(other) => panic!("{other:?} at {end}"),
        }
    }
    // Between two top-level elements the bytes form a shorter data set: nothing tells.
    assert_eq!(ended, 15, "top-level elements of the image");
    assert!(truncated > 300);
}
#[test]
fn a_file_without_its_meta_group_is_no_part_10_file() {
    let file = mr_image(Wire::Explicit).part10();
    check_refused(&file[..100], |e| *e == GuardError::NotPart10);
    check_refused(&file[132..], |e| *e == GuardError::NotPart10);
    check_refused(&file[..180], |e| matches!(e, GuardError::Truncated { .. }));
    let mut huge = file.clone();
    huge[140..144].copy_from_slice(&0xF000_0000_u32.to_le_bytes());
    check_refused(&huge, |e| matches!(e, GuardError::ValueTooLong { .. }));
}
#[test]
fn a_transfer_syntax_must_be_named_and_known() {
    let file = mr_image(Wire::Explicit).part10_in("1.2.3.4.5.6");
    check_refused(&file, |e| matches!(e, GuardError::UnknownSyntax(_)));
    let mut guard = Guard::data_set(&"1.2.3.4.5.6".parse().unwrap());
    assert!(matches!(guard.take(&[0]), Err(GuardError::UnknownSyntax(_))));
    let mut nameless = vec![0; 128];
    nameless.extend(b"DICM\x02\0\0\0UL\x04\0\x0c\0\0\0\x02\0\x12\0UI\x04\x001.2\0");
    check_refused(&nameless, |e| *e == GuardError::NoSyntax);
}
#[test]
fn nothing_reaches_past_the_end_of_what_contains_it() {
    let file = explicit(|set| {
        set.header(SEQUENCE, "SQ", 20).header(ITEM, "", 12).element(PRIVATE, "UN", &[0; 40]);
    });
    check_refused(&file, |e| matches!(e, GuardError::Overrun { .. }));
    let file = explicit(|set| {
        set.header(SEQUENCE, "SQ", 12).header(ITEM, "", UNDEFINED).header(PRIVATE, "UN", 0);
    });
    check_refused(&file, |e| matches!(e, GuardError::Overrun { .. }));
}
#[test]
fn structure_where_it_does_not_belong_is_refused() {
    let cases: [fn(&mut DataSet); 6] = [
        |set| {
            set.header(ITEM, "", 0);
        },
        |set| {
            set.header(ITEM_END, "", 0);
        },
        |set| {
            set.header(SEQUENCE, "SQ", UNDEFINED).header(PRIVATE, "UN", 0);
        },
        |set| {
            set.header(SEQUENCE, "SQ", UNDEFINED).header(SEQUENCE_END, "", 8);
        },
        |set| {
            set.header(PIXEL_DATA, "OB", UNDEFINED).header(ITEM, "", UNDEFINED);
        },
        |set| {
            set.header(PIXEL_DATA, "OB", UNDEFINED).element(ITEM, "", &[0; 6]);
        },
    ];
    for case in cases {
        check_refused(&explicit(case), |e| matches!(e, GuardError::Malformed { .. }));
    }
}
#[test]
fn a_value_without_a_length_or_with_half_a_number_is_refused() {
    let endless = explicit(|set| {
        set.header(PRIVATE, "OB", UNDEFINED);
    });
    check_refused(&endless, |e| matches!(e, GuardError::Endless { .. }));
    let mut big = DataSet::new(Wire::Big);
    big.header(PRIVATE, "UN", UNDEFINED);
    check_refused(&big.part10(), |e| matches!(e, GuardError::Endless { .. }));
    let mut unknown = DataSet::new(Wire::Explicit);
    unknown.header(PRIVATE, "UN", UNDEFINED).header(SEQUENCE_END, "", 0);
    assert!(scan(&unknown.part10(), 1).is_ok());
    check_refused(&deflated(&unknown.bytes), |e| matches!(e, GuardError::Endless { .. }));
    let half = explicit(|set| {
        set.element((0x0028, 0x0010), "US", &[0; 3]);
    });
    check_refused(&half, |e| matches!(e, GuardError::Fractional { .. }));
}
#[test]
fn an_object_of_nothing_but_headers_has_a_limit() {
    let mut guard = Guard::data_set(&EXPLICIT_LITTLE.parse().unwrap());
    let mut element = DataSet::new(Wire::Explicit);
    for _ in 0..1_000 {
        element.text((0x0008, 0x0060), "CS", "");
    }
    for _ in 0..ELEMENTS_MAX / 1_000 {
        guard.take(&element.bytes).unwrap();
    }
    assert_eq!(guard.take(&element.bytes), Err(GuardError::TooManyElements));
    assert_eq!(guard.take(&[]), Err(GuardError::TooManyElements), "a refusal is final");
    assert_eq!(guard.finish(), Err(GuardError::TooManyElements));
}
#[test]
fn a_deflated_object_that_grows_a_thousandfold_is_refused() {
    const BOMB_BYTES: usize = 100 << 20;
    let mut bomb = DataSet::new(Wire::Explicit);
    bomb.header(PIXEL_DATA, "OW", BOMB_BYTES as u32);
    bomb.bytes.resize(bomb.bytes.len() + BOMB_BYTES, 0);
    check_refused(&deflated(&bomb.bytes), |e| *e == GuardError::Inflated);
}
#[test]
fn bytes_beyond_the_largest_object_are_refused_unread() {
    let mut guard = Guard::data_set(&EXPLICIT_LITTLE.parse().unwrap());
    let mut opening = DataSet::new(Wire::Explicit);
    let rest = OBJECT_BYTES_MAX - 12;
    opening.header(PIXEL_DATA, "OW", rest as u32);
    guard.take(&opening.bytes).unwrap();
    let mib = vec![0; 1 << 20];
    for _ in 0..rest >> 20 {
        guard.take(&mib).unwrap();
    }
    assert_eq!(guard.take(&mib), Err(GuardError::TooLarge));
}
#[test]
fn the_hostile_files_of_the_kit_are_refused() {
    let Some(folder) = peers::shared("kit/abuse/fixtures") else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = scan(&std::fs::read(&path).unwrap(), 64 * 1024);
        eprintln!("{}: {found:?}", path.display());
        assert!(found.is_err(), "{} passed", path.display());
    }
}
