//! How well two masks agree: overlap, distance of the surfaces, and lesion by lesion.

mod lesionwise;
mod surface;

pub use lesionwise::{Challenge, LesionWise, lesion_wise};

use interval_core::units::Mm;
use interval_core::volume::Mask;
use surface::Surfaces;

/// Two masks that do not have the same voxels cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("masks of {0:?} and {1:?} voxels cannot be compared")]
pub struct DifferentGrids(pub [usize; 3], pub [usize; 3]);

impl DifferentGrids {
    /// We compared what must not be compared.
    pub fn fault(&self) -> interval_core::fault::Fault {
        interval_core::fault::Fault::Defect
    }
}

fn same_grid(a: &Mask, b: &Mask) -> Result<(), DifferentGrids> {
    let [a, b] = [a.grid().shape, b.grid().shape];
    if a == b { Ok(()) } else { Err(DifferentGrids(a, b)) }
}

/// Dice coefficient: twice the common voxels over the voxels of both; 1 when both are empty.
pub fn dice(a: &Mask, b: &Mask) -> Result<f64, DifferentGrids> {
    same_grid(a, b)?;
    let common = a.voxels().iter().zip(b.voxels()).filter(|(a, b)| **a && **b).count();
    let both = a.count() + b.count();
    Ok(if both == 0 { 1. } else { 2. * common as f64 / both as f64 })
}

/// The larger of both directions' 95th percentile of the distance between the surfaces, each piece
/// of surface weighted by its area. Two empty masks are 0 apart, an empty one and another are
/// infinitely far apart; a score puts its own limit in place of that.
pub fn hausdorff95(a: &Mask, b: &Mask) -> Result<Mm, DifferentGrids> {
    hausdorff(a, b, 0.95)
}

fn hausdorff(a: &Mask, b: &Mask, part: f64) -> Result<Mm, DifferentGrids> {
    same_grid(a, b)?;
    Ok(match (a.voxels().contains(&true), b.voxels().contains(&true)) {
        (false, false) => Mm(0.),
        (true, true) => Mm(Surfaces::between(a, b).farthest(part)),
        _ => Mm(f64::INFINITY),
    })
}

/// Normalised surface Dice (Nikolov et al. 2018, arXiv 1809.04430): the part of both surfaces that
/// lies within a tolerance of the other one; 1 when both are empty.
pub fn surface_dice(a: &Mask, b: &Mask, tolerance: Mm) -> Result<f64, DifferentGrids> {
    same_grid(a, b)?;
    Ok(match (a.voxels().contains(&true), b.voxels().contains(&true)) {
        (false, false) => 1.,
        (true, true) => Surfaces::between(a, b).within(tolerance.0),
        _ => 0.,
    })
}

#[cfg(test)]
mod tests;
