//! Text whose code elements are switched by escape sequences (PS3.5 6.1.2.5).

use super::code::Code;
use super::{Delimiters, ESCAPE};

/// Letters of two bytes have both in this range of their half (ISO 2022, sets of 94).
const PAIRED: std::ops::RangeInclusive<u8> = 0x21..=0x7E;
/// Bit of the upper half.
const UPPER: u8 = 0x80;

/// Reads a value that begins with `upper` in its upper half and ASCII in the lower. None when a
/// byte is no letter of what is called there.
pub(super) fn decode(value: &[u8], upper: Option<Code>, delimiters: Delimiters) -> Option<String> {
    let initial = (Code::Ascii, upper);
    let mut called = initial;
    let mut text = String::with_capacity(value.len() * 2);
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        let (low, high) = called;
        if byte == ESCAPE {
            let (escape, after) = split_escape(after);
            match Code::called(escape)? {
                code if code.of_upper_half().is_some() => called.1 = Some(code),
                code => called.0 = code,
            }
            rest = after;
            continue;
        }
        let code = if byte & UPPER != 0 { high? } else { low };
        let size = code.letter_bytes();
        let is_paired = rest.get(..2).is_some_and(|pair| {
            pair.iter()
                .all(|part| part & UPPER == byte & UPPER && PAIRED.contains(&(part & !UPPER)))
        });
        if size == 2 && is_paired {
            code.letter(&rest[..2], &mut text)?;
            rest = &rest[2..];
            continue;
        }
        if size == 2 && byte & UPPER != 0 {
            return None;
        }
        if delimiters.has(byte) {
            called = initial;
        }
        if byte & UPPER == 0 {
            text.push(char::from(byte));
        } else {
            code.letter(&rest[..1], &mut text)?;
        }
        rest = after;
    }
    Some(text)
}

/// An escape sequence without its first byte, and what follows: it ends with a byte from `0` to
/// `~` (ISO 2022).
fn split_escape(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| (0x30..=0x7E).contains(byte));
    bytes.split_at(end.map_or(bytes.len(), |end| end + 1))
}
