//! Texts in the character set that their data set names (PS3.3 C.12.1.1.2).

use std::borrow::Cow;

use dicom_encoding::text::{SpecificCharacterSet, TextCodec};

use super::{DataSet, tag};

/// The character set of a data set.
#[derive(Debug)]
pub(crate) enum CharacterSet {
    /// None is named, or none that is known: ASCII, and what devices write nevertheless.
    Undeclared,
    /// `ISO_IR 192`.
    Utf8,
    /// Another one.
    Declared(SpecificCharacterSet),
}

impl CharacterSet {
    /// The one that Specific Character Set (0008,0005) names.
    pub(crate) fn of(set: &DataSet<'_>) -> Self {
        let named = set.bytes(tag::SPECIFIC_CHARACTER_SET).unwrap_or_default();
        let named = String::from_utf8_lossy(named);
        let mut values = named.split('\\').map(|value| value.trim_matches([' ', '\0']));
        // With several values the first says how texts begin; the codec knows the others by their
        // escape sequences.
        match values.find(|value| !value.is_empty()) {
            None | Some("ISO_IR 6") => Self::Undeclared,
            Some("ISO_IR 192") => Self::Utf8,
            Some(code) => {
                SpecificCharacterSet::from_code(code).map_or(Self::Undeclared, Self::Declared)
            }
        }
    }

    /// A text without its padding. What cannot be decoded is replaced and matches nothing.
    pub(crate) fn decode<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        let end = bytes.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |at| at + 1);
        let bytes = &bytes[..end];
        match (self, std::str::from_utf8(bytes)) {
            // Escape sequences are ASCII too (PS3.5 6.1.2.5).
            (Self::Declared(codec), text)
                if !text.is_ok_and(|text| text.is_ascii() && !text.contains('\x1B')) =>
            {
                codec.decode(bytes).map_or_else(|_| latin(bytes), Cow::Owned)
            }
            (_, Ok(text)) => Cow::Borrowed(text),
            (Self::Utf8, Err(_)) => String::from_utf8_lossy(bytes),
            (_, Err(_)) => latin(bytes),
        }
    }
}

/// Each byte as the letter of ISO 8859-1.
fn latin(bytes: &[u8]) -> Cow<'_, str> {
    Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect())
}
