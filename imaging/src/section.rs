//! What a report needs of one slice: which slice shows a lesion best, its pixels, and an outline.

use interval_core::volume::Volume;
use std::collections::BTreeMap;

/// One slice across k of a volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Section<T> {
    /// Pixels along i and j.
    pub size: [usize; 2],
    /// Distance of pixel centres along i and j, in mm.
    pub spacing_mm: [f64; 2],
    /// The values, `i` running fastest.
    pub pixels: Vec<T>,
}

/// A closed line in continuous voxel indices (i, j); the centre of the first pixel is (0, 0). The
/// first point is not repeated at the end.
pub type Outline = Vec<[f64; 2]>;

/// The brightest share of an image that is shown as white.
const WHITE_PERCENTILE: f64 = 0.995;

/// Every how many voxels the brightness is looked at: a million of them tell a percentile as well as
/// nine.
const WHITE_STEP: usize = 7;

/// An image in grey values for a screen: zero is black, its brightest voxels are white.
pub fn windowed(image: &Volume<f32>) -> Volume<u8> {
    let shown = image.voxels().iter().copied().filter(|value| *value > 0.);
    let mut values: Vec<f32> = shown.step_by(WHITE_STEP).collect();
    values.sort_unstable_by(f32::total_cmp);
    let at = (values.len() as f64 * WHITE_PERCENTILE) as usize;
    let white = values.get(at.min(values.len().saturating_sub(1))).copied().unwrap_or(1.);
    image.map(|value| (value / white * 255.).clamp(0., 255.) as u8)
}

/// The slice (index along k) on which lesions with these indices cover the most voxels together; the
/// last one of several equal ones, nothing when they are not there.
pub fn key_slice(lesions: &Volume<u8>, indices: &[u8]) -> Option<usize> {
    let [ni, nj, nk] = lesions.grid().shape;
    let area = |k: usize| {
        let slice = &lesions.voxels()[k * ni * nj..(k + 1) * ni * nj];
        slice.iter().filter(|found| indices.contains(found)).count()
    };
    let (most, k) = (0..nk).map(|k| (area(k), k)).max()?;
    (most > 0).then_some(k)
}

/// Slice `k` of a volume; the nearest one there is when `k` lies beyond the last.
pub fn slice<T: Copy>(volume: &Volume<T>, k: usize) -> Section<T> {
    let [ni, nj, nk] = volume.grid().shape;
    let k = k.min(nk.saturating_sub(1));
    let [x, y, _] = volume.grid().spacing_mm();
    let pixels = volume.voxels().iter().skip(k * ni * nj).take(ni * nj).copied().collect();
    Section { size: [ni, nj], spacing_mm: [x, y], pixels }
}

/// The lines half way between pixels inside and outside, one for each connected edge; pixels that
/// touch at a corner only are kept apart. The inside lies to the right of the line on a screen
/// whose j runs down. Beyond the section is outside.
pub fn outline(section: &Section<bool>) -> Vec<Outline> {
    let mut next = steps(section);
    let mut outlines = Vec::new();
    while let Some((start, mut here)) = next.pop_first() {
        let mut line = vec![place(start)];
        while here != start {
            line.push(place(here));
            // Every middle of an edge is left exactly once, so the line comes home.
            let Some(after) = next.remove(&here) else { break };
            here = after;
        }
        outlines.push(without_straight_points(&line));
    }
    outlines
}

/// The middle of the edge between two neighbouring pixel centres, in half pixels (so that it is
/// an integer).
type Middle = [i64; 2];

fn place([i, j]: Middle) -> [f64; 2] {
    [i as f64 / 2., j as f64 / 2.]
}

/// From each middle to the next one, through every square of four pixel centres.
fn steps(section: &Section<bool>) -> BTreeMap<Middle, Middle> {
    let [ni, nj] = section.size.map(|n| n as i64);
    let inside = |i: i64, j: i64| {
        i >= 0 && j >= 0 && i < ni && j < nj && section.pixels[(i + ni * j) as usize]
    };
    let mut steps = BTreeMap::new();
    for j in -1..nj {
        for i in -1..ni {
            let corners = [inside(i, j), inside(i + 1, j), inside(i + 1, j + 1), inside(i, j + 1)];
            let sides: [Middle; 4] = [
                [2 * i + 1, 2 * j],
                [2 * i + 2, 2 * j + 1],
                [2 * i + 1, 2 * j + 2],
                [2 * i, 2 * j + 1],
            ];
            // A line enters over the side whose first corner is outside and leaves over the next
            // side, going round, whose first corner is inside.
            for side in (0..4).filter(|&side| !corners[side] && corners[(side + 1) % 4]) {
                let leaves = (1..4)
                    .map(|turn| (side + turn) % 4)
                    .find(|&other| corners[other] && !corners[(other + 1) % 4]);
                if let Some(other) = leaves {
                    steps.insert(sides[other], sides[side]);
                }
            }
        }
    }
    steps
}

/// Leaves out points on a straight line between their neighbours.
fn without_straight_points(line: &[[f64; 2]]) -> Outline {
    let count = line.len();
    let bends = |&n: &usize| {
        let [a, b, c] = [line[(n + count - 1) % count], line[n], line[(n + 1) % count]];
        (b[0] - a[0]) * (c[1] - b[1]) != (b[1] - a[1]) * (c[0] - b[0])
    };
    (0..count).filter(bends).map(|n| line[n]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::{Grid, Transform};

    fn section(rows: &[&str]) -> Section<bool> {
        let pixels = rows.iter().flat_map(|row| row.bytes().map(|b| b == b'#')).collect();
        Section { size: [rows[0].len(), rows.len()], spacing_mm: [1., 1.], pixels }
    }

    /// Area inside a line, positive when the inside is to its right as j runs down.
    fn area(line: &Outline) -> f64 {
        let turned = line.iter().zip(line.iter().cycle().skip(1));
        turned.map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.
    }

    /// Number of lines, and the area they enclose, holes subtracted.
    #[track_caller]
    fn check(rows: &[&str], lines: usize, enclosed: f64) {
        let outlines = outline(&section(rows));
        assert_eq!(outlines.len(), lines, "{outlines:?}");
        let total: f64 = outlines.iter().map(area).sum();
        assert!((total - enclosed).abs() < 1e-12, "{total}");
    }

    #[test]
    fn an_outline_runs_half_way_between_inside_and_outside() {
        // One pixel: a diamond through the middles of its four sides.
        check(&["   ", " # ", "   "], 1, 0.5);
        // A block of 3 x 2 whose four corners are cut by half a quarter each.
        check(&["     ", " ### ", " ### ", "     "], 1, 6. - 4. / 8.);
    }
    #[test]
    fn a_hole_is_a_line_of_its_own() {
        check(&["###", "# #", "###"], 2, 9. - 4. / 8. - 0.5);
    }
    #[test]
    fn pixels_at_the_edge_of_the_image_are_closed_off() {
        check(&["##", "##"], 1, 4. - 4. / 8.);
        check(&["  "], 0, 0.);
    }
    #[test]
    fn corners_that_touch_stay_apart() {
        check(&["# ", " #"], 2, 1.);
    }
    #[test]
    fn straight_runs_have_no_points_between() {
        assert_eq!(outline(&section(&["######", "######", "######"]))[0].len(), 8);
    }
    #[test]
    fn the_brightest_voxels_are_white() {
        let rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        let grid = Grid { shape: [10, 10, 10], to_lps: Transform::new(rows) };
        let shown = windowed(&Volume::from_fn(grid, |at| at as f32 - 100.));
        // 899 is the brightest of those above zero, 897 of those that are looked at.
        assert_eq!([0, 100, 995, 999].map(|at| shown.voxels()[at]), [0, 0, 254, 255]);
    }
    #[test]
    fn the_key_slice_is_the_largest_one() {
        let rows = [[1., 0., 0., 0.], [0., 2., 0., 0.], [0., 0., 3., 0.]];
        let grid = Grid { shape: [4, 3, 5], to_lps: Transform::new(rows) };
        let lesions = Volume::from_fn(grid, |at| {
            let [i, _, k] = grid.index(at);
            u8::from(i < [0, 1, 3, 3, 3][k]) * 2
        });
        assert_eq!(key_slice(&lesions, &[2]), Some(4));
        assert_eq!(key_slice(&lesions, &[1, 3]), None);
        let shown = slice(&lesions, 1);
        assert_eq!((shown.size, shown.spacing_mm), ([4, 3], [1., 2.]));
        assert_eq!(shown.pixels[..4], [2, 0, 0, 0]);
    }
}
