//! A disk that is full: who sends is told to come again (A700H), nothing that was acknowledged is
//! lost, and half a minute after there is room again, objects are taken.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod doors;
mod peers;

use doors::House;
use peers::{intact, python, run_well, script};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Size of the disk in MiB, and what lies on it that can be removed.
const DISK_MIB: usize = 64;
const FILLER_MIB: usize = 24;

/// A small disk in memory; it goes with this value.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let size = format!("size={DISK_MIB}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder)
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: only root may mount a small disk");
        }
        mounted.then(|| Self(folder.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[track_caller]
fn check(free_min_mib: u64) {
    let Some(python) = python() else { return };
    let mountpoint = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(&mountpoint.path().join("disk")) else { return };
    let filler = disk.0.join("filler");
    let block = vec![0; 1 << 20];
    let mut file = File::create(&filler).unwrap();
    (0..FILLER_MIB).for_each(|_| file.write_all(&block).unwrap());
    drop(file);
    let (data, place) = (disk.0.join("data"), tempfile::tempdir().unwrap());
    let settings = format!("free_min_mib = {free_min_mib}");
    let house = House::open_in(&python, "SCANNER", &settings, &data, place);
    let about = house.folder().join("place.json");
    fs::write(&about, house.place().to_string()).unwrap();
    let said = run_well(Command::new(&python).arg(script("full.py")).arg(&about).arg(&filler));
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["refused"], "A700", "{}", house.log());
    assert!(said["echo_s"].as_f64().is_some_and(|echo_s| echo_s <= 1.), "{said}");
    assert!(said["recovery_s"].is_f64(), "it did not recover: {}", house.log());
    let acknowledged: BTreeSet<String> =
        serde_json::from_value(said["acknowledged"].clone()).unwrap();
    assert!(said["before"].as_u64().unwrap() > 0 && acknowledged.len() > 20, "{said}");
    drop(house);
    let kept: BTreeSet<String> = intact(&data).into_iter().collect();
    let lost: Vec<&String> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}

#[test]
fn below_the_watermark_nothing_is_taken_until_there_is_room() {
    check(8);
}

#[test]
fn a_disk_that_is_full_to_the_brim_loses_nothing() {
    check(0);
}
