//! Which voxels of a head are brain.
//!
//! Hospital images show a head; segmentation models expect a brain. The atlas is placed in the head
//! (`place`), its outline is moved to where tissue ends in this head (`surface`), and what is
//! inside is the brain: whatever a tumour looks like, it stays in, as nothing is ever cut out of the
//! inside. The outline errs outwards, most of all at the base of the skull (`base`).

mod atlas;
mod base;
mod bright;
mod head;
mod lattice;
mod place;
mod pose;
mod rays;
mod search;
mod stripped;
mod surface;

pub use atlas::Atlas;
pub use stripped::{Stripped, already_stripped};

use crate::nifti::NiftiError;
use interval_core::assessment::Doubt;
use interval_core::fault::Fault;
use interval_core::geometry::{Lps, Transform};
use interval_core::units::Cm3;
use interval_core::volume::{Mask, Volume};
use pose::Fluid;

/// The brain of a head.
#[derive(Debug, Clone, PartialEq)]
pub struct BrainMask {
    /// Brain with the fluid in its sulci, on the grid of the head.
    pub mask: Mask,
    /// From the atlas to the head.
    pub atlas_to_head: Transform<Lps, Lps>,
    /// How well the placed atlas explains the head's intensities, 0 to 1.
    pub explained: f64,
    /// Part of the outline that was found in the head itself, 0 to 1; the rest is the atlas'.
    pub outlined: f64,
    /// Why a person should look at the outline; nothing when all is well.
    pub doubt: Option<Doubt>,
}

/// Why there is no brain mask.
#[derive(Debug, thiserror::Error)]
pub enum BrainError {
    /// One of the atlas' files cannot be read.
    #[error("the {name} image of the head atlas cannot be read")]
    UnreadableAtlas {
        /// Which one.
        name: &'static str,
        /// Why.
        #[source]
        source: NiftiError,
    },
    /// The files do not make an atlas.
    #[error("the head atlas cannot be used: {0}")]
    NoAtlas(&'static str),
    /// The image shows no head, or one that the atlas does not fit.
    #[error("no brain was found in the image: {0}")]
    NoBrain(String),
}

impl BrainError {
    /// What the caller should do about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::UnreadableAtlas { .. } | Self::NoAtlas(_) => Fault::Unavailable,
            Self::NoBrain(_) => Fault::Refused,
        }
    }
}

/// Below this part of the variance explained, what was found is not a brain: noise reaches 0.04, half
/// a head 0.08.
const EXPLAINED_MIN: f64 = 0.1;

/// Below this part a person should look: a head upside down reaches 0.21, clinical T1c images of 7 mm
/// slices 0.30 and more.
const EXPLAINED_DOUBTFUL: f64 = 0.25;

/// Least part of the outline that must have been met in the head. Half is lost where an image ends
/// below the temporal lobes.
const OUTLINED_DOUBTFUL: f64 = 0.4;

/// Brains with their fluid, children's and large ones, in cm3; what is cut off by the field of view
/// is counted with the atlas.
const BRAIN_CM3: [f64; 2] = [800., 2600.];

/// Finds the brain in a head, of any contrast and in any orientation of storage.
///
/// Voxels without a value count as dark. A head that came without skull is not for this function: see [`already_stripped`].
pub fn extract(head: &Volume<f32>, atlas: &Atlas) -> Result<BrainMask, BrainError> {
    if head.voxels().iter().any(|value| !value.is_finite()) {
        let known = head.map(|value| if value.is_finite() { *value } else { 0. });
        return extract_known(&known, atlas);
    }
    extract_known(head, atlas)
}

/// As [`extract`], for an image whose every voxel has a value.
fn extract_known(head: &Volume<f32>, atlas: &Atlas) -> Result<BrainMask, BrainError> {
    let placed = place::place(head, atlas)
        .ok_or_else(|| BrainError::NoBrain("it shows nothing like a whole head".into()))?;
    if placed.fit.explained < EXPLAINED_MIN {
        let percent = placed.fit.explained * 100.;
        let what = format!("a brain would explain only {percent:.0} % of what it shows");
        return Err(BrainError::NoBrain(what));
    }
    let nothing = || BrainError::NoBrain("its voxels have no volume".into());
    let offsets = surface::Offsets::find(head, atlas, &placed).ok_or_else(nothing)?;
    let outlined = offsets.fill(head.grid(), atlas, &placed).ok_or_else(nothing)?;
    let mask = match placed.fluid {
        Fluid::Dark => bright::keep_whole(head, &outlined),
        Fluid::Bright => outlined,
    };
    let found = BrainMask {
        mask,
        atlas_to_head: placed.to_head,
        explained: placed.fit.explained,
        outlined: offsets.answered,
        doubt: None,
    };
    Ok(BrainMask { doubt: doubt(&found, atlas), ..found })
}

/// Why a person should look at an outline.
fn doubt(found: &BrainMask, atlas: &Atlas) -> Option<Doubt> {
    let Cm3(whole) = atlas.brain.volume() * found.atlas_to_head.determinant().abs();
    let what = if found.explained < EXPLAINED_DOUBTFUL {
        let percent = found.explained * 100.;
        format!("the head atlas explains only {percent:.0} % of the image")
    } else if found.outlined < OUTLINED_DOUBTFUL {
        let percent = found.outlined * 100.;
        format!("only {percent:.0} % of its edge was found in the image")
    } else if !(BRAIN_CM3[0]..BRAIN_CM3[1]).contains(&whole) {
        format!("it would be {whole:.0} cm3 large")
    } else {
        return None;
    };
    Some(Doubt::PoorBrainMask(what))
}

#[cfg(test)]
mod tests;
