//! What whoever keeps the node looks at and tries: the applications that it speaks with, its rules
//! and models, the room on its disk; and the uploads that people bring by hand.

use crate::config::{Config, ConfigError};
use crate::models;
use crate::peers::Peers;
use crate::pipeline::rules::Rules;
use crate::pipeline::sentence;
use crate::upload::{self, Uploads};
use interval_core::assessment::ModelName;
use interval_core::fault::Fault;
use interval_dimse::ae::{AeTitle, AeTitleError};
use interval_dimse::scu::{self, Timeouts};
use interval_dimse::tls;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, OnceCell};

/// Name of the folder that uploads are staged in, below the data folder.
const UPLOADS: &str = "uploads";

/// How long an application has for its answer to an echo, from the first packet on.
const ECHO_LIMIT: Duration = Duration::from_secs(15);

/// How long each step of an echo may take: a person waits for it.
const ECHO: Timeouts = Timeouts {
    connect: Duration::from_secs(5),
    association: Duration::from_secs(10),
    response: Duration::from_secs(10),
    write: Duration::from_secs(5),
};

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub enum OperationsError {
    /// The configuration cannot be used.
    #[error("the configuration cannot be used")]
    Config(#[from] ConfigError),
    /// Our title is none.
    #[error("an application entity title cannot be used")]
    Title(#[from] AeTitleError),
    /// The folder of uploads cannot be used.
    #[error("cannot use {path}")]
    Uploads {
        /// The folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl OperationsError {
    /// What the failure asks for.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Config(_) | Self::Title(_) => Fault::Refused,
            Self::Uploads { .. } => Fault::Unavailable,
        }
    }
}

/// What whoever keeps the node looks at and tries.
pub struct Operations {
    /// What becomes of studies.
    pub rules: Rules,
    /// The applications that the node speaks with.
    pub applications: Vec<Application>,
    /// What people bring by hand.
    pub uploads: Uploads,
    /// What the node analyses with; nothing where it only keeps.
    pub model: Option<ModelName>,
    /// Certificate of the DICOM door, in PEM, where it speaks TLS.
    pub dimse_certificate: Option<PathBuf>,
    /// Folder of the seal.
    pub keys: PathBuf,
    /// Bytes that are kept free on the disk of the objects.
    pub watermark_bytes: u64,
    own: AeTitle,
    config: Config,
    models: OnceCell<Vec<ModelEntry>>,
}

/// An application that the node speaks with.
pub struct Application {
    /// How the settings name it.
    pub name: String,
    /// Its application entity title; empty where it is asked by DICOMweb only.
    pub title: String,
    /// Where it listens, if that is known.
    pub address: Option<String>,
    /// What it is there for, a word each.
    pub uses: Vec<String>,
    tls: Option<tls::Client>,
    /// Held while it is asked: one at a time.
    asked: Mutex<()>,
}

/// What an application answered to an echo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echoed {
    /// From the first packet to the answer, or to the failure.
    pub took: Duration,
    /// Why it did not answer.
    pub failed: Option<String>,
}

/// Why an application is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// It is being asked.
    #[error("it is being asked already")]
    Busy,
    /// Where it listens is not known.
    #[error("the settings do not say where it listens")]
    NoAddress,
    /// It is no DICOM application.
    #[error("it is asked by DICOMweb, where there is no echo")]
    Web,
}

/// A model package of this site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// Its name, from the card; that of its folder where it cannot be used.
    pub name: String,
    /// Its version, from the card.
    pub version: String,
    /// Digest over its files; nothing where it cannot be used.
    pub sha256: Option<String>,
    /// Whether somebody who is trusted vouches for it.
    pub vouched: Vouching,
    /// Who vouches for it, or why it cannot be used.
    pub why: String,
    /// What has to be known wherever it is used.
    pub limitations: Vec<String>,
}

/// Whether somebody who is trusted vouches for a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouching {
    /// Somebody does.
    Trusted,
    /// Nobody does.
    Nobody,
}

impl Operations {
    /// Those of a configuration; the folder of uploads is emptied.
    pub fn of(config: &Config, model: Option<ModelName>) -> Result<Self, OperationsError> {
        let path = config.data.join(UPLOADS);
        let watermark_bytes = config.free_min_mib << 20;
        let uploads = Uploads::open(&path, watermark_bytes, upload::HOUSE)
            .map_err(|source| OperationsError::Uploads { path, source })?;
        Ok(Self {
            rules: Rules::of(config)?,
            applications: applications(config)?,
            uploads,
            model,
            dimse_certificate: config.dimse_tls.as_ref().map(|tls| tls.certificate.clone()),
            keys: config.data.join("keys"),
            watermark_bytes,
            own: config.ae_title.parse()?,
            config: config.clone(),
            models: OnceCell::new(),
        })
    }

    /// Asks an application whether it is there.
    pub async fn echo(&self, application: &Application) -> Result<Echoed, NotAsked> {
        let called = application.title.parse().map_err(|_| NotAsked::Web)?;
        let address = application.address.clone().ok_or(NotAsked::NoAddress)?;
        let _only = application.asked.try_lock().map_err(|_| NotAsked::Busy)?;
        let (calling, tls) = (self.own.clone(), application.tls.clone());
        let peer = scu::Peer { address, calling, called, timeouts: ECHO, tls };
        let began = Instant::now();
        let answered = tokio::time::timeout(ECHO_LIMIT, scu::echo(&peer)).await;
        let failed = match answered {
            Ok(answered) => answered.err().map(|error| sentence(&error)),
            Err(_) => Some(format!("no answer within {} s", ECHO_LIMIT.as_secs())),
        };
        Ok(Echoed { took: began.elapsed(), failed })
    }

    /// The model packages of the site, read once: those that come later are known after a restart,
    /// as they are to the crew.
    pub async fn models(&self) -> &[ModelEntry] {
        let read = async || {
            let config = self.config.clone();
            // Every byte is checked, which takes a while.
            let reading = tokio::task::spawn_blocking(move || models(&config));
            reading.await.unwrap_or_default()
        };
        self.models.get_or_init(read).await
    }

    /// Whether a model package is the one that the node analyses with.
    pub fn is_default(&self, entry: &ModelEntry) -> bool {
        let own = self.model.as_ref().map(|model| model.digest.to_string());
        own.is_some() && own == entry.sha256
    }
}

/// Peers and destinations by name, one entry for those that are one application.
fn applications(config: &Config) -> Result<Vec<Application>, ConfigError> {
    let mut all = Vec::new();
    for (title, known) in Peers::of(config)?.all() {
        let mut uses: Vec<String> =
            known.configured.actions.iter().map(ToString::to_string).collect();
        let peer = &config.peers[title];
        uses.extend(peer.counts.then(|| "counts".to_owned()));
        uses.extend(peer.priors.then(|| "priors".to_owned()));
        all.push(Application {
            name: title.to_owned(),
            title: title.to_owned(),
            address: known.address.clone(),
            uses,
            tls: config.tls_of(title, known)?,
            asked: Mutex::default(),
        });
    }
    for destination in &config.destinations {
        let is_it = |known: &&mut Application| {
            known.title == destination.ae_title
                && known.address.as_ref().is_none_or(|address| *address == destination.address)
        };
        match all.iter_mut().find(is_it) {
            Some(known) => {
                known.address.get_or_insert_with(|| destination.address.clone());
                known.uses.push("results".into());
            }
            None => all.push(Application {
                name: destination.name.clone(),
                title: destination.ae_title.clone(),
                address: Some(destination.address.clone()),
                uses: vec!["results".into()],
                tls: None,
                asked: Mutex::default(),
            }),
        }
    }
    all.extend(config.archives.iter().map(|archive| Application {
        name: archive.name.clone(),
        title: String::new(),
        address: Some(archive.url.clone()),
        uses: vec!["priors".into()],
        tls: None,
        asked: Mutex::default(),
    }));
    Ok(all)
}

fn models(config: &Config) -> Vec<ModelEntry> {
    models::kept(config)
        .iter()
        .map(|(folder, package)| match package {
            Ok(package) => {
                let (named, vouched) = (package.name(), package.model().vouched());
                let mut limitations = vec![package.card().notice.clone()];
                limitations.extend(vouched.reservation().as_deref().map(models::limitation));
                ModelEntry {
                    name: named.name,
                    version: named.version,
                    sha256: Some(named.digest.to_string()),
                    vouched: match vouched.signer() {
                        Some(_) => Vouching::Trusted,
                        None => Vouching::Nobody,
                    },
                    why: vouched.to_string(),
                    limitations,
                }
            }
            Err(error) => ModelEntry {
                name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                version: String::new(),
                sha256: None,
                vouched: Vouching::Nobody,
                why: sentence(error),
                limitations: Vec::new(),
            },
        })
        .collect()
}
