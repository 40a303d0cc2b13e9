//! Audit messages to a hospital's audit repository: syslog (RFC 5424) in counted frames over TLS
//! (RFC 5425), with DICOM audit messages inside (PS3.15 A.6).

use super::dicom::{message, time_text};
use super::{AuditError, SyslogConfig, file};
use crate::pipeline::sentence;
use crate::store::Store;
use interval_core::audit::record::Record;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tracing::warn;

/// Facility 10 (security), severity 5 (notice): what ITI-20 of IHE ATNA uses.
const PRIORITY: u8 = 10 * 8 + 5;
/// MSGID of a DICOM audit message (PS3.15 A.6).
const MESSAGE_ID: &str = "DICOM+RFC3881";
/// How long a connection or a batch may take before the receiver counts as away.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// How long a receiver may take to hang up.
const GOODBYE_LIMIT: Duration = Duration::from_secs(3);
/// What a receiver may still say.
const ANSWER_BYTES_MAX: u64 = 4096;
/// How often new records are looked for, and how long a receiver that is away is left alone.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Records sent at one time.
const BATCH: usize = 500;

/// One record as a counted frame.
pub fn frame(record: &Record, source: &str, host: &str) -> Vec<u8> {
    let time = time_text(record.event.at_ms);
    let body = format!(
        "<{PRIORITY}>1 {time} {host} interval {} {MESSAGE_ID} - \u{feff}{}",
        std::process::id(),
        message(record, source)
    );
    format!("{} {body}", body.len()).into_bytes()
}

/// The name of this machine as syslog writes it: `-` when it has none.
pub fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(char::is_ascii_graphic).take(255).collect();
    if name.is_empty() { "-".into() } else { name }
}

/// A connection to a receiver.
#[derive(Debug)]
pub struct Sender {
    stream: TlsStream<TcpStream>,
    address: String,
}

impl Sender {
    /// Connects; the receiver must show a certificate of the configured authority.
    pub async fn connect(config: &SyslogConfig) -> Result<Self, AuditError> {
        let failed = away(&config.address);
        let trusted = trust(config)?;
        let name = ServerName::try_from(config.name.clone())
            .map_err(|e| failed(io::Error::new(io::ErrorKind::InvalidInput, e)))?;
        let connected = async {
            let tcp = TcpStream::connect(&config.address).await?;
            TlsConnector::from(trusted).connect(name, tcp).await
        };
        let stream = timeout(ANSWER_LIMIT, connected).await.map_err(io::Error::from);
        let stream = stream.flatten().map_err(&failed)?;
        Ok(Self { stream, address: config.address.clone() })
    }

    /// Sends frames. Syslog has no answer: what the receiver does with them is not known.
    pub async fn send(&mut self, frames: &[u8]) -> Result<(), AuditError> {
        let sent = async {
            self.stream.write_all(frames).await?;
            self.stream.flush().await
        };
        let sent = timeout(ANSWER_LIMIT, sent).await.map_err(io::Error::from);
        sent.flatten().map_err(away(&self.address))
    }

    /// Says goodbye and waits for the receiver to hang up: a connection that breaks now may have
    /// lost what was sent last. One that simply ends, or stays, has nothing to complain about.
    pub async fn close(mut self) -> Result<(), AuditError> {
        let goodbye = async {
            self.stream.shutdown().await?;
            let mut rest = Vec::new();
            // Receivers have nothing to say; a few bytes are read so that a talkative one ends too.
            (&mut self.stream).take(ANSWER_BYTES_MAX).read_to_end(&mut rest).await
        };
        match timeout(GOODBYE_LIMIT, goodbye).await {
            Err(_) | Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
            Ok(Err(error)) => Err(away(&self.address)(error)),
        }
    }
}

fn away(address: &str) -> impl Fn(io::Error) -> AuditError {
    let address = address.to_owned();
    move |source| AuditError::Syslog { address: address.clone(), source }
}

fn trust(config: &SyslogConfig) -> Result<Arc<ClientConfig>, AuditError> {
    let invalid = |e: String| file(&config.ca)(io::Error::new(io::ErrorKind::InvalidData, e));
    let pem = fs::read(&config.ca).map_err(file(&config.ca))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|e| invalid(e.to_string()))?;
        roots.add(certificate).map_err(|e| invalid(e.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| invalid(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(client))
}

/// Sends the log as it grows, from where it stopped; each record at least once.
#[derive(Debug)]
pub struct Forwarder {
    config: SyslogConfig,
    /// Where the place of the next record is noted.
    noted: PathBuf,
    source: String,
    host: String,
}

impl Forwarder {
    /// The forwarder of a node; `source` names the log.
    pub fn new(data: &std::path::Path, config: SyslogConfig, source: String) -> Self {
        Self { config, noted: super::folder(data).join("forwarded"), source, host: host() }
    }

    /// Sends until told to stop. A receiver that is away loses nothing: the log waits for it.
    pub async fn run(self, store: Store, mut stopped: watch::Receiver<bool>) {
        let mut clock = tokio::time::interval(LOOK_EVERY);
        let mut told = false;
        loop {
            tokio::select! {
                _ = clock.tick() => {}
                // A sender that is gone has nothing more to say: the same as a stop.
                _ = stopped.wait_for(|stop| *stop) => return,
            }
            match self.forward(&store).await {
                Ok(_) => told = false,
                Err(error) if !told => {
                    warn!("the audit repository gets nothing: {}", sentence(&error));
                    told = true;
                }
                Err(_) => {}
            }
        }
    }

    /// Sends everything that is new and says how many records that were.
    pub async fn forward(&self, store: &Store) -> Result<usize, AuditError> {
        let mut next = self.next()?;
        let mut rows = store.audit_rows(Some(next), BATCH).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut sender = Sender::connect(&self.config).await?;
        let mut count = 0;
        while !rows.is_empty() {
            let records = rows.iter().filter_map(|row| Record::parse(row.record.as_deref()?).ok());
            let frames: Vec<u8> =
                records.flat_map(|record| frame(&record, &self.source, &self.host)).collect();
            sender.send(&frames).await?;
            count += rows.len();
            next = rows.last().map_or(next, |row| row.place as u64 + 1);
            rows = store.audit_rows(Some(next), BATCH).await?;
        }
        sender.close().await?;
        self.note(next)?;
        Ok(count)
    }

    fn next(&self) -> Result<u64, AuditError> {
        match fs::read_to_string(&self.noted) {
            Ok(text) => Ok(text.trim().parse().unwrap_or(0)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(file(&self.noted)(error)),
        }
    }

    /// Not flushed to the disk: after a sudden end some records are sent twice.
    fn note(&self, next: u64) -> Result<(), AuditError> {
        let noted = || {
            self.noted.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&self.noted, next.to_string())
        };
        noted().map_err(file(&self.noted))
    }
}
