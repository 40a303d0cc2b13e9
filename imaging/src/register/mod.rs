//! Two images of one head brought together.
//!
//! [`rigid`] aligns two images of the same patient, and [`gate::judge`] says whether an alignment,
//! however it was come by, can be believed.
//!
//! One optimiser serves all: robust Gauss-Newton on log intensities over a pyramid of resolutions
//! (after Reuter et al. 2010, doi 10.1016/j.neuroimage.2010.07.020). Both images are sampled on a
//! lattice halfway between them, so neither is favoured and both directions are exact inverses.
//! Gain and shading of the two scanners are estimated with the motion. For two contrasts the
//! intensity of one is first sent through a curve that is estimated again in each round.
//! Scalp and neck, which move by themselves, weigh little.
//! Where one image has thick slices, the other is averaged over their profile.
//!
//! Sums run over fixed pieces in a fixed order: the result does not depend on the number of
//! threads.

mod curve;
mod frame;
mod freedom;
pub mod gate;
mod information;
mod lattice;
mod layer;
mod level;
mod normal;
mod optimise;
mod pass;
mod pyramid;
mod relation;
mod search;
mod shrink;
mod surface;
mod thick;
mod view;

use gate::Gate;
use interval_core::fault::Fault;
use interval_core::geometry::{Lps, Transform};
use interval_core::volume::{Mask, Volume};
use pyramid::{Pyramid, facing};

/// How the intensities of two images compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contrast {
    /// The same sequence at two dates: equal up to gain and shading.
    Same,
    /// Two sequences: one is an unknown function of the other.
    Cross,
}

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Scanner coordinates: for series of one study.
    Header,
    /// Centres of mass on each other.
    CentreOfMass,
    /// Both, and turned by up to 30 degrees about each axis; the best after a coarse alignment.
    Search,
}

/// What is to be aligned, and how.
#[derive(Debug, Clone, Copy)]
pub struct Rigid<'a> {
    /// How the intensities compare.
    pub contrast: Contrast,
    /// Voxels of the fixed image that do not count: known lesions, what lies outside a region of
    /// interest. On the fixed grid.
    pub ignore: Option<&'a Mask>,
    /// Where to begin.
    pub start: Start,
}

impl Rigid<'_> {
    /// Everything counts, and the start is searched for.
    pub fn of(contrast: Contrast) -> Self {
        Self { contrast, ignore: None, start: Start::Search }
    }
}

/// Two images brought together.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// A point of the fixed head in mm -> the same point of the moving head in mm. Resampling the
    /// moving image onto the fixed grid takes this map as it is.
    pub fixed_to_moving: Transform<Lps, Lps>,
    /// The way back, an exact inverse.
    pub moving_to_fixed: Transform<Lps, Lps>,
    /// Whether the result can be believed.
    pub gate: Gate,
    /// Rounds of the optimiser, all resolutions together.
    pub iterations: usize,
}

/// Why two images cannot be compared at all. A poor alignment is not an error: see [`Gate`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegisterError {
    /// Nothing in the image stands out from its background.
    #[error("the {0} image shows no head: it is empty or has one value everywhere")]
    Empty(&'static str),
    /// Too few voxels along an axis.
    #[error("the {which} image has {shape:?} voxels; at least {least} are needed along each axis")]
    TooSmall {
        /// Which of the two.
        which: &'static str,
        /// Its voxels along i, j, k.
        shape: [usize; 3],
        /// Voxels needed.
        least: usize,
    },
    /// A mask that lies on another grid than the fixed image.
    #[error("the mask of voxels to ignore has another grid than the fixed image")]
    IgnoreElsewhere,
}

impl RegisterError {
    /// What the caller should do about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Empty(_) | Self::TooSmall { .. } => Fault::Refused,
            Self::IgnoreElsewhere => Fault::Defect,
        }
    }
}

/// Lattice step of the last level, in mm. A finer one costs twice as much and gains nothing that
/// a growing tumour or a thick slice would not hide.
const FINEST_MM: f64 = 1.5;

/// The movement of the head between two images of the same patient.
pub fn rigid(
    fixed: &Volume<f32>,
    moving: &Volume<f32>,
    how: &Rigid,
) -> Result<Registration, RegisterError> {
    if how.ignore.is_some_and(|mask| mask.grid().shape != fixed.grid().shape) {
        return Err(RegisterError::IgnoreElsewhere);
    }
    let fixed = Pyramid::of(fixed, how.ignore, FINEST_MM).map_err(|cause| cause.named("fixed"))?;
    let moving = Pyramid::of(moving, None, FINEST_MM).map_err(|cause| cause.named("moving"))?;
    let (fixed, moving) = facing(fixed, moving);
    let start = search::start(&fixed, &moving, how.start, how.contrast);
    let found = optimise::rigid(&fixed, &moving, start, how.contrast);
    let mut gate = gate::of_pyramids(&fixed, &moving, &found.fixed_to_moving, how.contrast);
    gate.nmi_before = Some(gate::nmi(&fixed, &moving, &Transform::identity()));
    Ok(Registration {
        fixed_to_moving: found.fixed_to_moving,
        moving_to_fixed: frame::inverse(&found.fixed_to_moving),
        gate,
        iterations: found.iterations,
    })
}

#[cfg(test)]
mod tests;
