//! An image at several resolutions.

use super::RegisterError;
use super::layer::{Layer, Tone};
use super::level::Level;
use super::surface;
use interval_core::geometry::Grid;
use interval_core::volume::{Mask, Volume};

/// Fewest voxels along an axis that can show a motion along it.
const VOXELS_MIN: usize = 4;
/// Coarsest lattice step in mm: the head is still thirty points across.
const COARSEST_MM: f64 = 8.;
/// A brain is less than this share of a whole head.
const BRAIN_OF_HEAD: f64 = 0.7;

/// An image at all resolutions, coarsest first.
pub(super) struct Pyramid {
    pub levels: Vec<Level>,
    /// The grid of the image itself.
    pub grid: Grid,
    /// Centre of mass of the upper head, in patient mm.
    pub centre: [f64; 3],
    /// Whether zero means "no value" here.
    stripped: bool,
}

impl Pyramid {
    /// The levels of an image down to a step of `finest` mm. `ignore` lies on its grid.
    pub fn of(image: &Volume<f32>, ignore: Option<&Mask>, finest: f64) -> Result<Self, Unfit> {
        let grid = *image.grid();
        if grid.shape.iter().any(|n| *n < VOXELS_MIN) {
            return Err(Unfit::TooSmall(grid.shape));
        }
        let tone = Tone::of(image.voxels()).ok_or(Unfit::Empty)?;
        let mut layer = Layer::of(image, ignore, &tone);
        let mut levels = Vec::new();
        let mut step = finest;
        while step <= COARSEST_MM {
            layer = layer.shrunk(step);
            levels.push(layer.level(step, &tone));
            step *= 2.;
        }
        levels.reverse();
        if !tone.stripped {
            surface::mark_skin(&mut levels);
        }
        let centre = levels.first().and_then(Level::centre).ok_or(Unfit::Empty)?;
        Ok(Self { levels, grid, centre, stripped: tone.stripped })
    }

    /// For a stripped brain that meets a whole head: beyond a rim around the brain nothing counts,
    /// or its empty outside would be held against the other's scalp. The rim stays: there, dark
    /// fluid and bone meet the outline.
    fn rimmed(self) -> Self {
        Self { levels: self.levels.into_iter().map(surface::rimmed).collect(), ..self }
    }

    /// Whether this is a stripped brain and the other a whole head.
    fn is_brain_of(&self, other: &Self) -> bool {
        self.stripped && self.head_mm3() < BRAIN_OF_HEAD * other.head_mm3()
    }

    /// Volume of the head in mm3.
    fn head_mm3(&self) -> f64 {
        let level = self.coarsest();
        let count = level.kinds.iter().filter(|kind| kind.is_head()).count();
        count as f64 * level.to_lps().determinant().abs()
    }

    /// The coarsest level.
    pub fn coarsest(&self) -> &Level {
        &self.levels[0]
    }

    /// The level made for a lattice step, or the finest there is.
    pub fn at(&self, step_mm: f64) -> &Level {
        let last = self.levels.len() - 1;
        let fit = |level: &&Level| level.step_mm <= step_mm * 1.01;
        self.levels.iter().find(fit).unwrap_or(&self.levels[last])
    }
}

/// Two images made ready for each other.
pub(super) fn facing(fixed: Pyramid, moving: Pyramid) -> (Pyramid, Pyramid) {
    if fixed.is_brain_of(&moving) {
        (fixed.rimmed(), moving)
    } else if moving.is_brain_of(&fixed) {
        (fixed, moving.rimmed())
    } else {
        (fixed, moving)
    }
}

/// Nothing to align; which image it was, the caller knows.
pub(super) enum Unfit {
    Empty,
    TooSmall([usize; 3]),
}

impl Unfit {
    /// The error for an image of this name.
    pub fn named(self, which: &'static str) -> RegisterError {
        match self {
            Self::Empty => RegisterError::Empty(which),
            Self::TooSmall(shape) => RegisterError::TooSmall { which, shape, least: VOXELS_MIN },
        }
    }
}
