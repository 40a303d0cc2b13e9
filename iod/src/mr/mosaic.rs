//! Siemens mosaics: the slices of a volume side by side in one classic MR image. DICOM knows
//! nothing of it; what is needed stands in the vendor's private elements.

use super::error::{MrError, Named};
use super::order::Placed;
use super::volume::{Slice, Values, pixels};
use crate::header::attributes::Attributes;
use dicom_core::header::HasLength;
use dicom_dictionary_std::tags;
use dicom_object::DefaultDicomObject;
use interval_core::study::{Instance, Plane};

/// Value of Image Type (0008,0008) that says so.
const MOSAIC: &str = "MOSAIC";
/// Owner of the vendor's header, as its block is reserved (PS3.5 section 7.8.1).
const CSA_OWNER: &str = "SIEMENS CSA HEADER";
/// Image header within that block.
const CSA_IMAGE_GROUP: u16 = 0x0029;
/// See [`CSA_IMAGE_GROUP`].
const CSA_IMAGE_ELEMENT: u8 = 0x10;

/// Whether the image is a mosaic.
pub(super) fn is_mosaic(instance: &Instance) -> bool {
    instance.acquisition.image_type.iter().any(|value| value == MOSAIC)
}

/// The tiles of a mosaic, each in its place.
pub(super) fn slices<'a>(
    instance: &Instance,
    object: &DefaultDicomObject,
) -> Result<Vec<Slice<'a>>, MrError> {
    let name = Named::of(instance);
    let nowhere = || MrError::NoPlane(name.clone());
    let mosaic = Mosaic::read(instance, object).ok_or_else(nowhere)?;
    let pixels = pixels(&name, object)?;
    let values = pixels.values(0).ok_or_else(nowhere)?;
    Ok((0..mosaic.tiles)
        .map(|tile| Slice {
            placed: Placed { name: name.clone(), plane: mosaic.plane_of(tile) },
            frame: 1,
            values: Values::Decoded(mosaic.values_of(tile, &values)),
        })
        .collect())
}

/// How the tiles lie in the picture and in the patient.
struct Mosaic {
    /// The plane of the whole picture.
    whole: Plane,
    /// Slices; the last places of the square may be empty.
    tiles: usize,
    /// Tiles in a row of the square.
    across: usize,
    /// From one slice to the next, LPS mm.
    step: [f64; 3],
}

impl Mosaic {
    fn read(instance: &Instance, object: &DefaultDicomObject) -> Option<Self> {
        let whole = instance.plane?;
        let header = object.private_element(CSA_IMAGE_GROUP, CSA_OWNER, CSA_IMAGE_ELEMENT).ok()?;
        let header = (!header.is_empty()).then(|| header.to_bytes().ok()).flatten()?;
        let tiles = super::csa::numbers(&header, "NumberOfImagesInMosaic");
        let tiles = *tiles.first().filter(|tiles| (1. ..=1024.).contains(*tiles))? as usize;
        let normal: [f64; 3] = super::csa::numbers(&header, "SliceNormalVector").try_into().ok()?;
        let attributes = Attributes::of(&**object);
        let between = attributes
            .number(&[tags::SPACING_BETWEEN_SLICES])
            .or(whole.slice_thickness_mm)
            .filter(|between| *between > 0.)?;
        let across = (1..=tiles).find(|side| side * side >= tiles)?;
        let square =
            [whole.columns, whole.rows].iter().all(|n| (*n as usize).is_multiple_of(across));
        square.then_some(Self { whole, tiles, across, step: normal.map(|n| n * between) })
    }

    /// Columns and rows of a tile.
    fn extent(&self) -> [usize; 2] {
        [self.whole.columns as usize / self.across, self.whole.rows as usize / self.across]
    }

    /// The position that the header states is where the first voxel would be if the whole picture
    /// were one slice: the centre is right, the corner is not.
    fn plane_of(&self, tile: usize) -> Plane {
        let [columns, rows] = self.extent();
        let [between_rows, between_columns] = self.whole.pixel_spacing_mm;
        let right = (self.whole.columns as usize - columns) as f64 / 2. * between_columns;
        let down = (self.whole.rows as usize - rows) as f64 / 2. * between_rows;
        let position = [0, 1, 2].map(|axis| {
            self.whole.position[axis]
                + right * self.whole.orientation[axis]
                + down * self.whole.orientation[3 + axis]
                + tile as f64 * self.step[axis]
        });
        Plane { position, columns: columns as u32, rows: rows as u32, ..self.whole }
    }

    fn values_of(&self, tile: usize, values: &[f32]) -> Vec<f32> {
        let [columns, rows] = self.extent();
        let (left, top) = (tile % self.across * columns, tile / self.across * rows);
        let width = self.whole.columns as usize;
        (top..top + rows)
            .filter_map(|row| values.get(row * width + left..row * width + left + columns))
            .flatten()
            .copied()
            .collect()
    }
}
