//! The client against Orthanc: what is stored is found, described, and comes back bit by bit.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use bytes::Bytes;
use interval_core::fault::Fault;
use interval_core::query::{Attribute, Criterion, Level, Query};
use interval_dicomweb::client::{
    Client, ClientError, Credential, Listed, Object, Objects, Settings, Target,
};
use interval_dicomweb::json::Tag;
use interval_dicomweb::qido::Scope;
use interval_dicomweb::stow::Outcome;
use support::orthanc::{Orthanc, object};

const STUDY: &str = "2.25.100";
const SERIES: &str = "2.25.100.1";
const INSTANCES: [&str; 2] = ["2.25.100.1.1", "2.25.100.1.2"];

fn client(orthanc: &Orthanc, password: &str) -> Client {
    let credential = Credential::Basic("node".into(), password.into());
    Client::new(Settings { credential, ..Settings::of(&orthanc.base) }).unwrap()
}

async fn all(mut objects: Objects) -> Vec<Bytes> {
    let mut found = Vec::new();
    while objects.next().await.unwrap().is_some() {
        let mut whole = Vec::new();
        while let Some(piece) = objects.piece().await.unwrap() {
            whole.extend_from_slice(&piece);
        }
        found.push(Bytes::from(whole));
    }
    found.sort();
    found
}

fn query(level: Level, attribute: Attribute, text: &str) -> Query {
    let mut query = Query::of(level);
    query.criteria.extend(Criterion::parse(attribute, text).unwrap().map(|c| (attribute, c)));
    query
}

#[tokio::test]
async fn what_is_stored_is_found_described_and_comes_back() {
    let Some(orthanc) = Orthanc::start() else { return };
    let client = client(&orthanc, "secret");
    let [one, two] =
        [0, 1].map(|at| Bytes::from(object(STUDY, SERIES, INSTANCES[at], at as u32 + 1)));

    let objects = [&one, &two].map(|bytes| Object { bytes: bytes.clone() }).to_vec();
    let report = client.store(None, objects, 7).await.unwrap();
    assert_eq!(report.status(), 200, "{report:?}");
    let stored = |outcome: &Outcome| match outcome {
        Outcome::Stored(stored) => stored.instance.to_string(),
        other => panic!("{other:?}"),
    };
    let mut names: Vec<_> = report.outcomes.iter().map(stored).collect();
    names.sort();
    assert_eq!(names, INSTANCES);

    let asked = query(Level::Study, Attribute::PatientID, "PHANTOM-1");
    let matches = client.search(&Scope::all(Level::Study), &asked, 10).await.unwrap();
    assert_eq!((matches.found.len(), matches.listed), (1, Listed::All));
    assert_eq!(matches.found[0].text(Tag(0x0020, 0x000D)), STUDY);
    assert_eq!(matches.found[0].text(Tag(0x0010, 0x0010)), "Phantom^Müller");
    let nobody = query(Level::Study, Attribute::PatientID, "NOBODY");
    assert_eq!(client.search(&Scope::all(Level::Study), &nobody, 10).await.unwrap().found, []);

    let study = Target::Study(STUDY.parse().unwrap());
    let metadata = client.metadata(&study).await.unwrap();
    assert_eq!(metadata.len(), 2);
    assert_eq!(metadata[0].text(Tag(0x0020, 0x000E)), SERIES);

    let mut sent = [one, two];
    sent.sort();
    assert_eq!(all(client.retrieve(&study).await.unwrap()).await, sent);
    let alone = Target::Instance(
        STUDY.parse().unwrap(),
        SERIES.parse().unwrap(),
        INSTANCES[0].parse().unwrap(),
    );
    assert_eq!(all(client.retrieve(&alone).await.unwrap()).await.len(), 1);
}

#[tokio::test]
async fn pages_are_put_together_and_end() {
    let Some(orthanc) = Orthanc::start() else { return };
    let client = client(&orthanc, "secret");
    let objects: Vec<_> = (1..=3)
        .map(|n| Object { bytes: object(STUDY, SERIES, &format!("{SERIES}.{n}"), n).into() })
        .collect();
    client.store(Some(&STUDY.parse().unwrap()), objects, 8).await.unwrap();
    let scope = Scope::of_study(Level::Instance, STUDY.parse().unwrap());
    let found = |most| {
        let (client, scope) = (client.clone(), scope.clone());
        async move { client.search(&scope, &Query::of(Level::Instance), most).await.unwrap() }
    };
    let (two, all) = (found(2).await, found(100).await);
    assert_eq!((two.found.len(), two.listed), (2, Listed::UpToLimit));
    assert_eq!((all.found.len(), all.listed), (3, Listed::All));
}

#[tokio::test]
async fn what_is_refused_says_so() {
    let Some(orthanc) = Orthanc::start() else { return };
    let stranger = client(&orthanc, "wrong");
    let scope = Scope::all(Level::Study);
    let refused = stranger.search(&scope, &Query::of(Level::Study), 1).await.unwrap_err();
    assert_eq!((refused.status(), refused.fault()), (Some(401), Fault::Refused));

    let client = client(&orthanc, "secret");
    let nowhere = Target::Study("2.25.999".parse().unwrap());
    let missing = client.retrieve(&nowhere).await.err().unwrap();
    assert_eq!((missing.status(), missing.fault()), (Some(404), Fault::Refused));

    let garbage = vec![Object { bytes: Bytes::from_static(b"no object") }];
    match client.store(None, garbage, 9).await {
        Ok(report) => assert!(report.outcomes.iter().all(|outcome| !outcome.is_stored())),
        Err(error) => assert_eq!(error.fault(), Fault::Refused, "{error}"),
    }

    let settings = Settings { answer_bytes_max: 1, ..Settings::of(&orthanc.base) };
    let credential = Credential::Basic("node".into(), "secret".into());
    let narrow = Client::new(Settings { credential, ..settings }).unwrap();
    let error = narrow.search(&scope, &Query::of(Level::Study), 1).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { bytes_max: 1, .. }), "{error}");
}
