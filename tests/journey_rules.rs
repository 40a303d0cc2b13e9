//! Studies that the rules send different ways: kept, sent on, analysed; and what comes back.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::archive::Archive;
use house::node::{Running, config};
use house::patience::until;
use house::study::Coarse;
use interval::config::{Config, Destination};
use interval::store::study::Holding;
use interval_core::role::SeriesRole;
use interval_core::study::Acquisition;
use interval_core::uid::StudyUid;
use interval_iod::home::MANUFACTURER;
use interval_iod::mr::write;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const RULES: &str = "
[[rules]]
name = 'heads'
study_description = ['brain']
action = 'analyse'

[[rules]]
name = 'knees'
study_description = ['knee']
modality = ['MR']
action = 'forward'
destinations = ['archive', 'back', 'away']

[[rules]]
name = 'prepare'
study_description = ['biopsy']
action = 'prefetch'

[[rules]]
name = 'rest'
action = 'ignore'
";

/// A node with the rules, which knows an archive, the sender itself and one that is away.
fn ruled(data: &Path, archive: &Archive) -> Config {
    let rules: Config = toml::from_str(RULES).unwrap();
    let mut config = Config { rules: rules.rules, ..config(data, archive) };
    let title = |name: &str, address: String, ae_title: &str| Destination {
        name: name.into(),
        address,
        ae_title: ae_title.into(),
    };
    config.destinations.push(title("back", archive.address.to_string(), "SCANNER"));
    config.destinations.push(title("away", "127.0.0.1:9".into(), "AWAY"));
    config
}

fn study(name: &str, description: &str) -> Coarse {
    let mut study = Coarse::new(name, name);
    study.exam.description = description.into();
    study
}

async fn settled(node: &Running, study: &StudyUid) -> Holding {
    until(&format!("study {study} is settled"), async || {
        let holdings = node.store.holdings().await.unwrap().into_iter();
        let mut found = holdings.filter(|holding| holding.study == study.as_str());
        found.find(|holding| holding.state == "settled")
    })
    .await
}

fn ours() -> Acquisition {
    Acquisition { manufacturer: MANUFACTURER.into(), ..write::protocol(SeriesRole::T1) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_rule_that_matches_says_what_becomes_of_a_study() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let node = Running::open(ruled(folder.path(), &archive)).await;

    let ignored = study("hip", "MR hip");
    node.send(&ignored.of(&[SeriesRole::T1])).await;
    let evidence = settled(&node, &ignored.study).await.evidence;
    assert!(evidence.ends_with("not analysed by rule 'rest': it matches everything"), "{evidence}");
    assert_eq!(node.jobs(&ignored.study).await, []);

    let head = study("head", "MRI Brain");
    node.send(&head.of(&[SeriesRole::T1])).await;
    let evidence = settled(&node, &head.study).await.evidence;
    assert!(evidence.contains("by rule 'heads': study_description contains 'brain'"), "{evidence}");
    until("the head has a job", async || node.jobs(&head.study).await.pop()).await;

    let biopsy = study("biopsy", "biopsy planning");
    node.send(&biopsy.of(&[SeriesRole::T1])).await;
    let evidence = settled(&node, &biopsy.study).await.evidence;
    assert!(evidence.contains("earlier studies are fetched by rule 'prepare'"), "{evidence}");
    assert_eq!(node.jobs(&biopsy.study).await, []);
    until("the request was worked on", async || {
        let state = node.store.fetch_state(1).await.unwrap();
        (state.state == "done").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_study_is_sent_on_to_each_destination_and_never_back() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let node = Running::open(ruled(folder.path(), &archive)).await;
    let knee = study("knee", "MR Knee left");
    let objects = knee.of(&[SeriesRole::T1]);
    node.send(&objects).await;
    // A result of ours in the same study stays where it is.
    node.send(&knee.series_with(1, ours())).await;
    settled(&node, &knee.study).await;
    let state = |name: &'static str| {
        let (node, study) = (&node, &knee.study);
        async move {
            let rows = node.store.forwards(study).await.unwrap();
            rows.into_iter().find(|row| row.destination == name)
        }
    };
    let row = until("the archive has the study", async || {
        state("archive").await.filter(|row| row.state == "delivered")
    });
    assert_eq!(row.await.sent as usize, objects.len());
    let filed = archive.of_study(&knee.study);
    assert_eq!(filed.len(), objects.len(), "as it was sent, once, without ours");
    let back = until("nothing goes back", async || {
        state("back").await.filter(|row| row.state == "delivered")
    });
    assert_eq!(back.await.sent, 0);
    let away = until("the one that is away is tried again", async || {
        state("away").await.filter(|row| row.attempt > 0)
    });
    assert_eq!(away.await.state, "pending");
    assert_eq!(node.jobs(&knee.study).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_of_ours_that_come_back_start_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let node = Running::open(config(folder.path(), &archive)).await;
    let alone = study("alone", "MRI brain");
    node.send(&alone.series_with(0, ours())).await;
    let evidence = settled(&node, &alone.study).await.evidence;
    assert!(evidence.ends_with("it has only results of ours"), "{evidence}");
    assert_eq!(node.jobs(&alone.study).await, []);

    let head = study("head", "MRI brain");
    node.send(&head.of(&[SeriesRole::T1])).await;
    settled(&node, &head.study).await;
    node.send(&head.series_with(1, ours())).await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(settled(&node, &head.study).await.state, "settled");
    assert_eq!(node.jobs(&head.study).await.len(), 1, "it is not analysed again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_sees_which_rule_would_match_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open().await;
    let data = folder.path().join("node");
    let node = Running::open(config(&data, &archive)).await;
    let knee = study("knee", "MR Knee left");
    node.send(&knee.of(&[SeriesRole::T1])).await;
    settled(&node, &knee.study).await;
    let settings = folder.path().join("interval.toml");
    let places = ["archive", "back", "away"];
    let place =
        |name| format!("[[destinations]]\nname = '{name}'\naddress = 'h:1'\nae_title = 'A'\n");
    std::fs::write(&settings, format!("{}{RULES}", places.map(place).concat())).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interval"));
        command.args(["rules", "test", "--json", "-", "--data"]).arg(&data);
        let output = command.arg("--config").arg(&settings).args(arguments).output().unwrap();
        let complained = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{complained}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let said = run(&["--study", knee.study.as_str()]);
    assert_eq!((&said[0]["rule"], &said[0]["action"]), (&"knees".into(), &"forward".into()));
    assert_eq!(said[0]["rules"][0]["fails"][0], "study_description contains 'brain'");
    let file = folder.path().join("one.dcm");
    let object = &knee.of(&[SeriesRole::T1])[0];
    let title = "SCANNER";
    let head = interval_iod::part10::prefix(&object.class, &object.instance, &object.syntax, title);
    std::fs::write(&file, [head.as_slice(), object.data_set.as_ref()].concat()).unwrap();
    let said = run(&[file.to_str().unwrap()]);
    assert_eq!(said[0]["rule"], "knees");
}
