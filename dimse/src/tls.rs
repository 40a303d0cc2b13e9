//! TLS for associations, both roles (PS3.15 B.9 to B.12): 1.3, and 1.2 with authenticated
//! encryption where a site still needs it.
//!
//! The provider of cryptography is aws-lc-rs; it knows no suite of TLS 1.2 without forward secrecy
//! and authenticated encryption.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName};
use rustls::server::{ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};

/// The lowest version that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Floor {
    /// Nothing below 1.3.
    #[default]
    V13,
    /// 1.2 as well.
    V12,
}

/// Which clients a listener takes.
#[derive(Debug, Clone)]
pub enum Clients {
    /// Anybody; no certificate is asked for.
    Anybody,
    /// A certificate is asked for; one that is shown has to be of these authorities (PEM).
    MayShow(Vec<u8>),
    /// Only those that show a certificate of these authorities (PEM).
    MustShow(Vec<u8>),
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Not a PEM file with what is needed.
    #[error("{0} is not usable")]
    Pem(&'static str, #[source] rustls::pki_types::pem::Error),
    /// A list of authorities without any.
    #[error("there is no certificate of an authority")]
    NoAuthority,
    /// The key is not one that can be used, or is not the one of the certificate.
    #[error("the certificate and its key are not usable")]
    Key(#[source] rustls::Error),
    /// The library refuses.
    #[error("TLS cannot be set up")]
    Library(#[source] rustls::Error),
    /// The verifier refuses.
    #[error("the authorities are not usable")]
    Verifier(#[source] rustls::client::VerifierBuilderError),
    /// Not a host name or an address.
    #[error("{0} is no name of a host")]
    Name(String, #[source] InvalidDnsNameError),
}

impl TlsError {
    /// What to do about it: the configuration is what it is.
    pub fn fault(&self) -> interval_core::fault::Fault {
        interval_core::fault::Fault::Refused
    }
}

/// How a listener speaks TLS.
#[derive(Debug, Clone)]
pub struct Server {
    pub(crate) config: Arc<ServerConfig>,
}

/// How a peer is spoken to over TLS.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) config: Arc<ClientConfig>,
    /// The name that its certificate has to have.
    pub(crate) name: ServerName<'static>,
}

/// What is spoken, the best first.
static ONLY_V13: &[&SupportedProtocolVersion] = &[&TLS13];
static FROM_V12: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

fn versions(floor: Floor) -> &'static [&'static SupportedProtocolVersion] {
    match floor {
        Floor::V13 => ONLY_V13,
        Floor::V12 => FROM_V12,
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// A certificate chain and its key, both in PEM.
pub fn identity(certificate: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| TlsError::Pem("the certificate", source))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|e| TlsError::Pem("the key", e))?;
    let key = provider().key_provider.load_private_key(key).map_err(TlsError::Key)?;
    let pair = CertifiedKey::new(chain, key);
    pair.keys_match().map_err(TlsError::Key)?;
    Ok(Arc::new(pair))
}

fn authorities(pem: &[u8]) -> Result<Arc<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate =
            certificate.map_err(|source| TlsError::Pem("a certificate of an authority", source))?;
        roots.add(certificate).map_err(TlsError::Library)?;
    }
    if roots.is_empty() { Err(TlsError::NoAuthority) } else { Ok(Arc::new(roots)) }
}

impl Server {
    /// A listener with one certificate for as long as it lives.
    pub fn new(
        identity: Arc<CertifiedKey>,
        floor: Floor,
        clients: &Clients,
    ) -> Result<Self, TlsError> {
        Self::resolving(Arc::new(SingleCertAndKey::from(identity)), floor, clients)
    }

    /// A listener whose certificate the host renews while it runs.
    pub fn resolving(
        identity: Arc<dyn ResolvesServerCert>,
        floor: Floor,
        clients: &Clients,
    ) -> Result<Self, TlsError> {
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions(floor))
            .map_err(TlsError::Library)?;
        let verifier = |pem: &[u8]| {
            Ok(WebPkiClientVerifier::builder_with_provider(authorities(pem)?, provider()))
        };
        let builder = match clients {
            Clients::Anybody => builder.with_no_client_auth(),
            Clients::MayShow(pem) => {
                let verifier = verifier(pem)?.allow_unauthenticated().build();
                builder.with_client_cert_verifier(verifier.map_err(TlsError::Verifier)?)
            }
            Clients::MustShow(pem) => {
                let verifier = verifier(pem)?.build().map_err(TlsError::Verifier)?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        Ok(Self { config: Arc::new(builder.with_cert_resolver(identity)) })
    }
}

impl Client {
    /// A peer whose certificate is of these authorities (PEM) and has this name: a host name or an
    /// address. With an identity, we show that as ours.
    pub fn new(
        (authorities_pem, name): (&[u8], &str),
        identity: Option<Arc<CertifiedKey>>,
        floor: Floor,
    ) -> Result<Self, TlsError> {
        let roots = authorities(authorities_pem)?;
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions(floor))
            .map_err(TlsError::Library)?
            .with_root_certificates(roots);
        let config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity)))
            }
        };
        let name = ServerName::try_from(name.to_owned())
            .map_err(|source| TlsError::Name(name.to_owned(), source))?;
        Ok(Self { config: Arc::new(config), name })
    }
}
