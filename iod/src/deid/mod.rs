//! De-identification for the processing zone (PS3.15 Annex E).
//!
//! The Basic Application Level Confidentiality Profile with the options Clean Graphics, Clean
//! Structured Content, Clean Descriptors, Retain Longitudinal Modified Dates, Retain Patient
//! Characteristics, Retain Device Identity (a site may switch it off) and Retain Safe Private.
//! Stricter than the profile in one thing: what no list names does not pass. The pixels are passed
//! through as they are; an object whose pixels may name a person is refused.
//!
//! The data set is never parsed into a tree: the guard has proved its structure, so its elements
//! are judged one by one and copied, replaced or left out.

pub mod burned;
mod charset;
pub mod cloak;
mod csa;
mod date;
mod mark;
mod private;
mod rewrite;
mod table;
mod value;
mod wire;
mod words;

use crate::guard::element::Encoding;
use crate::guard::{Guard, GuardError, OBJECT_BYTES_MAX};
use crate::part10;
use crate::uids::{DEFLATED_EXPLICIT_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE};
use burned::Evidence;
use cloak::Cloak;
use dicom_core::Tag;
use interval_core::fault::Fault;
use interval_core::patient::{Deidentified, Warrant};
use interval_core::uid::{SyntaxUid, UidError};
use std::borrow::Cow;
use std::io::Read;

/// Why an object cannot enter the processing zone.
#[derive(Debug, thiserror::Error)]
pub enum DeidError {
    /// The scan refused it.
    #[error("the object was refused")]
    Guard(#[from] GuardError),
    /// A person may be named in the pixels: a human must look.
    #[error("there may be text in the image itself: {0}")]
    BurnedIn(Evidence),
    /// A replaced value does not fit its length field.
    #[error("element {0} is too long once its identifiers are replaced")]
    TooLong(Tag),
    /// The deflated data set cannot be opened.
    #[error("the deflated data set cannot be opened")]
    Deflated(#[source] std::io::Error),
    /// The scan passed a structure that cannot be walked: the mistake is ours.
    #[error("at byte {at} of the data set its structure was lost")]
    Lost {
        /// Offset in the data set.
        at: usize,
    },
    /// A UID of ours is none: the mistake is ours.
    #[error("a UID of this program is not valid")]
    OwnUid(#[source] UidError),
}

impl DeidError {
    /// What is to be done about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Guard(_) | Self::BurnedIn(_) | Self::TooLong(_) | Self::Deflated(_) => {
                Fault::Refused
            }
            Self::Lost { .. } | Self::OwnUid(_) => Fault::Defect,
        }
    }
}

/// The object without an identity: a whole Part 10 file for a whole Part 10 file. UIDs and dates
/// are those of the patient's cloak; the transfer syntax stays, but for a deflated data set, which
/// comes out as Explicit VR Little Endian.
pub fn deidentify(original: &[u8], cloak: &Cloak) -> Result<Deidentified<Vec<u8>>, DeidError> {
    let mut guard = Guard::part10();
    guard.take(original)?;
    let scanned = guard.finish()?;
    let identity = scanned.identity?;
    let body = original.get(scanned.data_set as usize..).unwrap_or_default();
    let (body, syntax) = plain(body, scanned.syntax)?;
    let mut file =
        part10::prefix(&cloak.uid(&identity.class), &cloak.uid(&identity.instance), &syntax, "");
    let written = rewrite::data_set(&body, encoding(&syntax), cloak)?;
    if let Some(evidence) = written.picture.evidence(identity.class.as_str()) {
        return Err(DeidError::BurnedIn(evidence));
    }
    file.extend_from_slice(&written.bytes);
    Ok(Deidentified::declare(file, Warrant::Profile))
}

/// The data set as it can be walked, and the transfer syntax it then has.
fn plain(body: &[u8], syntax: SyntaxUid) -> Result<(Cow<'_, [u8]>, SyntaxUid), DeidError> {
    if syntax.as_str() != DEFLATED_EXPLICIT_LITTLE {
        return Ok((Cow::Borrowed(body), syntax));
    }
    let mut inflated = Vec::new();
    // The guard has inflated it before, within the same limit.
    flate2::read::DeflateDecoder::new(body)
        .take(OBJECT_BYTES_MAX)
        .read_to_end(&mut inflated)
        .map_err(DeidError::Deflated)?;
    Ok((Cow::Owned(inflated), EXPLICIT_LITTLE.parse().map_err(DeidError::OwnUid)?))
}

fn encoding(syntax: &SyntaxUid) -> Encoding {
    match syntax.as_str() {
        IMPLICIT_LITTLE => Encoding::ImplicitLittle,
        EXPLICIT_BIG => Encoding::ExplicitBig,
        _ => Encoding::ExplicitLittle,
    }
}
