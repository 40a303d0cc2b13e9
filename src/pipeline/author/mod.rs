//! Author: what was found, as the objects that go home: Segmentation, Structured Report, signed
//! PDF. Bytes are made once; UIDs are derived, so that a second run litters nothing.

mod figures;
mod objects;
mod scene;

pub use figures::key_images;
pub use objects::{Desk, Object, nothing_measured};
pub use scene::scene;

use super::Halt;
use super::bench::Bench;
use super::evaluator;
use super::review::Order;
use super::steps::{Timepoint, output};
use crate::pipeline::Analysis;
use crate::store::record::DoubtRecord;
use crate::store::record::review::{IssueRecord, SignedRecord};
use interval_core::assessment::{Assessment, Doubt};
use interval_core::digest::Digest;
use interval_core::lesion::Region;
use interval_core::role::SeriesRole;
use interval_core::stage::Stage;
use interval_core::study::{Series, Study};
use interval_core::volume::LabelMap;
use interval_imaging::nifti;
use interval_iod::mr;
use interval_iod::seg::{Algorithm, Hand, Segment, Slice, Source, Voxels};
use interval_iod::sr::report::{Evidence, SegmentNumber, SegmentationReference, UsedSeries};
use interval_report::findings::KeyImage;
use objects::Place;

/// The objects of one study, in the order in which they refer to each other.
pub type Objects = Vec<Object>;

/// Where objects are written, and which version they are to be.
pub type Bid<'a> = (&'a Desk, &'a Order);

/// Writes the objects of an analysed study.
pub fn measured(
    bid: Bid<'_>,
    bench: &Bench<'_>,
    analysis: &mut Analysis,
    key_images: Vec<KeyImage>,
) -> Result<(Objects, IssueRecord), Halt> {
    let current = analysis.timepoints.len().saturating_sub(1);
    let study = headers(&analysis.timepoints[current])?;
    let series = source_series(&analysis.timepoints[current], study)?;
    let key = Digest::of(format!("{:?}", analysis.assessment).as_bytes());
    let work = Place::at(bid, (study, series), key)?;
    let mut objects = Objects::new();
    let mut evidence = evidence(&analysis.timepoints)?;
    let mut segments = 0;
    if let Some((object, parts)) = segmentation(&work, bench, analysis, series)? {
        if let Some(last) = evidence.last_mut() {
            last.segmentation = Some(referenced(&object, &parts));
        }
        segments = parts.len();
        objects.push(object);
    }
    let decision = evaluator::passed(segments, &analysis.timepoints[current].date);
    analysis.assessment.provenance.trail.push(decision);
    objects.push(work.report(&analysis.assessment, &evidence)?);
    let document =
        work.document(&analysis.assessment, &analysis.timepoints, key_images, &objects)?;
    objects.push(document);
    let issue = work.issue(&objects);
    Ok((objects, issue))
}

/// The segmentation of the current timepoint with what its segments show, read back and compared;
/// nothing when there is nothing to outline. The maps are held no longer than this takes.
fn segmentation(
    work: &Place<'_>,
    bench: &Bench<'_>,
    analysis: &Analysis,
    series: &Series,
) -> Result<Option<(Object, Vec<Part>)>, Halt> {
    let stage = Stage::Author;
    let current = analysis.timepoints.len().saturating_sub(1);
    let labels = map(bench, &analysis.segmentations[current].labels)?;
    let name = format!("lesions/{current}");
    let lesions = map(bench, output(stage, &analysis.tracks.outputs, &name)?)?;
    let parts = segment_parts(&analysis.assessment, current, (&labels, &lesions));
    if parts.is_empty() {
        return Ok(None);
    }
    let input = analysis.timepoints[current].digest();
    let model = analysis.assessment.provenance.model.clone();
    let said = analysis.timepoints[current].corrections.as_ref();
    let hand = match said.and_then(|said| said.labels.as_ref()) {
        Some(_) => Hand::Corrected,
        None => Hand::None,
    };
    let algorithm = Algorithm { model: &model, input, parameters: &[], hand };
    let segments = segments(&parts, algorithm, (&labels, &lesions));
    let order = mr::order(series).map_err(|e| Halt::defect(stage, super::sentence(&e)))?;
    let slices = slices(series, &order.slices)?;
    let source = Source { series, slices: &slices, grid: labels.grid() };
    let object = work.segmentation(&source, &segments)?;
    let expected: Vec<_> = parts.iter().map(|p| (p.region, p.lesions.clone())).collect();
    let maps = (&labels, &lesions);
    match evaluator::check_segmentation(&object.bytes, &segments, maps, &expected) {
        Some(doubt) => Err(Halt::Held { stage, doubts: vec![doubt] }),
        None => Ok(Some((object, parts))),
    }
}

/// Writes the objects of a study that cannot be evaluated: the reasons still reach the PACS.
pub fn not_evaluable(
    bid: Bid<'_>,
    study: &Study,
    doubts: &[Doubt],
) -> Result<(Objects, IssueRecord), Halt> {
    let records: Vec<_> = doubts.iter().map(DoubtRecord::from).collect();
    let text =
        serde_json::to_string(&records).map_err(|e| Halt::defect(Stage::Author, e.to_string()))?;
    let work = Place::at(bid, (study, first(study)?), Digest::of(text.as_bytes()))?;
    let report = work.refusal(study, doubts)?;
    let document = work.refusal_document(doubts, &report)?;
    let objects = vec![report, document];
    let issue = work.issue(&objects);
    Ok((objects, issue))
}

/// Writes the note that takes a version back.
pub fn rejection(
    desk: &Desk,
    study: &Study,
    (last, signed): (&IssueRecord, &SignedRecord),
) -> Result<Object, Halt> {
    let text = serde_json::to_string(&(last, signed));
    let text = text.map_err(|e| Halt::defect(Stage::Author, e.to_string()))?;
    let order = Order::default();
    let work = Place::at((desk, &order), (study, first(study)?), Digest::of(text.as_bytes()))?;
    work.rejection(last, signed)
}

/// The series whose frame of reference results of a study have that is not measured.
fn first(study: &Study) -> Result<&Series, Halt> {
    study
        .series
        .iter()
        .find(|series| series.acquisition().is_some_and(|a| a.frame_of_reference.is_some()))
        .or(study.series.first())
        .ok_or_else(|| Halt::defect(Stage::Author, "the study has no series".into()))
}

/// One region of one lesion, to be a segment.
struct Part {
    region: Region,
    name: String,
    uid: interval_core::uid::TrackingUid,
    lesions: Vec<u8>,
}

/// The regions of the current timepoint that hold a voxel, lesion by lesion.
fn segment_parts(
    assessment: &Assessment,
    current: usize,
    (labels, lesions): (&LabelMap, &LabelMap),
) -> Vec<Part> {
    let mut present = std::collections::BTreeSet::new();
    for (label, lesion) in labels.voxels().iter().zip(lesions.voxels()) {
        present.insert((*lesion, *label));
    }
    let mut parts = Vec::new();
    for track in &assessment.tracks {
        let Some(sighting) = track.sightings.get(current) else { continue };
        for region in [Region::Enhancing, Region::NonEnhancingCore, Region::FlairHyperintensity] {
            let seen = |lesion: &u8| present.contains(&(*lesion, region.label()));
            if sighting.lesions.iter().any(seen) {
                parts.push(Part {
                    region,
                    name: track.name.clone(),
                    uid: track.uid.clone(),
                    lesions: sighting.lesions.clone(),
                });
            }
        }
    }
    parts
}

fn segments<'a>(
    parts: &'a [Part],
    algorithm: Algorithm<'a>,
    (labels, lesions): (&'a LabelMap, &'a LabelMap),
) -> Vec<Segment<'a>> {
    parts
        .iter()
        .map(|part| Segment {
            label: format!("L{} {}", part.name, part.region),
            region: part.region,
            tracking_id: format!("Lesion {}", part.name),
            tracking_uid: part.uid.clone(),
            voxels: Voxels::Labelled { labels, lesions, parts: &part.lesions },
            algorithm,
        })
        .collect()
}

fn referenced(object: &Object, parts: &[Part]) -> SegmentationReference {
    let numbered = parts.iter().zip(1u16..).flat_map(|(part, number)| {
        part.lesions.iter().map(move |lesion| SegmentNumber {
            lesion: *lesion,
            region: part.region,
            number,
        })
    });
    SegmentationReference {
        series: object.uids.series.clone(),
        reference: object.reference(),
        segments: numbered.collect(),
    }
}

/// The images of each timepoint that were measured, T1c first.
fn evidence(timepoints: &[Timepoint]) -> Result<Vec<Evidence>, Halt> {
    timepoints
        .iter()
        .map(|timepoint| {
            let study = headers(timepoint)?;
            let t1c = source_series(timepoint, study)?;
            let mut series = vec![UsedSeries::of(SeriesRole::T1c, &in_order(t1c)?)];
            for (role, used) in channels(timepoint, study) {
                if role != SeriesRole::T1c {
                    series.push(UsedSeries::of(role, used));
                }
            }
            Ok(Evidence {
                study: timepoint.study.clone(),
                date: timepoint.date.clone(),
                frame_of_reference: objects::frame_of(t1c),
                series,
                segmentation: None,
            })
        })
        .collect()
}

/// The channels of a timepoint with their series.
fn channels<'a>(
    timepoint: &'a Timepoint,
    study: &'a Study,
) -> impl Iterator<Item = (SeriesRole, &'a Series)> {
    timepoint.channels.iter().filter_map(|channel| {
        let first = channel.files.first()?;
        let holds = |series: &&Series| series.instances.iter().any(|i| i.uid.as_str() == first);
        Some((channel.role.parse().ok()?, study.series.iter().find(holds)?))
    })
}

fn source_series<'a>(timepoint: &'a Timepoint, study: &'a Study) -> Result<&'a Series, Halt> {
    channels(timepoint, study)
        .find(|(role, _)| *role == SeriesRole::T1c)
        .map(|(_, series)| series)
        .ok_or_else(|| Halt::defect(Stage::Author, "the T1c series is gone".into()))
}

/// A series with its instances in the order of k.
fn in_order(series: &Series) -> Result<Series, Halt> {
    let order = mr::order(series).map_err(|e| Halt::defect(Stage::Author, super::sentence(&e)))?;
    let instances = order
        .slices
        .iter()
        .filter_map(|uid| series.instances.iter().find(|instance| instance.uid == *uid).cloned());
    Ok(Series { uid: series.uid.clone(), instances: instances.collect() })
}

fn slices(series: &Series, order: &[interval_core::uid::InstanceUid]) -> Result<Vec<Slice>, Halt> {
    order
        .iter()
        .map(|uid| {
            series
                .instances
                .iter()
                .find(|instance| instance.uid == *uid)
                .and_then(Slice::of)
                .ok_or_else(|| Halt::defect(Stage::Author, format!("slice {uid} has no plane")))
        })
        .collect()
}

fn headers(timepoint: &Timepoint) -> Result<&Study, Halt> {
    timepoint
        .headers
        .as_ref()
        .ok_or_else(|| Halt::defect(Stage::Author, "there is no DICOM study to file in".into()))
}

fn map(bench: &Bench<'_>, artefact: &crate::store::artefact::Artefact) -> Result<LabelMap, Halt> {
    let bytes = bench.read(Stage::Author, artefact)?;
    nifti::read_labels(bytes.bytes()).map_err(|e| Halt::defect(Stage::Author, super::sentence(&e)))
}
