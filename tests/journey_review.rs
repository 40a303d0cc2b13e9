//! A radiologist and a result: what leaves before somebody signed, what a signature changes, and
//! how two who work on one study do not hurt each other.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod house;
mod web;

use axum::Router;
use flate2::Compression;
use flate2::read::GzEncoder;
use house::archive::{Archive, Filed};
use house::equipment::installed;
use house::head::Head;
use house::node::{Running, config, equipped};
use house::study::Coarse;
use interval::store::assignment::Wanted;
use interval::store::job::Job;
use interval::store::record::AssessmentRecord;
use interval_core::access::PersonId;
use interval_core::audit::record::Record;
use interval_core::audit::words::{Action, Actor, Detail, Outcome, Resource};
use interval_core::job::JobState;
use interval_core::phantom::Spec;
use interval_core::role::SeriesRole::{Flair, Localizer, T1, T2};
use interval_core::uid::StudyUid;
use interval_iod::mr::write;
use interval_iod::{pdf, seg};
use serde_json::{Value, json};
use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};
use web::call::{Answer, Call};
use web::provider::Provider;
use web::ward::{Ward, door_at};

/// Label of enhancing tissue, and of hyperintensity.
const ET: u8 = 3;
const SNFH: u8 = 2;

/// A node with its archive, and the web door of a ward where people sign in.
struct Clinic {
    archive: Archive,
    node: Running,
    provider: Provider,
    router: Router,
    _data: tempfile::TempDir,
}

impl Clinic {
    async fn open(equip: bool) -> Option<Self> {
        let equipment = if equip { Some(installed()?) } else { None };
        let data = tempfile::tempdir().unwrap();
        let archive = Archive::open().await;
        let mut config = config(data.path(), &archive);
        config.organisation = "Clinic of the phantom".into();
        let config = match &equipment {
            Some(equipment) => equipped(config, equipment),
            None => config,
        };
        let node = Running::open(config).await;
        let provider = Provider::start().await;
        let router = door_at(&node.store, &provider.issuer);
        Some(Self { archive, node, provider, router, _data: data })
    }

    fn person(&self, subject: &str) -> PersonId {
        PersonId::new(&self.provider.issuer, subject).unwrap()
    }

    async fn assign(&self, subject: &str, study: &StudyUid) {
        let now = SystemTime::now();
        let patient = self.node.store.study(study).await.unwrap().patient;
        let from = now - Duration::from_hours(1);
        let wanted = Wanted { person: self.person(subject), patient, from, until: None };
        self.node.store.assign(&Ward::permit(), &wanted, now).await.unwrap();
    }

    /// A token of somebody who signed in with several factors, or with a password alone.
    fn token(&self, subject: &str, role: &str, amr: &str) -> String {
        let mut claims = self.provider.access_claims(subject, &[role]);
        claims["amr"] = json!([amr]);
        claims["name"] = json!(format!("Dr {subject}"));
        self.provider.key.sign("at+jwt", &claims)
    }

    async fn send(&self, call: Call, token: &str) -> Answer {
        call.bearer(token).send(&self.router).await
    }

    async fn review(&self, study: &StudyUid, token: &str) -> Value {
        let answer = self.send(Call::get(&address(study, "")), token).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let review = answer.json();
        assert_eq!(answer.header("etag"), format!("\"{}\"", review["revision"]));
        review
    }

    async fn change(
        &self,
        (method, study, what): (&str, &StudyUid, &str),
        (body, revision): (&Value, &Value),
        token: &str,
    ) -> Answer {
        let call = Call::new(method, &address(study, what)).json(body);
        self.send(call.header("if-match", &format!("\"{revision}\"")), token).await
    }

    /// The objects of a study in the archive, the newest of each modality.
    fn newest(&self, study: &StudyUid, modality: &str) -> Filed {
        let mut all = self.archive.of_study(study);
        all.retain(|object| object.header.acquisition.modality == modality);
        all.pop().unwrap_or_else(|| panic!("no {modality} in the archive"))
    }

    /// What a person did to a study: actions that changed something, with their details.
    async fn done_by(&self, subject: &str, study: &StudyUid) -> Vec<(Action, Detail)> {
        let number = self.node.store.user_number(&self.person(subject)).await.unwrap();
        let rows = self.node.store.audit_rows(None, 10_000).await.unwrap();
        let mut events: Vec<_> =
            rows.iter().map(|r| Record::parse(r.record.as_deref().unwrap()).unwrap()).collect();
        events.sort_by_key(|record| record.index);
        let events = events.into_iter().map(|record| record.event).filter(|event| {
            event.actor == Actor::Person(number)
                && event.resource == Resource::Study(study.clone())
                && event.outcome == Outcome::Success
        });
        let changes = [Action::Update, Action::Sign];
        events.filter(|e| changes.contains(&e.action)).map(|e| (e.action, e.detail)).collect()
    }
}

fn address(study: &StudyUid, what: &str) -> String {
    let slash = if what.is_empty() { "" } else { "/" };
    format!("/api/v1/studies/{study}/review{slash}{what}")
}

/// Says what a foreign reader finds; nothing where it is not installed.
fn tool(name: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&said));
            Some(String::from_utf8_lossy(&said).into_owned())
        }
        Err(error) => {
            let required = std::env::var("INTERVAL_REQUIRE_PEERS").as_deref() == Ok("1");
            assert!(!required, "{name}: {error}");
            println!("skipped: {name} is not installed");
            None
        }
    }
}

/// An object in a file for a foreign reader, in the folder of one test.
fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[track_caller]
fn check_valid(file: &str) {
    let Some(said) = tool("dciodvfy", &["-new", file]) else { return };
    let errors: Vec<_> = said.lines().filter(|line| line.starts_with("Error")).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// Lines `name=value` that pydicom reads of a version.
fn read_by_pydicom(file: &str) -> Vec<String> {
    let python = std::env::var("INTERVAL_PEERS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("iod/tests/peers/edition.py");
    let said = tool(&python, &[script.to_str().unwrap(), file]).unwrap_or_default();
    said.lines().map(str::to_owned).collect()
}

#[track_caller]
fn check_says(lines: &[String], expected: &[String]) {
    for line in expected {
        assert!(lines.is_empty() || lines.contains(line), "no '{line}' in {lines:#?}");
    }
}

/// The text of a report's pages.
fn pages(folder: &Path, object: &Filed) -> String {
    let document = pdf::extract(&object.bytes).unwrap();
    let file = file(folder, "report.pdf", &document);
    let text = tool("pdftotext", &["-layout", &file, "-"]).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[track_caller]
fn check_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
}

/// What a signed report says.
fn signed_by(who: &str) -> Vec<String> {
    let mut lines = vec![format!("observer={who}^Dr"), "verification=VERIFIED".into()];
    lines.extend(["preliminary=FINAL", "organisation=Clinic of the phantom"].map(str::to_owned));
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_study_that_cannot_be_evaluated_is_accepted_and_overtaken() {
    let Some(clinic) = Clinic::open(false).await else { return };
    let coarse = Coarse::new("review of nothing", "J-40");
    clinic.node.send(&coarse.of(&[T1, T2, Flair])).await;
    let first = clinic.node.job(&coarse.study, 1, JobState::Completed).await;
    clinic.node.delivered(first.id).await;
    clinic.assign("noa", &coarse.study).await;
    let noa = clinic.token("noa", "radiologist", "mfa");
    let before = clinic.newest(&coarse.study, "SR");
    let folder = tempfile::tempdir().unwrap();
    let sr = file(folder.path(), "sr.dcm", &before.bytes);
    check_says(
        &read_by_pydicom(&sr),
        &["verification=UNVERIFIED", "preliminary=PRELIMINARY"].map(str::to_owned),
    );

    let review = clinic.review(&coarse.study, &noa).await;
    assert_eq!((&review["state"], &review["version"]), (&json!("preliminary"), &json!(1)));
    assert_eq!(review["may"], json!({"review": true, "sign": true}));
    // There is no outline that could be corrected.
    let undo = json!({"op": "undo"});
    let at = ("POST", &coarse.study, "correct");
    let refused = clinic.change(at, (&undo, &review["revision"]), &noa).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    let accept = json!({"decision": "accept", "reason": "As I see it."});
    let at = ("POST", &coarse.study, "sign");
    let signed = clinic.change(at, (&accept, &review["revision"]), &noa).await;
    assert_eq!(signed.status, 202, "{}", signed.text);
    assert_eq!(signed.json()["state"], "verified");
    let again = clinic.change(at, (&accept, &signed.json()["revision"]), &noa).await;
    assert_eq!(again.status, 409, "signed once");
    let second = clinic.node.job(&coarse.study, 2, JobState::Completed).await;
    clinic.node.delivered(second.id).await;

    let after = clinic.newest(&coarse.study, "SR");
    assert_ne!(after.header.uid, before.header.uid);
    let sr = file(folder.path(), "sr.dcm", &after.bytes);
    check_valid(&sr);
    let mut expected = signed_by("noa");
    expected.push(format!("predecessor={}", before.header.uid));
    check_says(&read_by_pydicom(&sr), &expected);
    let review = clinic.review(&coarse.study, &noa).await;
    assert_eq!((&review["state"], &review["version"]), (&json!("verified"), &json!(2)));
    assert_eq!(review["predecessor"], json!(before.header.uid.to_string()));

    // A late image: the study is analysed again, and nobody has signed what comes of it.
    let mut scout = write::protocol(Localizer);
    scout.image_type = ["ORIGINAL", "PRIMARY", "LOCALIZER"].map(str::to_owned).into();
    clinic.node.send(&coarse.series_with(7, scout)).await;
    let third = clinic.node.job(&coarse.study, 3, JobState::Completed).await;
    clinic.node.delivered(third.id).await;
    let review = clinic.review(&coarse.study, &noa).await;
    assert_eq!((&review["state"], &review["version"]), (&json!("preliminary"), &json!(3)));
    let sr = file(folder.path(), "sr.dcm", &clinic.newest(&coarse.study, "SR").bytes);
    let mut expected = vec![format!("predecessor={}", after.header.uid)];
    expected.extend(["verification=UNVERIFIED", "preliminary=PRELIMINARY"].map(str::to_owned));
    check_says(&read_by_pydicom(&sr), &expected);
    assert_eq!(clinic.node.store.orphans().await.unwrap(), []);
}

/// A patient whose first study was analysed; a review of it by noa and ben.
struct Reviewed {
    clinic: Clinic,
    head: Head,
    study: StudyUid,
    folder: tempfile::TempDir,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_corrected_signed_sent_again_and_counts_later() {
    let Some(clinic) = Clinic::open(true).await else { return };
    let head = Head::render(&Spec::new(7, 2).build());
    let study = head.study(0);
    clinic.node.send(&head.exams[0]).await;
    let job = clinic.node.job(&study, 1, JobState::Completed).await;
    clinic.node.delivered(job.id).await;
    for subject in ["noa", "ben", "cli"] {
        clinic.assign(subject, &study).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let reviewed = Reviewed { clinic, head, study, folder };
    reviewed.what_left_is_preliminary();
    reviewed.a_clinician_reads_and_does_not_change().await;
    reviewed.the_second_of_two_is_told_and_nothing_is_lost().await;
    reviewed.painting_changes_exactly_the_voxels().await;
    reviewed.what_is_no_label_map_is_refused().await;
    reviewed.lesions_are_split_and_merged_and_keep_their_names().await;
    let wanted = reviewed.the_draft_says_what_to_do().await;
    reviewed.a_signature_needs_a_step_up_and_a_word_that_fits().await;
    reviewed.the_signed_result_goes_out(&job, &wanted).await;
    reviewed.a_later_study_is_compared_with_what_was_signed(&wanted).await;
    reviewed.a_rejection_takes_the_result_back().await;
    assert_eq!(reviewed.clinic.node.store.orphans().await.unwrap(), []);
}

/// What the amended result has to say.
struct Corrected {
    volumes: Value,
    tracks: Vec<String>,
    short_mm: f64,
}

impl Reviewed {
    fn what_left_is_preliminary(&self) {
        let sr = self.clinic.archive.the(&self.study, "SR");
        let sr = file(self.folder.path(), "sr.dcm", &sr.bytes);
        let flags = ["verification=UNVERIFIED", "preliminary=PRELIMINARY"].map(str::to_owned);
        check_says(&read_by_pydicom(&sr), &flags);
        let document = self.clinic.archive.the(&self.study, "DOC");
        let text = pages(self.folder.path(), &document);
        assert!(text.is_empty() || text.contains("PRELIMINARY - not verified by a physician"));
        let document = file(self.folder.path(), "doc.dcm", &document.bytes);
        check_says(&read_by_pydicom(&document), &flags[..1]);
        let seg = self.clinic.archive.the(&self.study, "SEG");
        let seg = file(self.folder.path(), "seg.dcm", &seg.bytes);
        check_says(&read_by_pydicom(&seg), &["segment=AUTOMATIC".to_owned()]);
    }

    async fn a_clinician_reads_and_does_not_change(&self) {
        let clinician = self.clinic.token("cli", "clinician", "mfa");
        let review = self.clinic.review(&self.study, &clinician).await;
        assert_eq!(review["may"], json!({"review": false, "sign": false}));
        let undo = json!({"op": "undo"});
        for (method, what, body) in [
            ("PUT", "draft", json!({"notes": "mine"})),
            ("POST", "correct", undo),
            ("POST", "sign", json!({"decision": "accept"})),
        ] {
            let at = (method, &self.study, what);
            let answer = self.clinic.change(at, (&body, &review["revision"]), &clinician).await;
            assert_eq!(answer.status, 403, "{what}");
        }
        assert_eq!(self.review().await["revision"], review["revision"]);
    }

    fn noa(&self) -> String {
        self.clinic.token("noa", "radiologist", "mfa")
    }

    fn ben(&self) -> String {
        self.clinic.token("ben", "radiologist", "mfa")
    }

    async fn review(&self) -> Value {
        self.clinic.review(&self.study, &self.noa()).await
    }

    async fn correct(&self, body: Value) -> Value {
        let revision = self.review().await["revision"].clone();
        let at = ("POST", &self.study, "correct");
        let answer = self.clinic.change(at, (&body, &revision), &self.noa()).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.text);
        answer.json()
    }

    async fn labels(&self) -> Vec<u8> {
        let call = Call::get(&address(&self.study, "labels")).bearer(&self.noa());
        let (status, headers, bytes) = call.bytes_up_to(&self.clinic.router, 64 << 20).await;
        assert_eq!(
            (status, headers["content-type"].to_str().unwrap()),
            (200, "application/octet-stream")
        );
        bytes
    }

    async fn the_second_of_two_is_told_and_nothing_is_lost(&self) {
        let seen = self.review().await;
        let first = json!({"notes": "of Noa", "lesions": []});
        let at = ("PUT", &self.study, "draft");
        let mine = self.clinic.change(at, (&first, &seen["revision"]), &self.noa()).await;
        assert_eq!(mine.status, 200, "{}", mine.text);
        let second = json!({"notes": "of Ben", "lesions": []});
        let his = self.clinic.change(at, (&second, &seen["revision"]), &self.ben()).await;
        assert_eq!(his.status, 409);
        assert!(his.json()["detail"].as_str().unwrap().contains("Somebody else"));
        let bare = Call::new("PUT", &address(&self.study, "draft")).json(&second);
        assert_eq!(self.clinic.send(bare, &self.ben()).await.status, 412);
        let review = self.clinic.review(&self.study, &self.ben()).await;
        assert_eq!(review["draft"]["notes"], "of Noa");
        assert_eq!(
            (&review["draft"]["by"], &review["draft"]["by_me"]),
            (&json!("Dr noa"), &json!(false))
        );
        // Having looked again, he may.
        let his = self.clinic.change(at, (&second, &review["revision"]), &self.ben()).await;
        assert_eq!((his.status.as_u16(), &his.json()["draft"]["by_me"]), (200, &json!(true)));
    }

    async fn painting_changes_exactly_the_voxels(&self) {
        let before = self.review().await;
        assert_eq!(before["draft"]["edited"], false);
        let mut labels = self.labels().await;
        let painted = labels.iter_mut().filter(|label| **label == ET).take(500);
        assert_eq!(painted.map(|label| *label = SNFH).count(), 500);
        let mut packed = Vec::new();
        GzEncoder::new(labels.as_slice(), Compression::fast()).read_to_end(&mut packed).unwrap();
        let call = Call::new("PUT", &address(&self.study, "labels"))
            .body("application/octet-stream", packed)
            .header("content-encoding", "gzip")
            .header("if-match", &format!("\"{}\"", before["revision"]));
        let painted = self.clinic.send(call, &self.noa()).await;
        assert_eq!(painted.status, 200, "{}", painted.text);
        let after = painted.json();
        let volume =
            |review: &Value, region: &str| number(&review["measured"]["volumes_cm3"][region]);
        let moved = 500. * Self::voxel_cm3(&before, &labels);
        check_close(volume(&before, "et") - volume(&after, "et"), moved);
        check_close(volume(&after, "snfh") - volume(&before, "snfh"), moved);
        check_close(volume(&after, "wt"), volume(&before, "wt"));
        assert_eq!(after["measured"]["before"]["volumes_cm3"], before["measured"]["volumes_cm3"]);
        assert_eq!(self.labels().await, labels);
        // Undone and done again.
        let undone = self.correct(json!({"op": "undo"})).await;
        assert_eq!(undone["measured"]["volumes_cm3"], before["measured"]["volumes_cm3"]);
        assert_eq!(
            (&undone["draft"]["edited"], &undone["draft"]["undone"]),
            (&json!(false), &json!(["paint"]))
        );
        let redone = self.correct(json!({"op": "redo"})).await;
        assert_eq!(redone["measured"], after["measured"]);
        let nothing = json!({"op": "redo"});
        let at = ("POST", &self.study, "correct");
        let refused = self.clinic.change(at, (&nothing, &redone["revision"]), &self.noa()).await;
        assert_eq!(refused.status, 409);
    }

    /// Volume of a voxel, by the volume of the whole tumour and its voxels.
    fn voxel_cm3(review: &Value, labels: &[u8]) -> f64 {
        let tumour = labels.iter().filter(|label| (1..=3).contains(*label)).count();
        number(&review["measured"]["volumes_cm3"]["wt"]) / tumour as f64
    }

    async fn what_is_no_label_map_is_refused(&self) {
        let (review, labels) = (self.review().await, self.labels().await);
        let put = async |body: Vec<u8>| {
            let call = Call::new("PUT", &address(&self.study, "labels"))
                .body("application/octet-stream", body)
                .header("if-match", &format!("\"{}\"", review["revision"]));
            self.clinic.send(call, &self.noa()).await.status.as_u16()
        };
        let mut strange = labels.clone();
        strange[0] = 5;
        assert_eq!(put(strange).await, 422);
        assert_eq!(put(labels[1..].to_vec()).await, 422);
        assert_eq!(put([labels.as_slice(), &[0]].concat()).await, 413);
        assert_eq!(self.review().await, review);
    }

    async fn lesions_are_split_and_merged_and_keep_their_names(&self) {
        let before = self.review().await;
        let lesions = before["measured"]["lesions"].as_array().unwrap().clone();
        let (track, centre) = (&lesions[0]["track"], &lesions[0]["centre_lps_mm"]);
        let plane = json!({"point_lps_mm": centre, "normal": [1., 0., 0.]});
        let split = self.correct(json!({"op": "split", "track": track, "plane": plane})).await;
        let parts = split["measured"]["lesions"].as_array().unwrap();
        assert_eq!(parts.len(), lesions.len() + 1);
        assert_eq!(split["measured"]["volumes_cm3"], before["measured"]["volumes_cm3"]);
        let heirs: Vec<_> = parts.iter().filter(|part| part["track"] == *track).collect();
        assert_eq!(heirs.len(), 1, "one part keeps the name");
        let fresh = parts.iter().find(|part| part["track"].is_null()).unwrap();
        let whole = |lesion: &Value| number(&lesion["volumes_cm3"]["wt"]);
        check_close(whole(heirs[0]) + whole(fresh), whole(&lesions[0]));
        let index = fresh["index"].to_string();
        let merged = self.correct(json!({"op": "merge", "tracks": [track, index]})).await;
        assert_eq!(merged["measured"], before["measured"]);
        self.correct(json!({"op": "undo"})).await;
        let back = self.correct(json!({"op": "undo"})).await;
        assert_eq!(back["measured"], before["measured"]);
    }

    /// The draft that is signed: the smallest lesion is none, one diameter is drawn.
    async fn the_draft_says_what_to_do(&self) -> Corrected {
        let review = self.review().await;
        let lesions = review["measured"]["lesions"].as_array().unwrap();
        let (first, last) = (&lesions[0], lesions.last().unwrap());
        let found = &first["diameters"];
        let mut short = found["short_ends_lps_mm"].clone();
        for axis in 0..3 {
            // A tenth shorter at one end.
            let (a, b) = (number(&short[0][axis]), number(&short[1][axis]));
            short[0][axis] = json!(a + (b - a) * 0.1);
        }
        let body = json!({
            "notes": "Seen with the surgeon.",
            "lesions": [
                {"track": last["track"], "decision": "reject", "reason": "A vessel."},
                {"track": first["track"], "decision": "accept"},
            ],
            "diameters": [{
                "track": first["track"],
                "long_ends_lps_mm": found["long_ends_lps_mm"],
                "short_ends_lps_mm": short,
            }],
        });
        let at = ("PUT", &self.study, "draft");
        let kept = self.clinic.change(at, (&body, &review["revision"]), &self.noa()).await;
        assert_eq!(kept.status, 200, "{}", kept.text);
        let short_mm = number(&kept.json()["draft"]["diameters"][0]["short_mm"]);
        // Edge to edge, as the found one: the ends say it, not half a pixel more.
        assert!(short_mm < number(&found["short_mm"]));
        let mut volumes = review["measured"]["volumes_cm3"].clone();
        for (region, volume) in volumes.as_object_mut().unwrap() {
            *volume = json!(number(volume) - number(&last["volumes_cm3"][region]));
        }
        let tracks = lesions[..lesions.len() - 1].iter();
        let tracks = tracks.map(|lesion| lesion["track"].as_str().unwrap().to_owned()).collect();
        Corrected { volumes, tracks, short_mm }
    }

    async fn a_signature_needs_a_step_up_and_a_word_that_fits(&self) {
        let revision = self.review().await["revision"].clone();
        let amend = json!({"decision": "amend", "reason": "A vessel is no tumour."});
        let at = ("POST", &self.study, "sign");
        let weak = self.clinic.token("noa", "radiologist", "pwd");
        let refused = self.clinic.change(at, (&amend, &revision), &weak).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["step_up"]), (401, &json!(true)));
        let accept = json!({"decision": "accept"});
        let refused = self.clinic.change(at, (&accept, &revision), &self.noa()).await;
        assert_eq!(refused.status, 409, "{}", refused.text);
        let signed = self.clinic.change(at, (&amend, &revision), &self.noa()).await;
        assert_eq!(signed.status, 202, "{}", signed.text);
        let signed = signed.json();
        assert_eq!((&signed["state"], &signed["pending"]), (&json!("amended"), &json!(true)));
        let done = self.clinic.done_by("noa", &self.study).await;
        let updates = done.iter().filter(|(action, _)| *action == Action::Update).count();
        // Two drafts, one painting, undo and redo, split, merge and two undos.
        assert_eq!(updates, 9);
        assert_eq!(done.last(), Some(&(Action::Sign, Detail::Amended)));
        assert_eq!(self.clinic.done_by("ben", &self.study).await, [(Action::Update, Detail::None)]);
        assert_eq!(self.clinic.done_by("cli", &self.study).await, []);
    }

    async fn the_signed_result_goes_out(&self, first: &Job, wanted: &Corrected) {
        let Clinic { node, archive, .. } = &self.clinic;
        let before: Vec<_> = archive.of_study(&self.study);
        let of = |modality: &str| {
            let found = before.iter().find(|o| o.header.acquisition.modality == modality);
            found.unwrap().header.uid.to_string()
        };
        let job = node.job(&self.study, 2, JobState::Completed).await;
        assert_eq!(node.store.job(first.id).await.unwrap().state, JobState::Superseded);
        node.delivered(job.id).await;
        let assessment = node.assessment(job.id).await;
        Self::check_assessment(&assessment, wanted);
        let folder = self.folder.path();
        let sr = file(folder, "sr.dcm", &self.clinic.newest(&self.study, "SR").bytes);
        check_valid(&sr);
        let mut expected = signed_by("noa");
        expected.push(format!("predecessor={}", of("SR")));
        check_says(&read_by_pydicom(&sr), &expected);
        if let Some(printed) = tool("dsrdump", &["+Pl", &sr]) {
            assert!(printed.contains("Verification Flag   : VERIFIED"), "{printed}");
        }
        let newest = self.clinic.newest(&self.study, "SEG");
        assert_ne!(newest.header.uid.to_string(), of("SEG"));
        let read = seg::read(&newest.bytes).unwrap();
        let tracked = read.segments.iter().filter_map(|s| s.tracking_uid.as_ref());
        assert!(tracked.clone().all(|uid| wanted.tracks.contains(&uid.to_string())));
        assert!(tracked.count() >= wanted.tracks.len());
        let segments = file(folder, "seg.dcm", &newest.bytes);
        check_valid(&segments);
        check_says(&read_by_pydicom(&segments), &["segment=SEMIAUTOMATIC".to_owned()]);
        let document = self.clinic.newest(&self.study, "DOC");
        let text = pages(folder, &document);
        for part in
            ["AMENDED", "Dr noa", "version 2", "replaces version 1", "A vessel is no tumour"]
        {
            assert!(text.is_empty() || text.contains(part), "'{part}' is not in\n{text}");
        }
        assert!(!text.contains("PRELIMINARY"));
        let document = file(folder, "doc.dcm", &document.bytes);
        check_valid(&document);
        let replaced = [format!("predecessor={}", of("DOC")), "verification=VERIFIED".to_owned()];
        check_says(&read_by_pydicom(&document), &replaced);
        let review = self.review().await;
        assert_eq!((&review["state"], &review["version"]), (&json!("amended"), &json!(2)));
        assert_eq!((&review["draft"], &review["pending"]), (&Value::Null, &json!(false)));
        assert_eq!(review["predecessor"], json!(of("SR")));
        let history = review["history"].as_array().unwrap();
        let states: Vec<_> =
            history.iter().map(|e| (e["version"].clone(), e["state"].clone())).collect();
        assert_eq!(states, [(json!(1), json!("preliminary")), (json!(2), json!("amended"))]);
        assert_eq!(history[1]["by"], "Dr noa");
    }

    fn check_assessment(assessment: &AssessmentRecord, wanted: &Corrected) {
        let current = assessment.timepoints.last().unwrap();
        let found = serde_json::to_value(current.volumes_cm3).unwrap();
        for (region, volume) in wanted.volumes.as_object().unwrap() {
            check_close(number(&found[region]), number(volume));
        }
        let tracks: Vec<_> = assessment.tracks.iter().map(|track| track.uid.clone()).collect();
        assert_eq!(tracks.len(), wanted.tracks.len());
        assert!(tracks.iter().all(|uid| wanted.tracks.contains(uid)), "names are for life");
        check_close(current.lesions[0].diameters.as_ref().unwrap().short_mm, wanted.short_mm);
        let by_human = assessment.trail.iter().filter(|decision| decision.by == "human");
        assert!(
            by_human.clone().any(|d| d.why.contains("A vessel is no tumour")),
            "{:?}",
            assessment.trail
        );
    }

    async fn a_later_study_is_compared_with_what_was_signed(&self, wanted: &Corrected) {
        let later = self.head.study(1);
        self.clinic.node.send(&self.head.exams[1]).await;
        let job = self.clinic.node.job(&later, 1, JobState::Completed).await;
        self.clinic.node.delivered(job.id).await;
        let assessment = self.clinic.node.assessment(job.id).await;
        assert_eq!(assessment.timepoints.len(), 2);
        let then = serde_json::to_value(assessment.timepoints[0].volumes_cm3).unwrap();
        check_close(number(&then["wt"]), number(&wanted.volumes["wt"]));
        let names: Vec<_> = assessment.tracks.iter().map(|track| track.uid.clone()).collect();
        assert!(wanted.tracks.iter().all(|uid| names.contains(uid)), "{names:?}");
    }

    async fn a_rejection_takes_the_result_back(&self) {
        let (clinic, later) = (&self.clinic, self.head.study(1));
        let sent: Vec<_> =
            clinic.archive.of_study(&later).iter().map(|o| o.header.uid.to_string()).collect();
        assert_eq!(sent.len(), 3);
        let review = clinic.review(&later, &self.ben()).await;
        let at = ("POST", &later, "sign");
        let bare = json!({"decision": "reject"});
        let refused = clinic.change(at, (&bare, &review["revision"]), &self.ben()).await;
        assert_eq!(refused.status, 422, "a reason is needed");
        let reject = json!({"decision": "reject", "reason": "The cavity was outlined."});
        let rejected = clinic.change(at, (&reject, &review["revision"]), &self.ben()).await;
        assert_eq!(rejected.status, 202, "{}", rejected.text);
        assert_eq!(rejected.json()["state"], "rejected");
        let job = clinic.node.job(&later, 2, JobState::Completed).await;
        let rows = clinic.node.delivered(job.id).await;
        assert_eq!(rows.len(), 1, "nothing but the note");
        let note = clinic.archive.the(&later, "KO");
        let note = file(self.folder.path(), "ko.dcm", &note.bytes);
        check_valid(&note);
        let mut expected = vec!["title=113001".to_owned()];
        expected.extend(sent.iter().map(|uid| format!("refers={uid}")));
        check_says(&read_by_pydicom(&note), &expected);
        if let Some(printed) = tool("dsrdump", &["+Pl", &note]) {
            assert!(printed.contains("The cavity was outlined."), "{printed}");
        }
        let review = clinic.review(&later, &self.ben()).await;
        assert_eq!((&review["state"], &review["version"]), (&json!("rejected"), &json!(1)));
        let done = clinic.done_by("ben", &later).await;
        assert_eq!(done, [(Action::Sign, Detail::Rejected)]);
    }
}
