//! De-identified images of real scanners: the same volumes as before, and no fault in the object
//! that was not there before.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod peers;

use interval_core::patient::PatientPseudonym;
use interval_core::role::{self, SeriesRole};
use interval_core::study::{Series, Study};
use interval_core::units::Days;
use interval_iod::deid::cloak::Cloak;
use interval_iod::deid::deidentify;
use interval_iod::mr::{self, MrVolume};
use peers::{files_in, received, shared};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn cloak() -> Cloak {
    Cloak::new(PatientPseudonym(7), [3; 32], Days(-40)).unwrap()
}

fn hidden(files: &[Vec<u8>]) -> Vec<Vec<u8>> {
    files.iter().map(|file| deidentify(file, &cloak()).unwrap().into_inner()).collect()
}

/// The volumes of a folder: of each series where it is one, else of each object by itself.
fn volumes(files: Vec<Vec<u8>>) -> Vec<MrVolume> {
    let (instances, files) = received(files);
    let study = Study::from_instances(instances[0].study.clone(), instances);
    let mut volumes = Vec::new();
    for series in study.series {
        match mr::volume(&series, &files) {
            Ok(volume) => volumes.push(volume),
            Err(_) => {
                for instance in series.instances {
                    let alone = Series { uid: instance.series.clone(), instances: vec![instance] };
                    volumes.extend(mr::volume(&alone, &files).ok());
                }
            }
        }
    }
    volumes
}

#[track_caller]
fn check_same_volumes(folder: &str, least: usize) {
    let Some(folder) = shared(folder) else { return };
    let files = files_in(&folder);
    let inside = volumes(hidden(&files));
    let outside = volumes(files);
    assert!(outside.len() >= least, "only {} volumes", outside.len());
    assert_eq!(inside.len(), outside.len());
    // New UIDs may put series and instances in another order.
    for volume in &outside {
        let same = inside.iter().any(|other| {
            other.volume.grid() == volume.volume.grid()
                && other.volume.voxels() == volume.volume.voxels()
        });
        assert!(same, "a volume was changed");
    }
}

#[test]
fn mosaics_give_the_same_volumes() {
    check_same_volumes("data/dicom_qa/dcm_qa", 4);
}
#[test]
fn enhanced_objects_give_the_same_volumes() {
    check_same_volumes("data/dicom_qa/dcm_qa_enh", 4);
}
#[test]
fn a_classic_series_gives_the_same_volume() {
    check_same_volumes("data/dicom_qa/dcm_qa_ge", 1);
}

/// What each series shows, by the words and numbers of its headers.
fn roles(files: Vec<Vec<u8>>) -> Vec<SeriesRole> {
    let (instances, _) = received(files);
    let study = Study::from_instances(instances[0].study.clone(), instances);
    let mut roles: Vec<SeriesRole> =
        study.series.iter().map(|series| role::identify(series).role).collect();
    roles.sort_unstable();
    roles
}

#[test]
fn a_series_is_still_known_for_what_it_shows() {
    for folder in ["dcm_qa", "dcm_qa_enh", "dcm_qa_ge", "dcm_qa_nih"] {
        let Some(folder) = shared(&format!("data/dicom_qa/{folder}")) else { return };
        let files = files_in(&folder);
        assert_eq!(roles(hidden(&files)), roles(files), "{folder:?}");
    }
}

/// What `dciodvfy` calls an error in an object; none without the tool.
fn errors(file: &[u8], folder: &Path) -> Option<BTreeSet<String>> {
    let path = folder.join("object.dcm");
    std::fs::write(&path, file).unwrap();
    let run = Command::new("dciodvfy").arg(&path).output();
    let required = std::env::var_os("INTERVAL_REQUIRE_PEERS").is_some_and(|value| value == "1");
    let Ok(run) = run else {
        assert!(!required, "dciodvfy is required and absent");
        eprintln!("skipped: dciodvfy is absent");
        return None;
    };
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    Some(said.lines().filter(|line| line.starts_with("Error")).map(str::to_owned).collect())
}

#[track_caller]
fn check_no_new_errors(folder: &str) {
    let Some(folder) = shared(folder) else { return };
    let files =
        if folder.is_dir() { files_in(&folder) } else { vec![std::fs::read(&folder).unwrap()] };
    let scratch = tempfile::tempdir().unwrap();
    // Neighbours in a series are alike: eight of them stand for all.
    for file in files.iter().step_by(files.len().div_ceil(8)) {
        let Some(before) = errors(file, scratch.path()) else { return };
        let inside = deidentify(file, &cloak()).unwrap().into_inner();
        let after = errors(&inside, scratch.path()).unwrap();
        let new: Vec<&String> = after.difference(&before).collect();
        assert!(new.is_empty(), "new errors: {new:#?}");
    }
}

#[test]
fn a_validator_finds_no_new_errors_in_images_of_scanners() {
    for folder in ["dcm_qa", "dcm_qa_enh", "dcm_qa_ge", "dcm_qa_nih"] {
        check_no_new_errors(&format!("data/dicom_qa/{folder}"));
    }
}
#[test]
fn a_validator_finds_no_new_errors_in_made_objects() {
    for file in ["mr0", "seg_binary", "seg_labelmap", "sr_tid1500"] {
        check_no_new_errors(&format!("golden/{file}.dcm"));
    }
}
