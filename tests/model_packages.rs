//! The node and its commands before a model package that nobody vouches for.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use interval::config::Config;
use interval::models;
use interval_core::assessment::Doubt;
use interval_core::fault::Fault;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The default model as it ships, or without its signature.
fn model(data: &TempDir, signed: impl Fn(&str) -> bool) -> PathBuf {
    let to = data.path().join("a-model");
    fs::create_dir(&to).unwrap();
    for entry in Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default").read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if signed(&name) {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default").join(&name);
            fs::copy(from, to.join(&name)).unwrap();
        }
    }
    to
}

fn unsigned(data: &TempDir) -> PathBuf {
    model(data, |name| name != "manifest.sig")
}

fn config(data: &TempDir, model: &Path) -> Config {
    Config {
        data: data.path().join("node"),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        model: Some(model.to_owned()),
        ..Config::default()
    }
}

fn interval(data: &TempDir, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_interval"))
        .args(words)
        .current_dir(data.path())
        .env_remove("INTERVAL_CONFIG")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_node_does_not_start_on_a_model_that_nobody_vouches_for() {
    let data = tempfile::tempdir().unwrap();
    let folder = unsigned(&data);
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data", "node", "--model", "a-model"];
    let output = interval(&data, &serve);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("is not signed"), "{}", said(&output));
    assert!(said(&output).contains("--unsigned-model"), "{}", said(&output));
    let error = models::chosen(&config(&data, &folder)).unwrap_err();
    assert_eq!(error.fault(), Fault::Refused);
}
#[test]
fn a_node_that_was_told_to_runs_it_and_every_result_says_so() {
    let data = tempfile::tempdir().unwrap();
    let folder = unsigned(&data);
    let config = Config { unsigned_model: true, ..config(&data, &folder) };
    let (kit, limitations) = interval::node::kit(&config).unwrap();
    let wanted = Doubt::UnsignedModel("the model package is not signed".into());
    assert_eq!(kit.doubts, [wanted]);
    assert!(!kit.doubts[0].holds(), "the operator has decided already");
    assert!(limitations.contains(&"The model package is not signed.".to_owned()));
}
#[test]
fn nothing_is_said_of_a_signed_model() {
    let data = tempfile::tempdir().unwrap();
    let config = config(&data, &model(&data, |_| true));
    let (kit, limitations) = interval::node::kit(&config).unwrap();
    assert_eq!(kit.doubts, []);
    assert_eq!(limitations.len(), 1, "the notice of its card: {limitations:?}");
}
#[test]
fn a_model_that_was_altered_does_not_run_by_any_switch() {
    let data = tempfile::tempdir().unwrap();
    let folder = model(&data, |_| true);
    let path = folder.join("fold_0.onnx");
    let mut bytes = fs::read(&path).unwrap();
    bytes[1_000_000] ^= 1;
    fs::write(path, bytes).unwrap();
    for unsigned_model in [false, true] {
        let config = Config { unsigned_model, ..config(&data, &folder) };
        assert!(models::chosen(&config).is_err());
    }
    fs::create_dir(data.path().join("in")).unwrap();
    for command in [
        vec!["analyze", "in", "--out", "out", "--model", "a-model", "--unsigned-model"],
        vec!["segment", "--input", "in", "--output", "x", "--model", "a-model"],
        vec!["model", "verify", "a-model"],
        vec!["model", "add", "a-model"],
    ] {
        let output = interval(&data, &command);
        assert_eq!(output.status.code(), Some(3), "{command:?}: {}", said(&output));
        assert!(said(&output).contains("altered or damaged"), "{command:?}: {}", said(&output));
    }
}
#[test]
fn a_site_that_read_the_licence_signs_its_own_copy_and_runs_it() {
    let data = tempfile::tempdir().unwrap();
    unsigned(&data);
    let output = interval(&data, &["model", "add", "a-model"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let output = interval(&data, &["model", "key", "radiology"]);
    assert!(output.status.success(), "{}", said(&output));
    let key = "interval-data/keys/models/radiology.key";
    let output = interval(&data, &["model", "add", "a-model", "--sign-with", key]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("signed by radiology"), "{}", said(&output));
    assert!(said(&output).contains("Apache-2.0"), "the licence is shown: {}", said(&output));
    let output = interval(&data, &["model", "list", "--json", "-"]);
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(listed.contains("\"signed_by\": \"radiology\""), "{listed}");
    let named = Config {
        data: data.path().join("interval-data"),
        model: Some("interval-synthetic-0.2".into()),
        ..Config::default()
    };
    assert_eq!(models::chosen(&named).unwrap().model().vouched().signer(), Some("radiology"));
}
#[test]
fn keys_may_lie_in_a_folder_of_the_configuration() {
    let data = tempfile::tempdir().unwrap();
    unsigned(&data);
    let (keys, node) = (data.path().join("etc"), data.path().join("node.toml"));
    fs::write(&node, format!("trusted_model_keys = '{}'", keys.display())).unwrap();
    let key = ["model", "key", "site", "--config", "node.toml", "--private", "site.key"];
    assert!(interval(&data, &key).status.success());
    assert!(keys.join("site.pub").is_file());
    let sign = interval(&data, &["model", "sign", "a-model", "--key", "site.key"]);
    assert!(sign.status.success(), "{}", said(&sign));
    let verified = interval(&data, &["model", "verify", "a-model", "--config", "node.toml"]);
    assert!(verified.status.success(), "{}", said(&verified));
    let elsewhere = interval(&data, &["model", "verify", "a-model"]);
    assert_eq!(elsewhere.status.code(), Some(3), "{}", said(&elsewhere));
    assert!(said(&elsewhere).contains("'site'"), "{}", said(&elsewhere));
}
