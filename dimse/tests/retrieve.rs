//! Retrievals: objects back on the same association, or on to somebody else.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use interval_core::query::Selection;
use interval_dimse::scu::{self, Outgoing, Root, ScuError, Transfer};
use interval_dimse::status::Status;
use support::archive::{Archive, STUDY};
use support::foreign::{program, python, required, run, run_well};
use support::{Memory, Node, Temper, memory, node, node_with, peer, policy};

async fn node_of(archive: Archive) -> Node {
    let source = Arc::new(archive);
    node_with(policy(), Temper::Takes, |services| services.source(source)).await
}

fn study() -> Selection {
    Selection::study(STUDY.parse().unwrap())
}

async fn get(node: &Node, receiver: &Memory) -> Result<Transfer, ScuError> {
    let class = support::image::MR.parse().unwrap();
    scu::get(&node.as_peer(), (Root::Study, &study()), &[class], receiver).await
}

#[tokio::test]
async fn objects_come_back_on_the_same_association() {
    let node = node_of(Archive::of(25).0).await;
    let (receiver, shelf, _events) = memory(Temper::Takes);
    let transfer = get(&node, &receiver).await.unwrap();
    assert_eq!((transfer.completed, transfer.failed), (25, 0));
    let expected: Vec<_> = Archive::of(25).0.objects;
    let kept = shelf.lock().unwrap();
    for (kept, sent) in kept.iter().zip(&expected) {
        assert_eq!(kept.incoming.instance, sent.instance);
        assert_eq!(kept.data_set, sent.data_set);
        assert_eq!(kept.incoming.origin.calling_ae, "INTERVAL");
    }
    assert_eq!(kept.len(), 25);
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_and_named() {
    let (mut archive, _) = Archive::of(3);
    archive.damaged.push("2.25.11".into());
    let node = node_of(archive).await;
    let (receiver, _shelf, _events) = memory(Temper::Takes);
    let transfer = get(&node, &receiver).await.unwrap();
    assert_eq!((transfer.completed, transfer.failed), (2, 1));
    assert_eq!(transfer.failed_instances, ["2.25.11".parse().unwrap()]);
}

#[tokio::test]
async fn what_the_receiver_does_not_take_is_a_failure_of_the_whole_if_it_is_all() {
    let node = node_of(Archive::of(2).0).await;
    let (receiver, _shelf, _events) = memory(Temper::RefusesAtOnce(Status::OUT_OF_RESOURCES));
    let refused = get(&node, &receiver).await.unwrap_err();
    assert!(matches!(refused, ScuError::NotDone { status: Status::CANNOT_PERFORM, .. }));
    let (receiver, _shelf, _events) = memory(Temper::KeepsAside);
    let transfer = get(&node, &receiver).await.unwrap();
    assert_eq!((transfer.completed, transfer.warning), (0, 2));
}

#[tokio::test]
async fn what_is_not_here_is_no_failure() {
    let node = node_of(Archive::of(1).0).await;
    let (receiver, _shelf, _events) = memory(Temper::Takes);
    let elsewhere = Selection::study("2.25.999".parse().unwrap());
    let asked = (Root::Study, &elsewhere);
    let transfer = scu::get(&node.as_peer(), asked, &[], &receiver).await.unwrap();
    assert_eq!(transfer, Transfer::default());
}

#[tokio::test]
async fn objects_are_sent_on_to_a_destination() {
    let target = node(policy(), Temper::Takes).await;
    let (mut archive, _) = Archive::of(7);
    archive.destinations.insert("TARGET".into(), peer(target.address));
    let node = node_of(archive).await;
    let destination = "TARGET".parse().unwrap();
    let asked = (Root::Study, &study());
    let transfer = scu::relay(&node.as_peer(), asked, &destination).await.unwrap();
    assert_eq!((transfer.completed, transfer.failed), (7, 0));
    assert_eq!(target.objects().len(), 7);
}

#[tokio::test]
async fn one_move_after_the_other_goes_by_the_same_association() {
    let mut target = node(policy(), Temper::Takes).await;
    let (mut archive, _) = Archive::of(2);
    archive.destinations.insert("TARGET".into(), peer(target.address));
    let node = node_of(archive).await;
    let destination = "TARGET".parse().unwrap();
    let asked = (Root::Study, &study());
    for _ in 0..2 {
        let transfer = scu::relay(&node.as_peer(), asked, &destination).await.unwrap();
        assert_eq!(transfer.completed, 2);
    }
    let objects = target.objects();
    let numbers = objects.iter().map(|object| object.incoming.origin.association);
    assert_eq!(numbers.collect::<std::collections::HashSet<_>>().len(), 1);
    // When nobody asks for more, it is released.
    target.closed().await;
}

#[tokio::test]
async fn a_destination_that_gave_up_an_idle_association_gets_everything_on_another() {
    let target = node(support::impatient(), Temper::Takes).await;
    let (mut archive, _) = Archive::of(2);
    archive.destinations.insert("TARGET".into(), peer(target.address));
    let node = node_of(archive).await;
    let destination = "TARGET".parse().unwrap();
    let asked = (Root::Study, &study());
    for _ in 0..2 {
        let transfer = scu::relay(&node.as_peer(), asked, &destination).await.unwrap();
        assert_eq!(transfer.completed, 2);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(target.objects().len(), 4);
}

#[tokio::test]
async fn an_unknown_destination_is_told() {
    let node = node_of(Archive::of(1).0).await;
    let destination = "NOBODY".parse().unwrap();
    let asked = (Root::Study, &study());
    let refused = scu::relay(&node.as_peer(), asked, &destination).await.unwrap_err();
    let is_unknown = matches!(refused, ScuError::NotDone { status: Status(0xA801), .. });
    assert!(is_unknown, "{refused:?}");
}

#[tokio::test]
async fn a_destination_that_is_away_gets_nothing() {
    let (mut archive, _) = Archive::of(2);
    let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    archive.destinations.insert("AWAY".into(), peer(away));
    let node = node_of(archive).await;
    let destination = "AWAY".parse().unwrap();
    let asked = (Root::Study, &study());
    let refused = scu::relay(&node.as_peer(), asked, &destination).await.unwrap_err();
    let is_told = matches!(refused, ScuError::NotDone { status: Status(0xA702), .. });
    assert!(is_told, "{refused:?}");
}

fn kept_in(folder: &Path) -> Vec<Outgoing> {
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|entry| Bytes::from(std::fs::read(entry.unwrap().path()).unwrap()));
    let mut kept: Vec<_> = files.map(|file| Outgoing::from_part10(&file).unwrap()).collect();
    kept.sort_by(|one, other| one.instance.cmp(&other.instance));
    kept
}

fn check_kept(folder: &Path) {
    let mut sent = Archive::of(12).0.objects;
    sent.sort_by(|one, other| one.instance.cmp(&other.instance));
    let kept = kept_in(folder);
    assert_eq!(kept.len(), sent.len());
    for (kept, sent) in kept.iter().zip(&sent) {
        assert_eq!((&kept.instance, &kept.data_set), (&sent.instance, &sent.data_set));
    }
}

#[tokio::test]
async fn dcmtk_gets() {
    let Some(getscu) = required(program("getscu"), "getscu of dcmtk") else { return };
    let node = node_of(Archive::of(12).0).await;
    let folder = tempfile::tempdir().unwrap();
    let (port, folder) = (node.address.port().to_string(), folder.path());
    let mut arguments = vec!["-S", "+B", "-aec", "INTERVAL", "-od", folder.to_str().unwrap()];
    arguments.extend(["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=2.25.1"]);
    arguments.extend(["127.0.0.1", &port]);
    run_well(&getscu, &arguments).await;
    check_kept(folder);
}

#[tokio::test]
async fn dcmtk_has_objects_moved_to_itself() {
    let Some(movescu) = required(program("movescu"), "movescu of dcmtk") else { return };
    let own = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (mut archive, _) = Archive::of(12);
    archive.destinations.insert("MOVER".into(), peer(own));
    let node = node_of(archive).await;
    let folder = tempfile::tempdir().unwrap();
    let (port, own) = (node.address.port().to_string(), own.port().to_string());
    let folder = folder.path();
    let mut arguments = vec!["-S", "-aec", "INTERVAL", "-aet", "MOVER", "-aem", "MOVER", "+P"];
    arguments.extend([own.as_str(), "-od", folder.to_str().unwrap(), "-k"]);
    arguments.extend(["QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=2.25.1"]);
    arguments.extend(["127.0.0.1", &port]);
    run_well(&movescu, &arguments).await;
    assert_eq!(kept_in(folder).len(), 12);
}

/// Gets a study, and cancels when the third object is there.
const CANCEL: &str = r#"
import sys, time
from pydicom.dataset import Dataset
from pynetdicom import AE, evt, build_role
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as GET, MRImageStorage
seen = []
def store(event):
    seen.append(event.request.AffectedSOPInstanceUID)
    if len(seen) == 3:
        event.assoc.send_c_cancel(5, query_model=GET)
    return 0x0000
ae = AE(ae_title="TESTER")
ae.add_requested_context(GET)
ae.add_requested_context(MRImageStorage)
assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ae_title="INTERVAL",
    ext_neg=[build_role(MRImageStorage, scp_role=True)], evt_handlers=[(evt.EVT_C_STORE, store)])
assert assoc.is_established
ask = Dataset()
ask.QueryRetrieveLevel, ask.StudyInstanceUID = "STUDY", "2.25.1"
statuses = [status for status, _ in assoc.send_c_get(ask, GET, msg_id=5)]
last = statuses[-1]
assert last.Status == 0xFE00, hex(last.Status)
done = last.NumberOfCompletedSuboperations
assert done == len(seen) < 200, (done, len(seen))
assert last.NumberOfRemainingSuboperations == 200 - done
assoc.release()
assert assoc.is_released
"#;

#[tokio::test]
async fn pynetdicom_may_cancel_on_the_way() {
    let Some(python) = required(python(), "Python with pynetdicom") else { return };
    let (mut archive, _) = Archive::of(200);
    archive.slowness = Duration::from_millis(20);
    let node = node_of(archive).await;
    let port = node.address.port().to_string();
    let output = run(&python, &["-c", CANCEL, port.as_str()]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn whoever_does_not_take_the_role_of_a_provider_gets_nothing() {
    let Some(python) = required(python(), "Python with pynetdicom") else { return };
    let node = node_of(Archive::of(2).0).await;
    let script =
        CANCEL.replace("scp_role=True", "scu_role=True").replace("0xFE00", "0xA702").replace(
            "done = last",
            "assert last.NumberOfFailedSuboperations == 2; assoc.release(); sys.exit(0); x = last",
        );
    let port = node.address.port().to_string();
    let output = run(&python, &["-c", script.as_str(), port.as_str()]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_peer_that_leaves_in_the_middle_harms_nobody() {
    let (mut archive, _) = Archive::of(200);
    archive.slowness = Duration::from_millis(5);
    let mut node = node_of(archive).await;
    let (receiver, shelf, _events) = memory(Temper::Takes);
    let peer = node.as_peer();
    let getting = tokio::spawn(async move {
        let class = support::image::MR.parse().unwrap();
        scu::get(&peer, (Root::Study, &study()), &[class], &receiver).await
    });
    let some = |shelf: &Arc<Mutex<Vec<support::Object>>>| shelf.lock().unwrap().len() > 2;
    while !some(&shelf) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    getting.abort();
    node.closed().await;
    scu::echo(&node.as_peer()).await.unwrap();
}
