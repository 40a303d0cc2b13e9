//! Two A4 pages from findings: laid out as [`sheet::Sheet`]s, then written as PDF/A-2b.
//!
//! Nothing flows over: each part has its room, and what does not fit is counted ("and 8 more").

mod chart;
mod figure;
mod first_page;
mod flow;
mod lesions;
mod method;
mod page;
mod paint;
mod palette;
mod second_page;
pub mod sheet;
mod table;
pub mod text;
mod timeline;
mod working;

use crate::findings::Findings;
use interval_core::fault::Fault;
use sheet::Sheet;
use text::Fonts;

/// Shown at the foot of every page that no human stands for.
pub const DISCLAIMER: &str = "Research use only. Not a medical device. Not for diagnosis or \
    treatment decisions. AI-generated; must be verified by a qualified physician.";

/// Shown at the foot of every page that a human signed.
pub const DISCLAIMER_SIGNED: &str = "Research use only. Not a medical device. Not for diagnosis or \
    treatment decisions. AI-generated; reviewed and signed by the person named here.";

/// Shown across every page.
pub const WATERMARK: &str = "RESEARCH USE ONLY - NOT A MEDICAL DEVICE";

/// Shown in the header of every page that no human stands for.
pub const BADGE: &str = "PRELIMINARY - not verified by a physician";

/// Shown in the header of every page that a human signed as it was found.
pub const BADGE_VERIFIED: &str = "VERIFIED - signed by a physician";

/// Shown in the header of every page that a human corrected and signed.
pub const BADGE_AMENDED: &str = "AMENDED - corrected and signed by a physician";

/// Shown with the seal.
pub const SEAL_NOTE: &str = "machine seal - not clinician approval";

/// Largest side of a key image, in pixels. Larger ones are not sharper on paper.
pub const KEY_IMAGE_SIDE_MAX: usize = 2048;

/// Why a report was not made.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The built-in face cannot be read.
    #[error("the report's letters cannot be loaded")]
    Font,
    /// A key image does not have the pixels that its size says, or no size that can be shown.
    #[error("the key image '{title}' has {pixels} grey values for {width} by {height} pixels")]
    KeyImage {
        /// Its title.
        title: String,
        /// Grey values given.
        pixels: usize,
        /// Pixels in a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// The PDF could not be written.
    #[error("the report could not be written: {0}")]
    Write(String),
}

impl PdfError {
    /// What the failure asks of the caller: a report that we cannot write is our mistake.
    pub fn fault(&self) -> Fault {
        Fault::Defect
    }
}

/// Lays out the pages of a report.
pub fn lay_out(findings: &Findings) -> Result<Vec<Sheet>, PdfError> {
    let fonts = Fonts::new()?;
    findings.key_images.iter().try_for_each(figure::check)?;
    let mut sheets = vec![Sheet::default(), Sheet::default()];
    let pages = sheets.len();
    for (index, sheet) in sheets.iter_mut().enumerate() {
        let body = page::open(sheet, &fonts, findings, [index + 1, pages]);
        match index {
            0 => first_page::fill(sheet, &fonts, findings, body),
            _ => second_page::fill(sheet, &fonts, findings, body),
        }
        page::close(sheet, &fonts, findings, [index + 1, pages]);
    }
    Ok(sheets)
}

/// Makes the PDF of a report, unsealed. The same findings give the same bytes.
pub fn compose(findings: &Findings) -> Result<Vec<u8>, PdfError> {
    paint::write(&lay_out(findings)?, findings)
}
