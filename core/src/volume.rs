//! Images on their grids.

use crate::geometry::Grid;
use crate::units::Cm3;

/// One value for each voxel of a grid, `i` running fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume<T> {
    grid: Grid,
    voxels: Vec<T>,
}

/// Which voxels belong to something.
pub type Mask = Volume<bool>;

/// Which region each voxel belongs to; 0 is background.
pub type LabelMap = Volume<u8>;

/// The number of values does not fit the grid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{voxels} values do not fill a grid of {shape:?}")]
pub struct Misfit {
    /// Voxels the grid has along i, j, k.
    pub shape: [usize; 3],
    /// Values given.
    pub voxels: usize,
}

impl<T> Volume<T> {
    /// The values on their grid.
    pub fn new(grid: Grid, voxels: Vec<T>) -> Result<Self, Misfit> {
        if grid.len() == voxels.len() {
            Ok(Self { grid, voxels })
        } else {
            Err(Misfit { shape: grid.shape, voxels: voxels.len() })
        }
    }

    /// A volume whose every voxel is a function of its offset in memory.
    pub fn from_fn(grid: Grid, value: impl FnMut(usize) -> T) -> Self {
        Self { grid, voxels: (0..grid.len()).map(value).collect() }
    }

    /// Where the voxels are.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The values, `i` running fastest.
    pub fn voxels(&self) -> &[T] {
        &self.voxels
    }

    /// The values, to be changed in place.
    pub fn voxels_mut(&mut self) -> &mut [T] {
        &mut self.voxels
    }

    /// The values without their grid.
    pub fn into_voxels(self) -> Vec<T> {
        self.voxels
    }

    /// The same grid with each value changed.
    pub fn map<U>(&self, change: impl Fn(&T) -> U) -> Volume<U> {
        Volume { grid: self.grid, voxels: self.voxels.iter().map(change).collect() }
    }
}

impl<T: Copy> Volume<T> {
    /// The value at voxel (i, j, k).
    pub fn at(&self, index: [usize; 3]) -> T {
        self.voxels[self.grid.offset(index)]
    }

    /// A volume with the same value everywhere.
    pub fn filled(grid: Grid, value: T) -> Self {
        Self { grid, voxels: vec![value; grid.len()] }
    }
}

impl Mask {
    /// Number of voxels inside.
    pub fn count(&self) -> usize {
        self.voxels.iter().filter(|inside| **inside).count()
    }

    /// Volume of the voxels inside.
    pub fn volume(&self) -> Cm3 {
        self.grid.voxel_volume() * self.count() as f64
    }
}
