//! Series as a test tells them: a name, a timing, and what differs from the ordinary.
#![allow(dead_code, reason = "each suite uses its part")]
#![allow(clippy::unwrap_used, reason = "a wrong UID in a test is a failed test")]

use interval_core::digest::Digest;
use interval_core::patient::Patient;
use interval_core::study::{Acquisition, Exam, Instance, Plane, Series, Study};
use interval_core::uid::SeriesUid;

pub const AXIAL: [f64; 6] = [1., 0., 0., 0., 1., 0.];
pub const SAGITTAL: [f64; 6] = [0., 1., 0., 0., 0., -1.];
pub const CORONAL: [f64; 6] = [1., 0., 0., 0., 0., -1.];

/// A series as a test tells it.
#[derive(Clone)]
pub struct Told {
    acquisition: Acquisition,
    orientation: [f64; 6],
    slices: usize,
    spacing_mm: f64,
    pixel_mm: f64,
}

/// How a kind of sequence is timed: scanning sequence, TE, TR, TI, flip angle, 2D or 3D.
pub type Timing = (&'static [&'static str], f64, f64, f64, f64, &'static str);

pub const SIEMENS_MPRAGE: Timing = (&["GR", "IR"], 2.98, 2300., 900., 9., "3D");
pub const SIEMENS_SE_T1: Timing = (&["SE"], 8.9, 550., 0., 90., "2D");
pub const SIEMENS_T2: Timing = (&["SE"], 96., 5500., 0., 150., "2D");
pub const SIEMENS_TIRM: Timing = (&["SE", "IR"], 85., 9000., 2500., 150., "2D");
pub const SIEMENS_SPACE_FLAIR: Timing = (&["SE", "IR"], 388., 5000., 1800., 120., "3D");
pub const GE_BRAVO: Timing = (&["GR"], 3.1, 8.2, 450., 12., "3D");
pub const GE_FSPGR: Timing = (&["GR"], 2.9, 7., 0., 15., "3D");
pub const GE_T1_FLAIR: Timing = (&["SE", "IR"], 24., 2500., 860., 111., "2D");
pub const GE_T2: Timing = (&["SE"], 102., 4800., 0., 142., "2D");
pub const GE_T2_FLAIR: Timing = (&["SE", "IR"], 140., 9000., 2250., 160., "2D");
pub const PHILIPS_TFE: Timing = (&["GR"], 3.7, 8.1, 0., 8., "3D");
pub const PHILIPS_T2: Timing = (&["SE"], 80., 3000., 0., 90., "2D");
pub const PHILIPS_FLAIR: Timing = (&["IR"], 125., 11_000., 2800., 90., "2D");
pub const GRE_T2_STAR: Timing = (&["GR"], 25., 700., 0., 20., "2D");
pub const EPI: Timing = (&["EP"], 90., 6000., 0., 90., "2D");
pub const TOF: Timing = (&["GR"], 3.6, 22., 0., 18., "3D");
pub const DENSITY: Timing = (&["SE"], 12., 3500., 0., 90., "2D");
pub const UNKNOWN: Timing = (&[], 0., 0., 0., 0., "");

pub fn told(description: &str, timing: Timing) -> Told {
    let (scanning, te, tr, ti, flip, kind) = timing;
    let given = |value: f64| (value > 0.).then_some(value);
    let three_d = kind == "3D";
    Told {
        acquisition: Acquisition {
            modality: "MR".into(),
            series_description: description.into(),
            image_type: vec!["ORIGINAL".into(), "PRIMARY".into(), "M".into()],
            scanning_sequence: scanning.iter().map(ToString::to_string).collect(),
            mr_acquisition_type: kind.into(),
            echo_time_ms: given(te),
            repetition_time_ms: given(tr),
            inversion_time_ms: given(ti),
            flip_angle_deg: given(flip),
            manufacturer: "VENDOR".into(),
            ..Acquisition::default()
        },
        orientation: AXIAL,
        slices: if three_d { 176 } else { 28 },
        spacing_mm: if three_d { 1. } else { 5.5 },
        pixel_mm: if three_d { 1. } else { 0.6 },
    }
}

impl Told {
    pub fn with(mut self, change: impl FnOnce(&mut Acquisition)) -> Self {
        change(&mut self.acquisition);
        self
    }
    pub fn agent(self) -> Self {
        self.with(|a| a.contrast_bolus_agent = "GADOVIST".into())
    }
    pub fn at(self, time: &str) -> Self {
        self.with(|a| a.acquisition_time = time.into())
    }
    pub fn protocol(self, name: &str) -> Self {
        self.with(|a| a.protocol_name = name.into())
    }
    pub fn typed(self, values: &[&str]) -> Self {
        self.with(|a| a.image_type = values.iter().map(ToString::to_string).collect())
    }
    pub fn cut(mut self, orientation: [f64; 6]) -> Self {
        self.orientation = orientation;
        self
    }
    pub fn slices(mut self, slices: usize, spacing_mm: f64) -> Self {
        (self.slices, self.spacing_mm) = (slices, spacing_mm);
        self
    }

    pub fn series(&self, number: usize) -> Series {
        let uid = SeriesUid::from_u128(number as u128);
        let [a, b, c, d, e, f] = self.orientation;
        let normal = [b * f - c * e, c * d - a * f, a * e - b * d];
        let mut acquisition = self.acquisition.clone();
        acquisition.series_number = Some(number as i32);
        let instances = (0..self.slices).map(|slice| Instance {
            uid: interval_core::uid::InstanceUid::from_u128((number * 10_000 + slice) as u128),
            class: "1.2.840.10008.5.1.4.1.1.4".parse().unwrap(),
            syntax: "1.2.840.10008.1.2.1".parse().unwrap(),
            study: "1.2.3".parse().unwrap(),
            series: uid.clone(),
            patient: Patient::default(),
            exam: Exam::default(),
            acquisition: acquisition.clone(),
            plane: Some(Plane {
                position: normal.map(|n| n * self.spacing_mm * slice as f64),
                orientation: self.orientation,
                pixel_spacing_mm: [self.pixel_mm; 2],
                rows: 256,
                columns: 256,
                slice_thickness_mm: Some(self.spacing_mm),
            }),
            instance_number: Some(slice as i32 + 1),
            frames: 1,
            digest: Digest::of(b"pixels"),
        });
        Series { uid: uid.clone(), instances: instances.collect() }
    }
}

pub fn study(told: &[Told]) -> Study {
    let series = told.iter().enumerate().map(|(at, one)| one.series(at + 1)).collect();
    Study { uid: "1.2.3".parse().unwrap(), series }
}

pub fn uid(number: u128) -> SeriesUid {
    SeriesUid::from_u128(number)
}
