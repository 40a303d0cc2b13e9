//! Another master key while the node works: nothing is lost, the old key is worth nothing
//! afterwards, and an interruption at any moment does no harm.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;
mod peers;
mod vault;

use house::study::Coarse;
use interval::keys::KeySource;
use interval::store::vault::Rewrapped;
use interval_core::patient::Patient;
use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, SystemTime};
use vault::{Place, images, received, send, sent};

/// Patients who are sent while keys change.
const SENT: usize = 16;

/// Patients of a store whose keys change in several transactions.
const MANY: usize = 600;

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_keys_change_is_all_readable_with_the_new_key_alone() {
    let place = Place::new();
    let node = place.serve();
    let new = format!("file:{}", place.key("next.key").display());
    let mut expected = BTreeMap::new();
    for number in 0..SENT {
        let images = images(&Coarse::new(&format!("rotation {number}"), &format!("R-{number}")));
        if number == SENT / 4 {
            // The change runs beside the node and the sender.
            let mut command = place.command(&["keys", "rotate", "--to", &new]);
            let change = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            tokio::task::spawn_blocking(move || change.wait_with_output());
        }
        send(&node, &images).await;
        expected.extend(sent(&images));
    }
    place.run(&["keys", "rotate", "--to", &new]).well();
    let last = images(&Coarse::new("after the rotation", "R-last"));
    send(&node, &last).await;
    expected.extend(sent(&last));
    node.end();

    // The old key is destroyed; the configuration names the new one; nobody remembers the change.
    fs::remove_file(place.key("master.key")).unwrap();
    fs::remove_file(place.data().join("keys/succession")).unwrap();
    place.configure("file", &place.key("next.key").display().to_string());
    assert_eq!(received(&place.store().await).await, expected);
    let masters = place.ask(&["keys", "show"]);
    assert_eq!(masters["wrapped"].as_array().unwrap().len(), 1, "{masters}");
    assert_eq!(masters["wrapped"][0]["patients"], SENT + 1);
    let verified = place.ask(&["verify", "--all"]);
    assert_eq!(verified["intact"].as_array().unwrap().len(), expected.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_key_opens_nothing_after_the_change() {
    let place = Place::new();
    let node = place.serve();
    send(&node, &images(&Coarse::new("before", "O-1"))).await;
    place
        .run(&["keys", "rotate", "--to", &format!("file:{}", place.key("next.key").display())])
        .well();
    send(&node, &images(&Coarse::new("after", "O-2"))).await;
    node.end();

    let thief = place.stolen();
    fs::create_dir_all(thief.key("")).unwrap();
    fs::copy(place.key("master.key"), thief.key("master.key")).unwrap();
    thief.configure("file", &thief.key("master.key").display().to_string());
    for words in [&["study", "list"][..], &["patient", "list"], &["verify", "--all"]] {
        thief.run(words).refused(4, "is not here");
    }
    let old = KeySource::File(place.key("master.key")).open().unwrap();
    let rows = thief.rows("SELECT pseudonym, wrapped FROM patient_key").await;
    let secrets = thief.rows("SELECT name, wrapped FROM node_secret").await;
    assert_eq!((rows.len(), secrets.len()), (2, 1));
    for row in rows.iter().chain(&secrets) {
        use base64::Engine as _;
        let wrapped = base64::engine::general_purpose::STANDARD_NO_PAD.decode(&row[1]).unwrap();
        assert!(old.unwrap(&wrapped, row[0].as_bytes()).is_err());
    }
}

/// A store with many patients and no images.
async fn many() -> (Place, Vec<String>) {
    let place = Place::new();
    let store = place.store().await;
    let mut pseudonyms = Vec::new();
    for number in 0..MANY {
        let patient = Patient { id: format!("M-{number}"), ..Patient::default() };
        pseudonyms.push(store.admit(&patient, SystemTime::now()).await.unwrap().to_string());
    }
    pseudonyms.sort();
    (place, pseudonyms)
}

/// Every patient is there, and every name opens.
async fn opens_all(place: &Place, pseudonyms: &[String]) {
    let store = place.store().await;
    let mut listed: Vec<String> = place
        .ask(&["patient", "list"])
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["patient"].as_str().unwrap().to_owned())
        .collect();
    listed.sort();
    assert_eq!(listed, pseudonyms);
    assert_eq!(store.index_names().await.unwrap(), pseudonyms.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_interrupted_goes_on_where_it_stopped() {
    let (place, pseudonyms) = many().await;
    let new = KeySource::File(place.key("next.key"));
    let store = place.store().await;
    store.succeed(&new, SystemTime::now()).await.unwrap();
    let Rewrapped::Some(first) = store.rewrap(SystemTime::now()).await.unwrap() else {
        panic!("nothing was wrapped anew");
    };
    assert!(first < MANY, "{first}");
    drop(store);
    let masters = place.ask(&["keys", "show"]);
    assert_eq!(masters["wrapped"].as_array().unwrap().len(), 2, "{masters}");
    opens_all(&place, &pseudonyms).await;

    let rotated = place.ask(&["keys", "rotate", "--to", &new.to_string()]);
    assert_eq!(rotated["rewrapped"], MANY + 1 - first);
    fs::remove_file(place.key("master.key")).unwrap();
    opens_all(&place, &pseudonyms).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_killed_at_any_moment_does_no_harm() {
    let (place, pseudonyms) = many().await;
    let names: Vec<_> = (0..6).map(|n| place.key(&format!("{n}.key"))).collect();
    for (n, name) in names.iter().enumerate() {
        let to = format!("file:{}", name.display());
        let mut command = place.command(&["keys", "rotate", "--to", &to]);
        let mut change = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(20 + 25 * n as u64)).await;
        change.kill().unwrap();
        change.wait().unwrap();
        opens_all(&place, &pseudonyms).await;
    }
    let last = names.last().unwrap();
    place.run(&["keys", "rotate", "--to", &format!("file:{}", last.display())]).well();
    for name in &names[..names.len() - 1] {
        // A change that was killed early enough made no key.
        fs::remove_file(name).unwrap_or_default();
    }
    fs::remove_file(place.key("master.key")).unwrap();
    opens_all(&place, &pseudonyms).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_noted_in_the_audit_log_batch_by_batch() {
    let (place, _) = many().await;
    let new = format!("file:{}", place.key("next.key").display());
    place.run(&["keys", "rotate", "--to", &new]).well();
    let said = place.run(&["audit", "list", "--action", "rotate-key"]).well().said;
    let lines = said.lines().filter(|line| line.contains("rotate-key")).count();
    assert_eq!(lines, 1 + MANY.div_ceil(256), "{said}");
    assert!(!said.contains("safe"), "{said}");
}
