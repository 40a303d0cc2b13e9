//! TLS for DICOM associations: how we listen, and whom we believe (PS3.15 B.9 to B.12).

use super::peer::Known;
use super::{Config, ConfigError};
use crate::pipeline::sentence;
use crate::web::config::TlsFloor;
use interval_dimse::tls::{self, Clients, Floor, TlsError};
use serde::Deserialize;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The section `[dimse_tls]`.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct DimseTls {
    /// Where TLS is listened for, beside the plain port; 2762 is customary.
    pub listen: SocketAddr,
    /// Our certificate with its chain, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
    /// Certificates of the authorities that we believe, in PEM: of callers, and of peers we call.
    pub authorities: PathBuf,
    /// Whether callers have to show a certificate; they do unless it is said that they need not.
    #[serde(default)]
    pub callers: Callers,
    /// The lowest version that is spoken: 1.3 unless 1.2 is asked for.
    #[serde(default)]
    pub floor: TlsFloor,
    /// Whether the plain port stays closed.
    #[serde(default)]
    pub only: bool,
}

/// Whether callers have to show a certificate.
#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Callers {
    /// They have to.
    #[default]
    MustShow,
    /// What is shown has to be good; nothing need be.
    MayShow,
    /// None is asked for.
    Anybody,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum DimseTlsError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A certificate, a key or a name cannot be used.
    #[error("{}", sentence(.0))]
    Unfit(#[from] TlsError),
}

impl Config {
    /// How a peer is called by TLS; nothing where it is called plainly.
    pub fn tls_of(&self, title: &str, known: &Known) -> Result<Option<tls::Client>, ConfigError> {
        let Some(name) = &known.tls_name else { return Ok(None) };
        let section = self.dimse_tls.as_ref().ok_or_else(|| {
            ConfigError::Peer(format!("{title} is called by TLS, and there is no [dimse_tls]"))
        })?;
        let client = section.client(name);
        client.map(Some).map_err(|error| ConfigError::Peer(sentence(&error)))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, DimseTlsError> {
    std::fs::read(path).map_err(|source| DimseTlsError::Read { path: path.to_owned(), source })
}

impl DimseTls {
    fn floor(&self) -> Floor {
        match self.floor {
            TlsFloor::V13 => Floor::V13,
            TlsFloor::V12 => Floor::V12,
        }
    }

    /// How we listen.
    pub fn server(&self) -> Result<tls::Server, DimseTlsError> {
        let identity = tls::identity(&read(&self.certificate)?, &read(&self.key)?)?;
        let clients = match self.callers {
            Callers::MustShow => Clients::MustShow(read(&self.authorities)?),
            Callers::MayShow => Clients::MayShow(read(&self.authorities)?),
            Callers::Anybody => Clients::Anybody,
        };
        Ok(tls::Server::new(identity, self.floor(), &clients)?)
    }

    /// How we call a peer whose certificate has this name.
    pub fn client(&self, name: &str) -> Result<tls::Client, DimseTlsError> {
        let identity = tls::identity(&read(&self.certificate)?, &read(&self.key)?)?;
        let authorities = read(&self.authorities)?;
        Ok(tls::Client::new((&authorities, name), Some(identity), self.floor())?)
    }
}
