//! A data set under construction: elements as bytes in Explicit VR Little Endian (PS3.5 section
//! 7.1.2).
//!
//! Each value is cleaned and encoded as it is put in, so a tree of thousands of items takes little
//! more memory than its file.

use crate::codes::Code;
use crate::part10;
use crate::uids::EXPLICIT_LITTLE;
use crate::value::{clean, decimal_string, identifier};
use dicom_core::VR;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::header::Tag;
use dicom_dictionary_std::{StandardDataDictionary, tags};
use interval_core::uid::Uid;

/// The object could not be turned into bytes: the mistake is ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// SOP class or instance are absent or no UIDs.
    #[error("the object does not say what it is")]
    Unnamed,
    /// A value longer than its length can say.
    #[error("the element {0} is too long to be written")]
    TooLong(Tag),
}

/// Elements in the making, in the order of their tags. The value representation of each comes from
/// the data dictionary.
#[derive(Debug, Clone, Default)]
pub(crate) struct DataSet(Vec<Element>);

#[derive(Debug, Clone)]
struct Element {
    tag: Tag,
    vr: VR,
    /// Encoded, not yet padded.
    value: Vec<u8>,
}

/// Opens an item of a sequence (PS3.5 table 7.5-1).
const ITEM: [u8; 4] = [0xFE, 0xFF, 0x00, 0xE0];

impl DataSet {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn put(&mut self, tag: Tag, vr: VR, value: Vec<u8>) -> &mut Self {
        let element = Element { tag, vr, value };
        match self.0.binary_search_by_key(&tag, |other| other.tag) {
            Ok(at) => self.0[at] = element,
            Err(at) => self.0.insert(at, element),
        }
        self
    }

    /// A text, cleaned and shortened to its representation.
    pub(crate) fn text(&mut self, tag: Tag, text: impl AsRef<str>) -> &mut Self {
        let vr = vr_of(tag);
        self.put(tag, vr, clean(vr, text.as_ref()).into_bytes())
    }

    /// Several values of one element.
    pub(crate) fn texts(&mut self, tag: Tag, texts: &[&str]) -> &mut Self {
        let vr = vr_of(tag);
        let values: Vec<String> = texts.iter().map(|text| clean(vr, text)).collect();
        self.put(tag, vr, values.join("\\").into_bytes())
    }

    /// An identifier of the hospital, not shortened to its representation.
    pub(crate) fn identifier(&mut self, tag: Tag, text: &str) -> &mut Self {
        self.put(tag, vr_of(tag), identifier(text).into_bytes())
    }

    pub(crate) fn uid<Kind>(&mut self, tag: Tag, uid: &Uid<Kind>) -> &mut Self {
        self.put(tag, VR::UI, uid.as_str().as_bytes().to_vec())
    }

    /// Decimal strings (DS).
    pub(crate) fn decimals(&mut self, tag: Tag, values: &[f64]) -> &mut Self {
        let values: Vec<String> = values.iter().map(|value| decimal_string(*value)).collect();
        self.put(tag, VR::DS, values.join("\\").into_bytes())
    }

    /// An integer string (IS).
    pub(crate) fn integer(&mut self, tag: Tag, value: usize) -> &mut Self {
        self.put(tag, VR::IS, value.to_string().into_bytes())
    }

    /// 16-bit numbers (US).
    pub(crate) fn words(&mut self, tag: Tag, values: &[u16]) -> &mut Self {
        self.put(tag, VR::US, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// 32-bit numbers (UL).
    pub(crate) fn longs(&mut self, tag: Tag, values: &[u32]) -> &mut Self {
        self.put(tag, VR::UL, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// Coordinates in single precision (FL).
    pub(crate) fn floats(&mut self, tag: Tag, values: &[f32]) -> &mut Self {
        self.put(tag, VR::FL, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// A number in double precision (FD).
    pub(crate) fn double(&mut self, tag: Tag, value: f64) -> &mut Self {
        self.put(tag, VR::FD, value.to_le_bytes().to_vec())
    }

    /// The tag of another attribute (AT).
    pub(crate) fn pointer(&mut self, tag: Tag, to: Tag) -> &mut Self {
        self.put(tag, VR::AT, tag_bytes(to).to_vec())
    }

    /// Bytes (OB).
    pub(crate) fn bytes(&mut self, tag: Tag, bytes: Vec<u8>) -> &mut Self {
        self.put(tag, VR::OB, bytes)
    }

    /// Pixel Data of 16-bit cells (OW).
    pub(crate) fn pixel_words(&mut self, cells: Vec<u16>) -> &mut Self {
        let bytes = cells.into_iter().flat_map(u16::to_le_bytes).collect();
        self.put(tags::PIXEL_DATA, VR::OW, bytes)
    }

    /// A sequence (SQ) of items with stated lengths.
    pub(crate) fn items(&mut self, tag: Tag, items: Vec<DataSet>) -> &mut Self {
        let mut value = Vec::new();
        for item in items {
            item.item_into(&mut value);
        }
        self.put(tag, VR::SQ, value)
    }

    /// A sequence of items that were encoded before.
    pub(crate) fn encoded_items(&mut self, tag: Tag, items: Vec<u8>) -> &mut Self {
        self.put(tag, VR::SQ, items)
    }

    /// A sequence of one coded entry (PS3.3 table 8.8-1).
    pub(crate) fn code(&mut self, tag: Tag, code: &Code) -> &mut Self {
        let mut item = DataSet::new();
        item.text(tags::CODE_VALUE, code.value)
            .text(tags::CODING_SCHEME_DESIGNATOR, code.scheme)
            .text(tags::CODE_MEANING, code.meaning);
        self.items(tag, vec![item])
    }

    /// Takes over the elements of another data set.
    pub(crate) fn append(&mut self, other: DataSet) -> &mut Self {
        for element in other.0 {
            self.put(element.tag, element.vr, element.value);
        }
        self
    }

    /// Appends these elements to a sequence, as one item.
    pub(crate) fn item_into(self, sequence: &mut Vec<u8>) {
        let length: usize = self.0.iter().map(Element::encoded_bytes).sum();
        sequence.extend(ITEM);
        sequence.extend((length as u32).to_le_bytes());
        self.encode_into(sequence);
    }

    fn encode_into(self, bytes: &mut Vec<u8>) {
        for element in self.0 {
            element.encode_into(bytes);
        }
    }

    /// The elements as a Part 10 file in Explicit VR Little Endian.
    pub(crate) fn into_part10(self) -> Result<Vec<u8>, EncodeError> {
        // What is too long below makes what is above it longer still: the top tells for all.
        if let Some(long) = self.0.iter().find(|element| !element.fits()) {
            return Err(EncodeError::TooLong(long.tag));
        }
        let syntax = EXPLICIT_LITTLE.parse().map_err(|_| EncodeError::Unnamed)?;
        let (class, instance) =
            (self.named(tags::SOP_CLASS_UID)?, self.named(tags::SOP_INSTANCE_UID)?);
        let mut bytes = part10::prefix(&class, &instance, &syntax, "");
        bytes.reserve_exact(self.0.iter().map(Element::encoded_bytes).sum());
        self.encode_into(&mut bytes);
        Ok(bytes)
    }

    fn named<Kind>(&self, tag: Tag) -> Result<Uid<Kind>, EncodeError> {
        let element = self.0.iter().find(|element| element.tag == tag);
        element
            .and_then(|element| std::str::from_utf8(&element.value).ok())
            .and_then(|text| text.parse().ok())
            .ok_or(EncodeError::Unnamed)
    }
}

impl Element {
    /// Length of the value, made even (PS3.5 section 7.1.1).
    fn value_bytes(&self) -> usize {
        self.value.len().next_multiple_of(2)
    }

    fn header_bytes(&self) -> usize {
        if has_long_header(self.vr) { 12 } else { 8 }
    }

    fn encoded_bytes(&self) -> usize {
        self.header_bytes() + self.value_bytes()
    }

    /// Whether the length of the value can be said: all ones mean "undefined".
    fn fits(&self) -> bool {
        let longest =
            if has_long_header(self.vr) { u32::MAX as usize } else { usize::from(u16::MAX) };
        self.value_bytes() < longest
    }

    fn encode_into(self, bytes: &mut Vec<u8>) {
        let length = self.value_bytes();
        bytes.extend(tag_bytes(self.tag));
        bytes.extend(self.vr.to_bytes());
        if has_long_header(self.vr) {
            bytes.extend([0, 0]);
            bytes.extend((length as u32).to_le_bytes());
        } else {
            bytes.extend((length as u16).to_le_bytes());
        }
        let padding = if matches!(self.vr, VR::UI | VR::OB) { 0 } else { b' ' };
        let odd = self.value.len() != length;
        bytes.extend(self.value);
        bytes.extend(odd.then_some(padding));
    }
}

fn tag_bytes(Tag(group, element): Tag) -> [u8; 4] {
    let ([a, b], [c, d]) = (group.to_le_bytes(), element.to_le_bytes());
    [a, b, c, d]
}

/// Representations whose length has 32 bits, of those that we write (PS3.5 table 7.1-1).
fn has_long_header(vr: VR) -> bool {
    matches!(vr, VR::OB | VR::OW | VR::SQ | VR::UC | VR::UN | VR::UR | VR::UT)
}

/// The representation the data dictionary gives an attribute.
fn vr_of(tag: Tag) -> VR {
    StandardDataDictionary.by_tag(tag).map_or(VR::UN, |entry| entry.vr().relaxed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uids::MR_IMAGE;

    #[track_caller]
    fn check(fill: impl FnOnce(&mut DataSet), expected: &[u8]) {
        let mut set = DataSet::new();
        fill(&mut set);
        let mut bytes = Vec::new();
        set.encode_into(&mut bytes);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn odd_texts_end_with_a_space_and_odd_uids_with_a_zero() {
        let texts: [(Tag, &str, &[u8]); 2] = [
            (tags::MODALITY, "SEG", b"\x08\x00\x60\x00CS\x04\x00SEG "),
            (tags::SOP_CLASS_UID, "1.2", b"\x08\x00\x16\x00UI\x04\x001.2\0"),
        ];
        for (tag, text, expected) in texts {
            check(
                |set| {
                    set.text(tag, text);
                },
                expected,
            );
        }
    }
    #[test]
    fn elements_stand_in_the_order_of_their_tags_and_once() {
        check(
            |set| {
                set.words(tags::COLUMNS, &[3]).words(tags::ROWS, &[1]).words(tags::ROWS, &[2]);
            },
            b"\x28\x00\x10\x00US\x02\x00\x02\x00\x28\x00\x11\x00US\x02\x00\x03\x00",
        );
    }
    #[test]
    fn a_sequence_says_its_length_and_that_of_its_items() {
        let mut item = DataSet::new();
        item.words(tags::ROWS, &[1]);
        check(
            |set| {
                set.items(tags::SOURCE_IMAGE_SEQUENCE, vec![item, DataSet::new()]);
            },
            b"\x08\x00\x12\x21SQ\0\0\x1a\0\0\0\xfe\xff\x00\xe0\x0a\0\0\0\
              \x28\x00\x10\x00US\x02\x00\x01\x00\xfe\xff\x00\xe0\0\0\0\0",
        );
    }
    #[test]
    fn an_object_without_a_name_is_not_written() {
        let mut set = DataSet::new();
        assert_eq!(set.clone().into_part10(), Err(EncodeError::Unnamed));
        set.text(tags::SOP_CLASS_UID, MR_IMAGE).text(tags::SOP_INSTANCE_UID, "1.2.3");
        assert!(set.into_part10().is_ok());
    }
    #[test]
    fn a_value_longer_than_its_length_can_say_is_not_written() {
        let mut set = DataSet::new();
        set.words(tags::SMALLEST_PIXEL_VALUE_IN_SERIES, &vec![0; 40_000]);
        assert!(matches!(set.into_part10(), Err(EncodeError::TooLong(_))));
    }
}
