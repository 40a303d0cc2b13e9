//! From file bytes to a trusted header and exactly the voxel bytes it declares, within limits.

use super::{NiftiError, shape, voxel_bytes};
use flate2::read::GzDecoder;
use nifti::NiftiHeader;
use std::io::Read;

/// Voxel bytes we accept: 512 x 512 x 1024 float32. The largest head series in use, 512 slices of
/// 512 x 512 at 0.5 mm, are half of it; two such volumes still fit into a worker's memory.
const VOXEL_BYTES_MAX: usize = 1 << 30;
/// Length of the fixed header (NIfTI-1 `sizeof_hdr`).
const HEADER_BYTES: usize = 348;
/// Where voxels may start at the earliest: the header and its four extension bytes.
const VOXELS_AT_MIN: usize = 352;
/// Where voxels may start at the latest: extensions hold text such as processing history.
const VOXELS_AT_MAX: usize = 16 << 20;
/// No deflate stream expands by more than this (RFC 1951: 258 bytes from 2 bits), so a small file
/// that promises more is refused before anything is inflated.
const DEFLATE_RATIO_MAX: usize = 1032;

/// The header, and the voxel bytes it declares: no more and no less.
pub(super) fn open(bytes: &[u8]) -> Result<(NiftiHeader, Vec<u8>), NiftiError> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let reach = bytes.len().saturating_mul(DEFLATE_RATIO_MAX);
        take(GzDecoder::new(bytes), reach)
    } else {
        take(bytes, bytes.len())
    }
}

/// Reads from a source that cannot hold more than `reach` bytes.
fn take(mut source: impl Read, reach: usize) -> Result<(NiftiHeader, Vec<u8>), NiftiError> {
    let mut fixed = [0; HEADER_BYTES];
    source.read_exact(&mut fixed).map_err(|cause| NiftiError::NotNifti(cause.to_string()))?;
    let header = checked(&fixed)?;
    let voxels: usize = shape(&header)?.iter().product();
    let declared = voxels as u128 * voxel_bytes(&header)? as u128;
    if declared > VOXEL_BYTES_MAX as u128 {
        return Err(NiftiError::TooLarge { declared, limit: VOXEL_BYTES_MAX });
    }
    let declared = declared as usize;
    let skip = voxels_at(&header)? - HEADER_BYTES;
    if declared.saturating_add(skip) > reach {
        return Err(NiftiError::Truncated { declared, found: reach.min(declared) });
    }
    let found = std::io::copy(&mut source.by_ref().take(skip as u64), &mut std::io::sink());
    if found.ok() != Some(skip as u64) {
        return Err(NiftiError::Truncated { declared, found: 0 });
    }
    let mut raw = Vec::new();
    // a broken stream is told by what it gave before it broke
    let _ = source.take(declared as u64).read_to_end(&mut raw);
    if raw.len() != declared {
        return Err(NiftiError::Truncated { declared, found: raw.len() });
    }
    Ok((header, raw))
}

/// The header, if it is one, with a scaling that is either valid or absent.
fn checked(fixed: &[u8; HEADER_BYTES]) -> Result<NiftiHeader, NiftiError> {
    let size = [fixed[0], fixed[1], fixed[2], fixed[3]];
    match (i32::from_le_bytes(size), i32::from_be_bytes(size)) {
        (348, _) | (_, 348) => {}
        (540, _) | (_, 540) => return Err(NiftiError::Unsupported("NIfTI-2")),
        _ => return Err(NiftiError::NotNifti("the header has the wrong length".into())),
    }
    let mut header = NiftiHeader::from_reader(fixed.as_slice())
        .map_err(|cause| NiftiError::NotNifti(cause.to_string()))?;
    if &header.magic != b"n+1\0" {
        return Err(NiftiError::Unsupported("its voxels are in a second file (.hdr and .img)"));
    }
    if !(header.scl_slope.is_finite() && header.scl_inter.is_finite()) || header.scl_slope == 0. {
        (header.scl_slope, header.scl_inter) = (1., 0.);
    }
    Ok(header)
}

/// Where the voxels start, in bytes from the start of the (inflated) file.
fn voxels_at(header: &NiftiHeader) -> Result<usize, NiftiError> {
    let at = header.vox_offset;
    // several writers leave 0 and mean the minimum
    if at == 0. {
        return Ok(VOXELS_AT_MIN);
    }
    if !(VOXELS_AT_MIN as f32..=VOXELS_AT_MAX as f32).contains(&at) {
        return Err(NiftiError::NotNifti(format!("voxels cannot start at byte {at}")));
    }
    Ok(at as usize)
}
