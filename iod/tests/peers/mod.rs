//! Shared data and its NIfTI references, for tests against foreign converters.
#![allow(dead_code, clippy::unwrap_used, reason = "test support; not every test uses all of it")]

use flate2::read::GzDecoder;
use interval_core::digest::{Digest, Verified};
use interval_core::geometry::{Grid, Lps, Ras, Transform, Voxel};
use interval_core::study::{Instance, Series, Study};
use interval_iod::header;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A folder or file of the shared data; none when it is absent and may be.
pub fn shared(path: &str) -> Option<PathBuf> {
    let home = std::env::var_os("INTERVAL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let found = home.join(path);
    if found.exists() {
        return Some(found);
    }
    let required = std::env::var_os("INTERVAL_REQUIRE_PEERS").is_some_and(|value| value == "1");
    assert!(!required, "{path} is required and absent");
    eprintln!("skipped: {path} is absent");
    None
}

/// All DICOM files under a folder.
pub fn files_in(folder: &Path) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.append(&mut files_in(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.get(128..132) == Some(b"DICM") {
                files.push(bytes);
            }
        }
    }
    files
}

/// Headers of files, and the files as checked.
pub fn received(files: Vec<Vec<u8>>) -> (Vec<Instance>, Vec<Verified<Vec<u8>>>) {
    let read = |file: Vec<u8>| {
        let digest = Digest::of(&file);
        let instance = header::read(&file, digest).unwrap();
        (instance, Verified::check(file, digest).unwrap())
    };
    files.into_iter().map(read).unzip()
}

/// The only series of some instances.
pub fn only_series(instances: Vec<Instance>) -> Series {
    let uid = instances[0].study.clone();
    let mut series = Study::from_instances(uid, instances).series;
    assert_eq!(series.len(), 1);
    series.remove(0)
}

/// A NIfTI-1 image as a converter wrote it.
pub struct Nifti {
    pub shape: [usize; 4],
    pub to_ras: Transform<Voxel, Ras>,
    pub values: Vec<f32>,
}

impl Nifti {
    pub fn read(path: &Path) -> Self {
        let mut raw = Vec::new();
        GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut raw).unwrap();
        let half = |at: usize| i16::from_le_bytes([raw[at], raw[at + 1]]);
        let float = |at: usize| f32::from_le_bytes(raw[at..at + 4].try_into().unwrap());
        let extent = |axis: usize| half(40 + 2 * axis).max(1) as usize;
        let row = |r: usize| [0, 1, 2, 3].map(|c| f64::from(float(280 + 16 * r + 4 * c)));
        let start = float(108) as usize;
        let (slope, offset) = (float(112), float(116));
        let (slope, offset) =
            if slope == 0. || slope.is_nan() { (1., 0.) } else { (slope, offset) };
        let values = match half(70) {
            4 => raw[start..]
                .chunks_exact(2)
                .map(|pair| slope * f32::from(i16::from_le_bytes([pair[0], pair[1]])) + offset)
                .collect(),
            other => panic!("data type {other} is not expected"),
        };
        Self {
            shape: [extent(1), extent(2), extent(3), extent(4)],
            to_ras: Transform::new([row(0), row(1), row(2)]),
            values,
        }
    }

    /// One of its volumes, as a grid and a look-up.
    pub fn grid(&self) -> Grid {
        let [i, j, k, _] = self.shape;
        let to_lps: Transform<Voxel, Lps> = self.to_ras.then(&Transform::<Ras, Lps>::flip());
        Grid { shape: [i, j, k], to_lps }
    }
}
