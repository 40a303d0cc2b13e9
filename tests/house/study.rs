//! Coarse studies for journeys on which nothing is computed: right headers, a few voxels.

use interval_core::geometry::{Grid, Transform};
use interval_core::patient::Patient;
use interval_core::role::SeriesRole;
use interval_core::study::{Acquisition, Exam};
use interval_core::uid::{SeriesUid, StudyUid};
use interval_core::volume::Volume;
use interval_dimse::scu::Outgoing;
use interval_iod::mint;
use interval_iod::mr::write::{self, WritePlan};

/// Columns, rows and slices: a head of 224 x 224 x 160 mm in few voxels.
const SHAPE: [usize; 3] = [56, 56, 40];
/// Edge of a voxel in mm.
const SPACING_MM: f64 = 4.;

/// A study of coarse series.
#[derive(Debug, Clone)]
pub struct Coarse {
    pub study: StudyUid,
    pub patient: Patient,
    pub exam: Exam,
}

impl Coarse {
    /// A study by a name that its UIDs are derived from, of a patient by ID.
    pub fn new(name: &str, patient: &str) -> Self {
        Self {
            study: mint::uid("journey study", &[name]),
            patient: Patient {
                id: patient.into(),
                name: format!("JOURNEY^{patient}"),
                birth_date: "19700102".into(),
                sex: "O".into(),
                ..Patient::default()
            },
            exam: Exam {
                date: "20240506".into(),
                time: "091500".into(),
                accession_number: "J1".into(),
                ..Exam::default()
            },
        }
    }

    /// UID of the nth series.
    pub fn series_uid(&self, nth: usize) -> SeriesUid {
        mint::uid("journey series", &[self.study.as_str(), &nth.to_string()])
    }

    /// One series for each role.
    pub fn of(&self, roles: &[SeriesRole]) -> Vec<Outgoing> {
        let series = roles.iter().enumerate().map(|(nth, role)| self.series(nth, *role));
        series.flatten().collect()
    }

    /// The nth series, with what its role's protocol says.
    pub fn series(&self, nth: usize, role: SeriesRole) -> Vec<Outgoing> {
        self.series_with(nth, write::protocol(role))
    }

    /// The nth series, with what it says of its acquisition; made a minute after the one before,
    /// unless it says when.
    pub fn series_with(&self, nth: usize, mut acquisition: Acquisition) -> Vec<Outgoing> {
        acquisition.series_number = Some(nth as i32 + 1);
        if acquisition.acquisition_time.is_empty() {
            acquisition.acquisition_time = format!("092{nth}00");
        }
        let plan = WritePlan {
            patient: self.patient.clone(),
            study: self.study.clone(),
            exam: self.exam.clone(),
            series: self.series_uid(nth),
            acquisition,
        };
        let written = write::series(&ball(), &plan).unwrap().into_iter();
        written.map(|(_, bytes)| Outgoing::from_part10(&bytes.into()).unwrap()).collect()
    }
}

/// A bright ball in the dark.
fn ball() -> Volume<f32> {
    let step = |axis: usize| {
        let mut row = [0.; 4];
        row[axis] = SPACING_MM;
        row[3] = -SPACING_MM * SHAPE[axis] as f64 / 2.;
        row
    };
    let grid = Grid { shape: SHAPE, to_lps: Transform::new([step(0), step(1), step(2)]) };
    let voxels = (0..SHAPE.iter().product()).map(|offset| {
        let at = grid.to_lps.apply_to(grid.index(offset).map(|n| n as f64));
        let radius_mm = at.iter().map(|mm| mm * mm).sum::<f64>().sqrt();
        if radius_mm < 70. { 500. } else { 10. }
    });
    Volume::new(grid, voxels.collect()).unwrap()
}

/// Pixel Data (7FE0,0010) as OW with its 32-bit length.
const PIXEL_DATA: &[u8] = &[0xE0, 0x7F, 0x10, 0x00, b'O', b'W', 0, 0];

/// JPEG Lossless, first-order prediction (PS3.5 10.3).
const JPEG_LOSSLESS: &str = "1.2.840.10008.1.2.4.70";

/// The same image with a compressed frame that breaks off after its first marker.
pub fn broken(image: &Outgoing) -> Outgoing {
    let set: &[u8] = &image.data_set;
    let at = set.windows(PIXEL_DATA.len()).rposition(|window| window == PIXEL_DATA).unwrap();
    let mut data_set = set[..at].to_vec();
    data_set.extend([0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    // An empty offset table, one fragment, the end of the sequence (PS3.5 Annex A.4).
    data_set.extend([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0]);
    data_set.extend([0xFE, 0xFF, 0x00, 0xE0, 8, 0, 0, 0]);
    data_set.extend([0xFF, 0xD8, 0xFF, 0xC3, 0xDE, 0xAD, 0xBE, 0xEF]);
    data_set.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    Outgoing { syntax: JPEG_LOSSLESS.parse().unwrap(), data_set: data_set.into(), ..image.clone() }
}
