//! Lesions at each timepoint, and the same lesion through time.

use super::{Inputs, Made, Progress, StageError, because, json};
use crate::store::record::TrackRecord;
use crate::store::record::review::RegroupRecord;
use interval_core::fault::Fault;
use interval_core::geometry::Transform;
use interval_core::uid::TrackingUid;
use interval_core::units::Mm;
use interval_imaging::components::{LesionRule, lesions_as_said};
use interval_imaging::matching::{LesionsAt, track};
use interval_imaging::nifti;
use interval_iod::mint;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the method.
pub const VERSION: u32 = 2;

/// The timepoints, in the order of time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parameters {
    /// Seeds the names of new lesions: the patient's pseudonym.
    pub patient: String,
    /// The timepoints.
    pub timepoints: Vec<TimepointParameters>,
}

/// One timepoint. Its label map is the input `labels/N`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TimepointParameters {
    /// The UID that stands for the study's.
    pub study: String,
    /// Key of its segmentation.
    pub segmentation: String,
    /// Reference space to this study's space, LPS.
    pub reference_to_study: [[f64; 4]; 3],
    /// Estimated error of that map.
    pub error_mm: f64,
    /// Names given to its lesions before: index and Tracking UID.
    pub known: Vec<(u8, String)>,
    /// What a human said is one lesion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regroup: Vec<RegroupRecord>,
}

/// What was found. The lesion maps are the outputs `lesions/N`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tracked {
    /// Lesions through time.
    pub tracks: Vec<TrackRecord>,
    /// For each timepoint: components below the detection floor, and their volume.
    pub ignored: Vec<(usize, f64)>,
}

/// Finds the lesions of each timepoint and follows them.
pub fn run(
    parameters: &Parameters,
    mut inputs: Inputs,
    progress: Progress,
) -> Result<Made, StageError> {
    let mut maps = Vec::new();
    let mut made = Made::new();
    let count = parameters.timepoints.len();
    for n in 0..count {
        progress(n as f64 / count as f64, "finding lesions");
        let labels = nifti::read_labels(inputs.take(&format!("labels/{n}"))?.bytes())
            .map_err(because(Fault::Defect, "an artefact cannot be read"))?;
        let said: Vec<_> = parameters.timepoints[n].regroup.iter().map(Into::into).collect();
        let found = lesions_as_said(&labels, &LesionRule::default(), &said);
        let written = nifti::write_labels(&found.lesions)
            .map_err(because(Fault::Defect, "the lesion map cannot be written"))?;
        made.push((format!("lesions/{n}"), written));
        maps.push(found);
    }
    let mut at = Vec::new();
    for (map, timepoint) in maps.iter().zip(&parameters.timepoints) {
        let to_reference = Transform::new(timepoint.reference_to_study)
            .inverse()
            .ok_or_else(|| StageError::defect("an alignment has no way back"))?;
        let registration_error = Mm(timepoint.error_mm);
        at.push(LesionsAt { lesions: &map.lesions, to_reference, registration_error });
    }
    progress(0.9, "following lesions");
    let known = known_names(&parameters.timepoints)?;
    let mut name = |parts: &[(usize, u8)]| name_of(parts, &known, parameters);
    let tracks = track(&at, &mut name);
    let tracked = Tracked {
        tracks: tracks.iter().map(Into::into).collect(),
        ignored: maps.iter().map(|map| (map.ignored.0, map.ignored.1.0)).collect(),
    };
    made.push(json("track.json", &tracked)?);
    Ok(made)
}

type Known = BTreeMap<(usize, u8), TrackingUid>;

fn known_names(timepoints: &[TimepointParameters]) -> Result<Known, StageError> {
    let mut known = Known::new();
    for (n, timepoint) in timepoints.iter().enumerate() {
        for (lesion, uid) in &timepoint.known {
            let uid =
                uid.parse().map_err(because(Fault::Defect, "a tracking name is not a UID"))?;
            known.insert((n, *lesion), uid);
        }
    }
    Ok(known)
}

/// The name a lesion was given before, else one derived from where it was first seen.
fn name_of(parts: &[(usize, u8)], known: &Known, parameters: &Parameters) -> TrackingUid {
    if let Some(uid) = parts.iter().find_map(|part| known.get(part)) {
        return uid.clone();
    }
    let (first, lesion) = parts.first().copied().unwrap_or_default();
    let seen = parameters.timepoints.get(first);
    let study = seen.map_or("", |timepoint| timepoint.study.as_str());
    let segmentation = seen.map_or("", |timepoint| timepoint.segmentation.as_str());
    let lesion = lesion.to_string();
    mint::uid("tracking", &[&parameters.patient, study, segmentation, &lesion])
}
