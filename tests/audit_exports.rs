//! The audit log goes to a hospital's repository: DICOM audit messages in syslog frames over TLS.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod audit;

use audit::Log;
use interval::audit::syslog::Forwarder;
use interval::audit::{AuditError, SyslogConfig};
use interval_core::fault::Fault;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use std::path::Path;
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// An audit repository with a certificate of an authority of its own.
struct Repository {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    authority: String,
}

impl Repository {
    async fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["repository.test".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            acceptor: TlsAcceptor::from(Arc::new(server)),
            authority: issuer.pem(),
        }
    }

    fn config(&self, folder: &Path, name: &str) -> SyslogConfig {
        let ca = folder.join("authority.pem");
        std::fs::write(&ca, &self.authority).unwrap();
        let address = self.listener.local_addr().unwrap().to_string();
        SyslogConfig { address, name: name.to_owned(), ca }
    }

    /// Everything that one connection brought, in frames; none when it was not even opened.
    async fn receive(&self) -> Vec<String> {
        let (tcp, _) = self.listener.accept().await.unwrap();
        let Ok(mut tls) = self.acceptor.accept(tcp).await else { return Vec::new() };
        let mut bytes = Vec::new();
        tls.read_to_end(&mut bytes).await.unwrap();
        frames(&String::from_utf8(bytes).unwrap())
    }
}

/// Takes counted frames apart (RFC 5425 section 4.3); nothing may be left over.
fn frames(text: &str) -> Vec<String> {
    let mut rest = text;
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let (count, after) = rest.split_once(' ').unwrap();
        let (frame, after) = after.split_at(count.parse().unwrap());
        frames.push(frame.to_owned());
        rest = after;
    }
    frames
}

#[tokio::test]
async fn every_record_arrives_once_and_only_the_new_ones_the_next_time() {
    let log = Log::new().await;
    let repository = Repository::new().await;
    let config = repository.config(log.folder.path(), "repository.test");
    let forwarder = Forwarder::new(&log.data(), config, "this-log".into());
    assert_eq!(forwarder.forward(&log.store).await.unwrap(), 0);
    let mut from = 0;
    for to in [1_200, 1_203] {
        log.grow(from..to).await;
        let (sent, received) = tokio::join!(forwarder.forward(&log.store), repository.receive());
        let expected = usize::try_from(to - from).unwrap();
        assert_eq!((sent.unwrap(), received.len()), (expected, expected));
        for frame in &received {
            assert!(frame.starts_with("<85>1 2025-11-25T04:00:0"), "{frame}");
            let (header, message) = frame.split_once('\u{feff}').unwrap();
            assert!(header.ends_with(" DICOM+RFC3881 - "), "{header}");
            assert!(message.starts_with("<AuditMessage>") && message.ends_with("</AuditMessage>"));
        }
        from = to;
    }
}

#[tokio::test]
async fn a_stranger_gets_nothing_and_nothing_is_lost() {
    let log = Log::new().await;
    log.grow(0..3).await;
    let (repository, stranger) = (Repository::new().await, Repository::new().await);
    let right = repository.config(log.folder.path(), "repository.test");
    let wrong_name = SyslogConfig { name: "elsewhere.test".into(), ..right.clone() };
    let wrong_authority = SyslogConfig {
        address: stranger.listener.local_addr().unwrap().to_string(),
        ..right.clone()
    };
    for (config, listening) in [(wrong_name, &repository), (wrong_authority, &stranger)] {
        let forwarder = Forwarder::new(&log.data(), config, "this-log".into());
        let (sent, received) = tokio::join!(forwarder.forward(&log.store), listening.receive());
        let error = sent.unwrap_err();
        assert!(matches!(error, AuditError::Syslog { .. }), "{error:?}");
        assert_eq!(error.fault(), Fault::Unavailable);
        assert!(received.is_empty());
    }
    let forwarder = Forwarder::new(&log.data(), right, "this-log".into());
    let (sent, received) = tokio::join!(forwarder.forward(&log.store), repository.receive());
    assert_eq!((sent.unwrap(), received.len()), (3, 3));
}
