//! Builds the node, once: the store, the doors, the crew, and what they compute with.

mod door;
mod health;

use crate::archive::{Archive, Doorway, House, Promises};
use crate::audit::notary::Notary;
use crate::audit::syslog::Forwarder;
use crate::audit::{self, AuditError};
use crate::config::tls::DimseTlsError;
use crate::config::{Config, ConfigError, Keys};
use crate::ingest::Ingest;
use crate::keys::KeyError;
use crate::operations::OperationsError;
use crate::peers::Peers;
use crate::pipeline::author::Desk;
use crate::pipeline::bench::NodeFile;
use crate::pipeline::pool::Pool;
use crate::pipeline::queue::Crew;
use crate::pipeline::rules::Rules;
use crate::pipeline::settle::Settler;
use crate::pipeline::stage::assemble::ShadingParameter;
use crate::pipeline::steps::Kit;
use crate::pipeline::{Halt, forward, outbox, sentence};
use crate::priors::{self, Errands, Priors};
use crate::seal;
use crate::store::audit::writer::AuditWriter;
use crate::store::{Store, StoreError, milliseconds};
use crate::tenancy::{Tenancy, TenancyError};
use crate::web::{Opened, WebError};
use interval_core::assessment::Doubt;
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action, Actor, Resource};
use interval_core::fault::Fault;
use interval_core::stage::Stage;
use interval_dimse::acceptor::Acceptor;
use interval_dimse::ae::{AeTitle, AeTitleError};
use interval_dimse::policy::Policy;
use interval_iod::home::Device;
use interval_iod::mint;
use interval_models::ModelError;
use interval_models::card::Shading;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{info, warn};

/// Names of the atlas files in its folder: T1, grey matter, white matter.
pub const ATLAS_FILES: [&str; 3] = ["t1.nii.gz", "grey.nii.gz", "white.nii.gz"];

/// Why the node does not start.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store cannot be opened.
    #[error("the store in {folder} cannot be opened")]
    Store {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: StoreError,
    },
    /// The master key is not to be had.
    #[error("the master key cannot be used")]
    Key(#[source] KeyError),
    /// The model cannot be opened.
    #[error("the model in {folder} cannot be opened")]
    Model {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: ModelError,
    },
    /// No model was found.
    #[error("no segmentation model: name its folder with --model")]
    NoModel,
    /// A title is not one.
    #[error("an application entity title cannot be used")]
    Title(#[from] AeTitleError),
    /// The port cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another process serves from the same folder.
    #[error("the folder {folder} cannot be used")]
    Tenancy {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: TenancyError,
    },
    /// A file of the node cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The machine's seal cannot be made or read.
    #[error("the machine's seal cannot be used: {0}")]
    Seal(String),
    /// The configuration cannot be used.
    #[error("the configuration cannot be used")]
    Config(#[from] ConfigError),
    /// TLS for DICOM cannot be set up.
    #[error("TLS for DICOM associations cannot be set up")]
    DimseTls(#[from] DimseTlsError),
    /// The audit log cannot be signed.
    #[error("the audit log cannot be signed")]
    Audit(#[source] AuditError),
    /// The web door does not open.
    #[error("the web door does not open")]
    Web(#[source] WebError),
    /// What the administration works with is not to be had.
    #[error("the node cannot be administered")]
    Operations(#[from] OperationsError),
}

/// A node that is ready to serve.
pub struct Node {
    config: Config,
    store: Store,
    acceptor: Acceptor<Doorway>,
    archive: Archive,
    priors: (Priors, Errands),
    rules: Rules,
    crew: Option<Crew>,
    own: AeTitle,
    notary: Notary,
    web: Option<Opened>,
    /// Nobody else removes objects while the node runs.
    _tenancy: Tenancy,
}

impl NodeError {
    /// What the failure asks for.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Store { source, .. } => source.fault(),
            Self::Key(error) => error.fault(),
            Self::Audit(error) => error.fault(),
            Self::Web(error) => error.fault(),
            Self::Model { .. }
            | Self::NoModel
            | Self::Title(_)
            | Self::Config(_)
            | Self::DimseTls(_) => Fault::Refused,
            Self::Operations(error) => error.fault(),
            Self::Tenancy { .. } | Self::Listen { .. } | Self::File { .. } | Self::Seal(_) => {
                Fault::Unavailable
            }
        }
    }
}

impl Node {
    /// Opens everything that the configuration names.
    pub async fn open(config: Config) -> Result<Self, NodeError> {
        let store = open_store(&config.data, &config.keys).await?;
        let tenancy = Tenancy::take(&config.data)
            .map_err(|source| NodeError::Tenancy { folder: config.data.clone(), source })?;
        let unfit = |source| NodeError::Store { folder: config.data.clone(), source };
        note(&store, Action::Start).await.map_err(&unfit)?;
        let own: AeTitle = config.ae_title.parse()?;
        let mut policy = Policy::for_title(own.clone());
        policy.associations_max = config.associations_max;
        for caller in &config.allowed_callers {
            policy.calling.push(caller.parse()?);
        }
        store.clear_left_over().await.map_err(&unfit)?;
        store.give_back_leases(SystemTime::now()).await.map_err(&unfit)?;
        store.index_names().await.map_err(&unfit)?;
        let notary = Notary::open(&config.data, &config.audit).map_err(NodeError::Audit)?;
        let rules = Rules::of(&config)?;
        let crew = if config.keep_only { None } else { Some(crew(&config, store.clone())?) };
        for doubt in crew.iter().flat_map(|crew| &crew.kit.doubts) {
            warn!("{doubt} Every result says so.");
        }
        if let Some(crew) = &crew {
            rules.check_models(&crew.kit.model_name.name)?;
        }
        let (archive, priors) = archive(&config, &store, own.clone())?;
        let model = crew.as_ref().map(|crew| crew.kit.model_name.clone());
        let web = door::of(&config, (&archive, model), notary.trouble()).await?;
        let acceptor = door::dicom(&config, policy, &archive).await?;
        Ok(Self {
            config,
            store,
            acceptor,
            archive,
            priors,
            rules,
            crew,
            own,
            notary,
            web,
            _tenancy: tenancy,
        })
    }

    /// Where DIMSE is listened for.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.acceptor.local_addr()
    }

    /// Where the web door listens, if there is one.
    pub fn web_address(&self) -> io::Result<Option<SocketAddr>> {
        let address = self.web.as_ref().map(Opened::address).transpose();
        address.map_err(io::Error::other)
    }

    /// Serves until `stop` is ready.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let mut last = JoinSet::new();
        let (signing, signed) = watch::channel(false);
        last.spawn(self.notary.run(self.store.clone(), signed));
        if let Some(syslog) = self.config.audit.syslog {
            let source = audit::source(&self.config.data);
            let forwarder = Forwarder::new(&self.config.data, syslog, source);
            tasks.spawn(forwarder.run(self.store.clone(), stopped.clone()));
        }
        if let Some(web) = self.web {
            tasks.spawn(web.serve(stopped.clone()));
        }
        // The first question of a morning should not wait for a million rows to be counted.
        let warm = self.store.clone();
        tasks.spawn(async move {
            if let Err(error) = warm.warm().await {
                warn!("the catalogue was not read ahead: {}", sentence(&error));
            }
        });
        let store = self.store.clone();
        if let Some(crew) = self.crew {
            let quiet = Duration::from_secs(self.config.quiet_period_s);
            let (store, archive, (priors, errands)) =
                (self.store.clone(), self.archive, self.priors);
            tasks.spawn(errands.run(stopped.clone()));
            let settler = Settler { store, archive, priors, rules: self.rules, quiet };
            tasks.spawn(settler.run(stopped.clone()));
            for destination in self.config.destinations.clone() {
                let to = (self.own.clone(), destination);
                tasks.spawn(forward::run(self.store.clone(), to, stopped.clone()));
            }
            tasks.spawn(crew.work(stopped.clone()));
            let destinations = (self.own, self.config.destinations);
            tasks.spawn(outbox::run(self.store, destinations, stopped));
        }
        self.acceptor.serve(stop).await;
        info!("stopping");
        // Whoever still listens is told; nobody listening is as good.
        let _ = stopping.send(true);
        while tasks.join_next().await.is_some() {}
        if let Err(error) = note(&store, Action::Stop).await {
            warn!("the stop is not in the audit log: {}", sentence(&error));
        }
        // The log is signed last, so that the checkpoint covers the whole run.
        let _ = signing.send(true);
        while last.join_next().await.is_some() {}
    }
}

/// What peers find behind the door.
fn archive(
    config: &Config,
    store: &Store,
    own: AeTitle,
) -> Result<(Archive, (Priors, Errands)), NodeError> {
    let peers = Arc::new(Peers::of(config)?);
    let ingest = Ingest::new(store.clone(), peers.clone(), config.free_min_mib << 20);
    let priors = priors::open(config, (store.clone(), ingest.clone()), (&peers, &own))?;
    let archive = Archive::new(House {
        audit: AuditWriter::start(store.clone()),
        tls: door::peers_by_tls(config, &peers)?,
        promises: if config.storage_commitment { Promises::Kept } else { Promises::None },
        store: store.clone(),
        ingest,
        peers,
        own,
    });
    Ok((archive, priors))
}

/// Notes that the node starts or stops.
async fn note(store: &Store, action: Action) -> Result<(), StoreError> {
    let now_ms = milliseconds(SystemTime::now());
    let event = AuditEvent::new(now_ms, Actor::System, action, Resource::Node);
    store.audit(&event).await.map(drop)
}

/// Opens the store of a data folder.
pub async fn open_store(data: &Path, keys: &Keys) -> Result<Store, NodeError> {
    let ring = keys.ring(data).map_err(NodeError::Key)?;
    Store::open(data, ring)
        .await
        .map_err(|source| NodeError::Store { folder: data.to_owned(), source })
}

/// What the stages compute with, as configured or as found beside the data and the program.
pub fn kit(config: &Config) -> Result<(Kit, Vec<String>), NodeError> {
    let package = crate::models::chosen(config)?;
    let reservation = package.model().vouched().reservation();
    let folder = config.atlas.clone().or_else(|| beside(config, "atlas"));
    let atlas = folder.as_deref().map(atlas).transpose()?;
    if atlas.is_none() {
        warn!(
            "there is no head atlas (--atlas): images that show whole heads cannot be analysed, \
             only those that came without skull"
        );
    }
    let mut limitations = vec![package.card().notice.clone()];
    limitations.extend(reservation.as_deref().map(crate::models::limitation));
    let kit = Kit {
        atlas,
        model: package.model().path().to_owned(),
        model_name: package.name(),
        doubts: reservation.into_iter().map(Doubt::UnsignedModel).collect(),
        shading: match package.card().shading {
            Shading::Corrected => ShadingParameter::Corrected,
            Shading::Kept => ShadingParameter::Kept,
        },
        ort_lib: config.ort_lib.clone().or_else(|| crate::runtime::installed(&config.data)),
        threads: config.worker_threads,
    };
    Ok((kit, limitations))
}

fn atlas(folder: &Path) -> Result<[NodeFile; 3], NodeError> {
    let [t1, grey, white] = ATLAS_FILES.map(|name| {
        let path = folder.join(name);
        NodeFile::open(&path).map_err(|source| NodeError::File { path, source })
    });
    Ok([t1?, grey?, white?])
}

/// A folder of that name in the data folder or beside the program.
pub fn beside(config: &Config, name: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let installed = program.as_deref().and_then(Path::parent).map(|folder| folder.join(name));
    let candidates = [Some(config.data.join(name)), installed];
    candidates.into_iter().flatten().find(|folder| folder.is_dir())
}

/// The crew of a node or of one analysis.
pub fn crew(config: &Config, store: Store) -> Result<Crew, NodeError> {
    let (kit, limitations) = kit(config)?;
    let program = match &config.worker_program {
        Some(program) => program.clone(),
        None => std::env::current_exe()
            .map_err(|source| NodeError::File { path: "the program itself".into(), source })?,
    };
    let pool = Pool::new(program, store.blobs().clone(), config);
    let keys = config.data.join("keys");
    let seal = seal::open(&keys, SystemTime::now()).map_err(|e| NodeError::Seal(sentence(&e)))?;
    let device = device(&seal.common_name());
    let organisation = config.organisation.clone();
    let desk = move |now: SystemTime| {
        let seal = seal::open(&keys, now)
            .map_err(|e| Halt::defect(Stage::Author, format!("no seal: {}", sentence(&e))))?;
        let now_s = crate::store::milliseconds(now) / 1000;
        let (device, limitations) = (device.clone(), limitations.clone());
        let organisation = organisation.clone();
        Ok(Desk { device, seal, now_s, limitations, organisation })
    };
    let destinations = config.destinations.iter().map(|d| d.name.clone()).collect();
    Ok(Crew { store, pool, kit, desk: Box::new(desk), destinations })
}

/// This installation as a device: named by its seal.
fn device(serial_number: &str) -> Device {
    let uid = mint::uid("device", &[serial_number]);
    Device::interval(serial_number, env!("CARGO_PKG_VERSION"), uid)
}
