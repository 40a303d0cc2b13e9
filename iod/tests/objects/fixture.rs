//! A study of a few slices with known lesions: an odd matrix, so that no frame ends with a byte,
//! and an oblique grid, so that no axis is another by chance.

use interval_core::assessment::{Assessment, Doubt, Findings, ModelName, Provenance};
use interval_core::digest::Digest;
use interval_core::geometry::{Grid, Point, Transform};
use interval_core::lesion::{
    Diameters, Fate, Lesion, LesionTrack, Region, RegionVolumes, Sighting,
};
use interval_core::patient::Patient;
use interval_core::response::{Category, Criteria, MissingInput, Verdict};
use interval_core::role::SeriesRole;
use interval_core::study::{Acquisition, Exam, Instance, Plane, Series};
use interval_core::timepoint::Reference as Compared;
use interval_core::uid::{StudyUid, TrackingUid, Uid};
use interval_core::units::{Cm3, Mm, Percent};
use interval_core::volume::LabelMap;
use interval_iod::edition::Edition;
use interval_iod::home::{Device, Home, Uids};
use interval_iod::mint;
use interval_iod::seg::{Algorithm, Hand, SEGMENTATION, Segment, Slice, Source, Voxels};
use interval_iod::sr::content::Reference;
use interval_iod::sr::report::{Evidence, SegmentNumber, SegmentationReference, UsedSeries};

/// Columns, rows, slices: 37 x 41 voxels are 1,517 bits, five more than whole bytes.
pub const SHAPE: [usize; 3] = [37, 41, 12];
/// Between columns, between rows, between slices, in mm.
pub const SPACING_MM: [f64; 3] = [0.9375, 1.1, 2.7];

/// One study with its lesions.
pub struct Exams {
    pub study: StudyUid,
    pub date: &'static str,
    pub series: Series,
    pub slices: Vec<Slice>,
    pub grid: Grid,
    pub labels: LabelMap,
    pub lesions: LabelMap,
}

/// The voxels of the fixture's lesions: lesion 1 is a box of ET in a box of NETC in a box of SNFH,
/// lesion 2 the last voxels of the volume, lesion 3 a cavity.
fn region_at([i, j, k]: [usize; 3], growth: usize) -> (u8, Option<Region>) {
    let within = |inner: usize| {
        (6 + inner..22 + growth - inner).contains(&i)
            && (9 + inner..24 - inner).contains(&j)
            && (2 + inner / 2..9 - inner / 2).contains(&k)
    };
    if within(4) {
        (1, Some(Region::NonEnhancingCore))
    } else if within(2) {
        (1, Some(Region::Enhancing))
    } else if within(0) {
        (1, Some(Region::FlairHyperintensity))
    } else if i >= 34 && j >= 39 && k >= 11 {
        (2, Some(Region::Enhancing))
    } else if (28..33).contains(&i) && (2..6).contains(&j) && k < 3 {
        (3, Some(Region::ResectionCavity))
    } else {
        (0, None)
    }
}

/// A grid turned about two axes, its origin and cosines rounded as headers round them.
pub fn oblique() -> Grid {
    let (a, b) = (0.31_f64, -0.17_f64);
    let round = |x: f64| (x * 1e6).round() / 1e6;
    let i = [a.cos() * b.cos(), a.sin() * b.cos(), b.sin()].map(round);
    let j = [-a.sin(), a.cos(), 0.].map(round);
    let k = [i[1] * j[2] - i[2] * j[1], i[2] * j[0] - i[0] * j[2], i[0] * j[1] - i[1] * j[0]];
    let origin = [-31.25, 14.5, -77.125];
    let rows = [0, 1, 2]
        .map(|r| [i[r] * SPACING_MM[0], j[r] * SPACING_MM[1], k[r] * SPACING_MM[2], origin[r]]);
    Grid { shape: SHAPE, to_lps: Transform::new(rows) }
}

fn plane(grid: &Grid, k: usize) -> Plane {
    let round = |x: f64| (x * 1e6).round() / 1e6;
    let column = |c: usize| [0, 1, 2].map(|r| round(grid.to_lps.rows[r][c] / SPACING_MM[c]));
    let ([a, b, c], [d, e, f]) = (column(0), column(1));
    Plane {
        position: grid.to_lps.apply_to([0., 0., k as f64]).map(round),
        orientation: [a, b, c, d, e, f],
        pixel_spacing_mm: [SPACING_MM[1], SPACING_MM[0]],
        rows: SHAPE[1] as u32,
        columns: SHAPE[0] as u32,
        slice_thickness_mm: Some(2.5),
    }
}

pub fn patient() -> Patient {
    Patient {
        id: "IVL-0007".to_owned(),
        issuer: "Haus Süd".to_owned(),
        name: "Müller^Zoë".to_owned(),
        birth_date: "19610203".to_owned(),
        sex: "F".to_owned(),
    }
}

fn exam(date: &str) -> Exam {
    Exam {
        date: date.to_owned(),
        time: "101500.5".to_owned(),
        accession_number: "ACC-2026-000123".to_owned(),
        id: "7".to_owned(),
        description: "MR Schädel".to_owned(),
        referring_physician: "Doe^Jane".to_owned(),
    }
}

/// A study; the ET of lesion 1 is wider by `growth` voxels.
pub fn study(date: &'static str, growth: usize) -> Exams {
    let grid = oblique();
    let study: StudyUid = mint::uid("test study", &[date]);
    let series_uid = mint::uid("test series", &[date]);
    let instances: Vec<Instance> = (0..SHAPE[2])
        .map(|k| Instance {
            uid: mint::uid("test image", &[date, &k.to_string()]),
            class: "1.2.840.10008.5.1.4.1.1.4".parse().unwrap(),
            syntax: "1.2.840.10008.1.2.1".parse().unwrap(),
            study: study.clone(),
            series: mint::uid("test series", &[date]),
            patient: patient(),
            exam: exam(date),
            acquisition: Acquisition { modality: "MR".to_owned(), ..Acquisition::default() },
            plane: Some(plane(&grid, k)),
            instance_number: Some(k as i32 + 1),
            frames: 1,
            digest: Digest::of(&[k as u8]),
        })
        .collect();
    let slices = instances.iter().filter_map(Slice::of).collect();
    let region = |offset| region_at(grid.index(offset), growth);
    Exams {
        study,
        date,
        series: Series { uid: series_uid, instances },
        slices,
        grid,
        labels: LabelMap::from_fn(grid, |offset| region(offset).1.map_or(0, Region::label)),
        lesions: LabelMap::from_fn(grid, |offset| region(offset).0),
    }
}

pub fn home(exams: &Exams) -> Home {
    Home {
        patient: patient(),
        exam: exam(exams.date),
        study: exams.study.clone(),
        frame_of_reference: mint::uid("test frame", &[exams.date]),
        device: Device::interval("node-1", "0.1.0", Uid::from_u128(41)),
        authored: "20260402083000".parse().unwrap(),
        edition: Edition::default(),
    }
}

pub fn uids(purpose: &str) -> Uids {
    Uids {
        series: mint::uid("test result series", &[purpose]),
        instance: mint::uid("test result", &[purpose]),
    }
}

pub fn model() -> ModelName {
    ModelName {
        name: "interval-default".to_owned(),
        version: "1".to_owned(),
        digest: Digest::of(b"model"),
    }
}

pub fn tracking(lesion: u8) -> TrackingUid {
    mint::uid("test lesion", &[&lesion.to_string()])
}

impl Exams {
    pub fn source(&self) -> Source<'_> {
        Source { series: &self.series, slices: &self.slices, grid: &self.grid }
    }

    /// One segment for each lesion and region that has voxels.
    pub fn segments<'a>(&'a self, model: &'a ModelName) -> Vec<Segment<'a>> {
        const PARTS: [[u8; 1]; 3] = [[1], [2], [3]];
        let mut segments = Vec::new();
        for parts in &PARTS {
            for region in Region::ALL {
                if self.count(parts[0], region) == 0 {
                    continue;
                }
                segments.push(Segment {
                    label: format!("L{} {region}", parts[0]),
                    region,
                    tracking_id: format!("Lesion {}", parts[0]),
                    tracking_uid: tracking(parts[0]),
                    voxels: Voxels::Labelled {
                        labels: &self.labels,
                        lesions: &self.lesions,
                        parts,
                    },
                    algorithm: Algorithm {
                        model,
                        input: Digest::of(b"input"),
                        parameters: &[],
                        hand: Hand::None,
                    },
                });
            }
        }
        segments
    }

    pub fn count(&self, lesion: u8, region: Region) -> usize {
        let pairs = self.lesions.voxels().iter().zip(self.labels.voxels());
        pairs.filter(|pair| *pair == (&lesion, &region.label())).count()
    }

    /// The images of the study, with the segmentation that `segments` gives.
    pub fn evidence(&self) -> Evidence {
        let model = model();
        let numbered = self.segments(&model).into_iter().zip(1..).map(|(segment, number)| {
            let Voxels::Labelled { parts, .. } = segment.voxels else { unreachable!() };
            SegmentNumber { lesion: parts[0], region: segment.region, number }
        });
        let uids = uids("segmentation");
        Evidence {
            study: self.study.clone(),
            date: self.date.to_owned(),
            frame_of_reference: mint::uid("test frame", &[self.date]),
            series: vec![UsedSeries::of(SeriesRole::T1c, &self.series)],
            segmentation: Some(SegmentationReference {
                series: uids.series,
                reference: Reference {
                    class: SEGMENTATION.parse().unwrap(),
                    instance: uids.instance,
                },
                segments: numbered.collect(),
            }),
        }
    }

    pub fn findings(&self) -> Findings {
        let voxel = self.grid.voxel_volume();
        let mut total = RegionVolumes::default();
        let lesions = [1, 2, 3].map(|index| {
            let mut volumes = RegionVolumes::default();
            for region in Region::ALL {
                volumes.add(region, voxel * self.count(index, region) as f64);
                total.add(region, voxel * self.count(index, region) as f64);
            }
            self.lesion(index, volumes)
        });
        Findings {
            study: self.study.clone(),
            date: self.date.parse().ok(),
            volumes: total,
            lesions: lesions.to_vec(),
            ignored: (2, Cm3(0.013)),
            sum_of_products_mm2: 165.,
            spacing_mm: SPACING_MM,
            input_digest: Digest::of(self.date.as_bytes()),
        }
    }

    fn lesion(&self, index: u8, volumes: RegionVolumes) -> Lesion {
        let whole = volumes.whole();
        let corner = |i: f64, j: f64| self.grid.to_lps.apply(Point::new([i, j, 5.]));
        let diameters = Diameters {
            long: Mm(15.),
            short: Mm(11.),
            slice: 5,
            long_ends: [corner(8., 16.), corner(24., 16.)],
            short_ends: [corner(16., 11.), corner(16., 21.)],
        };
        Lesion {
            index,
            volumes,
            bounds: [whole * 0.8, whole * 1.25],
            diameters: (index == 1).then_some(diameters),
            centre: corner(16., 16.),
        }
    }
}

/// The assessment of two studies of one patient.
pub fn assessment(prior: &Exams, current: &Exams) -> Assessment {
    let track = |lesion: u8, fates: [Fate; 2]| LesionTrack {
        uid: tracking(lesion),
        name: lesion.to_string(),
        sightings: fates.map(|fate| Sighting { fate: Some(fate), lesions: vec![lesion] }).to_vec(),
    };
    let mut gone = track(4, [Fate::First, Fate::Vanished]);
    gone.sightings[0].lesions = vec![2];
    gone.sightings[1].lesions.clear();
    let mut new = track(2, [Fate::First, Fate::New]);
    new.sightings[0] = Sighting { fate: None, lesions: Vec::new() };
    Assessment {
        timepoints: vec![prior.findings(), current.findings()],
        tracks: vec![
            track(1, [Fate::First, Fate::Persisting]),
            new,
            track(3, [Fate::First, Fate::Persisting]),
            gone,
        ],
        reference: 0,
        reference_kind: Compared::EarliestAvailable,
        nadir: 0,
        verdicts: vec![verdict(Criteria::Rano2010), verdict(Criteria::Rano2)],
        doubts: vec![Doubt::AlreadyStripped, Doubt::DifferentSlices(Mm(1.), Mm(2.7))],
        provenance: Provenance {
            software_version: "0.1.0".to_owned(),
            model: model(),
            trail: Vec::new(),
        },
    }
}

fn verdict(criteria: Criteria) -> Verdict {
    Verdict {
        criteria,
        imaging: Some(Category::ProgressiveDisease),
        overall: None,
        missing: vec![MissingInput::RadiotherapyEnd, MissingInput::SteroidDose],
        rule: "rano2/pd-volume".to_owned(),
        because: "Enhancing volume grew by 41 % (limit 40 %).".to_owned(),
        change_from_reference: Some(Percent(41.)),
        change_from_nadir: Some(Percent(41.)),
        verified: false,
        source: "doi:10.1200/JCO.23.01059",
    }
}
