//! Colours as they are stored, to red, green and blue (PS3.3 C.7.6.3.1.2).

use super::{RenderError, not_drawn};
use crate::encoded::tree::Node;
use crate::frames::Image;
use crate::frames::image::Planes;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

/// The tables of a palette: descriptor and data of red, green and blue.
const PALETTE: [(Tag, Tag); 3] = [
    (tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA),
    (
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ),
    (tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA),
];

/// Entries of a table whose descriptor says 0 (PS3.3 C.7.6.3.1.5).
const ENTRIES_OF_ZERO: usize = 65_536;

/// Three samples a pixel.
pub(super) fn direct(image: &Image, stored: &[u8]) -> Result<Vec<u8>, RenderError> {
    let bytes = eight_bits(image, stored)?;
    match image.photometric.as_str() {
        "RGB" => Ok(interleaved(image, bytes)),
        "YBR_FULL" => {
            let mut bytes = interleaved(image, bytes);
            for pixel in bytes.as_chunks_mut().0 {
                *pixel = rgb(*pixel);
            }
            Ok(bytes)
        }
        // Two pixels share their colours: Y, Y, Cb, Cr.
        "YBR_FULL_422" => {
            let pairs = bytes.as_chunks().0.iter();
            let both = |[one, two, blue, red]: &[u8; 4]| {
                [rgb([*one, *blue, *red]), rgb([*two, *blue, *red])].concat()
            };
            Ok(pairs.flat_map(both).collect())
        }
        _ => Err(not_drawn(image)),
    }
}

fn eight_bits(image: &Image, stored: &[u8]) -> Result<Vec<u8>, RenderError> {
    let shift = image.bits_stored.saturating_sub(8);
    match image.bits_allocated {
        8 => Ok(stored.to_vec()),
        16 => {
            let high = |cell: &[u8; 2]| (u16::from_le_bytes(*cell) >> shift) as u8;
            Ok(stored.as_chunks().0.iter().map(high).collect())
        }
        _ => Err(not_drawn(image)),
    }
}

fn interleaved(image: &Image, bytes: Vec<u8>) -> Vec<u8> {
    if image.planes == Planes::Interleaved {
        return bytes;
    }
    let pixels = image.pixels();
    let (red, rest) = bytes.split_at(pixels.min(bytes.len()));
    let (green, blue) = rest.split_at(pixels.min(rest.len()));
    let colours = red.iter().zip(green).zip(blue);
    colours.flat_map(|((red, green), blue)| [*red, *green, *blue]).collect()
}

/// From luminance and colour differences (ITU-R BT.601, all values used).
fn rgb([luminance, blue, red]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(luminance), f32::from(blue) - 128., f32::from(red) - 128.);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb]
        .map(|colour| (colour + 0.5) as u8)
}

/// One sample a pixel, which names an entry of each table (PS3.3 C.7.6.3.1.5 and C.7.6.3.1.6).
pub(super) fn by_palette(image: &Image, stored: &[u8], root: Node) -> Result<Vec<u8>, RenderError> {
    if image.samples != 1 {
        return Err(not_drawn(image));
    }
    let tables: Vec<Table> = PALETTE
        .iter()
        .map_while(|(descriptor, data)| Table::read(root, *descriptor, *data))
        .collect();
    let [red, green, blue] = tables.as_slice() else { return Err(RenderError::Palette) };
    let colours = |index: usize| [red.shade(index), green.shade(index), blue.shade(index)];
    match image.bits_allocated {
        8 => Ok(stored.iter().flat_map(|cell| colours(usize::from(*cell))).collect()),
        16 => {
            let cells = stored.as_chunks().0.iter();
            Ok(cells.flat_map(|cell| colours(usize::from(u16::from_le_bytes(*cell)))).collect())
        }
        _ => Err(not_drawn(image)),
    }
}

/// The table of one colour.
struct Table {
    /// Value of the first entry.
    first: usize,
    shades: Vec<u8>,
}

impl Table {
    fn read(root: Node, descriptor: Tag, data: Tag) -> Option<Self> {
        let text = root.text(descriptor)?;
        let numbers: Option<Vec<i64>> = text.split('\\').map(|part| part.parse().ok()).collect();
        let [entries, first, bits] = numbers?.try_into().ok()?;
        let entries = if entries <= 0 { ENTRIES_OF_ZERO } else { entries as usize };
        let (vr, bytes) = root.value(data)?;
        let words: Vec<u16> = if matches!(vr, VR::OW | VR::US) {
            root.text(data)?.split('\\').map_while(|word| word.parse().ok()).collect()
        } else {
            bytes.as_chunks().0.iter().map(|cell| u16::from_le_bytes(*cell)).collect()
        };
        let shades: Vec<u8> = if bits == 8 && words.len() < entries {
            // Two entries in a word, the lower byte first.
            words.iter().flat_map(|word| word.to_le_bytes()).take(entries).collect()
        } else {
            let shift = if bits == 8 { 0 } else { 8 };
            words.iter().map(|word| (word >> shift) as u8).take(entries).collect()
        };
        let first = usize::try_from(first).ok()?;
        (!shades.is_empty()).then_some(Self { first, shades })
    }

    /// What lies outside of the table has the shade of its nearest end.
    fn shade(&self, index: usize) -> u8 {
        let entry = index.saturating_sub(self.first).min(self.shades.len() - 1);
        self.shades[entry]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_differences_of_zero_are_grey() {
        assert_eq!(rgb([77, 128, 128]), [77, 77, 77]);
        assert_eq!(rgb([76, 85, 255]), [254, 0, 0]);
        assert_eq!(rgb([255, 255, 255]), [255, 121, 255]);
    }
}
