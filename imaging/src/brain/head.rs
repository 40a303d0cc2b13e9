//! A head on a lattice, told from the air around it.

use super::lattice::Lattice;
use crate::components::{self, Connectivity};
use crate::{distance, morphology};
use interval_core::geometry::{Lps, Point, Transform, Voxel};
use interval_core::units::Mm;
use interval_core::volume::{Mask, Volume};

/// Share of the way from dark to bright at which the head begins (as BET does; Smith, Hum Brain
/// Mapp 17:143, 2002).
const HEAD_BEGINS: f32 = 0.1;

/// Radius that bridges sinuses and ear canals, in mm.
const CANAL_MM: f64 = 12.;

/// Area of the highest slice that counts as head, in mm2: above it is only hair and noise.
const TOP_AREA_MM2: f64 = 3000.;

/// Slab below the top over which the middle of the head is taken, in mm: above the face.
const SLAB_MM: f64 = 90.;

/// Depth below the skin, in mm, at which mostly brain is seen.
const DEEP_MM: f32 = 30.;

/// What is brighter than this many times the brain counts as this bright: fat and vessels would
/// otherwise outweigh everything else.
const CEILING: f32 = 1.15;

/// A head on a lattice.
#[derive(Debug, Clone)]
pub struct Head {
    /// Its intensities.
    pub image: Lattice,
    /// Intensity above which all is equally bright: fat, vessels.
    pub ceiling: f32,
    /// What is not air around the head; what is beyond the field of view counts as head.
    inside: Mask,
    from_lps: Transform<Lps, Voxel>,
}

impl Head {
    /// The head in an image; nothing when it shows none.
    pub fn of(image: &Volume<f32>, step_mm: f64) -> Option<Self> {
        let image = Lattice::of(image, step_mm)?;
        let shown = image.image();
        let mut values: Vec<f32> = (0..shown.voxels().len())
            .filter(|&at| image.sees(at))
            .map(|at| shown.voxels()[at])
            .filter(|value| value.is_finite())
            .collect();
        values.sort_by(f32::total_cmp);
        let part = |share: f64| {
            values.get((values.len().saturating_sub(1) as f64 * share) as usize).copied()
        };
        let (dark, bright) = (part(0.02)?, part(0.98)?);
        if bright <= dark {
            return None;
        }
        let begins = dark + HEAD_BEGINS * (bright - dark);
        let above = shown.map(|value| *value > begins);
        let one = components::label(&above, Connectivity::Six).largest();
        let closed = morphology::fill_holes(&morphology::close_mm(&one, Mm(CANAL_MM)));
        let inside = Volume::from_fn(*closed.grid(), |at| closed.voxels()[at] || !image.sees(at));
        let from_lps = inside.grid().to_lps.inverse()?;
        let ceiling = (CEILING * level_within(&image, &inside)).min(bright);
        Some(Self { image, ceiling, inside, from_lps })
    }

    /// Whether a place is not in the air around the head.
    pub fn contains(&self, place: [f64; 3]) -> bool {
        let index = self.from_lps.apply(Point::new(place)).at.map(|c| (c + 0.5).floor());
        let shape = self.inside.grid().shape;
        let on_lattice = (0..3).all(|a| index[a] >= 0. && index[a] < shape[a] as f64);
        !on_lattice || self.inside.at(index.map(|c| c as usize))
    }

    /// Middle (x, y) and top (z) of what is seen of the head, in mm.
    pub fn top(&self) -> Option<[f64; 3]> {
        let seen = Volume::from_fn(*self.inside.grid(), |at| {
            self.inside.voxels()[at] && self.image.sees(at)
        });
        top_of(&seen)
    }
}

/// Median intensity deep inside a head.
fn level_within(image: &Lattice, inside: &Mask) -> f32 {
    let depth = distance::to_mask(&inside.map(|inside| !inside));
    let mut deep: Vec<f32> = (0..depth.voxels().len())
        .filter(|&at| image.sees(at) && depth.voxels()[at] >= DEEP_MM)
        .map(|at| image.image().voxels()[at])
        .collect();
    deep.sort_by(f32::total_cmp);
    deep.get(deep.len() / 2).copied().unwrap_or(f32::INFINITY)
}

/// Middle (x, y) and top (z) of a mask whose axes are the patient's: the middle of what lies within
/// a slab below its top.
pub fn top_of(mask: &Mask) -> Option<[f64; 3]> {
    let grid = mask.grid();
    let [sx, sy, sz] = grid.spacing_mm();
    let [ni, nj, nk] = grid.shape;
    let area = |k: usize| {
        let slice = &mask.voxels()[k * ni * nj..(k + 1) * ni * nj];
        slice.iter().map(|inside| f64::from(u8::from(*inside))).sum::<f64>() * sx * sy
    };
    let mut slices: Vec<usize> = (0..nk).collect();
    if grid.to_lps.rows[2][2] > 0. {
        slices.reverse();
    }
    let first = slices.iter().position(|&k| area(k) >= TOP_AREA_MM2)?;
    let slab = &slices[first..(first + (SLAB_MM / sz) as usize + 1).min(nk)];
    let (mut sum, mut count) = ([0.; 3], 0.);
    for &k in slab {
        for at in (k * ni * nj..(k + 1) * ni * nj).filter(|&at| mask.voxels()[at]) {
            let place = grid.to_lps.apply_to(grid.index(at).map(|n| n as f64));
            sum = [0, 1, 2].map(|a| sum[a] + place[a]);
            count += 1.;
        }
    }
    let top = grid.to_lps.apply_to([0., 0., slices[first] as f64])[2];
    Some([sum[0] / count, sum[1] / count, top])
}
