//! The head atlas: an average brain, which is carried onto a patient's head.

use super::BrainError;
use crate::components::{self, Connectivity};
use crate::distance;
use crate::{morphology, nifti, resample};
use interval_core::geometry::{Lps, Voxel};
use interval_core::geometry::{Point, Transform};
use interval_core::units::Mm;
use interval_core::volume::{Mask, Volume};

/// Tissue probability (grey and white matter together, of 255) above which a voxel is brain.
const TISSUE_MIN: f32 = 0.3 * 255.;

/// Radius that closes the sulci, whose fluid belongs to the brain's outline, in mm.
const SULCUS_MM: f64 = 8.;

/// How far around the brain distances are kept, in mm: scalp and skull are thinner.
const AROUND_MM: f64 = 24.;

/// An average brain with its tissues: the MNI ICBM152 2009a template (Fonov et al., NeuroImage
/// 54:313, 2011), whose T1 image shows the brain alone.
#[derive(Debug, Clone)]
pub struct Atlas {
    /// T1-weighted brain.
    pub t1: Volume<f32>,
    /// The brain with the fluid in its sulci.
    pub brain: Mask,
    /// Grey and white matter, 0 to 1.
    pub tissue: Volume<f32>,
    /// Signed distance to the brain's outline in mm, negative inside, on a box of the same grid
    /// around the brain.
    signed: Volume<f32>,
    from_lps: Transform<Lps, Voxel>,
}

impl Atlas {
    /// Reads the three files of the template: T1, probability of grey matter, of white matter.
    pub fn from_nifti(t1: &[u8], grey: &[u8], white: &[u8]) -> Result<Self, BrainError> {
        let read = |name: &'static str, bytes: &[u8]| {
            nifti::read(bytes).map_err(|source| BrainError::UnreadableAtlas { name, source })
        };
        let (t1, grey, white) = (read("T1", t1)?, read("grey", grey)?, read("white", white)?);
        if !grey.grid().coincides(t1.grid(), Mm(0.1)) || !white.grid().coincides(t1.grid(), Mm(0.1))
        {
            return Err(BrainError::NoAtlas("its three images do not lie on one grid"));
        }
        let sum = |at: usize| grey.voxels()[at] + white.voxels()[at];
        let tissue = Volume::from_fn(*t1.grid(), |at| sum(at) / 255.);
        let certain = Volume::from_fn(*t1.grid(), |at| sum(at) >= TISSUE_MIN);
        let one = components::label(&certain, Connectivity::Six).largest();
        let brain = morphology::fill_holes(&morphology::close_mm(&one, Mm(SULCUS_MM)));
        Self::new(t1, brain, tissue)
    }

    fn new(t1: Volume<f32>, brain: Mask, tissue: Volume<f32>) -> Result<Self, BrainError> {
        let window = crate::window::Window::around(brain.grid(), |at| brain.voxels()[at])
            .ok_or(BrainError::NoAtlas("it shows no brain"))?
            .widened(brain.grid(), AROUND_MM);
        let inside = window.cut(&brain, |inside| *inside);
        let out = distance::to_mask(&inside);
        let within = distance::to_mask(&inside.map(|inside| !inside));
        // Half a voxel, as the outline lies between the centres.
        let half = inside.grid().spacing_mm().into_iter().sum::<f64>() as f32 / 6.;
        let signed = Volume::from_fn(*inside.grid(), |at| {
            let (out, within) = (out.voxels()[at], within.voxels()[at]);
            if within > 0. { half - within } else { out - half }
        });
        let from_lps = signed
            .grid()
            .to_lps
            .inverse()
            .ok_or(BrainError::NoAtlas("its voxels have no volume"))?;
        Ok(Self { t1, brain, tissue, signed, from_lps })
    }

    /// Signed distance in mm from a place in the atlas to the brain's outline: negative inside;
    /// [`AROUND_MM`] or more wherever that is farther away.
    pub(super) fn signed_mm(&self, place: [f64; 3]) -> f32 {
        let index = self.from_lps.apply(Point::new(place)).at;
        let shape = self.signed.grid().shape;
        let inside = (0..3).all(|a| index[a] >= 0. && index[a] <= shape[a] as f64 - 1.);
        if inside { resample::linear_at(&self.signed, index) } else { AROUND_MM as f32 }
    }

    /// Places (mm) on a lattice with this step for which the signed distance lies in a range.
    pub(super) fn places(&self, step_mm: f64, range: std::ops::Range<f32>) -> Vec<[f64; 3]> {
        let grid = self.signed.grid();
        let every = grid.spacing_mm().map(|s| ((step_mm / s).round() as usize).max(1));
        (0..grid.len())
            .filter(|&at| {
                let index = grid.index(at);
                (0..3).all(|a| index[a].is_multiple_of(every[a]))
                    && range.contains(&self.signed.voxels()[at])
            })
            .map(|at| grid.to_lps.apply_to(grid.index(at).map(|n| n as f64)))
            .collect()
    }

    /// Direction away from the brain at a place, of length 1; nothing where there is none.
    pub(super) fn outwards(&self, place: [f64; 3]) -> Option<[f64; 3]> {
        let slope = [0, 1, 2].map(|axis| {
            let moved = |by: f64| {
                let mut there = place;
                there[axis] += by;
                f64::from(self.signed_mm(there))
            };
            moved(SLOPE_MM) - moved(-SLOPE_MM)
        });
        let length = slope.iter().map(|s| s * s).sum::<f64>().sqrt();
        (length > 1e-6).then(|| slope.map(|s| s / length))
    }
}

/// Half the span over which the direction of the outline is taken, in mm: about a gyrus' width, so
/// that the voxels' staircase does not show.
const SLOPE_MM: f64 = 4.;
