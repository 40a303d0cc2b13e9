//! What is agreed on, and how a request that cannot be agreed on is turned away.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use dicom_ul::pdu::{
    AssociationRQ, Pdu, PresentationContextResultReason as Reason, RequestorRoles, UserVariableItem,
};
use interval_dimse::{IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME};
use support::image::{EXPLICIT, MR};
use support::raw::{IMPLICIT, Raw, VERIFICATION, context, request};
use support::{Temper, node, policy};

const SR: &str = "1.2.840.10008.5.1.4.1.1.88.34";
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";

/// The A-ASSOCIATE-RJ (result, source, reason) or A-ABORT (0, source, reason) that answers a
/// request.
async fn turned_away(change: impl FnOnce(&mut AssociationRQ)) -> (u8, u8, u8) {
    let mut policy = policy();
    policy.calling = vec!["TESTER".parse().unwrap()];
    let node = node(policy, Temper::Takes).await;
    let mut request = request();
    change(&mut request);
    let mut raw = Raw::connect(node.address).await;
    raw.send(&Pdu::AssociationRQ(request)).await;
    let answer = raw.pdu_bytes().await.unwrap();
    assert!(raw.is_closed().await);
    match answer[0] {
        3 => (answer[7], answer[8], answer[9]),
        7 => (0, answer[8], answer[9]),
        other => panic!("PDU {other:02X}H"),
    }
}

#[tokio::test]
async fn who_calls_somebody_else_is_rejected() {
    let answer = turned_away(|request| request.called_ae_title = "PACS".into()).await;
    assert_eq!(answer, (1, 1, 7));
}
#[tokio::test]
async fn who_is_not_on_the_list_is_rejected() {
    let answer = turned_away(|request| request.calling_ae_title = "STRANGER".into()).await;
    assert_eq!(answer, (1, 1, 3));
}
#[tokio::test]
async fn another_application_is_rejected() {
    let answer = turned_away(|request| request.application_context_name = "1.2.3".into()).await;
    assert_eq!(answer, (1, 1, 2));
}
#[tokio::test]
async fn another_version_of_the_protocol_is_rejected() {
    assert_eq!(turned_away(|request| request.protocol_version = 2).await, (1, 2, 2));
}
#[tokio::test]
async fn who_proposes_nothing_is_rejected() {
    assert_eq!(turned_away(|request| request.presentation_contexts.clear()).await, (1, 1, 1));
}
#[tokio::test]
async fn who_takes_no_byte_at_a_time_is_rejected() {
    let tiny = vec![UserVariableItem::MaxLength(7)];
    assert_eq!(turned_away(|request| request.user_variables = tiny).await, (1, 1, 1));
}
#[tokio::test]
async fn a_context_id_used_twice_is_no_request() {
    let twice = |request: &mut AssociationRQ| {
        let first = request.presentation_contexts[0].clone();
        request.presentation_contexts.push(first);
    };
    assert_eq!(turned_away(twice).await, (0, 2, 6));
}
#[tokio::test]
async fn an_even_context_id_is_no_request() {
    assert_eq!(turned_away(|request| request.presentation_contexts[0].id = 2).await, (0, 2, 6));
}

/// How one proposed presentation context is answered.
#[track_caller]
fn check_context(
    class: &str,
    syntaxes: &[&str],
    expected: Result<&'static str, Reason>,
) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    let mut request = request();
    request.presentation_contexts = vec![context(5, class, syntaxes)];
    async move {
        let node = node(policy(), Temper::Takes).await;
        let (_, answer) = Raw::associate(node.address, request).await;
        let Pdu::AssociationAC(answer) = answer else { panic!("{answer:?}, checked at {caller}") };
        let [only] = &answer.presentation_contexts[..] else { panic!("checked at {caller}") };
        let found = match only.reason {
            Reason::Acceptance => Ok(only.transfer_syntax.as_str()),
            ref reason => Err(reason.clone()),
        };
        assert_eq!((only.id, found), (5, expected), "checked at {caller}");
    }
}

#[tokio::test]
async fn of_several_transfer_syntaxes_ours_comes_first_not_the_peers() {
    check_context(MR, &[JPEG_BASELINE, JPEG_LS, IMPLICIT, EXPLICIT], Ok(EXPLICIT)).await;
    check_context(MR, &[JPEG_BASELINE, JPEG_LS], Ok(JPEG_LS)).await;
    check_context(SR, &[IMPLICIT, EXPLICIT], Ok(EXPLICIT)).await;
}
#[tokio::test]
async fn what_can_only_be_kept_is_accepted_too() {
    check_context(MR, &[JPEG_BASELINE], Ok(JPEG_BASELINE)).await;
}
#[tokio::test]
async fn a_padded_uid_is_the_same_uid() {
    check_context("1.2.840.10008.5.1.4.1.1.4\0", &["1.2.840.10008.1.2.1\0"], Ok(EXPLICIT)).await;
}
#[tokio::test]
async fn an_echo_needs_no_compression() {
    check_context(VERIFICATION, &[JPEG_LS], Err(Reason::TransferSyntaxesNotSupported)).await;
}
#[tokio::test]
async fn an_unknown_class_is_refused_by_itself() {
    check_context("1.2.3.4", &[IMPLICIT], Err(Reason::AbstractSyntaxNotSupported)).await;
}
#[tokio::test]
async fn an_unknown_transfer_syntax_is_refused_by_itself() {
    check_context(MR, &["1.2.3.99"], Err(Reason::TransferSyntaxesNotSupported)).await;
}

async fn accepted(request: AssociationRQ) -> Vec<UserVariableItem> {
    let node = node(policy(), Temper::Takes).await;
    match Raw::associate(node.address, request).await.1 {
        Pdu::AssociationAC(answer) => answer.user_variables,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_answer_says_who_we_are_and_how_much_we_take() {
    let items = accepted(request()).await;
    assert_eq!(
        items,
        [
            UserVariableItem::MaxLength(262_144),
            UserVariableItem::ImplementationClassUID(IMPLEMENTATION_CLASS_UID.into()),
            UserVariableItem::ImplementationVersionName(IMPLEMENTATION_VERSION_NAME.into()),
        ]
    );
}

#[tokio::test]
async fn a_peer_may_use_our_services_but_not_provide_its_own() {
    let mut request = request();
    let both = RequestorRoles { scu: true, scp: true };
    request.user_variables.push(UserVariableItem::ScuScpRoleSelectionSubItem(MR.into(), both));
    let user_only = RequestorRoles { scu: true, scp: false };
    let expected = UserVariableItem::ScuScpRoleSelectionSubItem(MR.into(), user_only);
    assert!(accepted(request).await.contains(&expected));
}

#[tokio::test]
async fn who_wants_to_be_provider_only_gets_no_context() {
    let mut request = request();
    let provider = RequestorRoles { scu: false, scp: true };
    request.user_variables.push(UserVariableItem::ScuScpRoleSelectionSubItem(MR.into(), provider));
    let node = node(policy(), Temper::Takes).await;
    let Pdu::AssociationAC(answer) = Raw::associate(node.address, request).await.1 else {
        panic!("no association")
    };
    let reasons: Vec<_> = answer.presentation_contexts.iter().map(|c| c.reason.clone()).collect();
    assert_eq!(reasons, [Reason::Acceptance, Reason::UserRejection]);
}
