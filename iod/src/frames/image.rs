//! What the pixels of an object look like (PS3.3 C.7.6.3).

use super::{FRAME_VALUES_MAX, FrameError};
use crate::encoded::tree::Node;
use crate::header::attributes::Attributes;
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use interval_core::uid::SyntaxUid;

/// How the samples of a pixel lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planes {
    /// Red, green, blue of one pixel after the other.
    Interleaved,
    /// All of one colour, then all of the next.
    Separate,
}

/// Whether values may be below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signedness {
    /// They may not.
    Unsigned,
    /// Two's complement.
    Signed,
}

/// The description of an object's frames. Its numbers fit together and are within limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Rows (0028,0010).
    pub rows: usize,
    /// Columns (0028,0011).
    pub columns: usize,
    /// Samples per Pixel (0028,0002).
    pub samples: usize,
    /// Bits Allocated (0028,0100): 1, 8, 16, 32 or 64.
    pub bits_allocated: u32,
    /// Bits Stored (0028,0101).
    pub bits_stored: u32,
    /// High Bit (0028,0102).
    pub high_bit: u32,
    /// Pixel Representation (0028,0103).
    pub signed: Signedness,
    /// Planar Configuration (0028,0006).
    pub planes: Planes,
    /// Photometric Interpretation (0028,0004).
    pub photometric: String,
    /// Number of Frames (0028,0008), 1 when absent.
    pub frames: u32,
}

impl Image {
    pub(crate) fn of(root: Node) -> Result<Self, FrameError> {
        let attributes = Attributes::of(root);
        let number = |tag: Tag| attributes.whole::<u64>(&[tag]);
        let rows = number(tags::ROWS).ok_or(FrameError::NoPixels)?;
        let columns = number(tags::COLUMNS).ok_or(FrameError::NoPixels)?;
        let samples = number(tags::SAMPLES_PER_PIXEL).unwrap_or(1);
        let bits = number(tags::BITS_ALLOCATED).unwrap_or_default();
        let stored = number(tags::BITS_STORED).unwrap_or(bits);
        let high = number(tags::HIGH_BIT).unwrap_or(stored.saturating_sub(1));
        let is_image = (1..=u64::from(u16::MAX)).contains(&rows)
            && (1..=u64::from(u16::MAX)).contains(&columns)
            && matches!(samples, 1 | 3 | 4)
            && matches!(bits, 1 | 8 | 16 | 32 | 64)
            && (1..=bits).contains(&stored)
            && (stored - 1..bits).contains(&high);
        if !is_image {
            return Err(FrameError::Layout { rows, columns, samples, bits });
        }
        let values = rows * columns * samples;
        if values > FRAME_VALUES_MAX {
            return Err(FrameError::TooLarge(values));
        }
        let is = |tag, value| attributes.whole::<u16>(&[tag]) == Some(value);
        let signed = is(tags::PIXEL_REPRESENTATION, 1);
        let separate = is(tags::PLANAR_CONFIGURATION, 1);
        Ok(Self {
            rows: rows as usize,
            columns: columns as usize,
            samples: samples as usize,
            bits_allocated: bits as u32,
            bits_stored: stored as u32,
            high_bit: high as u32,
            signed: if signed { Signedness::Signed } else { Signedness::Unsigned },
            planes: if separate { Planes::Separate } else { Planes::Interleaved },
            photometric: attributes
                .text(&[tags::PHOTOMETRIC_INTERPRETATION])
                .unwrap_or_else(|| "MONOCHROME2".to_owned()),
            frames: attributes.whole(&[tags::NUMBER_OF_FRAMES]).unwrap_or(1).max(1),
        })
    }

    /// Pixels of a frame.
    pub fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Bytes of one value; 1 for single bits.
    pub fn value_bytes(&self) -> usize {
        self.bits_allocated.div_ceil(8) as usize
    }

    /// Bits of one uncompressed frame. Two pixels share their colours in `YBR_FULL_422` (PS3.3
    /// C.7.6.3.1.2).
    pub(super) fn frame_bits(&self) -> usize {
        let samples = if self.photometric == "YBR_FULL_422" { 2 } else { self.samples };
        self.pixels() * samples * self.bits_allocated as usize
    }

    /// The same image as a decoder gives it: colours interleaved, and as red, green and blue where
    /// the codec's own colour transform was undone (PS3.5 section 8.2).
    #[must_use]
    pub fn decoded(&self, syntax: &SyntaxUid) -> Self {
        let is_rle = syntax.as_str() == super::rle::RLE_LOSSLESS;
        let is_transformed = self.samples == 3 && self.photometric.starts_with("YBR") && !is_rle;
        let photometric = match self.photometric.as_str() {
            _ if is_transformed => "RGB",
            "YBR_FULL_422" => "YBR_FULL",
            other => other,
        };
        Self { planes: Planes::Interleaved, photometric: photometric.to_owned(), ..self.clone() }
    }
}
