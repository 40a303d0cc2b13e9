//! Turning an image to another order of storage without touching a value.

use interval_core::geometry::{Grid, Transform};
use interval_core::volume::Volume;

/// The directions in which the three indices of a stored image grow, as far as voxels allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// Towards the left, the back, the top.
    Lps,
    /// Towards the right, the front, the top.
    Ras,
}

impl Storage {
    /// Sign of each index's direction in LPS coordinates.
    fn signs(self) -> [f64; 3] {
        match self {
            Storage::Lps => [1., 1., 1.],
            Storage::Ras => [-1., -1., 1.],
        }
    }
}

/// How one grid is turned to another order of storage, and back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn {
    source: Grid,
    target: Grid,
    /// Axis `a` of the target is this axis of the source.
    axes: [usize; 3],
    /// Whether axis `a` of the target runs against its source.
    reversed: [bool; 3],
}

impl Turn {
    /// The turn that brings a grid nearest to an order of storage. An oblique grid stays oblique:
    /// each of its axes is assigned to the patient axis it is closest to.
    pub fn new(source: Grid, storage: Storage) -> Self {
        let direction = |patient: usize, axis: usize| {
            source.to_lps.rows[patient][axis] / source.spacing_mm()[axis].max(f64::MIN_POSITIVE)
        };
        let fit = |axes: &[usize; 3]| -> f64 { (0..3).map(|a| direction(a, axes[a]).abs()).sum() };
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let best = |best: [usize; 3], next: [usize; 3]| {
            if fit(&next) > fit(&best) { next } else { best }
        };
        let axes = orders.into_iter().fold([0, 1, 2], best);
        let signs = storage.signs();
        let reversed = [0, 1, 2].map(|a| direction(a, axes[a]) * signs[a] < 0.);
        let mut rows = [[0.; 4]; 3];
        for (row, old) in rows.iter_mut().zip(source.to_lps.rows) {
            row[3] = old[3];
            for a in 0..3 {
                let step = old[axes[a]];
                row[a] = if reversed[a] { -step } else { step };
                if reversed[a] {
                    row[3] += step * (source.shape[axes[a]] as f64 - 1.);
                }
            }
        }
        let shape = axes.map(|axis| source.shape[axis]);
        let target = Grid { shape, to_lps: Transform::new(rows) };
        Self { source, target, axes, reversed }
    }

    /// The grid after the turn.
    pub fn target(&self) -> &Grid {
        &self.target
    }

    /// The values in the new order.
    pub fn apply<T: Copy>(&self, volume: &Volume<T>) -> Volume<T> {
        let (values, target) = (volume.voxels(), &self.target);
        Volume::from_fn(*target, |at| values[self.source_offset(target.index(at))])
    }

    /// Values in the new order, back in the old one.
    pub fn undo<T: Copy + Default>(&self, turned: &[T]) -> Volume<T> {
        let mut back = Volume::filled(self.source, T::default());
        let voxels = back.voxels_mut();
        for (at, &value) in turned.iter().enumerate() {
            voxels[self.source_offset(self.target.index(at))] = value;
        }
        back
    }

    /// Where a voxel of the target lies in the memory of the source.
    fn source_offset(&self, index: [usize; 3]) -> usize {
        let mut old = [0; 3];
        for a in 0..3 {
            let last = self.target.shape[a] - 1;
            old[self.axes[a]] = if self.reversed[a] { last - index[a] } else { index[a] };
        }
        self.source.offset(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::Point;

    /// Indices towards the front, the bottom and the right; a little oblique.
    fn sagittal() -> Grid {
        let rows = [[0.1, 0., -1.2, 40.], [-0.9, 0.05, 0., 70.], [0., -0.8, 0.1, 90.]];
        Grid { shape: [4, 5, 3], to_lps: Transform::new(rows) }
    }

    #[test]
    fn each_value_stays_at_its_place_in_the_patient() {
        let grid = sagittal();
        // The value of a voxel is its position along an oblique line in the patient.
        let depth = |grid: &Grid, at: usize| {
            let index = grid.index(at).map(|i| i as f64);
            let [x, y, z] = grid.to_lps.apply(Point::new(index)).at;
            x + 10. * y + 100. * z
        };
        let volume = Volume::from_fn(grid, |at| depth(&grid, at));
        for storage in [Storage::Lps, Storage::Ras] {
            let turn = Turn::new(grid, storage);
            let turned = turn.apply(&volume);
            for (at, value) in turned.voxels().iter().enumerate() {
                assert!((value - depth(turn.target(), at)).abs() < 1e-9);
            }
            assert_eq!(turn.undo(turned.voxels()), volume);
        }
    }
    #[test]
    fn the_indices_grow_to_the_left_the_back_and_the_top() {
        let turn = Turn::new(sagittal(), Storage::Lps);
        assert_eq!(turn.target().shape, [3, 4, 5]);
        let rows = turn.target().to_lps.rows;
        assert!((0..3).all(|a| rows[a][a] > 0.), "{rows:?}");
        let right = Turn::new(sagittal(), Storage::Ras).target().to_lps.rows;
        assert!(right[0][0] < 0. && right[1][1] < 0. && right[2][2] > 0., "{right:?}");
    }
}
