//! How long the worklist takes when there are many patients: 10,000 with a study and a result each,
//! asked through the whole door (token, gate, audit log, vault) by a doctor of 50 of them and by one
//! of all. One JSON line for each question.
//!
//! `cargo bench -p interval --bench worklist -- [PATIENTS]`
#![allow(clippy::unwrap_used, reason = "a bench may stop where it stands")]

#[path = "../tests/web/mod.rs"]
mod web;

use interval::store::assessment::{Issue, Outcome};
use interval::store::record::AssessmentRecord;
use interval::store::record::review::IssueRecord;
use interval_core::access::{Action, Grant, Policy, Principal, Standing, decide};
use interval_core::assessment::{Assessment, Findings, ModelName, Provenance};
use interval_core::digest::Digest;
use interval_core::geometry::Point;
use interval_core::lesion::{Lesion, RegionVolumes};
use interval_core::patient::PatientPseudonym;
use interval_core::timepoint::{Date, Reference};
use interval_core::units::Cm3;
use std::time::{Duration, Instant, SystemTime};
use web::call::Call;
use web::ward::{Ward, pseudonym, study_of};

/// Patients when no other number is given.
const PATIENTS: usize = 10_000;

/// Patients of an ordinary doctor.
const OWN: usize = 50;

/// Lesions at each of two timepoints.
const LESIONS: u8 = 5;

/// How often each question is asked.
const ROUNDS: usize = 200;

/// The bar: half of it is left for the network and the screen.
const P95_MAX: Duration = Duration::from_millis(100);

fn main() {
    let number = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let patients = number.unwrap_or(PATIENTS);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let is_within = runtime.block_on(async {
        let start = Instant::now();
        let ward = Ward::open(patients).await;
        finish(&ward, patients).await;
        for n in 0..patients {
            ward.assign("everybody", pseudonym(n)).await;
            if n % (patients / OWN).max(1) == 0 {
                ward.assign("some", pseudonym(n)).await;
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{{\"bench\":\"ward\",\"patients\":{patients},\"seconds\":{seconds:.1}}}");
        let mut is_within = true;
        for who in ["some", "everybody"] {
            for (name, query) in [
                ("first page", "limit=50"),
                ("a page far down", "limit=50&offset=5000"),
                ("unsigned only", "limit=50&state=preliminary"),
                ("oldest first", "limit=50&sort=oldest"),
                ("by a part of a name", "limit=50&search=CANARY%5E0"),
            ] {
                is_within &= ask(&ward, who, (name, query)).await;
            }
        }
        is_within
    });
    assert!(is_within, "a question took longer than {P95_MAX:?} (p95)");
}

/// Asks a question often; prints how long it took, and says whether that is within the bar.
async fn ask(ward: &Ward, who: &str, (name, query): (&str, &str)) -> bool {
    let token = ward.provider.access_token(who, &["oncologist"]);
    let mut times = Vec::with_capacity(ROUNDS);
    let mut rows = 0;
    for _ in 0..ROUNDS {
        // A person asks a few times a second; the door would hold back a faster one.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let call = Call::get(&format!("/api/v1/patients?{query}")).bearer(&token);
        let start = Instant::now();
        let answer = call.send(&ward.router).await;
        times.push(start.elapsed());
        assert_eq!(answer.status, 200, "{}", answer.text);
        rows = answer.json()["patients"].as_array().map_or(0, Vec::len);
    }
    times.sort_unstable();
    let ms = |share: usize| {
        times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.
    };
    println!(
        "{{\"bench\":\"worklist\",\"who\":\"{who}\",\"question\":\"{name}\",\"rows\":{rows},\
         \"p50_ms\":{:.1},\"p95_ms\":{:.1}}}",
        ms(50),
        ms(95)
    );
    times[times.len() * 95 / 100] <= P95_MAX
}

/// Gives every patient's job its result.
async fn finish(ward: &Ward, patients: usize) {
    ward.sql("UPDATE job SET state = 'pending', fault = '', attempt = 0").await;
    let record = AssessmentRecord::from(&assessment()).to_json().unwrap();
    for _ in 0..patients {
        let now = SystemTime::now();
        let (job, lease) = ward.store.claim(now).await.unwrap().unwrap();
        let outcome = Outcome {
            study: job.study.clone(),
            record: record.clone(),
            names: Vec::new(),
            scene: Vec::new(),
            runs: Vec::new(),
            objects: Vec::new(),
            destinations: Vec::new(),
            issue: Issue::Version(IssueRecord { job: job.id, ..IssueRecord::default() }, None),
        };
        ward.store.conclude(&leased(job.patient, now), lease, &outcome, now).await.unwrap();
    }
}

fn leased(patient: PatientPseudonym, now: SystemTime) -> Grant {
    let (job, standing) = (Principal::Job(patient), Standing::none(patient));
    decide(&Policy::house(), &job, &standing, Action::Deliver, now).unwrap()
}

/// Two timepoints with some lesions each.
fn assessment() -> Assessment {
    let model = ModelName { name: "m".into(), version: "1".into(), digest: Digest::of(b"") };
    Assessment {
        timepoints: vec![findings(0, 10.), findings(90, 12.)],
        tracks: Vec::new(),
        reference: 0,
        reference_kind: Reference::EarliestAvailable,
        nadir: 0,
        verdicts: Vec::new(),
        doubts: Vec::new(),
        provenance: Provenance { software_version: "1".into(), model, trail: Vec::new() },
    }
}

fn findings(days: i64, volume: f64) -> Findings {
    let volumes = RegionVolumes { enhancing: Cm3(volume), ..RegionVolumes::default() };
    let lesion = |index| Lesion {
        index,
        volumes,
        bounds: [Cm3(volume - 1.), Cm3(volume + 1.)],
        diameters: None,
        centre: Point::new([0.; 3]),
    };
    Findings {
        study: study_of(0).parse().unwrap(),
        date: Some(Date(20_000 + days)),
        volumes,
        lesions: (1..=LESIONS).map(lesion).collect(),
        ignored: (0, Cm3(0.)),
        sum_of_products_mm2: 0.,
        spacing_mm: [1.; 3],
        input_digest: Digest::of(b""),
    }
}
