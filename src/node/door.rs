//! The web door of a node: what it is given, and what it is told of how the node is.

use super::NodeError;
use super::health::Vitals;
use crate::archive::Archive;
use crate::audit::anchor::CHECKPOINTS_FILE;
use crate::audit::notary::Trouble;
use crate::audit::verify::{Evidence, verify};
use crate::config::Config;
use crate::pipeline::sentence;
use crate::store::Store;
use crate::store::audit::writer::AuditWriter;
use crate::web::{Host, Opened, VerifyLog, open};
use interval_core::access::Policy;
use std::path::PathBuf;
use std::time::SystemTime;
use tokio::sync::watch;

/// Opens the door that the configuration asks for; none without its section.
pub(super) async fn of(
    config: &Config,
    archive: &Archive,
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
        policy: Policy::house(),
        health: Box::new(move || {
            let vitals = vitals.clone();
            Box::pin(async move { vitals.health(SystemTime::now()).await })
        }),
        verify_log: verification(config, store),
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
