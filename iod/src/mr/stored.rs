//! Values -> 16-bit stored pixels.

use super::error::MrError;
use crate::element::DataSet;
use crate::value::decimal_string;
use dicom_dictionary_std::tags;
use interval_core::volume::Volume;

/// Bits Allocated (0028,0100) of MR images (PS3.3 C.8.3.1.1.2).
const BITS: u16 = 16;

/// A volume's values and how they are stored.
pub(super) struct Stored<'a> {
    volume: &'a Volume<f32>,
    least: f32,
    most: f32,
    cells: Cells,
}

/// How a value becomes 16 bits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cells {
    /// Whole numbers from 0.
    Unsigned,
    /// Whole numbers, some below 0.
    Signed,
    /// `value = slope * stored + intercept`, stored from 0.
    Spread { slope: f64, intercept: f64 },
}

impl<'a> Stored<'a> {
    /// Chooses the way that loses least.
    pub fn of(volume: &'a Volume<f32>) -> Result<Self, MrError> {
        let voxels = volume.voxels();
        if voxels.iter().any(|value| !value.is_finite()) {
            return Err(MrError::NotWritable("some of its values are not finite"));
        }
        let least = voxels.iter().copied().fold(f32::INFINITY, f32::min);
        let most = voxels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let whole = voxels.iter().all(|value| value.fract() == 0.);
        let cells = if whole && least >= 0. && most <= f32::from(u16::MAX) {
            Cells::Unsigned
        } else if whole && least >= f32::from(i16::MIN) && most <= f32::from(i16::MAX) {
            Cells::Signed
        } else {
            spread(f64::from(least), f64::from(most))
        };
        Ok(Self { volume, least, most, cells })
    }

    /// Image Pixel, VOI window and, where values are spread, the rescale (PS3.3 C.7.6.3, C.11).
    pub fn describe(&self, set: &mut DataSet) {
        let signed = u16::from(self.cells == Cells::Signed);
        set.words(tags::SAMPLES_PER_PIXEL, &[1])
            .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .words(tags::BITS_ALLOCATED, &[BITS])
            .words(tags::BITS_STORED, &[BITS])
            .words(tags::HIGH_BIT, &[BITS - 1])
            .words(tags::PIXEL_REPRESENTATION, &[signed]);
        let (least, most) = (f64::from(self.least), f64::from(self.most));
        set.decimals(tags::WINDOW_CENTER, &[f64::midpoint(least, most)])
            .decimals(tags::WINDOW_WIDTH, &[(most - least).max(1.)]);
        if let Cells::Spread { slope, intercept } = self.cells {
            set.decimals(tags::RESCALE_INTERCEPT, &[intercept])
                .decimals(tags::RESCALE_SLOPE, &[slope])
                .text(tags::RESCALE_TYPE, "US");
        }
    }

    /// The stored pixels of slice `k`: row by row.
    pub fn words_of(&self, k: usize) -> Vec<u16> {
        let [columns, rows, _] = self.volume.grid().shape;
        let plane = &self.volume.voxels()[k * columns * rows..(k + 1) * columns * rows];
        plane.iter().map(|value| self.cells.word(*value)).collect()
    }
}

impl Cells {
    fn word(self, value: f32) -> u16 {
        match self {
            Cells::Unsigned => value as u16,
            Cells::Signed => (value as i16).cast_unsigned(),
            Cells::Spread { slope, intercept } => {
                ((f64::from(value) - intercept) / slope).round() as u16
            }
        }
    }
}

/// Slope and intercept as they will be read back from their 16 characters.
fn spread(least: f64, most: f64) -> Cells {
    let as_written = |value: f64| decimal_string(value).parse().unwrap_or(value);
    let slope = (most - least) / f64::from(u16::MAX);
    let slope = if slope > 0. { as_written(slope) } else { 1. };
    Cells::Spread { slope, intercept: as_written(least) }
}
