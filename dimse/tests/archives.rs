//! Our user against other people's archives: find, get, move.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use interval_core::query::{Attribute, Criterion, Level, Query, Selection};
use interval_dimse::scu::{self, Outgoing, Peer, Root};
use support::foreign::{program, required};
use support::image::{MR, image};
use support::{Temper, memory, node, peer, policy};

const STUDY: &str = "2.25.1";

/// An archive that is ended with the test.
struct Archive {
    process: Child,
    peer: Peer,
    _folder: tempfile::TempDir,
}

impl Drop for Archive {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn started(mut command: Command, address: SocketAddr, folder: tempfile::TempDir) -> Archive {
    let quiet = command.env("TCP_NODELAY", "1").stdout(Stdio::null()).stderr(Stdio::null());
    let process = quiet.spawn().unwrap();
    let peer = Peer { called: "ARCHIVE".parse().unwrap(), ..peer(address) };
    let archive = Archive { process, peer, _folder: folder };
    // It starts within a second; 30 s are for a machine that has much else to do.
    for _ in 0..600 {
        if scu::echo(&archive.peer).await.is_ok() {
            return archive;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the archive does not answer");
}

async fn dcmqrscp(program: &Path, target: SocketAddr) -> Archive {
    let folder = tempfile::tempdir().unwrap();
    let (address, kept) = (free(), folder.path().join("kept"));
    std::fs::create_dir(&kept).unwrap();
    let config = format!(
        "NetworkTCPPort = {}\nMaxPDUSize = 65536\nMaxAssociations = 16\n\
         HostTable BEGIN\ntarget = (TARGET, 127.0.0.1, {})\nHostTable END\n\
         VendorTable BEGIN\nVendorTable END\n\
         AETable BEGIN\nARCHIVE {} RW (200, 1024mb) ANY\nAETable END\n",
        address.port(),
        target.port(),
        kept.display(),
    );
    let path = folder.path().join("dcmqrscp.cfg");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new(program);
    command.arg("-c").arg(&path);
    started(command, address, folder).await
}

async fn orthanc(program: &Path, target: SocketAddr) -> Archive {
    let folder = tempfile::tempdir().unwrap();
    let (address, web) = (free(), free());
    let config = format!(
        r#"{{"Name": "peer", "StorageDirectory": "{0}", "IndexDirectory": "{0}",
            "DicomAet": "ARCHIVE", "DicomPort": {1}, "HttpPort": {2}, "Plugins": [],
            "DicomAlwaysAllowGet": true, "DicomAlwaysAllowFind": true,
            "DicomAlwaysAllowMove": true, "DefaultEncoding": "Utf8",
            "DicomModalities": {{"target": ["TARGET", "127.0.0.1", {3}]}}}}"#,
        folder.path().join("kept").display(),
        address.port(),
        web.port(),
        target.port(),
    );
    let path = folder.path().join("orthanc.json");
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new(program);
    command.arg(&path);
    started(command, address, folder).await
}

async fn check(archive: &Archive, target: &support::Node) {
    let objects: Vec<Outgoing> = ["2.25.11", "2.25.12", "2.25.13"].map(image).to_vec();
    for outcome in scu::store(&archive.peer, &objects).await.unwrap() {
        outcome.result.unwrap();
    }

    let mut query = Query::of(Level::Study);
    let name = Criterion::parse(Attribute::PatientName, "Ramp*").unwrap().unwrap();
    query.criteria.insert(Attribute::PatientName, name);
    query.wanted.extend([Attribute::StudyInstanceUID, Attribute::PatientID]);
    let found = scu::find(&archive.peer, Root::Study, &query).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].text(Attribute::StudyInstanceUID), STUDY);
    assert_eq!(found[0].text(Attribute::PatientID), "RAMP");

    let study = Selection::study(STUDY.parse().unwrap());
    let (receiver, shelf, _events) = memory(Temper::Takes);
    let asked = (Root::Study, &study);
    let class = MR.parse().unwrap();
    let transfer = scu::get(&archive.peer, asked, &[class], &receiver).await.unwrap();
    assert_eq!((transfer.completed, transfer.failed), (3, 0));
    let mut kept: Vec<_> =
        shelf.lock().unwrap().iter().map(|object| object.incoming.instance.clone()).collect();
    kept.sort();
    assert_eq!(kept, objects.iter().map(|object| object.instance.clone()).collect::<Vec<_>>());

    let destination = "TARGET".parse().unwrap();
    let transfer = scu::relay(&archive.peer, asked, &destination).await.unwrap();
    assert_eq!((transfer.completed, transfer.failed), (3, 0));
    assert_eq!(target.objects().len(), 3);
}

async fn target() -> support::Node {
    let mut policy = policy();
    policy.called = vec!["TARGET".parse().unwrap()];
    node(policy, Temper::Takes).await
}

#[tokio::test]
async fn dcmtk_tells_gives_and_sends_on() {
    let Some(program) = required(program("dcmqrscp"), "dcmqrscp of dcmtk") else { return };
    let target = target().await;
    check(&dcmqrscp(&program, target.address).await, &target).await;
}

#[tokio::test]
async fn orthanc_tells_gives_and_sends_on() {
    let Some(program) = required(program("Orthanc"), "Orthanc") else { return };
    let target = target().await;
    check(&orthanc(&program, target.address).await, &target).await;
}
