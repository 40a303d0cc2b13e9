//! Frames: which slice of which segment, with the functional groups that say so (PS3.3 C.7.6.16).

use super::SegError;
use super::bits::BitWriter;
use super::segments::Segment;
use super::write::{Source, SourceSlice};
use crate::codes;
use crate::element::DataSet;
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use interval_core::geometry::Grid;

/// Longest Pixel Data in bytes: its length has 32 bits and all ones means "undefined"
/// (PS3.5 section 7.1.1), and it must be even.
const PIXEL_BYTES_MAX: usize = u32::MAX as usize - 1;

/// One frame: a segment on a slice, both counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) segment: usize,
    pub(super) slice: usize,
}

/// The frames of all segments that have voxels on a slice, segment by segment along k, and their
/// bits.
pub(super) fn collect(
    grid: &Grid,
    segments: &[Segment<'_>],
) -> Result<(Vec<Frame>, Vec<u8>), SegError> {
    let voxels = grid.shape[0] * grid.shape[1];
    let mut frames = Vec::new();
    let mut bits = BitWriter::default();
    let mut inside = Vec::with_capacity(voxels);
    for (number, segment) in segments.iter().enumerate() {
        let before = frames.len();
        for slice in 0..grid.shape[2] {
            let stretch = slice * voxels..(slice + 1) * voxels;
            segment.voxels.fill(segment.region, stretch, &mut inside);
            if !inside.contains(&true) {
                continue;
            }
            frames.push(Frame { segment: number, slice });
            if (frames.len() * voxels).div_ceil(8) > PIXEL_BYTES_MAX {
                return Err(SegError::TooLarge(format!("more than {PIXEL_BYTES_MAX} bytes")));
            }
            for voxel in &inside {
                bits.push(*voxel);
            }
        }
        if frames.len() == before {
            return Err(SegError::EmptySegment(segment.label.clone()));
        }
    }
    Ok((frames, bits.into_bytes()))
}

/// Shared Functional Groups Sequence: spacing and orientation, as the source states them.
pub(super) fn shared_groups(source: &Source<'_>, slices: &[SourceSlice<'_>]) -> DataSet {
    let mut groups = DataSet::new();
    let Some(first) = slices.first() else { return groups };
    let between = source.spacing_along_normal();
    let mut measures = DataSet::new();
    measures
        .decimals(tags::SLICE_THICKNESS, &[first.plane.slice_thickness_mm.unwrap_or(between)])
        .decimals(tags::SPACING_BETWEEN_SLICES, &[between])
        .decimals(tags::PIXEL_SPACING, &first.plane.pixel_spacing_mm);
    let mut orientation = DataSet::new();
    orientation.decimals(tags::IMAGE_ORIENTATION_PATIENT, &first.plane.orientation);
    groups
        .items(tags::PIXEL_MEASURES_SEQUENCE, vec![measures])
        .items(tags::PLANE_ORIENTATION_SEQUENCE, vec![orientation]);
    groups
}

/// Per-Frame Functional Groups Sequence, an item for each frame.
pub(super) fn per_frame_groups(frames: &[Frame], slices: &[SourceSlice<'_>]) -> Vec<DataSet> {
    let mut used: Vec<usize> = frames.iter().map(|frame| frame.slice).collect();
    used.sort_unstable();
    used.dedup();
    let position = |slice: usize| used.partition_point(|other| *other < slice) as u32 + 1;
    frames
        .iter()
        .filter_map(|frame| Some((frame, slices.get(frame.slice)?)))
        .map(|(frame, slice)| {
            let number = frame.segment as u16 + 1;
            frame_groups(number, position(frame.slice), slice)
        })
        .collect()
}

fn frame_groups(number: u16, position: u32, slice: &SourceSlice<'_>) -> DataSet {
    let mut content = DataSet::new();
    content.longs(tags::DIMENSION_INDEX_VALUES, &[u32::from(number), position]);
    let mut plane = DataSet::new();
    plane.decimals(tags::IMAGE_POSITION_PATIENT, &slice.plane.position);
    let mut identification = DataSet::new();
    identification.words(tags::REFERENCED_SEGMENT_NUMBER, &[number]);
    let mut groups = DataSet::new();
    groups
        .items(tags::FRAME_CONTENT_SEQUENCE, vec![content])
        .items(tags::PLANE_POSITION_SEQUENCE, vec![plane])
        .items(tags::SEGMENT_IDENTIFICATION_SEQUENCE, vec![identification])
        .items(tags::DERIVATION_IMAGE_SEQUENCE, vec![derivation(slice)]);
    groups
}

/// Where a frame comes from (PS3.3 C.7.6.16.2.6).
fn derivation(slice: &SourceSlice<'_>) -> DataSet {
    let mut image = DataSet::new();
    image
        .text(tags::REFERENCED_SOP_CLASS_UID, slice.instance.class.as_str())
        .uid(tags::REFERENCED_SOP_INSTANCE_UID, &slice.instance.uid)
        .text(tags::SPATIAL_LOCATIONS_PRESERVED, "YES")
        .code(tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, &codes::SOURCE_FOR_PROCESSING);
    if let Some(frame) = slice.frame {
        image.integer(tags::REFERENCED_FRAME_NUMBER, frame as usize);
    }
    let mut derivation = DataSet::new();
    derivation
        .items(tags::SOURCE_IMAGE_SEQUENCE, vec![image])
        .code(tags::DERIVATION_CODE_SEQUENCE, &codes::SEGMENTATION);
    derivation
}

/// Multi-frame Dimension: frames are ordered by segment, then by place (PS3.3 C.7.6.17).
pub(super) fn dimensions(set: &mut DataSet, instance: &str) {
    let organization = crate::mint::uid::<DimensionOrganization>("dimensions", &[instance]);
    let index = |pointer: Tag, group: Tag, label: &str| {
        let mut item = DataSet::new();
        item.uid(tags::DIMENSION_ORGANIZATION_UID, &organization)
            .pointer(tags::DIMENSION_INDEX_POINTER, pointer)
            .pointer(tags::FUNCTIONAL_GROUP_POINTER, group)
            .text(tags::DIMENSION_DESCRIPTION_LABEL, label);
        item
    };
    let by_segment = index(
        tags::REFERENCED_SEGMENT_NUMBER,
        tags::SEGMENT_IDENTIFICATION_SEQUENCE,
        "Referenced Segment Number",
    );
    let by_place = index(
        tags::IMAGE_POSITION_PATIENT,
        tags::PLANE_POSITION_SEQUENCE,
        "Image Position Patient",
    );
    let mut item = DataSet::new();
    item.uid(tags::DIMENSION_ORGANIZATION_UID, &organization);
    set.items(tags::DIMENSION_ORGANIZATION_SEQUENCE, vec![item])
        .items(tags::DIMENSION_INDEX_SEQUENCE, vec![by_segment, by_place]);
}

/// Kind of UID: how the frames of one object are ordered.
enum DimensionOrganization {}
