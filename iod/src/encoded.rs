//! The bytes of an object that came past the guard, read where they lie: nothing is copied but what
//! was deflated.

pub(crate) mod tree;
pub(crate) mod walk;

use crate::guard::element::Encoding;
use crate::guard::{Guard, GuardError};
use flate2::{Decompress, FlushDecompress, Status};
use interval_core::uid::SyntaxUid;
use std::borrow::Cow;
use std::ops::Range;
use tree::Tree;
use walk::Walk;

/// First step of the room for what a deflated data set opens to, in bytes.
const INFLATED_STEP_BYTES: usize = 256 * 1024;

/// How much of an object has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Up to the pixels; the bytes may end anywhere in them.
    Header,
    /// All of it.
    Whole,
}

/// A data set behind the guard.
#[derive(Debug)]
pub(crate) struct Encoded<'a> {
    /// Transfer Syntax UID (0002,0010).
    pub syntax: SyntaxUid,
    /// How its elements are written.
    pub encoding: Encoding,
    /// The data set as it is kept.
    pub kept: &'a [u8],
    /// The data set, inflated where it was deflated.
    pub data_set: Cow<'a, [u8]>,
}

impl<'a> Encoded<'a> {
    /// Scans a Part 10 file and stands at its data set.
    pub fn open(part10: &'a [u8], extent: Extent) -> Result<Self, GuardError> {
        let mut guard = Guard::part10();
        guard.take(part10)?;
        let Some(opened) = guard.opened() else {
            return Err(guard.finish().err().unwrap_or(GuardError::NotPart10));
        };
        if extent == Extent::Whole || !guard.has_reached_pixels() {
            guard.finish()?;
        }
        let bytes = part10.get(opened.data_set as usize..).unwrap_or_default();
        let data_set = if opened.is_deflated { inflate(bytes)?.into() } else { bytes.into() };
        Ok(Self { syntax: opened.syntax, encoding: opened.encoding, kept: bytes, data_set })
    }

    /// Its elements in their order.
    pub fn walk(&self) -> Walk<'_> {
        Walk::new(&self.data_set, self.encoding)
    }

    /// Some of its bytes, lent from the file where that is possible.
    pub fn piece(&self, range: Range<usize>) -> Cow<'a, [u8]> {
        match &self.data_set {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(range).unwrap_or_default()),
            Cow::Owned(bytes) => Cow::Owned(bytes.get(range).unwrap_or_default().to_vec()),
        }
    }

    /// Its elements up to the pixels, to be looked up.
    pub fn header(&self) -> Tree<'_> {
        Tree::header(self.walk())
    }
}

/// Opens a deflated data set as far as it goes. The guard has measured it.
fn inflate(bytes: &[u8]) -> Result<Vec<u8>, GuardError> {
    let mut stream = Decompress::new(false);
    let mut opened = Vec::with_capacity(INFLATED_STEP_BYTES.max(bytes.len().saturating_mul(2)));
    loop {
        let rest = &bytes[stream.total_in() as usize..];
        let before = (stream.total_in(), stream.total_out());
        let status = stream
            .decompress_vec(rest, &mut opened, FlushDecompress::None)
            .map_err(|_| GuardError::NotDeflated)?;
        let stuck = before == (stream.total_in(), stream.total_out());
        if status == Status::StreamEnd || (stuck && opened.len() < opened.capacity()) {
            return Ok(opened);
        }
        if opened.len() == opened.capacity() {
            opened.reserve(opened.len().max(INFLATED_STEP_BYTES));
        }
    }
}
