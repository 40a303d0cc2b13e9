//! An object in a transfer syntax that its reader takes (PS3.5 section 10).
//!
//! It goes as it is when it can. Else it is written again, uncompressed: element by element from
//! the encoded bytes, pixels decoded only when they were compressed. What was lossy stays so, and
//! goes on saying it.

mod writer;

use crate::encoded::walk::{Token, Value, Walk};
use crate::encoded::{Encoded, Extent};
use crate::frames::{FrameError, Frames, Image};
use crate::guard::GuardError;
use crate::guard::element::Encoding;
use crate::uids::{EXPLICIT_LITTLE, IMPLICIT_LITTLE};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use interval_core::fault::Fault;
use interval_core::uid::SyntaxUid;
use std::borrow::Cow;
use writer::Writer;

/// Most bytes of pixels that are decoded for one object: a perfusion series of 2,000 frames of 512
/// x 512, or what a peer takes in one piece.
pub const DECODED_BYTES_MAX: u64 = 1 << 30;

/// Why an object cannot be sent in any of the syntaxes.
#[derive(Debug, thiserror::Error)]
pub enum TranscodeError {
    /// The scan refused the object.
    #[error("the object was refused")]
    Guard(#[from] GuardError),
    /// It cannot go as it is, and neither uncompressed syntax is taken.
    #[error("there is no way from {0} to any transfer syntax that is taken")]
    NoWay(SyntaxUid),
    /// The compressed pixels cannot be decoded.
    #[error("the pixels cannot be decoded")]
    Frame(#[from] FrameError),
    /// More than we decode at once.
    #[error("{0} bytes of pixels are too many, at most {DECODED_BYTES_MAX} are decoded")]
    TooLarge(u64),
    /// Compressed pixels inside of a sequence that has to stay.
    #[error("there are compressed pixels within sequences")]
    CompressedWithin,
    /// A value, an item or a sequence longer than its length can say.
    #[error("the element {0} is too long to be written")]
    TooLong(Tag),
}

impl TranscodeError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            TranscodeError::TooLarge(_) => Fault::Exhausted,
            TranscodeError::Frame(error) => error.fault(),
            _ => Fault::Refused,
        }
    }
}

/// A data set as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcoded<'a> {
    /// In which transfer syntax.
    pub syntax: SyntaxUid,
    /// Without the file meta group; lent from the file when it goes as it is.
    pub data_set: Cow<'a, [u8]>,
}

/// The data set of a Part 10 file in an acceptable syntax: as it is when that is among them, else
/// in the first that is uncompressed and little endian.
pub fn transcode<'a>(
    part10: &'a [u8],
    acceptable: &[SyntaxUid],
) -> Result<Transcoded<'a>, TranscodeError> {
    let encoded = Encoded::open(part10, Extent::Whole)?;
    if acceptable.contains(&encoded.syntax) {
        return Ok(Transcoded { data_set: encoded.kept.into(), syntax: encoded.syntax });
    }
    let plain = |syntax: &&SyntaxUid| encoding_of(syntax).is_some();
    let Some(target) = acceptable.iter().find(plain) else {
        return Err(TranscodeError::NoWay(encoded.syntax));
    };
    let encoding = encoding_of(target).unwrap_or(Encoding::ImplicitLittle);
    let syntax = target.clone();
    if !is_compressed(&encoded) {
        // What was deflated is explicit inside.
        if encoded.encoding == encoding {
            return Ok(Transcoded { syntax, data_set: encoded.data_set });
        }
        let data_set = rewritten(encoded.walk(), encoding, None)?.into();
        return Ok(Transcoded { syntax, data_set });
    }
    let frames = Frames::of(encoded)?;
    let data_set = rewritten(frames.encoded().walk(), encoding, Some(&frames))?.into();
    Ok(Transcoded { syntax, data_set })
}

fn encoding_of(syntax: &SyntaxUid) -> Option<Encoding> {
    match syntax.as_str() {
        EXPLICIT_LITTLE => Some(Encoding::ExplicitLittle),
        IMPLICIT_LITTLE => Some(Encoding::ImplicitLittle),
        _ => None,
    }
}

/// Whether there are fragments at the top.
fn is_compressed(encoded: &Encoded<'_>) -> bool {
    let mut walk = encoded.walk();
    loop {
        let depth = walk.depth();
        match walk.next() {
            Some(Token::Fragments(..)) if depth == 0 => return true,
            Some(_) => {}
            None => return false,
        }
    }
}

/// The data set element by element; `frames` are its decoded pixels, when they were compressed.
fn rewritten(
    mut walk: Walk<'_>,
    encoding: Encoding,
    frames: Option<&Frames<'_>>,
) -> Result<Vec<u8>, TranscodeError> {
    let mut writer = Writer::new(encoding, walk.bytes().len());
    loop {
        let depth = walk.depth();
        let Some(token) = walk.next() else { break };
        match token {
            Token::Value(value) => match frames {
                Some(frames) if depth == 0 => described(value, frames, &mut writer)?,
                _ => plain(value, &mut writer)?,
            },
            // An icon is a convenience; its own compressed pixels would have to be decoded.
            Token::Sequence(tags::ICON_IMAGE_SEQUENCE) if frames.is_some() => {
                pass(&mut walk, depth);
            }
            Token::Sequence(tag) => writer.open_sequence(tag),
            Token::Item => writer.open_item(),
            Token::End => writer.close()?,
            Token::Fragments(..) => {
                let frames = frames.filter(|_| depth == 0);
                pixels(frames.ok_or(TranscodeError::CompressedWithin)?, &mut writer)?;
                pass(&mut walk, depth);
            }
            Token::Fragment(..) => {}
        }
    }
    Ok(writer.bytes)
}

/// Passes over what was just opened.
fn pass(walk: &mut Walk<'_>, depth: usize) {
    while walk.depth() > depth && walk.next().is_some() {}
}

fn plain(value: Value<'_>, writer: &mut Writer) -> Result<(), TranscodeError> {
    // Lengths of groups are retired, and others than they were.
    if value.tag.1 == 0 {
        Ok(())
    } else {
        writer.value(value.tag, value.vr, &value.little_endian())
    }
}

/// An element beside compressed pixels: what describes them is changed with them.
fn described(
    value: Value<'_>,
    frames: &Frames<'_>,
    writer: &mut Writer,
) -> Result<(), TranscodeError> {
    let image = frames.native_image();
    match value.tag {
        tags::PHOTOMETRIC_INTERPRETATION => {
            writer.value(value.tag, VR::CS, image.photometric.as_bytes())
        }
        tags::PLANAR_CONFIGURATION => writer.value(value.tag, VR::US, &[0, 0]),
        tags::EXTENDED_OFFSET_TABLE | tags::EXTENDED_OFFSET_TABLE_LENGTHS => Ok(()),
        _ => plain(value, writer),
    }
}

/// Decoded pixels, frame after frame (PS3.5 section A.2: OW beyond 8 bits).
fn pixels(frames: &Frames<'_>, writer: &mut Writer) -> Result<(), TranscodeError> {
    let image = frames.native_image();
    let count = u64::from(image.frames);
    let total = frame_bytes(&image)?.saturating_mul(count);
    if total > DECODED_BYTES_MAX {
        return Err(TranscodeError::TooLarge(total));
    }
    let vr = if image.bits_allocated > 8 { VR::OW } else { VR::OB };
    let length = u32::try_from(total).map_err(|_| TranscodeError::TooLong(tags::PIXEL_DATA))?;
    writer.open_value(tags::PIXEL_DATA, vr, length)?;
    for index in 0..image.frames {
        writer.bytes.extend_from_slice(&frames.native(index)?);
    }
    writer.pad(length);
    Ok(())
}

/// Bytes of one frame among others.
fn frame_bytes(image: &Image) -> Result<u64, TranscodeError> {
    let values = image.pixels() * image.samples;
    match image.bits_allocated {
        1 if values.is_multiple_of(8) => Ok(values as u64 / 8),
        // The frames would have to share bytes.
        1 => Err(FrameError::Disagrees("its frames do not fill their bytes").into()),
        _ => Ok((values * image.value_bytes()) as u64),
    }
}
