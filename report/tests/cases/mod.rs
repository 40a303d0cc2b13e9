//! Patients that never were, for looking at reports and for testing them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "shared by the gallery and the tests, each of which uses a part"
)]

mod picture;

use interval_core::assessment::{
    Assessment, Decider, Decision, Doubt, Findings as Measured, ModelName, Provenance,
};
use interval_core::digest::Digest;
use interval_core::geometry::Point;
use interval_core::lesion::{Diameters, Fate, Lesion, LesionTrack, RegionVolumes, Sighting};
use interval_core::response::{Category, Criteria, MissingInput, Verdict};
use interval_core::role::SeriesRole;
use interval_core::stage::Stage;
use interval_core::timepoint::{Date, Reference};
use interval_core::uid::{SeriesUid, StudyUid, TrackingUid};
use interval_core::units::{Cm3, Mm, Percent};
use interval_report::findings::{Approval, Findings, Header, SourceSeries};
use interval_report::timestamp::Timestamp;

/// 2024-04-16 07:31:00 UTC.
pub const AUTHORED: Timestamp = Timestamp(1_713_252_660);

/// A case: its name, and all that its report needs.
pub struct Case {
    pub name: &'static str,
    pub header: Header,
    pub assessment: Assessment,
    pub pictures: usize,
}

impl Case {
    pub fn findings(&self) -> Findings<'_> {
        let measured = &self.assessment.timepoints;
        let series = measured.iter().enumerate().flat_map(|(timepoint, _)| {
            SeriesRole::CHANNELS.into_iter().enumerate().map(move |(channel, role)| SourceSeries {
                timepoint,
                role,
                series_description: format!("{role} ax 1 mm"),
                series: SeriesUid::from_u128((timepoint * 10 + channel) as u128),
            })
        });
        Findings {
            header: self.header.clone(),
            assessment: &self.assessment,
            key_images: (0..self.pictures).map(picture::key_image).collect(),
            series: series.collect(),
            limitations: vec![
                "Trained on synthetic images of adult heads only; not validated on children, \
                 metastases or other contrast timing."
                    .to_owned(),
            ],
            authored: AUTHORED,
            report_id: StudyUid::from_u128(77).as_str().to_owned(),
            version: 1,
            approval: Approval::None,
            replaces: None,
        }
    }
}

/// All cases, in the order of the gallery.
pub fn all() -> Vec<Case> {
    vec![
        progressive(),
        split_and_new(),
        first_study(),
        no_tumour(),
        not_evaluable(),
        crowded(),
        long_name(),
        hebrew_name(),
        held(),
        undated(),
        complete_response(),
    ]
}

pub fn header() -> Header {
    Header {
        patient_name: "EXAMPLE^ANNA MARIA".to_owned(),
        patient_id: "PHANTOM-0042".to_owned(),
        patient_birth_date: date("19610203"),
        patient_sex: "F".to_owned(),
        accession_number: "ACC-2024-000815".to_owned(),
        study_date: date("20240415"),
        study_description: "MR brain with and without contrast".to_owned(),
    }
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// A lesion of three volumes in cm3 and two diameters in mm.
fn lesion(index: u8, [et, netc, snfh]: [f64; 3], [long, short]: [f64; 2]) -> Lesion {
    let volumes = RegionVolumes {
        enhancing: Cm3(et),
        non_enhancing_core: Cm3(netc),
        flair_hyperintensity: Cm3(snfh),
        resection_cavity: Cm3(0.),
    };
    let whole = volumes.whole().0;
    let end = |x: f64| Point::new([x, 0., 0.]);
    Lesion {
        index,
        volumes,
        bounds: [Cm3(whole * 0.9), Cm3(whole * 1.1)],
        diameters: (long > 0.).then(|| Diameters {
            long: Mm(long),
            short: Mm(short),
            slice: 77,
            long_ends: [end(0.), end(long)],
            short_ends: [end(0.), end(short)],
        }),
        centre: end(30.),
    }
}

fn measured(at: &str, lesions: Vec<Lesion>) -> Measured {
    let mut volumes = RegionVolumes::default();
    for lesion in &lesions {
        volumes.enhancing = volumes.enhancing + lesion.volumes.enhancing;
        volumes.non_enhancing_core = volumes.non_enhancing_core + lesion.volumes.non_enhancing_core;
        volumes.flair_hyperintensity =
            volumes.flair_hyperintensity + lesion.volumes.flair_hyperintensity;
    }
    let products = lesions.iter().filter_map(|one| one.diameters).map(|d| d.product().0).sum();
    Measured {
        study: StudyUid::from_u128(u128::from(Digest::of(at.as_bytes()).0[0])),
        date: date(at),
        volumes,
        lesions,
        ignored: (2, Cm3(0.031)),
        sum_of_products_mm2: products,
        spacing_mm: [1., 1., 1.],
        input_digest: Digest::of(at.as_bytes()),
    }
}

fn track(name: &str, sightings: &[(Option<Fate>, &[u8])]) -> LesionTrack {
    LesionTrack {
        uid: TrackingUid::from_u128(u128::from(name.as_bytes()[0])),
        name: name.to_owned(),
        sightings: sightings
            .iter()
            .map(|(fate, lesions)| Sighting { fate: *fate, lesions: lesions.to_vec() })
            .collect(),
    }
}

fn verdict(criteria: Criteria, imaging: Option<Category>, change: [Option<f64>; 2]) -> Verdict {
    let [from_reference, from_nadir] = change.map(|percent| percent.map(Percent));
    let (rule, because, source) = match criteria {
        Criteria::Rano2 => (
            "rano-2/progression-by-volume",
            "enhancing volume rose by at least 40 % from the smallest volume so far, and every \
             lesion that grew is measurable",
            "Wen et al., J Clin Oncol 2023, doi 10.1200/JCO.23.01059",
        ),
        Criteria::Rano2010 => (
            "rano-2010/progression-by-products",
            "sum of products of diameters rose by at least 25 % from the smallest sum so far",
            "Wen et al., J Clin Oncol 2010;28:1963",
        ),
    };
    Verdict {
        criteria,
        imaging,
        overall: None,
        missing: vec![
            MissingInput::RadiotherapyEnd,
            MissingInput::SurgeryDate,
            MissingInput::SteroidDose,
            MissingInput::ClinicalStatus,
        ],
        rule: rule.to_owned(),
        because: because.to_owned(),
        change_from_reference: from_reference,
        change_from_nadir: from_nadir,
        verified: criteria == Criteria::Rano2010,
        source,
    }
}

fn verdicts(imaging: Option<Category>, change: [Option<f64>; 2]) -> Vec<Verdict> {
    vec![verdict(Criteria::Rano2010, imaging, change), verdict(Criteria::Rano2, imaging, change)]
}

fn provenance() -> Provenance {
    let decision = |stage, by, what: &str, why: &str| Decision {
        stage,
        by,
        what: what.to_owned(),
        why: why.to_owned(),
    };
    Provenance {
        software_version: "0.1.0".to_owned(),
        model: ModelName {
            name: "interval-default".to_owned(),
            version: "1.0.0".to_owned(),
            digest: Digest::of(b"model"),
        },
        trail: vec![
            decision(
                Stage::Identify,
                Decider::Coordinator,
                "Four channels were found",
                "T1, T1c, T2 and FLAIR are there with a confidence of at least 0.92",
            ),
            decision(
                Stage::Segment,
                Decider::Coordinator,
                "The four-channel model was chosen",
                "all four channels are there and the images have a skull",
            ),
            decision(
                Stage::Align,
                Decider::Stage,
                "The current study was registered to the reference",
                "normalised mutual information rose from 1.081 to 1.214; the gate asks for 1.150",
            ),
            decision(
                Stage::Author,
                Decider::Evaluator,
                "The result may leave",
                "the segmentation read back from its bytes equals the mask in patient space",
            ),
        ],
    }
}

fn assessment(timepoints: Vec<Measured>, tracks: Vec<LesionTrack>) -> Assessment {
    Assessment {
        timepoints,
        tracks,
        reference: 0,
        reference_kind: Reference::EarliestAvailable,
        nadir: 0,
        verdicts: Vec::new(),
        doubts: Vec::new(),
        provenance: provenance(),
    }
}

/// Two timepoints, three lesions, one of them new.
pub fn progressive() -> Case {
    const PERSISTING: Option<Fate> = Some(Fate::Persisting);
    let first =
        vec![lesion(1, [6.2, 1.1, 20.3], [31.2, 22.4]), lesion(2, [0.9, 0., 2.2], [14.1, 11.])];
    let second = vec![
        lesion(1, [9.9, 1.9, 29.8], [38., 27.5]),
        lesion(2, [0.95, 0., 2.4], [14.6, 11.2]),
        lesion(3, [1.05, 0.012, 1.1], [15., 12.3]),
    ];
    let timepoints = vec![measured("20240110", first), measured("20240415", second)];
    let tracks = vec![
        track("1", &[(Some(Fate::First), &[1]), (PERSISTING, &[1])]),
        track("2", &[(Some(Fate::First), &[2]), (PERSISTING, &[2])]),
        track("3", &[(None, &[]), (Some(Fate::New), &[3])]),
    ];
    let mut assessment = assessment(timepoints, tracks);
    assessment.verdicts = verdicts(Some(Category::ProgressiveDisease), [Some(67.6), Some(67.6)]);
    assessment.doubts = vec![
        Doubt::DifferentSlices(Mm(1.), Mm(3.)),
        Doubt::UnverifiedRule("rano-2/progression-by-volume".to_owned()),
    ];
    Case { name: "progressive", header: header(), assessment, pictures: 4 }
}

/// Three timepoints; a lesion splits, another is new, the nadir is in the middle.
pub fn split_and_new() -> Case {
    let timepoints = vec![
        measured("20231002", vec![lesion(1, [8.4, 2.2, 31.], [36., 25.])]),
        measured("20240110", vec![lesion(1, [3.1, 0.8, 18.5], [24.5, 15.2])]),
        measured(
            "20240415",
            vec![
                lesion(1, [2.6, 0.4, 11.2], [21., 14.1]),
                lesion(2, [1.9, 0.1, 9.8], [17.7, 13.]),
                lesion(3, [0.62, 0., 1.4], [11.9, 10.1]),
            ],
        ),
    ];
    let tracks = vec![
        track(
            "1a",
            &[(Some(Fate::First), &[1]), (Some(Fate::Persisting), &[1]), (Some(Fate::Split), &[1])],
        ),
        track("1b", &[(None, &[]), (None, &[]), (Some(Fate::Split), &[2])]),
        track("2", &[(None, &[]), (None, &[]), (Some(Fate::New), &[3])]),
    ];
    let mut assessment = assessment(timepoints, tracks);
    assessment.nadir = 1;
    assessment.verdicts = vec![
        verdict(Criteria::Rano2010, Some(Category::StableDisease), [Some(-19.), Some(12.)]),
        verdict(Criteria::Rano2, Some(Category::ProgressiveDisease), [Some(-39.), Some(65.2)]),
    ];
    Case { name: "split-and-new", header: header(), assessment, pictures: 6 }
}

/// One timepoint.
pub fn first_study() -> Case {
    let lesions = vec![lesion(1, [7.1, 1.2, 22.5], [31.2, 22.4])];
    let tracks = vec![track("1", &[(Some(Fate::First), &[1])])];
    let mut assessment = assessment(vec![measured("20240415", lesions)], tracks);
    assessment.verdicts = verdicts(None, [None, None]);
    for verdict in &mut assessment.verdicts {
        "there is no earlier timepoint".clone_into(&mut verdict.because);
        "none".clone_into(&mut verdict.rule);
    }
    Case { name: "first-study", header: header(), assessment, pictures: 2 }
}

/// Measured, and nothing found.
pub fn no_tumour() -> Case {
    let mut assessment = assessment(vec![measured("20240415", Vec::new())], Vec::new());
    assessment.doubts = vec![Doubt::NoMeasurableTumour, Doubt::AlreadyStripped];
    Case { name: "no-tumour", header: header(), assessment, pictures: 1 }
}

/// No T1c: nothing measured, although there is an earlier study.
pub fn not_evaluable() -> Case {
    let earlier = vec![lesion(1, [7.1, 1.2, 22.5], [31.2, 22.4])];
    let timepoints = vec![measured("20240110", earlier), measured("20240415", Vec::new())];
    let tracks = vec![track("1", &[(Some(Fate::First), &[1]), (None, &[])])];
    let mut assessment = assessment(timepoints, tracks);
    assessment.doubts = vec![Doubt::MissingSeries(SeriesRole::T1c)];
    Case { name: "not-evaluable", header: header(), assessment, pictures: 0 }
}

/// Fourteen lesions at six timepoints, and much to say.
pub fn crowded() -> Case {
    let dates = ["20230105", "20230403", "20230705", "20231002", "20240110", "20240415"];
    let timepoints: Vec<Measured> = dates
        .iter()
        .enumerate()
        .map(|(time, date)| {
            let grown = [1., 0.8, 1.6, 1.9, 2.2, 2.5][time];
            let all = 1..=14_u8;
            measured(
                date,
                all.map(|index| {
                    let size = f64::from(index) * 0.41 * grown;
                    let side = 8. + size * 2.;
                    lesion(index, [size, size / 7., size * 3.4], [side, side * 0.8])
                })
                .collect(),
            )
        })
        .collect();
    let tracks = (1..=14_u8)
        .map(|index| {
            let own = [index];
            let first: (Option<Fate>, &[u8]) = (Some(Fate::First), &own);
            let later: (Option<Fate>, &[u8]) = (Some(Fate::Persisting), &own);
            track(&index.to_string(), &[first, later, later, later, later, later])
        })
        .collect();
    let mut assessment = assessment(timepoints, tracks);
    assessment.nadir = 1;
    assessment.verdicts = verdicts(Some(Category::ProgressiveDisease), [Some(150.), Some(212.5)]);
    assessment.doubts = (0..12)
        .map(|n| Doubt::PoorRegistration(format!("timepoint {n} lies 3.{n} mm off on average")))
        .collect();
    let many = assessment.provenance.trail.clone();
    assessment.provenance.trail = many.iter().cycle().take(20).cloned().collect();
    Case { name: "crowded", header: header(), assessment, pictures: 11 }
}

/// Every text as long as DICOM allows, and longer.
pub fn long_name() -> Case {
    let mut case = progressive();
    case.name = "long-name";
    let long = "Wolfeschlegelsteinhausenbergerdorff".repeat(2);
    case.header.patient_name = format!("{long}^{long}^{long}=漢字の名前");
    case.header.patient_id = "0123456789".repeat(7);
    case.header.study_description = "MR brain, follow-up after resection, ".repeat(3);
    case.header.accession_number = "ACCESSION-".repeat(4);
    case
}

/// A name in two scripts.
pub fn hebrew_name() -> Case {
    let mut case = progressive();
    case.name = "hebrew-name";
    "ISRAELI^DANA=ישראלי^דנה".clone_into(&mut case.header.patient_name);
    "MRI מוח עם חומר ניגוד".clone_into(&mut case.header.study_description);
    case
}

/// A doubt that holds the study.
pub fn held() -> Case {
    let mut case = progressive();
    case.name = "held";
    case.assessment.doubts.push(Doubt::Implausible(
        "the enhancing volume grew by a factor of 40 within three weeks".to_owned(),
    ));
    case
}

/// A study without a date.
pub fn undated() -> Case {
    let mut case = progressive();
    case.name = "undated";
    case.assessment.timepoints[0].date = None;
    case.header.study_date = None;
    case.header.patient_birth_date = None;
    case.header.patient_sex = String::new();
    case
}

/// The tumour is gone.
pub fn complete_response() -> Case {
    let earlier = vec![lesion(1, [2.4, 0.3, 9.], [19., 15.]), lesion(2, [0.06, 0., 0.2], [0., 0.])];
    let timepoints = vec![measured("20240110", earlier), measured("20240415", Vec::new())];
    let gone = Some(Fate::Vanished);
    let tracks = vec![
        track("1", &[(Some(Fate::First), &[1]), (gone, &[])]),
        track("2", &[(Some(Fate::First), &[2]), (gone, &[])]),
    ];
    let mut assessment = assessment(timepoints, tracks);
    assessment.verdicts = verdicts(Some(Category::CompleteResponse), [Some(-100.), Some(-100.)]);
    assessment.doubts = vec![Doubt::NoMeasurableTumour];
    Case { name: "complete-response", header: header(), assessment, pictures: 2 }
}
