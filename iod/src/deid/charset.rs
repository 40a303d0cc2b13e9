//! Text of a data set, decoded as far as known words can be found in it (PS3.3 C.12.1.1.2).

use std::borrow::Cow;

/// First Hebrew letter in ISO 8859-8 and in Unicode; the alphabet follows in order in both.
const ALEF: (u8, u32) = (0xE0, 0x05D0);
/// Last one in ISO 8859-8.
const TAV: u8 = 0xFA;
/// Opens a sequence that switches code elements (ISO 2022).
const ESCAPE: u8 = 0x1B;

/// What bytes beyond ASCII mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Charset {
    /// Nothing that we have words for.
    #[default]
    Other,
    /// Hebrew, ISO 8859-8, alone or among others by escape sequences.
    Hebrew,
    /// UTF-8.
    Utf8,
}

impl Charset {
    /// From Specific Character Set (0008,0005).
    pub fn named(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value);
        if text.contains("138") {
            Charset::Hebrew
        } else if text.contains("192") {
            Charset::Utf8
        } else {
            Charset::Other
        }
    }

    /// The text without its padding; letters of other alphabets become a sign that no word has.
    pub fn decode(self, value: &[u8]) -> Cow<'_, str> {
        let value = value.trim_ascii_end();
        let end = value.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
        let value = &value[..end];
        if let (true, Ok(text)) = (value.is_ascii(), std::str::from_utf8(value))
            && !value.contains(&ESCAPE)
        {
            return Cow::Borrowed(text);
        }
        match self {
            Charset::Utf8 => String::from_utf8_lossy(value),
            Charset::Hebrew => Cow::Owned(single_bytes(value, hebrew)),
            Charset::Other => Cow::Owned(single_bytes(value, |_| None)),
        }
    }
}

fn hebrew(byte: u8) -> Option<char> {
    let (first, letter) = ALEF;
    let letter = letter + u32::from(byte.checked_sub(first)?);
    (byte <= TAV).then(|| char::from_u32(letter)).flatten()
}

fn single_bytes(value: &[u8], beyond_ascii: impl Fn(u8) -> Option<char>) -> String {
    let mut text = String::with_capacity(value.len() * 2);
    let mut rest = value.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            // The bytes of an escape sequence end with one from 0 (0x30) to ~ (0x7E).
            ESCAPE => while rest.next().is_some_and(|part| !(0x30..=0x7E).contains(&part)) {},
            0..=0x7F => text.push(char::from(byte)),
            _ => text.push(beyond_ascii(byte).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(charset: &str, value: &[u8], expected: &str) {
        assert_eq!(Charset::named(charset.as_bytes()).decode(value), expected);
    }

    #[test]
    fn plain_text_loses_its_padding() {
        check("", b"T1 MPRAGE ", "T1 MPRAGE");
        check("ISO_IR 100", b"T1\0", "T1");
    }
    #[test]
    fn hebrew_is_read_in_both_encodings() {
        check("ISO_IR 138", &[b'T', b'1', b' ', 0xE0, 0xE7, 0xF8, 0xE9], "T1 אחרי");
        check("\\ISO 2022 IR 138", &[0x1B, b'-', b'H', 0xE0, 0xE7, 0xF8, 0xE9], "אחרי");
        check("ISO_IR 192", "T1 אחרי".as_bytes(), "T1 אחרי");
    }
    #[test]
    fn letters_that_we_do_not_read_are_no_word() {
        check("ISO_IR 100", b"M\xFCller", "M\u{FFFD}ller");
    }
}
