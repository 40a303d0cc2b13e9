//! Whom the client trusts: an archive with a certificate of the hospital's own, and nobody else.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use interval_core::fault::Fault;
use interval_core::query::{Level, Query};
use interval_dicomweb::client::{Client, ClientError, Credential, Settings, Trust};
use interval_dicomweb::qido::Scope;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// An archive that has nothing; its address and its certificate.
async fn archive() -> (String, String) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(pair.signing_key.serialize_der().into());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}/dicom-web", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (line, _) = listener.accept().await.unwrap();
            let Ok(mut line) = acceptor.accept(line).await else { continue };
            let mut request = [0; 4096];
            let _ = line.read(&mut request).await;
            let none = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
            let _ = line.write_all(none).await;
            let _ = line.shutdown().await;
        }
    });
    (base, pair.cert.pem())
}

async fn check(base: &str, trust: Trust) -> Result<usize, ClientError> {
    let credential = Credential::Bearer("token".into());
    let client = Client::new(Settings { credential, trust, ..Settings::of(base) })?;
    let query = Query::of(Level::Study);
    let matches = client.search(&Scope::all(Level::Study), &query, 10).await?;
    Ok(matches.found.len())
}

#[tokio::test]
async fn a_certificate_of_the_hospital_is_trusted_when_it_is_named() {
    let (base, pem) = archive().await;
    assert_eq!(check(&base, Trust::Only(pem.into_bytes())).await.unwrap(), 0);
}

#[tokio::test]
async fn a_certificate_that_nobody_named_is_not_trusted() {
    let (base, _) = archive().await;
    let (_, other) = archive().await;
    for trust in [Trust::System, Trust::Only(other.into_bytes())] {
        let error = check(&base, trust).await.unwrap_err();
        assert!(matches!(error, ClientError::Line { .. }), "{error}");
        assert_eq!(error.fault(), Fault::Refused);
    }
}

#[tokio::test]
async fn what_is_no_certificate_is_refused() {
    let nonsense = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    for pem in [nonsense, Vec::new()] {
        let error = check("https://localhost:1", Trust::Only(pem)).await.unwrap_err();
        assert_eq!(error.fault(), Fault::Refused, "{error:?}");
    }
}
