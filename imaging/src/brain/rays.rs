//! Rays from inside the brain out through the atlas' outline, and what the head shows along them.

use super::atlas::Atlas;
use crate::resample;
use interval_core::geometry::{Lps, Transform};
use interval_core::volume::Volume;
use rayon::prelude::*;

/// Distance of the places on the outline from which rays start, in mm.
const PLACES_MM: f64 = 4.;

/// Where rays begin and end, in mm from the atlas' outline.
const BEGIN_MM: f64 = -24.;
const END_MM: f64 = 15.;

/// Step along a ray, in mm.
const STEP_MM: f64 = 0.5;

/// Deeper than this, in mm, a ray shows the level of brain tissue.
const DEEP_MM: f64 = -8.;

/// Neighbourhood of a place, in mm: wider than a sulcus and than most tumours at the cortex.
const NEIGHBOURHOOD_MM: f64 = 14.;

/// Rays whose directions differ by more than this cosine belong to another part of the outline.
const SAME_SIDE: f64 = 0.6;

/// Length over which tissue, and what is behind its end, must last, in mm: thicker than a vessel,
/// thinner than bone with the fluid under it.
const LASTS_MM: f64 = 2.5;

/// Farthest inside the atlas' outline where tissue may end, in mm; what ends deeper is a ventricle
/// or a tumour.
const ENDS_FROM_MM: f64 = -7.;

/// The rays of one head.
pub struct Rays {
    /// Places on the atlas' outline, in mm.
    pub places: Vec<[f64; 3]>,
    /// For each place the places around it, itself included.
    pub neighbours: Vec<Vec<u32>>,
    /// What the head shows along each ray; NaN outside the field of view.
    shown: Vec<Vec<f32>>,
}

impl Rays {
    /// Casts rays in a head; nothing for an image whose voxels have no volume.
    pub fn cast(
        head: &Volume<f32>,
        atlas: &Atlas,
        to_head: &Transform<Lps, Lps>,
    ) -> Option<Self> {
        let to_index = to_head.then(&head.grid().to_lps.inverse()?);
        let half = PLACES_MM as f32 / 2.;
        let starts: Vec<([f64; 3], [f64; 3])> = atlas
            .places(PLACES_MM, -half..half)
            .into_iter()
            .filter_map(|near| {
                let out = atlas.outwards(near)?;
                let off = f64::from(atlas.signed_mm(near));
                Some(([0, 1, 2].map(|a| near[a] - off * out[a]), out))
            })
            .collect();
        let neighbours = starts.par_iter().map(|start| around(&starts, start)).collect();
        let steps = ((END_MM - BEGIN_MM) / STEP_MM) as usize + 1;
        let limits = head.grid().shape.map(|n| n as f64 - 0.5);
        let shown = starts.par_iter().map(|(place, out)| {
            let value = |n: usize| {
                let far = BEGIN_MM + n as f64 * STEP_MM;
                let index = to_index.apply_to([0, 1, 2].map(|a| place[a] + far * out[a]));
                let seen = (0..3).all(|a| index[a] >= -0.5 && index[a] <= limits[a]);
                if seen { resample::linear_at(head, index) } else { f32::NAN }
            };
            (0..steps).map(value).collect()
        });
        let shown = shown.collect();
        Some(Self { places: starts.into_iter().map(|start| start.0).collect(), neighbours, shown })
    }

    /// Where tissue ends along each ray, in mm from the atlas' outline; nothing where it does not.
    pub fn ends(&self) -> Vec<Option<f64>> {
        let deep = 0..index_of(DEEP_MM);
        let levels: Vec<f32> =
            self.shown.par_iter().map(|ray| quantile_of(&ray[deep.clone()], 0.5)).collect();
        let last = index_of(0.)..self.shown.first().map_or(0, Vec::len);
        let darks: Vec<f32> =
            self.shown.par_iter().map(|ray| quantile_of(&ray[last.clone()], 0.1)).collect();
        (0..self.shown.len())
            .into_par_iter()
            .map(|n| {
                let middle = |of: &[f32]| {
                    let near: Vec<f32> =
                        self.neighbours[n].iter().map(|&m| of[m as usize]).collect();
                    quantile_of(&near, 0.5)
                };
                let (level, dark) = (middle(&levels), middle(&darks));
                end(&self.shown[n], f32::midpoint(level, dark))
            })
            .collect()
    }
}

fn index_of(far_mm: f64) -> usize {
    ((far_mm - BEGIN_MM) / STEP_MM).round() as usize
}

/// The first place along a ray where what was brighter than a level becomes and stays darker.
fn end(ray: &[f32], level: f32) -> Option<f64> {
    let lasts = (LASTS_MM / STEP_MM) as usize;
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    (index_of(ENDS_FROM_MM)..ray.len() - lasts)
        .find(|&n| {
            mean(&ray[n - lasts..n]) > level
                && ray[n - 1] > level
                && ray[n] <= level
                && mean(&ray[n..n + lasts]) < level
        })
        .map(|n| {
            let (above, below) = (ray[n - 1] - level, level - ray[n]);
            let part = f64::from(above / (above + below).max(f32::MIN_POSITIVE));
            BEGIN_MM + (n as f64 - 1. + part) * STEP_MM
        })
}

/// A quantile of the values that are seen; NaN when none is.
fn quantile_of(values: &[f32], part: f64) -> f32 {
    let mut seen: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
    seen.sort_by(f32::total_cmp);
    let at = (part * seen.len().saturating_sub(1) as f64).round() as usize;
    seen.get(at).copied().unwrap_or(f32::NAN)
}

/// The places near one, on the same side of the brain.
fn around(starts: &[([f64; 3], [f64; 3])], (place, out): &([f64; 3], [f64; 3])) -> Vec<u32> {
    let near = |other: &[f64; 3]| {
        let apart: f64 = (0..3).map(|a| (other[a] - place[a]).powi(2)).sum();
        apart <= NEIGHBOURHOOD_MM * NEIGHBOURHOOD_MM
    };
    let same_side = |other: &[f64; 3]| {
        (0..3).map(|a| other[a] * out[a]).sum::<f64>() >= SAME_SIDE
    };
    (0_u32..)
        .zip(starts)
        .filter(|(_, (other, its_out))| near(other) && same_side(its_out))
        .map(|(n, _)| n)
        .collect()
}
