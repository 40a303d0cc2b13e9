//! Elements as bytes in one of the little endian encodings (PS3.5 section 7.1).

use super::TranscodeError;
use crate::guard::element::{Encoding, ITEM, has_short_length};
use dicom_core::{Tag, VR};

/// Longest value whose length has 16 bits; lengths are even.
const SHORT_LENGTH_MAX: usize = 0xFFFE;

/// Bytes of the length of a sequence or an item.
const LENGTH_BYTES: usize = 4;

/// Room for the headers that become longer, in bytes for each byte of the data set: explicit
/// headers have at most 4 more, and most bytes are pixels.
const GROWTH: usize = 64;

/// A data set being written.
pub(super) struct Writer {
    pub bytes: Vec<u8>,
    encoding: Encoding,
    /// What is open, with the offset of its content.
    open: Vec<(Tag, usize)>,
}

impl Writer {
    pub fn new(encoding: Encoding, from_bytes: usize) -> Self {
        let room = from_bytes + from_bytes / GROWTH + 1024;
        Self { bytes: Vec::with_capacity(room), encoding, open: Vec::new() }
    }

    /// An element with its value.
    pub fn value(&mut self, tag: Tag, vr: VR, value: &[u8]) -> Result<(), TranscodeError> {
        let length = u32::try_from(value.len()).map_err(|_| TranscodeError::TooLong(tag))?;
        // Too long for its VR, it is of unknown one (PS3.5 6.2.2).
        let is_long = has_short_length(vr) && value.len() > SHORT_LENGTH_MAX;
        self.open_value(tag, if is_long { VR::UN } else { vr }, length)?;
        self.bytes.extend_from_slice(value);
        if value.len() % 2 == 1 {
            self.bytes.push(padding(vr));
        }
        Ok(())
    }

    /// The header of an element whose value follows and is padded.
    pub fn open_value(&mut self, tag: Tag, vr: VR, length: u32) -> Result<(), TranscodeError> {
        let length = length.checked_next_multiple_of(2).ok_or(TranscodeError::TooLong(tag))?;
        self.header(tag, vr, length);
        Ok(())
    }

    /// Ends a value of this length.
    pub fn pad(&mut self, length: u32) {
        if length % 2 == 1 {
            self.bytes.push(0);
        }
    }

    /// A sequence whose items follow.
    pub fn open_sequence(&mut self, tag: Tag) {
        self.header(tag, VR::SQ, 0);
        self.open.push((tag, self.bytes.len()));
    }

    /// An item whose elements follow.
    pub fn open_item(&mut self) {
        let tag = self.open.last().map_or(ITEM, |(tag, _)| *tag);
        self.tag(ITEM);
        self.bytes.extend_from_slice(&[0; LENGTH_BYTES]);
        self.open.push((tag, self.bytes.len()));
    }

    /// The innermost sequence or item ends here.
    pub fn close(&mut self) -> Result<(), TranscodeError> {
        let Some((tag, content)) = self.open.pop() else { return Ok(()) };
        let length = u32::try_from(self.bytes.len() - content);
        let length = length.ok().filter(|length| *length < u32::MAX);
        let length = length.ok_or(TranscodeError::TooLong(tag))?;
        self.bytes[content - LENGTH_BYTES..content].copy_from_slice(&length.to_le_bytes());
        Ok(())
    }

    fn tag(&mut self, tag: Tag) {
        self.bytes.extend_from_slice(&tag.0.to_le_bytes());
        self.bytes.extend_from_slice(&tag.1.to_le_bytes());
    }

    fn header(&mut self, tag: Tag, vr: VR, length: u32) {
        self.tag(tag);
        if self.encoding == Encoding::ImplicitLittle {
            self.bytes.extend_from_slice(&length.to_le_bytes());
            return;
        }
        self.bytes.extend_from_slice(&vr.to_bytes());
        if has_short_length(vr) {
            self.bytes.extend_from_slice(&(length as u16).to_le_bytes());
        } else {
            self.bytes.extend_from_slice(&[0, 0]);
            self.bytes.extend_from_slice(&length.to_le_bytes());
        }
    }
}

/// What makes a value even (PS3.5 section 6.2).
fn padding(vr: VR) -> u8 {
    match vr {
        VR::UI | VR::OB | VR::UN => 0,
        _ => b' ',
    }
}
