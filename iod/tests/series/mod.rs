//! Stacks of slices whose place is known by formula.
#![allow(dead_code, clippy::unwrap_used, reason = "test support; not every test uses all of it")]

use interval_core::digest::Digest;
use interval_core::geometry::{Grid, Transform};
use interval_core::patient::Patient;
use interval_core::study::{Acquisition, Exam, Instance, Plane, Series};
use interval_iod::mint;
use interval_iod::uids::{EXPLICIT_LITTLE, MR_IMAGE};

/// An oblique stack: directions by two angles, pixel spacing, step along the normal and, for a
/// tilted gantry, along the columns.
#[derive(Debug, Clone, Copy)]
pub struct Stack {
    pub shape: [usize; 3],
    /// Between columns, between rows.
    pub pixel_mm: [f64; 2],
    pub step_mm: f64,
    pub lean_mm: f64,
    pub origin: [f64; 3],
    /// Turned about the z axis, then about the row direction, in radians.
    pub turn: [f64; 2],
}

impl Stack {
    pub fn oblique() -> Self {
        Self {
            shape: [6, 5, 9],
            pixel_mm: [0.8, 0.9],
            step_mm: 3.,
            lean_mm: 0.,
            origin: [-31.7, 12.5, 40.25],
            turn: [0.3, -0.2],
        }
    }

    /// Row direction, column direction, normal.
    pub fn axes(&self) -> [[f64; 3]; 3] {
        let ((sin, cos), (sin_t, cos_t)) = (self.turn[0].sin_cos(), self.turn[1].sin_cos());
        [[cos, sin, 0.], [-sin * cos_t, cos * cos_t, sin_t], [sin * sin_t, -cos * sin_t, cos_t]]
    }

    pub fn grid(&self) -> Grid {
        let [row, column, normal] = self.axes();
        let rows = [0, 1, 2].map(|a| {
            let step = self.step_mm * normal[a] + self.lean_mm * column[a];
            [row[a] * self.pixel_mm[0], column[a] * self.pixel_mm[1], step, self.origin[a]]
        });
        Grid { shape: self.shape, to_lps: Transform::new(rows) }
    }

    /// Headers by growing `k`, numbered from 1.
    pub fn headers(&self) -> Headers {
        Headers((0..self.shape[2]).map(|k| self.header(k)).collect())
    }

    fn header(&self, k: usize) -> Instance {
        let [row, column, _] = self.axes();
        Instance {
            uid: mint::uid("test", &[&k.to_string()]),
            class: MR_IMAGE.parse().unwrap(),
            syntax: EXPLICIT_LITTLE.parse().unwrap(),
            study: "1.2".parse().unwrap(),
            series: "1.2.3".parse().unwrap(),
            patient: Patient::default(),
            exam: Exam::default(),
            acquisition: Acquisition::default(),
            plane: Some(Plane {
                position: self.grid().to_lps.apply_to([0., 0., k as f64]),
                orientation: [row[0], row[1], row[2], column[0], column[1], column[2]],
                pixel_spacing_mm: [self.pixel_mm[1], self.pixel_mm[0]],
                rows: self.shape[1] as u32,
                columns: self.shape[0] as u32,
                slice_thickness_mm: Some(self.step_mm),
            }),
            instance_number: Some(k as i32 + 1),
            frames: 1,
            digest: Digest::of(&[]),
        }
    }
}

/// Headers that a test may spoil.
#[derive(Debug, Clone)]
pub struct Headers(pub Vec<Instance>);

impl Headers {
    pub fn series(self) -> Series {
        Series { uid: "1.2.3".parse().unwrap(), instances: self.0 }
    }
}
