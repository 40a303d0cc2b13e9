//! A series with its files -> one volume.

use super::error::{MrError, Named};
use super::order::{Placed, ordered, single_frame};
use super::{enhanced, mosaic};
use crate::header::open;
use crate::pixel::{Pixels, VALUES_MAX};
use dicom_object::DefaultDicomObject;
use interval_core::digest::Verified;
use interval_core::study::{Instance, Series};
use interval_core::uid::InstanceUid;
use interval_core::volume::Volume;

/// A volume and the images that its slices came from.
#[derive(Debug, Clone, PartialEq)]
pub struct MrVolume {
    /// The values after rescaling, in the unit of the scanner.
    pub volume: Volume<f32>,
    /// The instance of each slice, by growing `k`.
    pub slices: Vec<InstanceUid>,
    /// The frame of each slice within its instance, from 1 (as Referenced Frame Number counts).
    pub frames: Vec<u32>,
}

/// One slice before the volume is filled.
pub(super) struct Slice<'a> {
    /// Where it lies and whose it is.
    pub placed: Placed,
    /// Its frame, from 1.
    pub frame: u32,
    /// Its values, decoded or not yet.
    pub values: Values<'a>,
}

/// The values of a slice.
pub(super) enum Values<'a> {
    /// Still in the bytes of its own file: decoded when its place in the volume is known.
    InFile(&'a [u8]),
    /// Decoded with the other frames of its file.
    Decoded(Vec<f32>),
}

/// Decodes a series into one volume: classic MR, Enhanced MR, Siemens mosaics. Files are matched to
/// instances by digest, in any order; each instance needs its own.
pub fn volume(series: &Series, files: &[Verified<Vec<u8>>]) -> Result<MrVolume, MrError> {
    let mut slices = Vec::new();
    for instance in &series.instances {
        let file = files
            .iter()
            .find(|file| file.digest() == instance.digest)
            .ok_or_else(|| MrError::NoFile(Named::of(instance)))?;
        slices.append(&mut slices_in(instance, file.bytes())?);
    }
    fill(slices)
}

fn slices_in<'a>(instance: &Instance, file: &'a [u8]) -> Result<Vec<Slice<'a>>, MrError> {
    if mosaic::is_mosaic(instance) {
        mosaic::slices(instance, &parsed(instance, file)?)
    } else if enhanced::is_multi_frame(instance) {
        enhanced::slices(instance, &parsed(instance, file)?)
    } else {
        let placed = single_frame(instance)?;
        Ok(vec![Slice { placed, frame: 1, values: Values::InFile(file) }])
    }
}

fn parsed(instance: &Instance, file: &[u8]) -> Result<DefaultDicomObject, MrError> {
    open(file).map_err(|source| MrError::Unreadable { image: Named::of(instance), source })
}

/// Decodes an object, with the name of its image in the error.
pub(super) fn pixels<'a>(
    image: &Named,
    object: &'a DefaultDicomObject,
) -> Result<Pixels<'a>, MrError> {
    Pixels::decode(object).map_err(|source| MrError::Pixels { image: image.clone(), source })
}

fn fill(mut slices: Vec<Slice>) -> Result<MrVolume, MrError> {
    let placed: Vec<Placed> = slices.iter().map(|slice| slice.placed.clone()).collect();
    let ordered = ordered(&placed)?;
    let voxels = ordered.grid.len();
    if voxels as u64 > VALUES_MAX {
        return Err(MrError::TooLarge { voxels: voxels as u64, most: VALUES_MAX });
    }
    let mut all = Vec::with_capacity(voxels);
    for at in &ordered.places {
        let slice = &mut slices[*at];
        all.append(&mut values_of(slice)?);
    }
    Ok(MrVolume {
        volume: Volume::new(ordered.grid, all)?,
        slices: ordered.places.iter().map(|at| placed[*at].name.uid.clone()).collect(),
        frames: ordered.places.iter().map(|at| slices[*at].frame).collect(),
    })
}

fn values_of(slice: &mut Slice) -> Result<Vec<f32>, MrError> {
    let image = &slice.placed.name;
    match &mut slice.values {
        Values::Decoded(values) => Ok(std::mem::take(values)),
        Values::InFile(file) => {
            let unreadable = |source| MrError::Unreadable { image: image.clone(), source };
            let object = open(file).map_err(unreadable)?;
            let pixels = pixels(image, &object)?;
            pixels.values(0).ok_or_else(|| MrError::NoPlane(image.clone()))
        }
    }
}
