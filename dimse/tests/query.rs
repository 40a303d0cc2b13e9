//! Questions: what is found, what is refused, what is cancelled.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use dicom_ul::pdu::{AssociationAC, AssociationRQ, Pdu, UserVariableItem};
use interval_core::query::{Attribute, Criterion, Level, Names, Query};
use interval_dimse::classes::STUDY_ROOT_FIND;
use interval_dimse::command::{Command, Operation, cancel_request, find_request};
use interval_dimse::scu::{self, Root, ScuError};
use interval_dimse::status::Status;
use support::archive::{Archive, SERIES, STUDY};
use support::foreign::{program, required, run_well};
use support::raw::{ECHO, Raw, VERIFICATION, command, context, data, request};
use support::{Node, Temper, node_with, policy};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const FIND: u8 = 5;

async fn node_of(archive: Archive) -> (Node, Arc<Archive>) {
    let archive = Arc::new(archive);
    let finder = Arc::clone(&archive);
    let node = node_with(policy(), Temper::Takes, |services| services.finder(finder)).await;
    (node, archive)
}

fn images() -> Query {
    let mut query = Query::of(Level::Instance);
    let study = Criterion::parse(Attribute::StudyInstanceUID, STUDY).unwrap().unwrap();
    query.criteria.insert(Attribute::StudyInstanceUID, study);
    let series = Criterion::parse(Attribute::SeriesInstanceUID, SERIES).unwrap().unwrap();
    query.criteria.insert(Attribute::SeriesInstanceUID, series);
    query.wanted.extend([Attribute::SOPInstanceUID, Attribute::InstanceNumber, Attribute::Rows]);
    query.wanted.insert(Attribute::PatientName);
    query
}

#[tokio::test]
async fn every_image_of_a_series_is_told() {
    let (node, archive) = node_of(Archive::of(640).0).await;
    let start = Instant::now();
    let found = scu::find(&node.as_peer(), Root::Study, &images()).await.unwrap();
    println!("640 matches in {:?}", start.elapsed());
    assert_eq!(found.len(), 640);
    assert_eq!(found[7].text(Attribute::InstanceNumber), "7");
    assert_eq!(found[7].text(Attribute::Rows), "16");
    assert_eq!(found[7].text(Attribute::RetrieveAETitle), "INTERVAL");
    let asked = &archive.queries.lock().unwrap()[0];
    assert_eq!(asked.criteria, images().criteria);
}

#[tokio::test]
async fn a_name_in_any_letters_is_asked_for_and_told() {
    let (mut archive, _) = Archive::of(1);
    archive.name = "כהן^רות".into();
    let (node, _) = node_of(archive).await;
    let mut query = Query::of(Level::Study);
    let name = Criterion::parse(Attribute::PatientName, "כהן*").unwrap().unwrap();
    query.criteria.insert(Attribute::PatientName, name);
    let found = scu::find(&node.as_peer(), Root::Study, &query).await.unwrap();
    assert_eq!(found[0].text(Attribute::PatientName), "כהן^רות");
}

#[tokio::test]
async fn a_limit_and_an_offset_are_kept() {
    let (node, _) = node_of(Archive::of(2000).0).await;
    let mut query = images();
    (query.offset, query.limit) = (3, Some(4));
    let found = scu::find(&node.as_peer(), Root::Study, &query).await.unwrap();
    let numbers: Vec<_> = found.iter().map(|f| f.text(Attribute::InstanceNumber)).collect();
    assert_eq!(numbers, ["3", "4", "5", "6"]);
}

#[tokio::test]
async fn fuzzy_names_are_negotiated() {
    let (node, archive) = node_of(Archive::of(1).0).await;
    let mut query = Query::of(Level::Study);
    query.names = Names::Fuzzy;
    let name = Criterion::parse(Attribute::PatientName, "small ra").unwrap().unwrap();
    query.criteria.insert(Attribute::PatientName, name);
    let found = scu::find(&node.as_peer(), Root::Study, &query).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(archive.queries.lock().unwrap()[0].names, Names::Fuzzy);
}

#[tokio::test]
async fn patient_root_has_patients_and_study_root_has_none() {
    let (node, _) = node_of(Archive::of(1).0).await;
    let query = Query::of(Level::Patient);
    let found = scu::find(&node.as_peer(), Root::Patient, &query).await.unwrap();
    assert_eq!(found.len(), 1);
    let refused = scu::find(&node.as_peer(), Root::Study, &query).await.unwrap_err();
    assert!(
        matches!(refused, ScuError::NotDone { status: Status::DOES_NOT_MATCH_CLASS, .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn where_nobody_finds_nothing_is_agreed() {
    let node = support::node(policy(), Temper::Takes).await;
    let refused = scu::find(&node.as_peer(), Root::Study, &images()).await.unwrap_err();
    assert!(matches!(refused, ScuError::ServiceNotAccepted(_)), "{refused:?}");
}

fn find_association() -> AssociationRQ {
    let mut request = request();
    request.presentation_contexts.push(context(FIND, STUDY_ROOT_FIND, &[EXPLICIT]));
    request
}

async fn open(node: &Node, request: AssociationRQ) -> (Raw, Vec<UserVariableItem>) {
    let (raw, answer) = Raw::associate(node.address, request).await;
    let Pdu::AssociationAC(AssociationAC { user_variables, .. }) = answer else {
        panic!("{answer:?}")
    };
    (raw, user_variables)
}

fn element(tag: u32, vr: &str, value: &str) -> Vec<u8> {
    let mut bytes = ((tag >> 16) as u16).to_le_bytes().to_vec();
    bytes.extend((tag as u16).to_le_bytes());
    bytes.extend(vr.as_bytes());
    let mut value = value.as_bytes().to_vec();
    value.resize(value.len().next_multiple_of(2), b' ');
    bytes.extend((value.len() as u16).to_le_bytes());
    bytes.extend(value);
    bytes
}

async fn ask(raw: &mut Raw, identifier: &[u8]) {
    let request = command(FIND, true, &find_request(9, STUDY_ROOT_FIND));
    raw.say([request]).await;
    // Our PDUs are as small as the peer likes.
    let pieces = identifier.chunks(64 * 1024);
    let whole = pieces.len();
    for (index, piece) in pieces.enumerate() {
        raw.say([data(FIND, index + 1 == whole, piece)]).await;
    }
    if whole == 0 {
        raw.say([data(FIND, true, b"")]).await;
    }
}

/// The next command of the peer; data sets are passed over.
async fn next_status(raw: &mut Raw) -> Status {
    loop {
        let Pdu::PData { data } = raw.pdu().await else { panic!("no message") };
        for value in data {
            if value.value_type == dicom_ul::pdu::PDataValueType::Command {
                let heard = Command::parse(&value.data).unwrap();
                assert_eq!(heard.message_id, 9);
                let Operation::Response(status) = heard.operation else { panic!("{heard:?}") };
                return status;
            }
        }
    }
}

async fn last_status(raw: &mut Raw) -> Status {
    loop {
        match next_status(raw).await {
            Status::PENDING | Status::PENDING_KEYS_UNSUPPORTED => {}
            status => return status,
        }
    }
}

fn identifier(level: &str) -> Vec<u8> {
    [element(0x0008_0052, "CS", level), element(0x0020_000D, "UI", STUDY)].concat()
}

#[tokio::test]
async fn a_cancel_ends_the_matches() {
    let (node, _) = node_of(Archive::of(60_000).0).await;
    let (mut raw, _) = open(&node, find_association()).await;
    ask(&mut raw, &identifier("IMAGE")).await;
    assert_eq!(next_status(&mut raw).await, Status::PENDING);
    raw.say([command(FIND, true, &cancel_request(9))]).await;
    assert_eq!(last_status(&mut raw).await, Status::CANCELLED);
    assert!(raw.echoes().await);
}

#[tokio::test]
async fn a_cancel_of_what_is_over_changes_nothing() {
    let (node, _) = node_of(Archive::of(1).0).await;
    let (mut raw, _) = open(&node, find_association()).await;
    raw.say([command(FIND, true, &cancel_request(8))]).await;
    ask(&mut raw, &identifier("IMAGE")).await;
    assert_eq!(last_status(&mut raw).await, Status::SUCCESS);
    raw.say([command(FIND, true, &cancel_request(9))]).await;
    assert!(raw.echoes().await);
}

#[tokio::test]
async fn an_unsupported_key_is_told_by_the_status() {
    let (node, _) = node_of(Archive::of(1).0).await;
    let (mut raw, _) = open(&node, find_association()).await;
    let mut identifier = identifier("STUDY");
    identifier.extend(element(0x0032_1060, "LO", "MR HEAD"));
    ask(&mut raw, &identifier).await;
    assert_eq!(next_status(&mut raw).await, Status::PENDING_KEYS_UNSUPPORTED);
}

async fn check_refused(identifier: &[u8], expected: Status) {
    let (node, _) = node_of(Archive::of(1).0).await;
    let (mut raw, _) = open(&node, find_association()).await;
    ask(&mut raw, identifier).await;
    assert_eq!(next_status(&mut raw).await, expected);
    assert!(raw.echoes().await, "the association lives on");
}

#[tokio::test]
async fn hostile_identifiers_are_refused_and_nothing_else_happens() {
    check_refused(b"", Status::DOES_NOT_MATCH_CLASS).await;
    check_refused(&identifier("IMAGE")[..11], Status::CANNOT_UNDERSTAND).await;
    check_refused(&[0xFF; 64], Status::CANNOT_UNDERSTAND).await;
    let endless = [0x08, 0, 0x40, 0x11, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    let item = [0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
    let nested = [&endless[..], &item[..]].concat().repeat(20_000);
    check_refused(&nested, Status::CANNOT_UNDERSTAND).await;
    let large = vec![0; 5 * 1024 * 1024];
    check_refused(&large, Status::OUT_OF_RESOURCES).await;
    let stars = element(0x0010_0010, "PN", &"*a".repeat(30));
    check_refused(&[identifier("STUDY"), stars].concat(), Status::CANNOT_UNDERSTAND).await;
    check_refused(&element(0x0008_0052, "CS", "IMAGE"), Status::DOES_NOT_MATCH_CLASS).await;
}

#[tokio::test]
async fn a_question_on_another_context_is_no_operation_of_it() {
    let (node, _) = node_of(Archive::of(1).0).await;
    let (mut raw, _) = open(&node, find_association()).await;
    let request = command(ECHO, true, &find_request(9, VERIFICATION));
    raw.say([request, data(ECHO, true, &identifier("STUDY"))]).await;
    assert_eq!(next_status(&mut raw).await, Status::UNRECOGNISED_OPERATION);
}

#[tokio::test]
async fn the_answer_tells_what_of_the_extended_negotiation_is_done() {
    let (node, _) = node_of(Archive::of(1).0).await;
    let mut request = find_association();
    let item = |bytes: &[u8]| {
        let class = STUDY_ROOT_FIND.to_owned();
        UserVariableItem::SopClassExtendedNegotiationSubItem(class, bytes.to_vec())
    };
    request.user_variables.push(item(&[1, 1, 1, 1, 1]));
    let (mut raw, items) = open(&node, request).await;
    assert!(items.contains(&item(&[1, 0, 1, 0, 0])), "{items:?}");
    ask(&mut raw, &element(0x0008_0052, "CS", "IMAGE")).await;
    assert_eq!(last_status(&mut raw).await, Status::SUCCESS);
}

#[tokio::test]
async fn a_second_request_before_the_answer_ends_the_association() {
    let (node, _) = node_of(Archive::of(60_000).0).await;
    let (mut raw, _) = open(&node, find_association()).await;
    ask(&mut raw, &identifier("IMAGE")).await;
    ask(&mut raw, &identifier("IMAGE")).await;
    let aborted = async {
        loop {
            if let Pdu::AbortRQ { .. } = raw.pdu().await {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), aborted).await.unwrap();
}

#[tokio::test]
async fn dcmtk_finds() {
    let Some(findscu) = required(program("findscu"), "findscu of dcmtk") else { return };
    let (mut archive, _) = Archive::of(3);
    archive.name = "Müller^Jürgen".into();
    let (node, _) = node_of(archive).await;
    let port = node.address.port().to_string();
    for root in ["-S", "-P"] {
        let mut arguments = vec![root, "-aec", "INTERVAL", "-k", "QueryRetrieveLevel=IMAGE"];
        let keys = ["StudyInstanceUID=2.25.1", "SeriesInstanceUID=2.25.2", "SOPInstanceUID"];
        arguments.extend(keys.iter().flat_map(|key| ["-k", key]));
        arguments.extend(["-k", "PatientID=RAMP", "-k", "PatientName", "127.0.0.1", &port]);
        let said = run_well(&findscu, &arguments).await;
        assert_eq!(said.matches("Find Response").count(), 3, "{said}");
        assert!(said.contains("[ISO_IR 192]") && said.contains("Müller^Jürgen"), "{said}");
    }
}
