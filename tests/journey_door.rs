//! The node's doors together: who may send, who is told how the node is, what is signed at the end.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use house::patience::until;
use interval::audit::AuditConfig;
use interval::config::{Config, Keys};
use interval::node::{Node, open_store};
use interval::store::Store;
use interval::store::milliseconds;
use interval_core::audit::AuditEvent;
use interval_core::audit::record::Record;
use interval_core::audit::words::{Action, Actor, Resource};
use interval_core::phantom::Spec;
use interval_dimse::scu::{self, Outgoing, Peer, Timeouts};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// A node that only keeps, with a web door whose provider is away.
fn config(data: &Path, extra: &str) -> Config {
    let text = format!(
        "data = '{}'
         listen = '127.0.0.1:0'
         keep_only = true
         {extra}
         [web]
         listen = '127.0.0.1:0'
         insecure_loopback = true
         public_url = 'http://127.0.0.1:8443'
         [web.provider]
         issuer = 'http://127.0.0.1:1'
         client_id = 'interval-web'",
        data.display()
    );
    toml::from_str(&text).unwrap()
}

struct Served {
    dimse: SocketAddr,
    web: SocketAddr,
    store: Store,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

async fn serve(config: Config) -> Served {
    let data = config.data.clone();
    let node = Node::open(config).await.unwrap();
    let (dimse, web) = (node.address().unwrap(), node.web_address().unwrap().unwrap());
    let store = open_store(&data, &Keys::default()).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(node.serve(async {
        // The sender says nothing; it goes away.
        let _ = stopped.await;
    }));
    Served { dimse, web, store, stop, task }
}

impl Served {
    async fn ready(&self) -> Value {
        let mut stream = TcpStream::connect(self.web).await.unwrap();
        let ask = b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(ask).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    async fn send(&self, calling: &str, objects: &[Outgoing]) -> Vec<Result<(), String>> {
        let peer = Peer {
            address: self.dimse.to_string(),
            calling: calling.parse().unwrap(),
            called: "INTERVAL".parse().unwrap(),
            timeouts: Timeouts::default(),
            tls: None,
        };
        let outcomes = scu::store(&peer, objects).await.unwrap();
        outcomes
            .into_iter()
            .map(|outcome| outcome.result.map(drop).map_err(|e| e.to_string()))
            .collect()
    }

    async fn noted(&self) -> Vec<[&'static str; 3]> {
        let rows = self.store.audit_rows(None, 100).await.unwrap();
        let record = |bytes: &[u8]| Record::parse(bytes).unwrap().event;
        rows.iter()
            .map(|row| record(row.record.as_deref().unwrap()))
            .map(|e| [e.action.as_str(), e.outcome.as_str(), e.detail.as_str()])
            .collect()
    }

    async fn stop(self) {
        drop(self.stop);
        self.task.await.unwrap();
    }
}

fn some_images(count: usize) -> Vec<Outgoing> {
    let head = house::head::Head::render(&Spec::new(3, 1).build());
    head.exams[0].iter().take(count).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_may_not_send_is_refused_and_that_is_noted_once() {
    let data = tempfile::tempdir().unwrap();
    let peers = "peers.PACS = { actions = ['upload'], patients = ['*'] }\npeers.STRANGER = {}";
    let node = serve(config(data.path(), peers)).await;
    let images = some_images(3);
    for refused in node.send("STRANGER", &images).await {
        assert!(refused.unwrap_err().contains("0124"), "not authorised (PS3.7 annex C)");
    }
    assert_eq!(node.store.held(None).await.unwrap().len(), 0, "nothing was kept");
    assert!(node.send("PACS", &images).await.iter().all(Result::is_ok));
    let denied = ["receive", "denied", "wrong-peer"];
    let expected = [["start", "success", "none"], denied, ["receive", "success", "none"]];
    assert_eq!(node.noted().await, expected);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_place_that_is_away_is_told_and_nothing_is_lost() {
    let data = tempfile::tempdir().unwrap();
    let place = data.path().join("auditor");
    // A file where the folder should be: the place cannot be written to.
    std::fs::write(&place, "").unwrap();
    let mut wanted = config(data.path(), "");
    wanted.audit =
        AuditConfig { second_place: Some(place.clone()), checkpoint_s: 1, ..Default::default() };
    let node = serve(wanted.clone()).await;
    let told = until("the place is told to be away", async || {
        let ready = node.ready().await;
        let degraded = ready["degraded"].to_string();
        degraded.contains("second place").then_some(ready)
    });
    assert_eq!(told.await["ready"], true, "the node works without it");
    std::fs::remove_file(&place).unwrap();
    until("the place has the checkpoints", async || {
        let ready = node.ready().await;
        (!ready["degraded"].to_string().contains("second place")).then_some(())
    })
    .await;
    node.stop().await;
    let own = std::fs::read(data.path().join("audit/checkpoints")).unwrap();
    assert_eq!(std::fs::read(place.join("checkpoints")).unwrap(), own);
    let store = open_store(data.path(), &Keys::default()).await.unwrap();
    let size = store.audit_size().await.unwrap();
    let last = String::from_utf8(own).unwrap();
    assert!(last.contains(&format!("\n{size}\n")), "the last checkpoint covers the stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_behind_the_log_is_told() {
    let data = tempfile::tempdir().unwrap();
    let node = serve(config(data.path(), "")).await;
    assert!(!node.ready().await["degraded"].to_string().contains("clock"));
    let later = milliseconds(SystemTime::now() + Duration::from_mins(10));
    let event = AuditEvent::new(later, Actor::System, Action::Verify, Resource::Log);
    node.store.audit(&event).await.unwrap();
    let ready = node.ready().await;
    assert!(ready["degraded"].to_string().contains("clock is"), "{ready}");
    assert_eq!(ready["ready"], true);
    assert!(!data.path().join("keys/seal.key.pem").exists(), "looking makes nothing");
    node.stop().await;
}
