//! The socket of the web door: who may connect, how long anything may take, and how it ends.

use super::WebError;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;
use tracing::debug;

/// Connections at one time. A reading room opens a few hundred; each costs some tens of KiB.
const CONNECTIONS_MAX: usize = 1_024;

/// Longest TLS handshake. A hospital network answers in milliseconds.
const HANDSHAKE_MAX: Duration = Duration::from_secs(5);

/// Longest time until a request's headers are complete, and longest idle time of a connection:
/// what ends a client that sends a byte a second.
const HEADERS_MAX: Duration = Duration::from_secs(10);

/// Header lines of one request. Browsers send under thirty.
const HEADER_LINES_MAX: usize = 64;

/// Bytes of all headers of one request: a bearer token takes up to 8 KiB.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Requests at one time within one HTTP/2 connection.
const STREAMS_MAX: u32 = 64;

/// How often an HTTP/2 connection is asked whether it lives, and how long it may think.
const PING_EVERY: Duration = Duration::from_secs(20);

/// How long requests under way may go on when the node stops.
const GRACE: Duration = Duration::from_secs(10);

/// Pause after the system refused a connection (too many open files), so that nothing spins.
const PAUSE: Duration = Duration::from_millis(100);

/// Who is at the other end of a request's connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// A bound socket, with TLS or (on loopback only) without.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    /// Listens on an address.
    pub async fn bind(address: SocketAddr, tls: Option<TlsAcceptor>) -> Result<Self, WebError> {
        let tcp = TcpListener::bind(address)
            .await
            .map_err(|source| WebError::Listen { address, source })?;
        Ok(Self { tcp, tls })
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Answers until told to stop, then lets what is under way end.
    pub async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let graceful = GracefulShutdown::new();
        while !*stop.borrow() {
            let permit = tokio::select! {
                permit = permits.clone().acquire_owned() => permit,
                _ = stop.changed() => break,
            };
            let Ok(permit) = permit else { break };
            let (tcp, peer) = tokio::select! {
                accepted = self.tcp.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        debug!("a connection was not accepted: {error}");
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                },
                _ = stop.changed() => break,
            };
            let visit = Visit { router: router.clone(), peer, watcher: graceful.watcher(), permit };
            tokio::spawn(visit.run(tcp, self.tls.clone()));
        }
        drop(self.tcp);
        // Whoever is not done by then is cut off.
        let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    }
}

/// One connection, from its first byte to its last.
struct Visit {
    router: Router,
    peer: SocketAddr,
    watcher: hyper_util::server::graceful::Watcher,
    permit: OwnedSemaphorePermit,
}

impl Visit {
    async fn run(self, tcp: TcpStream, tls: Option<TlsAcceptor>) {
        // Small answers must not wait for the other side's acknowledgement.
        let _ = tcp.set_nodelay(true);
        match tls {
            None => self.talk(tcp).await,
            Some(tls) => match tokio::time::timeout(HANDSHAKE_MAX, tls.accept(tcp)).await {
                Ok(Ok(stream)) => self.talk(stream).await,
                Ok(Err(error)) => debug!("no TLS with a client: {error}"),
                Err(_) => debug!("a client did not finish its TLS handshake"),
            },
        }
    }

    async fn talk<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (router, peer) = (self.router, Peer(self.peer));
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request)
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS_MAX)
            .max_headers(HEADER_LINES_MAX)
            .max_buf_size(HEADER_BYTES_MAX);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEADER_BYTES_MAX as u32)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(HEADERS_MAX);
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        if let Err(error) = self.watcher.watch(connection).await {
            debug!("a connection ended early: {error}");
        }
        drop(self.permit);
    }
}
