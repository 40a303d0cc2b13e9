//! The shading that a receive coil lays over an image, estimated and taken away.
//!
//! Shading blurs the histogram of log intensities, so the field is sought that leaves the sharpest
//! one: steepest descent on its entropy, each step fitted to how far every voxel is from the summit
//! of its tissue (the idea of Sled 1998, doi 10.1109/42.668698, with the criterion of Mangin,
//! MMBIA 2000). A step that does not sharpen is not taken, so an even image
//! stays as it is. The field is a polynomial of fourth order over the head: nothing as small as a
//! tumour fits into it, and a lesion keeps its contrast.

mod field;
mod histogram;

use field::{Field, Fit, Terms};
use histogram::Histogram;
use interval_core::volume::{Mask, Volume};

/// Distance between the voxels that the field is fitted to, in mm: 30,000 in a brain.
const SAMPLE_MM: f64 = 3.5;
/// Fewest samples a field can be fitted to.
const SAMPLES_MIN: usize = 500;
/// Rounds at most.
const ROUNDS_MAX: usize = 40;
/// A round that lowers the entropy by less than this, in nats, is the last.
const STILL: f64 = 1e-5;
/// Lengths of step tried in each round, in shares of the best one so far.
const STRIDES: [f64; 4] = [0.5, 1., 2., 4.];
/// The first step: the mean of a neighbourhood lies halfway to the summit.
const FIRST_STEP: f64 = 2.;
/// Longest step in distances to the neighbourhood's mean.
const STEP_MAX: f64 = 16.;

/// The image with its shading taken away; the mean log intensity inside the mask stays. Too few
/// voxels inside, or none above zero, and the image comes back as it was.
pub fn correct(volume: &Volume<f32>, inside: &Mask) -> Volume<f32> {
    let Some(terms) = Terms::over(inside) else { return volume.clone() };
    let samples = samples(volume, inside, &terms);
    if samples.len() < SAMPLES_MIN {
        return volume.clone();
    }
    estimate(&samples).divided_out(volume, &terms)
}

/// A voxel the field is fitted to.
struct Sample {
    /// Where, in the coordinates of the field.
    at: [f64; 3],
    /// Log intensity as measured.
    log: f64,
}

/// Voxels inside the mask and above zero, about [`SAMPLE_MM`] apart. A tenth of the median is no
/// tissue: its logarithm would only add noise.
fn samples(volume: &Volume<f32>, inside: &Mask, terms: &Terms) -> Vec<Sample> {
    let grid = volume.grid();
    let step = grid.spacing_mm().map(|s| (SAMPLE_MM / s).round().max(1.) as usize);
    let chosen = |offset: &usize| {
        let index = grid.index(*offset);
        (0..3).all(|a| index[a].is_multiple_of(step[a]))
            && inside.voxels()[*offset]
            && volume.voxels()[*offset] > 0.
    };
    let offsets: Vec<usize> = (0..grid.len()).filter(chosen).collect();
    let mut values: Vec<f32> = offsets.iter().map(|offset| volume.voxels()[*offset]).collect();
    values.sort_unstable_by(f32::total_cmp);
    let least = values.get(values.len() / 2).map_or(0., |median| 0.1 * median);
    offsets
        .into_iter()
        .filter(|offset| volume.voxels()[*offset] > least)
        .map(|offset| Sample {
            at: terms.coordinates(grid.index(offset)),
            log: f64::from(volume.voxels()[offset]).ln(),
        })
        .collect()
}

/// Descends along the entropy of the histogram until it rests.
fn estimate(samples: &[Sample]) -> Field {
    let places: Vec<[f64; 3]> = samples.iter().map(|sample| sample.at).collect();
    let fit = Fit::over(&places);
    let mut field = Field::none();
    let mut logs: Vec<f64> = samples.iter().map(|sample| sample.log).collect();
    let mut histogram = Histogram::of(&logs);
    let mut length = FIRST_STEP;
    for _ in 0..ROUNDS_MAX {
        let shift: Vec<f64> = logs.iter().map(|log| log - histogram.summit(*log)).collect();
        let direction = fit.field(&shift).centred(&places);
        let change: Vec<f64> = places.iter().map(|at| direction.log_at(*at)).collect();
        let after = |step: f64| -> Vec<f64> {
            logs.iter().zip(&change).map(|(log, change)| log - step * change).collect()
        };
        let tried = STRIDES.map(|stride| {
            let step = (stride * length).min(STEP_MAX);
            (step, Histogram::of(&after(step)).entropy())
        });
        let (step, entropy) = tried
            .into_iter()
            .fold((0., f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best });
        if entropy > histogram.entropy() - STILL {
            break;
        }
        field = field.plus(&direction, step);
        logs = after(step);
        histogram = Histogram::of(&logs);
        length = step;
    }
    field
}

#[cfg(test)]
mod tests;
