//! What goes into a report: who, what was measured, which pictures, when.

use crate::timestamp::Timestamp;
use interval_core::assessment::Assessment;
use interval_core::lesion::Region;
use interval_core::role::SeriesRole;
use interval_core::timepoint::Date;
use interval_core::uid::SeriesUid;
use interval_core::units::Mm;

/// Everything a report is made from.
#[derive(Debug, Clone)]
pub struct Findings<'a> {
    /// Whose report it is, and of which examination.
    pub header: Header,
    /// What was measured and judged.
    pub assessment: &'a Assessment,
    /// Pictures, the most important one first. [`KEY_IMAGES_MAX`] of them are shown.
    pub key_images: Vec<KeyImage>,
    /// The series that were measured, in the order of the timepoints.
    pub series: Vec<SourceSeries>,
    /// What the model must not be relied on for, a sentence each, from its card.
    pub limitations: Vec<String>,
    /// When the report was written.
    pub authored: Timestamp,
    /// Its identity: the SOP Instance UID of the Encapsulated PDF.
    pub report_id: String,
    /// 1 for the first report of a study, then counting up.
    pub version: u32,
    /// Whether a human stands for it.
    pub approval: Approval,
    /// The report whose place it takes; nothing for the first.
    pub replaces: Option<Replaced>,
}

/// Whether a human stands for a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// Nobody: it is preliminary.
    None,
    /// Somebody signed it as the machine found it.
    Verified(Signature),
    /// Somebody corrected and signed it.
    Amended(Signature),
}

/// Who signed, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The person's name as their sign-in gives it.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// What they said of it; may be empty.
    pub reason: String,
}

/// A report whose place another one takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its identity.
    pub report_id: String,
    /// Its version.
    pub version: u32,
}

impl Approval {
    /// Who signed, where somebody did.
    pub fn signature(&self) -> Option<&Signature> {
        match self {
            Approval::None => None,
            Approval::Verified(signature) | Approval::Amended(signature) => Some(signature),
        }
    }

    /// The word that the result begins with.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Approval::None => "Preliminary.",
            Approval::Verified(_) => "Verified.",
            Approval::Amended(_) => "Amended and verified.",
        }
    }
}

/// Most pictures on a report: two rows of four.
pub const KEY_IMAGES_MAX: usize = 8;

/// Whose report it is, and of which examination, as the DICOM header says it. An empty text is
/// shown as "not given".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Patient's Name (0010,0010), as it stands in the data set, carets included.
    pub patient_name: String,
    /// Patient ID (0010,0020).
    pub patient_id: String,
    /// Patient's Birth Date (0010,0030).
    pub patient_birth_date: Option<Date>,
    /// Patient's Sex (0010,0040).
    pub patient_sex: String,
    /// Accession Number (0008,0050).
    pub accession_number: String,
    /// Study Date (0008,0020).
    pub study_date: Option<Date>,
    /// Study Description (0008,1030).
    pub study_description: String,
}

/// One series that was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSeries {
    /// Index of its timepoint in the assessment.
    pub timepoint: usize,
    /// What it shows.
    pub role: SeriesRole,
    /// Series Description (0008,103E).
    pub series_description: String,
    /// Series Instance UID.
    pub series: SeriesUid,
}

/// A slice with the outlines of what was found on it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyImage {
    /// What it shows: "Lesion 1, 2024-04-15".
    pub title: String,
    /// Grey values, row by row from the upper left; the caller has windowed them.
    pub grey: Vec<u8>,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Distance of pixel centres along a row and down a column, in mm.
    pub spacing_mm: [f64; 2],
    /// Closed outlines by region: x along the row, y down the column, in pixels; the centre of the
    /// first pixel is (0, 0).
    pub outlines: Vec<(Region, Vec<[f64; 2]>)>,
    /// Where the patient's sides are.
    pub sides: Sides,
    /// Which slice it is: "T1c, axial, slice 78 of 155".
    pub slice: String,
    /// Length of the scale bar.
    pub scale_bar: Mm,
}

/// What lies at each edge of a picture: "R", "L", "A", "P", "H", "F", or two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// At the left edge of the picture.
    pub left: String,
    /// At the right edge.
    pub right: String,
    /// At the upper edge.
    pub top: String,
    /// At the lower edge.
    pub bottom: String,
}

impl Sides {
    /// An axial slice as radiologists look at it: from the feet, the face upwards.
    pub fn axial() -> Self {
        let [left, right, top, bottom] = ["R", "L", "A", "P"].map(str::to_owned);
        Self { left, right, top, bottom }
    }
}

impl Header {
    /// The patient's name for people: components in their order, the family name set off by a
    /// comma, the groups of a multi-script name side by side (PS3.5 section 6.2.1).
    pub fn name_for_people(&self) -> String {
        let groups = self.patient_name.split('=').map(|group| {
            let mut components = group.split('^').map(str::trim).filter(|part| !part.is_empty());
            let family = components.next().unwrap_or_default();
            let others: Vec<&str> = components.collect();
            if others.is_empty() {
                family.to_owned()
            } else {
                format!("{family}, {}", others.join(" "))
            }
        });
        let shown: Vec<String> = groups.filter(|group| !group.is_empty()).collect();
        shown.join(" / ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let header = Header { patient_name: name.to_owned(), ..Header::default() };
        assert_eq!(header.name_for_people(), expected);
    }

    #[test]
    fn a_name_is_shown_without_carets() {
        check("ADAMS^JOHN ROBERT QUINCY^^REV.", "ADAMS, JOHN ROBERT QUINCY REV.");
        check("Phantom", "Phantom");
        check("", "");
    }
    #[test]
    fn both_scripts_of_a_name_are_shown() {
        check("COHEN^DAVID==", "COHEN, DAVID");
        check("COHEN^DAVID=כהן^דוד", "COHEN, DAVID / כהן, דוד");
    }
}
