//! Storage commitment and availability notices, both roles.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use interval_core::fault::Fault;
use interval_dimse::Promise;
use interval_dimse::caller::Caller;
use interval_dimse::scu::{self, Commitment, ScuError};
use interval_dimse::service::availability::{Announced, Availability, Notice};
use interval_dimse::service::commitment::{Informed, Reference, Report, TransactionUid};
use interval_dimse::status::{Refusal, Status};
use support::archive::Archive;
use support::foreign::{python, required, run};
use support::image::MR;
use support::{Node, Temper, node_with, policy};
use tokio::sync::mpsc;

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const PATIENCE: Duration = Duration::from_secs(10);

fn reference(class: &str, instance: &str) -> Reference {
    Reference { class: class.parse().unwrap(), instance: instance.parse().unwrap() }
}

fn transaction() -> TransactionUid {
    "2.25.77".parse().unwrap()
}

async fn custodian(slowness: Duration) -> (Node, mpsc::UnboundedReceiver<Report>) {
    let (mut archive, undelivered) = Archive::of(2);
    archive.slowness = slowness;
    let custodian = Arc::new(archive);
    let node = node_with(policy(), Temper::Takes, |services| services.custodian(custodian)).await;
    (node, undelivered)
}

#[tokio::test]
async fn what_is_kept_is_promised_on_the_same_association() {
    let (node, _) = custodian(Duration::ZERO).await;
    let references = [reference(MR, "2.25.10"), reference(MR, "2.25.11")];
    let said = scu::commit(&node.as_peer(), &transaction(), &references, PATIENCE).await.unwrap();
    let Commitment::Reported(report) = said else { panic!("{said:?}") };
    assert_eq!((&report.kept[..], &report.failed[..]), (&references[..], &[][..]));
    assert_eq!(report.transaction, transaction());
}

#[tokio::test]
async fn what_is_not_kept_is_named_with_its_reason() {
    let (node, _) = custodian(Duration::ZERO).await;
    let references = [reference(MR, "2.25.10"), reference(CT, "2.25.11"), reference(MR, "2.25.99")];
    let said = scu::commit(&node.as_peer(), &transaction(), &references, PATIENCE).await.unwrap();
    let Commitment::Reported(report) = said else { panic!("{said:?}") };
    let reasons: Vec<_> = report.failed.iter().map(|(_, reason)| *reason).collect();
    assert_eq!(reasons, [Status::CLASS_INSTANCE_CONFLICT, Status::NO_SUCH_INSTANCE]);
    assert_eq!(report.kept, references[..1]);
}

#[tokio::test]
async fn a_request_for_nothing_is_refused() {
    let (node, _) = custodian(Duration::ZERO).await;
    let refused = scu::commit(&node.as_peer(), &transaction(), &[], PATIENCE).await.unwrap_err();
    let is_told = matches!(refused, ScuError::NotDone { status: Status(0x0120), .. });
    assert!(is_told, "{refused:?}");
    assert_eq!(refused.fault(), Fault::Refused);
}

/// Hears reports.
#[derive(Default)]
struct Desk {
    reports: Mutex<Vec<Report>>,
}

impl Informed for Desk {
    fn reported<'a>(
        &'a self,
        _caller: &'a Caller,
        report: Report,
    ) -> Promise<'a, Result<(), Refusal>> {
        let is_awaited = report.transaction == transaction();
        self.reports.lock().unwrap().push(report);
        Box::pin(async move {
            let nobody = || Refusal::with_status(Status::NO_SUCH_INSTANCE, "nobody waits for it");
            if is_awaited { Ok(()) } else { Err(nobody()) }
        })
    }
}

#[tokio::test]
async fn a_report_finds_who_has_left_meanwhile() {
    let (node, mut undelivered) = custodian(Duration::from_millis(300)).await;
    let references = [reference(MR, "2.25.10")];
    let said =
        scu::commit(&node.as_peer(), &transaction(), &references, Duration::ZERO).await.unwrap();
    assert_eq!(said, Commitment::Later);
    let report = undelivered.recv().await.unwrap();

    let desk = Arc::new(Desk::default());
    let informed = desk.clone();
    let asker = node_with(policy(), Temper::Takes, |services| services.informed(informed)).await;
    scu::report(&asker.as_peer(), &report).await.unwrap();
    assert_eq!(desk.reports.lock().unwrap()[..], *std::slice::from_ref(&report));
    let stray = Report { transaction: "2.25.78".parse().unwrap(), ..report };
    let refused = scu::report(&asker.as_peer(), &stray).await.unwrap_err();
    assert!(matches!(refused, ScuError::NotDone { status: Status(0x0112), .. }), "{refused:?}");
}

#[tokio::test]
async fn where_nothing_is_promised_nothing_is_agreed() {
    let node = support::node(policy(), Temper::Takes).await;
    let references = [reference(MR, "2.25.10")];
    let asked = scu::commit(&node.as_peer(), &transaction(), &references, PATIENCE).await;
    assert!(matches!(asked, Err(ScuError::ServiceNotAccepted(_))), "{asked:?}");
    let report = Report { transaction: transaction(), kept: Vec::new(), failed: Vec::new() };
    let told = scu::report(&node.as_peer(), &report).await;
    assert!(matches!(told, Err(ScuError::ServiceNotAccepted(_))), "{told:?}");
}

/// Asks for a commitment and waits for the report on the same association.
const COMMIT: &str = r#"
import sys, time, threading
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import StorageCommitmentPushModel as SC
MR = "1.2.840.10008.5.1.4.1.1.4"
heard, done = [], threading.Event()
def report(event):
    heard.append((event.event_type, event.event_information))
    done.set()
    return 0x0000, None
ae = AE(ae_title="TESTER")
ae.add_requested_context(SC)
assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ae_title="INTERVAL",
    evt_handlers=[(evt.EVT_N_EVENT_REPORT, report)])
assert assoc.is_established
ask = Dataset()
ask.TransactionUID = "2.25.5"
ask.ReferencedSOPSequence = []
for uid in ("2.25.10", "2.25.99"):
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = MR, uid
    ask.ReferencedSOPSequence.append(item)
status, _ = assoc.send_n_action(ask, 1, SC, "1.2.840.10008.1.20.1.1")
assert status.Status == 0, status
assert done.wait(10)
kind, said = heard[0]
assert kind == 2 and said.TransactionUID == "2.25.5"
assert [i.ReferencedSOPInstanceUID for i in said.ReferencedSOPSequence] == ["2.25.10"]
assert [i.FailureReason for i in said.FailedSOPSequence] == [0x0112]
status, _ = assoc.send_n_action(ask, 2, SC, "1.2.840.10008.1.20.1.1")
assert status.Status == 0x0123, status
status, _ = assoc.send_n_action(ask, 1, SC, "1.2.3")
assert status.Status == 0x0112, status
time.sleep(0.2)
assoc.release()
assert assoc.is_released
"#;

#[tokio::test]
async fn pynetdicom_hears_the_report_on_its_association() {
    let Some(python) = required(python(), "Python with pynetdicom") else { return };
    let (node, mut undelivered) = custodian(Duration::from_millis(50)).await;
    let port = node.address.port().to_string();
    let output = run(&python, &["-c", COMMIT, port.as_str()]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(undelivered.try_recv().is_err(), "what was confirmed is not told again");
}

/// Takes notes.
#[derive(Default)]
struct Board {
    notices: Mutex<Vec<Notice>>,
}

impl Announced for Board {
    fn announced<'a>(
        &'a self,
        _caller: &'a Caller,
        notice: Notice,
    ) -> Promise<'a, Result<(), Refusal>> {
        self.notices.lock().unwrap().push(notice);
        Box::pin(async { Ok(()) })
    }
}

/// Tells that a study can be had, and then forgets to say which.
const ANNOUNCE: &str = r#"
import sys
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import InstanceAvailabilityNotification as IAN
ae = AE(ae_title="TESTER")
ae.add_requested_context(IAN)
assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ae_title="INTERVAL")
assert assoc.is_established
note, series, item = Dataset(), Dataset(), Dataset()
item.RetrieveAETitle, item.InstanceAvailability = "PACS", "ONLINE"
item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", "2.25.10"
series.SeriesInstanceUID, series.ReferencedSOPSequence = "2.25.2", [item]
note.ReferencedPerformedProcedureStepSequence = []
note.ReferencedSeriesSequence, note.StudyInstanceUID = [series], "2.25.1"
status, _ = assoc.send_n_create(note, IAN, "2.25.123")
assert status.Status == 0, status
del note.StudyInstanceUID
status, _ = assoc.send_n_create(note, IAN, "2.25.124")
assert status.Status == 0x0120, status
assoc.release()
"#;

#[tokio::test]
async fn pynetdicom_tells_what_can_be_had() {
    let Some(python) = required(python(), "Python with pynetdicom") else { return };
    let board = Arc::new(Board::default());
    let announced = board.clone();
    let node = node_with(policy(), Temper::Takes, |services| services.announced(announced)).await;
    let port = node.address.port().to_string();
    let output = run(&python, &["-c", ANNOUNCE, port.as_str()]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let notices = board.notices.lock().unwrap();
    let object = &notices[0].objects[0];
    assert_eq!((notices.len(), notices[0].study.as_str()), (1, "2.25.1"));
    assert_eq!(object.availability, Availability::Online);
    assert_eq!(object.retrieve_ae, "PACS");
}
