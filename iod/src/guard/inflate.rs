//! Deflated data sets (PS3.5 section A.5), opened a little at a time under a limit.

use super::GuardError;
use super::scan::Scanner;
use flate2::{Decompress, FlushDecompress, Status};

/// Bytes opened at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// A data set may inflate to this size whatever it was before: an empty label map of 512 x 512 x
/// 200 voxels does, from a few tens of kilobytes.
const INFLATED_FREE_BYTES: u64 = 64 << 20;

/// Beyond that, at most this much for each received byte. MR images reach 2 to 4, DEFLATE's own
/// limit is 1032 (RFC 1951: 258 bytes from two bits).
const INFLATION_MAX: u64 = 64;

/// The opened part of a deflated data set runs through here into the scan.
pub(super) struct Inflater {
    stream: Decompress,
    chunk: Box<[u8; CHUNK_BYTES]>,
    ended: bool,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Inflater({} bytes in, {} out)", self.stream.total_in(), self.stream.total_out())
    }
}

impl Inflater {
    /// Nothing opened yet. DICOM's deflated data sets have no zlib header.
    pub fn new() -> Self {
        Self { stream: Decompress::new(false), chunk: Box::new([0; CHUNK_BYTES]), ended: false }
    }

    /// Opens a piece and scans what comes out. What follows the end of the stream is padding.
    pub fn take(&mut self, mut piece: &[u8], scanner: &mut Scanner) -> Result<(), GuardError> {
        while !self.ended {
            let (before_in, before_out) = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress(piece, &mut self.chunk[..], FlushDecompress::None)
                .map_err(|_| GuardError::NotDeflated)?;
            let used = (self.stream.total_in() - before_in) as usize;
            let made = (self.stream.total_out() - before_out) as usize;
            piece = &piece[used..];
            self.check_inflation()?;
            scanner.take(&self.chunk[..made])?;
            self.ended = status == Status::StreamEnd;
            let stuck = used == 0 && made == 0;
            if stuck || (piece.is_empty() && made < CHUNK_BYTES) {
                break;
            }
        }
        Ok(())
    }

    /// The bytes have ended: was the stream complete?
    pub fn finish(&self) -> Result<(), GuardError> {
        if self.ended { Ok(()) } else { Err(GuardError::Truncated { at: self.stream.total_in() }) }
    }

    fn check_inflation(&self) -> Result<(), GuardError> {
        let allowed = INFLATED_FREE_BYTES.max(self.stream.total_in().saturating_mul(INFLATION_MAX));
        if self.stream.total_out() > allowed { Err(GuardError::Inflated) } else { Ok(()) }
    }
}
