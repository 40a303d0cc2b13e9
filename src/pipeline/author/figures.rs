//! Key images: the slice on which a lesion is largest, now and before, with its outlines.

use super::super::Halt;
use super::super::bench::Bench;
use super::super::steps::output;
use super::{labels_of, map};
use crate::pipeline::{Analysis, sentence};
use interval_core::lesion::{LesionTrack, Region};
use interval_core::role::SeriesRole;
use interval_core::stage::Stage;
use interval_core::units::Mm;
use interval_core::volume::{LabelMap, Volume};
use interval_imaging::nifti;
use interval_imaging::resample::Reorientation;
use interval_imaging::section::{self, Section};
use interval_report::findings::{KEY_IMAGES_MAX, KeyImage, Sides};

/// Lesions that are pictured, largest first; each now and at the timepoint before.
const PICTURED_MAX: usize = KEY_IMAGES_MAX / 2;

/// The brightest share of the brain that is shown as white.
const WHITE_PERCENTILE: f64 = 0.995;

/// Length of the scale bar.
const SCALE_BAR: Mm = Mm(20.);

/// The maps of one timepoint, stored so that slices are axial; a byte a voxel.
struct Timepoint {
    image: Volume<u8>,
    labels: LabelMap,
    lesions: LabelMap,
    date: String,
}

/// The key images of an analysis.
pub(super) fn key_images(bench: &Bench<'_>, analysis: &Analysis) -> Result<Vec<KeyImage>, Halt> {
    let count = analysis.timepoints.len();
    let shown: Vec<usize> = (count.saturating_sub(2)..count).collect();
    let mut tracks: Vec<&LesionTrack> = analysis.assessment.tracks.iter().collect();
    tracks.sort_by(|a, b| size(b, analysis).total_cmp(&size(a, analysis)));
    tracks.truncate(PICTURED_MAX);
    // One timepoint is open at a time; the pictures are then put lesion by lesion.
    let mut images = Vec::new();
    for n in shown {
        let timepoint = open(bench, analysis, n)?;
        let pictures = tracks.iter().map(|track| picture(track, n, &timepoint));
        images.extend(pictures.enumerate().map(|(place, picture)| (place, n, picture)));
    }
    images.sort_by_key(|(place, n, _)| (*place, *n));
    Ok(images.into_iter().filter_map(|(_, _, picture)| picture).collect())
}

/// Largest core or whole volume of a track in the last two timepoints, for the order.
fn size(track: &LesionTrack, analysis: &Analysis) -> f64 {
    let at = |n: usize| -> f64 {
        let Some(sighting) = track.sightings.get(n) else { return 0. };
        let lesions = analysis.assessment.timepoints[n].lesions.iter();
        lesions
            .filter(|lesion| sighting.lesions.contains(&lesion.index))
            .map(|lesion| lesion.volumes.whole().0)
            .sum()
    };
    let count = analysis.timepoints.len();
    (count.saturating_sub(2)..count).map(at).fold(0., f64::max)
}

fn open(bench: &Bench<'_>, analysis: &Analysis, n: usize) -> Result<Timepoint, Halt> {
    let stage = Stage::Author;
    let t1c = output(stage, &analysis.stacks[n].outputs, SeriesRole::T1c.as_str())?;
    let image =
        nifti::read(&bench.read(stage, t1c)?).map_err(|e| Halt::defect(stage, sentence(&e)))?;
    let white = white(image.voxels());
    let image = image.map(|value| (value / white * 255.).clamp(0., 255.) as u8);
    let labels = labels_of(bench, &analysis.segmentations[n])?;
    let lesions = map(bench, output(stage, &analysis.tracks.outputs, &format!("lesions/{n}"))?)?;
    let axial = Reorientation::to_lps(image.grid());
    let date = super::super::steps::shown(&analysis.timepoints[n].date);
    Ok(Timepoint {
        image: axial.apply(&image),
        labels: axial.apply(&labels),
        lesions: axial.apply(&lesions),
        date,
    })
}

fn white(voxels: &[f32]) -> f32 {
    let mut values: Vec<f32> = voxels.iter().copied().filter(|v| *v > 0.).step_by(7).collect();
    values.sort_by(f32::total_cmp);
    let at = (values.len() as f64 * WHITE_PERCENTILE) as usize;
    values.get(at.min(values.len().saturating_sub(1))).copied().unwrap_or(1.)
}

/// The largest axial slice of a track at one timepoint; nothing when it is not there.
fn picture(track: &LesionTrack, n: usize, timepoint: &Timepoint) -> Option<KeyImage> {
    let parts = &track.sightings.get(n)?.lesions;
    let [ni, nj, nk] = timepoint.image.grid().shape;
    let plane = ni * nj;
    let inside = |at: usize| parts.contains(&timepoint.lesions.voxels()[at]);
    let area = |k: usize| (k * plane..(k + 1) * plane).filter(|at| inside(*at)).count();
    let k = (0..nk).max_by_key(|k| area(*k))?;
    if area(k) == 0 {
        return None;
    }
    let from = k * plane;
    let [di, dj, _] = timepoint.image.grid().spacing_mm();
    let grey = timepoint.image.voxels()[from..from + plane].to_vec();
    let mut outlines = Vec::new();
    for region in [Region::FlairHyperintensity, Region::NonEnhancingCore, Region::Enhancing] {
        let member = |at: usize| timepoint.labels.voxels()[at] == region.label() && inside(at);
        let pixels = (from..from + plane).map(member).collect();
        let mask = Section { size: [ni, nj], spacing_mm: [di, dj], pixels };
        outlines.extend(section::outline(&mask).into_iter().map(|outline| (region, outline)));
    }
    Some(KeyImage {
        title: format!("Lesion {}, {}", track.name, timepoint.date),
        grey,
        width: ni,
        height: nj,
        spacing_mm: [di, dj],
        outlines,
        sides: Sides::axial(),
        slice: format!("T1c, axial, slice {} of {nk}", k + 1),
        scale_bar: SCALE_BAR,
    })
}
