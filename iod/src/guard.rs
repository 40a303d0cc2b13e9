//! The scan in front of every parse: length, depth, count and size of what arrives.
//!
//! A data set is a tree whose every node states its own size, and nobody promises that it is
//! right. The guard walks the tree as the bytes stream past, believes no length and keeps only its
//! place in it, so that a hostile object is refused before a parser allocates for it. It sees the
//! elements as the parser behind it does: where the two could differ it refuses.
//!
//! Memory: under 4 KiB for a data set, about 64 KiB more for a deflated one, 32 bytes more for
//! each sequence of VR UN.

pub(crate) mod element;
mod inflate;
mod scan;

use crate::uids::IMPLICIT_LITTLE;
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_encoding::transfer_syntax::{Codec, Endianness, TransferSyntaxIndex};
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use element::Encoding;
use inflate::Inflater;
use interval_core::fault::Fault;
use interval_core::uid::{
    ClassUid, InstanceUid, SeriesUid, StudyUid, SyntaxUid, UID_CHARS_MAX, Uid, UidError,
};
use scan::Scanner;
pub(crate) use scan::UnknownSequence;

/// Largest object we take. A perfusion series of 2,000 frames of 256 x 256 has 0.25 GiB; value
/// lengths end at 4 GiB.
pub const OBJECT_BYTES_MAX: u64 = 2 << 30;

/// Deepest nesting of sequences. Real objects need fewer than 20 levels (a Measurement Report with
/// its codes); the parser's stack is known to hold 1,500 on a 2 MiB thread.
pub const NESTING_MAX: usize = 64;

/// Most elements, items and fragments in one object. An Enhanced MR perfusion series of 2,000
/// frames has half a million.
pub const ELEMENTS_MAX: u64 = 2_000_000;

/// Longest value outside pixel data. An encapsulated PDF has a few MiB; a parser that believes
/// this length allocates it.
pub const VALUE_BYTES_MAX: u32 = 64 << 20;

/// Longest file meta group. Real ones have 200 to 400 bytes.
pub const META_BYTES_MAX: u32 = 16 * 1024;

/// Preamble and prefix of a Part 10 file (PS3.10 section 7.1).
const PREAMBLE_BYTES: usize = 128;

/// Preamble, prefix and File Meta Information Group Length (0002,0000) with its value.
const OPENING_BYTES: usize = PREAMBLE_BYTES + 4 + 12;

/// The header of File Meta Information Group Length in Explicit VR Little Endian.
const GROUP_LENGTH_HEADER: [u8; 8] = [2, 0, 0, 0, b'U', b'L', 4, 0];

/// Why an object is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// Not a Part 10 file.
    #[error("this is not a DICOM file: it has no DICM prefix with a file meta group")]
    NotPart10,
    /// The file meta group does not name a transfer syntax.
    #[error("the file does not say its transfer syntax")]
    NoSyntax,
    /// The transfer syntax is not one we know how to walk.
    #[error("the transfer syntax {0} is not known")]
    UnknownSyntax(String),
    /// The bytes end before the object does.
    #[error("the object ends early, after {at} bytes")]
    Truncated {
        /// Offset of the end.
        at: u64,
    },
    /// An element or item reaches past the end of what contains it.
    #[error("at byte {at} an element is longer than what contains it")]
    Overrun {
        /// Offset of the element.
        at: u64,
    },
    /// Not what the structure asks for at this place.
    #[error("at byte {at} the object has no valid structure")]
    Malformed {
        /// Offset of the place.
        at: u64,
    },
    /// Undefined length where only sequences and pixel data may have it.
    #[error("element {tag} at byte {at} has no length")]
    Endless {
        /// Which attribute.
        tag: Tag,
        /// Offset of the element.
        at: u64,
    },
    /// A value is longer than we take.
    #[error("element {tag} claims {length} bytes, more than {VALUE_BYTES_MAX}")]
    ValueTooLong {
        /// Which attribute.
        tag: Tag,
        /// Bytes it claims.
        length: u32,
    },
    /// A value holds no whole number of numbers. Parsers round the length down and lose their place.
    #[error("element {tag} has {length} bytes, not a whole number of values")]
    Fractional {
        /// Which attribute.
        tag: Tag,
        /// Bytes it has.
        length: u32,
    },
    /// The object is, or claims to be, larger than we take.
    #[error("the object is larger than {OBJECT_BYTES_MAX} bytes")]
    TooLarge,
    /// Sequences inside sequences without reason.
    #[error("sequences are nested more than {NESTING_MAX} levels deep")]
    TooDeep,
    /// More elements than any real object has.
    #[error("the object has more than {ELEMENTS_MAX} elements")]
    TooManyElements,
    /// A deflated data set that cannot be opened.
    #[error("the deflated data set cannot be opened")]
    NotDeflated,
    /// A deflated data set that grows without reason.
    #[error("the deflated data set grows beyond all measure")]
    Inflated,
    /// A UID that every stored object has is absent or invalid.
    #[error("the object has no valid {attribute}")]
    Unnamed {
        /// Which UID.
        attribute: &'static str,
        /// What is wrong with it.
        source: UidError,
    },
}

impl GuardError {
    /// Always the sender's: the same bytes will never pass.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

/// The names of a stored object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// SOP Class UID (0008,0016).
    pub class: ClassUid,
    /// SOP Instance UID (0008,0018).
    pub instance: InstanceUid,
    /// Study Instance UID (0020,000D).
    pub study: StudyUid,
    /// Series Instance UID (0020,000E).
    pub series: SeriesUid,
}

/// What the scan saw on its way through an object that may be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// Transfer syntax of the data set.
    pub syntax: SyntaxUid,
    /// The names of the object; an error when one is missing. Query identifiers have none.
    pub identity: Result<Identity, GuardError>,
    /// Patient ID (0010,0020) when it is plain ASCII; else the header tells.
    pub patient_id: Option<String>,
    /// Offset of the data set: 0 without a file meta group.
    pub data_set: u64,
    /// Offset of the Pixel Data element, its tag included. None without pixels, and for deflated
    /// data sets, where offsets mean nothing.
    pub pixel_data: Option<u64>,
    /// All bytes taken.
    pub bytes: u64,
    /// Elements, items and fragments.
    pub elements: u64,
}

/// Where a data set is and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    /// Transfer syntax of the data set.
    pub syntax: SyntaxUid,
    /// Offset of the data set: 0 without a file meta group.
    pub data_set: u64,
    /// How its elements are written.
    pub encoding: Encoding,
    /// Whether they are deflated (PS3.5 section A.5).
    pub is_deflated: bool,
}

/// The scan of one object as its bytes arrive.
#[derive(Debug)]
pub struct Guard {
    phase: Phase,
    bytes: u64,
}

#[derive(Debug)]
enum Phase {
    /// Gathering preamble, prefix and group length.
    Opening(Vec<u8>),
    /// In the file meta group, up to this offset.
    Meta(Box<Scanner>, u64),
    /// In the data set.
    Body(Box<Body>),
    /// Refused; nothing more is looked at.
    Refused(GuardError),
}

#[derive(Debug)]
struct Body {
    syntax: SyntaxUid,
    data_set: u64,
    inflater: Option<Inflater>,
    scanner: Scanner,
}

impl Guard {
    /// For a Part 10 file: preamble, file meta group, data set.
    pub fn part10() -> Self {
        Self { phase: Phase::Opening(Vec::with_capacity(OPENING_BYTES)), bytes: 0 }
    }

    /// For a bare data set in this transfer syntax, as C-STORE carries it. A syntax we do not know
    /// is refused with the first piece.
    pub fn data_set(syntax: &SyntaxUid) -> Self {
        let phase = match Body::new(syntax.clone(), 0) {
            Ok(body) => Phase::Body(Box::new(body)),
            Err(error) => Phase::Refused(error),
        };
        Self { phase, bytes: 0 }
    }

    /// Takes the next piece, of any size. After an error every further piece gives it again.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), GuardError> {
        self.bytes += piece.len() as u64;
        let taken = if self.bytes > OBJECT_BYTES_MAX {
            Err(GuardError::TooLarge)
        } else {
            self.walk(piece)
        };
        if let Err(error) = &taken {
            self.phase = Phase::Refused(error.clone());
        }
        taken
    }

    /// Whether the scan came as far as the pixels: the header is whole.
    pub(crate) fn has_reached_pixels(&self) -> bool {
        matches!(&self.phase, Phase::Body(body) if body.scanner.pixel_data().is_some())
    }

    /// Where the data set is and how it is written; none before it begins.
    pub(crate) fn opened(&self) -> Option<Opened> {
        match &self.phase {
            Phase::Body(body) => Some(Opened {
                syntax: body.syntax.clone(),
                data_set: body.data_set,
                encoding: body.scanner.written_in(),
                is_deflated: body.inflater.is_some(),
            }),
            _ => None,
        }
    }

    /// Sequences of VR UN that a parser must be kept from reading.
    pub(crate) fn unknown(&self) -> &[UnknownSequence] {
        match &self.phase {
            Phase::Body(body) => body.unknown(),
            _ => &[],
        }
    }

    /// The bytes have ended: is the object whole, and what is it called?
    pub fn finish(self) -> Result<Scanned, GuardError> {
        match self.phase {
            Phase::Refused(error) => Err(error),
            Phase::Opening(_) => Err(GuardError::NotPart10),
            Phase::Meta(..) => Err(GuardError::Truncated { at: self.bytes }),
            Phase::Body(body) => body.finish(self.bytes),
        }
    }

    fn walk(&mut self, mut piece: &[u8]) -> Result<(), GuardError> {
        loop {
            match &mut self.phase {
                Phase::Refused(error) => return Err(error.clone()),
                Phase::Body(body) => return body.take(piece),
                Phase::Opening(opening) => {
                    let used = (OPENING_BYTES - opening.len()).min(piece.len());
                    opening.extend_from_slice(&piece[..used]);
                    piece = &piece[used..];
                    if opening.len() < OPENING_BYTES {
                        return Ok(());
                    }
                    self.phase = meta_phase(opening)?;
                }
                Phase::Meta(scanner, end) => {
                    let rest = (*end - scanner.at()) as usize;
                    let used = rest.min(piece.len());
                    scanner.take(&piece[..used])?;
                    piece = &piece[used..];
                    if scanner.at() < *end {
                        return Ok(());
                    }
                    scanner.finish()?;
                    let syntax = scanner.kept(tags::TRANSFER_SYNTAX_UID);
                    let syntax: Result<SyntaxUid, _> = uid_in(syntax);
                    let body = Body::new(syntax.map_err(|_| GuardError::NoSyntax)?, *end)?;
                    self.phase = Phase::Body(Box::new(body));
                }
            }
        }
    }
}

fn meta_phase(opening: &[u8]) -> Result<Phase, GuardError> {
    let (head, group_length) = opening[PREAMBLE_BYTES..].split_at(4 + GROUP_LENGTH_HEADER.len());
    if !head.starts_with(b"DICM") || !head.ends_with(&GROUP_LENGTH_HEADER) {
        return Err(GuardError::NotPart10);
    }
    let length = group_length.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    if length > META_BYTES_MAX {
        return Err(GuardError::ValueTooLong {
            tag: tags::FILE_META_INFORMATION_GROUP_LENGTH,
            length,
        });
    }
    let start = OPENING_BYTES as u64;
    let end = start + u64::from(length);
    let scanner = Scanner::new(Encoding::ExplicitLittle, start, end);
    Ok(Phase::Meta(Box::new(scanner), end))
}

impl Body {
    fn new(syntax: SyntaxUid, data_set: u64) -> Result<Self, GuardError> {
        let unknown = || GuardError::UnknownSyntax(syntax.to_string());
        let known = TransferSyntaxRegistry.get(syntax.as_str()).ok_or_else(unknown)?;
        let encoding = match known.endianness() {
            Endianness::Big => Encoding::ExplicitBig,
            Endianness::Little if known.uid() == IMPLICIT_LITTLE => Encoding::ImplicitLittle,
            Endianness::Little => Encoding::ExplicitLittle,
        };
        let deflated = matches!(known.codec(), Codec::Dataset(_));
        let inflater = deflated.then(Inflater::new);
        let scanner = Scanner::new(encoding, data_set, OBJECT_BYTES_MAX);
        Ok(Self { syntax, data_set, inflater, scanner })
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), GuardError> {
        match &mut self.inflater {
            Some(inflater) => {
                inflater.take(piece, &mut self.scanner)?;
                // They would have to be rewritten inside the deflated stream.
                self.unknown().first().map_or(Ok(()), |UnknownSequence { tag, value, .. }| {
                    Err(GuardError::Endless { tag: *tag, at: *value })
                })
            }
            None => self.scanner.take(piece),
        }
    }

    fn unknown(&self) -> &[UnknownSequence] {
        self.scanner.unknown()
    }

    fn finish(mut self, bytes: u64) -> Result<Scanned, GuardError> {
        if let Some(inflater) = &self.inflater {
            inflater.finish()?;
        }
        self.scanner.finish()?;
        let patient_id = self.scanner.kept(tags::PATIENT_ID).and_then(plain_text);
        Ok(Scanned {
            identity: self.identity(),
            patient_id,
            data_set: self.data_set,
            pixel_data: self.scanner.pixel_data().filter(|_| self.inflater.is_none()),
            bytes,
            elements: self.scanner.elements(),
            syntax: self.syntax,
        })
    }

    fn identity(&self) -> Result<Identity, GuardError> {
        Ok(Identity {
            class: self.name(tags::SOP_CLASS_UID, "SOP Class UID")?,
            instance: self.name(tags::SOP_INSTANCE_UID, "SOP Instance UID")?,
            study: self.name(tags::STUDY_INSTANCE_UID, "Study Instance UID")?,
            series: self.name(tags::SERIES_INSTANCE_UID, "Series Instance UID")?,
        })
    }

    fn name<Kind>(&self, tag: Tag, attribute: &'static str) -> Result<Uid<Kind>, GuardError> {
        uid_in(self.scanner.kept(tag)).map_err(|source| GuardError::Unnamed { attribute, source })
    }
}

fn uid_in<Kind>(value: Option<&[u8]>) -> Result<Uid<Kind>, UidError> {
    String::from_utf8_lossy(value.unwrap_or_default()).parse()
}

/// A short ASCII value without its padding.
fn plain_text(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok().filter(|text| text.is_ascii())?;
    let text = text.trim_matches([' ', '\0']);
    (text.len() <= UID_CHARS_MAX).then(|| text.to_owned())
}
