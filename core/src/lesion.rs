//! Lesions, and the same lesion through time.

use crate::geometry::{Lps, Point};
use crate::uid::TrackingUid;
use crate::units::{Cm3, Mm, Mm2};
use std::fmt;

/// A tumour sub-region, by its voxel label in our label maps. A model's own numbers are mapped to
/// these by its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// Non-enhancing tumour core, with necrosis (NETC).
    NonEnhancingCore = 1,
    /// Surrounding non-enhancing FLAIR hyperintensity (SNFH): oedema, infiltration or treatment
    /// effect.
    FlairHyperintensity = 2,
    /// Enhancing tissue (ET).
    Enhancing = 3,
    /// Resection cavity (RC): never part of the tumour.
    ResectionCavity = 4,
}

impl Region {
    /// All regions, in the order of their labels.
    pub const ALL: [Region; 4] = [
        Region::NonEnhancingCore,
        Region::FlairHyperintensity,
        Region::Enhancing,
        Region::ResectionCavity,
    ];

    /// The value of its voxels in a label map.
    pub fn label(self) -> u8 {
        self as u8
    }

    /// The region of a voxel value; nothing for background and unknown values.
    pub fn from_label(label: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.label() == label)
    }

    /// The short form in use in the field (BraTS 2023 and later).
    pub fn as_str(self) -> &'static str {
        match self {
            Region::NonEnhancingCore => "NETC",
            Region::FlairHyperintensity => "SNFH",
            Region::Enhancing => "ET",
            Region::ResectionCavity => "RC",
        }
    }

    /// Part of the tumour core (ET + NETC).
    pub fn in_core(self) -> bool {
        matches!(self, Region::Enhancing | Region::NonEnhancingCore)
    }

    /// Part of the whole tumour (ET + NETC + SNFH).
    pub fn in_whole(self) -> bool {
        self != Region::ResectionCavity
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Volumes by region, in the native grid of their study.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RegionVolumes {
    /// Enhancing tissue.
    pub enhancing: Cm3,
    /// Non-enhancing core.
    pub non_enhancing_core: Cm3,
    /// FLAIR hyperintensity.
    pub flair_hyperintensity: Cm3,
    /// Resection cavity.
    pub resection_cavity: Cm3,
}

impl RegionVolumes {
    /// Tumour core: ET + NETC.
    pub fn core(&self) -> Cm3 {
        self.enhancing + self.non_enhancing_core
    }

    /// Whole tumour: ET + NETC + SNFH.
    pub fn whole(&self) -> Cm3 {
        self.core() + self.flair_hyperintensity
    }

    /// The volume of one region.
    pub fn of(&self, region: Region) -> Cm3 {
        match region {
            Region::Enhancing => self.enhancing,
            Region::NonEnhancingCore => self.non_enhancing_core,
            Region::FlairHyperintensity => self.flair_hyperintensity,
            Region::ResectionCavity => self.resection_cavity,
        }
    }

    /// Adds to the volume of one region.
    pub fn add(&mut self, region: Region, volume: Cm3) {
        let sum = match region {
            Region::Enhancing => &mut self.enhancing,
            Region::NonEnhancingCore => &mut self.non_enhancing_core,
            Region::FlairHyperintensity => &mut self.flair_hyperintensity,
            Region::ResectionCavity => &mut self.resection_cavity,
        };
        *sum = *sum + volume;
    }
}

/// Longest diameter in one image plane, and the longest across it (Macdonald; PS3.16 CID 7470).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diameters {
    /// Longest diameter, edge to edge.
    pub long: Mm,
    /// Longest diameter at a right angle to it (within 5 degrees), same slice, edge to edge.
    pub short: Mm,
    /// Index of the slice they were measured on, along k of the native grid.
    pub slice: usize,
    /// Ends of the long diameter.
    pub long_ends: [Point<Lps>; 2],
    /// Ends of the short diameter.
    pub short_ends: [Point<Lps>; 2],
}

impl Diameters {
    /// Product of the two diameters.
    pub fn product(&self) -> Mm2 {
        self.long * self.short
    }
}

/// One lesion at one timepoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesion {
    /// Its value in the timepoint's lesion map, from 1.
    pub index: u8,
    /// Volumes by region.
    pub volumes: RegionVolumes,
    /// Volume if its outline lay half a voxel further in, and half a voxel further out.
    pub bounds: [Cm3; 2],
    /// Diameters of the core; nothing for a lesion without one.
    pub diameters: Option<Diameters>,
    /// Centre of mass.
    pub centre: Point<Lps>,
}

/// What became of a lesion since the timepoint before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Seen for the first time in the study that starts the timeline.
    First,
    /// The same lesion as before.
    Persisting,
    /// Not there before.
    New,
    /// One of several that one lesion became.
    Split,
    /// What several lesions became.
    Merged,
    /// Gone.
    Vanished,
    /// Was gone, is back.
    Reappeared,
}

impl Fate {
    /// The word used in reports, files and columns.
    pub fn as_str(self) -> &'static str {
        match self {
            Fate::First => "first",
            Fate::Persisting => "persisting",
            Fate::New => "new",
            Fate::Split => "split",
            Fate::Merged => "merged",
            Fate::Vanished => "vanished",
            Fate::Reappeared => "reappeared",
        }
    }
}

/// One lesion through the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct LesionTrack {
    /// Its identity for life.
    pub uid: TrackingUid,
    /// Its name for people: "1", or "3a" for a part of a lesion that split.
    pub name: String,
    /// For each timepoint, in order: what became of it, and the indices of its parts in that
    /// timepoint's lesion map (none when it is not there).
    pub sightings: Vec<Sighting>,
}

/// A track at one timepoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What became of it; nothing while it had not been seen yet, or stays gone.
    pub fate: Option<Fate>,
    /// Indices of the lesions that carry its name at this timepoint.
    pub lesions: Vec<u8>,
}
