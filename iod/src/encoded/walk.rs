//! The elements of a data set in the order in which they lie there (PS3.5 sections 7.1, 7.5 and
//! A.4). It reads what the guard let pass, by the same rules, and stops where the bytes stop.

use crate::guard::element::{
    ElementHeader, Encoding, HEADER_BYTES_MAX, HEADER_BYTES_MIN, ITEM, ITEM_END, SEQUENCE_END,
    dictionary_vr, is_either_sign,
};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use std::borrow::Cow;

/// What comes next in a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// An element with a value.
    Value(Value<'a>),
    /// A sequence, which has items.
    Sequence(Tag),
    /// Encapsulated pixel data, which has fragments; the first is the Basic Offset Table.
    Fragments(Tag, VR),
    /// An item, which has elements.
    Item,
    /// One fragment, with the offset of its item in the data set.
    Fragment(&'a [u8], usize),
    /// The innermost sequence, item or pixel data ends.
    End,
}

/// An element's value as it lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    /// Which attribute.
    pub tag: Tag,
    /// As stated, or from the dictionary.
    pub vr: VR,
    /// How its numbers are written.
    pub encoding: Encoding,
    /// Its bytes with their padding; fewer than `length` when the object is cut off in them.
    pub bytes: &'a [u8],
    /// Bytes that it claims.
    pub length: usize,
    /// Offset of the element in the data set.
    pub at: usize,
    /// Offset of its bytes in the data set.
    pub start: usize,
}

impl Value<'_> {
    /// Where its bytes are in the data set.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.bytes.len()
    }

    /// As an archive meant it that forgot the VR. Such bytes are little endian (PS3.5 6.2.2, note
    /// 2); a sequence stays bytes, which nobody has scanned.
    pub fn known(self) -> Self {
        if self.vr != VR::UN {
            return self;
        }
        let vr = dictionary_vr(self.tag);
        let is_whole = self.length.is_multiple_of(number_bytes(vr));
        let vr = if vr == VR::SQ || !is_whole { VR::UN } else { vr };
        Self { vr, encoding: Encoding::ImplicitLittle, ..self }
    }

    /// Its bytes with their numbers in little endian order.
    pub fn little_endian(&self) -> Cow<'_, [u8]> {
        let size = number_bytes(self.vr);
        if self.encoding != Encoding::ExplicitBig || size == 1 {
            return self.bytes.into();
        }
        let mut bytes = self.bytes.to_vec();
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        bytes.into()
    }
}

/// Bytes of one number of a VR whose order counts (PS3.5 section 7.3); 1 for text and bytes. A tag
/// is two numbers.
pub(crate) fn number_bytes(vr: VR) -> usize {
    match vr {
        VR::AT | VR::OW | VR::SS | VR::US => 2,
        VR::FL | VR::OF | VR::OL | VR::SL | VR::UL => 4,
        VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => 8,
        _ => 1,
    }
}

/// What the last Pixel Representation (0028,0103) said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Unsigned,
    Signed,
}

/// The VR of an attribute that has two by the dictionary, where pixels are signed.
fn signed(vr: VR, header: ElementHeader) -> VR {
    if header.encoding == Encoding::ImplicitLittle && vr == VR::US && is_either_sign(header.tag) {
        VR::SS
    } else {
        vr
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Sequence,
    Item,
    Fragments,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    container: Container,
    /// Offset where it ends; none until its delimiter comes.
    end: Option<usize>,
    /// How the elements inside are written.
    encoding: Encoding,
}

/// The walk.
#[derive(Debug, Clone)]
pub(crate) struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    encoding: Encoding,
    open: Vec<Open>,
    sign: Sign,
}

impl<'a> Walk<'a> {
    /// Starts at the first element.
    pub fn new(bytes: &'a [u8], encoding: Encoding) -> Self {
        Self { bytes, at: 0, encoding, open: Vec::new(), sign: Sign::Unsigned }
    }

    /// The data set that is walked.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Offset of what comes next.
    pub fn at(&self) -> usize {
        self.at
    }

    /// How many sequences, items and pixel data are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    fn encoding(&self) -> Encoding {
        self.open.last().map_or(self.encoding, |open| open.encoding)
    }

    fn header(&self) -> Option<(ElementHeader, usize)> {
        let rest = self.bytes.get(self.at..)?;
        let mut seen = [0; HEADER_BYTES_MAX];
        if let Some(whole) = rest.first_chunk::<HEADER_BYTES_MAX>() {
            seen = *whole;
        } else if rest.len() >= HEADER_BYTES_MIN {
            seen[..rest.len()].copy_from_slice(rest);
        } else {
            return None;
        }
        let encoding = self.encoding();
        let used = encoding.header_bytes(&seen);
        (used <= rest.len()).then(|| (encoding.header(&seen), used))
    }

    fn value(&mut self, header: ElementHeader, length: u32, at: usize) -> Value<'a> {
        let length = length as usize;
        let start = self.at;
        let end = self.at.saturating_add(length).min(self.bytes.len());
        let bytes = &self.bytes[start..end];
        self.at = end;
        let ElementHeader { tag, vr, encoding, .. } = header;
        if tag == tags::PIXEL_REPRESENTATION {
            self.sign = if bytes.contains(&1) { Sign::Signed } else { Sign::Unsigned };
        }
        let vr = if self.sign == Sign::Signed { signed(vr, header) } else { vr };
        Value { tag, vr, encoding, bytes, length, at, start }
    }

    fn enter(&mut self, container: Container, length: Option<u32>, encoding: Encoding) {
        let end = length.map(|length| self.at.saturating_add(length as usize));
        self.open.push(Open { container, end, encoding });
    }

    fn element(&mut self, header: ElementHeader, at: usize) -> Token<'a> {
        let ElementHeader { tag, vr, length, encoding } = header;
        match length {
            None if tag == tags::PIXEL_DATA => {
                self.enter(Container::Fragments, None, encoding);
                Token::Fragments(tag, vr)
            }
            // Without a length and of unknown VR, the content is implicit (PS3.5 6.2.2, note 4).
            None => {
                let inner = match (vr, encoding) {
                    (VR::UN, Encoding::ExplicitLittle) => Encoding::ImplicitLittle,
                    _ => encoding,
                };
                self.enter(Container::Sequence, None, inner);
                Token::Sequence(tag)
            }
            Some(_) if vr == VR::SQ => {
                self.enter(Container::Sequence, length, encoding);
                Token::Sequence(tag)
            }
            Some(length) => Token::Value(self.value(header, length, at)),
        }
    }

    fn close(&mut self) -> Token<'a> {
        self.open.pop();
        Token::End
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let innermost = self.open.last().copied();
        if innermost.is_some_and(|open| open.end == Some(self.at)) {
            return Some(self.close());
        }
        let at = self.at;
        let (header, used) = self.header()?;
        self.at += used;
        match (innermost.map(|open| open.container), header.tag, header.length) {
            (Some(Container::Sequence), ITEM, length) => {
                self.enter(Container::Item, length, header.encoding);
                Some(Token::Item)
            }
            (Some(Container::Fragments), ITEM, Some(length)) => {
                Some(Token::Fragment(self.value(header, length, at).bytes, at))
            }
            (Some(Container::Sequence | Container::Fragments), SEQUENCE_END, _) => {
                Some(self.close())
            }
            (Some(Container::Item), ITEM_END, _) => Some(self.close()),
            (Some(Container::Sequence | Container::Fragments), ..) => None,
            _ => Some(self.element(header, at)),
        }
    }
}
