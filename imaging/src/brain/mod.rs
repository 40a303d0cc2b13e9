//! Which voxels of a head are brain.
//!
//! Hospital images show a head; segmentation models expect a brain. The atlas is placed in the head
//! ([`place`]), its outline is moved to where tissue ends in this head ([`surface`]), and what is
//! inside is the brain: whatever a tumour looks like, it stays in, as nothing is ever cut out of the
//! inside. The outline errs outwards.

mod atlas;
mod lattice;
mod place;
mod pose;
mod rays;
mod stripped;
mod surface;

pub use atlas::Atlas;
pub use stripped::{Stripped, already_stripped};

use crate::nifti::NiftiError;
use interval_core::assessment::Doubt;
use interval_core::fault::Fault;
use interval_core::geometry::{Lps, Transform};
use interval_core::volume::{Mask, Volume};

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

/// Finds the brain in a head, of any contrast and in any orientation of storage.
pub fn extract(head: &Volume<f32>, atlas: &Atlas) -> Result<BrainMask, BrainError> {
    let placed = place::place(head, atlas)
        .ok_or_else(|| BrainError::NoBrain("it shows nothing like a head".into()))?;
    let nothing = || BrainError::NoBrain("its voxels have no volume".into());
    let offsets = surface::Offsets::find(head, atlas, &placed.to_head).ok_or_else(nothing)?;
    let mask = offsets.fill(head.grid(), atlas, &placed.to_head).ok_or_else(nothing)?;
    Ok(BrainMask {
        mask,
        atlas_to_head: placed.to_head,
        explained: placed.explained,
        outlined: offsets.answered,
        doubt: None,
    })
}
