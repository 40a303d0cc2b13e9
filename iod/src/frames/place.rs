//! Where the frames lie in the data set.

use super::{FrameError, Image};
use crate::encoded::walk::{Token, Walk, number_bytes};
use crate::guard::element::Encoding;
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use std::borrow::Cow;
use std::ops::Range;

/// How a JPEG stream begins (ISO 10918-1 B.1.1.3), and a JPEG 2000 one (ISO 15444-1 A.4.1).
const STARTS: [[u8; 2]; 2] = [[0xFF, 0xD8], [0xFF, 0x4F]];

/// Bytes of an item's header.
const ITEM_BYTES: usize = 8;

/// What uncompressed values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Pixel Data (7FE0,0010).
    Whole,
    /// Float and Double Float Pixel Data (7FE0,0008 and 7FE0,0009).
    Floating,
}

/// The pixels.
#[derive(Debug)]
pub(super) enum Place {
    /// All frames in one value.
    Native {
        /// Where it is.
        value: Range<usize>,
        /// Bytes of a number that have to be turned; 1 when none have.
        turned_bytes: usize,
        /// What the numbers are.
        numbers: Numbers,
    },
    /// Compressed, in fragments.
    Encapsulated(Encapsulated),
}

/// Compressed frames.
#[derive(Debug, Default)]
pub(super) struct Encapsulated {
    /// Where each fragment is.
    fragments: Vec<Range<usize>>,
    /// First fragment of each frame.
    starts: Vec<usize>,
}

impl Place {
    /// Looks for the pixels.
    pub fn find(mut walk: Walk<'_>, image: &Image) -> Result<Self, FrameError> {
        let mut extended: &[u8] = &[];
        loop {
            let depth = walk.depth();
            let token = walk.next().ok_or(FrameError::NoPixels)?;
            match token {
                Token::Value(value) if depth == 0 && is_pixels(value.tag) => {
                    let is_big = value.encoding == Encoding::ExplicitBig;
                    // Cells of 32 bits in OW are two words, the lower one first (PS3.5 8.1.1).
                    let turned_bytes = if is_big { number_bytes(value.vr) } else { 1 };
                    let numbers = if value.tag == tags::PIXEL_DATA {
                        Numbers::Whole
                    } else {
                        Numbers::Floating
                    };
                    return Ok(Self::Native { value: value.range(), turned_bytes, numbers });
                }
                Token::Value(value) if depth == 0 && value.tag == tags::EXTENDED_OFFSET_TABLE => {
                    extended = value.bytes;
                }
                Token::Fragments(..) if depth == 0 => break,
                _ => {}
            }
        }
        let bytes = walk.bytes();
        let mut table: &[u8] = &[];
        let mut found = Encapsulated::default();
        let mut items = walk.filter_map(|token| match token {
            Token::Fragment(fragment, at) => Some((fragment, at + ITEM_BYTES)),
            _ => None,
        });
        if let Some((offsets, _)) = items.next() {
            table = offsets;
        }
        found.fragments = items.map(|(fragment, at)| at..at + fragment.len()).collect();
        let offsets = |bytes: &[u8], size| -> Vec<u64> {
            bytes.chunks_exact(size).map(|cell| Encoding::ExplicitLittle.whole(cell)).collect()
        };
        let tables = [offsets(table, 4), offsets(extended, 8)];
        found.starts = found.told_apart(bytes, &tables, image.frames)?;
        Ok(Self::Encapsulated(found))
    }

    /// The bytes of a frame.
    pub fn stored<'a>(
        &self,
        data_set: &'a [u8],
        image: &Image,
        index: u32,
    ) -> Result<Cow<'a, [u8]>, FrameError> {
        let index = index as usize;
        match self {
            Self::Native { value, turned_bytes, .. } => {
                let value = data_set.get(value.clone()).unwrap_or_default();
                native(value, image.frame_bits(), index, *turned_bytes)
            }
            Self::Encapsulated(found) => {
                let first = found.starts.get(index).copied().ok_or(FrameError::Short)?;
                let last = found.starts.get(index + 1).copied().unwrap_or(found.fragments.len());
                let pieces = found.fragments.get(first..last).unwrap_or_default();
                let piece = |range: &Range<usize>| data_set.get(range.clone()).unwrap_or_default();
                match pieces {
                    [] => Err(FrameError::Short),
                    [only] => Ok(piece(only).into()),
                    several => Ok(several.iter().flat_map(piece).copied().collect()),
                }
            }
        }
    }
}

impl Encapsulated {
    /// The first fragment of each frame: by a table of offsets, by their number, or by how streams
    /// begin.
    fn told_apart(
        &self,
        bytes: &[u8],
        tables: &[Vec<u64>],
        frames: u32,
    ) -> Result<Vec<usize>, FrameError> {
        let (fragments, count) = (self.fragments.len(), frames as usize);
        for table in tables.iter().filter(|table| table.len() == count) {
            if let Some(starts) = self.by_offsets(table) {
                return Ok(starts);
            }
        }
        if count == 1 && fragments > 0 {
            return Ok(vec![0]);
        }
        if count == fragments {
            return Ok((0..fragments).collect());
        }
        let begins = |at: &usize| {
            let start =
                self.fragments.get(*at).and_then(|range| bytes.get(range.start..)?.get(..2));
            start.is_some_and(|start| STARTS.iter().any(|known| known == start))
        };
        let starts: Vec<usize> = (0..fragments).filter(begins).collect();
        if starts.len() == count && starts.first() == Some(&0) {
            Ok(starts)
        } else {
            Err(FrameError::Unmapped { fragments, frames })
        }
    }

    /// Offsets count from the first fragment's item (PS3.5 section A.4).
    fn by_offsets(&self, table: &[u64]) -> Option<Vec<usize>> {
        let origin = self.fragments.first()?.start as u64;
        let starts: Option<Vec<usize>> = table
            .iter()
            .map(|offset| {
                let start = origin.checked_add(*offset)?;
                self.fragments.binary_search_by_key(&start, |range| range.start as u64).ok()
            })
            .collect();
        starts.filter(|starts| starts.windows(2).all(|pair| pair[0] < pair[1]))
    }
}

/// One frame of many in one value.
fn native(
    value: &[u8],
    frame_bits: usize,
    index: usize,
    turned_bytes: usize,
) -> Result<Cow<'_, [u8]>, FrameError> {
    let begin = frame_bits.checked_mul(index).ok_or(FrameError::Short)?;
    let end = begin.checked_add(frame_bits).ok_or(FrameError::Short)?;
    if turned_bytes > 1 {
        let from = begin / 8 / turned_bytes * turned_bytes;
        let to = end.div_ceil(8).next_multiple_of(turned_bytes).min(value.len());
        let mut turned = value.get(from..to).ok_or(FrameError::Short)?.to_vec();
        turned.chunks_exact_mut(turned_bytes).for_each(<[u8]>::reverse);
        return bits(&turned, begin - from * 8, frame_bits).map(|bits| bits.into_owned().into());
    }
    bits(value, begin, frame_bits)
}

/// Some bits of a value from its first byte on; the least significant bit of a byte comes first
/// (PS3.5 section 8.1.1).
fn bits(value: &[u8], begin: usize, count: usize) -> Result<Cow<'_, [u8]>, FrameError> {
    let bytes = value.get(begin / 8..(begin + count).div_ceil(8)).ok_or(FrameError::Short)?;
    let shift = begin % 8;
    if shift == 0 && count.is_multiple_of(8) {
        return Ok(bytes.into());
    }
    let above = |at: usize| bytes.get(at).map_or(0, |byte| u16::from(*byte));
    let moved = |at: usize| ((above(at) | above(at + 1) << 8) >> shift) as u8;
    let mut bits: Vec<u8> = (0..count.div_ceil(8)).map(moved).collect();
    if let Some(last) = bits.last_mut().filter(|_| !count.is_multiple_of(8)) {
        *last &= (1 << (count % 8)) - 1;
    }
    Ok(bits.into())
}

/// Pixel Data and its float twins.
pub(super) fn is_pixels(tag: Tag) -> bool {
    matches!(tag, tags::PIXEL_DATA | tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA)
}
