//! Segmentations (PS3.3 A.51): masks to objects and back.
//!
//! A SEG of ours is BINARY, lies on the very slices of its source series, and has one segment for
//! each pair of lesion and region, so that one Tracking UID names a lesion in every study. Frames
//! exist only where a segment has voxels.
//!
//! One bit is one voxel, the lowest bit of a byte first, and the bits of a frame follow those of
//! the frame before without a gap (PS3.5 section 8.1.1): only the end of all frames is padded.

mod bits;
mod frames;
mod read;
mod segments;
mod write;

pub use read::{ReadFrame, ReadSeg, ReadSegment, read};
pub use segments::{Algorithm, Hand, Segment, Voxels};
pub use write::{Slice, Source, write};

use crate::element::EncodeError;
use crate::guard::GuardError;
use interval_core::fault::Fault;
use interval_core::uid::InstanceUid;
use interval_core::units::Mm;
use interval_core::volume::Misfit;

/// Segmentation Storage (PS3.4 table B.5-1).
pub const SEGMENTATION: &str = "1.2.840.10008.5.1.4.1.1.66.4";

/// A frame lies on a slice when no corner is further away. Series are taken as even when a slice
/// errs by a hundredth of its distance and a direction by a thousandth: a quarter of a millimetre
/// at the edge of a head scan, and slices are rarely nearer than twice that.
const SLICE_TOLERANCE: Mm = Mm(0.3);

/// Why a segmentation cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SegError {
    /// A brain without lesions has no segmentation; the report says so instead.
    #[error("there is nothing to outline: a segmentation needs at least one segment")]
    NoSegments,
    /// A segment without voxels.
    #[error("the segment '{0}' has no voxel")]
    EmptySegment(String),
    /// More segments or voxels than the object can hold.
    #[error("the segmentation is too large: {0}")]
    TooLarge(String),
    /// A mask that lies on another grid than the source series.
    #[error("the mask of '{0}' does not lie on the slices of its source series")]
    OtherGrid(String),
    /// The slices given do not make up the grid given.
    #[error("the source slices do not match the grid: {0}")]
    SlicesOffGrid(String),
    /// A slice names an instance that its series does not have.
    #[error("the source series has no instance {0}")]
    NoSuchInstance(InstanceUid),
    /// Not a data set that may be parsed.
    #[error("the segmentation was refused")]
    Guarded(#[from] GuardError),
    /// The parser does not take it.
    #[error("the segmentation cannot be parsed")]
    Parse(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something else than a BINARY segmentation.
    #[error("the object is not a binary segmentation: {0}")]
    OtherObject(String),
    /// An attribute is absent or makes no sense.
    #[error("the segmentation is not valid: {0}")]
    Invalid(String),
    /// Frames that do not lie on slices of the grid they are wanted on.
    #[error("segment {number} does not lie on the wanted grid: {what}")]
    OffGrid {
        /// Number of the segment.
        number: u16,
        /// Which frame, and how far off.
        what: String,
    },
    /// The object cannot be turned into bytes.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// Voxels and grid do not go together.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

impl SegError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            SegError::Guarded(error) => error.fault(),
            SegError::Parse(_)
            | SegError::OtherObject(_)
            | SegError::Invalid(_)
            | SegError::OffGrid { .. } => Fault::Refused,
            SegError::TooLarge(_) => Fault::Exhausted,
            SegError::NoSegments
            | SegError::EmptySegment(_)
            | SegError::OtherGrid(_)
            | SegError::SlicesOffGrid(_)
            | SegError::NoSuchInstance(_)
            | SegError::Encode(_)
            | SegError::Misfit(_) => Fault::Defect,
        }
    }
}
