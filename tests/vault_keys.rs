//! Master keys that are wrong, missing or past their time: the node says so in a plain sentence,
//! opens nothing, loses nothing, and goes on as before with the right key.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;
mod peers;
mod vault;

use house::disk::files;
use house::study::Coarse;
use peers::Node;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use vault::token::{PIN, PIN_ENV, SETTINGS_ENV, Token};
use vault::{Place, images, received, send, sent};

/// A place with a patient, and what was sent.
async fn filled() -> (Place, BTreeMap<String, Vec<u8>>) {
    let place = Place::new();
    let node = place.serve();
    let images = images(&Coarse::new("kept", "K-1"));
    send(&node, &images).await;
    node.end();
    (place, sent(&images))
}

fn put(path: &Path, content: &[u8], mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Every door stays shut with a code and a sentence.
#[track_caller]
fn shut(place: &Place, code: i32, sentence: &str) {
    for words in [
        &["serve", "--keep-only", "--listen", "127.0.0.1:0"][..],
        &["study", "list"],
        &["patient", "list"],
        &["verify", "--all"],
        &["keys", "show"],
        &["audit", "list"],
    ] {
        let ended = place.run(words);
        ended.refused(code, sentence);
        assert_eq!(ended.said, "", "{words:?}");
    }
}

/// With the right key everything is as it was.
async fn nothing_is_lost(place: &Place, expected: &BTreeMap<String, Vec<u8>>) {
    place.configure("file", &place.key("master.key").display().to_string());
    assert_eq!(received(&place.store().await).await, *expected);
    place.run(&["verify", "--all"]).well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_is_wrong_or_missing_opens_nothing_and_loses_nothing() {
    let (place, expected) = filled().await;
    let objects = files(&place.data().join("objects"));
    let right = fs::read(place.key("master.key")).unwrap();
    let other = place.key("other.key");
    let cases: [(Option<&[u8]>, u32, i32, &str); 7] = [
        (Some(&[b'a'; 64]), 0o600, 4, "is not here"),
        (None, 0o600, 4, "cannot be used: No such file"),
        (Some(b""), 0o600, 3, "does not hold a key of 64 hexadecimal digits"),
        (Some(&right[..63]), 0o600, 3, "does not hold a key of 64 hexadecimal digits"),
        (Some(&[b'a'; 128]), 0o600, 3, "does not hold a key of 64 hexadecimal digits"),
        (Some(&[0; 32]), 0o600, 3, "does not hold a key of 64 hexadecimal digits"),
        (Some(&right), 0o644, 3, "may be read by others than its owner"),
    ];
    place.configure("file", &other.display().to_string());
    for (content, mode, code, sentence) in cases {
        match content {
            Some(content) => put(&other, content, mode),
            None => fs::remove_file(&other).unwrap_or_default(),
        }
        shut(&place, code, sentence);
        // A key is never made where one is missed.
        assert_eq!(other.exists(), content.is_some());
    }
    assert_eq!(files(&place.data().join("objects")), objects);
    nothing_is_lost(&place, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_without_a_key_opens_nothing_and_loses_nothing() {
    let (place, expected) = filled().await;
    let right = fs::read_to_string(place.key("master.key")).unwrap();
    place.configure("env", "INTERVAL_TEST_KEY");
    shut(&place, 3, "the environment variable INTERVAL_TEST_KEY holds no key");
    let show = ["keys", "show"];
    for (content, code) in [("", 3), (&right[..63], 3), (&"b".repeat(64), 4)] {
        let ended = place.run_with(&show, ("INTERVAL_TEST_KEY", content));
        assert_eq!(ended.code, code, "{ended:?}");
    }
    let shown = place.run_with(&show, ("INTERVAL_TEST_KEY", &right)).well();
    for ended in [shown.said.as_str(), shown.complained.as_str()] {
        assert!(!ended.contains(&right[..16]), "the key is shown");
    }
    nothing_is_lost(&place, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_retired_too_early_is_named_and_its_return_opens_all() {
    let (place, expected) = filled().await;
    // Somebody changes the configuration and forgets to wrap anew.
    put(&place.key("new.key"), &[b'c'; 64], 0o600);
    place.configure("file", &place.key("new.key").display().to_string());
    shut(&place, 4, "is not here");
    let config = fs::read_to_string(place.config()).unwrap();
    let earlier = place.key("master.key").display().to_string();
    fs::write(place.config(), format!("{config}earlier = ['file:{earlier}']\n")).unwrap();
    assert_eq!(received(&place.store().await).await, expected);
    let masters = place.ask(&["keys", "show"]);
    let reachable =
        masters["wrapped"].as_array().unwrap().iter().all(|key| key["reachable"] == true);
    assert!(reachable, "{masters}");
    nothing_is_lost(&place, &expected).await;
}

/// A place whose key is on a token.
struct Guarded {
    place: Place,
    token: Token,
}

impl Guarded {
    fn command(&self, words: &[&str], pin: &str) -> Command {
        let mut command = self.place.command(words);
        command.env(PIN_ENV, pin).env(SETTINGS_ENV, &self.token.settings);
        command
    }

    fn serve(&self) -> Node {
        let mut command = Command::new(peers::INTERVAL);
        command.env("INTERVAL_CONFIG", self.place.config());
        command.env(PIN_ENV, PIN).env(SETTINGS_ENV, &self.token.settings);
        Node::start_under(command, &self.place.data())
    }

    #[track_caller]
    fn ended(&self, words: &[&str], pin: &str) -> (i32, String) {
        let output = self.command(words, pin).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_on_a_token_wraps_while_the_node_serves_and_changes_for_another() {
    let place = Place::new();
    let Some(token) = Token::new(&place.path(""), &["master", "next"]) else { return };
    place.configure("pkcs11", &token.place("master"));
    let guarded = Guarded { place, token };
    let place = &guarded.place;
    let node = guarded.serve();
    let mut expected = BTreeMap::new();
    for (number, key) in ["master", "next", "file"].into_iter().enumerate() {
        if number > 0 {
            let to = match key {
                "file" => format!("file:{}", place.key("last.key").display()),
                key => format!("pkcs11:{}", guarded.token.place(key)),
            };
            let (code, said) = guarded.ended(&["keys", "rotate", "--to", &to], PIN);
            assert_eq!(code, 0, "{said}");
            assert!(!said.contains(PIN), "{said}");
        }
        let images = images(&Coarse::new(&format!("token {number}"), &format!("T-{number}")));
        send(&node, &images).await;
        expected.extend(sent(&images));
        let (code, said) = guarded.ended(&["verify", "--all"], PIN);
        assert_eq!(code, 0, "{said}");
    }
    node.end();
    // In the end nothing needs the token any more.
    place.configure("file", &place.key("last.key").display().to_string());
    assert_eq!(received(&place.store().await).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_refuses_or_is_away_opens_nothing_and_loses_nothing() {
    let place = Place::new();
    let Some(token) = Token::new(&place.path(""), &["master"]) else { return };
    place.configure("pkcs11", &token.place("master"));
    let guarded = Guarded { place, token };
    let place = &guarded.place;
    let node = guarded.serve();
    let images = images(&Coarse::new("on a token", "T-9"));
    send(&node, &images).await;
    node.end();

    let verify = ["verify", "--all"];
    let (code, said) = guarded.ended(&verify, "wrong");
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("the token did not take the PIN"), "{said}");
    assert!(!said.contains("wrong"), "{said}");
    place.run(&verify).refused(4, "the token did not");
    place.configure("pkcs11", &guarded.token.place("nobody"));
    let (code, said) = guarded.ended(&verify, PIN);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("0 AES keys are called nobody"), "{said}");
    place.configure("pkcs11", "/nowhere/lib.so?token=ward&key=master");
    let (code, said) = guarded.ended(&verify, PIN);
    assert_eq!(code, 4, "{said}");

    place.configure("pkcs11", &guarded.token.place("master"));
    let (code, said) = guarded.ended(&["verify", "--all", "--json", "-"], PIN);
    assert_eq!(code, 0, "{said}");
    for uid in sent(&images).keys() {
        assert!(said.contains(uid.as_str()), "{uid} is lost");
    }
}
