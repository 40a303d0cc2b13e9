//! A data set, read in place.

use std::borrow::Cow;

use super::{CharacterSet, DEPTH_MAX, ELEMENTS_MAX, Encoding, IdentifierError, Tag, tag};

/// A length that is not known beforehand (PS3.5 7.1.1).
const UNDEFINED: u32 = u32::MAX;

/// An element.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: Tag,
    /// Its value representation, where one is written.
    pub(crate) vr: Option<[u8; 2]>,
    pub(crate) value: Value<'a>,
}

/// The value of an element.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Bytes(&'a [u8]),
    Items(Vec<DataSet<'a>>),
}

/// A data set, or an item of a sequence.
#[derive(Debug, Default)]
pub(crate) struct DataSet<'a> {
    pub(crate) elements: Vec<Element<'a>>,
}

impl<'a> DataSet<'a> {
    fn value(&self, tag: Tag) -> Option<&Value<'a>> {
        self.elements.iter().find(|element| element.tag == tag).map(|element| &element.value)
    }

    /// The bytes of an element that is no sequence.
    pub(crate) fn bytes(&self, tag: Tag) -> Option<&'a [u8]> {
        match self.value(tag) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            Some(Value::Items(_)) | None => None,
        }
    }

    /// A text without padding; nothing when the element is absent.
    pub(crate) fn text(&self, tag: Tag, characters: &CharacterSet) -> Option<Cow<'a, str>> {
        self.bytes(tag).map(|bytes| characters.decode(bytes))
    }

    /// The items of a sequence.
    pub(crate) fn items(&self, tag: Tag) -> &[DataSet<'a>] {
        match self.value(tag) {
            Some(Value::Items(items)) => items,
            Some(Value::Bytes(_)) | None => &[],
        }
    }
}

/// Reads a whole data set.
pub(crate) fn read(bytes: &[u8], encoding: Encoding) -> Result<DataSet<'_>, IdentifierError> {
    let mut reader = Reader { rest: bytes, elements_left: ELEMENTS_MAX };
    reader.data_set(encoding, (End::OfBytes, 0))
}

/// Where a data set ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    OfBytes,
    AtDelimiter,
}

struct Reader<'a> {
    rest: &'a [u8],
    elements_left: usize,
}

impl<'a> Reader<'a> {
    fn data_set(
        &mut self,
        encoding: Encoding,
        (end, depth): (End, usize),
    ) -> Result<DataSet<'a>, IdentifierError> {
        if depth > DEPTH_MAX {
            return Err(IdentifierError::TooDeep);
        }
        let mut set = DataSet::default();
        while end == End::AtDelimiter || !self.rest.is_empty() {
            let tag = self.tag()?;
            match (tag, end) {
                (tag::ITEM_END, End::AtDelimiter) => {
                    self.take(4, tag)?;
                    break;
                }
                (tag::ITEM | tag::ITEM_END | tag::SEQUENCE_END, _) => {
                    return Err(IdentifierError::OutOfPlace(tag.0, tag.1));
                }
                _ => {}
            }
            let left = self.elements_left.checked_sub(1);
            self.elements_left = left.ok_or(IdentifierError::TooMany)?;
            let (vr, length) = self.head(tag, encoding)?;
            let is_sequence = length == UNDEFINED
                || vr == Some(*b"SQ")
                || (vr.is_none() && tag::SEQUENCES.contains(&tag));
            let value = if is_sequence {
                // What has an unknown representation has implicit ones inside (PS3.5 6.2.2).
                let inside = if vr == Some(*b"UN") { Encoding::Implicit } else { encoding };
                Value::Items(self.items((tag, length), inside, depth)?)
            } else {
                Value::Bytes(self.take(length, tag)?)
            };
            set.elements.push(Element { tag, vr, value });
        }
        Ok(set)
    }

    fn items(
        &mut self,
        (tag, length): (Tag, u32),
        encoding: Encoding,
        depth: usize,
    ) -> Result<Vec<DataSet<'a>>, IdentifierError> {
        if length != UNDEFINED {
            let bytes = self.take(length, tag)?;
            let mut inside = Reader { rest: bytes, elements_left: self.elements_left };
            let mut items = Vec::new();
            while !inside.rest.is_empty() {
                match inside.tag()? {
                    tag::ITEM => items.push(inside.item(encoding, depth)?),
                    other => return Err(IdentifierError::OutOfPlace(other.0, other.1)),
                }
            }
            self.elements_left = inside.elements_left;
            return Ok(items);
        }
        let mut items = Vec::new();
        loop {
            match self.tag()? {
                tag::ITEM => items.push(self.item(encoding, depth)?),
                tag::SEQUENCE_END => {
                    self.take(4, tag)?;
                    return Ok(items);
                }
                other => return Err(IdentifierError::OutOfPlace(other.0, other.1)),
            }
        }
    }

    /// An item after its tag. An empty one counts as an element, so that nothing is endless.
    fn item(&mut self, encoding: Encoding, depth: usize) -> Result<DataSet<'a>, IdentifierError> {
        let left = self.elements_left.checked_sub(1);
        self.elements_left = left.ok_or(IdentifierError::TooMany)?;
        let length = self.long(tag::ITEM)?;
        if length == UNDEFINED {
            return self.data_set(encoding, (End::AtDelimiter, depth + 1));
        }
        let bytes = self.take(length, tag::ITEM)?;
        let mut inside = Reader { rest: bytes, elements_left: self.elements_left };
        let set = inside.data_set(encoding, (End::OfBytes, depth + 1));
        self.elements_left = inside.elements_left;
        set
    }

    fn tag(&mut self) -> Result<Tag, IdentifierError> {
        let Some(([g0, g1, e0, e1], rest)) = self.rest.split_first_chunk() else {
            return Err(IdentifierError::CutOff(0, 0));
        };
        self.rest = rest;
        Ok((u16::from_le_bytes([*g0, *g1]), u16::from_le_bytes([*e0, *e1])))
    }

    /// The value representation, if one is written, and the length.
    fn head(
        &mut self,
        tag: Tag,
        encoding: Encoding,
    ) -> Result<(Option<[u8; 2]>, u32), IdentifierError> {
        if encoding == Encoding::Implicit {
            return Ok((None, self.long(tag)?));
        }
        let cut_off = IdentifierError::CutOff(tag.0, tag.1);
        let Some(([v0, v1, l0, l1], rest)) = self.rest.split_first_chunk() else {
            return Err(cut_off);
        };
        self.rest = rest;
        let vr = [*v0, *v1];
        let length = if has_long_length(vr) {
            self.long(tag)?
        } else {
            u32::from(u16::from_le_bytes([*l0, *l1]))
        };
        Ok((Some(vr), length))
    }

    fn long(&mut self, tag: Tag) -> Result<u32, IdentifierError> {
        let Some((length, rest)) = self.rest.split_first_chunk() else {
            return Err(IdentifierError::CutOff(tag.0, tag.1));
        };
        self.rest = rest;
        Ok(u32::from_le_bytes(*length))
    }

    fn take(&mut self, length: u32, tag: Tag) -> Result<&'a [u8], IdentifierError> {
        let cut = self.rest.split_at_checked(length as usize);
        let (bytes, rest) = cut.ok_or(IdentifierError::CutOff(tag.0, tag.1))?;
        self.rest = rest;
        Ok(bytes)
    }
}

/// Whether the length of a value has 32 bits, after two reserved bytes (PS3.5 7.1.2).
pub(super) fn has_long_length(vr: [u8; 2]) -> bool {
    matches!(
        &vr,
        b"OB"
            | b"OD"
            | b"OF"
            | b"OL"
            | b"OV"
            | b"OW"
            | b"SQ"
            | b"SV"
            | b"UC"
            | b"UN"
            | b"UR"
            | b"UT"
            | b"UV"
    )
}
