//! Walks the elements of a data set as its bytes arrive, keeping nothing but its place.

use super::element::{ElementHeader, Encoding, HEADER_BYTES_MAX, ITEM, ITEM_END, SEQUENCE_END};
use super::{ELEMENTS_MAX, GuardError, NESTING_MAX, OBJECT_BYTES_MAX, VALUE_BYTES_MAX};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

/// Attributes whose value is kept, when they stand at the top of the data set.
pub(super) const KEPT: [Tag; 6] = [
    tags::TRANSFER_SYNTAX_UID,
    tags::SOP_CLASS_UID,
    tags::SOP_INSTANCE_UID,
    tags::PATIENT_ID,
    tags::STUDY_INSTANCE_UID,
    tags::SERIES_INSTANCE_UID,
];

/// Bytes kept of each: one more than twice the 64 characters of a UID or a Patient ID, so that a
/// value that is too long is still seen to be too long.
const KEPT_BYTES_MAX: usize = 129;

/// Bytes of one entry of a Basic Offset Table (PS3.5 section A.4).
const OFFSET_BYTES: u32 = 4;

/// Most outermost sequences of VR UN in one object: one in each frame of a long perfusion series.
const UNKNOWN_MAX: usize = 8_192;

/// What is open at the place where the scan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Sequence,
    Item,
    /// Encapsulated pixel data before its first item, the Basic Offset Table (PS3.5 section A.4).
    OffsetTable,
    /// Encapsulated pixel data: items are fragments, not data sets.
    Fragments,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    container: Container,
    /// Offset where it ends; none until its delimiter comes.
    end: Option<u64>,
    /// Offset that nothing inside may pass.
    bound: u64,
    /// How the elements inside are written.
    encoding: Encoding,
}

/// A sequence that was written as UN without a length: its content is Implicit VR Little Endian
/// (PS3.5 section 6.2.2, note 4), which parsers get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownSequence {
    /// Which attribute.
    pub tag: Tag,
    /// Offset of its value.
    pub value: u64,
    /// Offset of the first byte after it; none while it is open.
    pub end: Option<u64>,
}

/// The walk.
#[derive(Debug)]
pub(super) struct Scanner {
    encoding: Encoding,
    at: u64,
    bound: u64,
    header: [u8; HEADER_BYTES_MAX],
    header_bytes: usize,
    value_rest: u64,
    keeping: Option<usize>,
    kept: [Option<Vec<u8>>; KEPT.len()],
    open: Vec<Open>,
    elements: u64,
    pixel_data: Option<u64>,
    unknown: Vec<UnknownSequence>,
}

impl Scanner {
    /// Starts at offset `at`; the data set may reach as far as offset `bound`.
    pub fn new(encoding: Encoding, at: u64, bound: u64) -> Self {
        Self {
            encoding,
            at,
            bound,
            header: [0; HEADER_BYTES_MAX],
            header_bytes: 0,
            value_rest: 0,
            keeping: None,
            kept: Default::default(),
            open: Vec::new(),
            elements: 0,
            pixel_data: None,
            unknown: Vec::new(),
        }
    }

    /// Offset of the next byte.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// How the elements at the top are written.
    pub fn written_in(&self) -> Encoding {
        self.encoding
    }

    /// Offset of the Pixel Data element, once it was seen.
    pub fn pixel_data(&self) -> Option<u64> {
        self.pixel_data
    }

    /// Outermost sequences of VR UN so far; the last may still be open.
    pub fn unknown(&self) -> &[UnknownSequence] {
        &self.unknown
    }

    /// Elements, items and fragments so far.
    pub fn elements(&self) -> u64 {
        self.elements
    }

    /// The value of a kept attribute.
    pub fn kept(&self, tag: Tag) -> Option<&[u8]> {
        let slot = KEPT.iter().position(|kept| *kept == tag)?;
        self.kept[slot].as_deref()
    }

    /// Takes the next piece.
    pub fn take(&mut self, mut piece: &[u8]) -> Result<(), GuardError> {
        while !piece.is_empty() {
            let used = if self.value_rest > 0 {
                self.pass_value(piece)
            } else {
                self.close_ended();
                self.gather_header(piece)?
            };
            piece = &piece[used..];
        }
        Ok(())
    }

    /// The bytes have ended: is the data set complete?
    pub fn finish(&mut self) -> Result<(), GuardError> {
        self.close_ended();
        if self.header_bytes > 0 || self.value_rest > 0 || !self.open.is_empty() {
            return Err(GuardError::Truncated { at: self.at });
        }
        Ok(())
    }

    fn pass_value(&mut self, piece: &[u8]) -> usize {
        let used = usize::try_from(self.value_rest).unwrap_or(usize::MAX).min(piece.len());
        if let Some(slot) = self.keeping {
            let value = self.kept[slot].get_or_insert_default();
            let room = KEPT_BYTES_MAX.saturating_sub(value.len());
            value.extend_from_slice(&piece[..used.min(room)]);
        }
        self.at += used as u64;
        self.value_rest -= used as u64;
        used
    }

    fn gather_header(&mut self, piece: &[u8]) -> Result<usize, GuardError> {
        let encoding = self.encoding();
        let wanted = encoding.header_bytes(&self.header[..self.header_bytes]);
        let used = (wanted - self.header_bytes).min(piece.len());
        self.header[self.header_bytes..self.header_bytes + used].copy_from_slice(&piece[..used]);
        self.header_bytes += used;
        self.at += used as u64;
        let seen = &self.header[..self.header_bytes];
        if self.header_bytes == wanted && encoding.header_bytes(seen) == wanted {
            let header = encoding.header(&self.header);
            self.header_bytes = 0;
            self.enter(header, self.at - wanted as u64)?;
        }
        Ok(used)
    }

    /// Decides what the bytes after a header are. `start` is the offset of the header.
    fn enter(&mut self, header: ElementHeader, start: u64) -> Result<(), GuardError> {
        if self.at > self.innermost_bound() {
            return Err(GuardError::Overrun { at: start });
        }
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(GuardError::TooManyElements);
        }
        match self.open.last().map(|open| (open.container, open.end)) {
            Some((Container::Sequence, end)) => self.enter_item(header, end, start),
            Some((Container::OffsetTable, _)) => self.enter_offset_table(header, start),
            Some((Container::Fragments, _)) => self.enter_fragment(header, start),
            Some((Container::Item, None)) if header.tag == ITEM_END => {
                self.open.pop();
                expect_empty(header, start)
            }
            _ => self.enter_element(header, start),
        }
    }

    fn enter_item(
        &mut self,
        header: ElementHeader,
        end: Option<u64>,
        start: u64,
    ) -> Result<(), GuardError> {
        match header.tag {
            ITEM => self.push(Container::Item, header.length, start),
            SEQUENCE_END if end.is_none() => {
                self.open.pop();
                self.end_unknown();
                expect_empty(header, start)
            }
            _ => Err(GuardError::Malformed { at: start }),
        }
    }

    fn enter_offset_table(&mut self, header: ElementHeader, start: u64) -> Result<(), GuardError> {
        if header.length.is_some_and(|length| length % OFFSET_BYTES != 0) {
            return Err(GuardError::Malformed { at: start });
        }
        if let Some(open) = self.open.last_mut() {
            open.container = Container::Fragments;
        }
        self.enter_fragment(header, start)
    }

    fn enter_fragment(&mut self, header: ElementHeader, start: u64) -> Result<(), GuardError> {
        match (header.tag, header.length) {
            (ITEM, Some(length)) => self.expect_value(length, start),
            (SEQUENCE_END, _) => {
                self.open.pop();
                expect_empty(header, start)
            }
            _ => Err(GuardError::Malformed { at: start }),
        }
    }

    fn enter_element(&mut self, header: ElementHeader, start: u64) -> Result<(), GuardError> {
        let ElementHeader { tag, vr, length, encoding } = header;
        if tag.0 == ITEM.0 {
            return Err(GuardError::Malformed { at: start });
        }
        let top = self.open.is_empty();
        if top && is_pixels(tag) && self.pixel_data.is_none() {
            self.pixel_data = Some(start);
        }
        match length {
            None if tag == tags::PIXEL_DATA => self.push(Container::OffsetTable, None, start),
            None if vr == VR::SQ || encoding == Encoding::ImplicitLittle => {
                self.push(Container::Sequence, None, start)
            }
            None if vr == VR::UN && encoding == Encoding::ExplicitLittle => {
                self.begin_unknown(tag, start)
            }
            None => Err(GuardError::Endless { tag, at: start }),
            Some(_) if vr == VR::SQ => self.push(Container::Sequence, length, start),
            Some(length) if length > VALUE_BYTES_MAX && !is_pixels(tag) => {
                Err(GuardError::ValueTooLong { tag, length })
            }
            Some(length) if length % unit_bytes(vr) != 0 => {
                Err(GuardError::Fractional { tag, length })
            }
            Some(length) => {
                self.keeping = KEPT.iter().position(|kept| top && *kept == tag);
                if let Some(slot) = self.keeping {
                    self.kept[slot] = Some(Vec::new());
                }
                self.expect_value(length, start)
            }
        }
    }

    fn expect_value(&mut self, length: u32, start: u64) -> Result<(), GuardError> {
        self.end_of(length, start)?;
        self.value_rest = u64::from(length);
        Ok(())
    }

    fn push(
        &mut self,
        container: Container,
        length: Option<u32>,
        start: u64,
    ) -> Result<(), GuardError> {
        // Sequences and items take turns, so half of what is open are sequences.
        if container != Container::Item && self.open.len() / 2 >= NESTING_MAX {
            return Err(GuardError::TooDeep);
        }
        let end = length.map(|length| self.end_of(length, start)).transpose()?;
        let bound = end.unwrap_or_else(|| self.innermost_bound());
        let encoding = self.encoding();
        self.keeping = None;
        self.open.push(Open { container, end, bound, encoding });
        Ok(())
    }

    fn begin_unknown(&mut self, tag: Tag, start: u64) -> Result<(), GuardError> {
        if self.unknown.len() >= UNKNOWN_MAX {
            return Err(GuardError::Endless { tag, at: start });
        }
        self.push(Container::Sequence, None, start)?;
        self.unknown.push(UnknownSequence { tag, value: self.at, end: None });
        if let Some(open) = self.open.last_mut() {
            open.encoding = Encoding::ImplicitLittle;
        }
        Ok(())
    }

    /// A delimited sequence was closed: an open one of VR UN ends with it when the surroundings
    /// are explicit again.
    fn end_unknown(&mut self) {
        let at = self.at;
        if self.encoding() == Encoding::ExplicitLittle
            && let Some(open) = self.unknown.last_mut().filter(|sequence| sequence.end.is_none())
        {
            open.end = Some(at);
        }
    }

    fn encoding(&self) -> Encoding {
        self.open.last().map_or(self.encoding, |open| open.encoding)
    }

    /// Where a value of this length ends, if its surroundings have room for it.
    fn end_of(&self, length: u32, start: u64) -> Result<u64, GuardError> {
        let end = self.at + u64::from(length);
        if end <= self.innermost_bound() {
            Ok(end)
        } else if self.innermost_bound() == OBJECT_BYTES_MAX {
            Err(GuardError::TooLarge)
        } else {
            Err(GuardError::Overrun { at: start })
        }
    }

    fn innermost_bound(&self) -> u64 {
        self.open.last().map_or(self.bound, |open| open.bound)
    }

    fn close_ended(&mut self) {
        while self.header_bytes == 0
            && self.value_rest == 0
            && self.open.last().is_some_and(|open| open.end == Some(self.at))
        {
            self.open.pop();
        }
    }
}

/// Bytes of one value of a binary VR (PS3.5 table 6.2-1).
fn unit_bytes(vr: VR) -> u32 {
    match vr {
        VR::US | VR::SS | VR::OW => 2,
        VR::AT | VR::FL | VR::OF | VR::OL | VR::SL | VR::UL => 4,
        VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => 8,
        _ => 1,
    }
}

/// A delimiter has no value (PS3.5 section 7.5).
fn expect_empty(header: ElementHeader, start: u64) -> Result<(), GuardError> {
    match header.length {
        Some(0) => Ok(()),
        _ => Err(GuardError::Malformed { at: start }),
    }
}

/// Pixel Data in its three kinds: the only values without a limit of their own.
fn is_pixels(tag: Tag) -> bool {
    matches!(tag, tags::PIXEL_DATA | tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA)
}
