//! Volumes as `.nii.gz` bytes. The `nifti` crate writes only to paths, so the 348 header bytes
//! are laid down here; the same volume always gives the same bytes.

use super::{NiftiError, affine};
use flate2::{Compression, GzBuilder};
use interval_core::geometry::Grid;
use interval_core::volume::{LabelMap, Mask, Volume};
use std::io::Write;

/// NIfTI-1 datatype code and bits per voxel.
const UINT8: (i16, i16) = (2, 8);
/// NIfTI-1 datatype code and bits per voxel.
const FLOAT32: (i16, i16) = (16, 32);
/// `xyzt_units`: millimetres and seconds.
const UNITS_MM_S: u8 = 2 | 8;
/// sform and qform code: scanner coordinates.
const SCANNER: i16 = 1;
/// Where the voxels start: after the header and four zero bytes ("no extension").
const VOXELS_AT: usize = 352;

/// A `.nii.gz` file of float32 values.
pub fn write(volume: &Volume<f32>) -> Result<Vec<u8>, NiftiError> {
    let bytes = volume.voxels().iter().flat_map(|value| value.to_le_bytes());
    file(volume.grid(), FLOAT32, bytes)
}

/// A `.nii.gz` file of uint8 labels.
pub fn write_labels(map: &LabelMap) -> Result<Vec<u8>, NiftiError> {
    file(map.grid(), UINT8, map.voxels().iter().copied())
}

/// A `.nii.gz` file of uint8: 1 inside, 0 outside.
pub fn write_mask(mask: &Mask) -> Result<Vec<u8>, NiftiError> {
    file(mask.grid(), UINT8, mask.voxels().iter().map(|inside| u8::from(*inside)))
}

/// Header and voxels, compressed.
fn file(
    grid: &Grid,
    kind: (i16, i16),
    voxels: impl Iterator<Item = u8>,
) -> Result<Vec<u8>, NiftiError> {
    let mut bytes = header(grid, kind)?;
    bytes.extend(voxels);
    // no name and no time in the gzip header: the bytes depend on the volume alone
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::fast());
    packed.write_all(&bytes).map_err(NiftiError::Compress)?;
    packed.finish().map_err(NiftiError::Compress)
}

/// The header, at the offsets of nifti1.h.
fn header(grid: &Grid, (datatype, bits): (i16, i16)) -> Result<Vec<u8>, NiftiError> {
    let mut bytes = vec![0; VOXELS_AT];
    let place = affine::place(grid);
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &348_i32.to_le_bytes());
    put(40, &3_i16.to_le_bytes());
    for axis in 0..4 {
        let length = grid.shape.get(axis).copied().unwrap_or(1);
        let length = i16::try_from(length).map_err(|_| NiftiError::DoesNotFit(grid.shape))?;
        put(42 + 2 * axis, &length.to_le_bytes());
        put(76 + 4 * axis, &place.pixdim[axis].to_le_bytes());
    }
    put(70, &datatype.to_le_bytes());
    put(72, &bits.to_le_bytes());
    put(108, &(VOXELS_AT as f32).to_le_bytes());
    put(112, &1_f32.to_le_bytes());
    put(123, &[UNITS_MM_S]);
    put(252, &SCANNER.to_le_bytes());
    put(254, &SCANNER.to_le_bytes());
    for (i, part) in place.quaternion.iter().enumerate() {
        put(256 + 4 * i, &part.to_le_bytes());
    }
    for (i, row) in place.sform.iter().enumerate() {
        put(268 + 4 * i, &row[3].to_le_bytes());
        for (j, cell) in row.iter().enumerate() {
            put(280 + 16 * i + 4 * j, &cell.to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    Ok(bytes)
}
