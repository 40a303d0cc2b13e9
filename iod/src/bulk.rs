//! One long value of an object, found by the path that its metadata names (PS3.18 10.4.1.1.5).

use crate::charset::{Charset, Delimiters};
use crate::encoded::walk::{Token, Value, number_bytes};
use crate::encoded::{Encoded, Extent};
use crate::guard::element::Encoding;
use crate::guard::{GuardError, NESTING_MAX};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use interval_core::fault::Fault;
use std::borrow::Cow;
use std::str::FromStr;

/// Media type of what nothing else is known of (PS3.18 8.7.3.3).
const OCTETS: &str = "application/octet-stream";
/// Media type of text.
const TEXT: &str = "text/plain; charset=utf-8";

/// The text is no path to a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no path of tags and item numbers")]
pub struct NotAPath(String);

/// Where a value is: the sequences to go through, each with the number of an item from 0, and the
/// attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    sequences: Vec<(Tag, usize)>,
    tag: Tag,
}

impl FromStr for Path {
    type Err = NotAPath;

    /// Reads `00420011` or `00409096/0/00281100`.
    fn from_str(text: &str) -> Result<Self, NotAPath> {
        let wrong = || NotAPath(text.chars().take(64).collect());
        let tag = |digits: &str| {
            let is_tag = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let whole = u32::from_str_radix(digits, 16).ok().filter(|_| is_tag)?;
            Some(Tag((whole >> 16) as u16, whole as u16))
        };
        let mut sequences = Vec::new();
        let mut parts = text.split('/');
        loop {
            let named = parts.next().and_then(tag).ok_or_else(wrong)?;
            match parts.next() {
                None => return Ok(Self { sequences, tag: named }),
                Some(_) if sequences.len() >= NESTING_MAX => return Err(wrong()),
                Some(index) => sequences.push((named, index.parse().map_err(|_| wrong())?)),
            }
        }
    }
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BulkError {
    /// The scan refused the object.
    #[error("the object was refused")]
    Guard(#[from] GuardError),
    /// The object has no value there.
    #[error("the object has no value at this path")]
    Absent,
    /// Compressed pixels have no bytes as one: they are asked for by frames.
    #[error("compressed pixels are asked for by frames")]
    Compressed,
}

impl BulkError {
    /// Always the asker's, or the object's.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// A value as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk<'a> {
    /// Numbers in little endian order, text in UTF-8, a document without its padding.
    pub bytes: Cow<'a, [u8]>,
    /// As the object says of its document, else by the representation.
    pub media_type: Cow<'static, str>,
}

/// The value at a path.
pub fn find<'a>(part10: &'a [u8], path: &Path) -> Result<Bulk<'a>, BulkError> {
    let encoded = Encoded::open(part10, Extent::Whole)?;
    let mut levels = vec![Level::Item(Charset::default())];
    for token in encoded.walk() {
        let charset = charset_in(&levels);
        match token {
            Token::Value(value) if value.tag == path.tag && is_at(path, &levels) => {
                let is_document = levels.len() == 1 && value.tag == tags::ENCAPSULATED_DOCUMENT;
                return Ok(if is_document {
                    document(&encoded, value)
                } else {
                    bulk(&encoded, value, charset)
                });
            }
            Token::Fragments(tag, _) if tag == path.tag && is_at(path, &levels) => {
                return Err(BulkError::Compressed);
            }
            Token::Value(value) if value.tag == tags::SPECIFIC_CHARACTER_SET => {
                levels.pop();
                levels.push(Level::Item(Charset::named(value.bytes)));
            }
            Token::Value(_) | Token::Fragment(..) => {}
            Token::Sequence(tag) => levels.push(Level::Sequence(tag, 0)),
            Token::Fragments(..) => levels.push(Level::Fragments),
            Token::Item => {
                if let Some(Level::Sequence(_, items)) = levels.last_mut() {
                    *items += 1;
                }
                levels.push(Level::Item(charset));
            }
            Token::End => {
                levels.pop();
            }
        }
    }
    Err(BulkError::Absent)
}

/// What is open on the way.
#[derive(Debug, Clone, Copy)]
enum Level {
    /// A sequence, with its items so far.
    Sequence(Tag, usize),
    /// An item, or the data set itself.
    Item(Charset),
    Fragments,
}

/// Whether the way that leads here is that of the path.
fn is_at(path: &Path, levels: &[Level]) -> bool {
    let steps = levels.iter().filter_map(|level| match level {
        Level::Sequence(tag, items) => Some((*tag, items.saturating_sub(1))),
        Level::Item(_) | Level::Fragments => None,
    });
    steps.eq(path.sequences.iter().copied())
}

fn charset_in(levels: &[Level]) -> Charset {
    let item = levels.iter().rev().find_map(|level| match level {
        Level::Item(charset) => Some(*charset),
        Level::Sequence(..) | Level::Fragments => None,
    });
    item.unwrap_or_default()
}

fn bulk<'a>(encoded: &Encoded<'a>, value: Value<'_>, charset: Charset) -> Bulk<'a> {
    if matches!(value.vr, VR::LT | VR::ST | VR::UC | VR::UT) {
        let text = charset.decode(value.bytes, Delimiters::of(value.vr)).text;
        let text = text.trim_end_matches([' ', '\0']).to_owned();
        return Bulk { bytes: text.into_bytes().into(), media_type: TEXT.into() };
    }
    let is_turned = value.encoding == Encoding::ExplicitBig && number_bytes(value.vr) > 1;
    let bytes = if is_turned {
        Cow::Owned(value.little_endian().into_owned())
    } else {
        encoded.piece(value.range())
    };
    Bulk { bytes, media_type: OCTETS.into() }
}

/// An encapsulated document, as long as it says to be (PS3.3 C.24.2).
fn document<'a>(encoded: &Encoded<'a>, value: Value<'_>) -> Bulk<'a> {
    let header = encoded.header();
    let text = |tag| header.root().text(tag).map(|text| text.trim_matches([' ', '\0']).to_owned());
    let stated: Option<usize> =
        text(tags::ENCAPSULATED_DOCUMENT_LENGTH).and_then(|length| length.parse().ok());
    let there = value.bytes.len();
    // Only one byte of padding is ever needed (PS3.5 section 7.1.1).
    let length = stated.filter(|stated| *stated <= there && there - stated <= 1).unwrap_or(there);
    let start = value.range().start;
    let media_type = text(tags::MIME_TYPE_OF_ENCAPSULATED_DOCUMENT);
    let is_media_type = |text: &String| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/.+-".contains(&byte);
        text.contains('/') && text.bytes().all(allowed)
    };
    Bulk {
        bytes: encoded.piece(start..start + length),
        media_type: media_type.filter(is_media_type).map_or(OCTETS.into(), Cow::Owned),
    }
}
