//! Masks to the bytes of a Segmentation object.

use super::frames;
use super::segments::{SEGMENTS_MAX, Segment};
use super::{SEGMENTATION, SLICE_TOLERANCE, SegError};
use crate::element::DataSet;
use crate::home::{Home, Kind, Uids};
use dicom_dictionary_std::tags;
use interval_core::geometry::{Grid, Lps, Point};
use interval_core::study::{Instance, Lossy, Plane, Series};
use interval_core::uid::InstanceUid;

/// Content Creator's Name (0070,0084): nobody, but the attribute wants a person's name.
const CREATOR: &str = "Interval^Device";

/// The series whose slices the masks lie on.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The series.
    pub series: &'a Series,
    /// Its slices in the order of k.
    pub slices: &'a [Slice],
    /// The grid they make up.
    pub grid: &'a Grid,
}

/// One slice of the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The instance that holds it.
    pub instance: InstanceUid,
    /// Its frame there, from 1; nothing for a single-frame image.
    pub frame: Option<u32>,
    /// Where it lies. Position, orientation and spacing go into the segmentation as they stand.
    pub plane: Plane,
}

impl Slice {
    /// The slices of a series in the order of k, as [`crate::mr::volume`] names them: the instance
    /// of each and its frame there, from 1. Single-frame images keep the plane their header
    /// states; a frame of a larger object lies where the grid has it.
    pub fn in_order(
        series: &Series,
        grid: &Grid,
        places: &[(InstanceUid, u32)],
    ) -> Result<Vec<Self>, SegError> {
        let slice = |(k, (uid, frame)): (usize, &(InstanceUid, u32))| {
            let instance = series.instances.iter().find(|instance| instance.uid == *uid);
            let instance = instance.ok_or_else(|| SegError::NoSuchInstance(uid.clone()))?;
            let whole =
                |plane: &Plane| [plane.columns as usize, plane.rows as usize] == grid.shape[..2];
            match Self::of(instance) {
                Some(slice) if instance.frames == 1 && whole(&slice.plane) => Ok(slice),
                _ => Ok(Self {
                    instance: uid.clone(),
                    frame: (instance.frames > 1).then_some(*frame),
                    plane: plane_at(grid, k),
                }),
            }
        };
        places.iter().enumerate().map(slice).collect()
    }

    /// The slice of a single-frame image; nothing for an object without a plane.
    pub fn of(instance: &Instance) -> Option<Self> {
        Some(Self { instance: instance.uid.clone(), frame: None, plane: instance.plane? })
    }
}

/// A slice with its instance looked up.
pub(super) struct SourceSlice<'a> {
    pub(super) instance: &'a Instance,
    pub(super) frame: Option<u32>,
    pub(super) plane: &'a Plane,
}

/// Writes a BINARY segmentation as a Part 10 file in Explicit VR Little Endian. Segments are
/// numbered from 1 in the order given.
pub fn write(
    home: &Home,
    source: &Source<'_>,
    segments: &[Segment<'_>],
    uids: &Uids,
) -> Result<Vec<u8>, SegError> {
    if segments.is_empty() {
        return Err(SegError::NoSegments);
    }
    if segments.len() > SEGMENTS_MAX {
        return Err(SegError::TooLarge(format!("more than {SEGMENTS_MAX} segments")));
    }
    let slices = source.checked()?;
    for segment in segments {
        segment.voxels.lie_on(source.grid, &segment.label)?;
    }
    let (frames, bits) = frames::collect(source.grid, segments)?;

    let mut set = home.begin(Kind::Segmentation, SEGMENTATION, uids);
    set.uid(tags::FRAME_OF_REFERENCE_UID, &home.frame_of_reference)
        .text(tags::POSITION_REFERENCE_INDICATOR, "");
    image(&mut set, source, frames.len());
    set.text(tags::SEGMENTATION_TYPE, "BINARY").text(tags::SEGMENTS_OVERLAP, "NO").items(
        tags::SEGMENT_SEQUENCE,
        segments.iter().zip(1..).map(|(segment, number)| segment.item(number)).collect(),
    );
    frames::dimensions(&mut set, uids.instance.as_str());
    set.items(tags::REFERENCED_SERIES_SEQUENCE, vec![referenced_series(source, &slices)])
        .items(
            tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
            vec![frames::shared_groups(source, &slices)],
        )
        .items(
            tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
            frames::per_frame_groups(&frames, &slices),
        )
        .bytes(tags::PIXEL_DATA, bits);
    Ok(set.into_part10()?)
}

/// General Image, Image Pixel and Segmentation Image (PS3.3 C.8.20.2).
fn image(set: &mut DataSet, source: &Source<'_>, frames: usize) {
    let [columns, rows, _] = source.grid.shape;
    let lossy = |instance: &Instance| instance.acquisition.lossy == Lossy::Yes;
    let lossy = if source.series.instances.iter().any(lossy) { "01" } else { "00" };
    set.texts(tags::IMAGE_TYPE, &["DERIVED", "PRIMARY"])
        .text(tags::CONTENT_LABEL, "TUMOUR")
        .text(tags::CONTENT_DESCRIPTION, "Tumour regions by lesion")
        .text(tags::CONTENT_CREATOR_NAME, CREATOR)
        .integer(tags::NUMBER_OF_FRAMES, frames)
        .words(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .words(tags::ROWS, &[rows as u16])
        .words(tags::COLUMNS, &[columns as u16])
        .words(tags::BITS_ALLOCATED, &[1])
        .words(tags::BITS_STORED, &[1])
        .words(tags::HIGH_BIT, &[0])
        .words(tags::PIXEL_REPRESENTATION, &[0])
        .text(tags::LOSSY_IMAGE_COMPRESSION, lossy);
}

/// Common Instance Reference (PS3.3 C.12.2): the source series of this study.
fn referenced_series(source: &Source<'_>, slices: &[SourceSlice<'_>]) -> DataSet {
    let mut seen: Vec<&InstanceUid> = Vec::with_capacity(slices.len());
    let mut instances = Vec::with_capacity(slices.len());
    for slice in slices {
        // Frames of one instance follow each other along k, or are not in one instance at all.
        if seen.last() == Some(&&slice.instance.uid) {
            continue;
        }
        seen.push(&slice.instance.uid);
        let mut item = DataSet::new();
        item.text(tags::REFERENCED_SOP_CLASS_UID, slice.instance.class.as_str())
            .uid(tags::REFERENCED_SOP_INSTANCE_UID, &slice.instance.uid);
        instances.push(item);
    }
    let mut series = DataSet::new();
    series
        .uid(tags::SERIES_INSTANCE_UID, &source.series.uid)
        .items(tags::REFERENCED_INSTANCE_SEQUENCE, instances);
    series
}

impl<'a> Source<'a> {
    /// The slices with their instances, after a check that they make up the grid.
    fn checked(&self) -> Result<Vec<SourceSlice<'a>>, SegError> {
        let [columns, rows, count] = self.grid.shape;
        if self.grid.is_empty() || self.slices.len() != count {
            let given = self.slices.len();
            return Err(SegError::SlicesOffGrid(format!("{given} slices for {count} places")));
        }
        if u16::try_from(columns.max(rows)).is_err() {
            return Err(SegError::TooLarge(format!("slices of {columns} x {rows} voxels")));
        }
        let mut by_uid: Vec<&Instance> = self.series.instances.iter().collect();
        by_uid.sort_by(|a, b| a.uid.cmp(&b.uid));
        let mut checked = Vec::with_capacity(count);
        for (k, slice) in self.slices.iter().enumerate() {
            let found = by_uid.binary_search_by(|other| other.uid.cmp(&slice.instance));
            let instance = found.map_err(|_| SegError::NoSuchInstance(slice.instance.clone()))?;
            self.check_plane(k, &slice.plane)?;
            let instance = by_uid[instance];
            checked.push(SourceSlice { instance, frame: slice.frame, plane: &slice.plane });
        }
        Ok(checked)
    }

    /// A slice lies where the grid has it, at both ends of its diagonal.
    fn check_plane(&self, k: usize, plane: &Plane) -> Result<(), SegError> {
        let [columns, rows, _] = self.grid.shape;
        if (plane.columns as usize, plane.rows as usize) != (columns, rows) {
            return Err(SegError::SlicesOffGrid(format!(
                "slice {} has {} x {} voxels instead of {columns} x {rows}",
                k + 1,
                plane.columns,
                plane.rows
            )));
        }
        for [i, j] in [[0, 0], [columns - 1, rows - 1]] {
            let at = Point::new([i as f64, j as f64, k as f64]);
            let away = self.grid.to_lps.apply(at).distance(&place(plane, i, j));
            if away > SLICE_TOLERANCE {
                let mm = away.0;
                return Err(SegError::SlicesOffGrid(format!("slice {} is {mm:.3} mm off", k + 1)));
            }
        }
        Ok(())
    }

    /// Distance between slices along their normal, in mm; one slice alone has its thickness.
    pub(super) fn spacing_along_normal(&self) -> f64 {
        match self.slices {
            [first, .., last] => {
                let span = last.plane.along_normal() - first.plane.along_normal();
                (span / (self.slices.len() - 1) as f64).abs()
            }
            [only] => only.plane.slice_thickness_mm.unwrap_or(self.grid.spacing_mm()[2]),
            [] => 0.,
        }
    }
}

/// The plane that a grid has at a slice.
fn plane_at(grid: &Grid, k: usize) -> Plane {
    let at = |i: f64, j: f64, k: f64| grid.to_lps.apply_to([i, j, k]);
    let origin = at(0., 0., k as f64);
    let steps = grid.spacing_mm();
    let direction = |to: [f64; 3], mm: f64| [0, 1, 2].map(|a| (to[a] - origin[a]) / mm);
    let [a, b, c] = direction(at(1., 0., k as f64), steps[0]);
    let [d, e, f] = direction(at(0., 1., k as f64), steps[1]);
    Plane {
        position: origin,
        orientation: [a, b, c, d, e, f],
        pixel_spacing_mm: [steps[1], steps[0]],
        rows: grid.shape[1] as u32,
        columns: grid.shape[0] as u32,
        slice_thickness_mm: None,
    }
}

/// Where the voxel in column `i` and row `j` of a plane lies (PS3.3 C.7.6.2.1.1).
fn place(plane: &Plane, i: usize, j: usize) -> Point<Lps> {
    let [between_rows, between_columns] = plane.pixel_spacing_mm;
    let (x, y) = (i as f64 * between_columns, j as f64 * between_rows);
    let along = plane.orientation;
    Point::new([0, 1, 2].map(|a| plane.position[a] + x * along[a] + y * along[3 + a]))
}
