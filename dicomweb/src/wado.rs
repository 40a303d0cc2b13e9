//! Retrieval (PS3.18 10.4): which frames, how an image is to look, which bytes of a body, whether
//! the client has it already; and the heads of the parts that go out.

mod condition;
mod frames;
mod parts;
mod range;
mod rendered;

pub use condition::{ETag, Freshness};
pub use frames::{FRAMES_MAX, frames};
pub use parts::{bulk_head, content_type, frame_head, object_head};
pub use range::{ByteRange, Unsatisfiable, content_range};
pub use rendered::{Annotation, IccProfile, Region, Rendering, Shape, Viewport, Window};

use crate::parameters::ParameterError;
use interval_core::fault::Fault;

/// Why a retrieval cannot be answered: 400. The sentences name parameters and never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WadoError {
    /// The address cannot be read.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// No list of frame numbers.
    #[error("frames are asked for by different numbers from 1, with commas between them")]
    Frames,
    /// More frames than are given at once.
    #[error("more than {FRAMES_MAX} frames are asked for at once")]
    TooManyFrames,
    /// No quality.
    #[error("quality is a whole number from 1 to 100")]
    Quality,
    /// No viewport.
    #[error("viewport is width,height or width,height,x,y,width,height in pixels")]
    Viewport,
    /// No window.
    #[error("window is center,width,function with a width above 0")]
    Window,
    /// No annotation.
    #[error("annotation is patient, technique or both")]
    Annotation,
    /// No colour profile.
    #[error("iccprofile is no, yes, srgb, adobergb, rommrgb or displayp3")]
    IccProfile,
}

impl WadoError {
    /// What it asks of the other side.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}
