//! The certificate of the web door: from files, made at the first start when none is named, and
//! read again when its files change.

use super::WebError;
use super::certificate::{self, Paper};
use super::config::{TlsFloor, WebConfig};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tracing::{info, warn};

/// How often the files of the certificate are looked at: a renewal is in use within a minute.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// A certificate with its key, and where they came from.
#[derive(Debug)]
pub struct Identity {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Identity {
    /// Reads the configured files; without any, those of a certificate made here for the demo.
    pub fn open(config: &WebConfig, folder: &Path) -> Result<Self, WebError> {
        let (certificate, key) = match (&config.certificate, &config.key) {
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            (None, None) => own(&config.host()?, folder)?,
            _ => return Err(WebError::Config("certificate and key belong together".into())),
        };
        let current = RwLock::new(Arc::new(read(&certificate, &key)?));
        Ok(Self { certificate, key, current })
    }

    /// Where the certificate lies.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// What is to be told of the certificate in use.
    pub fn trouble(&self, now: SystemTime) -> Option<String> {
        let current = self.current.read().ok()?.clone();
        certificate::trouble(current.cert.first()?, now)
    }

    /// What the certificate in use says of itself.
    pub fn paper(&self) -> Option<Paper> {
        let current = self.current.read().ok()?.clone();
        certificate::paper(current.cert.first()?)
    }

    /// Reads the files again whenever they change, until told to stop. Files that cannot be used
    /// leave the certificate in place that was read before.
    pub async fn keep_fresh(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut seen = self.changed();
        while !*stop.borrow() {
            tokio::select! {
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                _ = stop.changed() => return,
            }
            let now = self.changed();
            if now == seen {
                continue;
            }
            match read(&self.certificate, &self.key) {
                Ok(fresh) => {
                    if let Ok(mut current) = self.current.write() {
                        *current = Arc::new(fresh);
                    }
                    seen = now;
                    info!("the web certificate was renewed");
                }
                Err(error) => warn!("the new web certificate is not used: {error}"),
            }
        }
    }

    fn changed(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key]
            .map(|path| fs::metadata(path).and_then(|m| m.modified()).ok())
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current.read().ok().map(|current| current.clone())
    }
}

/// What TLS speaks: 1.3, and 1.2 with authenticated encryption where the configuration allows it.
pub fn server(identity: Arc<Identity>, floor: TlsFloor) -> Result<ServerConfig, WebError> {
    let versions: &[&rustls::SupportedProtocolVersion] = match floor {
        TlsFloor::V13 => &[&TLS13],
        TlsFloor::V12 => &[&TLS13, &TLS12],
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| WebError::Tls(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(identity);
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(server)
}

fn file(path: &Path) -> impl Fn(io::Error) -> WebError {
    let path = path.to_owned();
    move |source| WebError::File { path: path.clone(), source }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, WebError> {
    let pem = |path: &Path| fs::read(path).map_err(file(path));
    let unusable = |path: &Path, what: &dyn std::fmt::Display| {
        WebError::Tls(format!("{} is not usable: {what}", path.display()))
    };
    let chain = CertificateDer::pem_slice_iter(&pem(certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| unusable(certificate, &e))?;
    let secret = PrivateKeyDer::from_pem_slice(&pem(key)?).map_err(|e| unusable(key, &e))?;
    let provider: CryptoProvider = rustls::crypto::aws_lc_rs::default_provider();
    let secret = provider.key_provider.load_private_key(secret).map_err(|e| unusable(key, &e))?;
    let pair = CertifiedKey::new(chain, secret);
    pair.keys_match().map_err(|e| unusable(certificate, &e))?;
    Ok(pair)
}

/// A certificate that this node made for itself: good for a demo and for a first look, and every
/// browser says so.
fn own(host: &str, folder: &Path) -> Result<(PathBuf, PathBuf), WebError> {
    let (certificate, key) = (folder.join("web.cert.pem"), folder.join("web.key.pem"));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    let mut names = vec![host.to_owned(), "localhost".into(), "127.0.0.1".into(), "::1".into()];
    names.dedup();
    let made = rcgen::generate_simple_self_signed(names)
        .map_err(|error| WebError::Tls(error.to_string()))?;
    fs::create_dir_all(folder).map_err(file(folder))?;
    fs::write(&certificate, made.cert.pem()).map_err(file(&certificate))?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut secret = options.open(&key).map_err(file(&key))?;
    secret.write_all(made.signing_key.serialize_pem().as_bytes()).map_err(file(&key))?;
    secret.sync_all().map_err(file(&key))?;
    Ok((certificate, key))
}
