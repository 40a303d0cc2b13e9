//! Associations over TLS, both roles: who is trusted, and what the host learns of it.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]

mod support;

use std::time::{Duration, Instant};

use interval_core::digest::Digest;
use interval_dimse::caller::Admitted;
use interval_dimse::scu::{self, Peer, ScuError};
use interval_dimse::tls::{Clients, Floor, Server};
use support::authority::{Authority, Papers};
use support::foreign::{program, required, run, run_well};
use support::gate::Gate;
use support::image::image;
use support::raw::Raw;
use support::{Node, Temper, node_tls, policy};

/// A node that shows `own`.
async fn node(own: &Papers, floor: Floor, clients: &Clients) -> Node {
    let server = Server::new(own.identity(), floor, clients).unwrap();
    node_tls((policy(), &server), |services| services).await
}

fn must_show(authority: &Authority) -> Clients {
    Clients::MustShow(authority.pem.clone().into_bytes())
}

fn peer(node: &Node, tls: interval_dimse::tls::Client) -> Peer {
    Peer { tls: Some(tls), ..node.as_peer() }
}

#[tokio::test]
async fn objects_go_over_tls_and_the_host_learns_whose_certificate_it_was() {
    let authority = Authority::new();
    let (own, theirs) = (authority.papers("127.0.0.1"), authority.papers("mr1.example"));
    let server = Server::new(own.identity(), Floor::V13, &must_show(&authority)).unwrap();
    let gate = Gate::new(|_| Ok(Admitted::Unidentified));
    let keeper = gate.clone();
    let node = node_tls((policy(), &server), |services| services.gatekeeper(keeper)).await;
    let identity = theirs.identity();
    let expected = Digest::of(&identity.cert[0]);
    let peer = peer(&node, authority.client(Some(identity), Floor::V13));
    let objects: Vec<_> = ["2.25.11", "2.25.12"].map(image).to_vec();
    for outcome in scu::store(&peer, &objects).await.unwrap() {
        outcome.result.unwrap();
    }
    assert_eq!(node.objects()[1].data_set, objects[1].data_set);
    let callers = gate.callers.lock().unwrap();
    assert_eq!(callers[0].certificate.as_ref().unwrap().fingerprint, expected);
}

#[tokio::test]
async fn who_shows_no_certificate_or_a_strange_one_is_not_spoken_to() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let own = authority.papers("127.0.0.1");
    let node = node(&own, Floor::V13, &must_show(&authority)).await;
    assert!(scu::echo(&peer(&node, authority.client(None, Floor::V13))).await.is_err());
    let strange = stranger.papers("mr1.example").identity();
    assert!(scu::echo(&peer(&node, authority.client(Some(strange), Floor::V13))).await.is_err());
    let known = authority.papers("mr1.example").identity();
    scu::echo(&peer(&node, authority.client(Some(known), Floor::V13))).await.unwrap();
}

#[tokio::test]
async fn a_provider_with_a_certificate_we_do_not_trust_is_not_spoken_to() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let own = authority.papers("127.0.0.1");
    let node = node(&own, Floor::V13, &Clients::Anybody).await;
    let refused = scu::echo(&peer(&node, stranger.client(None, Floor::V13))).await.unwrap_err();
    assert!(matches!(refused, ScuError::Insecure { .. }), "{refused:?}");
    let other = authority.papers("pacs.example");
    let node = self::node(&other, Floor::V13, &Clients::Anybody).await;
    let refused = scu::echo(&peer(&node, authority.client(None, Floor::V13))).await.unwrap_err();
    assert!(matches!(refused, ScuError::Insecure { .. }), "{refused:?}");
}

#[tokio::test]
async fn plain_words_at_a_door_of_tls_are_no_association() {
    let own = Authority::new().papers("127.0.0.1");
    let node = node(&own, Floor::V13, &Clients::Anybody).await;
    let start = Instant::now();
    assert!(scu::echo(&node.as_peer()).await.is_err());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn silence_at_the_door_of_tls_ends_with_the_time_for_a_request() {
    let own = Authority::new().papers("127.0.0.1");
    let server = Server::new(own.identity(), Floor::V13, &Clients::Anybody).unwrap();
    let node = node_tls((support::impatient(), &server), |services| services).await;
    let mut raw = Raw::connect(node.address).await;
    assert!(raw.is_closed().await);
}

#[tokio::test]
async fn one_node_listens_with_and_without_tls() {
    let authority = Authority::new();
    let own = authority.papers("127.0.0.1");
    let server = Server::new(own.identity(), Floor::V13, &Clients::Anybody).unwrap();
    let (memory, _shelf, _events) = support::memory(Temper::Takes);
    let acceptor = interval_dimse::acceptor::Acceptor::bind("127.0.0.1:0", policy(), memory);
    let acceptor = acceptor.await.unwrap().also_tls("127.0.0.1:0", &server).await.unwrap();
    let addresses = acceptor.local_addrs().unwrap();
    tokio::spawn(acceptor.serve(std::future::pending()));
    scu::echo(&support::peer(addresses[0])).await.unwrap();
    let secure = support::peer(addresses[1]);
    let secure = Peer { tls: Some(authority.client(None, Floor::V13)), ..secure };
    scu::echo(&secure).await.unwrap();
}

async fn dcmtk(floor: Floor, arguments: &[&str]) -> Option<std::process::Output> {
    let echoscu = required(program("echoscu"), "echoscu of dcmtk")?;
    let authority = Authority::new();
    let (own, theirs) = (authority.papers("127.0.0.1"), authority.papers("mr1.example"));
    let node = node(&own, floor, &must_show(&authority)).await;
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = theirs.write(folder.path(), "mr1");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &authority.pem).unwrap();
    let port = node.address.port().to_string();
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let mut all = vec!["+tls".to_owned(), text(&key), text(&certificate), "+cf".into(), text(&ca)];
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    all.extend(["-aec", "INTERVAL", "127.0.0.1", &port].map(str::to_owned));
    Some(run(&echoscu, &all).await)
}

#[tokio::test]
async fn dcmtk_echoes_over_tls_with_its_certificate() {
    for floor in [Floor::V12, Floor::V13] {
        let Some(output) = dcmtk(floor, &[]).await else { return };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{floor:?}: {said}");
    }
}

#[tokio::test]
async fn openssl_is_spoken_to_by_tls_1_2_only_where_that_is_allowed() {
    let Some(openssl) = required(program("openssl"), "openssl") else { return };
    let own = Authority::new().papers("127.0.0.1");
    for (floor, expected) in [(Floor::V12, true), (Floor::V13, false)] {
        let node = node(&own, floor, &Clients::Anybody).await;
        let address = node.address.to_string();
        let arguments = ["s_client", "-tls1_2", "-connect", &address, "-brief"];
        let output = run(&openssl, &arguments).await;
        assert_eq!(output.status.success(), expected, "{floor:?}");
        let old = ["s_client", "-tls1_1", "-connect", &address, "-brief"];
        assert!(!run(&openssl, &old).await.status.success());
    }
    let _ = run_well(&openssl, &["version"]).await;
}
