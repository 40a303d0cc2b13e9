//! The stock OHIF viewer, unchanged, on the node's DICOMweb: the study list, two studies side by
//! side, a Segmentation loaded and taken over, the measurements, the signed report; no console error.
//!
//! Needs the viewer, the browser and its driver (`INTERVAL_OHIF`); skipped with a printed reason
//! where they are absent, a failure where `INTERVAL_REQUIRE_PEERS=1`.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;
mod web;

use house::archive::Archive;
use house::node::config;
use house::patience::until;
use house::study::Coarse;
use interval::config::{Config, Keys};
use interval::node::{Node, open_store};
use interval::store::Store;
use interval_core::assessment::ModelName;
use interval_core::digest::Digest;
use interval_core::job::JobState;
use interval_core::lesion::Region;
use interval_core::role::SeriesRole::{Flair, T1, T2};
use interval_core::study::Series;
use interval_core::uid::InstanceUid;
use interval_core::volume::Mask;
use interval_dimse::scu::{self, Outgoing, Peer, Timeouts};
use interval_iod::edition::Edition;
use interval_iod::home::{Device, Home, MANUFACTURER, Timestamp, Uids};
use interval_iod::seg::{self, Algorithm, Hand, Segment, Slice, Source, Voxels};
use interval_iod::{header, mint, mr, part10};
use serde_json::Value;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::sync::oneshot;
use web::provider::{AUDIENCE, Provider};

/// A program that sees everything.
const PROGRAM: &str = "ohif";

/// How long the access token lives that the proxy adds: longer than the walk takes.
const TOKEN_LIFE_S: i64 = 600;

/// Where set-up put the viewer and its browser.
fn equipment() -> Option<PathBuf> {
    let folder = std::env::var_os("INTERVAL_OHIF").map(PathBuf::from);
    let found = folder.filter(|folder| folder.join("app/dist/index.html").is_file());
    if found.is_none() {
        let required = std::env::var("INTERVAL_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "no OHIF is set up: run cargo xtask setup --peers");
        println!("skipped: INTERVAL_OHIF names no folder with OHIF");
    }
    found
}

/// A node with a web door that a program may use.
fn with_door(config: Config, provider: &Provider) -> Config {
    // The public name of a node is configured before it listens.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let web = format!(
        "listen = '{free}'
         insecure_loopback = true
         public_url = 'http://{free}'
         audience = '{AUDIENCE}'
         [provider]
         issuer = '{}'
         client_id = 'interval-web'
         [services.{PROGRAM}]
         actions = ['list-patients', 'read-images']
         patients = ['*']",
        provider.issuer
    );
    Config { web: Some(toml::from_str(&web).unwrap()), ..config }
}

/// A Segmentation of the bright ball of a coarse series.
fn segmentation(coarse: &Coarse, images: &[Outgoing]) -> Outgoing {
    let part10 = |image: &Outgoing| {
        let mut file = part10::prefix(&image.class, &image.instance, &image.syntax, "TEST");
        file.extend_from_slice(&image.data_set);
        file
    };
    let read = |image: &Outgoing| header::read(&part10(image), Digest::of(b"")).unwrap();
    let series = Series { uid: coarse.series_uid(0), instances: images.iter().map(read).collect() };
    let order = mr::order(&series).unwrap();
    let find =
        |uid: &InstanceUid| series.instances.iter().find(|instance| instance.uid == *uid).unwrap();
    let slices: Vec<_> = order.slices.iter().map(|uid| Slice::of(find(uid)).unwrap()).collect();
    let grid = &order.grid;
    let inside = |offset| {
        let at = grid.to_lps.apply_to(grid.index(offset).map(|n| n as f64));
        at.iter().map(|mm| mm * mm).sum::<f64>().sqrt() < 30.
    };
    let voxels = (0..grid.shape.iter().product()).map(inside).collect();
    let mask = Mask::new(*grid, voxels).unwrap();
    let model = ModelName { name: "by hand".into(), version: "1".into(), digest: Digest::of(b"") };
    let segment = Segment {
        label: "L1 ET".into(),
        region: Region::Enhancing,
        tracking_id: "Lesion 1".into(),
        tracking_uid: mint::uid("lesion", &["1"]),
        voxels: Voxels::Mask(&mask),
        algorithm: Algorithm {
            model: &model,
            input: Digest::of(b""),
            parameters: &[],
            hand: Hand::None,
        },
    };
    let acquisition = series.acquisition().unwrap();
    let home = Home {
        patient: coarse.patient.clone(),
        exam: coarse.exam.clone(),
        study: coarse.study.clone(),
        frame_of_reference: acquisition.frame_of_reference.clone().unwrap(),
        device: Device {
            manufacturer: MANUFACTURER.into(),
            model_name: "test".into(),
            serial_number: "1".into(),
            software_version: "1".into(),
            uid: mint::uid("device", &["test"]),
        },
        authored: Timestamp::from_seconds(1_790_000_000),
        edition: Edition::default(),
    };
    let uids = Uids {
        series: mint::uid("series", &["ohif", coarse.study.as_str()]),
        instance: mint::uid("instance", &["ohif", coarse.study.as_str()]),
    };
    let source = Source { series: &series, slices: &slices, grid };
    let file = seg::write(&home, &source, &[segment], &uids).unwrap();
    Outgoing::from_part10(&file.into()).unwrap()
}

/// Two studies of a patient with a Segmentation, and the results that the node comes to by itself.
async fn followed(node: &Peer, store: &Store) -> [Coarse; 2] {
    let studies = [("ohif baseline", "20240506"), ("ohif follow-up", "20240806")];
    let studies = studies.map(|(name, date)| {
        let mut coarse = Coarse::new(name, "J-40");
        coarse.exam.date = date.into();
        coarse
    });
    for coarse in &studies {
        let mut objects = coarse.of(&[T1, T2, Flair]);
        let first = coarse.series(0, T1);
        objects.push(segmentation(coarse, &first));
        for outcome in scu::store(node, &objects).await.unwrap() {
            outcome.result.unwrap();
        }
    }
    until("both studies have their results", async || {
        let jobs = store.jobs().await.unwrap();
        let done = jobs.iter().filter(|job| job.state == JobState::Completed).count();
        (done >= studies.len()).then_some(())
    })
    .await;
    studies
}

/// What the browser saw.
fn walk(folder: &Path, words: [&str; 4]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/ohif.mjs");
    let output = Command::new("node").arg(script).arg(folder).args(words).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str(text.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("the viewer did not start: {said}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_ohif_shows_the_studies_and_the_results_of_the_node() {
    let Some(folder) = equipment() else { return };
    let (data, archive) = (tempfile::tempdir().unwrap(), Archive::open().await);
    let provider = Provider::start().await;
    let config = with_door(config(data.path(), &archive), &provider);
    let node = Node::open(config).await.unwrap();
    let (address, door) = (node.address().unwrap(), node.web_address().unwrap().unwrap());
    let store = open_store(data.path(), &Keys::default()).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(node.serve(async {
        // The sender says nothing; it goes away.
        let _ = stopped.await;
    }));
    let peer = Peer {
        address: address.to_string(),
        calling: "SCANNER".parse().unwrap(),
        called: "INTERVAL".parse().unwrap(),
        timeouts: Timeouts::default(),
        tls: None,
    };
    let [baseline, follow_up] = followed(&peer, &store).await;
    let token = provider.service_token(PROGRAM, TOKEN_LIFE_S);
    let service = format!("http://{door}/dicom-web");
    let seen = tokio::task::spawn_blocking(move || {
        let (one, other) = (baseline.study.to_string(), follow_up.study.to_string());
        walk(&folder, [service.as_str(), &token, &one, &other])
    });
    let seen = seen.await.unwrap();
    assert_eq!(seen["stopped"], Value::Null, "{seen}");
    assert_eq!(seen["studies"], 2, "{seen}");
    let compared = seen["compared"].as_array().unwrap();
    for date in ["06-May-2024", "06-Aug-2024"] {
        assert!(compared.iter().any(|shown| shown == date), "{seen}");
    }
    assert_eq!(seen["segments"], 1, "{seen}");
    assert!(seen["report"].as_str().unwrap().contains("Measurement Report"), "{seen}");
    assert_eq!(seen["refused"], serde_json::json!([]), "{seen}");
    assert_eq!(seen["errors"], serde_json::json!([]), "{seen}");
    drop(stop);
    served.await.unwrap();
}
