//! Providers that are odd, broken or busy: our user says what is wrong and what to do about it.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use dicom_ul::pdu::{
    AbortRQSource, AssociationAC, AssociationRJ, AssociationRJResult,
    AssociationRJServiceProviderPresentationReason as LimitReason,
    AssociationRJServiceUserReason as UserReason, AssociationRJSource, PDataValue, Pdu,
    PresentationContextResult, PresentationContextResultReason as Reason, UserVariableItem,
};
use interval_core::fault::Fault;
use interval_dimse::command::Command;
use interval_dimse::scu::{self, ScuError, Sender};
use interval_dimse::status::Status;
use support::image::{EXPLICIT, image};
use support::peer;
use support::raw::{Raw, RawProvider, command};

fn answer(contexts: &[(u8, Reason)], pdu_bytes_max: u32) -> Pdu {
    Pdu::AssociationAC(AssociationAC {
        protocol_version: 1,
        calling_ae_title: "TESTER".into(),
        called_ae_title: "INTERVAL".into(),
        application_context_name: "1.2.840.10008.3.1.1.1".into(),
        presentation_contexts: contexts
            .iter()
            .map(|(id, reason)| PresentationContextResult {
                id: *id,
                reason: reason.clone(),
                transfer_syntax: EXPLICIT.into(),
            })
            .collect(),
        user_variables: vec![UserVariableItem::MaxLength(pdu_bytes_max)],
    })
}

/// Takes a connection and its request, and answers.
async fn agree(provider: RawProvider, answer: &Pdu) -> Raw {
    let mut raw = provider.next().await;
    assert!(matches!(raw.pdu().await, Pdu::AssociationRQ(_)));
    raw.send(answer).await;
    raw
}

/// One whole message, as the provider hears it.
async fn message(raw: &mut Raw) -> (Command, Vec<PDataValue>) {
    let mut fragments = Vec::new();
    loop {
        let Pdu::PData { data } = raw.pdu().await else { panic!("not a message") };
        fragments.extend(data);
        let last = fragments.last().unwrap();
        let is_data = last.value_type == dicom_ul::pdu::PDataValueType::Data;
        if last.is_last && is_data {
            return (Command::parse(&fragments.remove(0).data).unwrap(), fragments);
        }
    }
}

async fn store_one(address: SocketAddr) -> Result<scu::Stored, ScuError> {
    let object = image("2.25.11");
    let kind = (object.class.clone(), object.syntax.clone());
    let mut sender = Sender::open(&peer(address), [kind]).await?;
    sender.store(&object).await
}

#[track_caller]
fn check(found: Result<scu::Stored, ScuError>, expected: fn(&ScuError) -> bool, fault: Fault) {
    let error = found.unwrap_err();
    assert!(expected(&error), "{error:?}");
    assert_eq!(error.fault(), fault);
}

#[tokio::test]
async fn nobody_at_the_address_is_unavailable() {
    let (provider, address) = RawProvider::bind().await;
    drop(provider);
    let error = |error: &ScuError| matches!(error, ScuError::Unreachable { .. });
    check(store_one(address).await, error, Fault::Unavailable);
}

#[tokio::test]
async fn a_full_peer_is_unavailable_for_now() {
    let (provider, address) = RawProvider::bind().await;
    let full = Pdu::AssociationRJ(AssociationRJ {
        result: AssociationRJResult::Transient,
        source: AssociationRJSource::ServiceProviderPresentation(LimitReason::LocalLimitExceeded),
    });
    let (_, stored) = tokio::join!(agree(provider, &full), store_one(address));
    check(stored, |error| matches!(error, ScuError::Busy { .. }), Fault::Unavailable);
}

#[tokio::test]
async fn a_peer_that_does_not_know_us_refuses() {
    let (provider, address) = RawProvider::bind().await;
    let unknown = Pdu::AssociationRJ(AssociationRJ {
        result: AssociationRJResult::Permanent,
        source: AssociationRJSource::ServiceUser(UserReason::CallingAETitleNotRecognized),
    });
    let (_, stored) = tokio::join!(agree(provider, &unknown), store_one(address));
    check(stored, |error| matches!(error, ScuError::NotAccepted { .. }), Fault::Refused);
}

#[tokio::test]
async fn a_refused_context_may_lack_its_transfer_syntax() {
    let (provider, address) = RawProvider::bind().await;
    // Some archives write a refused context as four bytes.
    let mut short = support::raw::encoded(&answer(&[(1, Reason::AbstractSyntaxNotSupported)], 0));
    let syntax = 4 + EXPLICIT.len();
    let item = [0x21, 0, 0, 4 + syntax as u8];
    let context = short.windows(4).position(|bytes| bytes == item).unwrap();
    short.drain(context + 8..context + 8 + syntax);
    short[context + 3] = 4;
    let length = (short.len() as u32 - 6).to_be_bytes();
    short[2..6].copy_from_slice(&length);
    let provide = async {
        let mut raw = provider.next().await;
        raw.pdu().await;
        raw.bytes(&short).await;
        raw
    };
    let (_, stored) = tokio::join!(provide, store_one(address));
    check(stored, |error| matches!(error, ScuError::KindNotAccepted { .. }), Fault::Refused);
}

/// A provider that hears one object and then does as `then` says.
async fn after_an_object(
    then: impl AsyncFnOnce(&mut Raw, Command),
) -> Result<scu::Stored, ScuError> {
    let (provider, address) = RawProvider::bind().await;
    let provide = async {
        let mut raw = agree(provider, &answer(&[(1, Reason::Acceptance)], 16_384)).await;
        let (request, _) = message(&mut raw).await;
        then(&mut raw, request).await;
        raw
    };
    tokio::join!(provide, store_one(address)).1
}

#[tokio::test]
async fn a_response_to_another_message_makes_no_sense() {
    let stored = after_an_object(async |raw, mut request| {
        request.message_id += 1;
        raw.say([command(1, true, &request.response(Status::SUCCESS, ""))]).await;
    });
    check(stored.await, |error| matches!(error, ScuError::Nonsense(_)), Fault::Refused);
}

#[tokio::test]
async fn a_response_may_come_in_fragments() {
    let stored = after_an_object(async |raw, request| {
        let response = request.response(Status::SUCCESS, "");
        let (head, tail) = response.split_at(30);
        raw.say([command(1, false, head)]).await;
        raw.say([command(1, true, tail)]).await;
    });
    assert_eq!(stored.await.unwrap().note, None);
}

#[tokio::test]
async fn a_peer_that_aborts_may_be_asked_again() {
    let stored = after_an_object(async |raw, _| {
        raw.send(&Pdu::AbortRQ { source: AbortRQSource::ServiceUser }).await;
    });
    check(stored.await, |error| matches!(error, ScuError::Ended(_)), Fault::Unavailable);
}

#[tokio::test]
async fn a_full_disk_is_a_limit_of_the_peer() {
    let stored = after_an_object(async |raw, request| {
        let full = request.response(Status(0xA701), "the disk is full");
        raw.say([command(1, true, &full)]).await;
    });
    let error = |error: &ScuError| matches!(error, ScuError::NotStored { .. });
    check(stored.await, error, Fault::Exhausted);
}

#[tokio::test]
async fn a_peer_that_never_answers_is_unavailable() {
    let (provider, address) = RawProvider::bind().await;
    let mut patient = peer(address);
    patient.timeouts.association = Duration::from_millis(100);
    let (_raw, echoed) = tokio::join!(provider.next(), scu::echo(&patient));
    let error = echoed.unwrap_err();
    assert!(matches!(error, ScuError::Connection { .. }), "{error:?}");
    assert_eq!(error.fault(), Fault::Unavailable);
}

#[tokio::test]
async fn a_peer_of_small_pdus_gets_small_fragments() {
    let (provider, address) = RawProvider::bind().await;
    let provide = async {
        let mut raw = agree(provider, &answer(&[(1, Reason::Acceptance)], 206)).await;
        let (request, fragments) = message(&mut raw).await;
        raw.say([command(1, true, &request.response(Status::SUCCESS, ""))]).await;
        (raw, fragments)
    };
    let ((_raw, fragments), stored) = tokio::join!(provide, store_one(address));
    stored.unwrap();
    assert!(fragments.iter().all(|fragment| fragment.data.len() <= 200));
    let whole: Vec<u8> = fragments.into_iter().flat_map(|fragment| fragment.data).collect();
    assert_eq!(whole, image("2.25.11").data_set);
}

#[tokio::test]
async fn message_ids_are_distinct_on_an_association() {
    let (provider, address) = RawProvider::bind().await;
    let provide = async {
        let mut raw = agree(provider, &answer(&[(1, Reason::Acceptance)], 0)).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let (request, _) = message(&mut raw).await;
            ids.push(request.message_id);
            raw.say([command(1, true, &request.response(Status::SUCCESS, ""))]).await;
        }
        assert_eq!(raw.pdu().await, Pdu::ReleaseRQ);
        raw.send(&Pdu::ReleaseRP).await;
        ids
    };
    let objects = ["2.25.11", "2.25.12", "2.25.13"].map(image);
    let at = peer(address);
    let (ids, outcomes) = tokio::join!(provide, scu::store(&at, &objects));
    assert!(outcomes.unwrap().iter().all(|outcome| outcome.result.is_ok()));
    assert_eq!(ids, [1, 2, 3]);
}

#[tokio::test]
async fn when_both_sides_release_the_requestor_answers_and_waits() {
    let (provider, address) = RawProvider::bind().await;
    let provide = async {
        let mut raw = agree(provider, &answer(&[(1, Reason::Acceptance)], 0)).await;
        assert_eq!(raw.pdu().await, Pdu::ReleaseRQ);
        raw.send(&Pdu::ReleaseRQ).await;
        assert_eq!(raw.pdu().await, Pdu::ReleaseRP);
        raw.send(&Pdu::ReleaseRP).await;
        assert!(raw.is_closed().await);
    };
    let object = image("2.25.11");
    let at = peer(address);
    let release = async {
        let kind = (object.class.clone(), object.syntax.clone());
        Sender::open(&at, [kind]).await.unwrap().release().await;
    };
    tokio::join!(provide, release);
}

#[tokio::test]
async fn a_broken_association_fails_the_objects_that_are_left_at_once() {
    let (provider, address) = RawProvider::bind().await;
    let provide = async {
        let mut raw = agree(provider, &answer(&[(1, Reason::Acceptance)], 16_384)).await;
        let (request, _) = message(&mut raw).await;
        raw.say([command(1, true, &request.response(Status::SUCCESS, ""))]).await;
        message(&mut raw).await;
    };
    let objects = ["2.25.11", "2.25.12", "2.25.13"].map(image);
    let at = peer(address);
    let ((), outcomes) = tokio::join!(provide, scu::store(&at, &objects));
    let faults: Vec<_> = outcomes
        .unwrap()
        .into_iter()
        .map(|outcome| outcome.result.map(|_| ()).map_err(|error| error.fault()))
        .collect();
    assert_eq!(faults, [Ok(()), Err(Fault::Unavailable), Err(Fault::Unavailable)]);
}
