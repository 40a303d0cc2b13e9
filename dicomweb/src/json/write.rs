//! How DICOM JSON is written: straight into bytes.

use super::{DataSet, Element, Tag, Value, Vr};

/// Names of the component groups of a person name (PS3.18 F.2.2).
pub const GROUPS: [&str; 3] = ["Alphabetic", "Ideographic", "Phonetic"];

/// Writes one object, attribute by attribute. Attributes are to come in the order of their tags.
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    is_first: First,
}

/// Whether a comma is due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    Yes,
    No,
}

impl<'a> Writer<'a> {
    /// Begins an object.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_first: First::Yes }
    }

    /// An attribute with texts, of which none is empty; names and numbers are written as such.
    pub fn texts<T: AsRef<str>>(&mut self, tag: Tag, vr: &str, texts: &[T]) {
        self.begin(tag, vr);
        if texts.iter().any(|text| !text.as_ref().is_empty()) {
            self.out.extend_from_slice(b",\"Value\":[");
            for (at, value) in texts.iter().enumerate() {
                if at > 0 {
                    self.out.push(b',');
                }
                one(self.out, vr, value.as_ref());
            }
            self.out.push(b']');
        }
        self.out.push(b'}');
    }

    /// Any attribute.
    pub fn element(&mut self, tag: Tag, element: &Element) {
        let vr = element.vr;
        match &element.value {
            Value::Empty => self.texts::<&str>(tag, vr.as_str(), &[]),
            Value::Texts(texts) => self.texts(tag, vr.as_str(), texts),
            Value::Numbers(numbers) => {
                self.begin(tag, vr.as_str());
                self.list(numbers, |out, number| {
                    out.extend_from_slice(number.to_string().as_bytes());
                });
            }
            Value::Items(items) => {
                self.begin(tag, Vr::SQ.as_str());
                self.list(items, data_set);
            }
            Value::Inline(base64) => self.named(tag, vr, "InlineBinary", base64),
            Value::Bulk(address) => self.named(tag, vr, "BulkDataURI", address),
        }
    }

    /// Ends the object.
    pub fn end(self) {
        self.out.push(b'}');
    }

    fn begin(&mut self, tag: Tag, vr: &str) {
        if self.is_first == First::No {
            self.out.push(b',');
        }
        self.is_first = First::No;
        self.out.push(b'"');
        self.out.extend_from_slice(&hex(tag));
        self.out.extend_from_slice(b"\":{\"vr\":\"");
        self.out.extend_from_slice(vr.as_bytes());
        self.out.push(b'"');
    }

    fn list<T>(&mut self, values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
        self.out.extend_from_slice(b",\"Value\":[");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            write(self.out, value);
        }
        self.out.extend_from_slice(b"]}");
    }

    fn named(&mut self, tag: Tag, vr: Vr, name: &str, value: &str) {
        self.begin(tag, vr.as_str());
        self.out.push(b',');
        text(self.out, name);
        self.out.push(b':');
        text(self.out, value);
        self.out.push(b'}');
    }
}

/// Writes a data set.
pub fn data_set(out: &mut Vec<u8>, set: &DataSet) {
    let mut writer = Writer::new(out);
    for (tag, element) in &set.elements {
        writer.element(*tag, element);
    }
    writer.end();
}

/// One value by its representation.
fn one(out: &mut Vec<u8>, vr: &str, value: &str) {
    match vr {
        _ if value.is_empty() => out.extend_from_slice(b"null"),
        "PN" => name(out, value),
        "IS" | "US" | "UL" | "SS" | "SL" | "UV" | "SV" => match value.trim().parse::<i64>() {
            Ok(number) => out.extend_from_slice(number.to_string().as_bytes()),
            // What is no number is told as it stands (PS3.18 F.2.3 allows strings here).
            Err(_) => text(out, value),
        },
        "DS" | "FL" | "FD" => match value.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => {
                out.extend_from_slice(number.to_string().as_bytes());
            }
            _ => text(out, value),
        },
        _ => text(out, value),
    }
}

/// A person name by its component groups; groups that are empty are left out.
fn name(out: &mut Vec<u8>, value: &str) {
    out.push(b'{');
    let mut is_first = true;
    for (group, part) in GROUPS.iter().zip(value.split('=')) {
        if part.is_empty() {
            continue;
        }
        if !is_first {
            out.push(b',');
        }
        is_first = false;
        text(out, group);
        out.push(b':');
        text(out, part);
    }
    out.push(b'}');
}

/// A JSON string (RFC 8259, section 7).
pub fn text(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    let bytes = value.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x00..=0x1F => 0,
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        if short == 0 {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        } else {
            out.extend_from_slice(&[b'\\', short]);
        }
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

fn hex(tag: Tag) -> [u8; 8] {
    let number = u32::from(tag.0) << 16 | u32::from(tag.1);
    std::array::from_fn(|at| digit((number >> (28 - 4 * at)) as u8 & 15))
}

fn digit(nibble: u8) -> u8 {
    b"0123456789ABCDEF"[usize::from(nibble & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(vr: &str, texts: &[&str], expected: &str) {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        writer.texts(Tag(0x0010, 0x001A), vr, texts);
        writer.end();
        let expected = format!("{{\"0010001A\":{{\"vr\":\"{vr}\"{expected}}}}}");
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn an_attribute_without_a_value_has_no_value() {
        check("LO", &[], "");
        check("LO", &[""], "");
    }
    #[test]
    fn a_value_that_is_missing_among_others_is_null() {
        check("LO", &["a", "", "b"], ",\"Value\":[\"a\",null,\"b\"]");
    }
    #[test]
    fn a_name_is_told_by_its_groups() {
        check(
            "PN",
            &["Yamada^Tarou=山田^太郎=やまだ^たろう"],
            ",\"Value\":[{\"Alphabetic\":\"Yamada^Tarou\",\"Ideographic\":\"山田^太郎\",\"Phonetic\":\"やまだ^たろう\"}]",
        );
        check("PN", &["=山田"], ",\"Value\":[{\"Ideographic\":\"山田\"}]");
    }
    #[test]
    fn numbers_are_numbers() {
        check("IS", &["007"], ",\"Value\":[7]");
        check("US", &["512", "-1"], ",\"Value\":[512,-1]");
        check("DS", &["0.50"], ",\"Value\":[0.5]");
        check("IS", &["seven"], ",\"Value\":[\"seven\"]");
        check("DS", &["inf"], ",\"Value\":[\"inf\"]");
    }
    #[test]
    fn a_text_is_escaped() {
        check("LT", &["a\"\\\n\u{1}é"], ",\"Value\":[\"a\\\"\\\\\\n\\u0001é\"]");
    }
}
