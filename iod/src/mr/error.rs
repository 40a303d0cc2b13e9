//! Why a series is not a volume, in words for the radiologist who has to fix it.

use crate::element::EncodeError;
use crate::header::HeaderError;
use interval_core::fault::Fault;
use interval_core::study::Instance;
use interval_core::uid::{InstanceUid, UidError};
use interval_core::volume::Misfit;
use std::fmt;

/// An image as people and machines name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Instance Number (0020,0013).
    pub number: Option<i32>,
    /// SOP Instance UID.
    pub uid: InstanceUid,
}

impl Named {
    /// The names of an instance.
    pub fn of(instance: &Instance) -> Self {
        Self { number: instance.instance_number, uid: instance.uid.clone() }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "image {number} ({})", self.uid),
            None => write!(f, "image {}", self.uid),
        }
    }
}

/// Why a series gives no volume, or a volume no series.
#[derive(Debug, thiserror::Error)]
pub enum MrError {
    /// Too few slices to check their spacing.
    #[error("the series has {found} slices, at least {least} are needed")]
    TooFewSlices {
        /// Slices found.
        found: usize,
        /// Slices needed.
        least: usize,
    },
    /// The header does not say where the image lies, or says it in vectors that span no plane.
    #[error("{0} does not say where it lies in the patient")]
    NoPlane(Named),
    /// Another direction than the first image.
    #[error("{image} lies in another direction than {first}")]
    Turned {
        /// The image.
        image: Named,
        /// First image of the series.
        first: Named,
    },
    /// Another matrix or pixel spacing than the first image.
    #[error("{image} has another matrix or pixel spacing than {first}")]
    OtherMatrix {
        /// The image.
        image: Named,
        /// First image of the series.
        first: Named,
    },
    /// Two images of one place in a series that otherwise has one for each.
    #[error("{image} shows the same place as {other}")]
    Duplicate {
        /// The image.
        image: Named,
        /// The other one.
        other: Named,
    },
    /// Each place was imaged several times: a time series, echoes, b-values.
    #[error("the series holds {volumes} volumes, not one")]
    SeveralVolumes {
        /// Images of each place.
        volumes: usize,
    },
    /// A series of several volumes in which images are absent.
    #[error("the series holds {volumes} volumes and is incomplete: {absent} images are missing")]
    Incomplete {
        /// Images of the places that have most.
        volumes: usize,
        /// Images that are not there.
        absent: usize,
    },
    /// A gap where slices are missing.
    #[error("{slices} slices are missing between {before} and {after}")]
    Gap {
        /// How many.
        slices: usize,
        /// The image before the gap.
        before: Named,
        /// The image after it.
        after: Named,
    },
    /// Slices that are not equally far apart.
    #[error(
        "from {before} to {after} it is {found_mm:.3} mm, elsewhere {usual_mm:.3} mm between slices"
    )]
    Uneven {
        /// The image before the place.
        before: Named,
        /// The image after it.
        after: Named,
        /// Distance found, in mm.
        found_mm: f64,
        /// Median distance, in mm.
        usual_mm: f64,
    },
    /// Slices whose corners do not lie on a line.
    #[error("{image} lies {aside_mm:.3} mm aside of the line through the other slices")]
    Aside {
        /// The image.
        image: Named,
        /// How far, in mm.
        aside_mm: f64,
    },
    /// Several frames in one object: their places are not in the index but in the file.
    #[error("{0} holds several frames, their places are in the file")]
    MultiFrame(Named),
    /// The bytes of an image were not given.
    #[error("the file of {0} is not there")]
    NoFile(Named),
    /// The file cannot be parsed.
    #[error("{image} cannot be read")]
    Unreadable {
        /// The image.
        image: Named,
        /// Why.
        source: HeaderError,
    },
    /// The pixels cannot be decoded.
    #[error("the pixels of {image} cannot be read")]
    Pixels {
        /// The image.
        image: Named,
        /// Why.
        source: crate::pixel::PixelError,
    },
    /// More voxels than we take.
    #[error("the series has {voxels} voxels, more than {most}")]
    TooLarge {
        /// Voxels it has.
        voxels: u64,
        /// Voxels we take.
        most: u64,
    },
    /// Values and grid do not fit, though both were counted here.
    #[error("the slices do not fill the volume")]
    Misfit(#[from] Misfit),
    /// A volume that has no place in a DICOM series.
    #[error("the volume cannot be written as MR images: {0}")]
    NotWritable(&'static str),
    /// A constant of ours is no UID.
    #[error("a constant is not a UID")]
    Uid(#[from] UidError),
    /// The data set cannot be encoded.
    #[error("the image cannot be encoded")]
    Encode(#[from] EncodeError),
}

impl MrError {
    /// What it asks of whoever meets it.
    pub fn fault(&self) -> Fault {
        match self {
            MrError::NoFile(_) => Fault::Unavailable,
            MrError::Misfit(_) | MrError::Uid(_) | MrError::Encode(_) => Fault::Defect,
            _ => Fault::Refused,
        }
    }
}
