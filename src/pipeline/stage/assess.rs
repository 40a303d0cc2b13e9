//! Numbers and response: volumes and diameters in the native grid of each study, change, and what
//! the criteria tables say of it.

use super::track::Tracked;
use super::{Inputs, Made, Progress, StageError, because, json};
use crate::store::record::{AssessmentRecord, DiametersRecord, ModelRecord, TrackRecord};
use interval_core::assessment::{Assessment, Doubt, Findings, Provenance};
use interval_core::fault::Fault;
use interval_core::lesion::{Fate, Lesion, LesionTrack};
use interval_core::response::{self, Burden, Criteria, NewLesion};
use interval_core::timepoint::{Date, Reference};
use interval_core::units::{Cm3, Mm};
use interval_core::volume::LabelMap;
use interval_imaging::components::LesionMap;
use interval_imaging::{measure, nifti};
use serde::{Deserialize, Serialize};

/// Version of the method.
pub const VERSION: u32 = 2;

/// Slices of compared studies may differ by this factor before it is said (clinical
/// comparability: ratio above 1.5).
const SLICE_RATIO_MAX: f64 = 1.5;

/// The timepoints, in the order of time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parameters {
    /// One for each timepoint; its maps are the inputs `labels/N` and `lesions/N`.
    pub timepoints: Vec<TimepointParameters>,
    /// The segmentation model.
    pub model: ModelRecord,
    /// Version of the software.
    pub software_version: String,
}

/// One timepoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TimepointParameters {
    /// The UID that stands for the study's.
    pub study: String,
    /// Study date, shifted: YYYYMMDD or empty.
    pub date: String,
    /// Digest over the inputs.
    pub input_sha256: String,
    /// Diameters that a human drew, by index of the lesion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diameters: Vec<(u8, DiametersRecord)>,
}

/// Measures and judges.
pub fn run(
    parameters: &Parameters,
    mut inputs: Inputs,
    progress: Progress,
) -> Result<Made, StageError> {
    let tracked: Tracked = serde_json::from_slice(inputs.take("track.json")?.bytes())
        .map_err(|e| StageError::defect(format!("the tracks cannot be read: {e}")))?;
    let tracks = read_tracks(&tracked.tracks)?;
    let mut timepoints = Vec::new();
    let count = parameters.timepoints.len();
    for (n, timepoint) in parameters.timepoints.iter().enumerate() {
        progress(n as f64 / count as f64, "measuring");
        let ignored = tracked.ignored.get(n).copied().unwrap_or_default();
        timepoints.push(findings(n, timepoint, ignored, &mut inputs)?);
    }
    let assessment = judge(parameters, timepoints, tracks)?;
    Ok(vec![json("assessment.json", &AssessmentRecord::from(&assessment))?])
}

fn read_tracks(records: &[TrackRecord]) -> Result<Vec<LesionTrack>, StageError> {
    records
        .iter()
        .map(LesionTrack::try_from)
        .collect::<Result<_, _>>()
        .map_err(because(Fault::Defect, "the tracks cannot be read"))
}

fn findings(
    n: usize,
    timepoint: &TimepointParameters,
    (ignored, ignored_cm3): (usize, f64),
    inputs: &mut Inputs,
) -> Result<Findings, StageError> {
    let mut map = |name: String| -> Result<LabelMap, StageError> {
        nifti::read_labels(inputs.take(&name)?.bytes())
            .map_err(because(Fault::Defect, "an artefact cannot be read"))
    };
    let labels = map(format!("labels/{n}"))?;
    let ignored = (ignored, Cm3(ignored_cm3));
    let map = LesionMap { lesions: map(format!("lesions/{n}"))?, ignored };
    let count = map.lesions.voxels().iter().copied().max().unwrap_or(0);
    let measured = (1..=count).map(|index| measure::lesion(index, &map, &labels));
    let lesions: Vec<_> = measured.map(|lesion| drawn(lesion, timepoint)).collect();
    let spacing_mm = labels.grid().spacing_mm();
    let sum_of_products_mm2 = lesions
        .iter()
        .filter(|lesion| measure::measurable(lesion, spacing_mm))
        .filter_map(|lesion| lesion.diameters.as_ref())
        .map(|diameters| diameters.product().0)
        .take(TARGETS_MAX)
        .sum();
    Ok(Findings {
        study: timepoint.study.parse().map_err(because(Fault::Defect, "not a study"))?,
        date: timepoint.date.parse::<Date>().ok(),
        volumes: measure::volumes(&labels),
        lesions,
        ignored,
        sum_of_products_mm2,
        spacing_mm,
        input_digest: timepoint
            .input_sha256
            .parse()
            .map_err(because(Fault::Defect, "not a digest"))?,
    })
}

/// A lesion with the diameters that a human drew, where one did.
fn drawn(lesion: Lesion, timepoint: &TimepointParameters) -> Lesion {
    let by_hand = timepoint.diameters.iter().find(|(index, _)| *index == lesion.index);
    match by_hand {
        Some((_, diameters)) => Lesion { diameters: Some(diameters.into()), ..lesion },
        None => lesion,
    }
}

/// Target lesions that are summed, largest first (RANO 2010: two to five).
const TARGETS_MAX: usize = 5;

fn judge(
    parameters: &Parameters,
    timepoints: Vec<Findings>,
    tracks: Vec<LesionTrack>,
) -> Result<Assessment, StageError> {
    // Without dates of surgery and radiotherapy the earliest study is the reference.
    let reference = 0;
    let burdens = burdens(&timepoints, &tracks);
    let nadir = response::nadir(&burdens, reference);
    let verdicts: Vec<_> = [Criteria::Rano2010, Criteria::Rano2]
        .into_iter()
        .map(|criteria| response::judge(criteria, &burdens, reference))
        .collect();
    let doubts = own_doubts(&timepoints, &verdicts);
    let provenance = Provenance {
        software_version: parameters.software_version.clone(),
        model: (&parameters.model)
            .try_into()
            .map_err(because(Fault::Defect, "the model's name cannot be read"))?,
        trail: Vec::new(),
    };
    Ok(Assessment {
        timepoints,
        tracks,
        reference,
        reference_kind: Reference::EarliestAvailable,
        nadir,
        verdicts,
        doubts,
        provenance,
    })
}

fn burdens(timepoints: &[Findings], tracks: &[LesionTrack]) -> Vec<Burden> {
    timepoints
        .iter()
        .enumerate()
        .map(|(n, findings)| Burden {
            date: findings.date,
            sum_of_products_mm2: findings.sum_of_products_mm2,
            enhancing: findings.volumes.enhancing,
            flair_hyperintensity: findings.volumes.flair_hyperintensity,
            new_lesion: newest(n, findings, tracks),
        })
        .collect()
}

/// Whether a lesion is new at a timepoint, and whether it is large enough to count.
fn newest(n: usize, findings: &Findings, tracks: &[LesionTrack]) -> NewLesion {
    let sightings = tracks.iter().filter_map(|track| track.sightings.get(n));
    let new: Vec<u8> = sightings
        .filter(|sighting| sighting.fate == Some(Fate::New))
        .flat_map(|sighting| sighting.lesions.iter().copied())
        .collect();
    let measurable = |index: &u8| {
        let lesion = findings.lesions.iter().find(|lesion| lesion.index == *index);
        lesion.is_some_and(|lesion| measure::measurable(lesion, findings.spacing_mm))
    };
    match (new.is_empty(), new.iter().any(measurable)) {
        (true, _) => NewLesion::None,
        (false, true) => NewLesion::Measurable,
        (false, false) => NewLesion::TooSmall,
    }
}

/// What the numbers themselves should make a person think about.
fn own_doubts(timepoints: &[Findings], verdicts: &[response::Verdict]) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if let Some(current) = timepoints.last()
        && current.lesions.is_empty()
    {
        doubts.push(Doubt::NoMeasurableTumour);
    }
    if let [.., before, current] = timepoints {
        let thickest = |findings: &Findings| findings.spacing_mm.into_iter().fold(0., f64::max);
        let (then, now) = (thickest(before), thickest(current));
        if then.max(now) / then.min(now) > SLICE_RATIO_MAX {
            doubts.push(Doubt::DifferentSlices(Mm(then), Mm(now)));
        }
    }
    for verdict in verdicts.iter().filter(|verdict| !verdict.verified) {
        doubts.push(Doubt::UnverifiedRule(verdict.rule.clone()));
    }
    doubts
}
