//! DICOM objects to and from the core types.

pub mod guard;
pub mod header;
pub mod mint;
pub mod mr;
pub mod part10;
pub mod pixel;
pub mod uids;
pub mod codes;
mod element;
pub mod home;
pub mod seg;
