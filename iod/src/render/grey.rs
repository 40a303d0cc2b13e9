//! Values as shades of grey: modality rescale, then window, then inversion (PS3.4 N.2).

use super::{Function, Window, is_window};
use crate::encoded::tree::Node;
use crate::frames::image::Signedness;
use crate::frames::{Image, Numbers};
use crate::header::attributes::Attributes;
use crate::header::either;
use dicom_core::Tag;
use dicom_dictionary_std::tags;

/// White.
const WHITE: f32 = 255.;

/// One frame to be drawn.
pub(super) struct Grey<'a> {
    pub image: &'a Image,
    pub numbers: Numbers,
    /// From 0.
    pub index: u32,
}

impl Grey<'_> {
    /// A byte for each pixel.
    pub fn draw(&self, stored: &[u8], root: Node, window: Option<Window>) -> Vec<u8> {
        let attributes = Attributes::of_frame(root, self.index as usize);
        let values = self.values(stored);
        let transformed = tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE;
        let term = |tag| either(&[transformed, tag], |path| attributes.number(path));
        let slope = term(tags::RESCALE_SLOPE).filter(|slope| *slope != 0.).unwrap_or(1.);
        let intercept = term(tags::RESCALE_INTERCEPT).unwrap_or(0.);
        let shades = match window.or_else(|| own_window(&attributes)) {
            Some(window) => Shades::of(window, slope, intercept),
            None => self.full_range(&values, &attributes, slope),
        };
        let mut drawn = shades.draw(&values);
        if self.image.photometric == "MONOCHROME1" {
            for shade in &mut drawn {
                *shade = 255 - *shade;
            }
        }
        drawn
    }

    /// Stored values, before any rescale.
    fn values(&self, stored: &[u8]) -> Vec<f32> {
        let Image { bits_allocated, bits_stored, high_bit, signed, .. } = *self.image;
        if bits_allocated == 1 {
            let bit = |at: usize| f32::from(stored[at / 8] >> (at % 8) & 1);
            return (0..self.image.pixels().min(stored.len() * 8)).map(bit).collect();
        }
        if self.numbers == Numbers::Floating {
            return floats(stored, bits_allocated);
        }
        // Bits outside of Bits Stored do not count: the value is moved to the top and back.
        let up = |width: u32| width - 1 - high_bit.min(width - 1);
        let down = |width: u32| width - bits_stored;
        match (bits_allocated, signed) {
            (8, Signedness::Unsigned) => {
                let (up, down) = (up(8), down(8));
                stored.iter().map(|cell| f32::from(cell << up >> down)).collect()
            }
            (8, Signedness::Signed) => {
                let (up, down) = (up(8), down(8));
                stored.iter().map(|cell| f32::from((cell << up).cast_signed() >> down)).collect()
            }
            (16, Signedness::Unsigned) => {
                let (up, down) = (up(16), down(16));
                let value = |cell: &[u8; 2]| f32::from(u16::from_le_bytes(*cell) << up >> down);
                stored.as_chunks().0.iter().map(value).collect()
            }
            (16, Signedness::Signed) => {
                let (up, down) = (up(16), down(16));
                let value = |cell: &[u8; 2]| f32::from(i16::from_le_bytes(*cell) << up >> down);
                stored.as_chunks().0.iter().map(value).collect()
            }
            (32, Signedness::Unsigned) => {
                let (up, down) = (up(32), down(32));
                let value = |cell: &[u8; 4]| (u32::from_le_bytes(*cell) << up >> down) as f32;
                stored.as_chunks().0.iter().map(value).collect()
            }
            (32, Signedness::Signed) => {
                let (up, down) = (up(32), down(32));
                let value = |cell: &[u8; 4]| (i32::from_le_bytes(*cell) << up >> down) as f32;
                stored.as_chunks().0.iter().map(value).collect()
            }
            _ => {
                let value = |cell: &[u8; 8]| i64::from_le_bytes(*cell) as f32;
                stored.as_chunks().0.iter().map(value).collect()
            }
        }
    }

    /// From the least to the greatest value, padding left out (PS3.3 C.7.5.1.1.2). Segments are
    /// from nothing to full.
    fn full_range(&self, values: &[f32], attributes: &Attributes<Node>, slope: f64) -> Shades {
        let padding = self.padding(attributes);
        let counts = |value: &f32| {
            value.is_finite() && padding.is_none_or(|(from, to)| *value < from || *value > to)
        };
        let (mut least, mut most) = (f32::INFINITY, f32::NEG_INFINITY);
        for value in values.iter().filter(|value| counts(value)) {
            least = least.min(*value);
            most = most.max(*value);
        }
        if self.image.bits_allocated == 1 {
            (least, most) = (0., 1.);
        }
        let scale = if most > least { WHITE / (most - least) } else { 0. };
        if slope < 0. {
            Shades::Line { scale: -scale, offset: most * scale }
        } else {
            Shades::Line { scale, offset: if scale > 0. { -least * scale } else { 0. } }
        }
    }

    /// Pixel Padding Value and Range Limit (0028,0120, 0028,0121), the lesser first.
    fn padding(&self, attributes: &Attributes<Node>) -> Option<(f32, f32)> {
        let sign = 1i64 << (self.image.bits_allocated - 1).min(62);
        let value = |tag: Tag| {
            let stated: i64 = attributes.whole(&[tag])?;
            // Written as US where the pixels are signed.
            let wraps = self.image.signed == Signedness::Signed && stated >= sign;
            Some(if wraps { stated - 2 * sign } else { stated } as f32)
        };
        let first = value(tags::PIXEL_PADDING_VALUE)?;
        let limit = value(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(first);
        Some((first.min(limit), first.max(limit)))
    }
}

fn floats(stored: &[u8], bits: u32) -> Vec<f32> {
    if bits == 64 {
        let value = |cell: &[u8; 8]| f64::from_le_bytes(*cell) as f32;
        return stored.as_chunks().0.iter().map(value).collect();
    }
    stored.as_chunks().0.iter().map(|cell: &[u8; 4]| f32::from_le_bytes(*cell)).collect()
}

/// The first window of the frame or the object.
fn own_window(attributes: &Attributes<Node>) -> Option<Window> {
    let term = |tag| either(&[tags::FRAME_VOILUT_SEQUENCE, tag], |path| attributes.number(path));
    let function =
        either(&[tags::FRAME_VOILUT_SEQUENCE, tags::VOILUT_FUNCTION], |path| attributes.text(path));
    let window = Window {
        centre: term(tags::WINDOW_CENTER)?,
        width: term(tags::WINDOW_WIDTH)?,
        function: function.and_then(|name| Function::named(&name)).unwrap_or_default(),
    };
    is_window(&window).then_some(window)
}

/// How stored values become shades.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shades {
    /// `scale * value + offset`, within black and white.
    Line { scale: f32, offset: f32 },
    /// White divided by `1 + e^(scale * value + offset)`.
    Curve { scale: f32, offset: f32 },
}

impl Shades {
    /// The window on rescaled values, as a function of stored ones.
    fn of(window: Window, slope: f64, intercept: f64) -> Self {
        let Window { centre, width, function } = window;
        let white = f64::from(WHITE);
        // A line through the middle of the window; LINEAR reaches white one value early (PS3.3
        // C.11.2.1.2.1).
        let line = |middle: f64, width: f64| {
            let scale = white / width;
            let offset = (intercept - middle) * scale + white / 2.;
            Shades::Line { scale: (scale * slope) as f32, offset: offset as f32 }
        };
        match function {
            Function::Linear if width > 1. => line(centre - 0.5, width - 1.),
            // At a width of 1 values are black or white; no step is narrower.
            Function::Linear => line(centre - 0.5, f64::from(f32::EPSILON)),
            Function::LinearExact => line(centre, width),
            Function::Sigmoid => {
                let scale = -4. / width;
                let offset = (intercept - centre) * scale;
                Shades::Curve { scale: (scale * slope) as f32, offset: offset as f32 }
            }
        }
    }

    fn draw(self, values: &[f32]) -> Vec<u8> {
        // A float becomes a byte by the nearest end of the range; what is no number is black.
        match self {
            Shades::Line { scale, offset } => {
                values.iter().map(|value| (value * scale + (offset + 0.5)) as u8).collect()
            }
            Shades::Curve { scale, offset } => {
                let shade = |value: &f32| WHITE / (1. + (value * scale + offset).exp());
                values.iter().map(|value| (shade(value) + 0.5) as u8).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(function: Function, centre: f64, width: f64, value: f32, expected: u8) {
        let shades = Shades::of(Window { centre, width, function }, 1., 0.);
        assert_eq!(shades.draw(&[value]), [expected]);
    }

    #[test]
    fn a_linear_window_ends_where_the_standard_says() {
        // PS3.3 C.11.2.1.2.1: centre 2048, width 4096 tells 0 to 4095 apart.
        check(Function::Linear, 2048., 4096., 0., 0);
        check(Function::Linear, 2048., 4096., 4095., 255);
        check(Function::Linear, 2048., 4096., 2047.5, 128);
        check(Function::Linear, 2048., 1., 2047., 0);
        check(Function::Linear, 2048., 1., 2048., 255);
    }
    #[test]
    fn an_exact_one_ends_at_half_its_width() {
        check(Function::LinearExact, 0., 2., -1., 0);
        check(Function::LinearExact, 0., 2., 0.5, 191);
        check(Function::LinearExact, 0., 2., 7., 255);
    }
    #[test]
    fn a_sigmoid_is_half_at_its_centre() {
        check(Function::Sigmoid, 100., 50., 100., 128);
        check(Function::Sigmoid, 100., 50., 1e6, 255);
        check(Function::Sigmoid, 100., 50., -1e6, 0);
    }
    #[test]
    fn the_window_is_on_rescaled_values() {
        let window = Window { centre: 0., width: 200., function: Function::LinearExact };
        assert_eq!(Shades::of(window, 2., -100.).draw(&[0., 50., 100.]), [0, 128, 255]);
    }
}
