//! Canaries: texts that occur nowhere else, put into every kind of element that may carry an
//! identity, and looked for in raw bytes afterwards, in every coding in which they could come back.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod cage;
mod element;

pub use cage::{BIRTH_DATE, Cage, Coding, NAME, PATIENT_ID, STUDY_DATE};
pub use element::{Element, nested, plant};

use std::collections::{BTreeMap, BTreeSet};

/// A text that is looked for.
#[derive(Debug, Clone)]
pub struct Canary {
    /// Where it was put.
    pub place: String,
    /// Its bytes in each coding.
    forms: Vec<Vec<u8>>,
}

impl Canary {
    /// A text, and its bytes as they are sent where that is another coding than UTF-8.
    pub fn new(place: &str, text: &str, as_sent: &[u8]) -> Self {
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let little = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let mut forms = vec![text.as_bytes().to_vec(), little, big];
        if !as_sent.is_empty() {
            forms.push(as_sent.to_vec());
        }
        Self { place: place.to_owned(), forms }
    }

    /// Its text where an address can hold it as it is.
    pub fn in_address(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.forms[0]).ok()?;
        text.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(text)
    }
}

/// Looks for all canaries at once: the first two bytes of a form lead to it.
pub struct Search {
    by_start: BTreeMap<[u8; 2], Vec<(String, Vec<u8>)>>,
    starts: Vec<bool>,
}

impl Search {
    pub fn new<'a>(canaries: impl IntoIterator<Item = &'a Canary>) -> Self {
        let mut search = Self { by_start: BTreeMap::new(), starts: vec![false; 1 << 16] };
        for canary in canaries {
            for form in &canary.forms {
                let start = [form[0], form[1]];
                search.starts[usize::from(u16::from_be_bytes(start))] = true;
                let led = search.by_start.entry(start).or_default();
                led.push((canary.place.clone(), form.clone()));
            }
        }
        search
    }

    /// The places of the canaries that are somewhere within the bytes.
    pub fn within(&self, bytes: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut before = 0_u16;
        for (at, byte) in bytes.iter().enumerate() {
            before = before << 8 | u16::from(*byte);
            if at == 0 || !self.starts[usize::from(before)] {
                continue;
            }
            for (place, form) in &self.by_start[&before.to_be_bytes()] {
                if bytes[at - 1..].starts_with(form) {
                    found.insert(place.clone());
                }
            }
        }
        found
    }
}
