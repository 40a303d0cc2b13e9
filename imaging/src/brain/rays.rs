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

/// Neighbourhood of a place, in mm: a few gyri wide.
const NEAR_MM: f64 = 10.;

/// Wider neighbourhood, in mm: of a tumour at the cortex it sees more than the tumour.
const WIDE_MM: f64 = 36.;

/// Rays whose directions differ by more than this cosine belong to another part of the outline.
const SAME_SIDE: f64 = 0.6;

/// Length over which tissue, and what is behind its end, must last, in mm: thicker than a vessel,
/// thinner than bone with the fluid under it.
const LASTS_MM: f64 = 2.5;

/// Farthest inside the atlas' outline where tissue may end, in mm: what ends deeper is a sulcus, a
/// ventricle or a tumour.
const ENDS_FROM_MM: f64 = -7.;

/// Rays through the atlas' outline.
pub struct Rays {
    /// Places on the atlas' outline, in mm.
    pub places: Vec<[f64; 3]>,
    /// Directions outwards, of length 1.
    pub directions: Vec<[f64; 3]>,
    /// For each place the places around it, itself included.
    pub near: Vec<Vec<u32>>,
    /// For each place the places in a wider neighbourhood.
    pub wide: Vec<Vec<u32>>,
}

impl Rays {
    /// The rays of an atlas.
    pub fn of(atlas: &Atlas) -> Self {
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
        let around = |reach: f64| {
            starts.par_iter().map(|start| around(&starts, start, reach)).collect::<Vec<_>>()
        };
        let (near, wide) = (around(NEAR_MM), around(WIDE_MM));
        let (places, directions) = starts.into_iter().unzip();
        Self { places, directions, near, wide }
    }

    /// What a head shows along each ray; NaN outside the field of view. Nothing for an image whose
    /// voxels have no volume.
    fn shown(&self, head: &Volume<f32>, to_head: &Transform<Lps, Lps>) -> Option<Vec<Vec<f32>>> {
        let to_index = to_head.then(&head.grid().to_lps.inverse()?);
        let steps = ((END_MM - BEGIN_MM) / STEP_MM) as usize + 1;
        let limits = head.grid().shape.map(|n| n as f64 - 0.5);
        let along = |(place, out): (&[f64; 3], &[f64; 3])| -> Vec<f32> {
            let value = |n: usize| {
                let far = BEGIN_MM + n as f64 * STEP_MM;
                let index = to_index.apply_to([0, 1, 2].map(|a| place[a] + far * out[a]));
                let seen = (0..3).all(|a| index[a] >= -0.5 && index[a] <= limits[a]);
                if seen { resample::linear_at(head, index) } else { f32::NAN }
            };
            (0..steps).map(value).collect()
        };
        Some(self.places.par_iter().zip(&self.directions).map(along).collect())
    }

    /// Where tissue ends along each ray in a head, in mm from the atlas' outline; nothing for rays
    /// along which it does not. Nothing at all for an image whose voxels have no volume.
    pub fn ends(
        &self,
        head: &Volume<f32>,
        to_head: &Transform<Lps, Lps>,
    ) -> Option<Vec<Option<f64>>> {
        let shown = self.shown(head, to_head)?;
        let over = |range: std::ops::Range<usize>, part: f64| -> Vec<f32> {
            shown.par_iter().map(|ray| quantile_of(&ray[range.clone()], part)).collect()
        };
        let levels = over(0..index_of(DEEP_MM), 0.5);
        let darks = over(index_of(0.)..index_of(END_MM), 0.1);
        let middle = |of: &[f32], near: &[u32]| {
            let near: Vec<f32> = near.iter().map(|&n| of[n as usize]).collect();
            quantile_of(&near, 0.5)
        };
        let ends = shown.par_iter().zip(&self.near).map(|(ray, near)| {
            end(ray, f32::midpoint(middle(&levels, near), middle(&darks, near)))
        });
        Some(ends.collect())
    }
}

fn index_of(far_mm: f64) -> usize {
    ((far_mm - BEGIN_MM) / STEP_MM).round() as usize
}

/// The first place along a ray where what was brighter than a level becomes and stays darker. A ray
/// that begins in the dark, in a sulcus or beyond the brain, tells nothing: the next bright thing may
/// be scalp.
fn end(ray: &[f32], level: f32) -> Option<f64> {
    let lasts = (LASTS_MM / STEP_MM) as usize;
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    let first = index_of(ENDS_FROM_MM);
    if mean(&ray[first - lasts..first]) <= level {
        return None;
    }
    let n = (first..ray.len() - lasts)
        .find(|&n| ray[n - 1] > level && ray[n] <= level && mean(&ray[n..n + lasts]) < level)?;
    let (above, below) = (ray[n - 1] - level, level - ray[n]);
    let part = f64::from(above / (above + below).max(f32::MIN_POSITIVE));
    Some(BEGIN_MM + (n as f64 - 1. + part) * STEP_MM)
}

/// A quantile of the values that are seen; NaN when none is.
fn quantile_of(values: &[f32], part: f64) -> f32 {
    let mut seen: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
    seen.sort_by(f32::total_cmp);
    let at = (part * seen.len().saturating_sub(1) as f64).round() as usize;
    seen.get(at).copied().unwrap_or(f32::NAN)
}

/// The places within a reach (mm) of one, on the same side of the brain.
fn around(
    starts: &[([f64; 3], [f64; 3])],
    (place, out): &([f64; 3], [f64; 3]),
    reach: f64,
) -> Vec<u32> {
    let near = |other: &[f64; 3]| {
        let apart: f64 = (0..3).map(|a| (other[a] - place[a]).powi(2)).sum();
        apart <= reach * reach
    };
    let same_side = |other: &[f64; 3]| (0..3).map(|a| other[a] * out[a]).sum::<f64>() >= SAME_SIDE;
    (0_u32..)
        .zip(starts)
        .filter(|(_, (other, its_out))| near(other) && same_side(its_out))
        .map(|(n, _)| n)
        .collect()
}
