//! Unified procedure steps through the web door: who asks for work, who claims it, how it ends, and
//! what it says of the study that it is about.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod web;

use axum::http::StatusCode;
use interval_core::access::{Action, Policy, Principal, Role, Standing, decide};
use interval_core::completeness::Notice;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::task::JoinSet;
use web::call::{Answer, Call};
use web::ward::{Ward, pseudonym, study_of};

const LIST: &str = "/dicom-web/workitems";
const LOCK: &str = "2.25.4711";
/// A program that may ask for anybody's work to be done.
const DESK: &str = "[services.desk]
         actions = ['list-patients', 'read-results', 'steer-jobs']
         patients = ['*']";

struct Desk {
    ward: Ward,
    token: String,
}

impl Desk {
    async fn open() -> Self {
        let ward = Ward::configured(2, DESK).await;
        let token = ward.provider.service_token("desk", 300);
        Self { ward, token }
    }

    async fn send(&self, call: Call) -> Answer {
        call.bearer(&self.token).send(&self.ward.router).await
    }

    async fn make(&self, patient: usize) -> String {
        let (uid, content) = Ward::workitem_of(pseudonym(patient));
        let answer = self.send(Call::post(LIST).json(&content)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert!(answer.header("location").ends_with(&format!("/dicom-web/workitems/{uid}")));
        uid
    }

    async fn to_state(&self, uid: &str, state: &str, lock: &str) -> Answer {
        let body = json!({"00741000": value("CS", state), "00081195": value("UI", lock)});
        self.send(Call::new("PUT", &format!("{LIST}/{uid}/state")).json(&body)).await
    }

    async fn seen(&self, uid: &str) -> Value {
        let answer = self.send(Call::get(&format!("{LIST}/{uid}"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(!answer.text.contains(LOCK), "the lock is its performer's alone");
        answer.json()[0].clone()
    }
}

fn value(vr: &str, value: &str) -> Value {
    json!({"vr": vr, "Value": [value]})
}

fn code(value_: &str) -> Value {
    json!({"vr": "SQ", "Value": [{
        "00080100": value("SH", value_), "00080102": value("SH", "99X"),
        "00080104": value("LO", "a code"),
    }]})
}

#[tokio::test]
async fn a_workitem_is_claimed_by_one_and_completed_by_the_same() {
    let desk = Desk::open().await;
    let uid = desk.make(0).await;
    assert_eq!(desk.seen(&uid).await["00741000"], value("CS", "SCHEDULED"));
    let again = Ward::workitem_of(pseudonym(0)).1;
    let again = desk.send(Call::post(&format!("{LIST}?{uid}")).json(&again)).await;
    assert_eq!(again.status, 400, "address and content name two workitems");

    assert_eq!(desk.to_state(&uid, "IN PROGRESS", LOCK).await.status, 200);
    let second = desk.to_state(&uid, "IN PROGRESS", "2.25.9").await;
    assert_eq!(second.status, 409);
    assert!(second.header("warning").starts_with("299 "), "{:?}", second.headers);

    let address = format!("{LIST}/{uid}");
    let progress = json!({"00741002": {"vr": "SQ", "Value": [{"00741004": value("DS", "50")}]}});
    let without = desk.send(Call::post(&address).json(&progress)).await;
    assert_eq!(without.status, 400);
    assert!(without.header("warning").contains("Transaction UID is missing"));
    let with = desk.send(Call::post(&format!("{address}?{LOCK}")).json(&progress)).await;
    assert_eq!(with.status, 200, "{:?}", with.headers);
    assert_eq!(desk.to_state(&uid, "COMPLETED", LOCK).await.status, 409, "nothing is performed");

    let performed = json!({"00741216": {"vr": "SQ", "Value": [{
        "00404019": code("work"), "00404028": code("node"), "00404033": {"vr": "SQ"},
        "00404050": value("DT", "20261125120100"), "00404051": value("DT", "20261125120200"),
    }]}});
    let told = desk.send(Call::post(&format!("{address}?{LOCK}")).json(&performed)).await;
    assert_eq!(told.status, 200, "{:?}", told.headers);
    assert_eq!(desk.to_state(&uid, "COMPLETED", "2.25.9").await.status, 400, "another's lock");
    assert_eq!(desk.to_state(&uid, "COMPLETED", LOCK).await.status, 200);
    assert_eq!(desk.seen(&uid).await["00741000"], value("CS", "COMPLETED"));
    let late = desk.send(Call::post(&format!("{address}/cancelrequest"))).await;
    assert_eq!(late.status, 409);
}

#[tokio::test]
async fn of_many_who_claim_one_workitem_one_has_it() {
    let desk = Arc::new(Desk::open().await);
    let uid = desk.make(0).await;
    let mut claims = JoinSet::new();
    for n in 1..=8 {
        let (desk, uid) = (desk.clone(), uid.clone());
        let claim = async move { desk.to_state(&uid, "IN PROGRESS", &format!("2.25.{n}")).await };
        claims.spawn(claim);
    }
    let answers = claims.join_all().await;
    let won = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(won, 1);
    assert!(answers.iter().all(|answer| [200, 409].contains(&answer.status.as_u16())));
}

#[tokio::test]
async fn what_is_scheduled_is_canceled_by_a_wish() {
    let desk = Desk::open().await;
    let uid = desk.make(0).await;
    let wish = json!({"00741238": value("LT", "the patient went home")});
    let address = format!("{LIST}/{uid}/cancelrequest");
    assert_eq!(desk.send(Call::post(&address).json(&wish)).await.status, 202);
    assert_eq!(desk.seen(&uid).await["00741000"], value("CS", "CANCELED"));
    let found = desk.send(Call::get(&format!("{LIST}?ProcedureStepState=SCHEDULED"))).await;
    assert_eq!(found.json(), json!([]));
}

#[tokio::test]
async fn lists_hold_the_workitems_of_the_caller_s_patients() {
    let desk = Desk::open().await;
    let (own, other) = (desk.make(0).await, desk.make(1).await);
    let all = desk.send(Call::get(LIST)).await.json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    desk.ward.assign("noa", pseudonym(0)).await;
    let noa = desk.ward.provider.access_token("noa", &[Role::Oncologist.as_str()]);
    let list = Call::get(LIST).bearer(&noa).send(&desk.ward.router).await;
    assert!(list.text.contains(&own) && !list.text.contains(&other));
    let named = Call::get(&format!("{LIST}?PatientID=ID{}", pseudonym(1).0));
    assert_eq!(named.bearer(&noa).send(&desk.ward.router).await.json(), json!([]));
    let first = desk.send(Call::get(&format!("{LIST}?limit=1&offset=1"))).await.json();
    assert_eq!(first[0]["00080018"], value("UI", &other));
}

#[tokio::test]
async fn a_patient_whom_nobody_met_is_brought_by_who_may_for_everybody() {
    let desk = Desk::open().await;
    let (uid, mut content) = Ward::workitem_of(pseudonym(0));
    content["00100020"] = value("LO", "NEW-1");
    let registry = desk.ward.provider.service_token("registry", 300);
    let call = Call::post(LIST).json(&content).bearer(&registry);
    assert_eq!(call.send(&desk.ward.router).await.status, 403);
    assert_eq!(desk.send(Call::post(LIST).json(&content)).await.status, 201);
    let known = desk.ward.store.pseudonym("NEW-1", "").await.unwrap();
    let uid = uid.parse().unwrap();
    assert_eq!(desk.ward.store.patient_of_workitem(&uid).await.unwrap(), known);
    content.as_object_mut().unwrap().remove("00100020");
    content["00080018"] = value("UI", "2.25.5");
    assert_eq!(desk.send(Call::post(LIST).json(&content)).await.status, 400, "whose is it?");
}

#[tokio::test]
async fn inputs_that_are_ready_are_announced_of_the_patient_s_own_studies() {
    let desk = Desk::open().await;
    let input = |study: &str| {
        json!({"vr": "SQ", "Value": [{
            "0020000D": value("UI", study), "0020000E": value("UI", "2.25.1"),
            "00081199": {"vr": "SQ", "Value": [{
                "00081150": value("UI", "1.2.840.10008.5.1.4.1.1.4"),
                "00081155": value("UI", "2.25.1.1"),
            }]},
        }]})
    };
    for study in [study_of(0), study_of(1)] {
        let mut content = Ward::workitem_of(pseudonym(0)).1;
        content["00404021"] = input(&study);
        assert_eq!(desk.send(Call::post(LIST).json(&content)).await.status, 201);
    }
    let notice =
        |study: String| desk.ward.ingest.arrivals().notice(&study.parse().unwrap(), |_| false);
    assert_eq!(notice(study_of(0)), Notice::Awaiting(1));
    assert_eq!(notice(study_of(1)), Notice::None, "it is somebody else's");
}

#[tokio::test]
async fn a_body_is_a_workitem_in_dicom_json() {
    let desk = Desk::open().await;
    let (_, content) = Ward::workitem_of(pseudonym(0));
    let form = Call::post(LIST).form(content.to_string());
    assert_eq!(desk.send(form).await.status, 415);
    assert_eq!(desk.send(Call::post(LIST).json(&json!([]))).await.status, 400);
    let large = json!({"00741204": value("LO", &"x".repeat(2 << 20))});
    assert_eq!(desk.send(Call::post(LIST).json(&large)).await.status, 413);
    let described = desk.send(Call::get("/dicom-web/capabilities")).await.text;
    assert!(described.contains("workitems") && !described.contains("subscribers"));
}

#[tokio::test]
async fn a_shredded_patient_leaves_no_workitem() {
    let desk = Desk::open().await;
    let uid = desk.make(0).await;
    let (principal, standing) = (Principal::Operator, Standing::none(pseudonym(0)));
    let now = SystemTime::now();
    let grant = decide(&Policy::house(), &principal, &standing, Action::Maintain, now).unwrap();
    desk.ward.store.shred(&grant, now).await.unwrap();
    assert!(desk.ward.store.patient_of_workitem(&uid.parse().unwrap()).await.is_err());
    assert_eq!(desk.send(Call::get(LIST)).await.json(), json!([]));
}
