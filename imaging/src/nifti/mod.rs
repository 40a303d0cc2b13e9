//! NIfTI-1 files as volumes: the only place that knows the format.
//!
//! A file may come from anywhere, so the header is checked and its size bounded before any voxel
//! is inflated. Voxels keep the order in which they are stored; the affine is turned from NIfTI's
//! RAS into the patient space of DICOM.

mod affine;
mod inflate;
mod write;

pub use write::{write, write_labels, write_mask};

use interval_core::fault::Fault;
use interval_core::volume::{LabelMap, Volume};
use nifti::{InMemNiftiVolume, IntoNdArray, NiftiHeader, NiftiType};

/// Why bytes are not a volume, or a volume not a file.
#[derive(Debug, thiserror::Error)]
pub enum NiftiError {
    /// The bytes are not a single-file NIfTI-1 image.
    #[error("this is not a NIfTI-1 file (.nii or .nii.gz): {0}")]
    NotNifti(String),
    /// NIfTI-2, or a header whose voxels are in another file.
    #[error("this kind of NIfTI is not read: {0}")]
    Unsupported(&'static str),
    /// Two or more frames, or no voxels.
    #[error("a single 3D image is needed, but the file holds {0:?} voxels")]
    NotOneVolume(Vec<u16>),
    /// Larger than any head we can work on.
    #[error("the header declares {declared} bytes of voxels; the limit is {limit}")]
    TooLarge {
        /// Bytes that the header's dimensions and type multiply to.
        declared: u128,
        /// Bytes we accept.
        limit: usize,
    },
    /// The file ends, or its compression breaks, before the voxels that the header promises.
    #[error("the file holds {found} of the {declared} bytes its header declares")]
    Truncated {
        /// Bytes the header asks for.
        declared: usize,
        /// Bytes that were there.
        found: usize,
    },
    /// No usable map from voxels to millimetres.
    #[error("the header does not say where the voxels are: {0}")]
    NoPlace(&'static str),
    /// A value that is not a whole number from 0 to 255.
    #[error("voxel {offset} has value {value}, which is not a label from 0 to 255")]
    NotALabel {
        /// Position in memory of the first such voxel.
        offset: usize,
        /// What is there.
        value: f32,
    },
    /// The `nifti` reader refused what the checks above let through.
    #[error("the voxels could not be decoded")]
    Decode(#[source] nifti::NiftiError),
    /// The grid does not fit into the 16-bit dimensions of NIfTI-1.
    #[error("a grid of {0:?} does not fit into a NIfTI-1 file")]
    DoesNotFit([usize; 3]),
    /// Compression failed.
    #[error("the file could not be compressed")]
    Compress(#[source] std::io::Error),
}

impl NiftiError {
    /// What the caller should do about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::TooLarge { .. } => Fault::Exhausted,
            Self::DoesNotFit(_) | Self::Compress(_) => Fault::Defect,
            _ => Fault::Refused,
        }
    }
}

/// The image in the bytes of a `.nii` or `.nii.gz` file: slope and intercept applied, voxels in
/// stored order, placed by sform, else qform, else voxel sizes.
pub fn read(bytes: &[u8]) -> Result<Volume<f32>, NiftiError> {
    let (header, raw) = inflate::open(bytes)?;
    decoded(&header, raw)
}

/// The voxels as numbers on their grid.
fn decoded(header: &NiftiHeader, raw: Vec<u8>) -> Result<Volume<f32>, NiftiError> {
    let grid = affine::grid(header)?;
    let decoded = InMemNiftiVolume::from_raw_data(header, raw)
        .and_then(IntoNdArray::into_ndarray::<f32>)
        .map_err(NiftiError::Decode)?;
    let (voxels, _) = decoded.into_raw_vec_and_offset();
    let declared = grid.len();
    Volume::new(grid, voxels)
        .map_err(|misfit| NiftiError::Truncated { declared, found: misfit.voxels })
}

/// The label map in the bytes of a `.nii` or `.nii.gz` file: every value must be a whole number
/// from 0 to 255.
pub fn read_labels(bytes: &[u8]) -> Result<LabelMap, NiftiError> {
    let (header, raw) = inflate::open(bytes)?;
    let unscaled = header.scl_slope == 1. && header.scl_inter == 0.;
    if unscaled && matches!(header.data_type(), Ok(NiftiType::Uint8)) {
        // bytes as they are: a detour over floats would take four times the memory
        let (grid, found) = (affine::grid(&header)?, raw.len());
        let declared = grid.len();
        return Volume::new(grid, raw).map_err(|_| NiftiError::Truncated { declared, found });
    }
    let volume = decoded(&header, raw)?;
    let stray = volume.voxels().iter().position(|v| !(0. ..=255.).contains(v) || v.fract() != 0.);
    match stray {
        Some(offset) => Err(NiftiError::NotALabel { offset, value: volume.voxels()[offset] }),
        None => Ok(volume.map(|value| *value as u8)),
    }
}

/// The shape of a file that holds exactly one 3D image.
fn shape(header: &NiftiHeader) -> Result<[usize; 3], NiftiError> {
    let dims = header.dim().map_err(|cause| NiftiError::NotNifti(cause.to_string()))?;
    match dims {
        [i, j, k, rest @ ..] if rest.iter().all(|n| *n == 1) => Ok([*i, *j, *k].map(usize::from)),
        _ => Err(NiftiError::NotOneVolume(dims.to_vec())),
    }
}

/// Bytes one voxel takes, for the types that are numbers.
fn voxel_bytes(header: &NiftiHeader) -> Result<usize, NiftiError> {
    let kind = header.data_type().map_err(|cause| NiftiError::NotNifti(cause.to_string()))?;
    match kind {
        NiftiType::Uint8 | NiftiType::Int8 => Ok(1),
        NiftiType::Uint16 | NiftiType::Int16 => Ok(2),
        NiftiType::Uint32 | NiftiType::Int32 | NiftiType::Float32 => Ok(4),
        NiftiType::Uint64 | NiftiType::Int64 | NiftiType::Float64 => Ok(8),
        _ => Err(NiftiError::Unsupported("its voxels are colours or complex numbers")),
    }
}

#[cfg(test)]
mod tests;
