//! A bare 3D array with the slowest axis first: what networks and plans files speak.
//!
//! A `Volume` on a grid of (i, j, k) voxels and a `Block` of shape (k, j, i) have the same values in
//! the same order, so going from one to the other costs nothing.

/// A half-open range of indices along each of three axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// First index along each axis.
    pub low: [usize; 3],
    /// One past the last index along each axis.
    pub high: [usize; 3],
}

impl Bounds {
    /// The smallest box around the true voxels; nothing when there is none.
    pub fn around(shape: [usize; 3], inside: &[bool]) -> Option<Self> {
        let mut bounds: Option<Bounds> = None;
        for (row, voxels) in inside.chunks_exact(shape[2].max(1)).enumerate() {
            let Some(first) = voxels.iter().position(|&v| v) else { continue };
            let last = voxels.iter().rposition(|&v| v).unwrap_or(first);
            let (z, y) = (row / shape[1], row % shape[1]);
            let this = Bounds { low: [z, y, first], high: [z + 1, y + 1, last + 1] };
            bounds = Some(bounds.map_or(this, |all| all.joined(&this)));
        }
        bounds
    }

    /// The smallest box around both.
    fn joined(&self, other: &Self) -> Self {
        Self {
            low: [0, 1, 2].map(|a| self.low[a].min(other.low[a])),
            high: [0, 1, 2].map(|a| self.high[a].max(other.high[a])),
        }
    }

    /// Number of indices along each axis.
    pub fn shape(&self) -> [usize; 3] {
        [0, 1, 2].map(|a| self.high[a] - self.low[a])
    }
}

/// Values in memory order, slowest axis first.
#[derive(Debug, Clone, PartialEq)]
pub struct Block<T> {
    /// Number of values along each axis, slowest first.
    pub shape: [usize; 3],
    /// The values.
    pub values: Vec<T>,
}

impl<T: Copy> Block<T> {
    /// A block with the same value everywhere.
    pub fn filled(shape: [usize; 3], value: T) -> Self {
        Self { shape, values: vec![value; shape.iter().product()] }
    }

    /// The part inside the bounds.
    #[must_use]
    pub fn cropped(&self, bounds: &Bounds) -> Self {
        let mut values = Vec::with_capacity(bounds.shape().iter().product());
        for z in bounds.low[0]..bounds.high[0] {
            for y in bounds.low[1]..bounds.high[1] {
                let row = (z * self.shape[1] + y) * self.shape[2];
                values.extend_from_slice(&self.values[row + bounds.low[2]..row + bounds.high[2]]);
            }
        }
        Self { shape: bounds.shape(), values }
    }

    /// A block of `shape` with these values inside the bounds and `outside` elsewhere.
    #[must_use]
    pub fn placed(&self, bounds: &Bounds, shape: [usize; 3], outside: T) -> Self {
        let mut whole = Block::filled(shape, outside);
        let rows = (bounds.low[0]..bounds.high[0])
            .flat_map(|z| (bounds.low[1]..bounds.high[1]).map(move |y| (z, y)));
        for ((z, y), row) in rows.zip(self.values.chunks_exact(self.shape[2].max(1))) {
            let start = (z * shape[1] + y) * shape[2] + bounds.low[2];
            whole.values[start..start + row.len()].copy_from_slice(row);
        }
        whole
    }

    /// The block whose axis `a` is axis `axes[a]` of this one.
    #[must_use]
    pub fn transposed(self, axes: [usize; 3]) -> Self {
        if axes == [0, 1, 2] {
            return self;
        }
        let strides = [self.shape[1] * self.shape[2], self.shape[2], 1];
        let shape = axes.map(|a| self.shape[a]);
        let steps = axes.map(|a| strides[a]);
        let mut values = Vec::with_capacity(self.values.len());
        for z in 0..shape[0] {
            for y in 0..shape[1] {
                let row = z * steps[0] + y * steps[1];
                values.extend((0..shape[2]).map(|x| self.values[row + x * steps[2]]));
            }
        }
        Block { shape, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: [usize; 3]) -> Block<usize> {
        Block { shape, values: (0..shape.iter().product()).collect() }
    }

    #[test]
    fn transposing_there_and_back_changes_nothing() {
        let there = counted([2, 3, 4]).transposed([1, 2, 0]);
        assert_eq!(there.shape, [3, 4, 2]);
        assert_eq!(there.values[1], 12, "the last axis now runs along the old first");
        assert_eq!(there.transposed([2, 0, 1]), counted([2, 3, 4]));
    }
    #[test]
    fn what_is_cut_out_goes_back_to_its_place() {
        let bounds = Bounds { low: [0, 1, 2], high: [2, 3, 4] };
        let cut = counted([2, 3, 4]).cropped(&bounds);
        assert_eq!(cut.values, [6, 7, 10, 11, 18, 19, 22, 23]);
        let back = cut.placed(&bounds, [2, 3, 4], 99);
        assert_eq!(back.cropped(&bounds), cut);
        assert_eq!(back.values.iter().filter(|&&v| v == 99).count(), 16);
    }
    #[test]
    fn the_box_is_the_smallest_one() {
        let mut inside = vec![false; 24];
        assert_eq!(Bounds::around([2, 3, 4], &inside), None);
        inside[6] = true;
        inside[9] = true;
        let bounds = Bounds { low: [0, 1, 1], high: [1, 3, 3] };
        assert_eq!(Bounds::around([2, 3, 4], &inside), Some(bounds));
    }
}
