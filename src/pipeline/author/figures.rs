//! Key images: the slice on which a lesion is largest, now and before, with its outlines. They are
//! cut in a worker (`stage::picture`); here is decided which, and what is written on them.

use super::super::Halt;
use super::super::bench::{Bench, Work};
use super::super::stage::picture::{GREY, PICTURES, Parameters, Picture, Wanted};
use super::super::stage::product::Product;
use super::super::steps::{output, shown};
use crate::pipeline::Analysis;
use interval_core::lesion::{LesionTrack, Region};
use interval_core::role::SeriesRole;
use interval_core::stage::Stage;
use interval_core::units::Mm;
use interval_report::findings::{KEY_IMAGES_MAX, KeyImage, Sides};

/// Lesions that are pictured, largest first; each now and at the timepoint before.
const PICTURED_MAX: usize = KEY_IMAGES_MAX / 2;

/// Length of the scale bar.
const SCALE_BAR: Mm = Mm(20.);

/// The key images of an analysis, lesion by lesion.
pub async fn key_images(bench: &Bench<'_>, analysis: &Analysis) -> Result<Vec<KeyImage>, Halt> {
    let stage = Stage::Author;
    let (tracks, timepoints) = (pictured(analysis), last_two(analysis));
    let mut inputs = Vec::new();
    let mut wanted = Vec::new();
    for (place, n) in timepoints.clone().enumerate() {
        let t1c = output(stage, &analysis.stacks[n].outputs, SeriesRole::T1c.as_str())?;
        let lesions = output(stage, &analysis.tracks.outputs, &format!("lesions/{n}"))?;
        inputs.push(bench.input(&format!("T1c/{place}"), t1c));
        inputs.push(bench.input(&format!("labels/{place}"), &analysis.segmentations[n].labels));
        inputs.push(bench.input(&format!("lesions/{place}"), lesions));
        let parts = |track: &&LesionTrack| track.sightings.get(n).map(|s| s.lesions.clone());
        wanted.push(Wanted {
            lesions: tracks.iter().map(|track| parts(track).unwrap_or_default()).collect(),
        });
    }
    let parameters = Product::Pictures(Parameters { timepoints: wanted });
    let decisive = parameters.decisive().map_err(|e| Halt::defect(stage, e.to_string()))?;
    let work = Work { stage, parameters: &parameters, decisive, inputs };
    let (_, outputs) = bench.outputs(work).await?;
    let pictures: Vec<Picture> = bench.read_json(stage, &outputs, PICTURES)?;
    let grey = bench.read(stage, output(stage, &outputs, GREY)?)?;
    let mut rest = grey.bytes();
    let mut images = Vec::new();
    for picture in pictures {
        let pixels;
        let whole = rest.split_at_checked(picture.width * picture.height);
        (pixels, rest) = whole.ok_or_else(|| Halt::defect(stage, "a picture is cut off".into()))?;
        let date = shown(&analysis.timepoints[timepoints.start + picture.timepoint].date);
        let title = format!("Lesion {}, {date}", tracks[picture.track].name);
        images.push((picture.track, picture.timepoint, titled(picture, title, pixels)));
    }
    images.sort_by_key(|(track, timepoint, _)| (*track, *timepoint));
    Ok(images.into_iter().map(|(.., image)| image).collect())
}

/// Places of the timepoints that are pictured.
fn last_two(analysis: &Analysis) -> std::ops::Range<usize> {
    let count = analysis.timepoints.len();
    count.saturating_sub(2)..count
}

/// The tracks that are pictured, the largest first.
fn pictured(analysis: &Analysis) -> Vec<&LesionTrack> {
    let mut tracks: Vec<&LesionTrack> = analysis.assessment.tracks.iter().collect();
    tracks.sort_by(|a, b| size(b, analysis).total_cmp(&size(a, analysis)));
    tracks.truncate(PICTURED_MAX);
    tracks
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
    last_two(analysis).map(at).fold(0., f64::max)
}

fn titled(picture: Picture, title: String, grey: &[u8]) -> KeyImage {
    let (k, slices) = picture.slice;
    let region = |label: u8| Region::ALL.into_iter().find(|region| region.label() == label);
    let outlines = picture.outlines.into_iter();
    KeyImage {
        title,
        grey: grey.to_vec(),
        width: picture.width,
        height: picture.height,
        spacing_mm: picture.spacing_mm,
        outlines: outlines.filter_map(|(label, line)| Some((region(label)?, line))).collect(),
        sides: Sides::axial(),
        slice: format!("T1c, axial, slice {} of {slices}", k + 1),
        scale_bar: SCALE_BAR,
    }
}
