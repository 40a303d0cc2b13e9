//! DICOM JSON (PS3.18 Annex F): a small model of a data set, for what is made and read here:
//! answers to searches and to stores, workitems, and what other archives answer. Whole objects
//! never become one of these.

mod read;
mod write;

pub use read::{JsonError, Limits, array, data_set};
pub use write::{Writer, text};

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The tag of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u16, pub u16);

impl fmt::Display for Tag {
    /// Eight hexadecimal digits in upper case (PS3.18 F.2.1.1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}{:04X}", self.0, self.1)
    }
}

/// The text is no tag of eight hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tag is written in eight hexadecimal digits")]
pub struct NotATag;

impl FromStr for Tag {
    type Err = NotATag;

    fn from_str(text: &str) -> Result<Self, NotATag> {
        if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotATag);
        }
        let number = u32::from_str_radix(text, 16).map_err(|_| NotATag)?;
        Ok(Self((number >> 16) as u16, number as u16))
    }
}

/// The two letters of a value representation (PS3.5 6.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vr([u8; 2]);

impl Vr {
    /// Sequence of items.
    pub const SQ: Vr = Vr(*b"SQ");
    /// Person name.
    pub const PN: Vr = Vr(*b"PN");
    /// Unique identifier.
    pub const UI: Vr = Vr(*b"UI");
    /// Code string.
    pub const CS: Vr = Vr(*b"CS");
    /// Date.
    pub const DA: Vr = Vr(*b"DA");
    /// Date and time.
    pub const DT: Vr = Vr(*b"DT");
    /// Long string.
    pub const LO: Vr = Vr(*b"LO");
    /// Short string.
    pub const SH: Vr = Vr(*b"SH");
    /// Long text.
    pub const LT: Vr = Vr(*b"LT");
    /// Short text.
    pub const ST: Vr = Vr(*b"ST");
    /// Application entity.
    pub const AE: Vr = Vr(*b"AE");
    /// Universal resource.
    pub const UR: Vr = Vr(*b"UR");
    /// Unsigned short.
    pub const US: Vr = Vr(*b"US");
    /// Decimal string.
    pub const DS: Vr = Vr(*b"DS");

    /// The representation of that name; it need not be one that is known.
    pub fn of(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Some(Self([*a, *b])),
            _ => None,
        }
    }

    /// Its two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether its values are numbers in DICOM JSON (PS3.18 F.2.3).
    pub fn is_number(self) -> bool {
        let numbers = ["DS", "FL", "FD", "IS", "SL", "SS", "SV", "UL", "US", "UV"];
        numbers.contains(&self.as_str())
    }
}

impl fmt::Debug for Vr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A data set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DataSet {
    /// Its attributes.
    pub elements: BTreeMap<Tag, Element>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// How its value is represented.
    pub vr: Vr,
    /// Its value.
    pub value: Value,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// There is none.
    Empty,
    /// Texts; a value among others that is not there is an empty text. Names are written with `=`
    /// between component groups.
    Texts(Vec<String>),
    /// Numbers.
    Numbers(Vec<serde_json::Number>),
    /// Items of a sequence.
    Items(Vec<DataSet>),
    /// Bytes, in base64 as they came.
    Inline(String),
    /// Bytes that are elsewhere: where.
    Bulk(String),
}

impl Element {
    /// With these texts.
    pub fn texts<T: Into<String>>(vr: Vr, texts: impl IntoIterator<Item = T>) -> Self {
        let texts: Vec<String> = texts.into_iter().map(Into::into).collect();
        let is_empty = texts.iter().all(String::is_empty);
        Self { vr, value: if is_empty { Value::Empty } else { Value::Texts(texts) } }
    }

    /// With these items.
    pub fn items(items: Vec<DataSet>) -> Self {
        let value = if items.is_empty() { Value::Empty } else { Value::Items(items) };
        Self { vr: Vr::SQ, value }
    }

    /// Without a value.
    pub fn empty(vr: Vr) -> Self {
        Self { vr, value: Value::Empty }
    }

    /// Whether it has a value.
    pub fn has_value(&self) -> bool {
        self.value != Value::Empty
    }
}

impl DataSet {
    /// Sets an attribute to one text.
    pub fn put(&mut self, tag: Tag, vr: Vr, text: impl Into<String>) {
        self.elements.insert(tag, Element::texts(vr, [text.into()]));
    }

    /// Sets an attribute to one number.
    pub fn put_number(&mut self, tag: Tag, vr: Vr, number: i64) {
        self.elements.insert(tag, Element { vr, value: Value::Numbers(vec![number.into()]) });
    }

    /// Sets an attribute to items.
    pub fn put_items(&mut self, tag: Tag, items: Vec<DataSet>) {
        self.elements.insert(tag, Element::items(items));
    }

    /// The first text of an attribute, or an empty one.
    pub fn text(&self, tag: Tag) -> &str {
        self.all_texts(tag).first().map_or("", String::as_str)
    }

    /// All texts of an attribute.
    pub fn all_texts(&self, tag: Tag) -> &[String] {
        match self.elements.get(&tag) {
            Some(Element { value: Value::Texts(texts), .. }) => texts,
            _ => &[],
        }
    }

    /// The first number of an attribute.
    pub fn number(&self, tag: Tag) -> Option<i64> {
        match self.elements.get(&tag) {
            Some(Element { value: Value::Numbers(numbers), .. }) => numbers.first()?.as_i64(),
            _ => None,
        }
    }

    /// The items of a sequence; none when it is not there.
    pub fn items(&self, tag: Tag) -> &[DataSet] {
        match self.elements.get(&tag) {
            Some(Element { value: Value::Items(items), .. }) => items,
            _ => &[],
        }
    }

    /// Whether an attribute is there with a value.
    pub fn has_value(&self, tag: Tag) -> bool {
        self.elements.get(&tag).is_some_and(Element::has_value)
    }

    /// As DICOM JSON: one object.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 * self.elements.len() + 2);
        write::data_set(&mut out, self);
        out
    }
}

/// Data sets as DICOM JSON: an array.
pub fn to_array<'a>(sets: impl IntoIterator<Item = &'a DataSet>) -> Vec<u8> {
    let mut out = vec![b'['];
    for (at, set) in sets.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write::data_set(&mut out, set);
    }
    out.push(b']');
    out
}
