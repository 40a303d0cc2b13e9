//! The lesion-wise score of the BraTS challenges from 2023 on: each lesion counts the same, a
//! missed one and an invented one count as wholly wrong.

use super::{DifferentGrids, dice, hausdorff95, same_grid};
use crate::components::{self, Components, Connectivity};
use crate::morphology;
use interval_core::geometry::Grid;
use interval_core::volume::Mask;

/// Distance that stands for "not found", in mm: the diagonal of the challenge's 240 x 240 x 155
/// voxels of 1 mm.
const NOT_FOUND_MM: f64 = 374.;

/// What a challenge counts as one lesion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Challenge {
    /// Rings of 18 neighbours within which fragments are one lesion.
    pub dilation: usize,
    /// Lesions of the truth of this volume or less are not counted, in mm3.
    pub floor_mm3: f64,
}

impl Challenge {
    /// Glioma before and after treatment, sub-Saharan and paediatric glioma.
    pub const GLIOMA: Challenge = Challenge { dilation: 3, floor_mm3: 50. };
    /// Metastases.
    pub const METASTASES: Challenge = Challenge { dilation: 1, floor_mm3: 2. };
}

/// The score of one region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LesionWise {
    /// Lesions of the truth.
    pub lesions: usize,
    /// Those above the floor.
    pub counted: usize,
    /// Components of the prediction that touch no lesion.
    pub invented: usize,
    /// Counted lesions that nothing of the prediction touches.
    pub missed: usize,
    /// Mean Dice over counted and invented lesions.
    pub dice: f64,
    /// Mean 95th percentile of the surface distance over the same, in mm.
    pub hausdorff95_mm: f64,
}

/// Scores a prediction against the truth.
pub fn lesion_wise(
    truth: &Mask,
    prediction: &Mask,
    challenge: Challenge,
) -> Result<LesionWise, DifferentGrids> {
    same_grid(truth, prediction)?;
    let grid = *truth.grid();
    let grown = morphology::dilate_steps(truth, challenge.dilation, Connectivity::Eighteen);
    let lesions = components::label(&grown, Connectivity::TwentySix);
    let found = components::label(prediction, Connectivity::TwentySix);
    let mut touched = vec![false; found.sizes.len()];
    let mut score = LesionWise {
        lesions: lesions.sizes.len(),
        counted: 0,
        invented: 0,
        missed: 0,
        dice: 0.,
        hausdorff95_mm: 0.,
    };
    for number in 1..=lesions.sizes.len() as u32 {
        let lesion = part(truth, &lesions, number);
        let (predicted, hit) = touching(&lesion, &found, challenge);
        for component in &hit {
            touched[*component as usize - 1] = true;
        }
        if lesion.count() as f64 * voxel_mm3(&grid) <= challenge.floor_mm3 {
            continue;
        }
        score.counted += 1;
        score.missed += usize::from(hit.is_empty());
        score.dice += dice(&lesion, &predicted)?;
        score.hausdorff95_mm += hausdorff95(&lesion, &predicted)?.0.min(NOT_FOUND_MM);
    }
    score.invented = touched.iter().filter(|touched| !**touched).count();
    score.hausdorff95_mm += NOT_FOUND_MM * score.invented as f64;
    let all = score.counted + score.invented;
    if all == 0 {
        return Ok(LesionWise { dice: 1., ..score });
    }
    score.dice /= all as f64;
    score.hausdorff95_mm /= all as f64;
    Ok(score)
}

fn voxel_mm3(grid: &Grid) -> f64 {
    grid.voxel_volume().0 * 1000.
}

/// The voxels of one lesion, without what the dilation added.
fn part(truth: &Mask, lesions: &Components, number: u32) -> Mask {
    let mut mask = lesions.labels.map(|&label| label == number);
    for (inside, truth) in mask.voxels_mut().iter_mut().zip(truth.voxels()) {
        *inside &= truth;
    }
    mask
}

/// The predicted components that touch a dilated lesion, together, and their numbers.
fn touching(lesion: &Mask, found: &Components, challenge: Challenge) -> (Mask, Vec<u32>) {
    let zone = morphology::dilate_steps(lesion, challenge.dilation, Connectivity::Eighteen);
    let mut hit: Vec<u32> = zone
        .voxels()
        .iter()
        .zip(found.labels.voxels())
        .filter(|(in_zone, label)| **in_zone && **label > 0)
        .map(|(_, label)| *label)
        .collect();
    hit.sort_unstable();
    hit.dedup();
    (found.labels.map(|label| hit.binary_search(label).is_ok()), hit)
}
