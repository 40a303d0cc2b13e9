//! Connected components of masks, and the lesions of a label map.

mod grouping;

pub use grouping::{LesionMap, LesionRule, lesions, lesions_as_said};

use interval_core::geometry::Grid;
use interval_core::volume::{Mask, Volume};

/// Which voxels touch: those that share a face, an edge as well, or a corner as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connectivity {
    /// Faces.
    Six,
    /// Faces and edges.
    Eighteen,
    /// Faces, edges and corners.
    TwentySix,
}

impl Connectivity {
    /// How many of the three indices of two touching voxels may differ.
    fn axes(self) -> usize {
        match self {
            Connectivity::Six => 1,
            Connectivity::Eighteen => 2,
            Connectivity::TwentySix => 3,
        }
    }

    /// Calls `visit` with the offset of each voxel of the grid that touches the one at an offset.
    pub fn each_neighbour(self, grid: &Grid, at: usize, mut visit: impl FnMut(usize)) {
        let [i, j, k] = grid.index(at);
        let [ni, nj, nk] = grid.shape;
        for z in k.saturating_sub(1)..(k + 2).min(nk) {
            for y in j.saturating_sub(1)..(j + 2).min(nj) {
                for x in i.saturating_sub(1)..(i + 2).min(ni) {
                    let differ = usize::from(x != i) + usize::from(y != j) + usize::from(z != k);
                    if differ > 0 && differ <= self.axes() {
                        visit(grid.offset([x, y, z]));
                    }
                }
            }
        }
    }
}

/// The connected parts of a mask.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// For each voxel the number of its component, from 1 in the order of memory; 0 outside.
    pub labels: Volume<u32>,
    /// Voxels of each component; component 1 comes first.
    pub sizes: Vec<usize>,
}

impl Components {
    /// Voxels of the largest component; of the first one when several are equally large. An empty
    /// mask gives an empty mask.
    pub fn largest(&self) -> Mask {
        let largest = self.sizes.iter().copied().max().unwrap_or_default();
        let label = self.sizes.iter().position(|&size| size == largest).map_or(0, |at| at + 1);
        self.labels.map(|&found| found != 0 && found as usize == label)
    }

    /// Voxels of the components for which `wanted` (number, voxels) holds.
    pub fn keep(&self, wanted: impl Fn(u32, usize) -> bool) -> Mask {
        let kept: Vec<bool> =
            (1..).zip(&self.sizes).map(|(label, &size)| wanted(label, size)).collect();
        self.labels.map(|&label| label != 0 && kept[label as usize - 1])
    }
}

/// Numbers the connected parts of a mask.
pub fn label(mask: &Mask, connectivity: Connectivity) -> Components {
    let grid = *mask.grid();
    let mut labels = Volume::filled(grid, 0_u32);
    let mut sizes = Vec::new();
    let mut front = Vec::new();
    for seed in 0..grid.len() {
        if !mask.voxels()[seed] || labels.voxels()[seed] != 0 {
            continue;
        }
        let number = sizes.len() as u32 + 1;
        let mut size = 0;
        labels.voxels_mut()[seed] = number;
        front.push(seed);
        while let Some(at) = front.pop() {
            size += 1;
            connectivity.each_neighbour(&grid, at, |neighbour| {
                let label = &mut labels.voxels_mut()[neighbour];
                if mask.voxels()[neighbour] && *label == 0 {
                    *label = number;
                    front.push(neighbour);
                }
            });
        }
        sizes.push(size);
    }
    Components { labels, sizes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::Transform;

    #[track_caller]
    fn check(voxels: &[[usize; 3]], connectivity: Connectivity, sizes: &[usize]) {
        let rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        let grid = Grid { shape: [5, 5, 5], to_lps: Transform::new(rows) };
        let mask = Volume::from_fn(grid, |at| voxels.contains(&grid.index(at)));
        assert_eq!(label(&mask, connectivity).sizes, sizes);
    }

    #[test]
    fn voxels_that_share_a_corner_touch_only_with_twenty_six_neighbours() {
        let corner = [[1, 1, 1], [2, 2, 2]];
        check(&corner, Connectivity::TwentySix, &[2]);
        check(&corner, Connectivity::Eighteen, &[1, 1]);
        let edge = [[1, 1, 1], [1, 2, 2]];
        check(&edge, Connectivity::Eighteen, &[2]);
        check(&edge, Connectivity::Six, &[1, 1]);
        check(&[[4, 1, 1], [0, 2, 1]], Connectivity::TwentySix, &[1, 1]);
    }
    #[test]
    fn the_largest_component_is_kept_whole() {
        let rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        let grid = Grid { shape: [9, 1, 1], to_lps: Transform::new(rows) };
        let mask = Volume::new(grid, [1, 0, 1, 1, 1, 0, 1, 1, 0].map(|v| v == 1).to_vec());
        let parts = label(&mask.expect("fits"), Connectivity::Six);
        assert_eq!(parts.largest().voxels()[2..5], [true; 3]);
        assert_eq!(parts.largest().count(), 3);
        assert_eq!(parts.keep(|_, size| size < 3).count(), 3);
    }
}
