//! The desk of the node through the web door: what whoever keeps it sees and does, and patients
//! whose images a person brings by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

#[path = "house/image.rs"]
mod image;
mod web;

use image::Image;
use interval::config::Config;
use interval_core::audit::record::Record;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use web::call::{Answer, Call};
use web::ward::{MODEL, Ward, canary, pseudonym, study_of};

/// A ward with somebody who asks it.
struct Desk {
    ward: Ward,
    token: String,
}

impl Desk {
    async fn of(role: &str, patients: usize, settings: &str) -> Self {
        let settings: Config = toml::from_str(settings).unwrap();
        let ward = Ward::of(patients, "", settings).await;
        let token = ward.provider.access_token("noa", &[role]);
        Self { ward, token }
    }

    async fn send(&self, call: Call) -> Answer {
        call.bearer(&self.token).send(&self.ward.router).await
    }

    async fn get(&self, address: &str) -> Value {
        let answer = self.send(Call::get(address)).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.text);
        answer.json()
    }

    /// Begins an upload with some images.
    async fn bring(&self, images: &[Image]) -> String {
        let begun = self.send(Call::post("/api/v1/uploads")).await;
        assert_eq!(begun.status, 201, "{}", begun.text);
        let upload = begun.json()["upload"].as_str().unwrap().to_owned();
        for image in images {
            let address = format!("/api/v1/uploads/{upload}/files?name={}.dcm", image.uid);
            let call = Call::new("PUT", &address);
            let put = self.send(call.body("application/octet-stream", image.part10())).await;
            assert_eq!(put.status, 200, "{}", put.text);
        }
        upload
    }

    /// The only study of an upload.
    async fn brought(&self, upload: &str) -> Value {
        let shown = self.get(&format!("/api/v1/uploads/{upload}")).await;
        assert_eq!(shown["studies"].as_array().unwrap().len(), 1, "{shown}");
        shown["studies"][0].clone()
    }

    async fn start(&self, upload: &str, wish: Value) -> Answer {
        self.send(Call::post(&format!("/api/v1/uploads/{upload}/start")).json(&wish)).await
    }
}

/// An image of a patient of the ward, by their id.
fn of_ward(number: usize, name: String) -> Image {
    let id = format!("ID{}", pseudonym(number).0);
    Image { patient: id.leak(), name: name.leak(), ..Image::default() }
}

#[tokio::test]
async fn a_new_patient_is_assigned_to_who_brings_them() {
    let desk = Desk::of("oncologist", 1, "").await;
    let upload = desk.bring(&[Image::default()]).await;
    let study = desk.brought(&upload).await;
    assert_eq!((&study["match"], &study["study"]), (&json!("new"), &json!("2.25.9")));
    assert_eq!(study["patient"]["name"], "Cohen^Rut");
    assert_eq!(study["date"], "2026-01-02");
    assert_eq!(study["needs"], json!(["T1", "T1c", "T2", "FLAIR"]));
    let started = desk.start(&upload, json!({"model": null})).await;
    assert_eq!(started.status, 202, "{}", started.text);
    assert_eq!(started.json()["studies"], json!(["2.25.9"]));
    let list = desk.get("/api/v1/patients").await;
    assert_eq!(list["total"], 1, "the patient is on the list of who brought them");
    assert_eq!(list["patients"][0]["identity"]["name"], "Cohen^Rut");
    assert_eq!(list["patients"][0]["state"], "analysing");
    let gone = desk.send(Call::get(&format!("/api/v1/uploads/{upload}"))).await;
    assert_eq!(gone.status, 403, "what was handed over is over");
    let senders = desk.ward.store.audit_rows(None, 500).await.unwrap();
    let assigned = senders.iter().filter_map(|row| row.record.as_deref());
    let mut assigned = assigned.map(|bytes| Record::parse(bytes).unwrap().event);
    assert!(assigned.any(|event| event.action.as_str() == "assign"), "that is noted");
}

#[tokio::test]
async fn the_same_patient_is_confirmed_by_a_person() {
    let desk = Desk::of("radiologist", 1, "").await;
    desk.ward.assign("noa", pseudonym(0)).await;
    let upload = desk.bring(&[of_ward(0, canary(pseudonym(0)))]).await;
    assert_eq!(desk.brought(&upload).await["match"], "same");
    let unsaid = desk.start(&upload, json!({"same_patient_confirmed": false})).await;
    assert_eq!(unsaid.status, 409);
    assert!(unsaid.json()["detail"].as_str().unwrap().contains("confirm"));
    let other = desk.start(&upload, json!({"model": "theirs"})).await;
    assert_eq!(other.status, 409);
    assert!(other.json()["detail"].as_str().unwrap().contains(MODEL), "{}", other.text);
    let said = desk.start(&upload, json!({"model": MODEL, "same_patient_confirmed": true})).await;
    assert_eq!(said.status, 202, "{}", said.text);
    let studies = desk.get(&format!("/api/v1/patients/{}/studies", pseudonym(0))).await;
    assert!(studies.to_string().contains("2.25.9"), "{studies}");
}

#[tokio::test]
async fn a_patient_who_contradicts_is_not_taken() {
    let desk = Desk::of("oncologist", 2, "").await;
    desk.ward.assign("noa", pseudonym(0)).await;
    let check = async |image: Image, why: &str| {
        let upload = desk.bring(&[image]).await;
        let study = desk.brought(&upload).await;
        assert_eq!(study["match"], "conflict", "{study}");
        assert!(study["why"].as_str().unwrap().contains(why), "{study}");
        let confirmed = json!({"same_patient_confirmed": true});
        assert_eq!(desk.start(&upload, confirmed).await.status, 409, "{why}");
        let ended = desk.send(Call::new("DELETE", &format!("/api/v1/uploads/{upload}"))).await;
        assert_eq!(ended.status, 204);
    };
    check(of_ward(0, "Levi^Dana".into()), "the name differs").await;
    check(of_ward(1, canary(pseudonym(1))), "You are not assigned").await;
    check(Image { patient: "", ..Image::default() }, "no patient id").await;
    let theirs = Image { study: study_of(1), ..Image::default() };
    check(theirs, "another patient's").await;
    let two = Image { uid: "2.25.2".into(), patient: "P-2", ..Image::default() };
    let upload = desk.bring(&[Image::default(), two]).await;
    let study = desk.brought(&upload).await;
    assert!(study["why"].as_str().unwrap().contains("2 different patients"), "{study}");
    assert!(desk.ward.store.study(&"2.25.9".parse().unwrap()).await.is_err(), "nothing came in");
}

#[tokio::test]
async fn an_upload_is_its_own_persons() {
    let desk = Desk::of("oncologist", 1, "").await;
    let upload = desk.bring(&[Image::default()]).await;
    let eve = desk.ward.provider.access_token("eve", &["oncologist"]);
    for (method, rest) in [("GET", ""), ("DELETE", ""), ("PUT", "/files?name=x")] {
        let address = format!("/api/v1/uploads/{upload}{rest}");
        let answer = Call::new(method, &address).bearer(&eve).send(&desk.ward.router).await;
        assert_eq!(answer.status, 403, "{method}");
    }
    let series = format!("/api/v1/uploads/{upload}/series/2.25.9.1");
    let said = desk.send(Call::new("PUT", &series).json(&json!({"role": "T1c"}))).await;
    let study = &said.json()["studies"][0];
    assert_eq!(study["series"][0]["role"], "T1c", "{}", said.text);
    assert_eq!(study["series"][0]["assigned_by_human"], true);
    assert_eq!(study["needs"], json!(["T1", "T2", "FLAIR"]));
    let wrong = desk.send(Call::new("PUT", &series).json(&json!({"role": "T9"}))).await;
    assert_eq!(wrong.status, 422);
    let back = desk.send(Call::new("PUT", &series).json(&json!({"role": null}))).await;
    assert_eq!(back.json()["studies"][0]["series"][0]["assigned_by_human"], false);
    for _ in 0..3 {
        desk.bring(&[]).await;
    }
    assert_eq!(desk.send(Call::post("/api/v1/uploads")).await.status, 409, "four at a time");
}

const RULES: &str = "
    [[rules]]
    name = 'knees'
    body_part = ['knee']
    action = 'ignore'
    [[rules]]
    name = 'from the web'
    calling_ae = ['STOW']
    modality = ['MR']
    action = 'ignore'
    [[rules]]
    name = 'rest'
    action = 'analyse'";

#[tokio::test]
async fn rules_are_listed_and_tested_on_a_study_that_is_here() {
    let desk = Desk::of("administrator", 1, RULES).await;
    let router = desk.ward.provider.service_token("router", 300);
    let stow = Call::post("/dicom-web/studies").bearer(&router);
    let stow = stow.body("application/dicom", Image::default().part10());
    assert_eq!(stow.send(&desk.ward.router).await.status, 200);
    let rules = desk.get("/api/v1/admin/rules").await;
    let first = json!({"name": "knees", "conditions": ["body_part contains 'knee'"],
        "action": "ignore", "destinations": [], "model": null});
    assert_eq!(rules["rules"][0], first);
    let test = async |study: &str| {
        let call = Call::post("/api/v1/admin/rules/test").json(&json!({"study": study}));
        desk.send(call).await
    };
    let said = test("2.25.9").await;
    assert_eq!(said.status, 200, "{}", said.text);
    let said = said.json();
    assert_eq!((&said["fired"], &said["action"]), (&json!("from the web"), &json!("ignore")));
    let matches: Vec<_> = said["why"].as_array().unwrap().iter().map(|o| &o["matches"]).collect();
    assert_eq!(matches, [false, true, true]);
    assert_eq!(said["why"][1]["holds"], json!(["calling_ae 'STOW'", "modality 'MR'"]));
    assert!(!said.to_string().contains("Cohen"), "patients appear by pseudonym");
    assert_eq!(test("1.2.3.4").await.status, 403);
    let rows = desk.ward.store.audit_rows(None, 500).await.unwrap();
    let events = rows.iter().filter_map(|row| row.record.as_deref());
    let mut events = events.map(|bytes| Record::parse(bytes).unwrap().event);
    let noted = |event: &interval_core::audit::AuditEvent| {
        event.resource.id() == "2.25.9" && event.action.as_str() == "read"
    };
    assert!(events.any(|event| noted(&event) && event.patient.is_some()), "that is noted");
}

#[tokio::test]
async fn deliveries_are_seen_tried_again_and_given_up() {
    let desk = Desk::of("administrator", 2, "").await;
    let delivery = desk.ward.delivery_of(1).await;
    let list = desk.get("/api/v1/admin/deliveries?state=failed").await;
    assert_eq!(list["total"], 1);
    let row = &list["deliveries"][0];
    assert_eq!((&row["id"], &row["state"]), (&json!(delivery), &json!("failed")));
    assert_eq!(row["patient"], pseudonym(1).to_string());
    assert!(!list.to_string().contains("CANARY"));
    let say = async |word: &str| {
        let address = format!("/api/v1/admin/deliveries/{delivery}/{word}");
        desk.send(Call::post(&address)).await
    };
    assert_eq!(say("cancel").await.status, 409, "it was given up already");
    let again = say("retry").await;
    assert_eq!((again.status.as_u16(), &again.json()["state"]), (200, &json!("pending")));
    assert_eq!(desk.get("/api/v1/admin/deliveries?state=pending").await["total"], 1);
    let enough = say("cancel").await;
    assert_eq!(enough.json()["last_error"], "given up by a person");
    let queues = desk.get("/api/v1/admin/overview").await;
    let sent = json!({"name": "deliveries", "waiting": 0, "running": 0, "failed": 1});
    assert_eq!(queues["queues"][1], sent);
    desk.ward.sql("UPDATE outbox SET state = 'delivered'").await;
    assert_eq!(say("retry").await.status, 409, "what was delivered stays so");
    let unknown = desk.send(Call::post("/api/v1/admin/deliveries/999999/retry")).await;
    assert_eq!(unknown.status, 403);
    let wrong = desk.send(Call::get("/api/v1/admin/deliveries?state=lost")).await;
    assert_eq!(wrong.status, 422);
}

#[tokio::test]
async fn the_overview_says_how_the_node_is() {
    let desk = Desk::of("administrator", 3, "").await;
    desk.ward.sql("UPDATE job SET state = 'running', stage = 'segment' WHERE id = 2").await;
    let seen = desk.get("/api/v1/admin/overview").await;
    assert_eq!(seen["health"], json!({"ready": true, "troubles": [], "degraded": []}));
    let disk = &seen["disk"];
    assert!(disk["total_bytes"].as_u64() >= disk["free_bytes"].as_u64(), "{disk}");
    let jobs = json!({"name": "analyses", "waiting": 0, "running": 1, "failed": 2});
    assert_eq!(seen["queues"][0], jobs);
    let busy = json!([{"state": "busy", "job": 2, "stage": "segment"}]);
    assert_eq!(seen["workers"], busy);
    assert_eq!(seen["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn models_say_who_vouches_for_them() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/models/default");
    let desk = Desk::of("clinician", 1, &format!("model = '{folder}'")).await;
    let models = desk.get("/api/v1/models").await;
    let of_ours = models["models"].as_array().unwrap().iter();
    let signed: Vec<_> = of_ours.filter(|model| model["signed"] == true).collect();
    assert_eq!(signed.len(), 1, "{models}");
    assert_eq!(signed[0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(signed[0]["is_default"], false, "this ward computes with another one");
    assert!(!signed[0]["limitations"].as_array().unwrap().is_empty());
}

/// A port that nobody listens at.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_answers_an_echo_or_it_is_said_why_not() {
    if Command::new("storescp").arg("--version").output().is_err() {
        let required = std::env::var("INTERVAL_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "storescp of dcmtk is not installed");
        println!("skipped: storescp of dcmtk is not installed");
        return;
    }
    let (here, gone, folder) = (free_port(), free_port(), tempfile::tempdir().unwrap());
    let mut storescp = Command::new("storescp")
        .args(["-aet", "PLACE", "-od"])
        .arg(folder.path())
        .arg(here.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", here)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "storescp does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    let settings = format!(
        "[peers.PLACE]
         actions = ['read-images']
         patients = ['*']
         [peers.SCANNER]
         actions = ['upload']
         patients = ['*']
         [[destinations]]
         name = 'place'
         address = '127.0.0.1:{here}'
         ae_title = 'PLACE'
         [[destinations]]
         name = 'gone'
         address = '127.0.0.1:{gone}'
         ae_title = 'GONE'"
    );
    let desk = Desk::of("administrator", 1, &settings).await;
    let known = desk.get("/api/v1/admin/peers").await;
    let place = json!({"name": "PLACE", "title": "PLACE", "address": format!("127.0.0.1:{here}"),
        "uses": ["read-images", "results"]});
    assert_eq!(known["peers"][0], place);
    let echo =
        async |name: &str| desk.send(Call::post(&format!("/api/v1/admin/peers/{name}/echo"))).await;
    let answered = echo("PLACE").await.json();
    let _ = storescp.kill();
    let _ = storescp.wait();
    assert_eq!((&answered["ok"], &answered["why"]), (&json!(true), &Value::Null), "{answered}");
    assert!(answered["took_ms"].as_u64().unwrap() < 15_000);
    let silent = echo("gone").await.json();
    assert_eq!(silent["ok"], false);
    assert!(!silent["why"].as_str().unwrap().is_empty());
    assert_eq!(echo("SCANNER").await.status, 409, "where it listens is not known");
    assert_eq!(echo("nobody").await.status, 404);
}
