//! Single frames of an object, found where they lie and decoded one at a time (PS3.5 sections 8.2
//! and A.4, PS3.18 10.4).

mod codec;
pub mod image;
mod place;
mod rle;

pub use image::Image;
pub use place::Numbers;

use crate::encoded::{Encoded, Extent};
use crate::guard::GuardError;
use interval_core::fault::Fault;
use interval_core::uid::SyntaxUid;
use place::Place;
use std::borrow::Cow;

/// Most values of one frame: 8192 x 8192, or 4096 x 5400 in three colours. Decoders allocate what
/// rows and columns claim.
pub const FRAME_VALUES_MAX: u64 = 1 << 26;

/// Why there is no frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The scan refused the object.
    #[error("the object was refused")]
    Guard(#[from] GuardError),
    /// A report, a document: nothing to look at.
    #[error("the object has no pixels")]
    NoPixels,
    /// Rows, columns, samples and bits are not those of an image.
    #[error("{rows} rows, {columns} columns and {samples} samples of {bits} bits are no image")]
    Layout {
        /// Rows (0028,0010).
        rows: u64,
        /// Columns (0028,0011).
        columns: u64,
        /// Samples per Pixel (0028,0002).
        samples: u64,
        /// Bits Allocated (0028,0100).
        bits: u64,
    },
    /// More than we decode.
    #[error("a frame of {0} values is too large, at most {FRAME_VALUES_MAX} are decoded")]
    TooLarge(u64),
    /// There are fewer.
    #[error("there is no frame {asked}, the object has {count}")]
    NoFrame {
        /// Number asked for, from 1.
        asked: u64,
        /// Number of Frames (0028,0008).
        count: u32,
    },
    /// The pixels end before this frame does.
    #[error("the pixels end before the frame does")]
    Short,
    /// Nothing tells which fragments are which frames.
    #[error("{fragments} fragments cannot be told apart into {frames} frames")]
    Unmapped {
        /// Fragments of the Pixel Data.
        fragments: usize,
        /// Number of Frames (0028,0008).
        frames: u32,
    },
    /// No decoder for the transfer syntax.
    #[error("there is no decoder for the transfer syntax {0}")]
    NoDecoder(SyntaxUid),
    /// The compressed frame is another image than the header says.
    #[error("the compressed frame is not as the header says: {0}")]
    Disagrees(&'static str),
    /// The decoder does not accept it.
    #[error("the decoder does not accept the frame")]
    Decoder(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl FrameError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            FrameError::TooLarge(_) => Fault::Exhausted,
            _ => Fault::Refused,
        }
    }
}

/// The frames of one object.
#[derive(Debug)]
pub struct Frames<'a> {
    encoded: Encoded<'a>,
    image: Image,
    place: Place,
}

impl<'a> Frames<'a> {
    /// Finds the frames of a Part 10 file; nothing is decoded.
    pub fn open(part10: &'a [u8]) -> Result<Self, FrameError> {
        Self::of(Encoded::open(part10, Extent::Whole)?)
    }

    pub(crate) fn of(encoded: Encoded<'a>) -> Result<Self, FrameError> {
        let image = Image::of(encoded.header().root())?;
        let place = Place::find(encoded.walk(), &image)?;
        Ok(Self { encoded, image, place })
    }

    /// What they look like.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Transfer syntax in which the object is kept.
    pub fn syntax(&self) -> &SyntaxUid {
        &self.encoded.syntax
    }

    pub(crate) fn encoded(&self) -> &Encoded<'a> {
        &self.encoded
    }

    /// What their values are.
    pub fn numbers(&self) -> Numbers {
        match &self.place {
            Place::Native { numbers, .. } => *numbers,
            Place::Encapsulated(_) => Numbers::Whole,
        }
    }

    /// Whether they are compressed, each in a stream of its own.
    pub fn is_encapsulated(&self) -> bool {
        matches!(self.place, Place::Encapsulated(_))
    }

    /// The frame at `index`, from 0, as it is kept: a compressed stream, or values in little endian
    /// order. Bits that share a byte with another frame are moved to begin one.
    pub fn stored(&self, index: u32) -> Result<Cow<'_, [u8]>, FrameError> {
        self.check(index)?;
        self.place.stored(&self.encoded.data_set, &self.image, index)
    }

    /// The frame at `index`, from 0, as uncompressed values in little endian order. Colours that
    /// came out of a decoder are interleaved; [`Image::decoded`] describes them.
    pub fn native(&self, index: u32) -> Result<Cow<'_, [u8]>, FrameError> {
        let stored = self.stored(index)?;
        if self.is_encapsulated() {
            codec::decode(self.syntax(), &self.image, &stored).map(Cow::Owned)
        } else {
            Ok(stored)
        }
    }

    /// The image as [`native`](Self::native) gives it.
    pub fn native_image(&self) -> Image {
        if self.is_encapsulated() { self.image.decoded(self.syntax()) } else { self.image.clone() }
    }

    fn check(&self, index: u32) -> Result<(), FrameError> {
        let count = self.image.frames;
        if index < count {
            Ok(())
        } else {
            Err(FrameError::NoFrame { asked: u64::from(index) + 1, count })
        }
    }
}

/// Media type of a frame in a transfer syntax (PS3.18 tables 8.7.3-2 to 8.7.3-5).
pub fn media_type(syntax: &SyntaxUid) -> &'static str {
    match syntax.as_str().strip_prefix("1.2.840.10008.1.2.").unwrap_or_default() {
        "4.50" | "4.51" | "4.57" | "4.70" => "image/jpeg",
        "4.80" | "4.81" => "image/jls",
        "4.90" | "4.91" => "image/jp2",
        "4.92" | "4.93" => "image/jpx",
        "4.100" | "4.100.1" | "4.101" | "4.101.1" => "video/mpeg",
        "4.102" | "4.103" | "4.104" | "4.105" | "4.106" | "4.107" | "4.108" => "video/mp4",
        "4.110" | "4.111" | "4.112" => "image/jxl",
        "4.201" | "4.202" | "4.203" => "image/jphc",
        "5" => "image/dicom-rle",
        _ => "application/octet-stream",
    }
}
