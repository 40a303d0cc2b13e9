//! The listener: who knocks, who is let in, who is told to come again (PS3.8 9.1.2).

use std::collections::BTreeSet;
use std::error::Error;
use std::future::poll_fn;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use dicom_ul::pdu::{AbortRQServiceProviderReason as AbortReason, AssociationRQ, Pdu};
use interval_core::audit::TraceId;
use interval_core::study::Origin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, error, info, warn};

use crate::association::{Association, AssociationError, Ending, Surroundings};
use crate::caller::{Admitted, Caller, Certificate};
use crate::classes::Service;
use crate::door::{AT_THE_DOOR_MAX, Door, Place, STANDING_MAX};
use crate::negotiation::{Agreement, Disagreement, Farewell, negotiate};
use crate::policy::Policy;
use crate::seats::{Seat, Seats, Turns};
use crate::service::storage::Receiver;
use crate::services::Services;
use crate::tls;
use crate::wire::{Wire, WireError};

/// Pause after a failed accept: usually no file descriptor is left, and some will be soon.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener that takes objects for its host.
#[derive(Debug)]
pub struct Acceptor<R> {
    listeners: Vec<Listener>,
    house: Arc<House<R>>,
}

/// An address that is listened on, with TLS or without.
struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let address = self.socket.local_addr();
        f.debug_struct("Listener").field("address", &address).finish_non_exhaustive()
    }
}

/// What all associations share.
#[derive(Debug)]
struct House<R> {
    policy: Policy,
    services: Services<R>,
    offered: BTreeSet<Service>,
    door: Arc<Door>,
    /// Where an echo is answered when there is no seat: the oldest one makes room.
    standing: Arc<Door>,
    seats: Arc<Seats>,
    turns: Turns,
}

impl<R: Receiver> Acceptor<R> {
    /// Listens on an address; port 0 means any free one. A receiver alone is verification and
    /// storage; [`Services`] may have more.
    pub async fn bind(
        address: impl ToSocketAddrs,
        policy: Policy,
        services: impl Into<Services<R>>,
    ) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        Ok(Self::on(Listener { socket, tls: None }, policy, services.into()))
    }

    /// Listens on an address for TLS only.
    pub async fn bind_tls(
        address: impl ToSocketAddrs,
        (policy, tls): (Policy, &tls::Server),
        services: impl Into<Services<R>>,
    ) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let tls = Some(TlsAcceptor::from(Arc::clone(&tls.config)));
        Ok(Self::on(Listener { socket, tls }, policy, services.into()))
    }

    /// Listens for TLS on one more address. All listeners share their seats.
    pub async fn also_tls(
        mut self,
        address: impl ToSocketAddrs,
        tls: &tls::Server,
    ) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let tls = Some(TlsAcceptor::from(Arc::clone(&tls.config)));
        self.listeners.push(Listener { socket, tls });
        Ok(self)
    }

    fn on(listener: Listener, policy: Policy, services: Services<R>) -> Self {
        let seats = Seats::new(policy.associations_max, policy.associations_per_address_max);
        let turns = Turns::new(policy.questions_max, policy.retrievals_max);
        let offered = services.offered();
        let (door, standing) = (Door::with_room(AT_THE_DOOR_MAX), Door::with_room(STANDING_MAX));
        let house = House { policy, services, offered, door, standing, seats, turns };
        Self { listeners: vec![listener], house: Arc::new(house) }
    }

    /// Where it listens, first of all.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        match self.local_addrs()?.first() {
            Some(first) => Ok(*first),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Everywhere it listens, in the order in which it was told to.
    pub fn local_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.iter().map(|listener| listener.socket.local_addr()).collect()
    }

    /// Serves until `stop` is ready. Then nobody is let in, idle associations are aborted, and
    /// messages under way have `patience.stop` to be finished and answered.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut turn = 0;
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = connections.join_next() => {
                    if let Err(defect) = ended {
                        error!(%defect, "a DICOM association ended by a defect: {defect}");
                    }
                }
                accepted = knock(&self.listeners, turn) => match accepted {
                    Ok(guest) => {
                        turn += 1;
                        let place = self.house.door.knock();
                        let house = Arc::clone(&self.house);
                        connections.spawn(house.welcome(guest, place, stopped.clone()));
                    }
                    Err(error) => {
                        warn!(%error, "cannot accept a DICOM connection: {error}");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(self.listeners);
        let _ = stopping.send(true);
        let all = async { while connections.join_next().await.is_some() {} };
        if timeout(self.house.policy.patience.stop, all).await.is_err() {
            connections.shutdown().await;
        }
    }
}

/// Who has just connected.
struct Guest {
    stream: TcpStream,
    peer: IpAddr,
    tls: Option<TlsAcceptor>,
}

/// The next connection to any listener; each has its turn of being asked first.
async fn knock(listeners: &[Listener], turn: usize) -> io::Result<Guest> {
    poll_fn(|context| {
        for index in 0..listeners.len() {
            let listener = &listeners[(index + turn) % listeners.len()];
            if let Poll::Ready(accepted) = listener.socket.poll_accept(context) {
                let tls = listener.tls.clone();
                let guest =
                    |(stream, address): (_, SocketAddr)| Guest { stream, peer: address.ip(), tls };
                return Poll::Ready(accepted.map(guest));
            }
        }
        Poll::Pending
    })
    .await
}

/// Where an association has its room.
enum Room {
    Seat(Seat),
    Standing(Place),
}

/// How a request was answered.
enum Admission {
    Agreed(Box<(Agreement, Caller)>, Room),
    Refused(Disagreement),
    Failed(AssociationError),
}

impl<R: Receiver> House<R> {
    /// One connection, from the knock to its end.
    async fn welcome(
        self: Arc<Self>,
        guest: Guest,
        mut place: Place,
        mut stop: watch::Receiver<bool>,
    ) {
        let Guest { stream, peer, tls } = guest;
        // A response is one small write: it must not wait for a companion (Nagle's algorithm).
        let _ = stream.set_nodelay(true);
        // The ARTIM timer runs from the connection on, the handshake included.
        let until = Instant::now() + self.policy.patience.request;
        let Some(tls) = tls else {
            return self.receive(stream, (peer, None, until), place, stop).await;
        };
        let shaken = tokio::select! {
            shaken = timeout_at(until, tls.accept(stream)) => shaken,
            () = place.given_away() => return,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match shaken {
            Ok(Ok(stream)) => {
                let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let certificate = shown.map(|shown| Certificate::new(shown.to_vec()));
                self.receive(stream, (peer, certificate, until), place, stop).await;
            }
            Ok(Err(error)) => info!(%peer, "no secure connection with {peer}: {error}"),
            Err(_) => debug!(%peer, "{peer} was silent instead of a TLS handshake"),
        }
    }

    /// A connection over which PDUs can be read.
    async fn receive<S>(
        &self,
        stream: S,
        (peer, certificate, until): (IpAddr, Option<Certificate>, Instant),
        mut place: Place,
        mut stop: watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let policy = &self.policy;
        let mut wire = Wire::new(stream, policy.announced_pdu_bytes(), policy.patience.write);
        let admission = tokio::select! {
            admission = self.admit(&mut wire, (peer, certificate, until)) => admission,
            () = place.given_away() => {
                debug!(%peer, "closed a silent connection from {peer} to make room");
                return;
            }
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match admission {
            Admission::Agreed(agreed, room) => {
                drop(place);
                let (agreement, caller) = *agreed;
                let accompanied = self.accompany(wire, peer, (&agreement, &caller), &mut stop);
                match room {
                    Room::Seat(_taken) => accompanied.await,
                    Room::Standing(mut place) => tokio::select! {
                        () = accompanied => {}
                        () = place.given_away() => self.services.receiver.closed(&caller.origin).await,
                    },
                }
            }
            // Who is turned away still stands at the door, and is pushed out like the others.
            Admission::Refused(disagreement) => tokio::select! {
                () = turn_away(wire, peer, &disagreement) => {}
                () = place.given_away() => {}
            },
            Admission::Failed(error) => tokio::select! {
                () = part(wire, peer, &error) => {}
                () = place.given_away() => {}
            },
        }
    }

    /// Reads the request and decides.
    async fn admit<S>(
        &self,
        wire: &mut Wire<S>,
        (peer, certificate, until): (IpAddr, Option<Certificate>, Instant),
    ) -> Admission
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let request = match request(wire, until).await {
            Ok(request) => request,
            Err(error) => return Admission::Failed(error),
        };
        let mut agreement = match negotiate(&request, &self.policy, &self.offered) {
            Ok(agreement) => agreement,
            Err(disagreement) => return Admission::Refused(disagreement),
        };
        let room = match self.seats.take(peer) {
            Some(seat) => Room::Seat(seat),
            None if agreement.is_for_verification() => Room::Standing(self.standing.knock()),
            None => return Admission::Refused(Disagreement::Full),
        };
        let origin = Origin {
            calling_ae: agreement.calling.to_string(),
            called_ae: agreement.called.to_string(),
            peer: peer.to_string(),
            association: trace(),
        };
        let identity = agreement.introduction.as_ref().map(|said| said.identity.clone());
        let caller = Caller { origin, certificate, identity };
        if let Some(gatekeeper) = &self.services.gatekeeper {
            match timeout_at(until, gatekeeper.admit(&caller)).await {
                Ok(Ok(Admitted::Identified)) => agreement.confirm(),
                Ok(Ok(Admitted::Unidentified)) => {}
                Ok(Err(rejection)) => {
                    let calling = agreement.calling;
                    return Admission::Refused(Disagreement::NotAdmitted { calling, rejection });
                }
                Err(_) => return Admission::Failed(WireError::Silent.into()),
            }
        }
        Admission::Agreed(Box::new((agreement, caller)), room)
    }

    /// An agreed association, from the answer to its end.
    async fn accompany<S>(
        &self,
        wire: Wire<S>,
        peer: IpAddr,
        (agreement, caller): (&Agreement, &Caller),
        stop: &mut watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let (policy, services, turns) = (&self.policy, &self.services, &self.turns);
        let around = Surroundings { agreement, caller, policy, services, turns };
        let mut association = Association::new(wire, around);
        let ending = association.converse(stop).await;
        self.services.receiver.closed(&caller.origin).await;
        let wire = association.dialogue.wire;
        match ending {
            Ok(Ending::Released) => wire.farewell().await,
            Ok(Ending::Aborted) => {
                debug!(%peer, "{} aborted its association", caller.origin.calling_ae);
            }
            Ok(Ending::Stopped) => wire.abort(AbortReason::ReasonNotSpecified).await,
            Err(error) => part(wire, peer, &error).await,
        }
    }
}

async fn request<S>(wire: &mut Wire<S>, until: Instant) -> Result<AssociationRQ, AssociationError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    match wire.read(until).await? {
        Pdu::AssociationRQ(request) => Ok(request),
        other => Err(AssociationError::Unexpected(other.short_description().to_string())),
    }
}

/// Says that there will be no association, and why.
async fn turn_away<S>(mut wire: Wire<S>, peer: IpAddr, disagreement: &Disagreement)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    info!(%peer, "refused an association with {peer}: {disagreement}");
    match disagreement.farewell() {
        Farewell::Abort(reason) => wire.abort(reason).await,
        Farewell::Reject(rejection) => {
            if wire.write(&Pdu::AssociationRJ(rejection)).await.is_ok() {
                wire.farewell().await;
            }
        }
    }
}

/// Ends what cannot go on.
async fn part<S>(wire: Wire<S>, peer: IpAddr, error: &AssociationError)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let cause = error.source().map(ToString::to_string);
    info!(%peer, cause, "ended an association with {peer}: {error}");
    if let Some(reason) = error.abort_reason() {
        wire.abort(reason).await;
    }
}

/// A random number for an association: it ties the events of one association together and is no
/// secret.
pub(crate) fn trace() -> TraceId {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    TraceId(half() << 64 | half())
}
