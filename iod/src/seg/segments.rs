//! What is outlined: one lesion in one region, and how its segment is described (PS3.3 C.8.20.2).

use super::SegError;
use crate::codes::{self, Code};
use crate::element::DataSet;
use crate::home::MANUFACTURER;
use dicom_dictionary_std::tags;
use interval_core::assessment::ModelName;
use interval_core::digest::Digest;
use interval_core::geometry::Grid;
use interval_core::lesion::Region;
use interval_core::uid::TrackingUid;
use interval_core::units::Mm;
use interval_core::volume::{LabelMap, Mask};
use std::ops::Range;

/// Most segments of one object. Segment Number is a 16-bit number; 30 lesions in four regions are
/// already beyond what anybody reads.
pub(super) const SEGMENTS_MAX: usize = 999;

/// Two grids are the same when no corner differs by more: far below any voxel, far above what
/// decimal strings of 16 characters round away.
pub(super) const GRID_TOLERANCE: Mm = Mm(0.01);

/// One region of one lesion.
#[derive(Debug, Clone)]
pub struct Segment<'a> {
    /// Its label for people: "L1 ET". Written to 64 characters.
    pub label: String,
    /// What it shows.
    pub region: Region,
    /// The lesion's name for people: "Lesion 1".
    pub tracking_id: String,
    /// The lesion's identity for life, the same in all its segments and studies.
    pub tracking_uid: TrackingUid,
    /// Its voxels.
    pub voxels: Voxels<'a>,
    /// What outlined it.
    pub algorithm: Algorithm<'a>,
}

/// Where the voxels of a segment come from; always on the grid of the source series.
#[derive(Debug, Clone, Copy)]
pub enum Voxels<'a> {
    /// A mask of its own.
    Mask(&'a Mask),
    /// The voxels that have the segment's region in `labels` and one of `parts` in `lesions`.
    Labelled {
        /// Region of each voxel.
        labels: &'a LabelMap,
        /// Lesion of each voxel.
        lesions: &'a LabelMap,
        /// Indices in `lesions` that carry the lesion's name.
        parts: &'a [u8],
    },
}

/// What outlined a segment: enough to do it again.
#[derive(Debug, Clone, Copy)]
pub struct Algorithm<'a> {
    /// The model, with the digest over its files.
    pub model: &'a ModelName,
    /// Digest over the digests of the input instances.
    pub input: Digest,
    /// More for Algorithm Parameters, as `name=value`: label map, threshold.
    pub parameters: &'a [String],
    /// Whether a person changed what it outlined.
    pub hand: Hand,
}

/// Whether a person changed an outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// It is as the algorithm made it.
    None,
    /// A person corrected it.
    Corrected,
}

impl Hand {
    /// Segment Algorithm Type (0062,0008).
    fn algorithm_type(self) -> &'static str {
        match self {
            Hand::None => "AUTOMATIC",
            Hand::Corrected => "SEMIAUTOMATIC",
        }
    }
}

impl Voxels<'_> {
    /// Checks that the voxels lie on the grid of the source.
    pub(super) fn lie_on(&self, grid: &Grid, label: &str) -> Result<(), SegError> {
        let same = |other: &Grid| grid.coincides(other, GRID_TOLERANCE);
        let fits = match self {
            Voxels::Mask(mask) => same(mask.grid()),
            Voxels::Labelled { labels, lesions, .. } => same(labels.grid()) && same(lesions.grid()),
        };
        fits.then_some(()).ok_or_else(|| SegError::OtherGrid(label.to_owned()))
    }

    /// Which voxels of a stretch of memory belong to a region; `inside` is overwritten, and stays
    /// empty where a look at the maps shows that none does.
    pub(super) fn fill(&self, region: Region, stretch: Range<usize>, inside: &mut Vec<bool>) {
        inside.clear();
        match self {
            Voxels::Mask(mask) => inside.extend_from_slice(&mask.voxels()[stretch]),
            Voxels::Labelled { labels, lesions, parts } => {
                let label = region.label();
                let (labels, lesions) =
                    (&labels.voxels()[stretch.clone()], &lesions.voxels()[stretch]);
                // Most slices hold neither; searching bytes is many times faster than pairing.
                if labels.contains(&label) && parts.iter().any(|part| lesions.contains(part)) {
                    let pairs = labels.iter().zip(lesions);
                    inside.extend(pairs.map(|(a, b)| *a == label && parts.contains(b)));
                }
            }
        }
    }
}

impl Algorithm<'_> {
    /// Algorithm Parameters (0066,0032), a line each.
    fn parameters(&self) -> String {
        let mut text = format!("model_sha256={}\ninput_sha256={}", self.model.digest, self.input);
        for parameter in self.parameters {
            text.push('\n');
            text.push_str(parameter);
        }
        text
    }

    /// An item of Segmentation Algorithm Identification Sequence (PS3.3 table 10-19).
    fn item(&self) -> DataSet {
        let mut item = DataSet::new();
        item.code(tags::ALGORITHM_FAMILY_CODE_SEQUENCE, &codes::ARTIFICIAL_INTELLIGENCE)
            .text(tags::ALGORITHM_NAME, &self.model.name)
            .text(tags::ALGORITHM_VERSION, &self.model.version)
            .text(tags::ALGORITHM_PARAMETERS, self.parameters())
            .text(tags::ALGORITHM_SOURCE, MANUFACTURER);
        item
    }
}

impl Segment<'_> {
    /// An item of Segment Sequence (PS3.3 table C.8.20-4).
    pub(super) fn item(&self, number: u16) -> DataSet {
        let property: Code = codes::region(self.region);
        let mut item = DataSet::new();
        item.words(tags::SEGMENT_NUMBER, &[number])
            .text(tags::SEGMENT_LABEL, &self.label)
            .text(tags::SEGMENT_DESCRIPTION, description(self.region))
            .text(tags::SEGMENT_ALGORITHM_TYPE, self.algorithm.hand.algorithm_type())
            .text(tags::SEGMENT_ALGORITHM_NAME, &self.algorithm.model.name)
            .items(
                tags::SEGMENTATION_ALGORITHM_IDENTIFICATION_SEQUENCE,
                vec![self.algorithm.item()],
            )
            .code(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, &codes::ABNORMAL_STRUCTURE)
            .code(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, &property)
            .code(tags::ANATOMIC_REGION_SEQUENCE, &codes::BRAIN)
            .text(tags::TRACKING_ID, &self.tracking_id)
            .uid(tags::TRACKING_UID, &self.tracking_uid)
            .words(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE, &codes::cielab(self.region));
        item
    }
}

/// Segment Description (0062,0006).
fn description(region: Region) -> &'static str {
    match region {
        Region::Enhancing => "Enhancing tissue",
        Region::NonEnhancingCore => "Non-enhancing tumour core, with necrosis",
        Region::FlairHyperintensity => {
            "Surrounding non-enhancing FLAIR hyperintensity (oedema, infiltration or treatment \
             effect)"
        }
        Region::ResectionCavity => "Resection cavity, not part of the tumour",
    }
}
