//! The small data sets of services: what is asked for, what is found, what is referenced.
//!
//! Stored objects never pass here. Implicit and Explicit VR Little Endian (PS3.5 7.1) are all that
//! the services agree to.

mod reader;
mod text;
mod writer;

pub(crate) use reader::{DataSet, read};
pub(crate) use text::CharacterSet;
pub(crate) use writer::Writer;

use crate::classes::IMPLICIT_LITTLE_ENDIAN;

/// Largest data set of a service, in bytes. A storage commitment request names each object in
/// about 150 bytes: 25,000 of them fit.
pub const DATA_SET_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Most elements of such a data set, those in its items included.
pub const ELEMENTS_MAX: usize = 128 * 1024;

/// Deepest nesting of sequences; availability notices have two levels.
pub const DEPTH_MAX: usize = 8;

/// Group and element.
pub(crate) type Tag = (u16, u16);

/// How a data set is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Implicit,
    Explicit,
}

impl Encoding {
    /// The encoding of one of the two transfer syntaxes.
    pub(crate) fn of(syntax: &str) -> Self {
        if syntax == IMPLICIT_LITTLE_ENDIAN { Self::Implicit } else { Self::Explicit }
    }
}

/// Tags that the services use (PS3.6).
pub(crate) mod tag {
    use super::Tag;

    pub(crate) const SPECIFIC_CHARACTER_SET: Tag = (0x0008, 0x0005);
    pub(crate) const QUERY_RETRIEVE_LEVEL: Tag = (0x0008, 0x0052);
    pub(crate) const RETRIEVE_AE_TITLE: Tag = (0x0008, 0x0054);
    pub(crate) const INSTANCE_AVAILABILITY: Tag = (0x0008, 0x0056);
    pub(crate) const FAILED_SOP_INSTANCE_UID_LIST: Tag = (0x0008, 0x0058);
    pub(crate) const REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE: Tag = (0x0008, 0x1111);
    pub(crate) const REFERENCED_SERIES_SEQUENCE: Tag = (0x0008, 0x1115);
    pub(crate) const REFERENCED_SOP_CLASS_UID: Tag = (0x0008, 0x1150);
    pub(crate) const REFERENCED_SOP_INSTANCE_UID: Tag = (0x0008, 0x1155);
    pub(crate) const TRANSACTION_UID: Tag = (0x0008, 0x1195);
    pub(crate) const FAILURE_REASON: Tag = (0x0008, 0x1197);
    pub(crate) const FAILED_SOP_SEQUENCE: Tag = (0x0008, 0x1198);
    pub(crate) const REFERENCED_SOP_SEQUENCE: Tag = (0x0008, 0x1199);
    pub(crate) const STUDY_INSTANCE_UID: Tag = (0x0020, 0x000D);
    pub(crate) const SERIES_INSTANCE_UID: Tag = (0x0020, 0x000E);

    pub(crate) const ITEM: Tag = (0xFFFE, 0xE000);
    pub(crate) const ITEM_END: Tag = (0xFFFE, 0xE00D);
    pub(crate) const SEQUENCE_END: Tag = (0xFFFE, 0xE0DD);

    /// Sequences that must be known to be such where no VR is written.
    pub(crate) const SEQUENCES: [Tag; 4] = [
        REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE,
        REFERENCED_SERIES_SEQUENCE,
        FAILED_SOP_SEQUENCE,
        REFERENCED_SOP_SEQUENCE,
    ];
}

/// Why bytes are not a data set that a service can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// An element or an item is longer than what it is in.
    #[error("the data set ends inside of ({0:04X},{1:04X})")]
    CutOff(u16, u16),
    /// More elements than are taken.
    #[error("the data set has more than {ELEMENTS_MAX} elements")]
    TooMany,
    /// Sequences in sequences in sequences.
    #[error("the data set is nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// Something besides an item in a sequence, or an item outside of one.
    #[error("({0:04X},{1:04X}) is out of place")]
    OutOfPlace(u16, u16),
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Tag = (0x0010, 0x0010);

    fn references(encoding: Encoding) -> Vec<u8> {
        let mut writer = Writer::new(encoding);
        writer.text(tag::TRANSACTION_UID, *b"UI", "1.2.3");
        writer.sequence(tag::REFERENCED_SOP_SEQUENCE, |items| {
            for instance in ["1.5", "1.6"] {
                items.item(|item| item.text(tag::REFERENCED_SOP_INSTANCE_UID, *b"UI", instance));
            }
        });
        writer.text(NAME, *b"PN", "Doe^J");
        writer.into_bytes()
    }

    #[track_caller]
    fn check(encoding: Encoding) {
        let bytes = references(encoding);
        let set = read(&bytes, encoding).unwrap();
        let ascii = CharacterSet::of(&set);
        assert_eq!(set.text(tag::TRANSACTION_UID, &ascii).as_deref(), Some("1.2.3"));
        assert_eq!(set.text(NAME, &ascii).as_deref(), Some("Doe^J"));
        let uids: Vec<_> = set
            .items(tag::REFERENCED_SOP_SEQUENCE)
            .iter()
            .map(|item| item.text(tag::REFERENCED_SOP_INSTANCE_UID, &ascii).unwrap().into_owned())
            .collect();
        assert_eq!(uids, ["1.5", "1.6"]);
    }

    #[test]
    fn what_is_written_is_read_in_both_encodings() {
        check(Encoding::Implicit);
        check(Encoding::Explicit);
    }

    #[test]
    fn every_cut_is_refused_or_is_a_shorter_data_set() {
        for encoding in [Encoding::Implicit, Encoding::Explicit] {
            let bytes = references(encoding);
            for end in 0..bytes.len() {
                if let Ok(set) = read(&bytes[..end], encoding) {
                    assert!(set.elements.len() < 3, "{end}");
                }
            }
        }
    }

    #[test]
    fn undefined_lengths_end_with_their_delimiters() {
        let mut bytes = vec![0x08, 0, 0x99, 0x11, b'S', b'Q', 0, 0, 255, 255, 255, 255];
        bytes.extend([0xFE, 0xFF, 0x00, 0xE0, 255, 255, 255, 255]);
        bytes.extend([0x08, 0, 0x55, 0x11, b'U', b'I', 4, 0, b'1', b'.', b'5', 0]);
        bytes.extend([0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0]);
        bytes.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        bytes.extend([0x10, 0, 0x20, 0, b'L', b'O', 2, 0, b'A', b'1']);
        let set = read(&bytes, Encoding::Explicit).unwrap();
        assert_eq!(set.items(tag::REFERENCED_SOP_SEQUENCE).len(), 1);
        let id = set.text((0x0010, 0x0020), &CharacterSet::of(&set));
        assert_eq!(id.as_deref(), Some("A1"));
    }

    #[test]
    fn nesting_ends_somewhere() {
        let level = [0x08, 0, 0x99, 0x11, b'S', b'Q', 0, 0, 255, 255, 255, 255];
        let item = [0xFE, 0xFF, 0x00, 0xE0, 255, 255, 255, 255];
        let bytes = [&level[..], &item[..]].concat().repeat(20_000);
        assert_eq!(read(&bytes, Encoding::Explicit).err(), Some(IdentifierError::TooDeep));
    }

    #[test]
    fn elements_end_somewhere() {
        let bytes = [0x10, 0, 0x20, 0, b'L', b'O', 0, 0].repeat(ELEMENTS_MAX + 1);
        assert_eq!(read(&bytes, Encoding::Explicit).err(), Some(IdentifierError::TooMany));
    }

    #[track_caller]
    fn check_text(character_set: &str, bytes: &[u8], expected: &str) {
        let mut writer = Writer::new(Encoding::Explicit);
        writer.text(tag::SPECIFIC_CHARACTER_SET, *b"CS", character_set);
        writer.bytes(NAME, *b"PN", bytes);
        let bytes = writer.into_bytes();
        let set = read(&bytes, Encoding::Explicit).unwrap();
        assert_eq!(set.text(NAME, &CharacterSet::of(&set)).as_deref(), Some(expected));
    }

    #[test]
    fn texts_are_read_in_their_character_set() {
        check_text("ISO_IR 100", b"M\xFCller^J", "Müller^J");
        check_text("ISO_IR 192", "Müller^J".as_bytes(), "Müller^J");
        check_text("ISO_IR 138", b"\xEB\xE4\xEF^\xF8\xE5\xFA ", "כהן^רות");
        check_text("ISO_IR 144", b"\xBB\xEE\xDA ", "Люк");
        check_text("", b"Doe^J ", "Doe^J");
    }
    #[test]
    fn undeclared_letters_are_taken_for_utf_8_or_latin() {
        check_text("", "Müller".as_bytes(), "Müller");
        check_text("ISO_IR 6", b"M\xFCller", "Müller");
    }
}
