//! Slices in their order along the normal, and the one affine that places all of them.
//!
//! The step from slice to slice is taken from Image Position (Patient) alone: Slice Thickness and
//! Spacing Between Slices are often wrong, and a tilted gantry makes the step point elsewhere than
//! the normal.

use super::enhanced::is_multi_frame;
use super::error::{MrError, Named};
use super::mosaic::is_mosaic;
use interval_core::geometry::{Grid, Transform};
use interval_core::study::{Instance, Plane, Series};
use interval_core::uid::InstanceUid;

/// Fewest slices of a volume: two gaps, so that one can be compared with the other.
pub const SLICES_MIN: usize = 3;

/// Slices may be this far from even, as a part of their distance; or by [`EVENNESS_MM`] if that is
/// more. Writers round positions to 0.001 or 0.01 mm.
const EVENNESS: f64 = 0.01;
/// See [`EVENNESS`].
const EVENNESS_MM: f64 = 0.05;

/// Direction cosines of one series may differ by this much: 0.001 rad moves the edge of a 240 mm
/// field of view by 0.12 mm, and writers round to four to seven decimals.
const COSINE: f64 = 1e-3;

/// How far from right angles and unit length direction cosines may be before we doubt them.
const SQUARENESS: f64 = 0.01;

/// Pixel spacings that differ by less, as a part of their size, are the same.
const SPACING: f64 = 1e-3;

/// Images closer than this, in mm, show the same place: no scanner has slices of 0.01 mm.
const SAME_PLACE_MM: f64 = 0.01;

/// The slices of a series in the order of their places, and the grid they fill.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceOrder {
    /// Columns, rows, slices; voxel indices to LPS mm. `k` grows along the normal (row direction x
    /// column direction), so the grid is always right-handed.
    pub grid: Grid,
    /// The instances, by growing `k`.
    pub slices: Vec<InstanceUid>,
}

/// Orders a series of single-frame images by their headers alone (PS3.3 C.7.6.2), or says what is
/// wrong: several volumes, directions, duplicates, gaps, uneven spacing.
pub fn order(series: &Series) -> Result<SliceOrder, MrError> {
    let planes = series.instances.iter().map(single_frame).collect::<Result<Vec<_>, _>>()?;
    let ordered = ordered(&planes)?;
    let slices = ordered.places.iter().map(|at| planes[*at].name.uid.clone()).collect();
    Ok(SliceOrder { grid: ordered.grid, slices })
}

/// The place of a single-frame image.
pub(super) fn single_frame(instance: &Instance) -> Result<Placed, MrError> {
    let name = Named::of(instance);
    match instance.plane {
        _ if is_multi_frame(instance) || is_mosaic(instance) => Err(MrError::MultiFrame(name)),
        Some(plane) => Ok(Placed { name, plane }),
        None => Err(MrError::NoPlane(name)),
    }
}

/// One slice and where it lies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    /// Its instance.
    pub name: Named,
    /// Its plane.
    pub plane: Plane,
}

/// Slices in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ordered {
    /// The grid they fill.
    pub grid: Grid,
    /// Index of the slice at each `k`.
    pub places: Vec<usize>,
}

/// Orders planes, from wherever they come.
pub(super) fn ordered(planes: &[Placed]) -> Result<Ordered, MrError> {
    if planes.len() < SLICES_MIN {
        return Err(MrError::TooFewSlices { found: planes.len(), least: SLICES_MIN });
    }
    let first = &planes[0];
    let axes = axes(first)?;
    for placed in planes {
        check_like_first(placed, first)?;
    }
    let mut places: Vec<usize> = (0..planes.len()).collect();
    let height = |at: usize| dot(axes[2], planes[at].plane.position);
    places.sort_by(|a, b| height(*a).total_cmp(&height(*b)));
    let heights: Vec<f64> = places.iter().map(|at| height(*at)).collect();
    let name = |k: usize| planes[places[k]].name.clone();
    check_one_each(&heights, name)?;
    check_even(&heights, name)?;
    let positions: Vec<[f64; 3]> = places.iter().map(|at| planes[*at].plane.position).collect();
    let step = check_straight(&positions, name)?;
    let grid = grid(&first.plane, axes, positions[0], step, places.len());
    Ok(Ordered { grid, places })
}

/// The row and column directions and the normal, as unit vectors in LPS.
fn axes(placed: &Placed) -> Result<[[f64; 3]; 3], MrError> {
    let [a, b, c, d, e, f] = placed.plane.orientation;
    let (row, column) = ([a, b, c], [d, e, f]);
    let square = (dot(row, row) - 1.).abs() < SQUARENESS
        && (dot(column, column) - 1.).abs() < SQUARENESS
        && dot(row, column).abs() < SQUARENESS;
    let spaced = placed.plane.pixel_spacing_mm.iter().all(|spacing| *spacing > 0.);
    if !square || !spaced || placed.plane.rows == 0 || placed.plane.columns == 0 {
        return Err(MrError::NoPlane(placed.name.clone()));
    }
    Ok([unit(row), unit(column), unit(placed.plane.normal())])
}

fn check_like_first(placed: &Placed, first: &Placed) -> Result<(), MrError> {
    let (plane, like) = (&placed.plane, &first.plane);
    let image = || placed.name.clone();
    let turned = (0..6).any(|i| (plane.orientation[i] - like.orientation[i]).abs() > COSINE);
    if turned {
        return Err(MrError::Turned { image: image(), first: first.name.clone() });
    }
    let respaced =
        (0..2).any(|i| (plane.pixel_spacing_mm[i] / like.pixel_spacing_mm[i] - 1.).abs() > SPACING);
    if respaced || (plane.rows, plane.columns) != (like.rows, like.columns) {
        return Err(MrError::OtherMatrix { image: image(), first: first.name.clone() });
    }
    Ok(())
}

/// Each place has one image. `heights` grow; `name` names the image at an index of them.
fn check_one_each(heights: &[f64], name: impl Fn(usize) -> Named) -> Result<(), MrError> {
    let groups: Vec<usize> =
        heights.chunk_by(|a, b| b - a < SAME_PLACE_MM).map(<[f64]>::len).collect();
    let most = groups.iter().copied().max().unwrap_or(0);
    let absent = groups.iter().map(|group| most - group).sum::<usize>();
    let full = groups.iter().filter(|group| **group == most).count();
    if most <= 1 {
        Ok(())
    } else if absent == 0 {
        Err(MrError::SeveralVolumes { volumes: most })
    } else if 2 * full > groups.len() {
        Err(MrError::Incomplete { volumes: most, absent })
    } else {
        let twice = (1..heights.len()).find(|k| heights[*k] - heights[k - 1] < SAME_PLACE_MM);
        let at = twice.unwrap_or(1);
        Err(MrError::Duplicate { image: name(at), other: name(at - 1) })
    }
}

/// The slices are equally far apart along the normal.
fn check_even(heights: &[f64], name: impl Fn(usize) -> Named) -> Result<(), MrError> {
    let gaps: Vec<f64> = heights.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let usual_mm = median(&gaps);
    let allowed = (usual_mm * EVENNESS).max(EVENNESS_MM);
    for (k, found_mm) in gaps.into_iter().enumerate() {
        if (found_mm - usual_mm).abs() <= allowed {
            continue;
        }
        let (before, after) = (name(k), name(k + 1));
        let steps = (found_mm / usual_mm).round();
        if steps >= 2. && (found_mm - steps * usual_mm).abs() <= steps * allowed {
            return Err(MrError::Gap { slices: steps as usize - 1, before, after });
        }
        return Err(MrError::Uneven { before, after, found_mm, usual_mm });
    }
    Ok(())
}

/// The slices lie on a line, at equal steps along it; gives the step in LPS mm. A tilted gantry
/// makes the line lean against the normal, which is kept.
fn check_straight(
    positions: &[[f64; 3]],
    name: impl Fn(usize) -> Named,
) -> Result<[f64; 3], MrError> {
    let count = positions.len();
    let (first, last) = (positions[0], positions[count - 1]);
    let step = [0, 1, 2].map(|axis| (last[axis] - first[axis]) / (count - 1) as f64);
    let allowed = (dot(step, step).sqrt() * EVENNESS).max(EVENNESS_MM);
    for (k, position) in positions.iter().enumerate() {
        let aside = [0, 1, 2].map(|a| position[a] - first[a] - k as f64 * step[a]);
        let aside_mm = dot(aside, aside).sqrt();
        // Rounding adds up over the slices: the ends are taken as true, the middle drifts.
        if aside_mm > 2. * allowed {
            return Err(MrError::Aside { image: name(k), aside_mm });
        }
    }
    Ok(step)
}

fn grid(
    plane: &Plane,
    [row, column, _]: [[f64; 3]; 3],
    origin: [f64; 3],
    step: [f64; 3],
    slices: usize,
) -> Grid {
    let [between_rows, between_columns] = plane.pixel_spacing_mm;
    let rows = [0, 1, 2].map(|axis| {
        [row[axis] * between_columns, column[axis] * between_rows, step[axis], origin[axis]]
    });
    Grid {
        shape: [plane.columns as usize, plane.rows as usize, slices],
        to_lps: Transform::new(rows),
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.)
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit(v: [f64; 3]) -> [f64; 3] {
    let length = dot(v, v).sqrt();
    v.map(|component| component / length)
}
