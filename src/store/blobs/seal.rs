//! The seam where bytes are sealed on their way to the disk and opened on their way back.
//!
//! Every object passes here from its first byte, and every row that names an object says how it
//! is sealed. Keys come with encryption at rest; until then there is one way: none.

use std::borrow::Cow;
use std::str::FromStr;

/// How an object is sealed; a column of every row that names an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SealedBy {
    /// The bytes lie as they are.
    #[default]
    None,
}

/// The column says something that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a way of sealing that this version knows")]
pub struct UnknownSeal(pub String);

impl SealedBy {
    /// The word in the column.
    pub fn as_str(self) -> &'static str {
        match self {
            SealedBy::None => "none",
        }
    }

    /// The next piece on its way to the disk.
    pub(super) fn seal(self, piece: &[u8]) -> Cow<'_, [u8]> {
        match self {
            SealedBy::None => Cow::Borrowed(piece),
        }
    }

    /// A whole object on its way back.
    pub fn open(self, object: Vec<u8>) -> Vec<u8> {
        match self {
            SealedBy::None => object,
        }
    }
}

impl FromStr for SealedBy {
    type Err = UnknownSeal;
    fn from_str(text: &str) -> Result<Self, UnknownSeal> {
        match text {
            "none" => Ok(SealedBy::None),
            other => Err(UnknownSeal(other.to_owned())),
        }
    }
}
