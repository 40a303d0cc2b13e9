//! What the tests of this part share: a host that keeps objects in memory, a peer that says
//! whatever bytes it likes, and a small MR image.
#![allow(clippy::unwrap_used, reason = "test code fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of this")]

pub mod archive;
pub mod authority;
pub mod foreign;
pub mod gate;
pub mod image;
pub mod raw;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use interval_core::study::Origin;
use interval_dimse::acceptor::Acceptor;
use interval_dimse::policy::Policy;
use interval_dimse::scu::{Peer, Timeouts};
use interval_dimse::service::storage::{Incoming, Kept, Receiver, Reception};
use interval_dimse::services::Services;
use interval_dimse::status::{Refusal, Status};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// An object that was kept, with the number of its pieces.
#[derive(Debug, Clone)]
pub struct Object {
    pub incoming: Incoming,
    pub data_set: Vec<u8>,
    pub pieces: usize,
}

/// What happened at the host.
#[derive(Debug)]
pub enum Event {
    Begun,
    Kept,
    /// A reception was dropped before it was finished.
    Dropped,
    Closed(Origin),
}

/// How the host answers.
#[derive(Debug, Clone)]
pub enum Temper {
    Takes,
    RefusesAtOnce(Status),
    /// Refuses when a second piece comes.
    RefusesOnTheWay(Status),
    RefusesAtTheEnd(Status),
    KeepsAside,
}

/// A host that keeps objects in memory.
pub struct Memory {
    pub shelf: Arc<Mutex<Vec<Object>>>,
    temper: Temper,
    events: mpsc::UnboundedSender<Event>,
}

pub struct OnTheWay {
    object: Object,
    temper: Temper,
    shelf: Arc<Mutex<Vec<Object>>>,
    events: mpsc::UnboundedSender<Event>,
    finished: bool,
}

fn refusal(status: Status) -> Refusal {
    Refusal::with_status(status, "the host does not want it")
}

impl Receiver for Memory {
    type Reception = OnTheWay;

    async fn begin(&self, incoming: Incoming) -> Result<OnTheWay, Refusal> {
        let _ = self.events.send(Event::Begun);
        if let Temper::RefusesAtOnce(status) = self.temper {
            return Err(refusal(status));
        }
        Ok(OnTheWay {
            object: Object { incoming, data_set: Vec::new(), pieces: 0 },
            temper: self.temper.clone(),
            shelf: Arc::clone(&self.shelf),
            events: self.events.clone(),
            finished: false,
        })
    }

    async fn closed(&self, origin: &Origin) {
        let _ = self.events.send(Event::Closed(origin.clone()));
    }
}

impl Reception for OnTheWay {
    async fn piece(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        self.object.data_set.extend_from_slice(piece);
        self.object.pieces += 1;
        match self.temper {
            Temper::RefusesOnTheWay(status) if self.object.pieces == 2 => Err(refusal(status)),
            _ => Ok(()),
        }
    }

    async fn finish(mut self) -> Result<Kept, Refusal> {
        self.finished = true;
        if let Temper::RefusesAtTheEnd(status) = self.temper {
            return Err(refusal(status));
        }
        self.shelf.lock().unwrap().push(self.object.clone());
        let _ = self.events.send(Event::Kept);
        match self.temper {
            Temper::KeepsAside => Ok(Kept::Aside { comment: "another object has this UID".into() }),
            _ => Ok(Kept::InPlace),
        }
    }
}

impl Drop for OnTheWay {
    fn drop(&mut self) {
        if !self.finished {
            let _ = self.events.send(Event::Dropped);
        }
    }
}

/// A running acceptor.
pub struct Node {
    pub address: SocketAddr,
    pub shelf: Arc<Mutex<Vec<Object>>>,
    pub events: mpsc::UnboundedReceiver<Event>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Node {
    /// The next thing that happens at the host.
    pub async fn event(&mut self) -> Event {
        self.events.recv().await.unwrap()
    }

    /// Waits until an association has ended.
    pub async fn closed(&mut self) -> Origin {
        loop {
            if let Event::Closed(origin) = self.event().await {
                return origin;
            }
        }
    }

    pub fn objects(&self) -> Vec<Object> {
        self.shelf.lock().unwrap().clone()
    }

    /// Asks the node to stop; the handle is ready when it has.
    pub fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).unwrap();
        self.served
    }

    /// How our own user calls it.
    pub fn as_peer(&self) -> Peer {
        peer(self.address)
    }
}

pub fn peer(address: SocketAddr) -> Peer {
    Peer {
        address: address.to_string(),
        calling: "TESTER".parse().unwrap(),
        called: "INTERVAL".parse().unwrap(),
        timeouts: Timeouts::default(),
        tls: None,
    }
}

/// The limits of most tests.
pub fn policy() -> Policy {
    Policy::for_title("INTERVAL".parse().unwrap())
}

/// Limits under which a silent peer is noticed soon.
pub fn impatient() -> Policy {
    let mut policy = policy();
    policy.patience.request = Duration::from_millis(300);
    policy.patience.idle = Duration::from_millis(300);
    policy
}

/// A host's memory, what it keeps, and what happens at it.
pub fn memory(temper: Temper) -> (Memory, Arc<Mutex<Vec<Object>>>, mpsc::UnboundedReceiver<Event>) {
    let (events, happened) = mpsc::unbounded_channel();
    let shelf = Arc::default();
    (Memory { shelf: Arc::clone(&shelf), temper, events }, shelf, happened)
}

pub async fn node(policy: Policy, temper: Temper) -> Node {
    node_with(policy, temper, |services| services).await
}

/// A node that offers more than verification and storage.
pub async fn node_with(
    policy: Policy,
    temper: Temper,
    offer: impl FnOnce(Services<Memory>) -> Services<Memory>,
) -> Node {
    let (memory, shelf, happened) = memory(temper);
    let services = offer(Services::new(memory));
    let acceptor = Acceptor::bind("127.0.0.1:0", policy, services).await.unwrap();
    running(acceptor, shelf, happened)
}

/// A node that speaks TLS only.
pub async fn node_tls(
    (policy, tls): (Policy, &interval_dimse::tls::Server),
    offer: impl FnOnce(Services<Memory>) -> Services<Memory>,
) -> Node {
    let (memory, shelf, happened) = memory(Temper::Takes);
    let services = offer(Services::new(memory));
    let acceptor = Acceptor::bind_tls("127.0.0.1:0", (policy, tls), services).await.unwrap();
    running(acceptor, shelf, happened)
}

fn running(
    acceptor: Acceptor<Memory>,
    shelf: Arc<Mutex<Vec<Object>>>,
    happened: mpsc::UnboundedReceiver<Event>,
) -> Node {
    let address = acceptor.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(acceptor.serve(async {
        let _ = stopped.await;
    }));
    Node { address, shelf, events: happened, stop, served }
}
