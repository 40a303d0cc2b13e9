//! What a structured report is made from: the assessment, and where its images are.
//!
//! An [`Assessment`] knows studies and lesions but no instances. [`Evidence`] adds them: for each
//! timepoint the series that were measured, slice by slice, and the segmentation if one was
//! written.

use super::SrError;
use super::content::Reference;
use interval_core::assessment::{Assessment, Doubt, Findings};
use interval_core::lesion::Region;
use interval_core::role::SeriesRole;
use interval_core::study::Series;
use interval_core::uid::{FrameUid, SeriesUid, StudyUid};

/// Most timepoints of one report. Readers show a table of them; beyond ten the oldest are left to
/// the reports of their own time.
pub const TIMEPOINTS_MAX: usize = 10;

/// Everything one structured report says.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What is said.
    pub statement: Statement<'a>,
    /// Where the images are: one for each timepoint, in the order of time; the last one is the
    /// current study, in which the report is filed.
    pub timepoints: &'a [Evidence],
}

/// What is said.
#[derive(Debug, Clone, Copy)]
pub enum Statement<'a> {
    /// The study was measured, perhaps with nothing found.
    Measured(&'a Assessment),
    /// The study could not be measured, and why. No number is reported.
    NotEvaluable(&'a [Doubt]),
}

/// The images of one timepoint, and what was written about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The study.
    pub study: StudyUid,
    /// Its date, YYYYMMDD, or empty.
    pub date: String,
    /// Frame of reference of the measured series.
    pub frame_of_reference: FrameUid,
    /// The series that were used. The first is the one whose grid the numbers were measured on;
    /// its instances are in the order of k, so that a slice of a measurement names its image.
    pub series: Vec<UsedSeries>,
    /// The segmentation of this study, where one is at the PACS.
    pub segmentation: Option<SegmentationReference>,
}

/// A series that was used.
#[derive(Debug, Clone, PartialEq)]
pub struct UsedSeries {
    /// What it shows.
    pub role: SeriesRole,
    /// The series.
    pub uid: SeriesUid,
    /// Its instances.
    pub instances: Vec<Reference>,
}

impl UsedSeries {
    /// A series with its instances in the order they are in: by number as received; the one that
    /// was measured on must be brought into the order of k first.
    pub fn of(role: SeriesRole, series: &Series) -> Self {
        let instances = series.instances.iter().map(Reference::to).collect();
        Self { role, uid: series.uid.clone(), instances }
    }
}

/// Where a segmentation is, and which of its segments shows what.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentationReference {
    /// Its series.
    pub series: SeriesUid,
    /// The object.
    pub reference: Reference,
    /// Its segments.
    pub segments: Vec<SegmentNumber>,
}

/// Which segment shows a region of a lesion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentNumber {
    /// Index of the lesion in its timepoint's lesion map.
    pub lesion: u8,
    /// The region.
    pub region: Region,
    /// Segment Number (0062,0004).
    pub number: u16,
}

impl SegmentationReference {
    /// The segments of some lesions, each once: first the region that is named first.
    pub(super) fn numbers(&self, lesions: &[u8], regions: &[Region]) -> Vec<u16> {
        let mut numbers: Vec<u16> = Vec::new();
        for region in regions {
            for segment in &self.segments {
                let wanted = segment.region == *region && lesions.contains(&segment.lesion);
                if wanted && !numbers.contains(&segment.number) {
                    numbers.push(segment.number);
                }
            }
        }
        numbers
    }
}

impl Evidence {
    /// The image of a slice of the measured series.
    pub(super) fn image(&self, slice: usize) -> Option<&Reference> {
        self.series.first()?.instances.get(slice)
    }
}

impl<'a> Report<'a> {
    /// The current study's images.
    pub(super) fn current(&self) -> Result<&'a Evidence, SrError> {
        self.timepoints.last().ok_or(SrError::NoTimepoint)
    }

    /// Checks that the parts belong together.
    pub(super) fn check(&self, study: &StudyUid) -> Result<(), SrError> {
        let given = self.timepoints.len();
        if given > TIMEPOINTS_MAX {
            return Err(SrError::TooManyTimepoints { given, max: TIMEPOINTS_MAX });
        }
        let current = self.current()?;
        if current.study != *study {
            return Err(SrError::Incoherent(format!(
                "its last timepoint is the study {}, it is filed in {study}",
                current.study
            )));
        }
        match self.statement {
            Statement::Measured(assessment) => coherent(assessment, self.timepoints),
            Statement::NotEvaluable(_) => Ok(()),
        }
    }
}

fn coherent(assessment: &Assessment, timepoints: &[Evidence]) -> Result<(), SrError> {
    let wrong = |what: String| Err(SrError::Incoherent(what));
    let count = assessment.timepoints.len();
    if count != timepoints.len() {
        return wrong(format!("{count} timepoints with images of {}", timepoints.len()));
    }
    let same = |(findings, evidence): (&Findings, &Evidence)| findings.study == evidence.study;
    if !assessment.timepoints.iter().zip(timepoints).all(same) {
        return wrong("the images belong to other studies than the findings".to_owned());
    }
    if assessment.reference >= count || assessment.nadir >= count {
        return wrong("reference or nadir is no timepoint".to_owned());
    }
    for track in &assessment.tracks {
        if track.sightings.len() != count {
            return wrong(format!("lesion {} is not followed everywhere", track.name));
        }
    }
    Ok(())
}
