//! How DICOM JSON is read: with a limit on size, depth and number of attributes, and without a
//! general JSON tree in between, which would be many times the size of the text.

use super::{DataSet, Element, NotATag, Tag, Value, Vr};
use interval_core::fault::Fault;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest text, in bytes.
    pub bytes_max: usize,
    /// Most data sets of an array, and most items of a sequence.
    pub items_max: usize,
    /// Deepest nesting of sequences. The JSON reader itself refuses at 128 brackets, which is
    /// reached at 42 sequences.
    pub depth_max: usize,
    /// Most attributes and values in all.
    pub values_max: usize,
}

impl Limits {
    /// For a workitem: real ones are under 64 KiB and four sequences deep.
    pub const WORKITEM: Limits =
        Limits { bytes_max: 1024 * 1024, items_max: 4096, depth_max: 16, values_max: 100_000 };

    /// For what another archive answers: a page of 1,000 matches of 4 KiB, or the metadata of a
    /// series of 1,000 slices.
    pub const ANSWER: Limits = Limits {
        bytes_max: 32 * 1024 * 1024,
        items_max: 100_000,
        depth_max: 32,
        values_max: 2_000_000,
    };
}

/// The text is no DICOM JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Longer than is read.
    #[error("the JSON text is longer than {0} bytes")]
    TooLong(usize),
    /// Not as Annex F has it. The sentence says where and never repeats what was there: it ends
    /// in logs, and values are patients' data.
    #[error("the JSON text is not DICOM JSON within its limits (line {line}, column {column})")]
    Form {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
}

impl JsonError {
    /// What it asks of the other side.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// Reads one data set: an object, or an array of one.
pub fn data_set(text: &[u8], limits: &Limits) -> Result<DataSet, JsonError> {
    let mut sets = array(text, limits)?;
    match (sets.pop(), sets.is_empty()) {
        (Some(set), true) => Ok(set),
        _ => Err(JsonError::Form { line: 1, column: 1 }),
    }
}

/// Reads data sets: an array, or one object. An empty text is none.
pub fn array(text: &[u8], limits: &Limits) -> Result<Vec<DataSet>, JsonError> {
    if text.len() > limits.bytes_max {
        return Err(JsonError::TooLong(limits.bytes_max));
    }
    if text.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    let form =
        |error: serde_json::Error| JsonError::Form { line: error.line(), column: error.column() };
    let values = Cell::new(0);
    let place = Place { limits, values: &values, depth: 0 };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let sets = Sets(place).deserialize(&mut reader).map_err(form)?;
    reader.end().map_err(form)?;
    Ok(sets)
}

/// Where the reader is.
#[derive(Clone, Copy)]
struct Place<'a> {
    limits: &'a Limits,
    values: &'a Cell<usize>,
    depth: usize,
}

impl Place<'_> {
    fn count<E: serde::de::Error>(&self) -> Result<(), E> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > self.limits.values_max { Err(E::custom("values")) } else { Ok(()) }
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > self.limits.depth_max {
            Err(E::custom("depth"))
        } else {
            Ok(Self { depth, ..self })
        }
    }
}

/// An array of data sets, or one.
struct Sets<'a>(Place<'a>);

impl<'de> DeserializeSeed<'de> for Sets<'_> {
    type Value = Vec<DataSet>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sets<'_> {
    type Value = Vec<DataSet>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("data sets")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        match (Loose { place: self.0 }).visit_map(map)? {
            Raw::Item(set) => Ok(vec![set]),
            _ => Err(A::Error::custom("form")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut sets = Vec::new();
        while let Some(raw) = sequence.next_element_seed(Loose { place: self.0 })? {
            match raw {
                Raw::Item(set) if sets.len() < self.0.limits.items_max => sets.push(set),
                _ => return Err(A::Error::custom("form")),
            }
        }
        Ok(sets)
    }
}

/// A value before its representation is known: `vr` may come after `Value`.
enum Raw {
    Nothing,
    Text(String),
    Number(serde_json::Number),
    Name(String),
    Item(DataSet),
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Loose<'a> {
    place: Place<'a>,
}

impl<'de> DeserializeSeed<'de> for Loose<'_> {
    type Value = Raw;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Raw, D::Error> {
        self.place.count()?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Loose<'_> {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Nothing)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Raw, E> {
        Ok(Raw::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Raw, E> {
        serde_json::Number::from_f64(number).map(Raw::Number).ok_or_else(|| E::custom("number"))
    }

    /// An item, or a person name: they are told apart by their keys.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut groups: [String; 3] = Default::default();
        let (mut set, mut is_name) = (DataSet::default(), false);
        while let Some(key) = map.next_key::<String>()? {
            if let Some(at) = super::write::GROUPS.iter().position(|group| *group == key) {
                is_name = true;
                groups[at] = map.next_value::<Option<String>>()?.unwrap_or_default();
                continue;
            }
            let tag = key.parse().map_err(|error: NotATag| A::Error::custom(error))?;
            let element = map.next_value_seed(OneElement { place: self.place })?;
            if set.elements.insert(tag, element).is_some() {
                return Err(A::Error::custom("twice"));
            }
        }
        match (is_name, set.elements.is_empty()) {
            (true, true) => Ok(Raw::Name(groups.join("=").trim_end_matches('=').to_owned())),
            (true, false) => Err(A::Error::custom("form")),
            (false, _) => Ok(Raw::Item(set)),
        }
    }
}

/// Reads one attribute.
struct OneElement<'a> {
    place: Place<'a>,
}

impl<'de> DeserializeSeed<'de> for OneElement<'_> {
    type Value = Element;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Element, D::Error> {
        self.place.count()?;
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneElement<'_> {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an attribute")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element, A::Error> {
        let (mut vr, mut raw, mut value) = (None, Vec::new(), Value::Empty);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "vr" => vr = Vr::of(&map.next_value::<String>()?),
                "Value" => raw = map.next_value_seed(Values(self.place.deeper()?))?,
                "InlineBinary" => value = Value::Inline(map.next_value()?),
                "BulkDataURI" => value = Value::Bulk(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let vr = vr.ok_or_else(|| A::Error::custom("vr"))?;
        if !raw.is_empty() {
            value = typed(vr, raw).ok_or_else(|| A::Error::custom("value"))?;
        }
        Ok(Element { vr, value })
    }
}

/// Reads the values of one attribute.
struct Values<'a>(Place<'a>);

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = Vec<Raw>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Vec<Raw>, D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = Vec<Raw>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<Raw>, A::Error> {
        let mut values = Vec::new();
        while let Some(raw) = sequence.next_element_seed(Loose { place: self.0 })? {
            if values.len() >= self.0.limits.items_max {
                return Err(A::Error::custom("items"));
            }
            values.push(raw);
        }
        Ok(values)
    }
}

/// The values by their representation; nothing when they do not fit it.
fn typed(vr: Vr, raw: Vec<Raw>) -> Option<Value> {
    if vr == Vr::SQ {
        let item = |raw| match raw {
            Raw::Item(set) => Some(set),
            Raw::Nothing => Some(DataSet::default()),
            _ => None,
        };
        return raw.into_iter().map(item).collect::<Option<_>>().map(Value::Items);
    }
    if vr.is_number() {
        let numbers = raw.into_iter().filter(|raw| !matches!(raw, Raw::Nothing)).map(number);
        let numbers: Vec<_> = numbers.collect::<Option<_>>()?;
        return Some(if numbers.is_empty() { Value::Empty } else { Value::Numbers(numbers) });
    }
    let text = |raw| match raw {
        Raw::Nothing => Some(String::new()),
        Raw::Text(text) => Some(text),
        Raw::Name(name) if vr == Vr::PN => Some(name),
        // A name of which no group is told.
        Raw::Item(set) if vr == Vr::PN && set.elements.is_empty() => Some(String::new()),
        // Some archives write numbers where texts belong.
        Raw::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let texts: Vec<String> = raw.into_iter().map(text).collect::<Option<_>>()?;
    let is_empty = texts.iter().all(String::is_empty);
    Some(if is_empty { Value::Empty } else { Value::Texts(texts) })
}

/// A number, or the text of one: both are allowed for DS and IS, and others write them as well.
fn number(raw: Raw) -> Option<serde_json::Number> {
    match raw {
        Raw::Number(number) => Some(number),
        Raw::Text(text) => {
            let text = text.trim();
            let whole = text.parse::<i64>().ok().map(serde_json::Number::from);
            whole.or_else(|| serde_json::Number::from_f64(text.parse().ok()?))
        }
        _ => None,
    }
}

impl DataSet {
    /// Whether an attribute is there at all.
    pub fn has(&self, tag: Tag) -> bool {
        self.elements.contains_key(&tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::to_array;

    #[track_caller]
    fn check(text: &str, written: &str) {
        let sets = array(text.as_bytes(), &Limits::WORKITEM).unwrap();
        assert_eq!(String::from_utf8(to_array(&sets)).unwrap(), written);
    }
    #[track_caller]
    fn check_same(text: &str) {
        check(text, text);
    }
    #[track_caller]
    fn check_refused(text: &str) {
        assert!(array(text.as_bytes(), &Limits::WORKITEM).is_err(), "{text} was read");
    }

    #[test]
    fn what_is_read_is_written_again() {
        check_same(
            r#"[{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Cohen^Ruth","Phonetic":"x"}]},"00100020":{"vr":"LO"},"00200011":{"vr":"IS","Value":[1,2]},"00280030":{"vr":"DS","Value":[0.5]},"7FE00010":{"vr":"OW","BulkDataURI":"http://x/1"},"7FE00012":{"vr":"OB","InlineBinary":"AAA="}}]"#,
        );
        check_same(
            r#"[{"00081140":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2"]}},{}]},"00100020":{"vr":"LO"}}]"#,
        );
    }
    #[test]
    fn one_object_is_an_array_of_one_and_nothing_is_none() {
        check("{}", "[{}]");
        check(" ", "[]");
        check("[]", "[]");
    }
    #[test]
    fn the_representation_may_come_last() {
        check(
            r#"{"00200011":{"Value":["7"],"vr":"IS"}}"#,
            r#"[{"00200011":{"vr":"IS","Value":[7]}}]"#,
        );
    }
    #[test]
    fn missing_values_are_null_or_nothing() {
        check(
            r#"{"00080060":{"vr":"CS","Value":["A",null]}}"#,
            r#"[{"00080060":{"vr":"CS","Value":["A",null]}}]"#,
        );
        check(r#"{"00080060":{"vr":"CS","Value":[null]}}"#, r#"[{"00080060":{"vr":"CS"}}]"#);
        check(r#"{"00100010":{"vr":"PN","Value":[{}]}}"#, r#"[{"00100010":{"vr":"PN"}}]"#);
    }
    #[test]
    fn what_is_no_data_set_is_refused() {
        for text in [
            "1",
            "[1]",
            "{",
            "[{}]x",
            r#"{"PatientID":{"vr":"LO"}}"#,
            r#"{"00100020":{}}"#,
            r#"{"00100020":{"vr":"LO","Value":"A"}}"#,
            r#"{"00100020":{"vr":"LO","Value":[{"00100020":{"vr":"LO"}}]}}"#,
            r#"{"00100020":{"vr":"LO"},"00100020":{"vr":"LO"}}"#,
            r#"{"00200011":{"vr":"IS","Value":["x"]}}"#,
        ] {
            check_refused(text);
        }
    }
    #[test]
    fn depth_is_limited() {
        let nested = |depth| {
            format!(
                "{}{{}}{}",
                r#"{"00081140":{"vr":"SQ","Value":["#.repeat(depth),
                "]}}".repeat(depth)
            )
        };
        assert!(array(nested(16).as_bytes(), &Limits::WORKITEM).is_ok());
        check_refused(&nested(17));
        check_refused(&nested(5000));
    }
    #[test]
    fn number_and_length_are_limited() {
        let many = format!("[{}]", vec!["{}"; 4097].join(","));
        check_refused(&many);
        let long = " ".repeat(Limits::WORKITEM.bytes_max + 1);
        assert_eq!(array(long.as_bytes(), &Limits::WORKITEM), Err(JsonError::TooLong(1024 * 1024)));
    }
    #[test]
    fn a_sentence_about_an_error_does_not_repeat_the_text() {
        let error =
            array(br#"{"00100010":{"vr":"PN","Value":"DOE"}}"#, &Limits::WORKITEM).unwrap_err();
        assert!(!error.to_string().contains("DOE"));
    }
}
