//! Whether a person may be named in the pixels themselves, where no rule reaches.

use crate::uids::{ENHANCED_MR_IMAGE, LEGACY_CONVERTED_ENHANCED_MR_IMAGE, MR_IMAGE};
use std::fmt;

/// Secondary Capture Image Storage and its multi-frame kinds (PS3.4 table B.5-1).
const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";
/// Segmentation Storage and Label Map Segmentation Storage: their pixels are labels.
const SEGMENTATIONS: [&str; 2] = ["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"];
/// MR classes: pixels of the scanner, or computed from them.
const MR: [&str; 3] = [MR_IMAGE, ENHANCED_MR_IMAGE, LEGACY_CONVERTED_ENHANCED_MR_IMAGE];
/// Values of Image Type (0008,0008) for copies of a screen.
const SCREENS: [&str; 4] = ["SCREEN SAVE", "SCREENSHOT", "SCREEN", "SCREENSAVE"];

/// Why there may be text in the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Burned In Annotation (0028,0301) is YES.
    Stated,
    /// A secondary capture that does not say that it is free of text.
    SecondaryCapture,
    /// Image Type (0008,0008) says it is a copy of a screen.
    Screen,
    /// A derived picture in colour, or of no MR class, that does not say that it is free of text.
    Derived,
    /// Graphics in the unused bits of the pixels (60xx,0102).
    OverlayInPixels,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Evidence::Stated => "it says so",
            Evidence::SecondaryCapture => "it is a secondary capture",
            Evidence::Screen => "it is a copy of a screen",
            Evidence::Derived => "it is a derived picture",
            Evidence::OverlayInPixels => "graphics are stored among the pixels",
        })
    }
}

/// What the top of the data set says of its picture.
#[derive(Debug, Clone, Default)]
pub(super) struct Picture {
    /// Burned In Annotation (0028,0301).
    pub annotation: String,
    /// Image Type (0008,0008), values by a backslash.
    pub image_type: String,
    /// Photometric Interpretation (0028,0004); empty without pixels.
    pub photometric: String,
    /// Overlay Bit Position (60xx,0102) is not 0.
    pub overlays_in_pixels: usize,
}

impl Picture {
    /// What speaks for text in the pixels of an object of this class.
    pub fn evidence(&self, class: &str) -> Option<Evidence> {
        let says = |value: &str| self.image_type.split('\\').any(|v| v.trim() == value);
        let is_free = self.annotation == "NO";
        let is_derived = says("DERIVED") && says("SECONDARY");
        let is_grey = self.photometric.starts_with("MONOCHROME");
        let has_pixels = !self.photometric.is_empty();
        if self.annotation == "YES" {
            Some(Evidence::Stated)
        } else if SCREENS.into_iter().any(says) {
            Some(Evidence::Screen)
        } else if self.overlays_in_pixels > 0 {
            Some(Evidence::OverlayInPixels)
        } else if is_free || !has_pixels || SEGMENTATIONS.contains(&class) {
            None
        } else if class.starts_with(SECONDARY_CAPTURE) && is_capture(class) {
            Some(Evidence::SecondaryCapture)
        } else if is_derived && !(is_grey && MR.contains(&class)) {
            Some(Evidence::Derived)
        } else {
            None
        }
    }
}

fn is_capture(class: &str) -> bool {
    class
        .strip_prefix(SECONDARY_CAPTURE)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7.2";

    #[track_caller]
    fn check(
        class: &str,
        [annotation, image_type, photometric]: [&str; 3],
        expected: Option<Evidence>,
    ) {
        let picture = Picture {
            annotation: annotation.into(),
            image_type: image_type.into(),
            photometric: photometric.into(),
            overlays_in_pixels: 0,
        };
        assert_eq!(picture.evidence(class), expected);
    }

    #[test]
    fn what_says_so_is_believed() {
        check(MR_IMAGE, ["YES", "ORIGINAL\\PRIMARY", "MONOCHROME2"], Some(Evidence::Stated));
        check(MR_IMAGE, ["NO", "ORIGINAL\\SCREEN SAVE", "MONOCHROME2"], Some(Evidence::Screen));
    }
    #[test]
    fn a_capture_or_a_coloured_derivation_must_deny_it() {
        let capture = ["", "DERIVED\\SECONDARY", "RGB"];
        check(CAPTURE, capture, Some(Evidence::SecondaryCapture));
        check(MR_IMAGE, capture, Some(Evidence::Derived));
        check(
            "1.2.840.10008.5.1.4.1.1.2",
            ["", "DERIVED\\SECONDARY", "MONOCHROME2"],
            Some(Evidence::Derived),
        );
        check(CAPTURE, ["NO", "DERIVED\\SECONDARY", "RGB"], None);
    }
    #[test]
    fn pixels_of_a_scanner_are_taken() {
        check(MR_IMAGE, ["", "ORIGINAL\\PRIMARY\\M", "MONOCHROME2"], None);
        check(MR_IMAGE, ["", "DERIVED\\SECONDARY\\MPR", "MONOCHROME2"], None);
        check("1.2.840.10008.5.1.4.1.1.88.34", ["", "", ""], None);
        check("1.2.840.10008.5.1.4.1.1.74.1", ["", "", ""], None);
    }
    #[test]
    fn graphics_among_the_pixels_are_seen() {
        let picture = Picture { overlays_in_pixels: 1, ..Picture::default() };
        assert_eq!(picture.evidence(MR_IMAGE), Some(Evidence::OverlayInPixels));
    }
}
