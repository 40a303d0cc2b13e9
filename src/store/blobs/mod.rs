//! Objects on the local disk: written once, named by a random id, sealed from the first byte.

mod local;
mod seal;

pub use local::{Blobs, ObjectId, ObjectWriter, SealedObject, Stored};
pub use seal::CHUNK_BYTES;
