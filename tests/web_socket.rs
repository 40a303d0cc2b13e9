//! The web door on a real socket: which TLS it speaks, what a slow client costs others, what the
//! monitoring is told, how it stops.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod web;

use interval::ingest::Ingest;
use interval::peers::Peers;
use interval::store::Store;
use interval::store::audit::writer::AuditWriter;
use interval::web::config::WebConfig;
use interval::web::{Health, Host, open};
use interval_core::access::Policy;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use web::provider::Provider;

/// A door on a free port.
struct Served {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    certificate: Option<PathBuf>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

fn host(store: &Store) -> Host {
    Host {
        audit: AuditWriter::start(store.clone()),
        ingest: Ingest::new(store.clone(), Peers::anybody().into(), 0),
        store: store.clone(),
        policy: Policy::house(),
        health: Box::new(|| Box::pin(async { Health::default() })),
        verify_log: Box::new(|| Box::pin(async { Ok(serde_json::Value::Null) })),
        operations: web::ward::idle_operations(),
        clock: Box::new(SystemTime::now),
    }
}

async fn serve(extra: &str) -> Served {
    let provider = Provider::start().await;
    let folder = tempfile::tempdir().unwrap();
    let store = interval::node::open_store(folder.path(), &interval::config::Keys::default())
        .await
        .unwrap();
    let config: WebConfig = toml::from_str(&format!(
        "listen = '127.0.0.1:0'\nmetrics = '127.0.0.1:0'\n{extra}\n[provider]\nissuer = '{}'\n\
         client_id = 'interval-web'",
        provider.issuer
    ))
    .unwrap();
    let opened = open(config, host(&store), folder.path().join("keys")).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let (address, metrics) = (opened.address().unwrap(), opened.metrics_address());
    let certificate = opened.certificate();
    let task = tokio::spawn(opened.serve(stopped));
    Served { address, metrics, certificate, stop, task, _folder: folder }
}

/// Loopback without TLS: the provider of these tests has none either.
const PLAIN: &str = "insecure_loopback = true\npublic_url = 'http://127.0.0.1:8443'";

async fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The certificate and key of a door that made its own.
fn made(folder: &Path) -> (PathBuf, PathBuf) {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("c.pem"), folder.join("k.pem"));
    std::fs::write(&certificate, pair.cert.pem()).unwrap();
    std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

/// A TLS door needs a provider with TLS to be taken; nobody signs in here.
async fn serve_tls(floor: &str) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let store = interval::node::open_store(folder.path(), &interval::config::Keys::default())
        .await
        .unwrap();
    let (certificate, key) = made(folder.path());
    let config: WebConfig = toml::from_str(&format!(
        "listen = '127.0.0.1:0'\ntls_floor = '{floor}'\npublic_url = 'https://localhost'\n\
         certificate = '{}'\nkey = '{}'\n[provider]\nissuer = 'https://127.0.0.1:1'\n\
         client_id = 'interval-web'",
        certificate.display(),
        key.display()
    ))
    .unwrap();
    let opened = open(config, host(&store), folder.path().join("keys")).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let (address, certificate) = (opened.address().unwrap(), opened.certificate());
    let task = tokio::spawn(opened.serve(stopped));
    Served { address, metrics: None, certificate, stop, task, _folder: folder }
}

/// What a client that speaks only these versions is told for a request.
async fn tls_client(
    served: &Served,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Result<(String, Option<Vec<u8>>), String> {
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    let pem = std::fs::read(served.certificate.as_ref().unwrap()).unwrap();
    for certificate in rustls::pki_types::CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let tcp = TcpStream::connect(served.address).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let mut stream = connector.connect(name, tcp).await.map_err(|error| error.to_string())?;
    let request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    // A peer that closes without TLS's own goodbye is not of interest here.
    let _ = stream.read_to_end(&mut answer).await;
    let alpn = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
    Ok((String::from_utf8_lossy(&answer).into_owned(), alpn))
}

#[tokio::test]
async fn tls_1_3_is_spoken_and_1_2_only_where_configured() {
    use rustls::version::{TLS12, TLS13};
    let served = serve_tls("1.3").await;
    let (answer, alpn) = tls_client(&served, &[&TLS13]).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security"), "{answer}");
    assert_eq!(alpn.as_deref(), Some(&b"http/1.1"[..]));
    assert!(tls_client(&served, &[&TLS12]).await.is_err());
    served.stop.send(true).unwrap();
    let lenient = serve_tls("1.2").await;
    assert!(tls_client(&lenient, &[&TLS12]).await.unwrap().0.starts_with("HTTP/1.1 200"));
    let plain = ask_raw(lenient.address).await;
    assert!(!plain.contains("200"), "plain HTTP is not answered: {plain}");
}

async fn ask_raw(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(6), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_door_without_a_certificate_makes_its_own_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = interval::node::open_store(folder.path(), &interval::config::Keys::default())
        .await
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let config: WebConfig = toml::from_str(
            "listen = '127.0.0.1:0'\n[provider]\nissuer = 'https://127.0.0.1:1'\nclient_id = 'x'",
        )
        .unwrap();
        let opened = open(config, host(&store), folder.path().join("keys")).await.unwrap();
        seen.push(std::fs::read(opened.certificate().unwrap()).unwrap());
    }
    assert_eq!(seen[0], seen[1]);
    let key = std::fs::metadata(folder.path().join("keys/web.key.pem")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&key) & 0o777, 0o600);
}

#[tokio::test]
async fn silent_and_slow_clients_do_not_keep_others_out() {
    let served = serve(PLAIN).await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(b"GET /health/live HT").await.unwrap();
        silent.push(stream);
    }
    let answer = tokio::time::timeout(Duration::from_secs(10), ask(served.address, "/health/live"));
    assert!(answer.await.unwrap().starts_with("HTTP/1.1 200"));
    // Within the limit on headers all of them are let go.
    let mut rest = [0; 512];
    let ended = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            match silent[0].read(&mut rest).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    });
    ended.await.expect("a client that never ends its headers was let go");
}

#[tokio::test]
async fn headers_are_bounded() {
    let served = serve(PLAIN).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(40_000));
    let _ = stream.write_all(long.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn the_monitoring_learns_counts_by_template_and_nothing_else() {
    let served = serve(PLAIN).await;
    let patient = "p0000000000000000000000000000abcd";
    ask(served.address, &format!("/api/v1/patients/{patient}?search=CANARY")).await;
    ask(served.address, "/CANARY").await;
    let page = ask(served.metrics.unwrap(), "/metrics").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("route=\"/api/v1/patients/{patient}\""), "{page}");
    assert!(!page.contains(patient) && !page.contains("CANARY"), "{page}");
    let inside = ask(served.address, "/metrics").await;
    assert!(inside.starts_with("HTTP/1.1 404"), "not at the door itself: {inside}");
}

#[tokio::test]
async fn a_door_that_is_told_to_stop_stops() {
    let served = serve(PLAIN).await;
    assert!(ask(served.address, "/health/live").await.starts_with("HTTP/1.1 200"));
    let idle = TcpStream::connect(served.address).await.unwrap();
    served.stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(20), served.task).await.unwrap().unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());
    drop(idle);
}
