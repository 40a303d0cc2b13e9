//! A data set without the accidents of how it was written.

use crate::charset::{Charset, Delimiters};
use crate::encoded::Encoded;
use crate::encoded::walk::{Token, Value, number_bytes};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use std::collections::BTreeMap;

/// Group of Pixel Data, its offset tables and its float twins.
const PIXEL_GROUP: u16 = 0x7FE0;

/// The elements at the top of a data set, as bytes to be compared.
#[derive(Debug, Default)]
pub(super) struct Canonical<'a> {
    /// Without those that are empty, and without the pixels.
    pub elements: BTreeMap<Tag, Vec<u8>>,
    /// The pixels as they are kept: their value, or fragments.
    pub pixels: Vec<(Tag, &'a [u8])>,
}

impl<'a> Canonical<'a> {
    pub fn of(encoded: &'a Encoded<'_>) -> Self {
        let mut canonical = Self::default();
        let mut charsets = vec![Charset::default()];
        let mut top = Tag(0, 0);
        let mut walk = encoded.walk();
        loop {
            let depth = walk.depth();
            let Some(token) = walk.next() else { break };
            match token {
                Token::Value(Value { tag, .. })
                | Token::Sequence(tag)
                | Token::Fragments(tag, _)
                    if depth == 0 =>
                {
                    top = tag;
                }
                _ => {}
            }
            match token {
                Token::Value(value) if top.0 == PIXEL_GROUP => canonical.pixels(value),
                Token::Fragment(bytes, _) if top.0 == PIXEL_GROUP => {
                    canonical.pixels.push((top, bytes));
                }
                Token::Value(value) if value.tag == tags::SPECIFIC_CHARACTER_SET => {
                    charsets.pop();
                    charsets.push(Charset::named(value.bytes));
                }
                Token::Value(value) if is_left_out(value) => {}
                Token::Value(value) => {
                    let charset = charsets.last().copied().unwrap_or_default();
                    let element = canonical.elements.entry(top).or_default();
                    append(element, value.tag, &plain(value, charset));
                }
                Token::Fragment(bytes, _) => {
                    append(canonical.elements.entry(top).or_default(), top, bytes);
                }
                Token::Item => {
                    charsets.push(charsets.last().copied().unwrap_or_default());
                    canonical.elements.entry(top).or_default().push(b'{');
                }
                Token::End if is_item(depth) && top.0 != PIXEL_GROUP => {
                    charsets.pop();
                    canonical.elements.entry(top).or_default().push(b'}');
                }
                Token::Sequence(tag) if depth > 0 => {
                    append(canonical.elements.entry(top).or_default(), tag, b"[");
                }
                Token::End if depth > 1 => {
                    canonical.elements.entry(top).or_default().push(b']');
                }
                Token::Sequence(_) | Token::Fragments(..) | Token::End => {}
            }
        }
        canonical
    }

    /// A native value, or a table of offsets, which follows from the fragments.
    fn pixels(&mut self, value: Value<'a>) {
        if !matches!(value.tag, tags::EXTENDED_OFFSET_TABLE | tags::EXTENDED_OFFSET_TABLE_LENGTHS) {
            self.pixels.push((value.tag, value.bytes));
        }
    }

    /// Tags of what is not the same, in their order.
    pub fn differences(&self, other: &Self) -> Vec<Tag> {
        let mut tags: Vec<Tag> =
            self.elements.keys().chain(other.elements.keys()).copied().collect();
        tags.sort_unstable();
        tags.dedup();
        tags.retain(|tag| self.elements.get(tag) != other.elements.get(tag));
        tags
    }
}

/// Items stand at every other depth: sequences at the top are at 1, their items at 2.
fn is_item(depth: usize) -> bool {
    depth > 0 && depth.is_multiple_of(2)
}

/// Lengths of groups, padding, and what is empty.
fn is_left_out(value: Value<'_>) -> bool {
    let is_padding = value.bytes.iter().all(|byte| matches!(byte, b' ' | 0));
    value.tag.1 == 0
        || value.tag == tags::DATA_SET_TRAILING_PADDING
        || value.bytes.is_empty()
        || (is_text(value.vr) && is_padding)
}

fn is_text(vr: VR) -> bool {
    number_bytes(vr) == 1 && !matches!(vr, VR::OB | VR::UN)
}

/// A value in little endian order, or as text in UTF-8 without padding.
fn plain(value: Value<'_>, charset: Charset) -> Vec<u8> {
    let value = value.known();
    match value.vr {
        // Of a private value one encoding tells that it is text, the other does not.
        VR::OB | VR::UN if value.tag.0 % 2 == 1 => {
            let end = value.bytes.iter().rposition(|byte| !matches!(byte, b' ' | 0));
            value.bytes[..end.map_or(0, |end| end + 1)].to_vec()
        }
        vr if is_text(vr) => {
            let text = charset.for_vr(vr).decode(value.bytes, Delimiters::of(vr)).text;
            let values = text.split('\\').map(|part| part.trim_matches([' ', '\0']));
            values.collect::<Vec<_>>().join("\\").into_bytes()
        }
        _ => value.little_endian().into_owned(),
    }
}

fn append(element: &mut Vec<u8>, tag: Tag, value: &[u8]) {
    element.extend_from_slice(&tag.0.to_be_bytes());
    element.extend_from_slice(&tag.1.to_be_bytes());
    element.extend_from_slice(&(value.len() as u64).to_be_bytes());
    element.extend_from_slice(value);
}
