//! MR series that we write, read back by us and by foreign tools.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod peers;
mod series;

use interval_core::geometry::Grid;
use interval_core::patient::Patient;
use interval_core::role::SeriesRole;
use interval_core::study::{Acquisition, Exam, Series};
use interval_core::volume::Volume;
use interval_iod::mr::write::{self, WritePlan, protocol};
use interval_iod::mr::{MrError, MrVolume, volume};
use peers::{only_series, received};
use series::Stack;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Positions are written with 16 characters, 12 or more of them digits after the point or before.
const PLACE_MM: f64 = 1e-9;

fn plan(role: SeriesRole) -> WritePlan {
    let acquisition = Acquisition {
        series_number: Some(3),
        manufacturer: "Interval".to_owned(),
        frame_of_reference: Some("1.2.9".parse().unwrap()),
        ..protocol(role)
    };
    WritePlan {
        patient: Patient {
            id: "P1".to_owned(),
            name: "כהן^שרה".to_owned(),
            birth_date: "19600101".to_owned(),
            sex: "F".to_owned(),
            ..Patient::default()
        },
        study: "1.2".parse().unwrap(),
        exam: Exam {
            date: "20240110".to_owned(),
            time: "101500".to_owned(),
            accession_number: "A1".to_owned(),
            id: "1".to_owned(),
            description: "Head".to_owned(),
            referring_physician: String::new(),
        },
        series: "1.2.3".parse().unwrap(),
        acquisition,
    }
}

fn written(volume: &Volume<f32>, role: SeriesRole) -> Vec<Vec<u8>> {
    write::series(volume, &plan(role)).unwrap().into_iter().map(|(_, file)| file).collect()
}

fn read_back(files: Vec<Vec<u8>>) -> (Series, MrVolume) {
    let (instances, files) = received(files);
    let series = only_series(instances);
    let found = volume(&series, &files).unwrap();
    (series, found)
}

fn ramp(scale: f32, offset: f32) -> Volume<f32> {
    Volume::from_fn(Stack::oblique().grid(), |at| at as f32 * scale + offset)
}

/// What was written comes back at its place, each value within `tolerance`.
#[track_caller]
fn check_same(expected: &Volume<f32>, found: &Volume<f32>, tolerance: f32) {
    check_grid(expected.grid(), found.grid());
    for (a, b) in expected.voxels().iter().zip(found.voxels()) {
        assert!((a - b).abs() <= tolerance, "{a} became {b}");
    }
}

#[track_caller]
fn check_grid(expected: &Grid, found: &Grid) {
    assert_eq!(expected.shape, found.shape);
    for (a, b) in expected.corners().iter().zip(found.corners()) {
        assert!(a.distance(&b).0 < PLACE_MM, "{a:?} became {b:?}");
    }
}

#[test]
fn whole_numbers_come_back_as_they_were() {
    for expected in [ramp(1., 0.), ramp(1., -100.), ramp(200., 0.)] {
        let (_, found) = read_back(written(&expected, SeriesRole::T1));
        check_same(&expected, &found.volume, 0.);
        assert_eq!(found.frames, vec![1; 9]);
    }
}
#[test]
fn other_values_come_back_within_half_a_step_of_sixteen_bits() {
    for expected in [ramp(0.37, -5.), ramp(1e4, 0.5), ramp(0., 0.25)] {
        let (least, most) = (expected.voxels()[0], expected.voxels()[269]);
        let step = (most - least) / 65_535.;
        let (_, found) = read_back(written(&expected, SeriesRole::T1));
        // Half a step, and the single precision of the largest value.
        check_same(&expected, &found.volume, step / 2. + most.abs() * f32::EPSILON);
    }
}
#[test]
fn a_tilted_gantry_comes_back_tilted() {
    let grid = Stack { lean_mm: 0.9, ..Stack::oblique() }.grid();
    let expected = Volume::from_fn(grid, |at| at as f32);
    let (_, found) = read_back(written(&expected, SeriesRole::T1));
    check_same(&expected, &found.volume, 0.);
}
#[test]
fn a_left_handed_volume_comes_back_right_handed() {
    let grid = Stack { step_mm: -3., ..Stack::oblique() }.grid();
    let expected = Volume::from_fn(grid, |at| at as f32);
    let (_, found) = read_back(written(&expected, SeriesRole::T1));
    assert!(found.volume.grid().to_lps.determinant() > 0.);
    for k in 0..9 {
        assert_eq!(found.volume.at([2, 3, k]), expected.at([2, 3, 8 - k]));
    }
}
#[test]
fn the_header_says_what_the_plan_says() {
    let plan = plan(SeriesRole::Flair);
    let (series, _) = read_back(written(&ramp(1., 0.), SeriesRole::Flair));
    let instance = &series.instances[0];
    assert_eq!((&instance.patient, &instance.exam), (&plan.patient, &plan.exam));
    let mut acquisition = instance.acquisition.clone();
    assert_eq!(std::mem::take(&mut acquisition.acquisition_time), "101500");
    assert_eq!(acquisition, plan.acquisition);
}
#[test]
fn a_second_run_writes_the_same_bytes() {
    assert_eq!(
        written(&ramp(0.37, -5.), SeriesRole::T2),
        written(&ramp(0.37, -5.), SeriesRole::T2)
    );
}
#[test]
fn a_volume_without_a_place_in_dicom_is_refused() {
    let mut sheared = Stack::oblique().grid();
    sheared.to_lps.rows[0][1] += 0.1;
    let refused = write::series(&Volume::filled(sheared, 0.), &plan(SeriesRole::T1));
    assert!(matches!(refused, Err(MrError::NotWritable(_))));
    let hollow = Volume::filled(Stack::oblique().grid(), f32::NAN);
    let refused = write::series(&hollow, &plan(SeriesRole::T1));
    assert!(matches!(refused, Err(MrError::NotWritable(_))));
}
#[test]
fn each_file_is_found_by_its_digest_and_a_missing_one_is_named() {
    let (instances, mut files) = received(written(&ramp(1., 0.), SeriesRole::T1));
    let series = only_series(instances);
    files.reverse();
    assert!(volume(&series, &files).is_ok());
    files.pop();
    let error = volume(&series, &files).unwrap_err();
    assert!(matches!(&error, MrError::NoFile(image) if image.number == Some(1)), "{error}");
}

/// Runs a foreign tool; none when it is absent and may be. Gives what it printed.
fn foreign(tool: &str, arguments: &[&Path]) -> Option<String> {
    let Ok(output) = Command::new(tool).args(arguments).output() else {
        let required = std::env::var_os("INTERVAL_REQUIRE_PEERS").is_some_and(|v| v == "1");
        assert!(!required, "{tool} is required and absent");
        eprintln!("skipped: {tool} is absent");
        return None;
    };
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Some(text)
}

/// A folder with files 0.dcm and on.
fn folder_of(files: &[Vec<u8>]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(at, file): (usize, &Vec<u8>)| {
        let path = folder.path().join(format!("{at}.dcm"));
        std::fs::write(&path, file).unwrap();
        path
    };
    let paths = files.iter().enumerate().map(write).collect();
    (folder, paths)
}

#[test]
fn a_foreign_validator_finds_no_error() {
    let roles = [SeriesRole::T1, SeriesRole::T1c, SeriesRole::T2, SeriesRole::Flair];
    for (role, values) in
        roles.into_iter().zip([ramp(1., 0.), ramp(1., -9.), ramp(0.3, 0.), ramp(0., 7.)])
    {
        let (_folder, paths) = folder_of(&written(&values, role)[..1]);
        let Some(text) = foreign("dciodvfy", &[&paths[0]]) else { return };
        assert!(text.contains("MRImage") && !text.contains("Error"), "{role}: {text}");
    }
}
#[test]
fn every_lossless_syntax_gives_the_same_voxels() {
    let expected = ramp(37., 0.);
    let converters: [(&str, &[&str]); 6] = [
        ("dcmconv", &["+ti"]),
        ("dcmconv", &["+tb"]),
        ("dcmconv", &["+td"]),
        ("dcmcrle", &[]),
        ("dcmcjpeg", &["+e1"]),
        ("dcmcjpeg", &["+el"]),
    ];
    for (tool, options) in converters {
        let (_folder, paths) = folder_of(&written(&expected, SeriesRole::T1));
        let mut converted = Vec::new();
        for path in &paths {
            let out = path.with_extension("converted");
            let mut arguments: Vec<&Path> = options.iter().map(Path::new).collect();
            arguments.extend([path.as_path(), out.as_path()]);
            let Some(text) = foreign(tool, &arguments) else { return };
            converted.push(std::fs::read(&out).unwrap_or_else(|_| panic!("{tool}: {text}")));
        }
        let (series, found) = read_back(converted);
        eprintln!("{tool} {options:?}: {}", series.instances[0].syntax);
        check_same(&expected, &found.volume, 0.);
    }
}
