//! An object as DICOM JSON (PS3.18 Annex F), written straight from its encoded bytes: no tree is
//! built, so that the metadata of a whole study costs little more than reading it.
//!
//! Text comes out in UTF-8, and Specific Character Set says so. Group lengths, padding and the file
//! meta group have no place in it. Values that are long are named by a URI, which [`bulk`]
//! understands.
//!
//! [`bulk`]: crate::bulk

mod value;

use crate::charset::Charset;
use crate::encoded::walk::{Token, Value};
use crate::encoded::{Encoded, Extent};
use crate::guard::GuardError;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use interval_core::fault::Fault;
use interval_core::uid::SyntaxUid;

/// Longest value of bytes that stands in the text itself. Checksums, icons' palettes and private
/// flags are shorter; vendors' headers of 10 to 200 KiB are longer, and nobody reads them from
/// JSON.
pub const INLINE_BYTES_MAX: usize = 1024;

/// Longest value of numbers or text that stands there. A look-up table of 16 bits has 128 KiB; the
/// longest text that people wrote has a few.
pub const INLINE_VALUE_BYTES_MAX: usize = 64 * 1024;

/// The character set of JSON (RFC 8259 section 8.1), as DICOM calls it.
const UTF8: &[u8] = b"ISO_IR 192";

/// Why there is no JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The scan refused the object.
    #[error("the object was refused")]
    Guard(#[from] GuardError),
}

impl JsonError {
    /// Always the object's: the same bytes will never pass.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// What the object itself does not know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// URI of the instance: `/bulkdata/` and the path of a value are put behind it.
    pub instance: &'a str,
    /// Available Transfer Syntax UID (0008,3002); left out when empty.
    pub available: &'a [SyntaxUid],
}

/// Appends the object to `json`. The bytes may end anywhere in the pixels. On an error nothing is
/// appended.
pub fn write(
    part10: &[u8],
    surroundings: &Surroundings<'_>,
    json: &mut Vec<u8>,
) -> Result<(), JsonError> {
    let encoded = Encoded::open(part10, Extent::Header)?;
    let mut writer = Writer {
        json,
        surroundings,
        levels: vec![Level::object(Charset::default())],
        path: Vec::new(),
        available: surroundings.available,
    };
    writer.json.push(b'{');
    for token in encoded.walk() {
        writer.take(token);
    }
    writer.finish();
    Ok(())
}

/// What is open in the text.
#[derive(Debug, Clone, Copy)]
struct Level {
    kind: Kind,
    /// The last element of an object.
    last: Option<Tag>,
    /// Items of a sequence so far.
    items: usize,
    charset: Charset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Object,
    Sequence,
    /// Encapsulated pixels, of which nothing is written but the URI.
    Fragments,
}

impl Level {
    fn object(charset: Charset) -> Self {
        Self { kind: Kind::Object, last: None, items: 0, charset }
    }
}

struct Writer<'a> {
    json: &'a mut Vec<u8>,
    surroundings: &'a Surroundings<'a>,
    levels: Vec<Level>,
    /// The sequences that are open, with the index of their item.
    path: Vec<(Tag, usize)>,
    /// Still to be written.
    available: &'a [SyntaxUid],
}

impl Writer<'_> {
    fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Value(value) => self.value(value),
            Token::Sequence(tag) => {
                let charset = self.charset();
                self.begin(tag, VR::SQ);
                self.path.push((tag, 0));
                self.levels.push(Level { kind: Kind::Sequence, last: None, items: 0, charset });
            }
            Token::Item => self.item(),
            Token::Fragments(tag, vr) => {
                let charset = self.charset();
                self.begin(tag, vr);
                self.uri(tag);
                self.levels.push(Level { kind: Kind::Fragments, last: None, items: 0, charset });
            }
            Token::Fragment(..) => {}
            Token::End => self.end(),
        }
    }

    fn item(&mut self) {
        let charset = self.charset();
        if let Some(sequence) = self.levels.last_mut() {
            self.json.extend_from_slice(if sequence.items == 0 { b",\"Value\":[{" } else { b",{" });
            if let Some((_, index)) = self.path.last_mut() {
                *index = sequence.items;
            }
            sequence.items += 1;
        }
        self.levels.push(Level::object(charset));
    }

    fn end(&mut self) {
        let Some(level) = self.levels.pop() else { return };
        match level.kind {
            Kind::Object => {}
            Kind::Sequence => {
                self.path.pop();
                if level.items > 0 {
                    self.json.push(b']');
                }
            }
            Kind::Fragments => {}
        }
        self.json.push(b'}');
    }

    /// Closes what is open: the bytes may end in encapsulated pixels.
    fn finish(&mut self) {
        while self.levels.len() > 1 {
            self.end();
        }
        self.available_before(None);
        self.end();
    }

    fn charset(&self) -> Charset {
        self.levels.last().map_or(Charset::default(), |level| level.charset)
    }

    /// The key of an element and the beginning of its object.
    fn begin(&mut self, tag: Tag, vr: VR) {
        self.available_before(Some(tag));
        self.key(tag, vr);
    }

    fn key(&mut self, tag: Tag, vr: VR) {
        if let Some(object) = self.levels.last_mut() {
            if object.last.is_some() {
                self.json.push(b',');
            }
            object.last = Some(tag);
        }
        self.json.push(b'"');
        value::tag(tag, self.json);
        self.json.extend_from_slice(b"\":{\"vr\":\"");
        self.json.extend_from_slice(&vr.to_bytes());
        self.json.push(b'"');
    }

    /// Available Transfer Syntax UID, in its place among the tags.
    fn available_before(&mut self, next: Option<Tag>) {
        let tag = tags::AVAILABLE_TRANSFER_SYNTAX_UID;
        if self.available.is_empty() || self.levels.len() > 1 || next.is_some_and(|n| n < tag) {
            return;
        }
        let syntaxes = std::mem::take(&mut self.available);
        self.key(tag, VR::UI);
        let joined: Vec<&str> = syntaxes.iter().map(SyntaxUid::as_str).collect();
        value::text(VR::UI, &joined.join("\\"), self.json);
        self.json.push(b'}');
    }

    fn value(&mut self, mut value: Value<'_>) {
        let Value { tag, bytes, .. } = value;
        if self.is_left_out(tag) {
            return;
        }
        if value.vr == VR::UN {
            value = value.known();
        }
        self.begin(tag, value.vr);
        if tag == tags::SPECIFIC_CHARACTER_SET {
            if let Some(level) = self.levels.last_mut() {
                level.charset = Charset::named(bytes);
            }
            value.bytes = UTF8;
        }
        if is_pixels(tag) || bytes.len() < value.length || bytes.len() > inline_max(value.vr) {
            self.uri(tag);
        } else if !bytes.is_empty() {
            value::write(value, self.charset(), self.json);
        }
        self.json.push(b'}');
    }

    /// Lengths of groups and padding have no meaning here; what is written already is not written
    /// twice.
    fn is_left_out(&self, tag: Tag) -> bool {
        let last = self.levels.last().and_then(|level| level.last);
        let is_ours = tag == tags::AVAILABLE_TRANSFER_SYNTAX_UID
            && !self.surroundings.available.is_empty()
            && self.levels.len() == 1;
        tag.1 == 0 || tag == tags::DATA_SET_TRAILING_PADDING || last == Some(tag) || is_ours
    }

    fn uri(&mut self, tag: Tag) {
        self.json.extend_from_slice(b",\"BulkDataURI\":\"");
        value::escaped(self.surroundings.instance, self.json);
        self.json.extend_from_slice(b"/bulkdata/");
        for (sequence, index) in &self.path {
            value::tag(*sequence, self.json);
            self.json.push(b'/');
            self.json.extend_from_slice(index.to_string().as_bytes());
            self.json.push(b'/');
        }
        value::tag(tag, self.json);
        self.json.push(b'"');
    }
}

fn inline_max(vr: VR) -> usize {
    match vr {
        VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN => INLINE_BYTES_MAX,
        _ => INLINE_VALUE_BYTES_MAX,
    }
}

/// Pixels are asked for by frames, however few they are.
fn is_pixels(tag: Tag) -> bool {
    matches!(tag, tags::PIXEL_DATA | tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA)
}
