//! Mirrors of what was measured.

use super::{RecordError, field};
use interval_core::assessment::Findings;
use interval_core::geometry::Point;
use interval_core::lesion::{
    Diameters, Fate, Lesion, LesionTrack, Region, RegionVolumes, Sighting,
};
use interval_core::timepoint::Date;
use interval_core::units::{Cm3, Mm};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mirror of [`Findings`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingsRecord {
    /// Study Instance UID.
    pub study: String,
    /// YYYY-MM-DD, or nothing.
    pub date: Option<String>,
    /// Volumes of all lesions together.
    pub volumes_cm3: VolumesRecord,
    /// The lesions.
    pub lesions: Vec<LesionRecord>,
    /// Components below the detection floor.
    pub ignored: usize,
    /// Their volume together.
    pub ignored_cm3: f64,
    /// Sum of products of diameters.
    pub sum_of_products_mm2: f64,
    /// Spacing of the native grid.
    pub spacing_mm: [f64; 3],
    /// Digest over the digests of the inputs.
    pub input_sha256: String,
}

/// Mirror of [`RegionVolumes`], with the two composites.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VolumesRecord {
    /// Enhancing tissue.
    pub et: f64,
    /// Non-enhancing core.
    pub netc: f64,
    /// FLAIR hyperintensity.
    pub snfh: f64,
    /// Resection cavity.
    pub rc: f64,
    /// Tumour core.
    pub tc: f64,
    /// Whole tumour.
    pub wt: f64,
}

/// Mirror of [`Lesion`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LesionRecord {
    /// Index in the lesion map.
    pub index: u8,
    /// Volumes by region.
    pub volumes_cm3: VolumesRecord,
    /// Volume with the outline half a voxel in, and out.
    pub bounds_cm3: [f64; 2],
    /// Diameters of the core.
    pub diameters: Option<DiametersRecord>,
    /// Centre of mass, LPS mm.
    pub centre_lps_mm: [f64; 3],
}

/// Mirror of [`Diameters`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DiametersRecord {
    /// Longest diameter.
    pub long_mm: f64,
    /// Perpendicular diameter.
    pub short_mm: f64,
    /// Slice index.
    pub slice: usize,
    /// Ends of the long one, LPS mm.
    pub long_ends_lps_mm: [[f64; 3]; 2],
    /// Ends of the short one, LPS mm.
    pub short_ends_lps_mm: [[f64; 3]; 2],
}

/// Mirror of [`LesionTrack`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackRecord {
    /// Tracking UID.
    pub uid: String,
    /// Name for people.
    pub name: String,
    /// One sighting a timepoint.
    pub sightings: Vec<SightingRecord>,
}

/// Mirror of [`Sighting`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SightingRecord {
    /// What became of it.
    pub fate: Option<String>,
    /// Indices of its lesions.
    pub lesions: Vec<u8>,
}

impl From<&RegionVolumes> for VolumesRecord {
    fn from(volumes: &RegionVolumes) -> Self {
        Self {
            et: volumes.enhancing.0,
            netc: volumes.non_enhancing_core.0,
            snfh: volumes.flair_hyperintensity.0,
            rc: volumes.resection_cavity.0,
            tc: volumes.core().0,
            wt: volumes.whole().0,
        }
    }
}

impl From<&VolumesRecord> for RegionVolumes {
    fn from(record: &VolumesRecord) -> Self {
        let mut volumes = Self::default();
        volumes.add(Region::Enhancing, Cm3(record.et));
        volumes.add(Region::NonEnhancingCore, Cm3(record.netc));
        volumes.add(Region::FlairHyperintensity, Cm3(record.snfh));
        volumes.add(Region::ResectionCavity, Cm3(record.rc));
        volumes
    }
}

impl From<&Findings> for FindingsRecord {
    fn from(findings: &Findings) -> Self {
        Self {
            study: findings.study.to_string(),
            date: findings.date.map(|date| date.to_string()),
            volumes_cm3: (&findings.volumes).into(),
            lesions: findings.lesions.iter().map(Into::into).collect(),
            ignored: findings.ignored.0,
            ignored_cm3: findings.ignored.1.0,
            sum_of_products_mm2: findings.sum_of_products_mm2,
            spacing_mm: findings.spacing_mm,
            input_sha256: findings.input_digest.to_string(),
        }
    }
}

impl TryFrom<&FindingsRecord> for Findings {
    type Error = RecordError;
    fn try_from(record: &FindingsRecord) -> Result<Self, RecordError> {
        let date = record.date.as_ref().map(|text| text.replace('-', "").parse::<Date>());
        Ok(Self {
            study: record.study.parse().map_err(field("study"))?,
            date: date.transpose().map_err(field("date"))?,
            volumes: (&record.volumes_cm3).into(),
            lesions: record.lesions.iter().map(Into::into).collect(),
            ignored: (record.ignored, Cm3(record.ignored_cm3)),
            sum_of_products_mm2: record.sum_of_products_mm2,
            spacing_mm: record.spacing_mm,
            input_digest: record.input_sha256.parse().map_err(field("input_sha256"))?,
        })
    }
}

impl From<&Lesion> for LesionRecord {
    fn from(lesion: &Lesion) -> Self {
        Self {
            index: lesion.index,
            volumes_cm3: (&lesion.volumes).into(),
            bounds_cm3: lesion.bounds.map(|bound| bound.0),
            diameters: lesion.diameters.as_ref().map(Into::into),
            centre_lps_mm: lesion.centre.at,
        }
    }
}

impl From<&LesionRecord> for Lesion {
    fn from(record: &LesionRecord) -> Self {
        Self {
            index: record.index,
            volumes: (&record.volumes_cm3).into(),
            bounds: record.bounds_cm3.map(Cm3),
            diameters: record.diameters.as_ref().map(Into::into),
            centre: Point::new(record.centre_lps_mm),
        }
    }
}

impl From<&Diameters> for DiametersRecord {
    fn from(diameters: &Diameters) -> Self {
        Self {
            long_mm: diameters.long.0,
            short_mm: diameters.short.0,
            slice: diameters.slice,
            long_ends_lps_mm: diameters.long_ends.map(|end| end.at),
            short_ends_lps_mm: diameters.short_ends.map(|end| end.at),
        }
    }
}

impl From<&DiametersRecord> for Diameters {
    fn from(record: &DiametersRecord) -> Self {
        Self {
            long: Mm(record.long_mm),
            short: Mm(record.short_mm),
            slice: record.slice,
            long_ends: record.long_ends_lps_mm.map(Point::new),
            short_ends: record.short_ends_lps_mm.map(Point::new),
        }
    }
}

impl From<&LesionTrack> for TrackRecord {
    fn from(track: &LesionTrack) -> Self {
        let sighting = |seen: &Sighting| SightingRecord {
            fate: seen.fate.map(|fate| fate.as_str().into()),
            lesions: seen.lesions.clone(),
        };
        Self {
            uid: track.uid.to_string(),
            name: track.name.clone(),
            sightings: track.sightings.iter().map(sighting).collect(),
        }
    }
}

impl TryFrom<&TrackRecord> for LesionTrack {
    type Error = RecordError;
    fn try_from(record: &TrackRecord) -> Result<Self, RecordError> {
        let sighting = |seen: &SightingRecord| -> Result<Sighting, RecordError> {
            let fate = seen.fate.as_deref().map(fate).transpose()?;
            Ok(Sighting { fate, lesions: seen.lesions.clone() })
        };
        Ok(Self {
            uid: record.uid.parse().map_err(field("tracking uid"))?,
            name: record.name.clone(),
            sightings: record.sightings.iter().map(sighting).collect::<Result<_, _>>()?,
        })
    }
}

fn fate(word: &str) -> Result<Fate, RecordError> {
    [
        Fate::First,
        Fate::Persisting,
        Fate::New,
        Fate::Split,
        Fate::Merged,
        Fate::Vanished,
        Fate::Reappeared,
    ]
    .into_iter()
    .find(|fate| fate.as_str() == word)
    .ok_or_else(|| field("fate")(word))
}
