//! Growing and shrinking masks by millimetres, and closing their holes.

use crate::components::{self, Connectivity};
use crate::distance;
use crate::window::Window;
use interval_core::units::Mm;
use interval_core::volume::{Mask, Volume};

/// Slack on comparisons of distances kept as f32, in mm: keeps a voxel at exactly the radius.
const ROUNDING_MM: f32 = 1e-3;

/// All voxels whose centre lies within `radius` of a centre inside the mask.
pub fn dilate_mm(mask: &Mask, radius: Mm) -> Mask {
    let mut grown = mask.clone();
    let grid = *mask.grid();
    let Some(tight) = Window::around(&grid, |at| mask.voxels()[at]) else { return grown };
    let window = tight.widened(&grid, radius.0);
    let distance = distance::to_mask(&window.cut(mask, |inside| *inside));
    for (at, distance) in window.offsets(&grid).zip(distance.voxels()) {
        grown.voxels_mut()[at] = *distance <= radius.0 as f32 + ROUNDING_MM;
    }
    grown
}

/// All voxels inside the mask farther than `radius` from every centre outside it. What lies beyond
/// the field of view is unknown, not outside: a mask that is cut by the edge of the image keeps
/// its voxels there.
pub fn erode_mm(mask: &Mask, radius: Mm) -> Mask {
    let mut left = mask.clone();
    let grid = *mask.grid();
    let Some(tight) = Window::around(&grid, |at| mask.voxels()[at]) else { return left };
    let window = tight.widened(&grid, 0.);
    let distance = distance::to_mask(&window.cut(mask, |inside| !inside));
    for (at, distance) in window.offsets(&grid).zip(distance.voxels()) {
        left.voxels_mut()[at] &= *distance > radius.0 as f32 + ROUNDING_MM;
    }
    left
}

/// Dilates, then erodes: gaps narrower than twice the radius are bridged, nothing is lost.
pub fn close_mm(mask: &Mask, radius: Mm) -> Mask {
    erode_mm(&dilate_mm(mask, radius), radius)
}

/// Erodes, then dilates: bridges and tongues narrower than twice the radius are cut.
pub fn open_mm(mask: &Mask, radius: Mm) -> Mask {
    let opened = dilate_mm(&erode_mm(mask, radius), radius);
    Volume::from_fn(*mask.grid(), |at| opened.voxels()[at] && mask.voxels()[at])
}

/// Adds every background voxel that no path of face neighbours connects with the edge of the
/// volume.
pub fn fill_holes(mask: &Mask) -> Mask {
    let background = components::label(&mask.map(|inside| !inside), Connectivity::Six);
    let grid = mask.grid();
    let mut open = vec![false; background.sizes.len() + 1];
    for (at, &label) in background.labels.voxels().iter().enumerate() {
        let index = grid.index(at);
        if (0..3).any(|a| index[a] == 0 || index[a] + 1 == grid.shape[a]) {
            open[label as usize] = true;
        }
    }
    background.labels.map(|&label| label == 0 || !open[label as usize])
}

/// Grows a mask by `steps` rings of neighbours, whatever their distance in mm: the dilation that
/// published lesion-wise scores are defined with.
pub fn dilate_steps(mask: &Mask, steps: usize, connectivity: Connectivity) -> Mask {
    let mut grown = mask.clone();
    let grid = *mask.grid();
    let mut ring: Vec<usize> = (0..grid.len()).filter(|&at| mask.voxels()[at]).collect();
    for _ in 0..steps {
        let mut next = Vec::new();
        for at in ring {
            connectivity.each_neighbour(&grid, at, |neighbour| {
                if !grown.voxels()[neighbour] {
                    grown.voxels_mut()[neighbour] = true;
                    next.push(neighbour);
                }
            });
        }
        ring = next;
    }
    grown
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::{Grid, Transform};

    fn grid(spacing: [f64; 3], shape: [usize; 3]) -> Grid {
        let [x, y, z] = spacing;
        let to_lps = Transform::new([[x, 0., 0., 0.], [0., y, 0., 0.], [0., 0., z, 0.]]);
        Grid { shape, to_lps }
    }

    /// A ball about the middle of a grid.
    fn ball(grid: Grid, radius: f64) -> Mask {
        let centre = grid.centre();
        Volume::from_fn(grid, |at| {
            let index = grid.index(at).map(|n| n as f64);
            grid.to_lps.apply(interval_core::geometry::Point::new(index)).distance(&centre)
                <= Mm(radius)
        })
    }

    #[test]
    fn a_ball_grows_and_shrinks_by_millimetres_on_any_grid() {
        for (spacing, shape) in [([1., 1., 1.], [41, 41, 41]), ([0.8, 1.1, 2.], [51, 41, 21])] {
            let grid = grid(spacing, shape);
            let volume = |radius: f64| 4. / 3. * std::f64::consts::PI * radius.powi(3) / 1000.;
            let grown = dilate_mm(&ball(grid, 10.), Mm(4.)).volume().0;
            let shrunk = erode_mm(&ball(grid, 10.), Mm(4.)).volume().0;
            // The outline of a digital ball lies up to half a voxel off: 3 x 0.5 / r.
            assert!((grown / volume(14.) - 1.).abs() < 0.10, "{grown} {}", volume(14.));
            // Distances run to the first centre outside, half a voxel beyond the outline.
            assert!((shrunk / volume(6.) - 1.).abs() < 0.25, "{shrunk} {}", volume(6.));
        }
    }
    #[test]
    fn a_closed_cavity_is_filled_and_an_open_one_is_not() {
        let grid = grid([1.; 3], [9, 9, 9]);
        let shell = |gap: bool| {
            Volume::from_fn(grid, |at| {
                let [i, j, k] = grid.index(at).map(|n| n.abs_diff(4));
                let tunnel = gap && j == 0 && k == 0 && grid.index(at)[0] > 4;
                i.max(j).max(k) == 3 && !tunnel
            })
        };
        assert_eq!(fill_holes(&shell(false)).count(), 343);
        assert_eq!(fill_holes(&shell(true)).count(), shell(true).count());
    }
    #[test]
    fn closing_bridges_a_gap_and_loses_nothing() {
        let grid = grid([1.; 3], [15, 5, 5]);
        let mask = Volume::from_fn(grid, |at| !(6..=7).contains(&grid.index(at)[0]));
        assert_eq!(close_mm(&mask, Mm(1.5)).count(), grid.len());
    }
    #[test]
    fn one_step_over_eighteen_neighbours_leaves_the_corners() {
        let grid = grid([1.; 3], [5, 5, 5]);
        let mask = Volume::from_fn(grid, |at| grid.index(at) == [2, 2, 2]);
        assert_eq!(dilate_steps(&mask, 1, Connectivity::Eighteen).count(), 19);
        assert_eq!(dilate_steps(&mask, 1, Connectivity::Six).count(), 7);
    }
}
