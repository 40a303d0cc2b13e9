//! One lesion at one timepoint: TID 1411 where its outline is at the PACS, TID 1501 where not.

use super::content::{Item, Relation};
use super::report::Evidence;
use super::timepoint;
use crate::codes::{self, Code};
use interval_core::assessment::{Assessment, Findings};
use interval_core::lesion::{Diameters, Fate, Lesion, LesionTrack, Region, RegionVolumes};
use interval_core::units::{Cm3, Percent};

/// Regions in the order in which they are read: what enhances decides.
pub(super) const REGIONS: [Region; 4] = [
    Region::Enhancing,
    Region::NonEnhancingCore,
    Region::FlairHyperintensity,
    Region::ResectionCavity,
];

/// A lesion's parts at one timepoint, taken together.
struct Seen<'a> {
    parts: Vec<&'a Lesion>,
    volumes: RegionVolumes,
}

/// The group of a lesion at a timepoint; nothing while it had not been seen yet, or stays gone.
pub(super) fn item(
    assessment: &Assessment,
    timepoints: &[Evidence],
    track: &LesionTrack,
    timepoint: usize,
) -> Option<Item> {
    let (sighting, evidence) = (track.sightings.get(timepoint)?, timepoints.get(timepoint)?);
    let fate = sighting.fate?;
    let seen = seen(assessment.timepoints.get(timepoint)?, &sighting.lesions);
    if seen.parts.is_empty() && fate != Fate::Vanished {
        return None;
    }
    let segmentation = evidence.segmentation.as_ref();
    let outline = segmentation
        .map(|segmentation| (segmentation, segmentation.numbers(&sighting.lesions, &REGIONS)))
        .filter(|(_, numbers)| !numbers.is_empty());

    let template = if outline.is_some() { "1411" } else { "1501" };
    let mut group = Item::templated(&codes::MEASUREMENT_GROUP, template);
    identity(&mut group, track);
    group.push(Relation::Contains, Item::code(&codes::FINDING, &leading(&seen.volumes)));
    group.push(Relation::Contains, Item::code(&codes::MEASUREMENT_METHOD, &codes::RANO));
    group.push(Relation::HasConceptMod, Item::code(&codes::FINDING_SITE, &codes::BRAIN));
    timepoint::algorithm(&mut group, assessment, timepoint, &[]);
    timepoint::context(&mut group, assessment, timepoint);

    present(&mut group, &seen.volumes);
    uncertainty(&mut group, &seen.parts);
    if let Some(diameters) = largest(&seen.parts) {
        axes(&mut group, diameters, evidence);
    }
    changes(&mut group, assessment, track, timepoint);
    group.push(Relation::Contains, Item::code(&codes::LESION_COURSE, &codes::course(fate)));
    if let Some((segmentation, numbers)) = outline {
        let segments =
            Item::segments(&codes::REFERENCED_SEGMENT, &segmentation.reference, &numbers);
        group.push(Relation::Contains, segments);
        if let Some(used) = evidence.series.first() {
            group.push(Relation::Contains, Item::uid(&codes::SOURCE_SERIES, &used.uid));
        }
    }
    Some(group)
}

fn identity(group: &mut Item, track: &LesionTrack) {
    let relation = Relation::HasObsContext;
    let name = format!("Lesion {}", track.name);
    group.push(relation, Item::text(&codes::TRACKING_IDENTIFIER, name));
    group.push(relation, Item::uid(&codes::TRACKING_UID, &track.uid));
    group
        .push(Relation::Contains, Item::code(&codes::FINDING_CATEGORY, &codes::ABNORMAL_STRUCTURE));
}

/// The lesion's parts at a timepoint, and their volumes together.
fn seen<'a>(findings: &'a Findings, lesions: &[u8]) -> Seen<'a> {
    let named = |lesion: &&Lesion| lesions.contains(&lesion.index);
    let parts: Vec<&Lesion> = findings.lesions.iter().filter(named).collect();
    let mut volumes = RegionVolumes::default();
    for part in &parts {
        for region in Region::ALL {
            volumes.add(region, part.volumes.of(region));
        }
    }
    Seen { parts, volumes }
}

/// What a lesion is, by its most telling region.
fn leading(volumes: &RegionVolumes) -> Code {
    let present = REGIONS.into_iter().find(|region| volumes.of(*region) > Cm3(0.));
    present.map_or(codes::BRAIN_LESION, codes::region)
}

/// Volumes of the regions that a lesion has, in the order of its segments, and of the usual unions.
fn present(group: &mut Item, volumes: &RegionVolumes) {
    for region in REGIONS.into_iter().filter(|region| volumes.of(*region) > Cm3(0.)) {
        let item = volume(&codes::VOLUME, volumes.of(region), &codes::region(region));
        group.push(Relation::Contains, item);
    }
    // A cavity alone is no tumour and has no volume of one; a lesion that is gone has none left.
    let gone = volumes.resection_cavity == Cm3(0.);
    if gone || volumes.whole() > Cm3(0.) {
        unions(group, volumes);
    }
}

/// Volumes of the usual unions; each says what it is the volume of.
pub(super) fn unions(group: &mut Item, volumes: &RegionVolumes) {
    for (union, cm3) in [(codes::TUMOR_CORE, volumes.core()), (codes::WHOLE_TUMOR, volumes.whole())]
    {
        group.push(Relation::Contains, volume(&codes::VOLUME, cm3, &union));
    }
}

/// A volume in cm3 by counting voxels, of some tissue.
pub(super) fn volume(name: &Code, volume: Cm3, of: &Code) -> Item {
    Item::number(name, volume.0, &codes::CM3)
        .with(Relation::HasConceptMod, Item::code(&codes::MEASUREMENT_METHOD, &codes::VOXEL_SUM))
        .with(Relation::HasConceptMod, Item::code(&codes::FINDING, of))
}

/// How far the volume moves when the outline does.
fn uncertainty(group: &mut Item, parts: &[&Lesion]) {
    if parts.is_empty() {
        return;
    }
    let [inner, outer] = [0, 1].map(|side| parts.iter().map(|part| part.bounds[side].0).sum());
    let half: f64 = (outer - inner) / 2.;
    let item = Item::number(&codes::VOLUME_UNCERTAINTY, half, &codes::CM3)
        .with(Relation::InferredFrom, Item::number(&codes::VOLUME_INNER, inner, &codes::CM3))
        .with(Relation::InferredFrom, Item::number(&codes::VOLUME_OUTER, outer, &codes::CM3));
    group.push(Relation::Contains, item);
}

/// The diameters of the part whose product is largest.
fn largest<'a>(parts: &[&'a Lesion]) -> Option<&'a Diameters> {
    parts
        .iter()
        .filter_map(|part| part.diameters.as_ref())
        .max_by(|a, b| a.product().0.total_cmp(&b.product().0))
}

/// Long and short axis with the lines they were read from, and their product.
fn axes(group: &mut Item, diameters: &Diameters, evidence: &Evidence) {
    let frame = &evidence.frame_of_reference;
    let (long, short) = (diameters.long, diameters.short);
    for (name, length, ends) in [
        (codes::LONG_AXIS, long, &diameters.long_ends),
        (codes::SHORT_AXIS, short, &diameters.short_ends),
    ] {
        let mut axis = Item::number(&name, length.0, &codes::MM);
        axis.push(Relation::InferredFrom, Item::line(&codes::PATH, ends, frame));
        if let Some(image) = evidence.image(diameters.slice) {
            let image = Item::image(&codes::SOURCE_OF_MEASUREMENT, image);
            axis.push(Relation::InferredFrom, image);
        }
        group.push(Relation::Contains, axis);
    }
    let product = Item::number(&codes::PRODUCT, diameters.product().0, &codes::MM2)
        .with(Relation::InferredFrom, Item::number(&codes::LONG_AXIS, long.0, &codes::MM))
        .with(Relation::InferredFrom, Item::number(&codes::SHORT_AXIS, short.0, &codes::MM));
    group.push(Relation::Contains, product);
}

/// Change of the enhancing and of the whole volume against reference, nadir and prior.
fn changes(group: &mut Item, assessment: &Assessment, track: &LesionTrack, timepoint: usize) {
    let at = |timepoint: usize| {
        let sighting = track.sightings.get(timepoint)?;
        Some(seen(assessment.timepoints.get(timepoint)?, &sighting.lesions).volumes)
    };
    let Some(now) = at(timepoint) else { return };
    let others = [
        (timepoint::percent_from_reference(assessment), Some(assessment.reference)),
        (codes::PERCENT_FROM_NADIR, Some(assessment.nadir)),
        (codes::PERCENT_FROM_PRIOR, timepoint.checked_sub(1)),
    ];
    for (name, other) in others {
        // Compared is what lies before: a study is not measured against itself or its future.
        let Some(then) = other.filter(|other| *other < timepoint).and_then(at) else { continue };
        for (of, then, now) in [
            (codes::ENHANCING_LESION, then.enhancing, now.enhancing),
            (codes::WHOLE_TUMOR, then.whole(), now.whole()),
        ] {
            if let Some(change) = Percent::change(then.0, now.0) {
                let pair = [then, now].map(|cm3| volume(&codes::VOLUME, cm3, &of));
                group.push(Relation::Contains, percent(&name, change, pair));
            }
        }
    }
    if let Some(then) = timepoint.checked_sub(1).and_then(at) {
        let difference = now.whole() - then.whole();
        let item = volume(&codes::VOLUME_CHANGE, difference, &codes::WHOLE_TUMOR);
        group.push(Relation::Contains, item);
    }
}

/// A percentage with the two numbers it was inferred from, the earlier one first.
pub(super) fn percent(name: &Code, change: Percent, pair: [Item; 2]) -> Item {
    let [then, now] = pair;
    Item::number(name, change.0, &codes::PERCENT)
        .with(Relation::InferredFrom, then)
        .with(Relation::InferredFrom, now)
}
