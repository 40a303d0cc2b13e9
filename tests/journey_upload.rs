//! Images that a doctor brings by hand, from the web door to a report; and a study that waits for
//! a doctor's word on its series.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod house;
mod web;

use house::archive::Archive;
use house::equipment::installed;
use house::node::{config, equipped};
use house::patience::until;
use house::report::says;
use house::study::Coarse;
use house::zip::{Sizes, archive};
use interval::config::{Config, Keys};
use interval::node::{Node, open_store};
use interval::phantom;
use interval::store::Store;
use interval::store::assignment::Wanted;
use interval_core::access::PersonId;
use interval_core::phantom::Spec;
use interval_core::role::SeriesRole::{T1, T1c, T2};
use interval_core::study::Acquisition;
use interval_dimse::scu::{self, Peer, Timeouts};
use interval_iod::mr::write;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use tokio::sync::oneshot;
use web::provider::{AUDIENCE, Provider};
use web::ward::Ward;

/// A whole node whose web door is open, and a doctor.
struct Served {
    provider: Provider,
    store: Store,
    dimse: SocketAddr,
    base: String,
    token: String,
    client: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

impl Served {
    async fn open(mut config: Config) -> Self {
        let provider = Provider::start().await;
        let door = format!(
            "listen = '127.0.0.1:0'
             insecure_loopback = true
             public_url = 'http://127.0.0.1:8443'
             audience = '{AUDIENCE}'
             [provider]
             issuer = '{}'
             client_id = 'interval-web'
             [provider.roles]
             oncologist = 'oncologist'",
            provider.issuer
        );
        config.web = Some(toml::from_str(&door).unwrap());
        let data = config.data.clone();
        let node = Node::open(config).await.unwrap();
        let dimse = node.address().unwrap();
        let base = format!("http://{}/api/v1", node.web_address().unwrap().unwrap());
        let store = open_store(&data, &Keys::default()).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(node.serve(async {
            // The sender says nothing; it goes away.
            let _ = stopped.await;
        }));
        let token = provider.access_token("noa", &["oncologist"]);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { provider, store, dimse, base, token, client, _stop: stop }
    }

    async fn ask(&self, method: &str, address: &str, body: Body) -> (u16, Value) {
        let call = self.client.request(method.parse().unwrap(), format!("{}{address}", self.base));
        let call = call.bearer_auth(&self.token);
        let call = match body {
            Body::None => call,
            Body::Json(body) => {
                call.header("content-type", "application/json").body(body.to_string())
            }
            Body::File(bytes) => call.header("content-type", "application/zip").body(bytes),
        };
        let answer = call.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Waits until the newest job of a study is over, as the doctor sees it.
    async fn over(&self, study: &str) -> Value {
        until(&format!("the job of {study} is over"), async || {
            let (status, page) = self.ask("GET", &format!("/studies/{study}"), Body::None).await;
            assert_eq!(status, 200, "{page}");
            let state = page["jobs"][0]["state"].as_str().unwrap_or("none").to_owned();
            (!matches!(state.as_str(), "pending" | "running" | "none")).then_some(page)
        })
        .await
    }
}

enum Body {
    None,
    Json(Value),
    File(Vec<u8>),
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

/// A folder as an archive: by the program that others use, where it is installed.
fn zipped(folder: &Path) -> Vec<u8> {
    let foreign = Command::new("zip").args(["-q", "-r", "-", "."]).current_dir(folder).output();
    if let Ok(done) = foreign.map_err(drop)
        && done.status.success()
    {
        return done.stdout;
    }
    let mut files = Vec::new();
    walk(folder, &mut files);
    let read = |path: &PathBuf| (path.display().to_string(), std::fs::read(path).unwrap());
    let files: Vec<_> = files.iter().map(read).collect();
    let entries: Vec<_> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    archive(&entries, Sizes::Ahead)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_study_brought_as_an_archive_is_analysed_and_reported() {
    let Some(equipment) = installed() else { return };
    let (data, pictures) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let truth = phantom::write(&Spec::new(3, 1).build(), pictures.path(), &|_, _| {}).unwrap();
    let (study, folder) = (&truth.timepoints[0].study, &truth.timepoints[0].folder);
    let file = zipped(&pictures.path().join(folder));
    let home = Archive::open().await;
    let node = Served::open(equipped(config(data.path(), &home), &equipment)).await;

    let (status, begun) = node.ask("POST", "/uploads", Body::None).await;
    assert_eq!(status, 201, "{begun}");
    let upload = format!("/uploads/{}", begun["upload"].as_str().unwrap());
    let put = node.ask("PUT", &format!("{upload}/files?name=study.zip"), Body::File(file)).await;
    assert_eq!(put.0, 200, "{}", put.1);
    assert!(put.1["files"].as_u64().unwrap() > 100, "{}", put.1);
    let (_, shown) = node.ask("GET", &upload, Body::None).await;
    let brought = &shown["studies"][0];
    assert_eq!((&brought["study"], &brought["match"]), (&json!(study), &json!("new")));
    assert_eq!(brought["needs"], json!([]), "{brought}");
    let start = Body::Json(json!({"model": null, "same_patient_confirmed": false}));
    let (status, started) = node.ask("POST", &format!("{upload}/start"), start).await;
    assert_eq!((status, &started["studies"]), (202, &json!([study])), "{started}");

    let page = node.over(study).await;
    assert_eq!(page["jobs"][0]["state"], "completed", "{page}");
    assert!(page["assessment"]["verdicts"].is_array(), "{page}");
    let uid = study.parse().unwrap();
    until("the results are home", async || {
        (home.modalities(&uid) == ["DOC", "SEG", "SR"]).then_some(())
    })
    .await;
    let mut staged = Vec::new();
    walk(&data.path().join("uploads"), &mut staged);
    let left = staged.iter().filter(|path| std::fs::metadata(path).unwrap().len() > 0);
    let left: Vec<_> = left.filter(|path| path.extension().is_none()).collect();
    assert!(left.is_empty(), "what was handed over is not staged any more: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctors_word_on_a_series_leads_to_a_job_that_runs() {
    let data = tempfile::tempdir().unwrap();
    let home = Archive::open().await;
    let node = Served::open(config(data.path(), &home)).await;
    // Without FLAIR, so that the word leads to a report and not to an hour of computing.
    let study = Coarse::new("two t1c by the desk", "J-9");
    let mut sent = study.of(&[T1, T2]);
    let one = Acquisition { acquisition_time: "093000".into(), ..write::protocol(T1c) };
    sent.extend(study.series_with(2, one.clone()));
    sent.extend(study.series_with(3, one));
    let peer = Peer {
        address: node.dimse.to_string(),
        calling: "SCANNER".parse().unwrap(),
        called: "INTERVAL".parse().unwrap(),
        timeouts: Timeouts::default(),
        tls: None,
    };
    let outcomes = scu::store(&peer, &sent).await.unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    let patient = node.store.study(&study.study).await.unwrap().patient;
    let person = PersonId::new(&node.provider.issuer, "noa").unwrap();
    let now = SystemTime::now();
    let wanted = Wanted { person, patient, from: now, until: None };
    node.store.assign(&Ward::permit(), &wanted, now).await.unwrap();

    let page = node.over(study.study.as_str()).await;
    assert_eq!(page["jobs"][0]["state"], "held", "{page}");
    let address = format!("/studies/{}/series", study.study);
    let (_, series) = node.ask("GET", &address, Body::None).await;
    assert_eq!(series["needs"], json!(["T1c", "FLAIR"]), "{series}");
    let all = series["series"].as_array().unwrap();
    let asked = all.iter().filter(|one| one["why"].as_str().unwrap().contains("which one it is"));
    assert_eq!(asked.count(), 2, "{series}");
    let chosen = format!("{address}/{}", study.series_uid(3));
    let (status, said) = node.ask("PUT", &chosen, Body::Json(json!({"role": "t1c"}))).await;
    assert_eq!((status, &said["needs"]), (200, &json!(["FLAIR"])), "{said}");
    let analyse = format!("/studies/{}/analyse", study.study);
    let (status, refused) =
        node.ask("POST", &analyse, Body::Json(json!({"model": "theirs"}))).await;
    assert_eq!(status, 409);
    assert!(refused["detail"].as_str().unwrap().contains("This node analyses by the model"));
    let (status, _) = node.ask("POST", &analyse, Body::Json(json!({"model": null}))).await;
    assert_eq!(status, 202);
    let page = node.over(study.study.as_str()).await;
    assert_eq!(page["jobs"][0]["state"], "completed", "{page}");
    assert_eq!(page["jobs"][0]["revision"], 1, "the held job itself goes on");
    until("the report is home", async || {
        let modalities = home.modalities(&study.study);
        (modalities == ["DOC", "SR"]).then_some(())
    })
    .await;
    let report = home.the(&study.study, "SR");
    assert!(says(&report.bytes, "Not evaluable: no FLAIR series in the study."));

    // Completed, it is analysed again when somebody asks.
    let (status, _) = node.ask("POST", &analyse, Body::Json(json!({}))).await;
    assert_eq!(status, 202);
    let page = node.over(study.study.as_str()).await;
    assert_eq!(page["jobs"][0]["revision"], 2);
}
