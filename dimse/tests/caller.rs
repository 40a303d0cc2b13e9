//! Who calls: what the host learns before an association is accepted, and how it says no.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::sync::Arc;

use dicom_ul::pdu::{Pdu, UserIdentity, UserIdentityType, UserVariableItem};
use interval_dimse::caller::{Admitted, Caller, Identity, Rejection};
use support::foreign::{python, required, run};
use support::gate::Gate;
use support::raw::{Raw, request};
use support::{Node, Temper, node_with, policy};

async fn node_of(rule: fn(&Caller) -> Result<Admitted, Rejection>) -> (Node, Arc<Gate>) {
    let gate = Gate::new(rule);
    let keeper = gate.clone();
    let node = node_with(policy(), Temper::Takes, |services| services.gatekeeper(keeper)).await;
    (node, gate)
}

/// What a rejection looks like: result, source, reason.
async fn check_rejected(rule: fn(&Caller) -> Result<Admitted, Rejection>, expected: (u8, u8, u8)) {
    let (node, gate) = node_of(rule).await;
    let mut raw = Raw::connect(node.address).await;
    raw.send(&Pdu::AssociationRQ(request())).await;
    let answer = raw.pdu_bytes().await.unwrap();
    assert_eq!((answer[0], (answer[7], answer[8], answer[9])), (3, expected));
    assert!(raw.is_closed().await);
    let callers = gate.callers.lock().unwrap();
    assert_eq!(callers[0].origin.calling_ae, "TESTER");
    assert_eq!(callers[0].origin.peer, "127.0.0.1");
}

#[tokio::test]
async fn each_no_of_the_host_has_its_words() {
    check_rejected(|_| Err(Rejection::CallingTitle), (1, 1, 3)).await;
    check_rejected(|_| Err(Rejection::CalledTitle), (1, 1, 7)).await;
    check_rejected(|_| Err(Rejection::Unsaid), (1, 1, 1)).await;
    check_rejected(|_| Err(Rejection::Later), (2, 3, 1)).await;
}

/// The identity that the host learns, and whether it is confirmed.
async fn check_identity(item: UserIdentity, expected: Identity, is_confirmed: bool) {
    let (node, gate) = node_of(|_| Ok(Admitted::Identified)).await;
    let mut request = request();
    request.user_variables.push(UserVariableItem::UserIdentityItem(item));
    let (_raw, answer) = Raw::associate(node.address, request).await;
    let Pdu::AssociationAC(answer) = answer else { panic!("{answer:?}") };
    let confirmation = UserVariableItem::Unknown(0x59, vec![0, 0]);
    assert_eq!(answer.user_variables.contains(&confirmation), is_confirmed);
    assert_eq!(gate.callers.lock().unwrap()[0].identity, Some(expected));
}

#[tokio::test]
async fn a_user_name_a_password_and_a_token_reach_the_host() {
    let name = |confirm| {
        UserIdentity::new(confirm, UserIdentityType::Username, b"ruth".to_vec(), Vec::new())
    };
    check_identity(name(true), Identity::Username("ruth".into()), true).await;
    check_identity(name(false), Identity::Username("ruth".into()), false).await;
    let kind = UserIdentityType::UsernamePassword;
    let both = UserIdentity::new(true, kind, b"ruth".to_vec(), b"secret".to_vec());
    let expected = Identity::Password { username: "ruth".into(), password: b"secret".to_vec() };
    check_identity(both, expected, true).await;
    let token = UserIdentity::new(true, UserIdentityType::Jwt, b"a.b.c".to_vec(), Vec::new());
    check_identity(token, Identity::Jwt("a.b.c".into()), true).await;
}

#[tokio::test]
async fn an_identity_that_nobody_checks_is_not_confirmed() {
    let (node, _gate) = node_of(|_| Ok(Admitted::Unidentified)).await;
    let item = UserIdentity::new(true, UserIdentityType::Username, b"ruth".to_vec(), Vec::new());
    let mut request = request();
    request.user_variables.push(UserVariableItem::UserIdentityItem(item));
    let (_raw, answer) = Raw::associate(node.address, request).await;
    let Pdu::AssociationAC(answer) = answer else { panic!("{answer:?}") };
    let is_response = |item: &UserVariableItem| matches!(item, UserVariableItem::Unknown(0x59, _));
    assert!(!answer.user_variables.iter().any(is_response));
}

#[test]
fn a_secret_is_not_written_to_a_log() {
    let password = Identity::Password { username: "ruth".into(), password: b"secret".to_vec() };
    for identity in [password, Identity::Jwt("a.b.c".into()), Identity::Username("ruth".into())] {
        let said = format!("{identity:?}");
        assert!(!said.contains("ruth") && !said.contains("115") && !said.contains("a.b"), "{said}");
    }
}

const PASSWORD: &str = r#"
import sys
from pynetdicom import AE
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.sop_class import Verification
who = UserIdentityNegotiation()
who.user_identity_type = 2
who.positive_response_requested = True
who.primary_field, who.secondary_field = b"ruth", sys.argv[2].encode()
ae = AE(ae_title="TESTER")
ae.add_requested_context(Verification)
assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ae_title="INTERVAL", ext_neg=[who])
if assoc.is_rejected:
    sys.exit(7)
assert assoc.is_established
assert assoc.acceptor.user_identity is not None
assert assoc.send_c_echo().Status == 0
assoc.release()
"#;

#[tokio::test]
async fn pynetdicom_is_let_in_with_the_right_password() {
    let Some(python) = required(python(), "Python with pynetdicom") else { return };
    let (node, _gate) = node_of(|caller| match &caller.identity {
        Some(Identity::Password { password, .. }) if password == b"secret" => {
            Ok(Admitted::Identified)
        }
        _ => Err(Rejection::Unsaid),
    })
    .await;
    let port = node.address.port().to_string();
    for (password, expected) in [("secret", 0), ("guess", 7)] {
        let output = run(&python, &["-c", PASSWORD, port.as_str(), password]).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(expected), "{said}");
    }
}
