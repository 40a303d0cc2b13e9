//! What becomes of an instance that comes again: the same bytes, a corrected header, other pixels,
//! another patient.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

#[path = "house/image.rs"]
mod image;

use image::Image;
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

fn first() -> Image {
    Image::default()
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
    assert_eq!(house.take(&first()).await, Intake::Kept);
    let settled = house.store.force(&first().study.parse().unwrap(), "for the test").await.unwrap();
    assert_eq!(house.take(&first()).await, Intake::Known);
    assert_eq!(house.objects().await, (1, 0));
    assert!(house.store.receiving().await.unwrap().is_empty(), "it stays settled");
    assert_eq!(settled.revision, 1);
}

#[tokio::test]
async fn a_corrected_header_replaces_the_one_that_was_here() {
    let house = House::open().await;
    house.take(&first()).await;
    house.store.force(&first().study.parse().unwrap(), "for the test").await.unwrap();
    assert_eq!(house.take(&Image { name: "Cohen^Ruth", ..first() }).await, Intake::Revised);
    let studies = house.listed(Level::Study).await;
    assert_eq!(studies[0].text(Attribute::PatientName), "Cohen^Ruth");
    assert_eq!(studies[0].text(Attribute::NumberOfStudyRelatedInstances), "1");
    assert_eq!(house.store.receiving().await.unwrap().len(), 1, "its results are made anew");
    assert_eq!(house.objects().await, (2, 0), "the earlier header lies aside");
}

#[tokio::test]
async fn other_pixels_under_a_known_uid_are_put_aside() {
    let house = House::open().await;
    house.take(&first()).await;
    let other = house.take(&Image { pixel: 8, ..first() }).await;
    assert_eq!(other, Intake::Quarantined(Contradiction::OtherContent));
    assert_eq!(house.listed(Level::Instance).await.len(), 1);
}

#[tokio::test]
async fn another_patient_s_image_in_a_known_study_is_put_aside() {
    let house = House::open().await;
    house.take(&first()).await;
    let other = Image { uid: "2.25.2".into(), patient: "P-2", name: "Levi^Dan", ..first() };
    assert_eq!(house.take(&other).await, Intake::Quarantined(Contradiction::OtherPatient));
    let corrected = Image { patient: "P-2", name: "Levi^Dan", ..first() };
    let fate = house.take(&corrected).await;
    assert_eq!(fate, Intake::Quarantined(Contradiction::CorrectedToOther));
    assert_eq!(house.store.contradictions(&first().study.parse().unwrap()).await.unwrap(), 2);
    let patients = house.listed(Level::Patient).await;
    assert_eq!(patients.len(), 1);
    assert_eq!(patients[0].text(Attribute::PatientName), "Cohen^Rut");
}

#[tokio::test]
async fn one_uid_in_two_studies_is_put_aside_and_leaves_no_empty_study() {
    let house = House::open().await;
    house.take(&first()).await;
    let astray = house.take(&Image { study: "2.25.8".into(), ..first() }).await;
    assert_eq!(astray, Intake::Quarantined(Contradiction::OtherContent));
    assert_eq!(house.listed(Level::Study).await.len(), 1);
    assert_eq!(house.listed(Level::Series).await.len(), 1);
}
