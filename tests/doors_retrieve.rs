//! Other people's users ask the real program for what it holds, and get what they may have.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod peers;

use peers::{INTERVAL, Node, program, python, run_well, script};
use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Who may do what: one sends, one reads, one has a place to send to, one may do nothing.
const PEERS: &str = "
[peers.TESTER]
actions = ['upload']
patients = ['*']
[peers.READER]
actions = ['list-patients', 'read-images']
patients = ['*']
[peers.NOBODY]
[peers.ELSEWHERE]
actions = ['upload', 'list-patients', 'read-images']
patients = ['*']
calls_from = ['10.1.2.3']
";

/// A node with a study of three images, the last one compressed.
struct Held {
    node: Node,
    folder: tempfile::TempDir,
    sent: Vec<PathBuf>,
}

impl Held {
    fn open(more: &str) -> Option<Self> {
        let (python, storescu) = (python()?, program("storescu")?);
        let rle = program("dcmcrle")?;
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("interval.toml");
        fs::write(&config, format!("{PEERS}{more}")).unwrap();
        let mut command = Command::new(INTERVAL);
        command.env("INTERVAL_CONFIG", &config);
        let node = Node::start_under(command, &folder.path().join("node"));
        let mut sent = Vec::new();
        for number in 0..3 {
            let plain = folder.path().join(format!("{number}.dcm"));
            let uid = format!("2.25.7{number}");
            run_well(Command::new(&python).arg(script("mr.py")).arg(&plain).arg(&uid));
            let file = if number == 2 { folder.path().join("rle.dcm") } else { plain.clone() };
            if number == 2 {
                run_well(Command::new(&rle).arg("+un").arg(&plain).arg(&file));
            }
            let option = if number == 2 { "-xr" } else { "-xe" };
            run_well(Command::new(&storescu).arg(option).args(node.dcmtk()).arg(&file));
            sent.push(plain);
        }
        Some(Self { node, folder, sent })
    }

    fn ask(&self, program: &str, title: &str, arguments: &[&str]) -> Output {
        let folder = self.folder.path().join(format!("{program}-{title}"));
        fs::create_dir_all(&folder).unwrap();
        Command::new(program)
            .args(["-aet", title, "-aec", "INTERVAL"])
            .args(arguments)
            .args(["127.0.0.1", &self.node.port])
            .env("TCP_NODELAY", "1")
            .current_dir(&folder)
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The pixels of a file: what stands at its end.
fn pixels(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    bytes[bytes.len() - 64 * 64 * 2..].to_vec()
}

fn all_pixels(folder: &Path) -> BTreeSet<Vec<u8>> {
    fs::read_dir(folder).unwrap().map(|entry| pixels(&entry.unwrap().path())).collect()
}

const STUDY: [&str; 4] = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k"];

#[test]
fn who_may_list_is_told_and_who_may_not_is_refused() {
    let Some(_) = program("findscu") else { return };
    let Some(held) = Held::open("") else { return };
    let keys = [&STUDY[..], &["PatientName", "-k", "NumberOfStudyRelatedInstances", "-v"]].concat();
    let told = said(&held.ask("findscu", "READER", &keys));
    assert!(told.contains("Peer^Test") && told.contains("[3 ]"), "{told}");
    for title in ["TESTER", "NOBODY"] {
        let refused = said(&held.ask("findscu", title, &keys));
        assert!(!refused.contains("Peer^Test"), "{title}: {refused}");
        // As dcmtk writes a status that it has no name for.
        let not_authorised = ["0x124", "0x0124"].iter().any(|status| refused.contains(status));
        assert!(not_authorised, "{title}: {refused}");
    }
    held.node.end();
}

#[test]
fn a_peer_is_let_in_by_title_and_address() {
    let Some(_) = program("echoscu") else { return };
    let Some(held) = Held::open("") else { return };
    for title in ["STRANGER", "ELSEWHERE"] {
        let refused = said(&held.ask("echoscu", title, &[]));
        assert!(refused.contains("Calling AE Title Not Recognized"), "{title}: {refused}");
    }
    assert!(held.ask("echoscu", "NOBODY", &[]).status.success());
    held.node.end();
}

#[test]
fn objects_come_back_whole_and_uncompressed_where_that_is_asked_for() {
    let Some(_) = program("getscu") else { return };
    let Some(held) = Held::open("") else { return };
    let keys = [&STUDY[..], &["StudyInstanceUID=2.25.1"]].concat();
    let done = held.ask("getscu", "READER", &keys);
    assert!(done.status.success(), "{}", said(&done));
    let got = held.folder.path().join("getscu-READER");
    assert_eq!(fs::read_dir(&got).unwrap().count(), 3, "{}", said(&done));
    let expected: BTreeSet<_> = held.sent.iter().map(|path| pixels(path)).collect();
    assert_eq!(all_pixels(&got), expected);
    held.ask("getscu", "TESTER", &keys);
    let nothing = held.folder.path().join("getscu-TESTER");
    assert_eq!(fs::read_dir(&nothing).unwrap().count(), 0, "who may not read got something");
    held.node.end();
}

/// A place that objects are moved to.
struct Place {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Place {
    fn open(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = folder.to_owned();
        fs::create_dir_all(&folder).unwrap();
        let child = Command::new("storescp")
            .args(["--fork", "-aet", "PLACE", "-od"])
            .arg(&folder)
            .arg(port.to_string())
            .env("TCP_NODELAY", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "storescp does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, folder, port }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn objects_are_moved_to_a_place_that_is_known_and_to_no_other() {
    let (Some(_), Some(_)) = (program("movescu"), program("storescp")) else { return };
    let outer = tempfile::tempdir().unwrap();
    let place = Place::open(&outer.path().join("place"));
    let known = format!(
        "[peers.PLACE]\nactions = ['read-images']\npatients = ['*']\naddress = '127.0.0.1:{}'",
        place.port
    );
    let Some(held) = Held::open(&known) else { return };
    let keys =
        |to: &'static str| [&["-aem", to][..], &STUDY[..], &["StudyInstanceUID=2.25.1"]].concat();
    let done = held.ask("movescu", "READER", &keys("PLACE"));
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(all_pixels(&place.folder).len(), 1, "all three have the same picture");
    assert_eq!(fs::read_dir(&place.folder).unwrap().count(), 3);
    let refused = said(&held.ask("movescu", "READER", &[&["-v"][..], &keys("MOON")].concat()));
    assert!(refused.contains("0xa801") || refused.contains("MoveDestinationUnknown"), "{refused}");
    held.node.end();
}
