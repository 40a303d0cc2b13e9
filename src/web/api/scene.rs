//! The scene of a study: everything of all compared timepoints in the grid of the study's own T1c,
//! as its newest finished job left it. The description is JSON; volumes and surfaces go out as they
//! lie on the disk, packed by gzip for whoever takes that.

mod volumes;

pub use volumes::{surface, volume};

use crate::pipeline::sentence;
use crate::pipeline::stage::scene::SCENE;
use crate::store::artefact::{Artefact, Outputs};
use crate::store::record::{AssessmentRecord, FindingsRecord, SceneRecord, TrackRecord};
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::fault::Fault;
use interval_core::geometry::{Lps, Transform};
use interval_core::uid::StudyUid;
use schemars::JsonSchema;
use serde::Serialize;

/// The description of a scene. Lengths in mm, places in LPS mm of the current study.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SceneDto {
    /// The current study.
    pub study: String,
    /// The grid of all its volumes.
    pub grid: GridDto,
    /// The compared timepoints in the order of time.
    pub timepoints: Vec<TimepointDto>,
    /// Which of them is the current study.
    pub current: usize,
    /// Lesions through time.
    pub tracks: Vec<TrackDto>,
    /// Where surfaces are to be had.
    pub surfaces: Vec<SurfaceDto>,
    /// How bright lesions are.
    pub medians: Vec<MedianDto>,
}

/// Where the voxels of the scene lie.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GridDto {
    /// Voxels along i, j, k; i runs fastest.
    pub size: [usize; 3],
    /// Distance of voxel centres along i, j, k.
    pub spacing_mm: [f64; 3],
    /// Centre of the first voxel.
    pub origin_lps_mm: [f64; 3],
    /// Unit vectors along i, j, k.
    pub direction: [[f64; 3]; 3],
}

/// One compared timepoint.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TimepointDto {
    /// Its place in the order of time.
    pub index: usize,
    /// Its study.
    pub study: String,
    /// YYYY-MM-DD.
    pub date: Option<String>,
    /// Its images.
    pub channels: Vec<ChannelDto>,
    /// How well it lies on the reference.
    pub registration: RegistrationDto,
    /// Whether it has `labels` and `lesions`.
    pub has_labels: bool,
    /// Whether it has `change` against the timepoint before.
    pub has_change: bool,
}

/// An image.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChannelDto {
    /// Its name in the address.
    pub name: String,
    /// Darkest and brightest value that is shown.
    pub window: [i16; 2],
}

/// How well a timepoint lies on the reference.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegistrationDto {
    /// Whether the gate was passed.
    pub passed: bool,
    /// The gate's figures in words.
    pub why: String,
    /// Estimated error over the brain.
    pub error_mm: f64,
}

/// A lesion through time.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrackDto {
    /// Its Tracking UID.
    pub uid: String,
    /// Its name for people, and in addresses.
    pub name: String,
    /// Which colour it has: its place in the list.
    pub colour_index: usize,
    /// Where it was seen, for each timepoint.
    pub sightings: Vec<SightingDto>,
}

/// A lesion at one timepoint.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SightingDto {
    /// Which timepoint.
    pub timepoint: usize,
    /// Values in `lesions`.
    pub lesions: Vec<u8>,
    /// Centre, weighted by volume; nothing when it is not there.
    pub centre_lps_mm: Option<[f64; 3]>,
    /// Whole tumour; nothing when it is not there.
    pub volume_cm3: Option<f64>,
}

/// Where a surface is to be had.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SurfaceDto {
    /// Which timepoint.
    pub timepoint: usize,
    /// The track's name.
    pub track: String,
    /// Its address.
    pub href: String,
}

/// How bright a lesion is in one channel.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MedianDto {
    /// Which timepoint.
    pub timepoint: usize,
    /// The track's name.
    pub track: String,
    /// The channel.
    pub channel: String,
    /// Median over its voxels.
    pub median: f64,
    /// What that is in.
    pub unit: String,
}

/// `GET /api/v1/studies/{study}/scene`
pub async fn show(asked: Asked) -> Answered {
    let store = &asked.door.host.store;
    let (job, timepoints) = scene(&asked).await?;
    let mut records = Vec::with_capacity(timepoints.len());
    for outputs in &timepoints {
        let bytes = bytes(&asked, named(outputs, SCENE)?).await?;
        let record: SceneRecord = serde_json::from_slice(&bytes).map_err(broken)?;
        records.push((record, outputs.contains_key("change")));
    }
    let text = store.assessment(job).await?.ok_or_else(never_made)?;
    let assessment = AssessmentRecord::parse(text.as_bytes()).map_err(broken)?;
    json(&described(asked.variable("study"), &assessment, &records)?)
}

/// The newest finished job of the study, and what it left of each timepoint.
async fn scene(asked: &Asked) -> Result<(i32, Vec<Outputs>), Refusal> {
    let store = &asked.door.host.store;
    let (grant, study) = (asked.grant()?, asked.parsed::<StudyUid>("study")?);
    let scene = store.scene(grant, &study).await?.ok_or_else(|| {
        Refusal::Missing("This study has not been analysed yet: there is nothing to show.".into())
    })?;
    let mut timepoints = Vec::with_capacity(scene.timepoints.len());
    for key in scene.timepoints {
        timepoints.push(store.artefacts(grant, key).await?.ok_or_else(never_made)?);
    }
    if timepoints.is_empty() {
        return Err(never_made());
    }
    Ok((scene.job, timepoints))
}

fn never_made() -> Refusal {
    let why = "The analysis of this study left nothing to show: it could not be evaluated, was made by \
               an older version, or its images were forgotten. Analyse it again.";
    Refusal::Missing(why.into())
}

fn not_there() -> Refusal {
    Refusal::Missing("The scene of this study has nothing of that name.".into())
}

fn broken(error: impl std::error::Error + 'static) -> Refusal {
    Refusal::failed(Fault::Defect, sentence(&error))
}

fn named<'a>(outputs: &'a Outputs, name: &str) -> Result<&'a Artefact, Refusal> {
    outputs.get(name).ok_or_else(not_there)
}

/// The bytes of an artefact, checked, read off the threads that answer.
async fn bytes(asked: &Asked, artefact: &Artefact) -> Result<Vec<u8>, Refusal> {
    let (store, artefact) = (asked.door.host.store.clone(), artefact.clone());
    let read = tokio::task::spawn_blocking(move || store.open_artefact(&artefact)).await;
    Ok(read.map_err(broken)??.into_content())
}

fn described(
    study: &str,
    assessment: &AssessmentRecord,
    records: &[(SceneRecord, bool)],
) -> Result<SceneDto, Refusal> {
    let last = records.last().map(|(record, _)| record).ok_or_else(never_made)?;
    let grid = GridDto {
        size: last.grid.size,
        spacing_mm: last.grid.spacing_mm,
        origin_lps_mm: last.grid.origin_lps_mm,
        direction: last.grid.direction,
    };
    let both = || assessment.timepoints.iter().zip(records).enumerate();
    let name = |track: usize| assessment.tracks.get(track).map(|track| track.name.clone());
    let surfaces = both().flat_map(|(timepoint, (_, (record, _)))| {
        record.surfaces.iter().filter_map(move |track| {
            let track = name(*track)?;
            let href = format!("/api/v1/studies/{study}/scene/{timepoint}/surface/{track}");
            Some(SurfaceDto { timepoint, track, href })
        })
    });
    let medians = both().flat_map(|(timepoint, (_, (record, _)))| {
        record.medians.iter().filter_map(move |found| {
            Some(MedianDto {
                timepoint,
                track: name(found.track)?,
                channel: found.channel.clone(),
                median: found.median,
                unit: found.unit.clone(),
            })
        })
    });
    let tracks = assessment.tracks.iter().enumerate().map(|(colour_index, track)| TrackDto {
        uid: track.uid.clone(),
        name: track.name.clone(),
        colour_index,
        sightings: both()
            .map(|(n, (found, (record, _)))| sighting(n, (track, found), record))
            .collect(),
    });
    Ok(SceneDto {
        study: study.to_owned(),
        grid,
        timepoints: both().map(|(n, (found, record))| timepoint(n, found, record)).collect(),
        current: records.len() - 1,
        tracks: tracks.collect(),
        surfaces: surfaces.collect(),
        medians: medians.collect(),
    })
}

fn timepoint(
    index: usize,
    found: &FindingsRecord,
    (record, has_change): &(SceneRecord, bool),
) -> TimepointDto {
    let channels = record.channels.iter();
    TimepointDto {
        index,
        study: found.study.clone(),
        date: found.date.clone(),
        channels: channels
            .map(|channel| ChannelDto { name: channel.name.clone(), window: channel.window })
            .collect(),
        registration: RegistrationDto {
            passed: record.registration.passed,
            why: record.registration.why.clone(),
            error_mm: record.registration.error_mm,
        },
        has_labels: true,
        has_change: *has_change,
    }
}

/// A track at one timepoint, its centre brought into the space of the current study.
fn sighting(
    timepoint: usize,
    (track, found): (&TrackRecord, &FindingsRecord),
    record: &SceneRecord,
) -> SightingDto {
    let lesions = track.sightings.get(timepoint).map_or_else(Vec::new, |seen| seen.lesions.clone());
    let parts: Vec<_> = found.lesions.iter().filter(|part| lesions.contains(&part.index)).collect();
    let volume: f64 = parts.iter().map(|part| part.volumes_cm3.wt).sum();
    let weighted = |axis: usize| -> f64 {
        parts.iter().map(|part| part.centre_lps_mm[axis] * part.volumes_cm3.wt).sum()
    };
    let to_current = Transform::<Lps, Lps>::new(record.to_current);
    let centre =
        (volume > 0.).then(|| to_current.apply_to([0, 1, 2].map(|a| weighted(a) / volume)));
    let volume_cm3 = (!parts.is_empty()).then_some(volume);
    SightingDto { timepoint, lesions, centre_lps_mm: centre, volume_cm3 }
}
