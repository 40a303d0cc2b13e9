//! The shading that a receive coil lays over an image, estimated and taken away.
//!
//! After Sled 1998 (doi 10.1109/42.668698): shading blurs the histogram of log intensities; each
//! round sharpens the histogram, sends every voxel to the tissue it most likely belongs to, and
//! fits a smooth field to what is left. The field is a polynomial of fourth order over the head,
//! so nothing as small as a tumour fits into it: a lesion keeps its contrast.

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
/// A round that changes the field by less than this (log intensity, root mean square) is the last.
const STILL: f64 = 5e-4;

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

/// Sharpen, assign, fit: until the field rests.
fn estimate(samples: &[Sample]) -> Field {
    let places: Vec<[f64; 3]> = samples.iter().map(|sample| sample.at).collect();
    let fit = Fit::over(&places);
    let mut field = Field::none();
    for _ in 0..ROUNDS_MAX {
        let shading: Vec<f64> = places.iter().map(|at| field.log_at(*at)).collect();
        let logs: Vec<f64> = samples.iter().zip(&shading).map(|(s, b)| s.log - b).collect();
        let sharpened = Histogram::of(&logs).sharpened();
        let rest: Vec<f64> =
            samples.iter().zip(&logs).map(|(s, log)| s.log - sharpened.tissue(*log)).collect();
        let next = fit.field(&rest).centred(&places);
        let moved: f64 =
            places.iter().zip(&shading).map(|(at, old)| (next.log_at(*at) - old).powi(2)).sum();
        field = next;
        if (moved / places.len() as f64).sqrt() < STILL {
            break;
        }
    }
    field
}

#[cfg(test)]
mod tests;
