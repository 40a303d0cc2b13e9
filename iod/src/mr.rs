//! MR series to volumes and back: order, spacing, codec, rescale, affine.

mod csa;
mod enhanced;
mod error;
mod mosaic;
mod order;
mod stored;
mod volume;
pub mod write;

pub use crate::pixel::is_decodable;
pub use error::{MrError, Named};
pub use order::{SliceOrder, order};
pub use volume::{MrVolume, volume};
