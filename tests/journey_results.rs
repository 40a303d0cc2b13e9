//! Results are in the archive of the node itself: listed beside the images of their study, never
//! taken for what an analysis is made from, and nothing new when an archive sends them back.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::archive::{Archive, Filed};
use house::node::{Running, config};
use house::patience::until;
use house::study::Coarse;
use interval_core::access::{Action, Policy, Principal, Standing, decide, panel};
use interval_core::job::JobState;
use interval_core::query::{Attribute, Criterion, Found, Level, Query};
use interval_core::role::SeriesRole::{Flair, Other, T1, T2};
use interval_core::uid::StudyUid;
use interval_dimse::scu::Outgoing;
use std::collections::BTreeSet;
use std::time::SystemTime;

/// What the doors list of a study.
async fn listed(node: &Running, level: Level, study: &StudyUid) -> Vec<Found> {
    let panel = panel(&Policy::house(), &Principal::Operator, SystemTime::now()).unwrap();
    let mut query = Query::of(level);
    let uid = Criterion::OneOf(vec![study.to_string()]);
    query.criteria.insert(Attribute::StudyInstanceUID, uid);
    node.store.find(&panel, &query).await.unwrap()
}

/// UIDs of the results among the instances that are listed.
async fn results(node: &Running, study: &StudyUid) -> BTreeSet<String> {
    let own = ["1.2.840.10008.5.1.4.1.1.88.34", "1.2.840.10008.5.1.4.1.1.104.1"];
    let all = listed(node, Level::Instance, study).await;
    let results = all.iter().filter(|found| own.contains(&found.text(Attribute::SOPClassUID)));
    results.map(|found| found.text(Attribute::SOPInstanceUID).to_owned()).collect()
}

/// The UIDs of what an analysis of a study begins with.
async fn inputs(node: &Running, study: &StudyUid) -> BTreeSet<String> {
    let patient = node.store.study(study).await.unwrap().patient;
    let (principal, standing) = (Principal::Job(patient), Standing::none(patient));
    let now = SystemTime::now();
    let grant = decide(&Policy::house(), &principal, &standing, Action::Process, now).unwrap();
    let kept = node.store.kept(&grant, study).await.unwrap();
    kept.iter().map(|kept| kept.uid.to_string()).collect()
}

/// An object as an archive gives it back that files it under another patient.
fn filed_elsewhere(object: &Filed, id: &str) -> Outgoing {
    let mut bytes = object.bytes.clone();
    let (from, to) = (id.as_bytes(), id.replace('J', "X"));
    let places: Vec<usize> =
        (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty(), "the object does not name its patient");
    for at in places {
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
    }
    Outgoing::from_part10(&bytes.into()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_listed_and_come_back_as_nothing_new() {
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let node = Running::open(config(data.path(), &archive)).await;
    let coarse = Coarse::new("results at home", "J-30");
    let images = coarse.of(&[T1, T2, Flair]);
    node.send(&images).await;
    let job = node.job(&coarse.study, 1, JobState::Completed).await;
    node.delivered(job.id).await;

    let study = listed(&node, Level::Study, &coarse.study).await.remove(0);
    let modalities: BTreeSet<_> = study.values[&Attribute::ModalitiesInStudy].iter().collect();
    assert_eq!(modalities.into_iter().collect::<Vec<_>>(), ["DOC", "MR", "SR"]);
    let count = (images.len() + 2).to_string();
    assert_eq!(study.text(Attribute::NumberOfStudyRelatedInstances), count);
    assert_eq!(listed(&node, Level::Series, &coarse.study).await.len(), 5);
    let first = results(&node, &coarse.study).await;
    assert_eq!(first.len(), 2);
    assert_eq!(inputs(&node, &coarse.study).await.len(), images.len());

    // Whatever the archive changed: it is our own, and nothing begins again.
    for modality in ["SR", "DOC"] {
        let object = archive.the(&coarse.study, modality);
        let same = Outgoing::from_part10(&object.bytes.clone().into()).unwrap();
        node.send(&[same, filed_elsewhere(&object, "J-30")]).await;
    }
    assert_eq!(node.store.study(&coarse.study).await.unwrap().state, "settled");
    assert_eq!(node.store.contradictions(&coarse.study).await.unwrap(), 0);
    assert_eq!(listed(&node, Level::Study, &coarse.study).await[0], study);
    let all = panel(&Policy::house(), &Principal::Operator, SystemTime::now()).unwrap();
    let patients = node.store.find(&all, &Query::of(Level::Patient)).await.unwrap();
    assert_eq!(patients.len(), 1, "nobody new came of it");
    assert_eq!(node.store.orphans().await.unwrap(), []);

    newer_results_take_their_place((&node, &archive), &coarse, &first).await;
}

async fn newer_results_take_their_place(
    (node, archive): (&Running, &Archive),
    coarse: &Coarse,
    first: &BTreeSet<String>,
) {
    let before: Vec<_> = archive.of_study(&coarse.study);
    // Begun again, it comes to the same reasons and so to the same results.
    node.store.force(&coarse.study, "for the test").await.unwrap();
    let job = node.job(&coarse.study, 2, JobState::Completed).await;
    assert_eq!(results(node, &coarse.study).await, *first, "the same findings, the same objects");
    // The T1 series is said to be something else: there are other reasons now.
    let series = coarse.series_uid(0);
    node.store.assign_series(&coarse.study, &series, Other, SystemTime::now()).await.unwrap();
    node.store.force(&coarse.study, "for the test").await.unwrap();
    let third = node.job(&coarse.study, 3, JobState::Completed).await;
    node.delivered(third.id).await;
    let newest = results(node, &coarse.study).await;
    assert_eq!(newest.len(), 2);
    assert!(newest.is_disjoint(first), "only the newest are listed");
    assert!(
        !node.store.deliveries(Some(1)).await.unwrap().is_empty(),
        "the outbox forgets nothing"
    );
    assert!(job.id < third.id);

    let old = before.iter().map(|o| Outgoing::from_part10(&o.bytes.clone().into()).unwrap());
    node.send(&old.collect::<Vec<_>>()).await;
    assert_eq!(results(node, &coarse.study).await, newest);
    until("nothing is arriving", async || {
        node.store.receiving().await.unwrap().is_empty().then_some(())
    })
    .await;
    assert_eq!(node.jobs(&coarse.study).await.len(), 3);
    assert_eq!(node.store.orphans().await.unwrap(), []);
}
