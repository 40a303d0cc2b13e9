//! A box of voxels: most lesions fill a small part of the head, and work on a part costs a part.

use interval_core::geometry::{Grid, Point, Transform, Voxel};
use interval_core::volume::Volume;

/// A box of voxels in a grid, half-open: `from` inside, `to` outside, along i, j, k.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First voxel inside.
    pub from: [usize; 3],
    /// First voxel behind the end, along each axis.
    pub to: [usize; 3],
}

impl Window {
    /// The smallest box that holds every voxel for which `inside` (by offset) holds; nothing when
    /// there is none.
    pub fn around(grid: &Grid, inside: impl Fn(usize) -> bool) -> Option<Self> {
        let [ni, nj, nk] = grid.shape;
        let mut bounds: Option<Self> = None;
        for k in 0..nk {
            for j in 0..nj {
                let row = grid.offset([0, j, k]);
                let Some(first) = (0..ni).find(|&i| inside(row + i)) else { continue };
                let last = (first..ni).rev().find(|&i| inside(row + i)).unwrap_or(first);
                let this = Self { from: [first, j, k], to: [last + 1, j + 1, k + 1] };
                bounds = Some(bounds.map_or(this, |sum| sum.joined(&this)));
            }
        }
        bounds
    }

    /// The smallest box that holds both.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        Self {
            from: [0, 1, 2].map(|a| self.from[a].min(other.from[a])),
            to: [0, 1, 2].map(|a| self.to[a].max(other.to[a])),
        }
    }

    /// The box made larger by `margin_mm` on every side, at least one voxel, and cut to the grid.
    #[must_use]
    pub fn widened(&self, grid: &Grid, margin_mm: f64) -> Self {
        let spacing = grid.spacing_mm();
        let more = spacing.map(|step| (margin_mm / step).ceil().max(1.) as usize);
        Self {
            from: [0, 1, 2].map(|a| self.from[a].saturating_sub(more[a])),
            to: [0, 1, 2].map(|a| (self.to[a] + more[a]).min(grid.shape[a])),
        }
    }

    /// Number of voxels along i, j, k.
    pub fn shape(&self) -> [usize; 3] {
        [0, 1, 2].map(|a| self.to[a] - self.from[a])
    }

    /// The grid of the box alone: the same places in the patient.
    pub fn grid(&self, whole: &Grid) -> Grid {
        let [i, j, k] = self.from.map(|first| first as f64);
        let moved: Transform<Voxel, Voxel> =
            Transform::new([[1., 0., 0., i], [0., 1., 0., j], [0., 0., 1., k]]);
        Grid { shape: self.shape(), to_lps: moved.then(&whole.to_lps) }
    }

    /// The offsets of the box's voxels in the whole grid, in the order of the box's own memory.
    pub fn offsets(&self, whole: &Grid) -> impl Iterator<Item = usize> + use<> {
        let Self { from, to } = *self;
        let [ni, nj, _] = whole.shape;
        (from[2]..to[2]).flat_map(move |k| {
            (from[1]..to[1]).flat_map(move |j| (from[0]..to[0]).map(move |i| i + ni * (j + nj * k)))
        })
    }

    /// The part of a volume inside the box, each voxel changed by `change`.
    pub fn cut<T, U>(&self, volume: &Volume<T>, change: impl Fn(&T) -> U) -> Volume<U> {
        let mut offsets = self.offsets(volume.grid());
        let voxels = volume.voxels();
        // `from_fn` asks for each voxel once, in order of memory: as many as there are offsets.
        Volume::from_fn(self.grid(volume.grid()), |_| {
            change(&voxels[offsets.next().unwrap_or_default()])
        })
    }

    /// The voxel of the box nearest to a continuous index of the *box*, when it is inside.
    pub fn voxel_near(shape: [usize; 3], place: Point<Voxel>) -> Option<[usize; 3]> {
        let nearest = place.at.map(|c| (c + 0.5).floor());
        let inside = (0..3).all(|a| nearest[a] >= 0. && nearest[a] < shape[a] as f64);
        inside.then(|| nearest.map(|c| c as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let to_lps = Transform::new([[2., 0., 0., 1.], [0., 3., 0., 2.], [0., 0., 4., 3.]]);
        Grid { shape: [6, 7, 8], to_lps }
    }

    #[test]
    fn a_box_keeps_its_place_in_the_patient() {
        let whole = Volume::from_fn(grid(), |offset| offset);
        let window = Window { from: [1, 2, 3], to: [4, 6, 5] };
        let part = window.cut(&whole, |offset| *offset);
        assert_eq!(part.at([2, 1, 0]), whole.at([3, 3, 3]));
        let same = part.grid().to_lps.apply(Point::new([2., 1., 0.]));
        assert_eq!(same, grid().to_lps.apply(Point::new([3., 3., 3.])));
    }
    #[test]
    fn the_box_is_the_smallest() {
        let inside = [grid().offset([1, 5, 2]), grid().offset([4, 2, 6])];
        let window = Window::around(&grid(), |offset| inside.contains(&offset));
        assert_eq!(window, Some(Window { from: [1, 2, 2], to: [5, 6, 7] }));
        assert_eq!(Window::around(&grid(), |_| false), None);
    }
}
