//! Our user against our provider: what one sends, the other keeps, byte by byte.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use bytes::Bytes;
use interval_core::fault::Fault;
use interval_dimse::scu::{self, Outgoing, ScuError, Sender};
use interval_dimse::status::Status;
use support::image::{file, image};
use support::{Temper, node, policy};

#[tokio::test]
async fn a_node_answers_an_echo() {
    let mut node = node(policy(), Temper::Takes).await;
    scu::echo(&node.as_peer()).await.unwrap();
    let origin = node.closed().await;
    assert_eq!((&*origin.calling_ae, &*origin.called_ae), ("TESTER", "INTERVAL"));
    assert_eq!(origin.peer, "127.0.0.1");
}

#[tokio::test]
async fn objects_are_kept_as_they_were_sent() {
    let mut node = node(policy(), Temper::Takes).await;
    let sent: Vec<_> = ["2.25.11", "2.25.12", "2.25.13"].map(image).to_vec();
    let outcomes = scu::store(&node.as_peer(), &sent).await.unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.result.as_ref().unwrap().note.is_none()));
    node.closed().await;
    for (kept, sent) in node.objects().iter().zip(&sent) {
        assert_eq!(kept.data_set, sent.data_set);
        let incoming = &kept.incoming;
        assert_eq!(
            (&incoming.class, &incoming.instance, &incoming.syntax),
            (&sent.class, &sent.instance, &sent.syntax)
        );
    }
    assert_eq!(node.objects().len(), 3);
}

#[tokio::test]
async fn a_file_is_sent_without_its_head() {
    let node = node(policy(), Temper::Takes).await;
    let object = Outgoing::from_part10(&Bytes::from(file("2.25.11"))).unwrap();
    scu::store(&node.as_peer(), std::slice::from_ref(&object)).await.unwrap();
    assert_eq!(node.objects()[0].data_set, image("2.25.11").data_set);
}

#[tokio::test]
async fn a_large_object_passes_in_pieces_that_fit_the_agreed_pdus() {
    let mut policy = policy();
    policy.pdu_bytes_max = 4096;
    let node = node(policy, Temper::Takes).await;
    let mut object = image("2.25.11");
    object.data_set = (0..1_000_003_u32).map(|n| (n % 251) as u8).collect();
    scu::store(&node.as_peer(), std::slice::from_ref(&object)).await.unwrap();
    let kept = &node.objects()[0];
    assert_eq!(kept.data_set, object.data_set);
    assert_eq!(kept.pieces, 1_000_003_usize.div_ceil(4096 - 6));
}

#[tokio::test]
async fn a_compressed_object_is_kept_though_nothing_here_can_read_it() {
    let node = node(policy(), Temper::Takes).await;
    let mut object = image("2.25.11");
    object.syntax = "1.2.840.10008.1.2.4.112".parse().unwrap();
    scu::store(&node.as_peer(), std::slice::from_ref(&object)).await.unwrap();
    assert_eq!(node.objects()[0].incoming.syntax, object.syntax);
}

/// A refused object, the fault that the sender sees, and whether the next one is still tried.
#[track_caller]
fn check_refused(temper: Temper, status: Status, fault: Fault) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let mut node = node(policy(), temper).await;
        let mut sender = open(&node).await;
        for _ in 0..2 {
            let error = sender.store(&long_image()).await.unwrap_err();
            let ScuError::NotStored { status: found, ref comment, .. } = error else {
                panic!("{error}, checked at {caller}")
            };
            assert_eq!(found, status, "checked at {caller}");
            assert_eq!(comment, "the host does not want it", "checked at {caller}");
            assert_eq!(error.fault(), fault, "checked at {caller}");
        }
        sender.release().await;
        node.closed().await;
        assert!(node.objects().is_empty(), "checked at {caller}");
    }
}

async fn open(node: &support::Node) -> Sender {
    let kind = image("2.25.11");
    Sender::open(&node.as_peer(), [(kind.class, kind.syntax)]).await.unwrap()
}

/// An image that takes more than two PDUs.
fn long_image() -> Outgoing {
    let mut object = image("2.25.11");
    object.data_set = vec![1; 400 * 1024].into();
    object
}

#[tokio::test]
async fn an_object_refused_at_once_is_answered_after_its_data_set() {
    let status = Status::NOT_AUTHORISED;
    check_refused(Temper::RefusesAtOnce(status), status, Fault::Refused).await;
}
#[tokio::test]
async fn an_object_refused_on_the_way_is_answered_after_its_data_set() {
    let status = Status::OUT_OF_RESOURCES;
    check_refused(Temper::RefusesOnTheWay(status), status, Fault::Exhausted).await;
}
#[tokio::test]
async fn an_object_refused_at_the_end_is_not_acknowledged() {
    let status = Status::DOES_NOT_MATCH_CLASS;
    check_refused(Temper::RefusesAtTheEnd(status), status, Fault::Refused).await;
}

#[tokio::test]
async fn a_warning_is_a_success_with_a_note() {
    let node = node(policy(), Temper::KeepsAside).await;
    let outcomes = scu::store(&node.as_peer(), &[image("2.25.11")]).await.unwrap();
    let stored = outcomes[0].result.as_ref().unwrap();
    assert_eq!(stored.note.as_deref(), Some("B000H another object has this UID"));
}

#[tokio::test]
async fn an_object_over_the_limit_is_refused_and_the_next_one_taken() {
    let mut policy = policy();
    policy.instance_bytes_max = 64 * 1024;
    let node = node(policy, Temper::Takes).await;
    let mut sender = open(&node).await;
    let error = sender.store(&long_image()).await.unwrap_err();
    assert!(matches!(error, ScuError::NotStored { status: Status(0xA700), .. }), "{error}");
    sender.store(&image("2.25.12")).await.unwrap();
    sender.release().await;
    assert_eq!(node.objects().len(), 1);
}

#[tokio::test]
async fn an_empty_data_set_is_no_object() {
    let node = node(policy(), Temper::Takes).await;
    let mut object = image("2.25.11");
    object.data_set = Bytes::new();
    let outcomes = scu::store(&node.as_peer(), &[object]).await.unwrap();
    let error = outcomes[0].result.as_ref().unwrap_err();
    assert!(matches!(error, ScuError::NotStored { status: Status(0xC000), .. }), "{error}");
    assert!(node.objects().is_empty());
}

#[tokio::test]
async fn a_kind_that_the_peer_does_not_take_does_not_stop_the_others() {
    let node = node(policy(), Temper::Takes).await;
    let mut strange = image("2.25.11");
    strange.class = "1.2.3.4".parse().unwrap();
    let outcomes = scu::store(&node.as_peer(), &[strange, image("2.25.12")]).await.unwrap();
    let error = outcomes[0].result.as_ref().unwrap_err();
    assert!(matches!(error, ScuError::KindNotAccepted { .. }), "{error}");
    assert_eq!(error.fault(), Fault::Refused);
    assert!(outcomes[1].result.is_ok());
}
