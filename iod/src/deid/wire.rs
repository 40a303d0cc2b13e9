//! Elements as they are written again, in the encoding in which they came (PS3.5 section 7.1).

use crate::guard::element::{Encoding, ITEM, has_short_length};
use dicom_core::{Tag, VR};

use super::DeidError;

/// Bytes of the length of a sequence or an item.
const LENGTH_BYTES: usize = 4;

/// A data set being written.
#[derive(Debug)]
pub(super) struct Writer {
    pub bytes: Vec<u8>,
    encoding: Encoding,
}

/// Where a length is filled in later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opened {
    tag: Tag,
    content: usize,
}

impl Writer {
    pub fn new(encoding: Encoding, capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity), encoding }
    }

    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// An element with its value, padded to an even length.
    pub fn element(&mut self, tag: Tag, vr: VR, value: &[u8]) -> Result<(), DeidError> {
        let padded = value.len() + value.len() % 2;
        let length = u32::try_from(padded).map_err(|_| DeidError::TooLong(tag))?;
        self.header(tag, vr, length)?;
        self.bytes.extend_from_slice(value);
        if padded > value.len() {
            self.bytes.push(if is_text(vr) && vr != VR::UI { b' ' } else { 0 });
        }
        Ok(())
    }

    /// A sequence whose items follow.
    pub fn open_sequence(&mut self, tag: Tag) -> Result<Opened, DeidError> {
        self.header(tag, VR::SQ, 0)?;
        Ok(Opened { tag, content: self.bytes.len() })
    }

    /// An item whose elements follow.
    pub fn open_item(&mut self, of: Opened) -> Opened {
        self.tag(ITEM);
        self.word(0);
        Opened { tag: of.tag, content: self.bytes.len() }
    }

    /// A sequence or an item ends here.
    pub fn close(&mut self, opened: Opened) -> Result<(), DeidError> {
        let length = u32::try_from(self.bytes.len() - opened.content)
            .map_err(|_| DeidError::TooLong(opened.tag))?;
        let bytes = self.word_bytes(length);
        let field = opened.content - LENGTH_BYTES..opened.content;
        self.bytes[field].copy_from_slice(&bytes);
        Ok(())
    }

    fn header(&mut self, tag: Tag, vr: VR, length: u32) -> Result<(), DeidError> {
        self.tag(tag);
        if self.encoding == Encoding::ImplicitLittle {
            self.word(length);
            return Ok(());
        }
        self.bytes.extend_from_slice(&vr.to_bytes());
        if has_short_length(vr) {
            let short = u16::try_from(length).map_err(|_| DeidError::TooLong(tag))?;
            self.half(short);
        } else {
            self.half(0);
            self.word(length);
        }
        Ok(())
    }

    fn tag(&mut self, tag: Tag) {
        self.half(tag.0);
        self.half(tag.1);
    }

    fn half(&mut self, value: u16) {
        let bytes = match self.encoding {
            Encoding::ExplicitBig => value.to_be_bytes(),
            _ => value.to_le_bytes(),
        };
        self.bytes.extend_from_slice(&bytes);
    }

    fn word(&mut self, value: u32) {
        let bytes = self.word_bytes(value);
        self.bytes.extend_from_slice(&bytes);
    }

    fn word_bytes(&self, value: u32) -> [u8; LENGTH_BYTES] {
        match self.encoding {
            Encoding::ExplicitBig => value.to_be_bytes(),
            _ => value.to_le_bytes(),
        }
    }
}

/// Whether values of this VR are text (PS3.5 table 6.2-1).
pub(super) fn is_text(vr: VR) -> bool {
    use VR::{AE, AS, CS, DA, DS, DT, IS, LO, LT, PN, SH, ST, TM, UC, UI, UR, UT};
    matches!(vr, AE | AS | CS | DA | DS | DT | IS | LO | LT | PN | SH | ST | TM | UC | UI | UR | UT)
}
