//! The Part 10 envelope around a data set that arrived without one (PS3.10 section 7.1).

use crate::uids::{IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION};
use interval_core::uid::{ClassUid, InstanceUid, SyntaxUid};

/// Longest application entity title, in characters (PS3.5 table 6.2-1, AE).
const AE_CHARS_MAX: usize = 16;

/// What stands in front of the received data set, so that its bytes are kept as they came:
/// preamble of zeros, prefix, and a file meta group that names us as its writer. An empty
/// `calling_ae` is left out; what is not ASCII in it is, too.
pub fn prefix(
    class: &ClassUid,
    instance: &InstanceUid,
    syntax: &SyntaxUid,
    calling_ae: &str,
) -> Vec<u8> {
    let mut group = Vec::with_capacity(256);
    // (0002,0001) File Meta Information Version, OB with its 32-bit length: 00 01.
    group.extend([2, 0, 1, 0, b'O', b'B', 0, 0, 2, 0, 0, 0, 0, 1]);
    let mut text = |element: u8, vr: &[u8; 2], value: &str, padding: u8| {
        let odd = value.len() % 2;
        group.extend([2, 0, element, 0, vr[0], vr[1]]);
        group.extend(((value.len() + odd) as u16).to_le_bytes());
        group.extend(value.as_bytes());
        group.extend(std::iter::repeat_n(padding, odd));
    };
    text(0x02, b"UI", class.as_str(), 0);
    text(0x03, b"UI", instance.as_str(), 0);
    text(0x10, b"UI", syntax.as_str(), 0);
    text(0x12, b"UI", IMPLEMENTATION_CLASS, 0);
    text(0x13, b"SH", IMPLEMENTATION_VERSION, b' ');
    let title: String =
        calling_ae.chars().filter(|c| is_title_char(*c)).take(AE_CHARS_MAX).collect();
    if !title.trim().is_empty() {
        text(0x16, b"AE", title.trim(), b' ');
    }
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    bytes.extend([2, 0, 0, 0, b'U', b'L', 4, 0]);
    bytes.extend((group.len() as u32).to_le_bytes());
    bytes.append(&mut group);
    bytes
}

/// Printable ASCII but the backslash, which separates values.
fn is_title_char(c: char) -> bool {
    matches!(c, ' '..='~') && c != '\\'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Guard;
    use crate::uids::{EXPLICIT_LITTLE, IMPLICIT_LITTLE, MR_IMAGE};
    use dicom_object::FileMetaTable;

    #[track_caller]
    fn meta(syntax: &str, calling_ae: &str) -> FileMetaTable {
        let parsed = (MR_IMAGE.parse(), "1.2.3.45".parse(), syntax.parse());
        let (Ok(class), Ok(instance), Ok(syntax)) = parsed else { panic!("not a UID") };
        let bytes = prefix(&class, &instance, &syntax, calling_ae);
        let mut guard = Guard::part10();
        assert_eq!(guard.take(&bytes), Ok(()));
        let scanned = guard.finish().expect("a prefix is a file with an empty data set");
        assert_eq!((scanned.data_set, scanned.syntax), (bytes.len() as u64, syntax));
        FileMetaTable::from_reader(&bytes[128..]).expect("the group is readable")
    }

    #[test]
    fn the_meta_group_names_object_syntax_sender_and_us() {
        for syntax in [EXPLICIT_LITTLE, IMPLICIT_LITTLE] {
            let meta = meta(syntax, "SCANNER 1");
            assert_eq!(meta.media_storage_sop_class_uid(), MR_IMAGE);
            assert_eq!(meta.media_storage_sop_instance_uid(), "1.2.3.45");
            assert_eq!(meta.transfer_syntax(), syntax);
            assert_eq!(meta.implementation_class_uid(), IMPLEMENTATION_CLASS);
            assert_eq!(meta.implementation_version_name(), Some(IMPLEMENTATION_VERSION));
            assert_eq!(meta.source_application_entity_title(), Some("SCANNER 1"));
        }
    }
    #[test]
    fn a_title_that_is_none_is_left_out_and_a_wrong_one_is_cleaned() {
        assert_eq!(meta(EXPLICIT_LITTLE, " ").source_application_entity_title(), None);
        let cleaned = meta(EXPLICIT_LITTLE, "A\\B\u{7}é1234567890123456789");
        assert_eq!(cleaned.source_application_entity_title(), Some("AB12345678901234"));
    }
    #[test]
    fn our_names_are_valid() {
        assert!(IMPLEMENTATION_CLASS.parse::<ClassUid>().is_ok());
        assert!(IMPLEMENTATION_VERSION.len() <= AE_CHARS_MAX);
    }
}
