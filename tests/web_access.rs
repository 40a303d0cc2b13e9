//! Who may do what through the web door: every route, every role, every standing; what lists and
//! answers give away; how soon a right that was taken away is gone.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod web;

use interval::web::Door;
use interval_core::access::{Role, Verdict};
use interval_core::patient::PatientPseudonym;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};
use web::call::Call;
use web::provider::AUDIENCE;
use web::ward::{Ward, canary, pseudonym, study_of};

const MATRIX: &str = include_str!("web/matrix.toml");
const STATES: [&str; 5] = ["assigned", "not", "over", "handed-on", "glass"];
const ROLES: [Role; 6] = [
    Role::Oncologist,
    Role::Radiologist,
    Role::Clinician,
    Role::Administrator,
    Role::Service,
    Role::Auditor,
];
const OWN: usize = 0;
const OTHER: usize = 1;
/// Pairs of questions whose times are compared.
const PAIRS: usize = 2_000;
const FORBIDDEN: &str = "You have no access to this.";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    public: Option<u16>,
    any: Option<[String; 6]>,
    own: Option<[String; 6]>,
    other: Option<[String; 6]>,
}

fn matrix() -> BTreeMap<String, Row> {
    toml::from_str(MATRIX).unwrap()
}

fn subject(role: Role, state: &str) -> String {
    format!("{role}-{state}")
}

/// The token of a caller in a cell.
fn token(ward: &Ward, role: Role, state: &str) -> String {
    match (role, state) {
        (Role::Service, "assigned") => ward.provider.service_token("registry", 300),
        (Role::Service, "over") => ward.provider.service_token("registry", -120),
        (Role::Service, _) => ward.provider.service_token("idle", 300),
        _ => ward.provider.access_token(&subject(role, state), &[role.as_str()]),
    }
}

/// Three patients, and for each role and state a person who stands so towards the first.
async fn staffed() -> Ward {
    let ward = Ward::open(3).await;
    let own = pseudonym(OWN);
    for role in ROLES.into_iter().filter(|role| *role != Role::Service) {
        ward.assign(&subject(role, "assigned"), own).await;
        ward.assign_expired(&subject(role, "over"), own).await;
        ward.hand_on("chief", &subject(role, "handed-on"), own).await;
        ward.break_glass((&subject(role, "glass"), role), own).await;
    }
    ward
}

/// A call of a route about one of the patients, with everything that it needs to succeed.
async fn call(ward: &Ward, method: &str, template: &str, patient: usize) -> Call {
    let mut address = template
        .replace("{patient}", &pseudonym(patient).to_string())
        .replace("{study}", &study_of(patient))
        .replace("{job}", &(patient + 1).to_string());
    if template.contains("{assignment}") {
        let made = ward.assign("somebody", pseudonym(2)).await;
        address = address.replace("{assignment}", &made.id.to_string());
    }
    if template.contains("{user}") {
        let number = ward.store.user_number(&ward.person("victim")).await.unwrap();
        address = address.replace("{user}", &number.to_string());
    }
    if template.contains("{case}") {
        ward.break_glass(("opener", Role::Clinician), pseudonym(2)).await;
        let pending = ward.store.pending_reviews().await.unwrap();
        let case = pending.iter().find(|case| case.patient == pseudonym(2)).unwrap();
        address = address.replace("{case}", &case.id.to_string());
    }
    if template.contains("{workitem}") {
        let made = ward.make_workitem(pseudonym(patient)).await;
        address = address.replace("{workitem}", &made).replace("{aetitle}", "NODE");
    }
    if template.contains("{delivery}") {
        address = address.replace("{delivery}", &ward.delivery_of(patient).await.to_string());
    }
    let whose = pseudonym(patient);
    let patient_number = patient;
    let patient = whose.to_string();
    let body = match template {
        "/dicom-web/workitems" if method == "POST" => Ward::workitem_of(whose).1,
        "/dicom-web/workitems/{workitem}" if method == "POST" => {
            json!({"00741204": {"vr": "LO", "Value": ["Follow it on"]}})
        }
        "/dicom-web/workitems/{workitem}/state" => json!({
            "00081195": {"vr": "UI", "Value": ["2.25.1"]},
            "00741000": {"vr": "CS", "Value": ["IN PROGRESS"]},
        }),
        "/api/v1/assignments" => {
            json!({"person": ward.person("somebody").to_string(), "patient": patient})
        }
        "/api/v1/delegations" => {
            json!({"patient": patient, "to": ward.person("somebody").to_string()})
        }
        "/api/v1/studies/{study}/analyse" => json!({"model": null}),
        "/api/v1/admin/rules/test" => json!({"study": study_of(patient_number)}),
        "/api/v1/break-glass" => json!({"patient": patient, "reason": "seizure in the ward"}),
        "/api/v1/break-glass/{case}/review" => json!({"verdict": "justified"}),
        _ => return Call::new(method, &address),
    };
    Call::new(method, &address).json(&body)
}

#[test]
fn every_route_is_in_the_matrix_and_nothing_else_is() {
    let routes: BTreeSet<_> =
        Door::routes().map(|(verb, template)| format!("{verb} {template}")).collect();
    let rows: BTreeSet<_> = matrix().into_keys().collect();
    assert_eq!(routes, rows);
}

#[tokio::test]
async fn every_cell_is_as_written() {
    let ward = staffed().await;
    let (mut cells, mut wrong) = (0, Vec::new());
    let mut rows: Vec<_> = matrix().into_iter().collect();
    // Breaking glass changes how somebody stands: last.
    rows.sort_by_key(|(route, _)| route == "POST /api/v1/break-glass");
    for (route, row) in &rows {
        let (method, template) = route.split_once(' ').unwrap();
        if let Some(status) = row.public {
            let answer = call(&ward, method, template, OWN).await.send(&ward.router).await;
            assert_eq!(answer.status, status, "{route}");
            continue;
        }
        let parts = match (&row.any, &row.own, &row.other) {
            (Some(any), None, None) => vec![(OWN, any)],
            (None, Some(own), Some(other)) => vec![(OWN, own), (OTHER, other)],
            _ => panic!("{route}: any, or own and other"),
        };
        for (patient, expected) in parts {
            for (role, letters) in ROLES.iter().zip(expected) {
                assert_eq!(letters.len(), STATES.len(), "{route} {role}");
                for (state, letter) in STATES.iter().zip(letters.chars()) {
                    let token = token(&ward, *role, state);
                    let upload = upload_of(&ward, template, &token).await;
                    let own = template.replace("{upload}", &upload);
                    let call = call(&ward, method, &own, patient).await.bearer(&token);
                    let found = entered(call, &ward).await;
                    end(&ward, &upload, &token).await;
                    cells += 1;
                    if found != letter {
                        let whose = if patient == OWN { "own" } else { "other" };
                        wrong.push(format!("{route} {role} {state} {whose}: {found} not {letter}"));
                    }
                }
            }
        }
    }
    println!("{cells} cells, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An upload of the caller's own, for a route about one; empty where there is or can be none.
async fn upload_of(ward: &Ward, template: &str, token: &str) -> String {
    if !template.contains("{upload}") {
        return String::new();
    }
    let begun = Call::post("/api/v1/uploads").bearer(token).send(&ward.router).await;
    begun.json()["upload"].as_str().unwrap_or("0").to_owned()
}

async fn end(ward: &Ward, upload: &str, token: &str) {
    if !upload.is_empty() {
        let address = format!("/api/v1/uploads/{upload}");
        Call::new("DELETE", &address).bearer(token).send(&ward.router).await;
    }
}

/// The letter of what a call came to.
async fn entered(call: Call, ward: &Ward) -> char {
    let response = call.start(&ward.router).await;
    match response.status().as_u16() {
        403 => {
            let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["detail"], FORBIDDEN);
            '-'
        }
        401 => 'e',
        500.. => panic!("status {}", response.status()),
        _ => '+',
    }
}

#[tokio::test]
async fn nobody_enters_without_signing_in() {
    let ward = Ward::open(3).await;
    for (method, template) in Door::routes() {
        let is_public = matrix()[&format!("{method} {template}")].public.is_some();
        if is_public {
            continue;
        }
        let answer = call(&ward, method, template, OWN).await.send(&ward.router).await;
        assert_eq!(answer.status, 401, "{method} {template}");
        assert_eq!(answer.json()["detail"], "Please sign in.");
    }
}

#[tokio::test]
async fn what_needs_a_step_up_is_answered_with_its_hint() {
    let ward = Ward::open(1).await;
    let stale = |subject: &str, role: &str, amr: &str, age: i64| {
        let mut claims = ward.provider.access_claims(subject, &[role]);
        claims["amr"] = json!([amr]);
        claims["auth_time"] = json!(web::provider::seconds() - age);
        ward.provider.key.sign("at+jwt", &claims)
    };
    for (role, template, method) in [
        ("administrator", "/api/v1/assignments", "POST"),
        ("administrator", "/api/v1/users/{user}/disable", "POST"),
        ("auditor", "/api/v1/break-glass/pending", "GET"),
        ("clinician", "/api/v1/break-glass", "POST"),
    ] {
        for (amr, age, expected) in [("pwd", 0, 401), ("mfa", 301, 401)] {
            let call = call(&ward, method, template, OWN).await;
            let answer = call.bearer(&stale("x", role, amr, age)).send(&ward.router).await;
            assert_eq!(answer.status, expected, "{role} {template}");
            assert_eq!(answer.json()["step_up"], true);
            assert!(answer.header("www-authenticate").contains("insufficient_user"));
        }
        let call = call(&ward, method, template, OWN).await;
        let answer = call.bearer(&stale("x", role, "mfa", 200)).send(&ward.router).await;
        assert!(answer.status.is_success(), "{role} {template}: {}", answer.text);
    }
}

#[tokio::test]
async fn lists_counts_and_searches_hold_the_panel_and_nobody_else() {
    let ward = Ward::open(50).await;
    let mine: Vec<_> = [3, 8, 13, 21, 34].map(pseudonym).into();
    for patient in &mine {
        ward.assign("noa", *patient).await;
    }
    let token = ward.provider.access_token("noa", &["oncologist"]);
    let get = async |address: &str| Call::get(address).bearer(&token).send(&ward.router).await;
    let list = get("/api/v1/patients?limit=100").await;
    assert_eq!(list.json()["total"], 5);
    assert_eq!(list.json()["patients"].as_array().unwrap().len(), 5);
    let beyond = get("/api/v1/patients?limit=100&offset=5").await;
    assert!(beyond.json()["patients"].as_array().unwrap().is_empty());
    let one = get("/api/v1/patients?search=CANARY").await;
    assert_eq!(one.json()["total"], 5, "a search finds one's own");
    let jobs = get("/api/v1/jobs?limit=200").await;
    assert_eq!(jobs.json()["jobs"].as_array().unwrap().len(), 5);
    let others: Vec<_> =
        ward.patients.iter().copied().filter(|patient| !mine.contains(patient)).collect();
    let mut answers = vec![list.text, beyond.text, one.text, jobs.text];
    for other in &others {
        let number = (other.0 - pseudonym(0).0) as usize;
        for search in [canary(*other), other.to_string()] {
            let found = get(&format!("/api/v1/patients?search={search}")).await;
            assert_eq!(found.json()["total"], 0, "{search}");
            answers.push(found.text);
        }
        for address in [
            format!("/api/v1/patients/{other}"),
            format!("/api/v1/patients/{other}/studies"),
            format!("/api/v1/studies/{}", study_of(number)),
        ] {
            let answer = get(&address).await;
            assert_eq!(answer.status, 403);
            answers.push(answer.text + &format!("{:?}", answer.headers));
        }
        // The caller is bounded to 50 requests a second in the long run.
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    for other in others {
        let (name, pseudonym) = (canary(other), other.to_string());
        for answer in &answers {
            assert!(!answer.contains(&name) && !answer.contains(&pseudonym), "{answer}");
        }
    }
}

#[tokio::test]
async fn an_empty_panel_is_an_empty_list() {
    let ward = Ward::open(3).await;
    let token = ward.provider.access_token("new", &["clinician"]);
    let list = Call::get("/api/v1/patients").bearer(&token).send(&ward.router).await;
    assert_eq!((list.status.as_u16(), list.json()["total"].as_u64()), (200, Some(0)));
}

#[tokio::test]
async fn unknown_and_unassigned_are_one_and_the_same_answer() {
    let ward = Ward::open(2).await;
    ward.assign("noa", pseudonym(0)).await;
    let token = ward.provider.access_token("noa", &["radiologist"]);
    let everybody = ward.provider.service_token("everybody", 300);
    let stranger = PatientPseudonym(0x1234);
    let ask = async |method: &str, address: String, token: &str| {
        Call::new(method, &address).bearer(token).send(&ward.router).await.without_id()
    };
    let (not_mine, unknown) = (pseudonym(1).to_string(), stranger.to_string());
    for (method, template, pairs) in [
        ("GET", "/api/v1/patients/{}", [&not_mine, &unknown, "x", "p0", "%00", "..%2f"]),
        ("GET", "/api/v1/patients/{}/studies", [&not_mine, &unknown, "x", "p0", "%00", "..%2f"]),
        ("GET", "/api/v1/studies/{}", [&study_of(1), "1.2.3", "x", "1..2", "%00", "..%2f"]),
        ("POST", "/api/v1/jobs/{}/retry", ["2", "99", "x", "-1", "99999999999", "%00"]),
    ] {
        let first = ask(method, template.replace("{}", pairs[0]), &token).await;
        assert_eq!(first.0, 403);
        for other in &pairs[1..] {
            let answer = ask(method, template.replace("{}", other), &token).await;
            assert_eq!(answer, first, "{method} {template} {other}");
        }
    }
    // Who may see everybody learns nothing about who is not there either.
    let known = ask("GET", format!("/api/v1/patients/{not_mine}"), &everybody).await;
    let nobody = ask("GET", format!("/api/v1/patients/{unknown}"), &everybody).await;
    assert_eq!((known.0, nobody.0), (200, 403));
    for reason in ["seizure in the ward"] {
        let body = json!({"patient": unknown, "reason": reason});
        let glass = Call::post("/api/v1/break-glass").bearer(&token).json(&body);
        let answer = glass.send(&ward.router).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["detail"]), (403, &json!(FORBIDDEN)));
    }
}

#[tokio::test]
async fn unknown_and_unassigned_take_the_same_time() {
    if std::env::var_os("INTERVAL_PROVE").is_none() {
        println!("skipped: a matter of time, proven with INTERVAL_PROVE=1");
        return;
    }
    let ward = Ward::open(50).await;
    ward.assign("noa", pseudonym(0)).await;
    let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for round in 0..PAIRS {
        let unassigned = pseudonym(1 + round % 49);
        let unknown = PatientPseudonym(0x9999_0000_0000_0000 + round as u128);
        // A new person's bucket now and then: the limit on requests is another test's matter.
        let noa = ward.provider.access_token(&format!("noa{}", round / 40), &["radiologist"]);
        for (which, patient) in [unassigned, unknown].into_iter().enumerate() {
            let call = Call::get(&format!("/api/v1/patients/{patient}")).bearer(&noa);
            let began = Instant::now();
            let answer = call.send(&ward.router).await;
            times[which].push(began.elapsed());
            assert_eq!(answer.status, 403);
        }
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e3
    });
    println!("unassigned {:.3} ms, unknown {:.3} ms", medians[0], medians[1]);
    let ratio = medians[0] / medians[1];
    assert!((0.95..1.05).contains(&ratio), "medians {medians:?} differ by more than 5 %");
}

#[tokio::test]
async fn a_right_taken_away_is_gone_at_the_next_request() {
    let ward = Ward::open(1).await;
    let made = ward.assign("noa", pseudonym(0)).await;
    let token = ward.provider.access_token("noa", &["oncologist"]);
    let address = format!("/api/v1/patients/{}", pseudonym(0));
    let status = async || Call::get(&address).bearer(&token).send(&ward.router).await.status;
    assert_eq!(status().await, 200);
    ward.store.revoke(&Ward::permit(), made.id, SystemTime::now()).await.unwrap();
    assert_eq!(status().await, 403);
    ward.assign("noa", pseudonym(0)).await;
    assert_eq!(status().await, 200);
    let number = ward.store.user_number(&ward.person("noa")).await.unwrap();
    let admin = ward.provider.access_token("adm", &["administrator"]);
    for (verb, expected) in [("disable", 401), ("enable", 200)] {
        let turn = Call::post(&format!("/api/v1/users/{number}/{verb}")).bearer(&admin);
        assert_eq!(turn.send(&ward.router).await.status, 200);
        assert_eq!(status().await, expected, "{verb}");
    }
}

/// Reads a stream until it ends, for at most so long; `None` when it did not.
async fn ends_within(response: axum::response::Response, limit: Duration) -> Option<Duration> {
    let began = Instant::now();
    let read = axum::body::to_bytes(response.into_body(), 1 << 20);
    tokio::time::timeout(limit, read).await.ok().map(|_| began.elapsed())
}

#[tokio::test]
async fn a_stream_ends_soon_after_a_patient_was_taken_away() {
    let ward = Ward::open(1).await;
    let made = ward.assign("noa", pseudonym(0)).await;
    let token = ward.provider.access_token("noa", &["oncologist"]);
    let stream = Call::get("/api/v1/events").bearer(&token).start(&ward.router).await;
    assert_eq!(stream.status(), 200);
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    tokio::time::sleep(Duration::from_millis(500)).await;
    ward.store.revoke(&Ward::permit(), made.id, SystemTime::now()).await.unwrap();
    let took = ends_within(stream, Duration::from_secs(5)).await;
    println!("the stream ended after {took:?}");
    assert!(took.is_some());
}

#[tokio::test]
async fn a_stream_ends_soon_after_its_token_and_for_who_is_disabled() {
    let ward = Ward::open(1).await;
    let now = web::provider::seconds();
    let mut claims = ward.provider.access_claims("noa", &["oncologist"]);
    // Over in the sense of the gate in two seconds; the skew is for verification alone.
    claims["exp"] = json!(now + 2);
    let token = ward.provider.key.sign("at+jwt", &claims);
    let stream = Call::get("/api/v1/events").bearer(&token).start(&ward.router).await;
    assert!(ends_within(stream, Duration::from_secs(7)).await.is_some(), "its token ended");

    let token = ward.provider.access_token("ben", &["oncologist"]);
    let stream = Call::get("/api/v1/events").bearer(&token).start(&ward.router).await;
    assert_eq!(stream.status(), 200);
    let off = interval::store::user::Switch::Disabled;
    let ben = ward.person("ben");
    ward.store.turn(&Ward::permit(), &ben, off, SystemTime::now()).await.unwrap();
    assert!(ends_within(stream, Duration::from_secs(5)).await.is_some(), "ben was disabled");
}

#[tokio::test]
async fn a_change_of_a_job_is_told_to_whom_it_concerns() {
    let ward = Ward::open(2).await;
    ward.assign("noa", pseudonym(0)).await;
    let token = ward.provider.access_token("noa", &["oncologist"]);
    let stream = Call::get("/api/v1/events").bearer(&token).start(&ward.router).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    ward.sql("UPDATE job SET state = 'pending', changed_ms = 7").await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let off = interval::store::user::Switch::Disabled;
    let noa = ward.person("noa");
    ward.store.turn(&Ward::permit(), &noa, off, SystemTime::now()).await.unwrap();
    let body = axum::body::to_bytes(stream.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains("event: job") && text.contains(&study_of(0)), "{text}");
    assert!(!text.contains(&study_of(1)), "{text}");
}

#[tokio::test]
async fn every_decision_is_in_the_audit_log() {
    let ward = Ward::open(2).await;
    ward.assign("noa", pseudonym(0)).await;
    let token = ward.provider.access_token("noa", &["oncologist"]);
    let mut before = ward.store.audit_size().await.unwrap();
    for (number, status, events) in [(0, 200, 2), (1, 403, 1)] {
        let address = format!("/api/v1/patients/{}", pseudonym(number));
        let answer = Call::get(&address).bearer(&token).send(&ward.router).await;
        assert_eq!(answer.status, status);
        let after = ward.store.audit_size().await.unwrap();
        assert_eq!(after, before + events, "the decision, and the name where it is shown");
        before = after;
    }
    let auditor = ward.provider.access_token("aud", &["auditor"]);
    let log = Call::get("/api/v1/audit?limit=4").bearer(&auditor).send(&ward.router).await;
    let records = log.json()["records"].as_array().unwrap().clone();
    let words = |at: usize| {
        ["action", "outcome", "detail"].map(|name| records[at][name].as_str().unwrap().to_owned())
    };
    assert_eq!(words(0), ["read", "success", "assigned"]);
    assert_eq!(words(1), ["open-vault", "success", "care"], "the name was read");
    assert_eq!(words(2), ["access", "denied", "unassigned"]);
    assert_eq!(words(3), ["query", "success", "maintenance"], "reading the log is noted too");
    assert!(!log.text.contains("CANARY") && !log.text.contains("noa"), "numbers, never names");
}

#[tokio::test]
async fn every_opening_of_the_vault_is_in_the_audit_log() {
    let ward = Ward::open(3).await;
    ward.assign("noa", pseudonym(0)).await;
    ward.assign("noa", pseudonym(1)).await;
    let token = ward.provider.access_token("noa", &["oncologist"]);
    let ask = async |address: &str| Call::get(address).bearer(&token).send(&ward.router).await;
    let list = ask("/api/v1/patients").await.json();
    assert_eq!(list["patients"][0]["identity"]["birth_date"], "19700101");
    let found = ask(&format!("/api/v1/patients?search={}", &canary(pseudonym(1))[7..])).await;
    assert_eq!(found.json()["total"], 1, "by a part of the name: {}", found.text);
    let by_id = ask(&format!("/api/v1/patients?search=ID{}", pseudonym(0).0)).await;
    assert_eq!(by_id.json()["total"], 1, "by the hospital's id");
    let foreign = ask(&format!("/api/v1/patients?search=ID{}", pseudonym(2).0)).await;
    assert_eq!(foreign.json()["total"], 0, "somebody else's patient");
    let auditor = ward.provider.access_token("aud", &["auditor"]);
    let log = Call::get("/api/v1/audit?limit=100").bearer(&auditor).send(&ward.router).await;
    let log = log.json();
    let openings = log["records"].as_array().unwrap().iter();
    let counts: Vec<_> = openings
        .filter(|record| record["action"] == "open-vault")
        .map(|record| (record["resource"].clone(), record["count"].as_u64().unwrap()))
        .collect();
    let list = |count: u64| (json!("list"), count);
    let expected = [list(2), list(1), list(1), list(2), list(1), list(2), list(0)];
    assert_eq!(counts, expected, "the rows of a list, then each search with its rows");
}

#[tokio::test]
async fn without_the_audit_log_nothing_is_read_and_nothing_is_changed() {
    let ward = Ward::open(1).await;
    ward.assign("noa", pseudonym(0)).await;
    let token = ward.provider.access_token("noa", &["oncologist"]);
    let address = format!("/api/v1/patients/{}", pseudonym(0));
    let warm = Call::get(&address).bearer(&token).send(&ward.router).await;
    assert_eq!(warm.status, 200);
    ward.sql("ALTER TABLE audit_record RENAME TO audit_away").await;
    let read = Call::get(&address).bearer(&token).send(&ward.router).await;
    assert_eq!(read.status, 503, "{}", read.text);
    assert!(!read.text.contains("CANARY"));
    let retry = Call::post("/api/v1/jobs/1/retry").bearer(&token).send(&ward.router).await;
    assert_eq!(retry.status, 503);
    assert_eq!(ward.store.job(1).await.unwrap().state.as_str(), "failed");
    let ready = Call::get("/health/ready").send(&ward.router).await;
    assert_eq!(ready.status, 503);
    ward.sql("ALTER TABLE audit_away RENAME TO audit_record").await;
    assert_eq!(Call::get(&address).bearer(&token).send(&ward.router).await.status, 200);
}

#[tokio::test]
async fn emergencies_open_are_reviewed_and_end() {
    let ward = Ward::open(1).await;
    let token = ward.provider.access_token("noa", &["clinician"]);
    let address = format!("/api/v1/patients/{}", pseudonym(0));
    let status = async || Call::get(&address).bearer(&token).send(&ward.router).await;
    assert_eq!(status().await.status, 403);
    let id = format!("ID{}", pseudonym(0).0);
    let short = json!({"patient_id": id, "reason": "urgent"});
    let glass = async |body| {
        Call::post("/api/v1/break-glass").bearer(&token).json(&body).send(&ward.router).await
    };
    assert_eq!(glass(short).await.status, 422, "a reason says something");
    let body = json!({"patient_id": id, "reason": "seizure in the ward", "minutes": 6000});
    let opened = glass(body).await;
    assert_eq!(opened.status, 201);
    let case = opened.json();
    let life = case["until_ms"].as_i64().unwrap() - case["from_ms"].as_i64().unwrap();
    assert_eq!(life, 4 * 3_600_000, "four hours at most");
    let read = status().await;
    assert_eq!((read.status.as_u16(), &read.json()["access"]), (200, &json!("emergency")));
    let auditor = ward.provider.access_token("aud", &["auditor"]);
    let pending =
        Call::get("/api/v1/break-glass/pending").bearer(&auditor).send(&ward.router).await;
    assert_eq!(pending.json()["cases"].as_array().unwrap().len(), 1);
    let review = format!("/api/v1/break-glass/{}/review", case["case"]);
    let verdict = json!({"verdict": Verdict::Unjustified.as_str()});
    let judged = Call::post(&review).bearer(&auditor).json(&verdict).send(&ward.router).await;
    assert_eq!(judged.status, 200);
    assert_eq!(status().await.status, 403, "what was not justified ends at once");
    let again = Call::post(&review).bearer(&auditor).json(&verdict).send(&ward.router).await;
    assert_eq!(again.status, 409);
}

#[tokio::test]
async fn a_token_for_another_audience_or_of_no_role_opens_nothing() {
    let ward = Ward::open(1).await;
    ward.assign("noa", pseudonym(0)).await;
    assert_eq!(AUDIENCE, "https://interval.test/api");
    let address = format!("/api/v1/patients/{}", pseudonym(0));
    let without = ward.provider.access_token("noa", &["uma_authorization"]);
    assert_eq!(Call::get(&address).bearer(&without).send(&ward.router).await.status, 403);
    let claims_service = ward.provider.access_token("noa", &["service"]);
    assert_eq!(Call::get(&address).bearer(&claims_service).send(&ward.router).await.status, 403);
}
