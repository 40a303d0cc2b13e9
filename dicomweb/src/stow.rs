//! Stores (PS3.18 10.5): what may come, what became of each object, and the answer to it.

mod report;

pub use report::{Outcome, Report, ReportError, Stored};

use crate::media::MediaType;
use crate::multipart::{Boundary, MultipartError};
use interval_core::fault::Fault;

/// Why an object was not kept, or what was done to it (PS3.18 table 10.5.3-1; PS3.4 table B.2-1;
/// PS3.7 annex C). The number stands in Failure Reason (0008,1197) or Warning Reason (0008,1196).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reason(pub u16);

impl Reason {
    /// Processing failure (0110H, 272): we are wrong, or the object cannot be dealt with. It is
    /// also what is said of an object of another study than the address names.
    pub const PROCESSING_FAILURE: Reason = Reason(0x0110);
    /// Duplicate SOP instance (0111H): another object has this UID.
    pub const DUPLICATE: Reason = Reason(0x0111);
    /// Referenced SOP class not supported (0122H, 290).
    pub const CLASS_NOT_SUPPORTED: Reason = Reason(0x0122);
    /// Refused: not authorised (0124H, 292).
    pub const NOT_AUTHORISED: Reason = Reason(0x0124);
    /// Out of resources (A700H).
    pub const OUT_OF_RESOURCES: Reason = Reason(0xA700);
    /// Data set does not match SOP class (A900H).
    pub const DOES_NOT_MATCH_CLASS: Reason = Reason(0xA900);
    /// Cannot understand (C000H).
    pub const CANNOT_UNDERSTAND: Reason = Reason(0xC000);
    /// Referenced transfer syntax not supported (C122H).
    pub const SYNTAX_NOT_SUPPORTED: Reason = Reason(0xC122);
    /// Warning: coercion of data elements (B000H).
    pub const COERCED: Reason = Reason(0xB000);
    /// Warning: elements discarded (B006H).
    pub const DISCARDED: Reason = Reason(0xB006);
    /// Warning: data set does not match SOP class (B007H).
    pub const MISMATCH_KEPT: Reason = Reason(0xB007);

    /// The reason of a fault, where no better one is known.
    pub fn of_fault(fault: Fault) -> Self {
        match fault {
            Fault::Refused => Self::CANNOT_UNDERSTAND,
            Fault::Exhausted | Fault::Unavailable => Self::OUT_OF_RESOURCES,
            Fault::Defect => Self::PROCESSING_FAILURE,
        }
    }

    /// What it asks of whoever sent the object.
    pub fn fault(self) -> Fault {
        match self.0 {
            0xA700..=0xA7FF => Fault::Exhausted,
            0x0110 => Fault::Defect,
            _ => Fault::Refused,
        }
    }
}

/// The body of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Objects, each in a part.
    Parts(Boundary),
    /// One object (PS3.18 10.5.1.4).
    Single,
}

/// Why a body cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum StowError {
    /// Not of a type that is stored here: 415.
    #[error("objects are sent as multipart/related; type=\"application/dicom\"")]
    MediaType,
    /// No boundary, or a body that cannot be taken apart: 400.
    #[error(transparent)]
    Body(#[from] MultipartError),
}

impl StowError {
    /// What it asks of the other side.
    pub fn fault(&self) -> Fault {
        match self {
            Self::MediaType => Fault::Refused,
            Self::Body(error) => error.fault(),
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::MediaType => 415,
            Self::Body(MultipartError::TooManyParts) => 413,
            Self::Body(_) => 400,
        }
    }
}

impl Payload {
    /// By the Content-Type of a request. Metadata with bulk data apart (`application/dicom+json`,
    /// `application/dicom+xml`) are not taken.
    pub fn of(content_type: Option<&str>) -> Result<Self, StowError> {
        let said = content_type.ok_or(StowError::MediaType)?;
        let media = MediaType::parse(said).map_err(|_| StowError::MediaType)?;
        match media.essence() {
            "application/dicom" => return Ok(Self::Single),
            "multipart/related" => {}
            _ => return Err(StowError::MediaType),
        }
        let (boundary, root) = Boundary::of(said)?;
        match root.as_ref().map(MediaType::essence) {
            None | Some("application/dicom") => Ok(Self::Parts(boundary)),
            Some(_) => Err(StowError::MediaType),
        }
    }

    /// Whether a part is an object: its head says so, or nothing.
    pub fn is_object(content_type: Option<&MediaType>) -> bool {
        content_type.is_none_or(|media| media.essence() == "application/dicom")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content_type: &str, expected: Result<&str, u16>) {
        let payload = Payload::of(Some(content_type));
        let told = payload.as_ref().map(|payload| match payload {
            Payload::Parts(boundary) => boundary.as_str(),
            Payload::Single => "single",
        });
        assert_eq!(told.map_err(StowError::status), expected, "{content_type}");
    }

    #[test]
    fn objects_come_in_parts_or_alone() {
        check("multipart/related; type=\"application/dicom\"; boundary=b", Ok("b"));
        check("multipart/related; boundary=b", Ok("b"));
        check("application/dicom", Ok("single"));
    }
    #[test]
    fn another_type_is_415_and_no_boundary_is_400() {
        check("multipart/related; type=\"application/dicom+json\"; boundary=b", Err(415));
        check("application/json", Err(415));
        check("", Err(415));
        check("multipart/related; type=\"application/dicom\"", Err(400));
    }
    #[test]
    fn a_reason_asks_what_its_status_asks() {
        for fault in [Fault::Refused, Fault::Exhausted, Fault::Defect] {
            assert_eq!(Reason::of_fault(fault).fault(), fault);
        }
    }
}
