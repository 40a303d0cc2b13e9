//! What becomes of an instance that comes again: the same bytes, a corrected header, other pixels,
//! another patient.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

use interval::ingest::Ingest;
use interval::keys::{KeySource, Keyring};
use interval::peers::Peers;
use interval::store::Store;
use interval::store::intake::{Contradiction, Intake};
use interval_core::access::{Policy, Principal, panel};
use interval_core::query::{Attribute, Found, Level, Query};
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

/// A store with a way in.
struct House {
    folder: tempfile::TempDir,
    store: Store,
    ingest: Ingest,
}

/// An image as it is sent; each field is one thing that may change.
#[derive(Clone)]
struct Image {
    uid: &'static str,
    study: &'static str,
    patient: &'static str,
    name: &'static str,
    pixel: u16,
}

const FIRST: Image =
    Image { uid: "2.25.1", study: "2.25.9", patient: "P-1", name: "Cohen^Rut", pixel: 7 };

impl Image {
    fn part10(&self) -> Vec<u8> {
        let mut file = vec![0; 128];
        file.extend_from_slice(b"DICM");
        let mut meta = Vec::new();
        element(&mut meta, 0x0002_0002, "UI", b"1.2.840.10008.5.1.4.1.1.4");
        element(&mut meta, 0x0002_0003, "UI", self.uid.as_bytes());
        element(&mut meta, 0x0002_0010, "UI", b"1.2.840.10008.1.2.1");
        element(&mut file, 0x0002_0000, "UL", &(meta.len() as u32).to_le_bytes());
        file.extend_from_slice(&meta);
        element(&mut file, 0x0008_0016, "UI", b"1.2.840.10008.5.1.4.1.1.4");
        element(&mut file, 0x0008_0018, "UI", self.uid.as_bytes());
        element(&mut file, 0x0008_0020, "DA", b"20260102");
        element(&mut file, 0x0008_0060, "CS", b"MR");
        element(&mut file, 0x0010_0010, "PN", self.name.as_bytes());
        element(&mut file, 0x0010_0020, "LO", self.patient.as_bytes());
        element(&mut file, 0x0020_000D, "UI", self.study.as_bytes());
        element(&mut file, 0x0020_000E, "UI", format!("{}.1", self.study).as_bytes());
        for (tag, value) in [
            (0x0028_0002, 1),
            (0x0028_0010, 1),
            (0x0028_0011, 1),
            (0x0028_0100, 16),
            (0x0028_0101, 16),
            (0x0028_0102, 15),
            (0x0028_0103, 0_u16),
        ] {
            element(&mut file, tag, "US", &value.to_le_bytes());
        }
        file.extend_from_slice(&[0xE0, 0x7F, 0x10, 0, b'O', b'W', 0, 0, 2, 0, 0, 0]);
        file.extend_from_slice(&self.pixel.to_le_bytes());
        file
    }
}

fn element(to: &mut Vec<u8>, tag: u32, vr: &str, value: &[u8]) {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == "UI" { 0 } else { b' ' });
    }
    to.extend_from_slice(&((tag >> 16) as u16).to_le_bytes());
    to.extend_from_slice(&(tag as u16).to_le_bytes());
    to.extend_from_slice(vr.as_bytes());
    to.extend_from_slice(&(value.len() as u16).to_le_bytes());
    to.extend_from_slice(&value);
}

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ring = Keyring::open(KeySource::Passing, Vec::new(), None).unwrap();
        let store = Store::open(folder.path(), ring).await.unwrap();
        let ingest = Ingest::new(store.clone(), Peers::anybody().into(), 0);
        Self { folder, store, ingest }
    }

    async fn take(&self, image: &Image) -> Intake {
        let path: PathBuf = self.folder.path().join("sent.dcm");
        fs::write(&path, image.part10()).unwrap();
        self.ingest.file_with_fate(&path).await.unwrap().1
    }

    async fn listed(&self, level: Level) -> Vec<Found> {
        let panel = panel(&Policy::house(), &Principal::Operator, SystemTime::now()).unwrap();
        self.store.find(&panel, &Query::of(level)).await.unwrap()
    }

    /// Objects on the disk, and how many of them no row names.
    async fn objects(&self) -> (usize, usize) {
        let all = self.store.blobs().list().unwrap().len();
        (all, self.store.orphans().await.unwrap().len())
    }
}

#[tokio::test]
async fn the_same_bytes_change_nothing() {
    let house = House::open().await;
    assert_eq!(house.take(&FIRST).await, Intake::Kept);
    let settled = house.store.force(&FIRST.study.parse().unwrap(), "for the test").await.unwrap();
    assert_eq!(house.take(&FIRST).await, Intake::Known);
    assert_eq!(house.objects().await, (1, 0));
    assert!(house.store.receiving().await.unwrap().is_empty(), "it stays settled");
    assert_eq!(settled.revision, 1);
}

#[tokio::test]
async fn a_corrected_header_replaces_the_one_that_was_here() {
    let house = House::open().await;
    house.take(&FIRST).await;
    house.store.force(&FIRST.study.parse().unwrap(), "for the test").await.unwrap();
    assert_eq!(house.take(&Image { name: "Cohen^Ruth", ..FIRST }).await, Intake::Revised);
    let studies = house.listed(Level::Study).await;
    assert_eq!(studies[0].text(Attribute::PatientName), "Cohen^Ruth");
    assert_eq!(studies[0].text(Attribute::NumberOfStudyRelatedInstances), "1");
    assert_eq!(house.store.receiving().await.unwrap().len(), 1, "its results are made anew");
    assert_eq!(house.objects().await, (2, 0), "the earlier header lies aside");
}

#[tokio::test]
async fn other_pixels_under_a_known_uid_are_put_aside() {
    let house = House::open().await;
    house.take(&FIRST).await;
    let other = house.take(&Image { pixel: 8, ..FIRST }).await;
    assert_eq!(other, Intake::Quarantined(Contradiction::OtherContent));
    assert_eq!(house.listed(Level::Instance).await.len(), 1);
}

#[tokio::test]
async fn another_patient_s_image_in_a_known_study_is_put_aside() {
    let house = House::open().await;
    house.take(&FIRST).await;
    let other = Image { uid: "2.25.2", patient: "P-2", name: "Levi^Dan", ..FIRST };
    assert_eq!(house.take(&other).await, Intake::Quarantined(Contradiction::OtherPatient));
    let corrected = Image { patient: "P-2", name: "Levi^Dan", ..FIRST };
    let fate = house.take(&corrected).await;
    assert_eq!(fate, Intake::Quarantined(Contradiction::CorrectedToOther));
    assert_eq!(house.store.contradictions(&FIRST.study.parse().unwrap()).await.unwrap(), 2);
    let patients = house.listed(Level::Patient).await;
    assert_eq!(patients.len(), 1);
    assert_eq!(patients[0].text(Attribute::PatientName), "Cohen^Rut");
}

#[tokio::test]
async fn one_uid_in_two_studies_is_put_aside_and_leaves_no_empty_study() {
    let house = House::open().await;
    house.take(&FIRST).await;
    let astray = house.take(&Image { study: "2.25.8", ..FIRST }).await;
    assert_eq!(astray, Intake::Quarantined(Contradiction::OtherContent));
    assert_eq!(house.listed(Level::Study).await.len(), 1);
    assert_eq!(house.listed(Level::Series).await.len(), 1);
}
