//! Private attributes that are safe and that volumes are read by (PS3.15, Retain Safe Private).
//!
//! Anybody can reserve a block under a known name, so the name alone proves nothing: what stays is
//! numbers in the range of what they mean, few enough that no text hides in their bytes.

use super::csa;
use dicom_core::Tag;

/// One private attribute that may stay.
#[derive(Debug)]
struct Safe {
    /// Its block is reserved under this name.
    creator: &'static str,
    group: u16,
    element: u8,
    kind: Kind,
}

/// What its value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Decimal or integer strings, at most so many.
    Texts(usize),
    /// As [`Kind::Texts`], the first one a b-value, to which the scanner may add 1e9.
    BValue(usize),
    /// One whole number in two bytes.
    Word,
    /// One whole number in four bytes.
    Long,
    /// One number in single precision.
    Single,
    /// Numbers in double precision, at most so many.
    Doubles(usize),
    /// The vendor's header of a Siemens image: its numbers stay.
    Header,
}

/// Largest number that stays: echo numbers, b-values, counts, microseconds of a slice.
const NUMBER_MAX: f64 = 1e5;

/// Smallest number that stays and is not zero: a scale slope. Text read as a number in double
/// precision is far below or far beyond.
const NUMBER_MIN: f64 = 1e-9;

/// What GE adds to the b-value of some images.
const B_VALUE_OFFSET: f64 = 1e9;

const fn safe(creator: &'static str, group: u16, element: u8, kind: Kind) -> Safe {
    Safe { creator, group, element, kind }
}

/// Sources: the vendors' conformance statements.
const SAFE: [Safe; 22] = [
    safe("SIEMENS CSA HEADER", 0x0029, 0x10, Kind::Header),
    // Number of images in mosaic, duration of a slice, b-value and its direction, b-matrix,
    // bandwidth per pixel along the phase, times of the slices of a mosaic.
    safe("SIEMENS MR HEADER", 0x0019, 0x0A, Kind::Word),
    safe("SIEMENS MR HEADER", 0x0019, 0x0B, Kind::Texts(1)),
    safe("SIEMENS MR HEADER", 0x0019, 0x0C, Kind::BValue(1)),
    safe("SIEMENS MR HEADER", 0x0019, 0x0E, Kind::Doubles(3)),
    safe("SIEMENS MR HEADER", 0x0019, 0x27, Kind::Doubles(6)),
    safe("SIEMENS MR HEADER", 0x0019, 0x28, Kind::Doubles(1)),
    safe("SIEMENS MR HEADER", 0x0019, 0x29, Kind::Doubles(256)),
    // Diffusion factor, number of slices, slice number.
    safe("Philips Imaging DD 001", 0x2001, 0x03, Kind::Single),
    safe("Philips Imaging DD 001", 0x2001, 0x0A, Kind::Texts(1)),
    safe("Philips Imaging DD 001", 0x2001, 0x18, Kind::Long),
    // Scale intercept and slope, diffusion direction (RL, AP, FH).
    safe("Philips MR Imaging DD 001", 0x2005, 0x0D, Kind::Single),
    safe("Philips MR Imaging DD 001", 0x2005, 0x0E, Kind::Single),
    safe("Philips MR Imaging DD 001", 0x2005, 0xB0, Kind::Single),
    safe("Philips MR Imaging DD 001", 0x2005, 0xB1, Kind::Single),
    safe("Philips MR Imaging DD 001", 0x2005, 0xB2, Kind::Single),
    // b-value, and the direction of diffusion.
    safe("GEMS_PARM_01", 0x0043, 0x39, Kind::BValue(4)),
    safe("GEMS_ACQU_01", 0x0019, 0xBB, Kind::Texts(1)),
    safe("GEMS_ACQU_01", 0x0019, 0xBC, Kind::Texts(1)),
    safe("GEMS_ACQU_01", 0x0019, 0xBD, Kind::Texts(1)),
    // Locations in the acquisition; real, imaginary, phase or magnitude.
    safe("GEMS_RELA_01", 0x0021, 0x4F, Kind::Texts(1)),
    safe("GEMS_PARM_01", 0x0043, 0x2F, Kind::Word),
];

/// The blocks that a data set reserves under names we know (PS3.5 section 7.8.1).
#[derive(Debug, Default)]
pub(super) struct Blocks(Vec<(u16, u8, &'static str)>);

impl Blocks {
    /// Takes a private creator; says whether it stays.
    pub fn reserve(&mut self, tag: Tag, value: &[u8]) -> bool {
        let name = value.trim_ascii_end();
        let safe = SAFE.iter().find(|safe| safe.group == tag.0 && safe.creator.as_bytes() == name);
        if let Some(safe) = safe {
            self.0.push((tag.0, tag.1 as u8, safe.creator));
        }
        safe.is_some()
    }

    /// What stays of the value of a private attribute; none when it goes.
    pub fn value(&self, tag: Tag, value: &[u8], encoding: Order) -> Option<Vec<u8>> {
        let [block, element] = tag.1.to_be_bytes();
        let (_, _, creator) =
            self.0.iter().find(|(group, reserved, _)| (*group, *reserved) == (tag.0, block))?;
        let safe = SAFE.iter().find(|safe| {
            safe.creator == *creator && safe.group == tag.0 && safe.element == element
        })?;
        safe.kind.checked(value, encoding)
    }
}

/// Whether a private attribute reserves a block.
pub(super) fn is_creator(tag: Tag) -> bool {
    (0x0010..=0x00FF).contains(&tag.1)
}

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Kind {
    /// The value when it is what it must be.
    fn checked(self, value: &[u8], order: Order) -> Option<Vec<u8>> {
        let fits = match self {
            Kind::Header => return csa::numbers_alone(value),
            Kind::Texts(most) => are_texts(value, most, |number| number.abs() <= NUMBER_MAX),
            Kind::BValue(most) => are_texts(value, most, |number| {
                number.abs() <= NUMBER_MAX || (number - B_VALUE_OFFSET).abs() <= NUMBER_MAX
            }),
            Kind::Word => value.len() == 2,
            Kind::Long => {
                value.len() == 4 && whole(value, order).is_some_and(|n| n.abs() <= NUMBER_MAX)
            }
            Kind::Single => value.len() == 4 && floats(value, 4, order).all(is_measure),
            Kind::Doubles(most) => {
                !value.is_empty()
                    && value.len().is_multiple_of(8)
                    && value.len() / 8 <= most
                    && floats(value, 8, order).all(is_measure)
            }
        };
        fits.then(|| value.to_vec())
    }
}

fn is_measure(number: f64) -> bool {
    number == 0. || (NUMBER_MIN..=NUMBER_MAX).contains(&number.abs())
}

fn are_texts(value: &[u8], most: usize, fits: impl Fn(f64) -> bool) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let mut numbers = text.trim_matches([' ', '\0']).split('\\');
    let plain = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
            && text.parse().is_ok_and(&fits)
    };
    numbers.by_ref().take(most).all(plain) && numbers.next().is_none()
}

fn whole(value: &[u8], order: Order) -> Option<f64> {
    let bytes = value.try_into().ok()?;
    Some(f64::from(match order {
        Order::Little => i32::from_le_bytes(bytes),
        Order::Big => i32::from_be_bytes(bytes),
    }))
}

/// Numbers of four or eight bytes each.
fn floats(value: &[u8], bytes: usize, order: Order) -> impl Iterator<Item = f64> {
    value.chunks_exact(bytes).map(move |chunk| {
        let mut little = [0; 8];
        little[..bytes].copy_from_slice(chunk);
        if order == Order::Big {
            little[..bytes].reverse();
        }
        let bits = u64::from_le_bytes(little);
        if bytes == 4 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(creator: &str, element: (u16, u16), value: &[u8], stays: bool) {
        let mut blocks = Blocks::default();
        blocks.reserve(Tag(element.0, 0x0010), creator.as_bytes());
        let kept = blocks.value(Tag(element.0, element.1), value, Order::Little);
        assert_eq!(kept.is_some(), stays, "{creator} {element:04X?} {value:?}");
    }

    #[test]
    fn the_numbers_that_volumes_need_stay() {
        check("GEMS_PARM_01", (0x0043, 0x1039), b"1000000800\\8\\0\\0", true);
        check("SIEMENS MR HEADER", (0x0019, 0x100C), b"1000", true);
        check(
            "SIEMENS MR HEADER ",
            (0x0019, 0x100E),
            &[1., 0., 0.].map(f64::to_le_bytes).concat(),
            true,
        );
        check("Philips MR Imaging DD 001", (0x2005, 0x100E), &0.0123_f32.to_le_bytes(), true);
    }
    #[test]
    fn a_known_name_does_not_carry_text() {
        check("GEMS_PARM_01", (0x0043, 0x1039), b"COHEN^SARA", false);
        check("GEMS_PARM_01", (0x0043, 0x1039), b"305123456\\8", false);
        check("GEMS_PARM_01", (0x0043, 0x1039), b"1\\2\\3\\4\\5", false);
        check("SIEMENS MR HEADER", (0x0019, 0x100E), b"COHEN^SARA^ANNA^^^^^^^^^", false);
        check("SIEMENS MR HEADER", (0x0019, 0x1029), b"COHEN^SARA^ANNA ", false);
        check("SIEMENS CSA HEADER", (0x0029, 0x1010), b"COHEN^SARA", false);
    }
    #[test]
    fn an_unknown_name_or_element_goes() {
        check("SIEMENS CSA HEADER2", (0x0029, 0x1010), b"1", false);
        check("GEMS_PARM_01", (0x0043, 0x1027), b"1", false);
        check("GEMS_PARM_01", (0x0043, 0x1139), b"800", false);
        check("GEMS_PARM_01", (0x0045, 0x1039), b"800", false);
    }
}
