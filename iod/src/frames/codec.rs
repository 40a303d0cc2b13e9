//! Compressed frames to values. What a stream claims of itself is compared with the header first:
//! decoders allocate, and write, what the stream claims.

use super::rle::{self, RLE_LOSSLESS};
use super::{FrameError, Image};
use dicom_encoding::adapters::{PixelDataObject, RawPixelData};
use dicom_encoding::transfer_syntax::{Codec, TransferSyntax, TransferSyntaxIndex};
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use interval_core::uid::SyntaxUid;
use std::borrow::Cow;

/// Decodes one frame.
pub(super) fn decode(
    syntax: &SyntaxUid,
    image: &Image,
    stream: &[u8],
) -> Result<Vec<u8>, FrameError> {
    if syntax.as_str() == RLE_LOSSLESS {
        return rle::decode(stream, image);
    }
    let codec = TransferSyntaxRegistry.get(syntax.as_str()).map(TransferSyntax::codec);
    let Some(Codec::EncapsulatedPixelData(Some(decoder), _)) = codec else {
        return Err(FrameError::NoDecoder(syntax.clone()));
    };
    let claim = Claim::of(stream).ok_or(FrameError::Disagrees("it has no header that we know"))?;
    let bits = claim.agreed_bits(image)?;
    let mut values = Vec::new();
    let frame = OneFrame { syntax, image, stream, bits };
    decoder
        .decode_frame(&frame, 0, &mut values)
        .map_err(|source| FrameError::Decoder(Box::new(source)))?;
    if bits == 8 && image.bits_allocated == 16 {
        values = values.into_iter().flat_map(|value| [value, 0]).collect();
    }
    let expected = image.pixels() * image.samples * image.value_bytes();
    if values.len() == expected { Ok(values) } else { Err(FrameError::Short) }
}

/// What a stream says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim {
    rows: u64,
    columns: u64,
    samples: u64,
    bits: u32,
    family: Family,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// Decoders give bytes for up to 8 bits, pairs above.
    Jpeg,
    /// Decoders give what is asked for.
    Jpeg2000,
}

impl Claim {
    fn of(stream: &[u8]) -> Option<Self> {
        if stream.starts_with(&[0xFF, 0xD8]) {
            return Self::of_jpeg(stream);
        }
        // A code stream, alone or in a box of the JP2 file format: SOC, then SIZ (ISO 15444-1 A.5.1).
        let at = stream.windows(4).position(|four| four == [0xFF, 0x4F, 0xFF, 0x51])?;
        let size = stream.get(at + 4..)?;
        let word = |at: usize| Some(u64::from(u32::from_be_bytes(*size.get(at..)?.first_chunk()?)));
        let [columns, rows, left, top] = [word(4)?, word(8)?, word(12)?, word(16)?];
        Some(Self {
            rows: rows.checked_sub(top)?,
            columns: columns.checked_sub(left)?,
            samples: u64::from(u16::from_be_bytes(*size.get(36..)?.first_chunk()?)),
            bits: u32::from(size.get(38)? & 0x7F) + 1,
            family: Family::Jpeg2000,
        })
    }

    /// From the frame header (ISO 10918-1 B.2.2).
    fn of_jpeg(stream: &[u8]) -> Option<Self> {
        let mut at = 2;
        loop {
            let [mark, kind, high, low] = *stream.get(at..)?.first_chunk()?;
            if mark != 0xFF {
                return None;
            }
            match kind {
                // Fill bytes may stand before a marker.
                0xFF => at += 1,
                0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xF7 => {
                    let [bits, a, b, c, d, samples] = *stream.get(at + 4..)?.first_chunk()?;
                    return Some(Self {
                        rows: u64::from(u16::from_be_bytes([a, b])),
                        columns: u64::from(u16::from_be_bytes([c, d])),
                        samples: samples.into(),
                        bits: bits.into(),
                        family: Family::Jpeg,
                    });
                }
                _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
            }
        }
    }

    /// Bits of a value that the decoder gives, when the stream is the image of the header.
    fn agreed_bits(self, image: &Image) -> Result<u16, FrameError> {
        if (self.rows, self.columns) != (image.rows as u64, image.columns as u64) {
            return Err(FrameError::Disagrees("it has other rows or columns"));
        }
        if self.samples != image.samples as u64 {
            return Err(FrameError::Disagrees("it has another number of samples"));
        }
        let given = match self.family {
            Family::Jpeg if self.bits <= 8 => 8,
            Family::Jpeg => 16,
            Family::Jpeg2000 => image.bits_allocated,
        };
        if self.bits > image.bits_allocated || given > image.bits_allocated {
            return Err(FrameError::Disagrees("its values have more bits"));
        }
        Ok(given as u16)
    }
}

/// One frame, as decoders want to be asked.
struct OneFrame<'a> {
    syntax: &'a SyntaxUid,
    image: &'a Image,
    stream: &'a [u8],
    bits: u16,
}

impl PixelDataObject for OneFrame<'_> {
    fn transfer_syntax_uid(&self) -> &str {
        self.syntax.as_str()
    }
    fn rows(&self) -> Option<u16> {
        self.image.rows.try_into().ok()
    }
    fn cols(&self) -> Option<u16> {
        self.image.columns.try_into().ok()
    }
    fn samples_per_pixel(&self) -> Option<u16> {
        self.image.samples.try_into().ok()
    }
    fn bits_allocated(&self) -> Option<u16> {
        Some(self.bits)
    }
    fn bits_stored(&self) -> Option<u16> {
        Some(self.bits.min(self.image.bits_stored as u16))
    }
    fn photometric_interpretation(&self) -> Option<&str> {
        Some(&self.image.photometric)
    }
    fn number_of_frames(&self) -> Option<u32> {
        Some(1)
    }
    fn number_of_fragments(&self) -> Option<u32> {
        Some(1)
    }
    fn fragment(&self, fragment: usize) -> Option<Cow<'_, [u8]>> {
        (fragment == 0).then_some(self.stream.into())
    }
    fn offset_table(&self) -> Option<Cow<'_, [u32]>> {
        Some(Cow::Borrowed(&[]))
    }
    fn raw_pixel_data(&self) -> Option<RawPixelData> {
        let fragments = std::iter::once(self.stream.to_vec()).collect();
        Some(RawPixelData { fragments, offset_table: std::iter::empty().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_says_what_it_is() {
        let jpeg =
            [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xC3, 0, 11, 12, 1, 0, 0, 192, 1];
        let (rows, columns, samples) = (256, 192, 1);
        let claim = Claim { rows, columns, samples, bits: 12, family: Family::Jpeg };
        assert_eq!(Claim::of(&jpeg), Some(claim));
        assert_eq!(Claim::of(&jpeg[..jpeg.len() - 1]), None);
        let mut jpeg2000 = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0];
        for number in [200u32, 260, 8, 4, 0, 0, 0, 0] {
            jpeg2000.extend(number.to_be_bytes());
        }
        jpeg2000.extend([0, 1, 0x8B]);
        assert_eq!(Claim::of(&jpeg2000), Some(Claim { family: Family::Jpeg2000, ..claim }));
    }
}
