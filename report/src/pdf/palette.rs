//! Colours that people with any kind of colour vision tell apart (Okabe and Ito, 2002), and never
//! alone: each curve and outline has a shape or a dash of its own as well.

use super::sheet::{Colour, Pencil};
use interval_core::lesion::Region;

/// Text.
pub const INK: Colour = Colour([0x16, 0x1A, 0x1E]);
/// Labels and notes.
pub const GREY: Colour = Colour([0x55, 0x5C, 0x63]);
/// Thin lines.
pub const RULE: Colour = Colour([0xB4, 0xBA, 0xC0]);
/// Behind headings of tables.
pub const TINT: Colour = Colour([0xEC, 0xEF, 0xF2]);
/// The watermark.
pub const WATER: Colour = Colour([0x78, 0x7E, 0x84]);
/// Letters on pictures.
pub const WHITE: Colour = Colour([0xFF, 0xFF, 0xFF]);
/// Behind letters on pictures.
pub const BLACK: Colour = Colour([0, 0, 0]);
/// What must be seen.
pub const VERMILLION: Colour = Colour([0xD5, 0x5E, 0x00]);
/// Second curve.
pub const BLUE: Colour = Colour([0x00, 0x72, 0xB2]);
const ORANGE: Colour = Colour([0xE6, 0x9F, 0x00]);
const SKY: Colour = Colour([0x56, 0xB4, 0xE9]);
const YELLOW: Colour = Colour([0xF0, 0xE4, 0x42]);
const GREEN: Colour = Colour([0x00, 0x9E, 0x73]);

/// Width of an outline on a picture, in points.
const OUTLINE_WIDTH: f32 = 0.9;

/// How the outline of a region is drawn on a dark picture.
pub fn outline(region: Region) -> Pencil {
    let (colour, dashes) = match region {
        Region::Enhancing => (ORANGE, vec![]),
        Region::NonEnhancingCore => (SKY, vec![3., 1.5]),
        Region::FlairHyperintensity => (YELLOW, vec![1., 1.2]),
        Region::ResectionCavity => (GREEN, vec![4., 1., 1., 1.]),
    };
    Pencil { width: OUTLINE_WIDTH, colour, dashes }
}

/// A region's name in full.
pub fn region_name(region: Region) -> &'static str {
    match region {
        Region::Enhancing => "enhancing (ET)",
        Region::NonEnhancingCore => "non-enhancing core (NETC)",
        Region::FlairHyperintensity => "FLAIR hyperintensity (SNFH)",
        Region::ResectionCavity => "resection cavity (RC)",
    }
}
