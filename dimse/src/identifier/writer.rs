//! A data set in the making; elements are given in the order of their tags.

use super::reader::has_long_length;
use super::{Encoding, Tag, tag};

/// Longest value whose length has 16 bits, in bytes, even.
const SHORT_VALUE_BYTES_MAX: usize = 0xFFFE;

/// A data set in the making.
#[derive(Debug)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    encoding: Encoding,
}

impl Writer {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self { bytes: Vec::with_capacity(512), encoding }
    }

    /// Begins anew, with the memory of what was written before.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A text; a UID is padded by NUL, anything else by a space (PS3.5 6.2).
    pub(crate) fn text(&mut self, tag: Tag, vr: [u8; 2], text: &str) {
        self.texts(tag, vr, &[text]);
    }

    /// Several values, with backslashes between them.
    pub(crate) fn texts<T: AsRef<str>>(&mut self, tag: Tag, vr: [u8; 2], texts: &[T]) {
        let place = self.begin(tag, vr);
        let start = self.bytes.len();
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                self.bytes.push(b'\\');
            }
            self.bytes.extend_from_slice(text.as_ref().as_bytes());
        }
        if self.encoding == Encoding::Explicit && !has_long_length(vr) {
            self.shorten(start);
        }
        if (self.bytes.len() - start) % 2 == 1 {
            self.bytes.push(if vr == *b"UI" { 0 } else { b' ' });
        }
        self.end(place, start);
    }

    /// Cuts a text to what its length can say, between two characters.
    fn shorten(&mut self, start: usize) {
        let mut end = start + SHORT_VALUE_BYTES_MAX;
        if self.bytes.len() > end {
            while self.bytes[end] & 0xC0 == 0x80 {
                end -= 1;
            }
            self.bytes.truncate(end);
        }
    }

    /// An unsigned short.
    pub(crate) fn number(&mut self, tag: Tag, value: u16) {
        self.bytes(tag, *b"US", &value.to_le_bytes());
    }

    /// Bytes as they are; an odd one is padded by a space.
    pub(crate) fn bytes(&mut self, tag: Tag, vr: [u8; 2], value: &[u8]) {
        let place = self.begin(tag, vr);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(value);
        if value.len() % 2 == 1 {
            self.bytes.push(b' ');
        }
        self.end(place, start);
    }

    /// A sequence, whose items `write` gives.
    pub(crate) fn sequence(&mut self, tag: Tag, write: impl FnOnce(&mut Self)) {
        let place = self.begin(tag, *b"SQ");
        let start = self.bytes.len();
        write(self);
        self.end(place, start);
    }

    /// An item of a sequence.
    pub(crate) fn item(&mut self, write: impl FnOnce(&mut Self)) {
        self.tag(tag::ITEM);
        let place = Place { at: self.bytes.len(), is_long: true };
        self.bytes.extend_from_slice(&[0; 4]);
        let start = self.bytes.len();
        write(self);
        self.end(place, start);
    }

    fn tag(&mut self, (group, element): Tag) {
        self.bytes.extend_from_slice(&group.to_le_bytes());
        self.bytes.extend_from_slice(&element.to_le_bytes());
    }

    /// The head of an element; its length is filled in at the end.
    fn begin(&mut self, tag: Tag, vr: [u8; 2]) -> Place {
        self.tag(tag);
        let is_long = self.encoding == Encoding::Implicit || has_long_length(vr);
        if self.encoding == Encoding::Explicit {
            self.bytes.extend_from_slice(&vr);
            if is_long {
                self.bytes.extend_from_slice(&[0; 2]);
            }
        }
        let at = self.bytes.len();
        self.bytes.extend_from_slice(if is_long { &[0; 4] } else { &[0; 2] });
        Place { at, is_long }
    }

    fn end(&mut self, place: Place, start: usize) {
        let length = self.bytes.len() - start;
        if place.is_long {
            self.bytes[place.at..place.at + 4].copy_from_slice(&(length as u32).to_le_bytes());
        } else {
            self.bytes[place.at..place.at + 2].copy_from_slice(&(length as u16).to_le_bytes());
        }
    }
}

/// Where the length of an element stands.
struct Place {
    at: usize,
    is_long: bool,
}
