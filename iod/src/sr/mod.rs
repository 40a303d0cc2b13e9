//! Structured reports (PS3.16 TID 1500): what was measured, as data that another machine can read.

pub mod content;
pub mod report;
pub mod tid1500;

mod evidence;
mod group;
mod library;
mod overall;
mod timepoint;

use crate::element::EncodeError;
use interval_core::fault::Fault;

/// Comprehensive 3D SR Storage (PS3.4 table B.5-1).
pub const COMPREHENSIVE_3D_SR: &str = "1.2.840.10008.5.1.4.1.1.88.34";

/// Why a structured report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SrError {
    /// Nothing to say anything about.
    #[error("a report needs at least one timepoint")]
    NoTimepoint,
    /// More timepoints than one report holds.
    #[error("a report holds at most {max} timepoints, not {given}")]
    TooManyTimepoints {
        /// Timepoints given.
        given: usize,
        /// Most that are taken.
        max: usize,
    },
    /// The parts of the report do not belong together.
    #[error("the report does not hold together: {0}")]
    Incoherent(String),
    /// The object cannot be turned into bytes.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl SrError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            SrError::TooManyTimepoints { .. } => Fault::Exhausted,
            SrError::NoTimepoint | SrError::Incoherent(_) | SrError::Encode(_) => Fault::Defect,
        }
    }
}
