//! The web door: one table of routes ([`routes`]), one gate that each of them goes through
//! ([`guard`]), sign-in with the hospital's provider ([`oidc`]). A route cannot be reached in any
//! other way.

mod api;
mod caller;
mod certificate;
pub mod config;
mod cookies;
pub mod crypto;
mod dicomweb;
mod guard;
mod headers;
mod lately;
mod listener;
mod measures;
mod oidc;
mod openapi;
mod openings;
mod origin;
mod people;
mod rate;
mod request;
mod routes;
mod screens;
mod session;
mod status;
mod tls;
mod uploader;

pub use openapi::openapi;
pub use routes::router;

use crate::config::scope::ScopeConfig;
use crate::ingest::Ingest;
use crate::operations::Operations;
use crate::pipeline::sentence;
use crate::store::access::AccessRefused;
use crate::store::audit::writer::AuditWriter;
use crate::store::{Store, StoreError};
use config::{ProviderConfig, WebConfig};
use interval_core::access::{Configured, Policy};
use interval_core::fault::Fault;
use lately::Lately;
use listener::Listener;
use oidc::login::Logins;
use oidc::logout::LogoutTokens;
use oidc::provider::Provider;
use rate::{Allowance, Buckets};
use session::{Limits, Sessions};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tracing::info;

/// Steps of signing in from one address, two for each sign-in: a hospital behind one address of a
/// proxy signs in at the start of a shift.
const SIGN_INS: Allowance = Allowance { burst: 120.0, per_s: 5.0 };

/// Requests of one caller: a screen asks some twenty things at once, a person a few a second.
const REQUESTS: Allowance = Allowance { burst: 200.0, per_s: 50.0 };

/// Requests of one caller by DICOMweb: a viewer loads a study of 2,000 slices at once, a program
/// fetches some thousand a second.
const IMAGES: Allowance = Allowance { burst: 20_000.0, per_s: 5_000.0 };

/// Event streams at one time; each looks at the database every two seconds.
const STREAMS_MAX: usize = 500;

/// How often sessions that are over are forgotten.
const SWEEP: Duration = Duration::from_mins(1);

/// Why the door does not open.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The configuration is not safe or cannot work.
    #[error("[web] {0}")]
    Config(String),
    /// A file cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Certificates or keys cannot be used.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The port cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The node cannot say where it listens.
    #[error("the address is not known")]
    Address(#[from] io::Error),
}

impl WebError {
    /// What the failure asks for.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Config(_) | Self::Tls(_) => Fault::Refused,
            Self::File { .. } | Self::Listen { .. } | Self::Address(_) => Fault::Unavailable,
        }
    }
}

/// The DICOMweb services that are spoken here, for whoever says so.
pub fn dicomweb_services() -> &'static [interval_dicomweb::routes::Service] {
    &dicomweb::SERVICES
}

/// What the node gives its web door.
pub struct Host {
    /// Rows and objects.
    pub store: Store,
    /// Where instances go.
    pub ingest: Ingest,
    /// Where every access is noted.
    pub audit: AuditWriter,
    /// Who may do what.
    pub policy: Policy,
    /// How the node is.
    pub health: LookAtHealth,
    /// Verifies the audit log against its checkpoints: the verdict for a screen, or why there is
    /// none.
    pub verify_log: VerifyLog,
    /// What the administration looks at and tries, and what people bring by hand.
    pub operations: Operations,
    /// The time.
    pub clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
}

/// How a node is, in sentences without anything from inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Why nobody can be served; nothing when the node is ready.
    pub troubles: Vec<String>,
    /// What does not work although the node does.
    pub degraded: Vec<String>,
}

/// How the node is looked at.
pub type LookAtHealth = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Health> + Send>> + Send + Sync>;

/// A verification under way.
pub type Verifying = Pin<Box<dyn Future<Output = Result<serde_json::Value, String>> + Send>>;

/// How the audit log is verified.
pub type VerifyLog = Box<dyn Fn() -> Verifying + Send + Sync>;

/// The door, as all routes see it.
pub struct Door {
    config: WebConfig,
    provider_config: ProviderConfig,
    services: BTreeMap<String, Configured>,
    host: Host,
    provider: Provider,
    logins: Logins,
    logout_tokens: LogoutTokens,
    sessions: Sessions,
    sign_ins: Buckets<IpAddr>,
    requests: Buckets<String>,
    images: Buckets<String>,
    lately: Lately,
    streams: Arc<Semaphore>,
    verifying: tokio::sync::Mutex<()>,
    dress: headers::Dress,
    /// Nothing where plain HTTP is spoken.
    identity: Option<Arc<tls::Identity>>,
    closing: watch::Sender<bool>,
}

/// The door, shared.
pub type Web = Arc<Door>;

impl Door {
    /// Checks the configuration and builds the door; nothing listens yet.
    pub fn new(config: WebConfig, host: Host) -> Result<Self, WebError> {
        config.check()?;
        crypto::install();
        let provider_config =
            config.provider.clone().ok_or_else(|| WebError::Config("no provider".into()))?;
        let configured = |(client, scope): (&String, &ScopeConfig)| {
            let configured = scope.configured().map_err(|e| WebError::Config(e.to_string()))?;
            Ok::<_, WebError>((client.clone(), configured))
        };
        let limits = Limits {
            idle: Duration::from_mins(config.idle_min),
            life: Duration::from_hours(config.session_h),
        };
        Ok(Self {
            provider: Provider::new(&provider_config)?,
            services: config.services.iter().map(configured).collect::<Result<_, _>>()?,
            dress: headers::Dress::new(&config),
            provider_config,
            config,
            host,
            logins: Logins::default(),
            logout_tokens: LogoutTokens::default(),
            sessions: Sessions::new(limits),
            sign_ins: Buckets::new(SIGN_INS),
            requests: Buckets::new(REQUESTS),
            images: Buckets::new(IMAGES),
            lately: Lately::default(),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            verifying: tokio::sync::Mutex::new(()),
            identity: None,
            closing: watch::Sender::new(false),
        })
    }

    /// The time.
    fn now(&self) -> SystemTime {
        (self.host.clock)()
    }

    /// The origin that browsers see.
    fn origin(&self) -> &str {
        self.config.public_url.trim_end_matches('/')
    }

    /// Where the provider sends browsers back to.
    fn callback(&self) -> String {
        format!("{}/auth/callback", self.origin())
    }

    /// Forgets what is over, until told to stop.
    async fn sweep(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                () = tokio::time::sleep(SWEEP) => {
                    self.sessions.sweep(self.now());
                    self.host.operations.uploads.sweep(self.now());
                }
                _ = stop.changed() => return,
            }
        }
    }
}

/// A failure of the store, as the other side may see it: what is not there is not permitted.
impl From<StoreError> for status::Refusal {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Unknown(_) | StoreError::Shredded => Self::Forbidden,
            StoreError::Access(AccessRefused::Permission) => Self::Forbidden,
            StoreError::Access(refused) => Self::Conflict(format!("{refused}.")),
            StoreError::Job(illegal) => Self::Conflict(format!("{illegal}.")),
            StoreError::Review(refused) => Self::Conflict(format!("{refused}.")),
            other => Self::failed(other.fault(), sentence(other)),
        }
    }
}

/// The door with its sockets, ready to serve.
pub struct Opened {
    door: Web,
    listener: Listener,
    metrics: Option<Listener>,
    identity: Option<Arc<tls::Identity>>,
}

/// Opens the door: checks, certificate, sockets. `keys` is the folder for a certificate of our own.
pub async fn open(config: WebConfig, host: Host, keys: PathBuf) -> Result<Opened, WebError> {
    let mut door = Door::new(config, host)?;
    let (identity, acceptor) = if door.config.insecure_loopback {
        (None, None)
    } else {
        let identity = Arc::new(tls::Identity::open(&door.config, &keys)?);
        let server = tls::server(identity.clone(), door.config.tls_floor)?;
        (Some(identity), Some(TlsAcceptor::from(Arc::new(server))))
    };
    door.identity.clone_from(&identity);
    let listener = Listener::bind(door.config.listen, acceptor).await?;
    let metrics = match door.config.metrics {
        Some(address) => Some(Listener::bind(address, None).await?),
        None => None,
    };
    Ok(Opened { door: Arc::new(door), listener, metrics, identity })
}

impl Opened {
    /// Where it listens.
    pub fn address(&self) -> Result<SocketAddr, WebError> {
        Ok(self.listener.address()?)
    }

    /// Where metrics are answered.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(|listener| listener.address().ok())
    }

    /// The file of the certificate, for whoever is to trust it.
    pub fn certificate(&self) -> Option<PathBuf> {
        self.identity.as_ref().map(|identity| identity.certificate().to_owned())
    }

    /// Serves until told to stop; requests under way may end.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        let door = self.door;
        let mut tasks = tokio::task::JoinSet::new();
        if let Some(identity) = self.identity {
            tasks.spawn(identity.keep_fresh(stop.clone()));
        }
        let (fresh, swept) = ((door.clone(), stop.clone()), (door.clone(), stop.clone()));
        tasks.spawn(async move { fresh.0.provider.keep_fresh(fresh.1).await });
        tasks.spawn(async move { swept.0.sweep(swept.1).await });
        if let Some(metrics) = self.metrics {
            tasks.spawn(metrics.serve(measures::router(), stop.clone()));
        }
        tasks.spawn(self.listener.serve(router(door.clone()), stop.clone()));
        info!("the web door is open");
        // The sender is gone when the node is: that is an end too.
        let _ = stop.wait_for(|stopped| *stopped).await;
        let _ = door.closing.send(true);
        while tasks.join_next().await.is_some() {}
    }
}
