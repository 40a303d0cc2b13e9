//! The listener: who knocks, who is let in, who is told to come again (PS3.8 9.1.2).

use std::error::Error;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use dicom_ul::pdu::{AbortRQServiceProviderReason as AbortReason, AssociationRQ, Pdu};
use interval_core::audit::TraceId;
use interval_core::study::Origin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, error, info, warn};

use crate::association::{Association, AssociationError, Ending};
use crate::door::{Door, Place};
use crate::negotiation::{Agreement, Disagreement, Farewell, negotiate};
use crate::policy::Policy;
use crate::seats::{Seat, Seats};
use crate::service::storage::Receiver;
use crate::wire::Wire;

/// Pause after a failed accept: usually no file descriptor is left, and some will be soon.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener that takes objects for its host.
#[derive(Debug)]
pub struct Acceptor<R> {
    listener: TcpListener,
    house: Arc<House<R>>,
}

/// What all associations share.
#[derive(Debug)]
struct House<R> {
    policy: Policy,
    receiver: R,
    door: Arc<Door>,
    seats: Arc<Seats>,
}

impl<R: Receiver> Acceptor<R> {
    /// Listens on an address; port 0 means any free one.
    pub async fn bind(
        address: impl ToSocketAddrs,
        policy: Policy,
        receiver: R,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let seats = Seats::new(policy.associations_max, policy.associations_per_address_max);
        let house = House { policy, receiver, door: Arc::default(), seats };
        Ok(Self { listener, house: Arc::new(house) })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is ready. Then nobody is let in, idle associations are aborted, and
    /// messages under way have `patience.stop` to be finished and answered.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = connections.join_next() => {
                    if let Err(defect) = ended {
                        error!(%defect, "a DICOM association ended by a defect: {defect}");
                    }
                }
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, address)) => {
                        let place = self.house.door.knock();
                        let house = Arc::clone(&self.house);
                        let peer = address.ip();
                        connections.spawn(house.welcome(stream, peer, place, stopped.clone()));
                    }
                    Err(error) => {
                        warn!(%error, "cannot accept a DICOM connection: {error}");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(self.listener);
        let _ = stopping.send(true);
        let all = async { while connections.join_next().await.is_some() {} };
        if timeout(self.house.policy.patience.stop, all).await.is_err() {
            connections.shutdown().await;
        }
    }
}

/// How a request was answered.
enum Admission {
    Agreed(Box<Agreement>, Seat),
    Refused(Disagreement),
    Failed(AssociationError),
}

impl<R: Receiver> House<R> {
    /// One connection, from the knock to its end.
    async fn welcome(
        self: Arc<Self>,
        stream: TcpStream,
        peer: IpAddr,
        mut place: Place,
        mut stop: watch::Receiver<bool>,
    ) {
        // A response is one small write: it must not wait for a companion (Nagle's algorithm).
        let _ = stream.set_nodelay(true);
        let policy = &self.policy;
        let mut wire = Wire::new(stream, policy.announced_pdu_bytes(), policy.patience.write);
        let admission = tokio::select! {
            admission = self.admit(&mut wire, peer) => admission,
            () = place.given_away() => {
                debug!(%peer, "closed a silent connection from {peer} to make room");
                return;
            }
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match admission {
            Admission::Agreed(agreement, seat) => {
                drop(place);
                self.accompany(wire, peer, &agreement, &mut stop).await;
                drop(seat);
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
    async fn admit<S>(&self, wire: &mut Wire<S>, peer: IpAddr) -> Admission
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let request = match self.request(wire).await {
            Ok(request) => request,
            Err(error) => return Admission::Failed(error),
        };
        match negotiate(&request, &self.policy) {
            Ok(agreement) => match self.seats.take(peer) {
                Some(seat) => Admission::Agreed(Box::new(agreement), seat),
                None => Admission::Refused(Disagreement::Full),
            },
            Err(disagreement) => Admission::Refused(disagreement),
        }
    }

    async fn request<S>(&self, wire: &mut Wire<S>) -> Result<AssociationRQ, AssociationError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        match wire.read(Instant::now() + self.policy.patience.request).await? {
            Pdu::AssociationRQ(request) => Ok(request),
            other => Err(AssociationError::Unexpected(other.short_description().to_string())),
        }
    }

    /// An agreed association, from the answer to its end.
    async fn accompany<S>(
        &self,
        mut wire: Wire<S>,
        peer: IpAddr,
        agreement: &Agreement,
        stop: &mut watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let origin = Origin {
            calling_ae: agreement.calling.to_string(),
            called_ae: agreement.called.to_string(),
            peer: peer.to_string(),
            association: trace(),
        };
        let (policy, receiver) = (&self.policy, &self.receiver);
        let ending = Association { wire: &mut wire, agreement, origin: &origin, policy, receiver }
            .converse(stop)
            .await;
        self.receiver.closed(&origin).await;
        match ending {
            Ok(Ending::Released) => wire.farewell().await,
            Ok(Ending::Aborted) => debug!(%peer, "{} aborted its association", origin.calling_ae),
            Ok(Ending::Stopped) => wire.abort(AbortReason::ReasonNotSpecified).await,
            Err(error) => part(wire, peer, &error).await,
        }
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
fn trace() -> TraceId {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    TraceId(half() << 64 | half())
}
