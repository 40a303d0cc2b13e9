//! The elements of a data set as they are looked up: one entry for each, in their order, the values
//! left where they lie.

use super::walk::{Token, Value, Walk};
use crate::charset::{Charset, Delimiters};
use crate::guard::element::{Encoding, ITEM};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use std::borrow::Cow;

/// Group of Pixel Data, its offset tables and its float twins.
const PIXEL_GROUP: u16 = 0x7FE0;

/// Entries that most objects fit in: a classic MR image has 100 to 250.
const ENTRIES_USUAL: usize = 256;

/// One element, item or fragment.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: Tag,
    vr: VR,
    encoding: Encoding,
    kind: Kind,
    /// Offset of the value.
    start: usize,
    /// Bytes of the value that are there.
    length: usize,
    /// Where the entry after this one and all inside it is.
    next: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Value,
    Sequence,
    Item,
}

/// A data set.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    /// Tags at the top with their entries, by tag.
    top: Vec<(Tag, usize)>,
}

/// The data set or one of its items, as a place to look from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a> {
    tree: &'a Tree<'a>,
    /// First entry inside, and the one after the last.
    inside: (usize, usize),
    charset: Charset,
}

impl<'a> Tree<'a> {
    /// Up to the pixels.
    pub fn header(mut walk: Walk<'a>) -> Self {
        let bytes = walk.bytes();
        let mut entries: Vec<Entry> = Vec::with_capacity(ENTRIES_USUAL);
        let mut top: Vec<(Tag, usize)> = Vec::with_capacity(ENTRIES_USUAL);
        let mut open: Vec<usize> = Vec::new();
        loop {
            let depth = walk.depth();
            let Some(token) = walk.next() else { break };
            let entry = match token {
                Token::End => {
                    let here = entries.len();
                    if let Some(entry) = open.pop().and_then(|at| entries.get_mut(at)) {
                        entry.next = here;
                    }
                    continue;
                }
                Token::Value(value) => Entry::of(value, walk.at()),
                Token::Sequence(tag) => Entry::opening(tag, Kind::Sequence),
                Token::Fragments(tag, _) => Entry::opening(tag, Kind::Value),
                Token::Item => Entry::opening(ITEM, Kind::Item),
                Token::Fragment(..) => continue,
            };
            if depth == 0 && entry.tag.0 >= PIXEL_GROUP {
                break;
            }
            if depth == 0 {
                top.push((entry.tag, entries.len()));
            }
            if !matches!(token, Token::Value(_)) {
                open.push(entries.len());
            }
            entries.push(Entry { next: entries.len() + 1, ..entry });
        }
        let here = entries.len();
        for at in open {
            entries[at].next = here;
        }
        // A valid data set is in this order already.
        top.sort_by_key(|(tag, _)| *tag);
        Self { bytes, entries, top }
    }

    /// The data set itself.
    pub fn root(&'a self) -> Node<'a> {
        let root =
            Node { tree: self, inside: (0, self.entries.len()), charset: Charset::default() };
        root.in_its_charset()
    }
}

impl Entry {
    fn of(value: Value<'_>, end: usize) -> Self {
        let Value { tag, vr, encoding, bytes, .. } = value;
        let length = bytes.len();
        Self { tag, vr, encoding, kind: Kind::Value, start: end - length, length, next: 0 }
    }

    fn opening(tag: Tag, kind: Kind) -> Self {
        let encoding = Encoding::ExplicitLittle;
        Self { tag, vr: VR::SQ, encoding, kind, start: 0, length: 0, next: 0 }
    }
}

impl<'a> Node<'a> {
    fn in_its_charset(self) -> Self {
        match self.value(tags::SPECIFIC_CHARACTER_SET) {
            Some((_, name)) => Self { charset: Charset::named(name), ..self },
            None => self,
        }
    }

    /// Where the first entry with this tag is.
    fn find(&self, tag: Tag) -> Option<usize> {
        let Tree { entries, top, .. } = self.tree;
        if self.inside == (0, entries.len()) {
            let at = top.partition_point(|(other, _)| *other < tag);
            return top.get(at).filter(|(other, _)| *other == tag).map(|(_, entry)| *entry);
        }
        self.siblings().find(|at| entries[*at].tag == tag)
    }

    fn siblings(&self) -> impl Iterator<Item = usize> + use<'a> {
        let (tree, (mut next, end)) = (self.tree, self.inside);
        std::iter::from_fn(move || {
            let at = next;
            next = tree.entries.get(at).filter(|_| at < end)?.next;
            Some(at)
        })
    }

    fn entry(&self, tag: Tag, kind: Kind) -> Option<(usize, &'a Entry)> {
        let at = self.find(tag)?;
        let entry = self.tree.entries.get(at).filter(|entry| entry.kind == kind)?;
        Some((at, entry))
    }

    /// The item of a sequence at `index`, from 0.
    pub fn item(&self, tag: Tag, index: usize) -> Option<Self> {
        self.items(tag).nth(index)
    }

    /// The items of a sequence.
    pub fn items(&self, tag: Tag) -> impl Iterator<Item = Self> + use<'a> {
        let node = *self;
        let inside = self.entry(tag, Kind::Sequence).map_or((0, 0), |(at, e)| (at + 1, e.next));
        Node { inside, ..node }.siblings().map(move |at| {
            let inside = (at + 1, node.tree.entries[at].next);
            Node { inside, ..node }.in_its_charset()
        })
    }

    /// Whether an attribute is there, be it empty.
    pub fn has(&self, tag: Tag) -> bool {
        self.find(tag).is_some()
    }

    /// The bytes of a value with their VR; none when absent or a sequence.
    pub fn value(&self, tag: Tag) -> Option<(VR, &'a [u8])> {
        let (_, entry) = self.entry(tag, Kind::Value)?;
        Some((entry.vr, self.tree.value(entry)))
    }

    /// The values of an attribute as text, separated by backslashes, as they are padded; none when
    /// absent or empty.
    pub fn text(&self, tag: Tag) -> Option<Cow<'a, str>> {
        let (_, entry) = self.entry(tag, Kind::Value)?;
        let value = self.tree.value(entry);
        if value.is_empty() {
            return None;
        }
        let text = || self.charset.for_vr(entry.vr).decode(value, Delimiters::of(entry.vr)).text;
        Some(numbers(entry.vr, entry.encoding, value).map_or_else(text, Cow::Owned))
    }
}

impl<'a> Tree<'a> {
    fn value(&self, entry: &Entry) -> &'a [u8] {
        self.bytes.get(entry.start..entry.start + entry.length).unwrap_or_default()
    }
}

/// Binary numbers as text, separated by backslashes; none for what is text or bytes.
fn numbers(vr: VR, encoding: Encoding, value: &[u8]) -> Option<String> {
    let (size, write): (usize, fn(u64) -> String) = match vr {
        VR::US | VR::OW => (2, |raw| raw.to_string()),
        VR::SS => (2, |raw| (raw as i16).to_string()),
        VR::UL | VR::OL => (4, |raw| raw.to_string()),
        VR::SL => (4, |raw| (raw as i32).to_string()),
        VR::UV | VR::OV => (8, |raw| raw.to_string()),
        VR::SV => (8, |raw| raw.cast_signed().to_string()),
        VR::FL | VR::OF => (4, |raw| f32::from_bits(raw as u32).to_string()),
        VR::FD | VR::OD => (8, |raw| f64::from_bits(raw).to_string()),
        _ => return None,
    };
    let mut cells = value.chunks_exact(size).map(|cell| write(encoding.whole(cell)));
    let first = cells.next().unwrap_or_default();
    Some(cells.fold(first, |text, cell| text + "\\" + &cell))
}
