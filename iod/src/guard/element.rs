//! How one data element announces itself on the wire (PS3.5 section 7.1).

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

/// Longest element header: tag, VR, two reserved bytes, 32-bit length (PS3.5 table 7.1-1).
pub(crate) const HEADER_BYTES_MAX: usize = 12;

/// Shortest element header: tag and length, or tag, VR and 16-bit length.
pub(crate) const HEADER_BYTES_MIN: usize = 8;

/// The length that means "until its delimiter" (PS3.5 section 7.5).
const UNDEFINED: u32 = 0xFFFF_FFFF;

/// Item (PS3.5 table 7.5-1).
pub(crate) const ITEM: Tag = Tag(0xFFFE, 0xE000);
/// Item Delimitation Item.
pub(crate) const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
/// Sequence Delimitation Item.
pub(crate) const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
/// Group of the three above.
const DELIMITERS: u16 = 0xFFFE;

/// How the elements of a data set are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Implicit VR, little endian.
    ImplicitLittle,
    /// Explicit VR, little endian.
    ExplicitLittle,
    /// Explicit VR, big endian.
    ExplicitBig,
}

/// What an element header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ElementHeader {
    /// Which attribute.
    pub tag: Tag,
    /// Its VR: as stated, from the dictionary, or UN.
    pub vr: VR,
    /// Bytes of its value; none when undefined.
    pub length: Option<u32>,
    /// Whether the VR was stated on the wire.
    pub encoding: Encoding,
}

impl Encoding {
    /// Bytes the header has, as far as its first bytes tell.
    pub fn header_bytes(self, seen: &[u8]) -> usize {
        if seen.len() < HEADER_BYTES_MIN || self == Encoding::ImplicitLittle {
            return HEADER_BYTES_MIN;
        }
        if self.half(seen, 0) == DELIMITERS || has_short_length(stated_vr(seen)) {
            HEADER_BYTES_MIN
        } else {
            HEADER_BYTES_MAX
        }
    }

    /// Reads a complete header.
    pub fn header(self, bytes: &[u8; HEADER_BYTES_MAX]) -> ElementHeader {
        let tag = Tag(self.half(bytes, 0), self.half(bytes, 2));
        let (vr, length) = if tag.0 == DELIMITERS {
            (VR::UN, self.word(bytes, 4))
        } else if self == Encoding::ImplicitLittle {
            (dictionary_vr(tag), self.word(bytes, 4))
        } else {
            let vr = stated_vr(bytes);
            let short = has_short_length(vr);
            (vr, if short { u32::from(self.half(bytes, 6)) } else { self.word(bytes, 8) })
        };
        ElementHeader { tag, vr, length: (length != UNDEFINED).then_some(length), encoding: self }
    }

    /// A whole number of at most eight bytes.
    pub fn whole(self, cell: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        match self {
            Encoding::ExplicitBig => cell.iter().fold(0, add),
            _ => cell.iter().rev().fold(0, add),
        }
    }

    fn half(self, bytes: &[u8], at: usize) -> u16 {
        let pair = [bytes[at], bytes[at + 1]];
        if self == Encoding::ExplicitBig {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }
    }

    fn word(self, bytes: &[u8], at: usize) -> u32 {
        let four = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        if self == Encoding::ExplicitBig {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        }
    }
}

/// The VR in an explicit header. An unknown one is UN, whose length has 32 bits: so does the
/// parser behind the guard, and both must see the same elements.
fn stated_vr(bytes: &[u8]) -> VR {
    VR::from_binary([bytes[4], bytes[5]]).unwrap_or(VR::UN)
}

/// The VR that the standard gives an attribute; UN for private and unknown ones.
pub(crate) fn dictionary_vr(tag: Tag) -> VR {
    StandardDataDictionary.by_tag(tag).map_or(VR::UN, |entry| entry.vr().relaxed())
}

/// Whether the standard gives an attribute US or SS, by Pixel Representation (0028,0103).
pub(crate) fn is_either_sign(tag: Tag) -> bool {
    let entry = StandardDataDictionary.by_tag(tag);
    entry.is_some_and(|entry| entry.vr() == VirtualVr::Xs)
}

/// Whether the length of this VR has 16 bits (PS3.5 table 7.1-2).
pub(crate) fn has_short_length(vr: VR) -> bool {
    use VR::{AE, AS, AT, CS, DA, DS, DT, FD, FL, IS, LO, LT, PN, SH, SL, SS, ST, TM, UI, UL, US};
    matches!(
        vr,
        AE | AS
            | AT
            | CS
            | DA
            | DS
            | DT
            | FD
            | FL
            | IS
            | LO
            | LT
            | PN
            | SH
            | SL
            | SS
            | ST
            | TM
            | UI
            | UL
            | US
    )
}
