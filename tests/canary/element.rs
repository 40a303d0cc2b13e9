//! Elements as bytes: Explicit VR Little Endian (PS3.5 section 7.1.2), put among those of a data
//! set in the order of their tags.

use std::collections::BTreeMap;

/// VRs with a 32-bit length.
const LONG: [&str; 11] = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UC", "UN", "UR", "UT"];

/// A tag, its VR and its value.
#[derive(Debug, Clone)]
pub struct Element {
    pub tag: (u16, u16),
    pub vr: &'static str,
    pub value: Vec<u8>,
}

impl Element {
    pub fn new(tag: (u16, u16), vr: &'static str, value: impl Into<Vec<u8>>) -> Self {
        let mut value = value.into();
        if value.len() % 2 == 1 {
            value.push(if ["UI", "OB", "UN"].contains(&vr) { 0 } else { b' ' });
        }
        Self { tag, vr, value }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let (group, element) = self.tag;
        let mut bytes = [group.to_le_bytes(), element.to_le_bytes()].concat();
        bytes.extend(self.vr.as_bytes());
        if LONG.contains(&self.vr) {
            bytes.extend([0, 0]);
            bytes.extend((self.value.len() as u32).to_le_bytes());
        } else {
            bytes.extend((self.value.len() as u16).to_le_bytes());
        }
        bytes.extend(&self.value);
        bytes
    }
}

/// A sequence of one item.
pub fn nested(tag: (u16, u16), elements: &[Element]) -> Element {
    let content: Vec<u8> = elements.iter().flat_map(Element::bytes).collect();
    let mut item = vec![0xFE, 0xFF, 0x00, 0xE0];
    item.extend((content.len() as u32).to_le_bytes());
    item.extend(content);
    Element::new(tag, "SQ", item)
}

/// A data set whose lengths are all defined, with elements put in or in the place of others.
pub fn plant(data_set: &[u8], elements: &[Element]) -> Vec<u8> {
    let mut all = BTreeMap::new();
    let mut rest = data_set;
    while !rest.is_empty() {
        let word = |at: usize| u16::from_le_bytes([rest[at], rest[at + 1]]);
        let tag = (word(0), word(2));
        let vr = std::str::from_utf8(&rest[4..6]).unwrap();
        let (head, length) = if LONG.contains(&vr) {
            (12, u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize)
        } else {
            (8, usize::from(word(6)))
        };
        let (whole, after) = rest.split_at(head + length);
        all.insert(tag, whole.to_vec());
        rest = after;
    }
    all.extend(elements.iter().map(|element| (element.tag, element.bytes())));
    all.into_values().flatten().collect()
}
