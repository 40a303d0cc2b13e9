//! What was acknowledged is kept: over kills, and by the order of what the program asks of the
//! kernel.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod peers;

use peers::{Node, intact, program, python, run_well, script};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Instances that the clients of one round want to store: more than it takes until the kill.
const COUNT: &str = "300";

/// Acknowledged instances of a round after which the node is killed.
const KILL_AFTER: [usize; 3] = [17, 60, 33];

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for (round, kill_after) in KILL_AFTER.into_iter().enumerate() {
        let node = Node::start(folder.path());
        let mut clients = Command::new(&python)
            .arg(script("ingest.py"))
            .args([&node.peer(), "--clients", "4", "--count", COUNT, "--seed", &round.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(clients.stdout.take().unwrap()).lines();
        let (mut node, mut seen) = (Some(node), 0);
        for line in lines {
            acknowledged.insert(line.unwrap());
            seen += 1;
            if seen == kill_after {
                node.take().unwrap().kill();
            }
        }
        clients.wait().unwrap();
        assert!(node.is_none(), "only {seen} of {COUNT} were acknowledged");
    }
    let scrub = ["scrub", "--data"];
    run_well(Command::new(peers::INTERVAL).args(scrub).arg(folder.path()));
    let listed = intact(folder.path());
    let kept: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), kept.len(), "an instance has two rows");
    let lost: Vec<&String> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), acknowledged.len());
    let left = run_well(
        Command::new(peers::INTERVAL)
            .args(["scrub", "--dry-run", "--json", "-", "--data"])
            .arg(folder.path()),
    );
    let left: serde_json::Value = serde_json::from_str(&left).unwrap();
    assert_eq!(left["orphans"], 0, "one scrub was not enough");
}

#[test]
fn nothing_is_scrubbed_beside_a_node_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path());
    let scrub = Command::new(peers::INTERVAL)
        .args(["scrub", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(scrub.status.code(), Some(3), "refused input");
    node.end();
    run_well(Command::new(peers::INTERVAL).args(["scrub", "--data"]).arg(folder.path()));
}

/// What a traced call says that matters here.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// The object's name is on the disk: made ahead, empty.
    FolderSynced,
    /// The object's bytes are on the disk.
    ObjectSynced,
    /// The index row is on the disk: SQLite's write-ahead log.
    IndexSynced,
    /// A P-DATA-TF PDU leaves: the C-STORE response (PS3.8 9.3.5, type 04H).
    Answered,
}

/// The calls of a trace in the order in which they were done; a call that another thread
/// interrupted in the listing counts when it is done.
fn calls(trace: &str) -> Vec<Call> {
    let (mut begun, mut calls) = (BTreeMap::new(), Vec::new());
    for line in trace.lines() {
        let (thread, rest) = line.split_once(' ').unwrap_or_default();
        let rest = rest.trim_start();
        if rest.contains("<unfinished ...>") && !rest.starts_with("writev") {
            begun.insert(thread, rest);
            continue;
        }
        let resumed = rest.starts_with("<... ").then(|| begun.remove(thread)).flatten();
        calls.extend(call(resumed.unwrap_or(rest)));
    }
    calls
}

fn call(text: &str) -> Option<Call> {
    let is_sync = text.starts_with("fsync") || text.starts_with("fdatasync");
    match text {
        _ if is_sync && text.contains("interval.db-wal") => Some(Call::IndexSynced),
        _ if is_sync => {
            let (_, within) = text.split_once("/objects/")?;
            let path = within.split('>').next()?;
            Some(if path.contains('/') { Call::ObjectSynced } else { Call::FolderSynced })
        }
        _ if text.contains("TCP:[") && text.contains(r#"="\4\0"#) => Some(Call::Answered),
        _ => None,
    }
}

#[test]
fn an_interrupted_call_counts_when_it_is_done() {
    let trace = "7 fsync(3</d/interval.db-wal> <unfinished ...>\n\
                 8 writev(4<TCP:[a->b]>, [{iov_base=\"\\4\\0\\0\", iov_len=3}], 1) = 3\n\
                 7 <... fsync resumed>) = 0\n";
    assert_eq!(calls(trace), [Call::Answered, Call::IndexSynced]);
}

#[test]
fn success_is_said_after_object_folder_and_index_are_on_the_disk() {
    let (Some(strace), Some(python), Some(storescu)) =
        (program("strace"), python(), program("storescu"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let [trace, image] = ["trace", "image.dcm"].map(|name| folder.path().join(name));
    run_well(Command::new(python).arg(script("mr.py")).arg(&image).arg("2.25.61"));
    let mut traced = Command::new(strace);
    traced.args(["-f", "-yy", "-e", "trace=fsync,fdatasync,sendto,write,writev,sendmsg"]);
    traced.arg("-o").arg(&trace).arg(peers::INTERVAL);
    let node = Node::start_under(traced, &folder.path().join("node"));
    run_well(Command::new(storescu).args(node.dcmtk()).arg(&image));
    node.end();
    let trace = fs::read_to_string(&trace).unwrap();
    // What the start wrote is of no interest: an association is accepted first (type 02H).
    let accepted = trace.find(r#"="\2\0"#).unwrap();
    let calls = calls(&trace[accepted..]);
    let answered = calls.iter().position(|call| *call == Call::Answered).unwrap();
    let order = [Call::FolderSynced, Call::ObjectSynced, Call::IndexSynced];
    assert_eq!(calls[..answered], order, "{trace}");
}
