//! The bytes of a Segmentation object back to masks in the patient.

use super::bits::bit;
use super::{SLICE_TOLERANCE, SegError};
use crate::header::{self, HeaderError};
use dicom_core::Tag;
use dicom_core::value::Value;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use interval_core::geometry::{Grid, Lps, Point, Transform};
use interval_core::uid::{FrameUid, StudyUid, TrackingUid, Uid};
use interval_core::volume::Mask;

/// Most slices that the frames may span. The thinnest head scans have 512; frames further apart
/// are nonsense, and a mask over them would fill the memory.
const SLICES_MAX: usize = 4096;

/// Most voxels of one mask: 1,024 slices of 512 x 512.
const VOXELS_MAX: usize = 1 << 28;

/// A segmentation as it was read. Masks are made when asked for: together they may be larger than
/// the object by a factor of hundreds.
#[derive(Debug, Clone)]
pub struct ReadSeg {
    /// The study it is filed in.
    pub study: StudyUid,
    /// Its frame of reference, where it says one.
    pub frame_of_reference: Option<FrameUid>,
    /// The smallest grid that has all frames.
    pub grid: Grid,
    /// Its segments, by number.
    pub segments: Vec<ReadSegment>,
    /// Pixel Data: the bits of all frames.
    bits: Vec<u8>,
}

/// One segment.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadSegment {
    /// Segment Number (0062,0004).
    pub number: u16,
    /// Segment Label (0062,0005).
    pub label: String,
    /// Tracking UID (0062,0021), where there is one.
    pub tracking_uid: Option<TrackingUid>,
    /// Where its frames are.
    pub frames: Vec<ReadFrame>,
}

/// One frame of a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadFrame {
    /// Its place among all frames of the object, from 0.
    pub index: usize,
    /// Centre of its first voxel.
    pub position: Point<Lps>,
}

/// Reads a BINARY segmentation from a Part 10 file.
pub fn read(bytes: &[u8]) -> Result<ReadSeg, SegError> {
    let file = header::open(bytes).map_err(|error| match error {
        HeaderError::Guard(error) => SegError::Guarded(error),
        other => SegError::Parse(Box::new(other)),
    })?;
    let set: &InMemDicomObject = &file;
    binary(set)?;

    let shape = Shape::of(set)?;
    let mut segments = described(set)?;
    let mut positions = Vec::with_capacity(shape.frames);
    let per_frame = items(set, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    if per_frame.len() != shape.frames {
        let what = format!("{} frames, {} described", shape.frames, per_frame.len());
        return Err(SegError::Invalid(what));
    }
    let shared = items(set, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first();
    for (index, groups) in per_frame.iter().enumerate() {
        let (number, position) = frame(groups, shared)?;
        positions.push(position);
        let segment = segments.iter_mut().find(|segment| segment.number == number);
        let segment = segment
            .ok_or_else(|| SegError::Invalid(format!("frame of undescribed segment {number}")))?;
        segment.frames.push(ReadFrame { index, position });
    }
    let grid = shape.grid(plane_axes(set, shared)?, &positions)?;
    Ok(ReadSeg {
        study: uid(set, tags::STUDY_INSTANCE_UID)
            .ok_or_else(|| SegError::Invalid("no Study Instance UID".to_owned()))?,
        frame_of_reference: uid(set, tags::FRAME_OF_REFERENCE_UID),
        grid,
        segments,
        bits: pixels(set, &shape)?,
    })
}

impl ReadSeg {
    /// The voxels of a segment on the smallest grid that has all frames.
    pub fn mask(&self, segment: &ReadSegment) -> Result<Mask, SegError> {
        self.mask_on(segment, &self.grid)
    }

    /// The voxels of a segment on a wanted grid, matched by their place in the patient. Frames
    /// that do not lie on a slice of that grid are an error, never resampled.
    pub fn mask_on(&self, segment: &ReadSegment, grid: &Grid) -> Result<Mask, SegError> {
        let mut mask = Mask::filled(*grid, false);
        let [columns, rows, _] = self.grid.shape;
        for frame in &segment.frames {
            let slice = self.slice_of(frame, grid).map_err(|what| SegError::OffGrid {
                number: segment.number,
                what: format!("frame {} {what}", frame.index + 1),
            })?;
            let from = frame.index * columns * rows;
            let onto = grid.offset([0, 0, slice]);
            for (voxel, inside) in
                mask.voxels_mut()[onto..][..columns * rows].iter_mut().enumerate()
            {
                *inside |= bit(&self.bits, from + voxel).unwrap_or(false);
            }
        }
        Ok(mask)
    }

    /// The slice of a grid that a frame lies on.
    fn slice_of(&self, frame: &ReadFrame, grid: &Grid) -> Result<usize, String> {
        let [columns, rows, _] = self.grid.shape;
        if grid.shape[..2] != [columns, rows] {
            return Err(format!("has {columns} x {rows} voxels"));
        }
        let to_voxel = grid.to_lps.inverse().ok_or("cannot be placed on a flat grid")?;
        let slice = to_voxel.apply(frame.position).at[2].round();
        if slice < 0. || slice >= grid.shape[2] as f64 {
            return Err("lies outside".to_owned());
        }
        // The frame's far corner, from the axes of the segmentation itself.
        let far = [(columns - 1) as f64, (rows - 1) as f64];
        let diagonal = [0, 1, 2].map(|a| {
            let [along_i, along_j, ..] = self.grid.to_lps.rows[a];
            frame.position.at[a] + along_i * far[0] + along_j * far[1]
        });
        let near = grid.to_lps.apply(Point::new([0., 0., slice])).distance(&frame.position);
        let far = grid.to_lps.apply(Point::new([far[0], far[1], slice]));
        let off = near.0.max(far.distance(&Point::new(diagonal)).0);
        if off <= SLICE_TOLERANCE.0 {
            Ok(slice as usize)
        } else {
            Err(format!("is {off:.2} mm off"))
        }
    }
}

/// Numbers of Rows, Columns and Frames, checked against limits.
struct Shape {
    columns: usize,
    rows: usize,
    frames: usize,
}

impl Shape {
    fn of(set: &InMemDicomObject) -> Result<Self, SegError> {
        let number = |tag: Tag, what: &str| {
            let value = set.get(tag).and_then(|element| element.to_int::<u32>().ok());
            let value = value.filter(|value| *value > 0).map(|value| value as usize);
            value.ok_or_else(|| SegError::Invalid(format!("no {what}")))
        };
        Ok(Self {
            columns: number(tags::COLUMNS, "Columns")?,
            rows: number(tags::ROWS, "Rows")?,
            frames: number(tags::NUMBER_OF_FRAMES, "Number of Frames")?,
        })
    }

    /// The smallest grid with a slice at each position.
    fn grid(&self, axes: Axes, positions: &[Point<Lps>]) -> Result<Grid, SegError> {
        let [a, b] = axes.in_plane;
        let normal =
            [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
        let length = normal.iter().map(|c| c * c).sum::<f64>().sqrt();
        if !length.is_normal() {
            return Err(SegError::Invalid("rows and columns have the same direction".to_owned()));
        }
        let normal = normal.map(|c| c / length);
        let along = |p: &Point<Lps>| (0..3).map(|c| normal[c] * p.at[c]).sum::<f64>();
        let by_place = |p: &&Point<Lps>, q: &&Point<Lps>| along(p).total_cmp(&along(q));
        let (Some(first), Some(last)) =
            (positions.iter().min_by(by_place), positions.iter().max_by(by_place))
        else {
            return Err(SegError::Invalid("no frame".to_owned()));
        };
        let steps = ((along(last) - along(first)) / axes.spacing_mm).round();
        let slices = steps as usize + 1;
        if slices > SLICES_MAX || self.columns * self.rows * slices > VOXELS_MAX {
            return Err(SegError::TooLarge(format!("frames span {slices} slices")));
        }
        // Slices of a tilted gantry shift along the plane: the step is measured, not the normal.
        let step = |c: usize| match steps {
            0. => normal[c] * axes.spacing_mm,
            steps => (last.at[c] - first.at[c]) / steps,
        };
        let rows = [0, 1, 2].map(|c| [a[c], b[c], step(c), first.at[c]]);
        Ok(Grid { shape: [self.columns, self.rows, slices], to_lps: Transform::new(rows) })
    }
}

/// Steps along i and j in patient space, and the distance between slices.
struct Axes {
    in_plane: [[f64; 3]; 2],
    spacing_mm: f64,
}

fn plane_axes(set: &InMemDicomObject, shared: Option<&InMemDicomObject>) -> Result<Axes, SegError> {
    let first = items(set, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).first();
    let missing = |what: &str| SegError::Invalid(format!("no {what}"));
    let group = |tag: Tag| {
        let of = |groups: Option<&'_ InMemDicomObject>| {
            groups.and_then(|groups| items(groups, tag).first()).cloned()
        };
        of(shared).or_else(|| of(first))
    };
    let measures = group(tags::PIXEL_MEASURES_SEQUENCE).ok_or_else(|| missing("Pixel Measures"))?;
    let orientation =
        group(tags::PLANE_ORIENTATION_SEQUENCE).ok_or_else(|| missing("Plane Orientation"))?;
    let [between_rows, between_columns] = numbers(&measures, tags::PIXEL_SPACING)
        .filter(|spacing: &[f64; 2]| spacing.iter().all(|mm| *mm > 0.))
        .ok_or_else(|| missing("Pixel Spacing"))?;
    let spacing_mm = [tags::SPACING_BETWEEN_SLICES, tags::SLICE_THICKNESS]
        .into_iter()
        .find_map(|tag| numbers(&measures, tag).filter(|[mm]: &[f64; 1]| mm.abs() > 0.))
        .map(|[mm]| mm.abs())
        .ok_or_else(|| missing("Spacing Between Slices"))?;
    let [a, b, c, d, e, f] = numbers(&orientation, tags::IMAGE_ORIENTATION_PATIENT)
        .ok_or_else(|| missing("Image Orientation (Patient)"))?;
    let in_plane = [[a, b, c].map(|x| x * between_columns), [d, e, f].map(|x| x * between_rows)];
    Ok(Axes { in_plane, spacing_mm })
}

/// Segmentation Storage, BINARY, one bit, not encapsulated: nothing else is taken.
fn binary(set: &InMemDicomObject) -> Result<(), SegError> {
    let class = text(set, tags::SOP_CLASS_UID).unwrap_or_default();
    if class != super::SEGMENTATION {
        return Err(SegError::OtherObject(format!("its class is '{class}'")));
    }
    let kind = text(set, tags::SEGMENTATION_TYPE).unwrap_or_default();
    if kind != "BINARY" {
        return Err(SegError::OtherObject(format!("its type is '{kind}'")));
    }
    match numbers(set, tags::BITS_ALLOCATED) {
        Some([1.]) => Ok(()),
        _ => Err(SegError::OtherObject("a voxel has more than one bit".to_owned())),
    }
}

fn described(set: &InMemDicomObject) -> Result<Vec<ReadSegment>, SegError> {
    let mut segments: Vec<ReadSegment> = Vec::new();
    for item in items(set, tags::SEGMENT_SEQUENCE) {
        let number = item.get(tags::SEGMENT_NUMBER).and_then(|e| e.to_int::<u16>().ok());
        let number = number.ok_or_else(|| SegError::Invalid("no Segment Number".to_owned()))?;
        if segments.iter().any(|other| other.number == number) {
            return Err(SegError::Invalid(format!("two segments have the number {number}")));
        }
        segments.push(ReadSegment {
            number,
            label: text(item, tags::SEGMENT_LABEL).unwrap_or_default(),
            tracking_uid: uid(item, tags::TRACKING_UID),
            frames: Vec::new(),
        });
    }
    segments.sort_by_key(|segment| segment.number);
    Ok(segments)
}

/// Segment and place of one frame.
fn frame(
    groups: &InMemDicomObject,
    shared: Option<&InMemDicomObject>,
) -> Result<(u16, Point<Lps>), SegError> {
    let group = |tag: Tag| {
        items(groups, tag).first().or_else(|| shared.and_then(|shared| items(shared, tag).first()))
    };
    let number = group(tags::SEGMENT_IDENTIFICATION_SEQUENCE)
        .and_then(|item| item.get(tags::REFERENCED_SEGMENT_NUMBER))
        .and_then(|element| element.to_int::<u16>().ok())
        .ok_or_else(|| SegError::Invalid("a frame without its segment".to_owned()))?;
    let position = group(tags::PLANE_POSITION_SEQUENCE)
        .and_then(|item| numbers(item, tags::IMAGE_POSITION_PATIENT))
        .ok_or_else(|| SegError::Invalid("a frame without its position".to_owned()))?;
    Ok((number, Point::new(position)))
}

fn pixels(set: &InMemDicomObject, shape: &Shape) -> Result<Vec<u8>, SegError> {
    let bits = match set.get(tags::PIXEL_DATA).map(dicom_core::DataElement::value) {
        Some(Value::Primitive(bytes)) => bytes.to_bytes().into_owned(),
        Some(_) => return Err(SegError::OtherObject("its frames are compressed".to_owned())),
        None => return Err(SegError::Invalid("no Pixel Data".to_owned())),
    };
    let wanted = shape.columns * shape.rows * shape.frames;
    if bits.len() * 8 < wanted {
        let what = format!("{} bytes for {wanted} voxels", bits.len());
        return Err(SegError::Invalid(what));
    }
    Ok(bits)
}

fn items(set: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    set.get(tag).and_then(|element| element.items()).unwrap_or_default()
}

fn text(set: &InMemDicomObject, tag: Tag) -> Option<String> {
    let text = set.get(tag)?.to_str().ok()?;
    Some(text.trim_end_matches(['\0', ' ']).to_owned())
}

fn uid<Kind>(set: &InMemDicomObject, tag: Tag) -> Option<Uid<Kind>> {
    text(set, tag)?.parse().ok()
}

/// Exactly `N` finite numbers.
fn numbers<const N: usize>(set: &InMemDicomObject, tag: Tag) -> Option<[f64; N]> {
    let values: [f64; N] = set.get(tag)?.to_multi_float64().ok()?.try_into().ok()?;
    values.iter().all(|value| value.is_finite()).then_some(values)
}
