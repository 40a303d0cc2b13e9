//! Bodies of several parts (RFC 2046 section 5.1, RFC 2387): read and written as they stream. A
//! part is never held as a whole: its bytes go through as slices of the buffers that they came in.
//!
//! A body that ends without its final boundary is refused: what is missing may be an object.

mod head;
mod reader;
mod splitter;
mod writer;

pub use head::Head;
pub use reader::Reader;
pub use splitter::{Splitter, Step};
pub use writer::{Encoder, Piece, Writer};

use crate::media::{MediaError, MediaType};
use interval_core::fault::Fault;
use std::error::Error;
use std::fmt;

/// Longest boundary, in characters (RFC 2046 section 5.1.1).
pub const BOUNDARY_CHARS_MAX: usize = 70;

/// Most bytes of the heads of one part. Real ones have three lines; an address has under 400.
pub const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Most lines of a head.
pub const HEAD_LINES_MAX: usize = 32;

/// Most bytes before the first boundary, and most after the last: nothing is said there.
pub const MARGIN_BYTES_MAX: usize = 8 * 1024;

/// Most parts of one body. A study of 50,000 slices is the largest that we know of.
pub const PARTS_MAX: usize = 100_000;

/// Why a body cannot be taken apart.
#[derive(Debug, thiserror::Error)]
pub enum MultipartError {
    /// The media type is not multipart.
    #[error("the body is not multipart/related")]
    NotMultipart,
    /// The media type cannot be read.
    #[error("the media type of the body cannot be read")]
    Media(#[from] MediaError),
    /// The media type has no boundary, or one that is not allowed.
    #[error("the media type of the body has no valid boundary")]
    Boundary,
    /// There is nothing in the body.
    #[error("the body is empty")]
    Empty,
    /// The first boundary did not come.
    #[error("the body does not begin with its boundary")]
    NoFirstBoundary,
    /// The body ended within a part or before the final boundary.
    #[error("the body ends without its final boundary")]
    Truncated,
    /// The head of a part is too long.
    #[error("the head of part {0} is too long")]
    HeadTooLong(usize),
    /// The head of a part cannot be read.
    #[error("the head of part {0} cannot be read")]
    HeadForm(usize),
    /// There are more parts than are taken.
    #[error("the body has more than {PARTS_MAX} parts")]
    TooManyParts,
    /// There is more after the final boundary than is passed over.
    #[error("the body goes on after its final boundary")]
    TooLong,
    /// The body did not arrive.
    #[error("the body did not arrive")]
    Source(#[source] Box<dyn Error + Send + Sync>),
}

impl MultipartError {
    /// What it asks of the other side.
    pub fn fault(&self) -> Fault {
        match self {
            Self::TooManyParts => Fault::Exhausted,
            Self::Source(_) => Fault::Unavailable,
            _ => Fault::Refused,
        }
    }
}

/// What stands between parts.
#[derive(Clone, PartialEq, Eq)]
pub struct Boundary(String);

impl Boundary {
    /// A boundary, if it is a valid one: `bcharsnospace` at its end, spaces within (RFC 2046
    /// section 5.1.1).
    pub fn parse(text: &str) -> Result<Self, MultipartError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
        let fits = (1..=BOUNDARY_CHARS_MAX).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.ends_with(' ');
        if fits { Ok(Self(text.to_owned())) } else { Err(MultipartError::Boundary) }
    }

    /// A boundary from 128 bits that are to be random: no object may contain it.
    pub fn from_u128(bits: u128) -> Self {
        Self(format!("interval-{bits:032x}"))
    }

    /// The boundary that a Content-Type names, and the type of the root part (the parameter `type`
    /// of RFC 2387) if it is told.
    pub fn of(content_type: &str) -> Result<(Self, Option<MediaType>), MultipartError> {
        let media = MediaType::parse(content_type)?;
        if media.essence() != "multipart/related" {
            return Err(MultipartError::NotMultipart);
        }
        let boundary = media.parameter("boundary").ok_or(MultipartError::Boundary)?;
        let root = media.parameter("type").map(MediaType::parse).transpose()?;
        Ok((Self::parse(boundary)?, root))
    }

    /// As it stands in a Content-Type.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The Content-Type of a body with this boundary whose root part has a type.
    pub fn content_type(&self, root: &str) -> String {
        format!("multipart/related; type=\"{root}\"; boundary=\"{}\"", self.0)
    }
}

impl fmt::Debug for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content_type: &str, expected: Option<(&str, Option<&str>)>) {
        let found = Boundary::of(content_type).ok();
        let told = found
            .as_ref()
            .map(|(boundary, root)| (boundary.as_str(), root.as_ref().map(MediaType::essence)));
        assert_eq!(told, expected);
    }

    #[test]
    fn a_boundary_is_read_with_the_type_of_its_root() {
        check(
            "multipart/related; type=\"application/dicom\"; boundary=abc",
            Some(("abc", Some("application/dicom"))),
        );
        check("Multipart/Related;boundary=\"a b?\"", Some(("a b?", None)));
    }
    #[test]
    fn a_body_without_a_valid_boundary_is_refused() {
        for wrong in [
            "multipart/related",
            "multipart/related; boundary=",
            "multipart/related; boundary=\"a \"",
            "multipart/related; boundary=\"a\\\"b\"",
            "multipart/form-data; boundary=abc",
            "application/dicom",
            "",
        ] {
            check(wrong, None);
        }
        check(&format!("multipart/related; boundary={}", "a".repeat(71)), None);
    }
}
