//! The doors of a node: what each is given, and what the web door is told of how the node is.

use super::NodeError;
use super::health::Vitals;
use crate::archive::{Archive, Doorway};
use crate::audit::anchor::CHECKPOINTS_FILE;
use crate::audit::notary::Trouble;
use crate::audit::verify::{Evidence, verify};
use crate::config::{Config, ConfigError};
use crate::operations::Operations;
use crate::peers::Peers;
use crate::pipeline::sentence;
use crate::store::Store;
use crate::store::audit::writer::AuditWriter;
use crate::web::{Host, Opened, VerifyLog, open};
use interval_core::access;
use interval_core::assessment::ModelName;
use interval_dimse::acceptor::Acceptor;
use interval_dimse::policy::Policy;
use interval_dimse::tls;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;
use tokio::sync::watch;

/// Opens the door for DICOM associations, plain, with TLS, or both.
pub(super) async fn dicom(
    config: &Config,
    policy: Policy,
    archive: &Archive,
) -> Result<Acceptor<Doorway>, NodeError> {
    let listen = |address| move |source| NodeError::Listen { address, source };
    let services = archive.services();
    let Some(tls) = &config.dimse_tls else {
        let address = config.listen;
        return Acceptor::bind(address, policy, services).await.map_err(listen(address));
    };
    let server = tls.server()?;
    let secure = listen(tls.listen);
    if tls.only {
        return Acceptor::bind_tls(tls.listen, (policy, &server), services).await.map_err(secure);
    }
    let address = config.listen;
    let plain = Acceptor::bind(address, policy, services).await.map_err(listen(address))?;
    plain.also_tls(tls.listen, &server).await.map_err(secure)
}

/// How peers are called that are called by TLS.
pub(super) fn peers_by_tls(
    config: &Config,
    peers: &Peers,
) -> Result<BTreeMap<String, tls::Client>, ConfigError> {
    let mut secure = BTreeMap::new();
    for (title, known) in peers.all() {
        secure.extend(config.tls_of(title, known)?.map(|client| (title.to_owned(), client)));
    }
    Ok(secure)
}

/// Opens the door that the configuration asks for; none without its section.
pub(super) async fn of(
    config: &Config,
    (archive, model): (&Archive, Option<ModelName>),
    log: watch::Receiver<Option<Trouble>>,
) -> Result<Option<Opened>, NodeError> {
    let Some(web) = config.web.clone() else { return Ok(None) };
    let store = archive.store();
    let keys = config.data.join("keys");
    let vitals = Vitals { store: store.clone(), keys: keys.clone(), log };
    let host = Host {
        store: store.clone(),
        ingest: archive.ingest().clone(),
        audit: AuditWriter::start(store.clone()),
        policy: access::Policy::house(),
        health: Box::new(move || {
            let vitals = vitals.clone();
            Box::pin(async move { vitals.health(SystemTime::now()).await })
        }),
        verify_log: verification(config, store),
        operations: Operations::of(config, model)?,
        clock: Box::new(SystemTime::now),
    };
    let opened = open(web, host, keys).await.map_err(NodeError::Web)?;
    Ok(Some(opened))
}

/// Verifies the log against the checkpoints of both places.
fn verification(config: &Config, store: &Store) -> VerifyLog {
    let (data, store) = (config.data.clone(), store.clone());
    let second = config.audit.second_place.clone();
    Box::new(move || {
        let (data, store) = (data.clone(), store.clone());
        let elsewhere: Vec<PathBuf> = second.iter().map(|at| at.join(CHECKPOINTS_FILE)).collect();
        Box::pin(async move {
            let evidence = Evidence::gather(&data, &elsewhere, None);
            let evidence = evidence.map_err(|error| sentence(&error))?;
            let verdict = verify(&store, evidence).await.map_err(|error| sentence(&error))?;
            serde_json::to_value(&verdict).map_err(|error| error.to_string())
        })
    })
}
