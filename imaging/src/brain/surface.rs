//! How far the brain's outline lies from the atlas', place by place.
//!
//! Rays run outwards through the atlas' outline. Where tissue ends in something dark (fluid on T1
//! and FLAIR, bone on all contrasts) the outline has been met. A ray alone is not believed: each
//! place takes a high quantile of its neighbours' answers, so that a sulcus, a vessel or a dark
//! tumour at the cortex does not draw the outline in, and the result is smooth.

use super::atlas::Atlas;
use super::base;
use super::place::Placed;
use super::pose::Fluid;
use super::rays::Rays;
use crate::resample;
use interval_core::geometry::{Grid, Lps, Point, Transform, Voxel};
use interval_core::volume::{Mask, Volume};
use rayon::prelude::*;

/// Farthest the outline may lie in or out of the atlas', in mm: the errors of an affine map.
const OFFSET_MM: [f64; 2] = [-4., 8.];

/// Part of the answers of a wide neighbourhood that do not lie farther out than its consensus:
/// above one half, as sulci and tumours end rays too early and nothing ends them too late so often.
const WIDE_QUANTILE: f64 = 0.65;

/// Answers farther inside than this below the consensus are sulci or tumours, in mm.
const TOO_EARLY_MM: f64 = 2.;

/// Added where the outline is unclear, in mm: a dark tumour at the cortex looks like what is
/// outside of it, and must stay in.
const GENEROUS_MM: f64 = 2.5;

/// Part of the neighbours without a good answer, beyond the usual, at which the outline begins to
/// be unclear, and at which it is wholly so. What is usual depends on the contrast: where fluid is
/// dark every sulcus ends a ray.
const UNCLEAR: [f64; 2] = [0.15, 0.4];

/// Part of the neighbours that must have answered.
const ANSWERED_MIN: f64 = 0.25;

/// Rounds of averaging over neighbours.
const SMOOTHINGS: usize = 2;

/// Added to the outline in mm: a voxel of doubt and the pia, so that tumour at the cortex is inside
/// to its last voxel.
const MARGIN_MM: f64 = 2.;

/// Added where fluid is bright: there tissue and fluid end together at the bone, and the brain
/// somewhat before.
const MARGIN_BRIGHT_FLUID_MM: f64 = 0.;

/// Step of the lattice that carries offsets from the outline into the space around, in mm.
const SPREAD_STEP_MM: f64 = 4.;

/// Offsets of the outline at places of the atlas.
pub struct Offsets {
    places: Vec<[f64; 3]>,
    /// How far outwards, in mm.
    outwards: Vec<f64>,
    /// Part of the places whose neighbourhood answered, 0 to 1.
    pub answered: f64,
}

/// What the rays of a head say together.
struct Met {
    /// Consensus of a wide neighbourhood, in mm.
    wide: Vec<Option<f64>>,
    /// How unclear the outline is, 0 to 1.
    unclear: Vec<f64>,
}

impl Met {
    fn of(rays: &Rays, ends: &[Option<f64>]) -> Self {
        let consensus = |wide: &Vec<u32>| quantile(wide, ends, f64::NEG_INFINITY, WIDE_QUANTILE);
        let wide: Vec<Option<f64>> = rays.wide.par_iter().map(consensus).collect();
        Self { unclear: unclear(&rays.near, ends, &wide), wide }
    }

    /// For each place what its near neighbours say, if it is not too far inside of the consensus.
    fn believed(&self, rays: &Rays, ends: &[Option<f64>]) -> Vec<Option<f64>> {
        let near = |n: usize| {
            let consensus = self.wide[n]?;
            let found = quantile(&rays.near[n], ends, consensus - TOO_EARLY_MM, 0.5);
            Some(found.unwrap_or(consensus))
        };
        (0..self.wide.len()).map(near).collect()
    }
}

impl Offsets {
    /// Meets the outline of the brain in a head.
    pub fn find(head: &Volume<f32>, atlas: &Atlas, placed: &Placed) -> Option<Self> {
        let rays = Rays::of(atlas);
        let ends = rays.ends(head, &placed.to_head)?;
        let met = Met::of(&rays, &ends);
        let mut offsets = met.believed(&rays, &ends);
        let answered = offsets.iter().flatten().count() as f64 / offsets.len().max(1) as f64;
        for (offset, unclear) in offsets.iter_mut().zip(&met.unclear) {
            *offset = offset.map(|offset| offset + GENEROUS_MM * unclear);
        }
        for _ in 0..SMOOTHINGS {
            offsets = rays.near.iter().map(|near| mean(near, &offsets)).collect();
        }
        // Where nothing was met at all, as on the brainstem, the atlas is believed.
        let offsets = offsets.into_iter().map(Option::unwrap_or_default).collect();
        Some(Self { places: rays.places, outwards: offsets, answered })
    }

    /// The brain on the grid of the head.
    pub fn fill(&self, grid: &Grid, atlas: &Atlas, placed: &Placed) -> Option<Mask> {
        let to_atlas = grid.to_lps.then(&placed.to_head.inverse()?);
        let margin = match placed.fluid {
            Fluid::Dark => MARGIN_MM,
            Fluid::Bright => MARGIN_BRIGHT_FLUID_MM,
        };
        let spread = Spread::of(&self.places, &self.outwards)?;
        let [ni, nj, _] = grid.shape;
        let mut mask = Volume::filled(*grid, false);
        mask.voxels_mut().par_chunks_mut((ni * nj).max(1)).enumerate().for_each(|(k, slice)| {
            for (n, inside) in slice.iter_mut().enumerate() {
                let place = to_atlas.apply_to([(n % ni) as f64, (n / ni) as f64, k as f64]);
                let from_atlas = f64::from(atlas.signed_mm(place));
                let signed = from_atlas - margin;
                *inside = signed <= OFFSET_MM[0]
                    || (signed <= OFFSET_MM[1] && signed <= spread.at(place))
                    || base::reach_mm(atlas, place).is_some_and(|reach| from_atlas <= reach);
            }
        });
        Some(mask)
    }
}

/// How unclear the outline is at each place, from 0 to 1: by the part of its neighbours that did not
/// answer or answered too early, beyond what is usual in this head.
fn unclear(near: &[Vec<u32>], ends: &[Option<f64>], wide: &[Option<f64>]) -> Vec<f64> {
    let poor: Vec<f64> = near
        .iter()
        .zip(wide)
        .map(|(near, consensus)| {
            let least = consensus.unwrap_or_default() - TOO_EARLY_MM;
            let good = |n: &&u32| ends[**n as usize].is_some_and(|end| end >= least);
            1. - near.iter().filter(good).count() as f64 / near.len().max(1) as f64
        })
        .collect();
    let mut sorted = poor.clone();
    sorted.sort_by(f64::total_cmp);
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    let [from, to] = UNCLEAR.map(|beyond| usual + beyond);
    poor.into_iter().map(|poor| ((poor - from) / (to - from)).clamp(0., 1.)).collect()
}

/// A quantile of the neighbours' answers above a least one; nothing when too few answered.
fn quantile(near: &[u32], ends: &[Option<f64>], least: f64, part: f64) -> Option<f64> {
    let mut answers: Vec<f64> =
        near.iter().filter_map(|&n| ends[n as usize]).filter(|end| *end >= least).collect();
    if (answers.len() as f64) < ANSWERED_MIN * near.len() as f64 {
        return None;
    }
    answers.sort_by(f64::total_cmp);
    let at = (part * answers.len().saturating_sub(1) as f64).round() as usize;
    answers.get(at).map(|answer| answer.clamp(OFFSET_MM[0], OFFSET_MM[1]))
}

fn mean(near: &[u32], offsets: &[Option<f64>]) -> Option<f64> {
    let (sum, count) = near
        .iter()
        .filter_map(|&n| offsets[n as usize])
        .fold((0., 0_usize), |(sum, count), offset| (sum + offset, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// Values at places carried to everywhere around: a weighted mean of those nearby.
struct Spread {
    values: Volume<f32>,
    from_lps: Transform<Lps, Voxel>,
}

/// Cells over which a value is spread to each side, in each of three rounds.
const SPREAD_CELLS: usize = 1;

impl Spread {
    fn of(places: &[[f64; 3]], values: &[f64]) -> Option<Self> {
        let end = |pick: fn(f64, f64) -> f64, axis: usize| {
            places.iter().map(|place| place[axis]).reduce(pick)
        };
        // Room for the range of offsets and for spreading.
        let room = 6. * SPREAD_STEP_MM;
        let mut rows = [[0.; 4]; 3];
        let mut shape = [0; 3];
        for axis in 0..3 {
            let (from, to) = (end(f64::min, axis)? - room, end(f64::max, axis)? + room);
            rows[axis][axis] = SPREAD_STEP_MM;
            rows[axis][3] = from;
            shape[axis] = ((to - from) / SPREAD_STEP_MM) as usize + 1;
        }
        let grid = Grid { shape, to_lps: Transform::new(rows) };
        let from_lps = grid.to_lps.inverse()?;
        let (mut sum, mut weight) = (vec![0_f32; grid.len()], vec![0_f32; grid.len()]);
        for (place, value) in places.iter().zip(values) {
            let index = from_lps.apply_to(*place).map(|c| (c + 0.5) as usize);
            sum[grid.offset(index)] += *value as f32;
            weight[grid.offset(index)] += 1.;
        }
        for field in [&mut sum, &mut weight] {
            for _ in 0..3 {
                for axis in 0..3 {
                    crate::distance::average_along(grid.shape, axis, SPREAD_CELLS, field);
                }
            }
        }
        let values =
            Volume::from_fn(grid, |at| if weight[at] > 1e-6 { sum[at] / weight[at] } else { 0. });
        Some(Self { values, from_lps })
    }

    fn at(&self, place: [f64; 3]) -> f64 {
        let index = self.from_lps.apply(Point::new(place)).at;
        let shape = self.values.grid().shape;
        let inside = (0..3).all(|a| index[a] >= 0. && index[a] <= shape[a] as f64 - 1.);
        if inside { f64::from(resample::linear_at(&self.values, index)) } else { 0. }
    }
}
