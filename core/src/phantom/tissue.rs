//! Tissues and how bright they are in each sequence, in units of white matter.

use crate::role::SeriesRole;

/// The four sequences of the phantom, in the order of [`SeriesRole::CHANNELS`].
pub(super) const SEQUENCES: usize = 4;

/// Brightness in T1, T1c, T2, FLAIR; white matter is about 1.
pub(super) type Brightness = [f32; SEQUENCES];

/// Position of a role in a [`Brightness`]; nothing for roles that the phantom does not have.
pub(super) fn sequence(role: SeriesRole) -> Option<usize> {
    SeriesRole::CHANNELS.iter().position(|channel| *channel == role)
}

pub(super) const AIR: Brightness = [0.01, 0.01, 0.01, 0.01];
pub(super) const BONE: Brightness = [0.07, 0.07, 0.05, 0.05];
pub(super) const MARROW: Brightness = [0.62, 0.68, 0.5, 0.42];
pub(super) const FAT: Brightness = [1.3, 1.32, 1.0, 0.8];
pub(super) const MUSCLE: Brightness = [0.55, 0.68, 0.42, 0.48];
pub(super) const SKIN: Brightness = [0.6, 0.75, 0.5, 0.5];
pub(super) const FLUID: Brightness = [0.24, 0.26, 2.7, 0.3];
pub(super) const GREY: Brightness = [0.7, 0.74, 1.36, 1.2];
pub(super) const DEEP_GREY: Brightness = [0.83, 0.86, 1.14, 1.1];
pub(super) const WHITE: Brightness = [1.0, 1.02, 1.0, 1.0];
pub(super) const DURA: Brightness = [0.45, 1.0, 0.45, 0.5];
pub(super) const VESSEL: Brightness = [0.45, 1.75, 0.4, 0.4];
pub(super) const MUCOSA: Brightness = [0.6, 1.5, 1.8, 1.4];
pub(super) const CHOROID: Brightness = [0.5, 1.3, 1.9, 0.9];
pub(super) const LENS: Brightness = [0.6, 0.62, 0.5, 0.5];

/// Regions of a lesion, as an untreated glioblastoma shows them: a dark centre, a rim that takes
/// up contrast, and bright swelling around on T2 and FLAIR.
pub(super) const NECROSIS: Brightness = [0.28, 0.22, 2.5, 1.3];
pub(super) const RIM: Brightness = [0.72, 1.68, 1.55, 1.5];
pub(super) const OEDEMA: Brightness = [0.74, 0.75, 1.98, 2.0];
