//! Fifty patients in a PACS that mixes them up: each gets all of their earlier studies back, and
//! none of anybody else's.

use super::scenario::{Scenario, script};
use crate::failure::{Ended, Failure};
use crate::program::Program;
use crate::scene::{Node, Role, TITLE};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Patients.
const PATIENTS: usize = 50;

/// Time that all of them may take.
const LIMIT: Duration = Duration::from_mins(10);

/// How often is looked.
const GLANCE: Duration = Duration::from_secs(2);

/// One patient with what the PACS has of them and of those whom they are mistaken for.
struct Case {
    /// What comes in.
    current: Value,
    /// What the PACS has.
    stored: Vec<Value>,
    /// Studies that have to come.
    right: BTreeSet<String>,
    /// Studies without MR that make both ids known, before these are merged.
    known: Vec<Value>,
}

pub fn run() -> Ended<Value> {
    let scenario = Scenario::with_orthanc("priors")?;
    let cases: Vec<Case> = (0..PATIENTS).map(case).collect();
    let all = |of: fn(&Case) -> Vec<Value>| cases.iter().flat_map(of).collect::<Vec<_>>();
    let pacs = scenario.pacs()?;
    let stored = written(&scenario, "pacs", &all(|case| case.stored.clone()))?;
    send(&scenario.program, (&pacs.address(), pacs.title()), &stored)?;
    let settings = scenario.room.path("interval.toml");
    let text = format!(
        "[peers.SCANNER]\nactions = ['upload']\npatients = ['*']\n\
         [peers.{}]\naddress = '{}'\npriors = true\n",
        pacs.title(),
        pacs.address()
    );
    fs::write(&settings, text).map_err(Failure::at(&settings))?;
    let role = Role::Follower(&scenario.installed, &settings);
    let mut node = Node::start(&scenario.program, &role, &scenario.room, "node")?;
    let known = written(&scenario, "known", &all(|case| case.known.clone()))?;
    send(&scenario.program, (node.address(), TITLE), &known)?;
    merge(&node, &cases)?;
    let current = written(&scenario, "current", &all(|case| vec![case.current.clone()]))?;
    let began = Instant::now();
    send(&scenario.program, (node.address(), TITLE), &current)?;
    let held = settled(&mut node, &cases, began)?;
    let mut figures = judged(&cases, &held);
    figures["seconds"] = began.elapsed().as_secs().into();
    Ok(figures)
}

/// The nth patient: every two share an id under two issuers; some married, some are twins, some
/// came under another id first, and into some folders somebody else's study was put.
fn case(n: usize) -> Case {
    let issuer = ["NORTH", "SOUTH"][n % 2];
    let id = format!("P{:03}", n / 2);
    let birth = format!("19{:02}{:02}{:02}", 30 + n % 60, 1 + n % 12, 1 + n % 28);
    let sex = if n.is_multiple_of(3) { "M" } else { "F" };
    let name = format!("Family{n}^Given{n}");
    let person =
        |id: &str, issuer: &str, name: &str, birth: &str| json!([id, issuer, name, birth, sex]);
    let me = person(&id, issuer, &name, &birth);
    let uid = |kind: usize| format!("2.25.{}", 1_000_000 + n * 100 + kind);
    let mut stored = vec![
        study(&uid(1), &me, "20220301", "MRI brain"),
        study(&uid(2), &me, "20210301", ""),
        study(&uid(20), &me, "20210302", "MR knee left"),
        study(&uid(21), &me, "20050301", "MRI brain"),
    ];
    let mut right = BTreeSet::from([uid(1), uid(2)]);
    if n.is_multiple_of(5) {
        let once = person(&id, issuer, &format!("Maiden{n}^Given{n}"), &birth);
        stored.push(study(&uid(3), &once, "20190301", "MRI brain"));
        right.insert(uid(3));
    }
    if n.is_multiple_of(7) {
        let twin = person(&format!("{id}T"), issuer, &format!("Family{n}^Twin{n}"), &birth);
        stored.push(study(&uid(22), &twin, "20220302", "MRI brain"));
        let misfiled = person(&id, issuer, &format!("Family{n}^Twin{n}"), &birth);
        stored.push(study(&uid(23), &misfiled, "20220303", "MRI brain"));
    }
    if n.is_multiple_of(4) {
        let other = person(&id, issuer, "Somebody^Else", "19010101");
        stored.push(study(&uid(24), &other, "20220304", "MRI brain"));
        let mut mixed = study(&uid(25), &me, "20220305", "MRI brain");
        mixed["patients"] = json!({ "2": other });
        stored.push(mixed);
    }
    let mut known = Vec::new();
    if n.is_multiple_of(6) {
        let unknown = person(&format!("T{n}"), "ER", "Unknown^Person", "");
        stored.push(study(&uid(4), &unknown, "20180301", "MRI brain"));
        right.insert(uid(4));
        for (kind, who) in [(5, &unknown), (6, &me)] {
            let mut ct = study(&uid(kind), who, "20180302", "CT head");
            ct["series"][0]["modality"] = "CT".into();
            known.push(ct);
        }
    }
    Case { current: study(&uid(0), &me, "20240301", "MRI brain"), stored, right, known }
}

fn study(uid: &str, patient: &Value, date: &str, description: &str) -> Value {
    json!({ "uid": uid, "patient": patient, "date": date, "description": description,
            "series": [{ "uid": format!("{uid}.1"), "description": "T1 MPRAGE", "count": 2 }] })
}

fn written(scenario: &Scenario, name: &str, studies: &[Value]) -> Ended<PathBuf> {
    let (spec, folder) = (scenario.room.path(&format!("{name}.json")), scenario.room.path(name));
    fs::write(&spec, Value::from(studies).to_string()).map_err(Failure::at(&spec))?;
    scenario.python(script("pacs.py")).args([&folder, &spec]).run()?;
    Ok(folder)
}

fn send(program: &Path, (address, title): (&str, &str), folder: &Path) -> Ended {
    let send = ["send", "--ae", "SCANNER", address, title];
    Program::new(program).args(send).args([folder]).answer().map(drop)
}

fn uid(study: &Value) -> &str {
    study["uid"].as_str().unwrap_or_default()
}

/// What the node holds, by study.
fn held(node: &Node) -> Ended<BTreeMap<String, Value>> {
    let studies = node.studies()?.into_iter();
    Ok(studies.map(|one| (one["study"].as_str().unwrap_or_default().to_owned(), one)).collect())
}

/// Makes the two ids of those who have two lead to one patient.
fn merge(node: &Node, cases: &[Case]) -> Ended {
    let held = held(node)?;
    for case in cases {
        let [unknown, me] = case.known.as_slice() else { continue };
        let patient = |study: &Value| held.get(uid(study)).and_then(|one| one["patient"].as_str());
        let (Some(unknown), Some(me)) = (patient(unknown), patient(me)) else {
            return Err(Failure::new("a study that was sent is not here"));
        };
        node.merge(unknown, me)?;
    }
    Ok(())
}

/// Waits until every current study is settled.
fn settled(node: &mut Node, cases: &[Case], began: Instant) -> Ended<BTreeMap<String, Value>> {
    while began.elapsed() < LIMIT {
        node.check_alive()?;
        let held = held(node)?;
        let is_settled =
            |case: &Case| held.get(uid(&case.current)).is_some_and(|one| one["state"] == "settled");
        if cases.iter().all(is_settled) {
            return Ok(held);
        }
        thread::sleep(GLANCE);
    }
    Err(Failure::new(format!("not all studies were settled within {LIMIT:?}")))
}

/// Counts what is right, what is missing and what is somebody else's.
fn judged(cases: &[Case], held: &BTreeMap<String, Value>) -> Value {
    let mut sent = BTreeSet::new();
    let (mut right, mut missing, mut owned) = (0, Vec::new(), BTreeSet::new());
    for case in cases {
        sent.extend(case.known.iter().chain([&case.current]).map(|study| uid(study).to_owned()));
        let own = &held[uid(&case.current)]["patient"];
        for study in &case.right {
            let is_here = held
                .get(study)
                .is_some_and(|one| one["patient"] == *own && one["state"] == "settled");
            if is_here {
                right += 1;
                owned.insert(study.clone());
            } else {
                missing.push(study.clone());
            }
        }
    }
    // What shows somebody else in a part of it is barred: it is here, and takes part in nothing.
    let wrong: Vec<_> = held
        .iter()
        .filter(|(study, one)| {
            !sent.contains(*study) && !owned.contains(*study) && one["state"] != "barred"
        })
        .map(|(study, _)| study.clone())
        .collect();
    let barred = held.values().filter(|one| one["state"] == "barred").count();
    let ok = missing.is_empty() && wrong.is_empty() && right > 0;
    json!({ "ok": ok, "patients": cases.len(), "right": right, "missing": missing,
            "wrong_patient": wrong, "barred": barred })
}
