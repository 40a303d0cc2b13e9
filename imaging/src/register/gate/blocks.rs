//! Agreement block by block: anatomy must fit everywhere, not only on the whole.

use super::super::Contrast;
use super::super::optimise::Stage;
use super::super::pyramid::Pyramid;
use super::super::relation::Relation;
use super::STEP_MM;
use interval_core::geometry::{Lps, Transform};

/// Edge of a block in lattice points: 20 mm.
const BLOCK: usize = 5;
/// Points a block must have to be heard: half of it.
const POINTS_MIN: f64 = 60.;
/// Log intensity must vary by this much in a block, or there is nothing to agree about.
const VARIATION_MIN: f64 = 0.04;

/// How well two images agree at an alignment.
pub(super) struct Agreement {
    /// Mean over the blocks of the correlation, where it is positive.
    pub correlation: f64,
    /// Share of places beyond the noise.
    pub outliers: f64,
}

/// Sums of one block.
#[derive(Clone, Copy, Default)]
struct Block {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Block {
    fn note(&mut self, x: f64, y: f64) {
        self.n += 1.;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    /// Correlation; nothing for a block that is too small or has nothing in it.
    fn correlation(&self) -> Option<f64> {
        if self.n < POINTS_MIN {
            return None;
        }
        let (x, y) = (self.x / self.n, self.y / self.n);
        let (xx, yy) = (self.xx / self.n - x * x, self.yy / self.n - y * y);
        let shown = yy.max(0.).sqrt() >= VARIATION_MIN;
        let least = 1e-3 * VARIATION_MIN * VARIATION_MIN;
        shown.then(|| (self.xy / self.n - x * y) / (xx.max(least) * yy).sqrt())
    }
}

/// Compares two images at an alignment, after learning the curve and the shading between them.
pub(super) fn agreement(
    fixed: &Pyramid,
    moving: &Pyramid,
    motion: &Transform<Lps, Lps>,
    contrast: Contrast,
) -> Agreement {
    let (f, m) = (fixed.at(STEP_MM), moving.at(STEP_MM));
    let stage = Stage::rigid(fixed, moving, (f, m));
    let mut relation = Relation::first(f, m, contrast);
    let outliers = stage.settle(motion, &mut relation);
    let pose = stage.pose(motion);
    let [ni, nj, nk] = pose.lattice.shape.map(|n| n.div_ceil(BLOCK));
    let mut blocks = vec![Block::default(); ni * nj * nk];
    pose.visit(&relation, |[i, j, k], seen, other| {
        let at = i / BLOCK + ni * (j / BLOCK + nj * (k / BLOCK));
        blocks[at].note(f64::from(seen), f64::from(other));
    });
    let heard: Vec<f64> = blocks.iter().filter_map(Block::correlation).collect();
    let sum: f64 = heard.iter().map(|c| c.max(0.)).sum();
    Agreement { correlation: sum / heard.len().max(1) as f64, outliers }
}
