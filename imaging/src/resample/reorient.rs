//! Lossless change of storage order: axes swapped and flipped, no value interpolated.

use interval_core::geometry::{Grid, Transform, Voxel};
use interval_core::volume::Volume;

/// Axis permutations, the unchanged order first so that it wins a tie.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// A way to store the voxels of one grid in another order, and back.
#[derive(Debug, Clone, PartialEq)]
pub struct Reorientation {
    source: Grid,
    turned: Grid,
    axes: Axes,
}

/// `from[a]` is the stored axis that becomes axis `a`, `backwards[a]` whether it is walked from
/// its end.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Axes {
    from: [usize; 3],
    backwards: [bool; 3],
}

impl Reorientation {
    /// Towards DICOM's axes: `i` runs most nearly to the left, `j` to the back, `k` upwards.
    pub fn to_lps(grid: &Grid) -> Self {
        Self::towards(grid, [1., 1., 1.])
    }

    /// Towards NIfTI's axes: `i` runs most nearly to the right, `j` to the front, `k` upwards.
    pub fn to_ras(grid: &Grid) -> Self {
        Self::towards(grid, [-1., -1., 1.])
    }

    /// The order whose axes agree best with LPS, each with this sign.
    fn towards(grid: &Grid, signs: [f64; 3]) -> Self {
        let steps = grid.spacing_mm();
        let cosine = |stored: usize, a: usize| grid.to_lps.rows[a][stored] / steps[stored];
        let fit = |from: &[usize; 3]| (0..3).map(|a| cosine(from[a], a).abs()).sum::<f64>();
        let from = ORDERS
            .iter()
            .fold(ORDERS[0], |best, next| if fit(next) > fit(&best) + 1e-9 { *next } else { best });
        let backwards = [0, 1, 2].map(|a| cosine(from[a], a) * signs[a] < 0.);
        let axes = Axes { from, backwards };
        Self { source: *grid, turned: axes.grid(grid), axes }
    }

    /// The grid in the new order.
    pub fn grid(&self) -> &Grid {
        &self.turned
    }

    /// Whether nothing changes.
    pub fn is_identity(&self) -> bool {
        self.axes.from == ORDERS[0] && self.axes.backwards == [false; 3]
    }

    /// The same image in the new order.
    pub fn apply<T: Copy>(&self, volume: &Volume<T>) -> Volume<T> {
        self.axes.turn(volume, self.axes.grid(volume.grid()))
    }

    /// An image in the new order, stored as the first grid was; exact to the last bit of the grid.
    pub fn undo<T: Copy>(&self, volume: &Volume<T>) -> Volume<T> {
        let back = self.axes.inverse();
        let grid =
            if volume.grid() == &self.turned { self.source } else { back.grid(volume.grid()) };
        back.turn(volume, grid)
    }
}

impl Axes {
    /// The way back.
    fn inverse(self) -> Self {
        let mut back = self;
        for (a, stored) in self.from.into_iter().enumerate() {
            back.from[stored] = a;
            back.backwards[stored] = self.backwards[a];
        }
        back
    }

    /// Where the voxels are, in the new order.
    fn grid(self, grid: &Grid) -> Grid {
        let mut rows = [[0.; 4]; 3];
        for (a, stored) in self.from.into_iter().enumerate() {
            let (step, start) =
                if self.backwards[a] { (-1., grid.shape[stored] as f64 - 1.) } else { (1., 0.) };
            rows[stored][a] = step;
            rows[stored][3] = start;
        }
        let to_stored = Transform::<Voxel, Voxel>::new(rows);
        Grid {
            shape: self.from.map(|stored| grid.shape[stored]),
            to_lps: to_stored.then(&grid.to_lps),
        }
    }

    /// The voxels in the new order, on a grid that has been worked out.
    fn turn<T: Copy>(self, volume: &Volume<T>, grid: Grid) -> Volume<T> {
        let stored = volume.grid();
        let stride = [1, stored.shape[0], stored.shape[0] * stored.shape[1]];
        Volume::from_fn(grid, |offset| {
            let index = grid.index(offset);
            let mut from = 0;
            for (a, n) in index.into_iter().enumerate() {
                let n = if self.backwards[a] { grid.shape[a] - 1 - n } else { n };
                from += n * stride[self.from[a]];
            }
            volume.voxels()[from]
        })
    }
}
