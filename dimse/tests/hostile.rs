//! Peers that are odd, broken or evil: the node answers or ends the association, and lives on.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::time::Duration;

use dicom_ul::pdu::{
    AbortRQSource, AssociationRJ, AssociationRJResult,
    AssociationRJServiceProviderPresentationReason as LimitReason, AssociationRJSource, PDataValue,
    Pdu,
};
use interval_dimse::command::{Operation, echo_request, store_request};
use interval_dimse::scu;
use interval_dimse::status::Status;
use support::image::{MR, image};
use support::raw::{ECHO, Raw, STORE, VERIFICATION, command, data, request};
use support::{Event, Temper, impatient, node, policy};

/// PS3.8 table 9-26.
const UNRECOGNISED_PDU: u8 = 1;
const UNEXPECTED_PDU: u8 = 2;
const INVALID_PARAMETER: u8 = 6;

/// Fragments that end the association with this reason, and nothing kept.
async fn check_aborted(fragments: impl IntoIterator<Item = PDataValue>, reason: u8) {
    let mut node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    raw.say(fragments).await;
    assert_eq!(raw.abort_reason().await, reason);
    assert!(raw.is_closed().await);
    node.closed().await;
    assert!(node.objects().is_empty());
    scu::echo(&node.as_peer()).await.unwrap();
}

#[tokio::test]
async fn data_before_its_command_ends_the_association() {
    check_aborted([data(STORE, true, b"abcd")], INVALID_PARAMETER).await;
}
#[tokio::test]
async fn a_context_that_was_not_agreed_ends_the_association() {
    check_aborted([command(99, true, &echo_request(1, VERIFICATION))], INVALID_PARAMETER).await;
}
#[tokio::test]
async fn a_message_that_changes_its_context_ends_the_association() {
    let store = store_request(1, MR, "2.25.11");
    let fragments = [command(STORE, true, &store), data(ECHO, true, b"abcd")];
    check_aborted(fragments, INVALID_PARAMETER).await;
}
#[tokio::test]
async fn a_command_that_makes_no_sense_ends_the_association() {
    check_aborted([command(ECHO, true, &[0xff; 40])], INVALID_PARAMETER).await;
}
#[tokio::test]
async fn a_command_without_an_end_ends_the_association() {
    let flood = vec![0; 10_000];
    let fragments = [command(ECHO, false, &flood), command(ECHO, false, &flood)];
    check_aborted(fragments, INVALID_PARAMETER).await;
}

/// Bytes that end the association with this reason.
async fn check_bytes_aborted(bytes: &[u8], reason: u8) {
    let node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    raw.bytes(bytes).await;
    assert_eq!(raw.abort_reason().await, reason);
    scu::echo(&node.as_peer()).await.unwrap();
}

#[tokio::test]
async fn a_pdu_of_4_gib_is_refused_by_its_header() {
    check_bytes_aborted(b"\x04\0\xff\xff\xff\xfe", INVALID_PARAMETER).await;
    check_bytes_aborted(b"\x01\0\xff\xff\xff\xff", INVALID_PARAMETER).await;
    check_bytes_aborted(b"\x05\0\xff\xff\xff\xff", INVALID_PARAMETER).await;
}
#[tokio::test]
async fn a_pdu_over_the_agreed_size_is_refused_by_its_header() {
    check_bytes_aborted(b"\x04\0\x00\x04\x00\x01", INVALID_PARAMETER).await;
}
#[tokio::test]
async fn a_fragment_longer_than_its_pdu_is_refused() {
    check_bytes_aborted(b"\x04\0\0\0\0\x06\x00\x00\xff\xff\x01\x03", INVALID_PARAMETER).await;
}
#[tokio::test]
async fn a_pdu_that_does_not_exist_is_refused() {
    check_bytes_aborted(b"GET / HTTP/1.1\r\n", UNRECOGNISED_PDU).await;
}
#[tokio::test]
async fn a_second_request_is_unexpected() {
    let request = support::raw::encoded(&Pdu::AssociationRQ(request()));
    check_bytes_aborted(&request, UNEXPECTED_PDU).await;
}

#[tokio::test]
async fn data_before_an_association_is_unexpected() {
    let node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::connect(node.address).await;
    raw.say([command(ECHO, true, &echo_request(1, VERIFICATION))]).await;
    assert_eq!(raw.abort_reason().await, UNEXPECTED_PDU);
}

#[tokio::test]
async fn a_command_may_come_byte_by_byte_in_as_many_pdus() {
    let node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    let whole = echo_request(7, VERIFICATION);
    for (index, byte) in whole.iter().enumerate() {
        raw.say([command(ECHO, index + 1 == whole.len(), &[*byte])]).await;
    }
    let (context, response) = raw.response().await;
    assert_eq!((context, response.message_id), (ECHO, 7));
    assert_eq!(response.operation, Operation::Response(Status::SUCCESS));
    assert_eq!((&*response.class, &*response.instance), (VERIFICATION, ""));
}

#[tokio::test]
async fn one_pdu_may_hold_several_messages() {
    let node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    let bytes = image("2.25.11").data_set;
    let (head, tail) = bytes.split_at(100);
    raw.say([
        command(STORE, true, &store_request(4, MR, "2.25.11")),
        data(STORE, false, head),
        data(STORE, false, b""),
        data(STORE, true, tail),
        command(ECHO, true, &echo_request(5, VERIFICATION)),
    ])
    .await;
    let (context, response) = raw.response().await;
    assert_eq!((context, response.message_id), (STORE, 4));
    assert_eq!((&*response.class, &*response.instance), (MR, "2.25.11"));
    assert_eq!(raw.response().await.1.message_id, 5);
    assert_eq!(node.objects()[0].data_set, bytes);
}

/// A C-STORE that is answered with this status, without a word to the host; the association lives
/// on.
async fn check_refused(class: &str, instance: &str, status: Status) {
    let mut node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    raw.say([command(STORE, true, &store_request(9, class, instance))]).await;
    raw.say([data(STORE, false, &[1; 1000])]).await;
    raw.say([data(STORE, true, &[2; 1000])]).await;
    let (_, response) = raw.response().await;
    assert_eq!(response.operation, Operation::Response(status));
    assert_eq!((response.message_id, &*response.instance), (9, instance));
    assert!(raw.echoes().await);
    drop(raw);
    assert!(matches!(node.event().await, Event::Closed(_)));
}

#[tokio::test]
async fn a_path_is_no_instance() {
    check_refused(MR, "../../../../tmp/escaped", Status::INVALID_INSTANCE).await;
}
#[tokio::test]
async fn an_object_of_another_class_than_agreed_is_refused() {
    check_refused("1.2.840.10008.5.1.4.1.1.2", "2.25.11", Status::CLASS_NOT_SUPPORTED).await;
}

#[tokio::test]
async fn an_unknown_operation_is_answered_as_such_even_with_a_data_set() {
    let node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    // C-STORE-RQ with the field of C-FIND-RQ: element (0000,0100) follows the class.
    let mut find = store_request(9, MR, "2.25.11");
    let field = find.windows(4).position(|tag| tag == [0, 0, 0, 1]).unwrap();
    find[field + 8] = 0x20;
    raw.say([command(STORE, true, &find), data(STORE, true, b"abcd")]).await;
    let (_, response) = raw.response().await;
    assert_eq!(response.operation, Operation::Response(Status::UNRECOGNISED_OPERATION));
    assert_eq!(response.message_id, 9);
    assert!(raw.echoes().await);
}

#[tokio::test]
async fn an_echo_on_a_storage_context_is_refused() {
    let node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    raw.say([command(STORE, true, &echo_request(3, VERIFICATION))]).await;
    let (_, response) = raw.response().await;
    assert_eq!(response.operation, Operation::Response(Status::CLASS_NOT_SUPPORTED));
}

/// Begins an object and leaves it unfinished.
async fn begin_an_object(raw: &mut Raw) {
    raw.say([command(STORE, true, &store_request(1, MR, "2.25.11"))]).await;
    raw.say([data(STORE, false, &[1; 1000])]).await;
}

#[tokio::test]
async fn an_object_that_is_aborted_on_the_way_was_never_received() {
    let mut node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    begin_an_object(&mut raw).await;
    raw.send(&Pdu::AbortRQ { source: AbortRQSource::ServiceUser }).await;
    assert!(matches!(node.event().await, Event::Begun));
    assert!(matches!(node.event().await, Event::Dropped));
    assert!(matches!(node.event().await, Event::Closed(_)));
    assert!(node.objects().is_empty());
}

#[tokio::test]
async fn an_object_whose_sender_vanishes_was_never_received() {
    let mut node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    begin_an_object(&mut raw).await;
    raw.bytes(b"\x04\0\0\0\xff").await;
    drop(raw);
    node.closed().await;
    assert!(node.objects().is_empty());
}

#[tokio::test]
async fn a_release_on_the_way_is_answered_and_the_object_never_received() {
    let mut node = node(policy(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    begin_an_object(&mut raw).await;
    raw.send(&Pdu::ReleaseRQ).await;
    assert_eq!(raw.pdu().await, Pdu::ReleaseRP);
    assert!(raw.is_closed().await);
    node.closed().await;
    assert!(node.objects().is_empty());
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let node = node(impatient(), Temper::Takes).await;
    let mut raw = Raw::connect(node.address).await;
    raw.bytes(b"\x01\0\0").await;
    scu::echo(&node.as_peer()).await.unwrap();
    assert_eq!(raw.abort_reason().await, 0);
    assert!(raw.is_closed().await);
}

#[tokio::test]
async fn a_sender_that_stalls_on_the_way_is_given_up() {
    let mut node = node(impatient(), Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    begin_an_object(&mut raw).await;
    raw.bytes(b"\x04\0\0\0\xff").await;
    assert_eq!(raw.abort_reason().await, 0);
    node.closed().await;
    assert!(node.objects().is_empty());
}

#[tokio::test]
async fn a_trickle_does_not_make_a_message_endless() {
    let mut policy = policy();
    policy.patience.message = Duration::from_millis(300);
    let node = node(policy, Temper::Takes).await;
    let mut raw = Raw::open(node.address).await;
    raw.say([command(STORE, true, &store_request(1, MR, "2.25.11"))]).await;
    let (mut reading, mut writing) = raw.stream.into_split();
    let trickle = tokio::spawn(async move {
        let byte = support::raw::encoded(&Pdu::PData { data: vec![data(STORE, false, b"a")] });
        while tokio::io::AsyncWriteExt::write_all(&mut writing, &byte).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut abort = [0; 10];
    tokio::io::AsyncReadExt::read_exact(&mut reading, &mut abort).await.unwrap();
    assert_eq!((abort[0], abort[8]), (7, 2));
    trickle.abort();
}

/// PS3.8 table 9-21: rejected for now, local limit exceeded.
fn come_again() -> Pdu {
    Pdu::AssociationRJ(AssociationRJ {
        result: AssociationRJResult::Transient,
        source: AssociationRJSource::ServiceProviderPresentation(LimitReason::LocalLimitExceeded),
    })
}

#[tokio::test]
async fn one_association_too_many_is_told_to_come_again() {
    let mut policy = policy();
    policy.associations_max = 2;
    let mut node = node(policy, Temper::Takes).await;
    let first = Raw::open(node.address).await;
    let _second = Raw::open(node.address).await;
    let (mut third, answer) = Raw::associate(node.address, request()).await;
    assert_eq!(answer, come_again());
    assert!(third.is_closed().await);
    let object = [support::image::image("2.25.11")];
    let error = scu::store(&node.as_peer(), &object).await.unwrap_err();
    assert!(error.fault().is_transient(), "{error}");
    drop(first);
    node.closed().await;
    // The seat is free a moment after the host was told.
    while scu::store(&node.as_peer(), &object).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn two_hundred_idle_associations_of_one_peer_do_not_shut_out_another() {
    let node = node(policy(), Temper::Takes).await;
    let mut crowd = Vec::new();
    let mut rejected = 0;
    for _ in 0..200 {
        let (raw, answer) = Raw::associate(node.address, request()).await;
        match answer {
            Pdu::AssociationAC(_) => crowd.push(raw),
            answer => {
                assert_eq!(answer, come_again());
                rejected += 1;
            }
        }
    }
    assert_eq!((crowd.len(), rejected), (48, 152));
    let mut other = Raw::connect_from("127.0.0.2", node.address).await;
    other.send(&Pdu::AssociationRQ(request())).await;
    assert!(matches!(other.pdu().await, Pdu::AssociationAC(_)));
    assert!(other.echoes().await);
}

#[tokio::test]
async fn an_echo_is_answered_when_all_seats_are_taken() {
    let node = node(policy(), Temper::Takes).await;
    let mut crowd = Vec::new();
    for _ in 0..200 {
        crowd.push(Raw::associate(node.address, request()).await.0);
    }
    let mut echoes = request();
    echoes.presentation_contexts.truncate(1);
    for _ in 0..20 {
        let (raw, answer) = Raw::associate(node.address, echoes.clone()).await;
        assert!(matches!(answer, Pdu::AssociationAC(_)), "{answer:?}");
        crowd.push(raw);
    }
    let start = std::time::Instant::now();
    scu::echo(&node.as_peer()).await.unwrap();
    assert!(start.elapsed() < std::time::Duration::from_secs(1));
}

#[tokio::test]
async fn a_node_that_stops_finishes_what_is_under_way() {
    let node = node(policy(), Temper::Takes).await;
    let shelf = node.shelf.clone();
    let mut busy = Raw::open(node.address).await;
    let mut idle = Raw::open(node.address).await;
    begin_an_object(&mut busy).await;
    assert!(idle.echoes().await);
    let address = node.address;
    let stopped = node.stop();
    assert_eq!(idle.abort_reason().await, 0);
    busy.say([data(STORE, true, &[2; 1000])]).await;
    let (_, response) = busy.response().await;
    assert_eq!(response.operation, Operation::Response(Status::SUCCESS));
    assert_eq!(busy.abort_reason().await, 0);
    drop((busy, idle));
    stopped.await.unwrap();
    assert_eq!(shelf.lock().unwrap().len(), 1);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
