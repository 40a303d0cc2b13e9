//! Other people's DICOM users against the real program.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod peers;

use peers::{Node, intact, program, python, run_well, script, shared};
use std::path::Path;
use std::process::Command;

/// How much memory a hostile data set may cost, in KiB.
const BOMB_KIB_MAX: u64 = 64 * 1024;

/// Transfer syntaxes that dcmtk makes from a file of ours: program and option that make it, option
/// of storescu that sends it.
const SYNTAXES: [(&str, &str, &str); 7] = [
    ("dcmconv", "+ti", "-xi"),
    ("dcmconv", "+te", "-xe"),
    ("dcmconv", "+tb", "-xb"),
    ("dcmconv", "+td", "-xd"),
    ("dcmcrle", "+un", "-xr"),
    ("dcmcjpeg", "+e1", "-xs"),
    ("dcmcjpls", "+el", "-xt"),
];

/// A file of each transfer syntax.
fn stored(node: &Node, folder: &Path, [make, option, send]: [&str; 3]) -> Option<String> {
    let (python, make, storescu) = (python()?, program(make)?, program("storescu")?);
    let [source, target] = ["source.dcm", "target.dcm"].map(|name| folder.join(name));
    let uid = format!("2.25.5{}", send.bytes().map(u32::from).sum::<u32>());
    run_well(Command::new(python).arg(script("mr.py")).arg(&source).arg(&uid));
    run_well(Command::new(make).arg(option).arg(&source).arg(&target));
    run_well(Command::new(storescu).arg(send).args(node.dcmtk()).arg(&target));
    Some(uid)
}

#[test]
fn dcmtk_is_answered_and_what_it_stores_is_kept_in_every_transfer_syntax() {
    let Some(echoscu) = program("echoscu") else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("node");
    let node = Node::start(&data);
    run_well(Command::new(echoscu).args(node.dcmtk()));
    let mut sent = Vec::new();
    for (make, option, send) in SYNTAXES {
        let Some(uid) = stored(&node, folder.path(), [make, option, send]) else { return };
        sent.push(uid);
    }
    node.end();
    let mut kept = intact(&data);
    kept.sort();
    sent.sort();
    assert_eq!(kept, sent);
}

#[track_caller]
fn check_kit(name: &str) {
    let (Some(python), Some(script)) = (python(), shared(&format!("kit/peers/{name}"))) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path());
    run_well(Command::new(python).arg(script).env("SCP", node.peer()));
    node.end();
}

#[test]
fn pynetdicom_echoes_and_stores() {
    check_kit("echo_and_store.py");
}
#[test]
fn pynetdicom_may_split_a_command() {
    check_kit("split_command.py");
}

#[test]
fn a_bomb_is_refused_with_a_status_and_the_node_lives_on() {
    let (Some(python), Some(echoscu)) = (python(), program("echoscu")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path());
    // The first association fills pools that stay: what a bomb costs is counted from here.
    run_well(Command::new(&echoscu).args(node.dcmtk()));
    let before = node.peak_kib();
    let said = run_well(Command::new(python).arg(script("bombs.py")).arg(node.peer()));
    for line in said.lines() {
        let (bomb, status) = line.split_once(' ').unwrap();
        // PS3.4 B.2.3: A9xx and Cxxx are failures for which the data set is to blame, A7xx those
        // for lack of resources.
        let is_failure = ["0xA7", "0xA9", "0xC"].iter().any(|kind| status.starts_with(kind));
        assert!(is_failure, "{bomb}: {status}");
    }
    assert_eq!(said.lines().count(), 4, "{said}");
    run_well(Command::new(&echoscu).args(node.dcmtk()));
    let grown = node.peak_kib() - before;
    assert!(grown < BOMB_KIB_MAX, "the bombs cost {grown} KiB");
    node.end();
    assert_eq!(intact(folder.path()), Vec::<String>::new());
}
