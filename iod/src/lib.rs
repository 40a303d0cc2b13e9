//! DICOM objects to and from the core types.

pub mod alteration;
pub mod bulk;
pub mod charset;
pub mod codes;
pub mod deid;
pub mod edition;
pub mod element;
mod encoded;
pub mod frames;
pub mod guard;
pub mod header;
pub mod home;
pub mod json;
pub mod key;
pub mod mint;
pub mod mr;
pub mod part10;
pub mod pdf;
pub mod pixel;
pub mod render;
pub mod seg;
pub mod sr;
pub mod transcode;
pub mod uids;
mod value;
