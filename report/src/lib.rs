//! Findings to a signed document: what a radiologist reads on two pages, and the seal that shows
//! that nobody changed it since.
//!
//! - [`findings`]: what goes into a report. [`conclusion`]: the sentences that sum it up.
//! - [`pdf`]: the two pages, first as lists of marks with their places ([`pdf::sheet`]), then as
//!   the bytes of a PDF/A-2b file. The same findings give the same bytes.
//! - [`sign`]: the machine's seal, PAdES baseline B-B (ETSI EN 319 142-1), and its check.
//!
//! Nothing here has a clock or a source of randomness: both are passed in.

pub mod change;
pub mod conclusion;
pub mod findings;
pub mod pdf;
pub mod sign;
pub mod timestamp;
