//! Stored pixels to values, whatever codec and bit layout they came in (PS3.5 section 8).

use crate::header::attributes::Attributes;
use crate::header::either;
use dicom_dictionary_std::tags;
use dicom_encoding::transfer_syntax::{TransferSyntax, TransferSyntaxIndex};
use dicom_object::DefaultDicomObject;
use dicom_pixeldata::{DecodedPixelData, PixelDecoder, PixelRepresentation};
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use interval_core::uid::SyntaxUid;

/// Most values of one object: 512 x 512 x 512, or a 4D series of 256 x 256 x 50 x 40. Decoders
/// allocate what rows, columns and frames claim.
pub const VALUES_MAX: u64 = 1 << 27;

/// Why pixels cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PixelError {
    /// No decoder for the transfer syntax.
    #[error("there is no decoder for the transfer syntax {0}")]
    NoDecoder(String),
    /// The decoder does not accept them.
    #[error("the decoder does not accept them")]
    Decoder(#[source] Box<dicom_pixeldata::Error>),
    /// Not one sample of 8, 16 or 32 bits for each pixel.
    #[error("{samples} samples of {bits} bits for each pixel are not a greyscale image")]
    Layout {
        /// Samples per Pixel (0028,0002).
        samples: u16,
        /// Bits Allocated (0028,0100).
        bits: u16,
    },
    /// Fewer bytes than rows, columns and frames ask for.
    #[error("they have {found} bytes, the header asks for {expected}")]
    Short {
        /// Bytes asked for.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// More values than we take.
    #[error("they are {0} values, more than {VALUES_MAX}")]
    TooMany(u64),
}

/// Whether we can turn pixels in this transfer syntax into values. What we cannot is kept and sent
/// on as it is, so an acceptor takes more than this.
pub fn is_decodable(syntax: &SyntaxUid) -> bool {
    has_decoder(syntax.as_str())
}

fn has_decoder(syntax: &str) -> bool {
    TransferSyntaxRegistry.get(syntax).is_some_and(TransferSyntax::can_decode_all)
}

/// Decoded pixels of one object, not yet rescaled.
pub(crate) struct Pixels<'a> {
    object: &'a DefaultDicomObject,
    decoded: DecodedPixelData<'a>,
    layout: Layout,
}

/// Where in its cell a stored value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    /// Bytes of a cell: 1, 2 or 4.
    cell_bytes: usize,
    /// Bits Stored (0028,0101).
    bits: u32,
    /// Bits below the value: High Bit (0028,0102) + 1 - Bits Stored.
    below: u32,
    signed: Signedness,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signedness {
    Unsigned,
    Signed,
}

impl<'a> Pixels<'a> {
    /// Decodes all frames of an object that came past the guard.
    pub fn decode(object: &'a DefaultDicomObject) -> Result<Self, PixelError> {
        let syntax = object.meta().transfer_syntax();
        if !has_decoder(syntax) {
            return Err(PixelError::NoDecoder(syntax.to_owned()));
        }
        let attributes = Attributes::of(&**object);
        let extent = |tag| attributes.whole::<u64>(&[tag]).unwrap_or(1).min(VALUES_MAX);
        let plane = extent(tags::ROWS).saturating_mul(extent(tags::COLUMNS));
        let claimed = plane.saturating_mul(extent(tags::NUMBER_OF_FRAMES));
        if claimed > VALUES_MAX {
            return Err(PixelError::TooMany(claimed));
        }
        let decoded =
            object.decode_pixel_data().map_err(|source| PixelError::Decoder(Box::new(source)))?;
        let layout = Layout::of(&decoded)?;
        let pixels = Self { object, decoded, layout };
        let expected = pixels.frame_bytes() * pixels.frames() as usize;
        let found = pixels.decoded.data().len();
        if found < expected { Err(PixelError::Short { expected, found }) } else { Ok(pixels) }
    }

    /// Number of frames.
    pub fn frames(&self) -> u32 {
        self.decoded.number_of_frames()
    }

    /// Columns and rows.
    pub fn extent(&self) -> [usize; 2] {
        [self.decoded.columns() as usize, self.decoded.rows() as usize]
    }

    /// The values of the frame at `index`, from 0, after Rescale Slope and Intercept: column by
    /// column, then row by row. None beyond the last frame.
    pub fn values(&self, index: u32) -> Option<Vec<f32>> {
        let start = self.frame_bytes() * index as usize;
        let cells = self.decoded.data().get(start..start + self.frame_bytes())?;
        let (slope, intercept) = self.rescale(index as usize);
        let value = |cell| (slope * self.layout.value(cell) as f64 + intercept) as f32;
        Some(cells.chunks_exact(self.layout.cell_bytes).map(value).collect())
    }

    /// Rescale Slope and Intercept (0028,1053, 0028,1052): of the frame, of all frames, or of the
    /// object (PS3.3 C.7.6.16.2.9, C.11.1); 1 and 0 when absent.
    fn rescale(&self, index: usize) -> (f64, f64) {
        let attributes = Attributes::of_frame(&**self.object, index);
        let term = |tag| {
            either(&[tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, tag], |p| attributes.number(p))
        };
        let slope = term(tags::RESCALE_SLOPE).filter(|slope| *slope != 0.).unwrap_or(1.);
        (slope, term(tags::RESCALE_INTERCEPT).unwrap_or(0.))
    }

    fn frame_bytes(&self) -> usize {
        let [columns, rows] = self.extent();
        columns * rows * self.layout.cell_bytes
    }
}

impl Layout {
    fn of(decoded: &DecodedPixelData) -> Result<Self, PixelError> {
        let (samples, bits) = (decoded.samples_per_pixel(), decoded.bits_allocated());
        let stored = decoded.bits_stored();
        let high = decoded.high_bit();
        let fits = (1..=bits).contains(&stored) && high < bits && high + 1 >= stored;
        if samples != 1 || !matches!(bits, 8 | 16 | 32) || !fits {
            return Err(PixelError::Layout { samples, bits });
        }
        Ok(Self {
            cell_bytes: usize::from(bits / 8),
            bits: u32::from(stored),
            below: u32::from(high + 1 - stored),
            signed: match decoded.pixel_representation() {
                PixelRepresentation::Unsigned => Signedness::Unsigned,
                PixelRepresentation::Signed => Signedness::Signed,
            },
        })
    }

    /// The value in a cell of little-endian bytes. Bits outside Bits Stored do not count: old
    /// scanners kept overlays there.
    fn value(self, cell: &[u8]) -> i64 {
        let whole = cell.iter().rev().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
        let top = u32::BITS - self.bits;
        let aligned = whole >> self.below << top;
        match self.signed {
            Signedness::Unsigned => i64::from(aligned >> top),
            Signedness::Signed => i64::from(aligned.cast_signed() >> top),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &[u8], (bits, high_bit): (u32, u32), signed: Signedness, expected: i64) {
        let layout = Layout { cell_bytes: cell.len(), bits, below: high_bit + 1 - bits, signed };
        assert_eq!(layout.value(cell), expected);
    }

    #[test]
    fn sixteen_bits_are_taken_as_they_are() {
        check(&[0xFE, 0xFF], (16, 15), Signedness::Unsigned, 65_534);
        check(&[0xFE, 0xFF], (16, 15), Signedness::Signed, -2);
    }
    #[test]
    fn twelve_stored_bits_have_their_sign_in_the_twelfth() {
        check(&[0xFF, 0x0F], (12, 11), Signedness::Signed, -1);
        check(&[0xFF, 0x07], (12, 11), Signedness::Signed, 2047);
    }
    #[test]
    fn an_overlay_above_the_stored_bits_does_not_count() {
        check(&[0x05, 0xF0], (12, 11), Signedness::Unsigned, 5);
    }
    #[test]
    fn values_may_lie_at_the_top_of_their_cell() {
        check(&[0x50, 0x00], (12, 15), Signedness::Unsigned, 5);
    }
    #[test]
    fn eight_and_thirty_two_bits_are_read_too() {
        check(&[0x80], (8, 7), Signedness::Signed, -128);
        check(&[1, 0, 1, 0], (32, 31), Signedness::Unsigned, 65_537);
    }
}
