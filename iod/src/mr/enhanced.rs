//! The frames of an Enhanced MR object (PS3.3 A.36) as slices.

use super::error::{MrError, Named};
use super::order::Placed;
use super::volume::{Slice, Values, pixels};
use crate::header::attributes::Attributes;
use crate::header::plane;
use crate::uids::{ENHANCED_MR_IMAGE, LEGACY_CONVERTED_ENHANCED_MR_IMAGE};
use dicom_object::DefaultDicomObject;
use interval_core::study::Instance;

/// Whether the places of the frames are in functional groups.
pub(super) fn is_multi_frame(instance: &Instance) -> bool {
    let class = instance.class.as_str();
    instance.frames != 1
        || class == ENHANCED_MR_IMAGE
        || class == LEGACY_CONVERTED_ENHANCED_MR_IMAGE
}

/// Each frame, where its functional groups place it.
pub(super) fn slices<'a>(
    instance: &Instance,
    object: &DefaultDicomObject,
) -> Result<Vec<Slice<'a>>, MrError> {
    let name = Named::of(instance);
    let pixels = pixels(&name, object)?;
    (0..pixels.frames())
        .map(|index| {
            let attributes = Attributes::of_frame(&**object, index as usize);
            let nowhere = || MrError::NoPlane(name.clone());
            Ok(Slice {
                placed: Placed {
                    name: name.clone(),
                    plane: plane(&attributes).ok_or_else(nowhere)?,
                },
                frame: index + 1,
                values: Values::Decoded(pixels.values(index).ok_or_else(nowhere)?),
            })
        })
        .collect()
}
