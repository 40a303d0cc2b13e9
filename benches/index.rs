//! How long a search takes when the index is full: a million instances of 10,000 studies, written
//! as the door writes them, asked by a clinician with 50 patients and by a service that sees all.
//! One JSON line for each question.
//!
//! `cargo bench -p interval --bench index -- [STUDIES]`

use interval::config::Keys;
use interval::node::open_store;
use interval::store::Store;
use interval::store::assignment::Wanted;
use interval::store::intake::Received;
use interval_core::access::{
    Action, AllowedPatients, Assurance, Configured, Factors, Panel, Person, PersonId, Policy,
    Principal, Role, panel, permit,
};
use interval_core::audit::TraceId;
use interval_core::geometry::{Grid, Transform};
use interval_core::patient::Patient;
use interval_core::query::{Attribute, Criterion, Level, Query};
use interval_core::role::SeriesRole;
use interval_core::study::{Exam, Origin};
use interval_core::volume::Volume;
use interval_iod::header;
use interval_iod::mint;
use interval_iod::mr::write::{self, WritePlan};
use std::collections::BTreeSet;
use std::error::Error;
use std::time::{Duration, Instant, SystemTime};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Studies when no other number is given.
const STUDIES: usize = 10_000;

/// Series of a study, and instances of a series.
const SERIES: usize = 2;
const INSTANCES: usize = 50;

/// Studies of one patient.
const STUDIES_OF_PATIENT: usize = 2;

/// Patients of the clinician.
const PATIENTS: usize = 50;

/// Instances of one transaction: what SQLite binds at once.
const BATCH: usize = 1_000;

/// How often each question is asked.
const ROUNDS: usize = 200;

/// Matches of a page.
const PAGE: u64 = 25;

fn main() -> Done {
    let number = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let studies = number.unwrap_or(STUDIES);
    let runtime = tokio::runtime::Runtime::new()?;
    let place = tempfile::tempdir()?;
    let data = place.path().join("data");
    runtime.block_on(async {
        let store = open_store(&data, &Keys::default()).await?;
        let start = Instant::now();
        fill(&store, studies).await?;
        println!(
            "{{\"bench\":\"fill\",\"instances\":{},\"seconds\":{:.1}}}",
            studies * SERIES * INSTANCES,
            start.elapsed().as_secs_f64()
        );
        let clinician = clinician(&store, studies).await?;
        drop(store);
        // As after a start: nothing is in memory yet.
        let start = Instant::now();
        let store = open_store(&data, &Keys::default()).await?;
        let opened = start.elapsed();
        let service = service()?;
        let start = Instant::now();
        store.find(&service, &page(Query::of(Level::Study), 0)).await?;
        println!(
            "{{\"bench\":\"start\",\"open_ms\":{:.1},\"first_question_ms\":{:.1}}}",
            opened.as_secs_f64() * 1000.,
            start.elapsed().as_secs_f64() * 1000.
        );
        for (who, panel) in [("clinician", &clinician), ("service", &service)] {
            for (name, question) in questions() {
                ask(&store, panel, (who, name), |round| question(round, studies)).await?;
            }
        }
        Ok(())
    })
}

fn study_uid(study: usize) -> String {
    mint::uid::<interval_core::uid::Study>("index study", &[&study.to_string()]).to_string()
}

fn series_uid(study: usize, series: usize) -> String {
    let words = [study.to_string(), series.to_string()];
    let words = [words[0].as_str(), words[1].as_str()];
    mint::uid::<interval_core::uid::Series>("index series", &words).to_string()
}

fn instance_uid(study: usize, series: usize, instance: usize) -> String {
    let words = [study, series, instance].map(|number| number.to_string());
    let words = [words[0].as_str(), words[1].as_str(), words[2].as_str()];
    mint::uid::<interval_core::uid::Instance>("index instance", &words).to_string()
}

fn patient_id(study: usize) -> String {
    format!("INDEX-{:06}", study / STUDIES_OF_PATIENT)
}

/// A date of the last ten years or so.
fn date(study: usize) -> String {
    format!("20{:02}{:02}{:02}", 15 + study % 11, 1 + study % 12, 1 + study % 28)
}

/// One image without structure; what differs between the million is put in its place.
fn template(store: &Store) -> Done<Received> {
    let to_lps = Transform::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]]);
    let grid = Grid { shape: [16, 16, 1], to_lps };
    let volume = Volume::new(grid, vec![0.; 256]).map_err(|e| format!("{e:?}"))?;
    let plan = WritePlan {
        patient: Patient { id: patient_id(0), name: "INDEX^0".into(), ..Patient::default() },
        study: study_uid(0).parse()?,
        exam: Exam { date: date(0), time: "101500".into(), ..Exam::default() },
        series: series_uid(0, 0).parse()?,
        acquisition: write::protocol(SeriesRole::CHANNELS[0]),
    };
    let made = write::series(&volume, &plan)?;
    let (_, bytes) = made.into_iter().next().ok_or("no image was made")?;
    let stored = store.blobs().put(&bytes)?;
    let (instance, listing) = header::read_listed(&bytes, stored.digest)?;
    let origin = Origin {
        calling_ae: "SCANNER".into(),
        called_ae: "INTERVAL".into(),
        peer: "127.0.0.1".into(),
        association: TraceId(1),
    };
    Ok(Received { instance, listing, stored, origin, errand: None })
}

/// The rows, through the very transaction that an instance at the door goes through.
async fn fill(store: &Store, studies: usize) -> Done {
    let template = template(store)?;
    let mut batch = Vec::with_capacity(BATCH);
    for study in 0..studies {
        for series in 0..SERIES {
            let of_series = of_series(&template, study, series)?;
            for instance in 0..INSTANCES {
                batch.push(of_instance(&of_series, (study, series, instance))?);
            }
        }
        if batch.len() >= BATCH || study + 1 == studies {
            store.record_all(&batch, SystemTime::now()).await?;
            batch.clear();
        }
    }
    Ok(())
}

fn of_series(template: &Received, study: usize, series: usize) -> Done<Received> {
    let mut made = template.clone();
    made.instance.study = study_uid(study).parse()?;
    made.instance.series = series_uid(study, series).parse()?;
    made.instance.patient.id = patient_id(study);
    made.instance.patient.name = format!("INDEX{}^PATIENT", study / STUDIES_OF_PATIENT);
    made.instance.exam.date = date(study);
    made.origin.association = TraceId(study as u128);
    let told = [
        (Attribute::StudyInstanceUID, study_uid(study)),
        (Attribute::SeriesInstanceUID, series_uid(study, series)),
        (Attribute::PatientID, patient_id(study)),
        (Attribute::PatientName, made.instance.patient.name.clone()),
        (Attribute::StudyDate, date(study)),
        (Attribute::SeriesNumber, (series + 1).to_string()),
    ];
    for (attribute, value) in told {
        made.listing.tell(attribute, value);
    }
    Ok(made)
}

fn of_instance(series: &Received, at: (usize, usize, usize)) -> Done<Received> {
    let mut made = series.clone();
    let uid = instance_uid(at.0, at.1, at.2);
    made.instance.uid = uid.parse()?;
    made.instance.instance_number = i32::try_from(at.2 + 1).ok();
    made.listing.tell(Attribute::SOPInstanceUID, uid);
    made.listing.tell(Attribute::InstanceNumber, (at.2 + 1).to_string());
    let number = (at.0 * SERIES + at.1) * INSTANCES + at.2;
    made.stored.object.id = format!("{number:032x}").parse()?;
    Ok(made)
}

/// Somebody who is assigned to some patients, through the same gate as in the house.
async fn clinician(store: &Store, studies: usize) -> Done<Panel> {
    let now = SystemTime::now();
    let house = Policy::house();
    let operator = permit(&house, &Principal::Operator, Action::Administer, now)
        .map_err(|denied| format!("{denied:?}"))?;
    let id =
        PersonId::new("https://id.example/realms/ward", "noa").map_err(|e| format!("{e:?}"))?;
    let patients = studies / STUDIES_OF_PATIENT;
    for n in 0..PATIENTS.min(patients) {
        let study = n * patients / PATIENTS.min(patients) * STUDIES_OF_PATIENT;
        let patient = store.pseudonym(&patient_id(study), "").await?;
        let wanted = Wanted { person: id.clone(), patient, from: now, until: None };
        store.assign(&operator, &wanted, now).await?;
    }
    let person = Principal::Person(Person {
        id,
        roles: BTreeSet::from([Role::Oncologist]),
        assurance: Assurance { factors: Factors::Several, auth_time: now },
        session_ends: now + Duration::from_hours(8),
    });
    let later = SystemTime::now();
    Ok(panel(&house, &person, later).map_err(|denied| format!("{denied:?}"))?)
}

fn service() -> Done<Panel> {
    let now = SystemTime::now();
    let configured = Configured {
        actions: BTreeSet::from([Action::ListPatients]),
        patients: AllowedPatients::Everybody,
    };
    let token_ends = now + Duration::from_hours(1);
    let service = Principal::Service { client: "pacs".into(), configured, token_ends };
    Ok(panel(&Policy::house(), &service, now).map_err(|denied| format!("{denied:?}"))?)
}

fn page(mut query: Query, offset: u64) -> Query {
    query.limit = Some(PAGE);
    query.offset = offset;
    query
}

fn by(mut query: Query, attribute: Attribute, criterion: Criterion) -> Query {
    query.wanted.insert(attribute);
    query.criteria.insert(attribute, criterion);
    query
}

fn is(text: String) -> Criterion {
    Criterion::OneOf(vec![text])
}

type Question = fn(usize, usize) -> Query;

/// What viewers and archives ask; a study that is asked for is one of the clinician's now and then.
fn questions() -> [(&'static str, Question); 9] {
    use Attribute::{
        Modality, PatientID, PatientName, SOPInstanceUID, SeriesInstanceUID, StudyDate,
        StudyInstanceUID,
    };
    let all: [(&'static str, Question); 9] = [
        ("studies of a patient", |n, of| {
            by(Query::of(Level::Study), PatientID, is(patient_id(n * 97 % of)))
        }),
        ("studies by date, 25", |n, _| {
            let year = 2015 + n % 11;
            let span = (Some(format!("{year}0301")), Some(format!("{year}0401")));
            page(by(Query::of(Level::Study), StudyDate, Criterion::Between(span.0, span.1)), 0)
        }),
        ("studies by name, 25", |n, of| {
            let beginning = format!("INDEX{}*", n * 7 % (of / STUDIES_OF_PATIENT).max(1));
            page(by(Query::of(Level::Study), PatientName, Criterion::Like(beginning)), 0)
        }),
        ("studies, a late page", |_, of| page(Query::of(Level::Study), of as u64 / 2)),
        ("series of a study", |n, of| {
            by(Query::of(Level::Series), StudyInstanceUID, is(study_uid(n * 97 % of)))
        }),
        ("series by modality, 25", |_, _| {
            page(by(Query::of(Level::Series), Modality, is("MR".into())), 0)
        }),
        ("instances of a series", |n, of| {
            let study = n * 97 % of;
            let query = by(Query::of(Level::Instance), StudyInstanceUID, is(study_uid(study)));
            by(query, SeriesInstanceUID, is(series_uid(study, 0)))
        }),
        ("instances of a study", |n, of| {
            by(Query::of(Level::Instance), StudyInstanceUID, is(study_uid(n * 97 % of)))
        }),
        ("an instance by its UID", |n, of| {
            by(Query::of(Level::Instance), SOPInstanceUID, is(instance_uid(n * 97 % of, 1, n % 50)))
        }),
    ];
    all
}

async fn ask(
    store: &Store,
    panel: &Panel,
    (who, name): (&str, &str),
    question: impl Fn(usize) -> Query,
) -> Done {
    let (mut waits, mut matches) = (Vec::with_capacity(ROUNDS), 0);
    for round in 0..ROUNDS {
        let query = question(round);
        let start = Instant::now();
        matches += store.find(panel, &query).await?.len();
        waits.push(start.elapsed().as_secs_f64() * 1000.);
    }
    waits.sort_by(f64::total_cmp);
    println!(
        "{{\"bench\":\"ask\",\"who\":\"{who}\",\"question\":\"{name}\",\"p50_ms\":{:.3},\
         \"p95_ms\":{:.3},\"matches\":{matches}}}",
        waits[ROUNDS / 2],
        waits[ROUNDS * 95 / 100]
    );
    Ok(())
}
