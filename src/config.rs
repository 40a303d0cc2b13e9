//! What an operator may set: parsed and checked once, at start.

pub mod peer;
pub mod priors;
pub mod rules;
pub mod scope;
pub mod tls;

use crate::audit::AuditConfig;
use crate::keys::{KeyError, KeySource, Keyring};
use crate::store::DATABASE;
use crate::web::config::WebConfig;
use peer::PeerConfig;
use priors::{ArchiveConfig, PriorsConfig};
use rules::RuleConfig;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tls::DimseTls;

/// Everything that is configured. Read from `interval.toml`; each field has a default.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of the database, the objects, the runtime and the keys.
    pub data: PathBuf,
    /// Where DIMSE is listened for.
    pub listen: SocketAddr,
    /// TLS for DICOM associations; without this section there is none.
    pub dimse_tls: Option<DimseTls>,
    /// Where the keys are.
    pub keys: Keys,
    /// Our application entity title.
    pub ae_title: String,
    /// Titles that may call; empty means any.
    pub allowed_callers: Vec<String>,
    /// What each peer may do, by its title. Where none is listed, whoever may call may send in.
    pub peers: BTreeMap<String, PeerConfig>,
    /// Archives that are asked by DICOMweb.
    pub archives: Vec<ArchiveConfig>,
    /// How earlier studies are fetched from peers and archives.
    pub priors: PriorsConfig,
    /// What becomes of studies; the first rule that matches says it, and else they are analysed.
    pub rules: Vec<RuleConfig>,
    /// Associations at one time.
    pub associations_max: usize,
    /// Seconds without a new instance after which a study is complete.
    pub quiet_period_s: u64,
    /// MiB that are kept free on the disk of the objects: below, nothing new is taken.
    pub free_min_mib: u64,
    /// Whether storage commitment is promised to those who may send: we keep what they sent until
    /// the patient's key is destroyed. Otherwise every request is told that nothing is kept.
    pub storage_commitment: bool,
    /// Only receive and keep; analyse nothing.
    pub keep_only: bool,
    /// The organisation in whose name people sign (Verifying Organization (0040,A027)).
    pub organisation: String,
    /// Where results go.
    pub destinations: Vec<Destination>,
    /// Folder of the segmentation model.
    pub model: Option<PathBuf>,
    /// Folder whose `*.pub` keys are believed when they sign a model package; `keys/models` in the
    /// data folder when not given.
    pub trusted_model_keys: Option<PathBuf>,
    /// Whether a model package runs that nobody who is trusted has signed. Results say so.
    pub unsigned_model: bool,
    /// Folder of the head atlas.
    pub atlas: Option<PathBuf>,
    /// The ONNX Runtime library.
    pub ort_lib: Option<PathBuf>,
    /// Threads that one worker may use.
    pub worker_threads: usize,
    /// Address space that one worker may use, in MiB.
    pub worker_memory_mib: u64,
    /// Seconds that one stage may take.
    pub stage_limit_s: u64,
    /// The program whose `worker` command computes; this one when not given.
    pub worker_program: Option<PathBuf>,
    /// Checkpoints of the audit log, and who else is told of its events.
    pub audit: AuditConfig,
    /// The web door; there is none without this section.
    pub web: Option<WebConfig>,
}

/// Where the keys are: the master key never lies with the data in a hospital's own set-up.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// The key that wraps: `file:PATH`, `env:NAME` or `pkcs11:MODULE?token=LABEL&key=LABEL`; a file
    /// in the data folder when not given.
    pub master: Option<KeySource>,
    /// Keys that wrapped before and are still needed.
    pub earlier: Vec<KeySource>,
}

/// A peer that results are sent to.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Its name in listings.
    pub name: String,
    /// Host and port.
    pub address: String,
    /// Its application entity title.
    pub ae_title: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("interval-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 11112)),
            dimse_tls: None,
            keys: Keys::default(),
            ae_title: "INTERVAL".into(),
            allowed_callers: Vec::new(),
            peers: BTreeMap::new(),
            archives: Vec::new(),
            priors: PriorsConfig::default(),
            rules: Vec::new(),
            associations_max: 32,
            quiet_period_s: 30,
            free_min_mib: 2 * 1024,
            storage_commitment: false,
            keep_only: false,
            organisation: "not stated".into(),
            destinations: Vec::new(),
            model: None,
            trusted_model_keys: None,
            unsigned_model: false,
            atlas: None,
            ort_lib: None,
            worker_threads: 2,
            worker_memory_mib: 8 * 1024,
            stage_limit_s: 3600,
            worker_program: None,
            audit: AuditConfig::default(),
            web: None,
        }
    }
}

/// Why a configuration is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the configuration {path} is not valid: {what}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        what: String,
    },
    /// A destination is not of the form `NAME=HOST:PORT:AE`.
    #[error("'{0}' is not of the form NAME=HOST:PORT:AE")]
    Destination(String),
    /// A peer has an address or fingerprint that is none, or is asked without an address.
    #[error("a peer cannot be used: {0}")]
    Peer(String),
    /// A rule cannot be followed.
    #[error("the rule '{rule}' cannot be followed: {what}")]
    Rule {
        /// Its name.
        rule: String,
        /// What is wrong.
        what: String,
    },
    /// An archive cannot be asked as it is configured.
    #[error("the archive {name} cannot be used: {what}")]
    Archive {
        /// Its name.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A scope has a word that the access policy does not know.
    #[error("a scope cannot be used: {0}")]
    Scope(String),
}

impl Keys {
    /// The ring of a node whose data lie in a folder.
    pub fn ring(&self, data: &Path) -> Result<Keyring, KeyError> {
        let master = self.master.clone().unwrap_or_else(|| KeySource::beside(data));
        // A key is made for a new store only: for one that is there, a new key opens nothing, and
        // would lie where the right one belongs.
        if !data.join(DATABASE).exists() {
            master.make()?;
        }
        if master == KeySource::Passing {
            return Keyring::open(master, Vec::new(), None);
        }
        let succession = data.join("keys").join("succession");
        let earlier = self.earlier.iter().map(KeySource::absolute).collect();
        Keyring::open(master.absolute(), earlier, Some(succession))
    }
}

impl Config {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        toml::from_str(&text)
            .map_err(|e| ConfigError::Parse { path: path.to_owned(), what: e.to_string() })
    }
}

impl std::str::FromStr for Destination {
    type Err = ConfigError;
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let wrong = || ConfigError::Destination(text.to_owned());
        let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
        let (address, ae_title) = rest.rsplit_once(':').ok_or_else(wrong)?;
        if name.is_empty() || ae_title.is_empty() || !address.contains(':') {
            return Err(wrong());
        }
        Ok(Self { name: name.into(), address: address.into(), ae_title: ae_title.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_has_a_name_an_address_and_a_title() {
        let pacs: Destination = "pacs=127.0.0.1:4242:ORTHANC".parse().unwrap();
        assert_eq!((pacs.address.as_str(), pacs.ae_title.as_str()), ("127.0.0.1:4242", "ORTHANC"));
        for text in ["pacs", "=h:1:AE", "pacs=host:AE", "pacs=127.0.0.1:4242:"] {
            assert!(text.parse::<Destination>().is_err(), "{text}");
        }
    }
    #[test]
    fn the_web_door_is_off_unless_it_is_configured() {
        assert_eq!(Config::default().web, None);
        let text = "[web]\naudience = 'a'\n[web.provider]\nissuer = 'i'\nclient_id = 'c'";
        let config: Config = toml::from_str(text).unwrap();
        assert_eq!(config.web.unwrap().provider.unwrap().client_id, "c");
    }
    #[test]
    fn a_misspelt_field_is_refused() {
        assert!(toml::from_str::<Config>("quiet_period = 3").is_err());
        let config: Config = toml::from_str("quiet_period_s = 3").unwrap();
        assert_eq!(config.quiet_period_s, 3);
    }
}
