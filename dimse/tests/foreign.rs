//! Other people's users against our provider, and our user against other people's providers.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytes::Bytes;
use interval_dimse::part10::Head;
use interval_dimse::scu::{self, Outgoing};
use support::foreign::{program, python, required, run, run_well, shared};
use support::image::{file, image};
use support::{Node, Temper, node, peer, policy};

/// How dcmtk makes a file of each transfer syntax from ours, and the option of storescu for it.
const CONVERSIONS: &[(&str, &str, &[&str], &str)] = &[
    ("1.2.840.10008.1.2", "dcmconv", &["+ti"], "-xi"),
    ("1.2.840.10008.1.2.1", "dcmconv", &["+te"], "-xe"),
    ("1.2.840.10008.1.2.2", "dcmconv", &["+tb"], "-xb"),
    ("1.2.840.10008.1.2.1.99", "dcmconv", &["+td"], "-xd"),
    ("1.2.840.10008.1.2.5", "dcmcrle", &[], "-xr"),
    ("1.2.840.10008.1.2.4.70", "dcmcjpeg", &["+e1"], "-xs"),
    ("1.2.840.10008.1.2.4.51", "dcmcjpeg", &["+ee"], "-xx"),
    ("1.2.840.10008.1.2.4.80", "dcmcjpls", &["+el"], "-xt"),
    ("1.2.840.10008.1.2.4.81", "dcmcjpls", &["+en"], "-xu"),
    ("1.2.840.10008.1.2.4.90", "gdcmconv", &["--j2k"], "-xv"),
];

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

async fn converted(folder: &Path, tool: &Path, arguments: &[&str], syntax: &str) -> PathBuf {
    let source = folder.join("source.dcm");
    std::fs::write(&source, file("2.25.11")).unwrap();
    let target = folder.join(format!("{syntax}.dcm"));
    let mut all: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    all.extend([text(&source), text(&target)]);
    run_well(tool, &all).await;
    target
}

/// Arguments with which dcmtk's users find the node.
fn node_arguments(node: &Node) -> [String; 6] {
    let [calling, called] = ["TESTER", "INTERVAL"].map(str::to_owned);
    let (host, port) = (node.address.ip().to_string(), node.address.port().to_string());
    ["-aet".into(), calling, "-aec".into(), called, host, port]
}

#[tokio::test]
async fn dcmtk_echoes() {
    let Some(echoscu) = required(program("echoscu"), "echoscu of dcmtk") else { return };
    let node = node(policy(), Temper::Takes).await;
    run_well(&echoscu, &node_arguments(&node)).await;
}

#[tokio::test]
async fn what_dcmtk_stores_is_kept_byte_by_byte_in_every_transfer_syntax() {
    let Some(storescu) = required(program("storescu"), "storescu of dcmtk") else { return };
    let folder = tempfile::tempdir().unwrap();
    for (syntax, tool, arguments, option) in CONVERSIONS {
        let Some(tool) = required(program(tool), tool) else { continue };
        let sent = converted(folder.path(), &tool, arguments, syntax).await;
        let node = node(policy(), Temper::Takes).await;
        let mut all = vec![(*option).to_owned()];
        all.extend(node_arguments(&node));
        all.push(text(&sent));
        run_well(&storescu, &all).await;
        let objects = node.objects();
        let (head, data_set) = Head::split(&Bytes::from(std::fs::read(&sent).unwrap())).unwrap();
        assert_eq!(objects.len(), 1, "{syntax}");
        assert_eq!(head.syntax.as_str(), *syntax);
        assert_eq!(objects[0].incoming.syntax, head.syntax);
        assert_eq!(objects[0].incoming.instance, head.instance);
        assert_eq!(objects[0].data_set, data_set, "{syntax}");
    }
}

/// A storescp of dcmtk that is ended with the test.
struct StoreScp {
    process: std::process::Child,
    address: std::net::SocketAddr,
    folder: tempfile::TempDir,
}

impl Drop for StoreScp {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn storescp(program: &Path) -> StoreScp {
    let folder = tempfile::tempdir().unwrap();
    // dcmtk wants a number: take one that was free a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = Command::new(program);
    command.env("TCP_NODELAY", "1").args(["+xa", "+B", "-od"]).arg(folder.path());
    let process = command
        .arg(address.port().to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let provider = StoreScp { process, address, folder };
    // It starts within milliseconds; 15 s are for a machine that has much else to do.
    for _ in 0..300 {
        if scu::echo(&peer(address)).await.is_ok() {
            return provider;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("storescp does not answer");
}

#[tokio::test]
async fn dcmtk_keeps_what_we_store_byte_by_byte() {
    let Some(program) = required(program("storescp"), "storescp of dcmtk") else { return };
    let provider = storescp(&program).await;
    let objects: Vec<Outgoing> = ["2.25.11", "2.25.12", "2.25.13"].map(image).to_vec();
    let outcomes = scu::store(&peer(provider.address), &objects).await.unwrap();
    for outcome in &outcomes {
        assert_eq!(outcome.result.as_ref().unwrap().note, None, "{}", outcome.instance);
    }
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(provider.folder.path()).unwrap() {
        let bytes = Bytes::from(std::fs::read(entry.unwrap().path()).unwrap());
        kept.push(Outgoing::from_part10(&bytes).unwrap());
    }
    kept.sort_by(|one, other| one.instance.cmp(&other.instance));
    assert_eq!(kept.len(), objects.len());
    for (kept, sent) in kept.iter().zip(&objects) {
        assert_eq!((&kept.instance, &kept.data_set), (&sent.instance, &sent.data_set));
    }
}

#[tokio::test]
async fn our_files_are_read_by_dcmtk() {
    let Some(dcmdump) = required(program("dcmdump"), "dcmdump of dcmtk") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ours.dcm");
    std::fs::write(&path, file("2.25.11")).unwrap();
    let dump = run_well(&dcmdump, &[text(&path)]).await;
    assert!(dump.contains("MediaStorageSOPInstanceUID") && dump.contains("[2.25.11]"), "{dump}");
}

/// A script of the peer kit against the node: its exit code says whether all was well.
async fn check_kit(script: &str, arguments: &[&str]) {
    let Some(python) = required(python(), "Python with pynetdicom") else { return };
    let Some(script) = required(shared(&format!("kit/peers/{script}")), "the peer kit") else {
        return;
    };
    let node = node(policy(), Temper::Takes).await;
    let mut command = vec!["-B".to_owned(), text(&script)];
    command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let target = format!("SCP={}:INTERVAL", node.address);
    let mut all = vec![target, text(&python)];
    all.extend(command);
    let Some(env) = required(program("env"), "env") else { return };
    let output = run(&env, &all).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[tokio::test]
async fn pynetdicom_echoes_and_stores() {
    check_kit("echo_and_store.py", &[]).await;
}
#[tokio::test]
async fn pynetdicom_is_told_that_a_uid_is_not_valid() {
    check_kit("echo_and_store.py", &["1.02.3"]).await;
    check_kit("echo_and_store.py", &["../x"]).await;
}
#[tokio::test]
async fn pynetdicom_may_split_a_command_as_it_likes() {
    check_kit("split_command.py", &[]).await;
}
