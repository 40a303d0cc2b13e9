//! The web door of a node: what it is given, and what it is told of how the node is.

use super::NodeError;
use crate::audit::anchor::CHECKPOINTS_FILE;
use crate::audit::notary::Trouble;
use crate::audit::verify::{Evidence, verify};
use crate::config::Config;
use crate::pipeline::sentence;
use crate::store::Store;
use crate::store::audit::writer::AuditWriter;
use crate::web::{Health, Host, Opened, VerifyLog, open};
use interval_core::access::Policy;
use interval_core::fault::Fault;
use std::path::PathBuf;
use std::time::SystemTime;
use tokio::sync::watch;

/// Opens the door that the configuration asks for; none without its section.
pub(super) async fn of(
    config: &Config,
    store: &Store,
    log: watch::Receiver<Option<Trouble>>,
) -> Result<Option<Opened>, NodeError> {
    let Some(web) = config.web.clone() else { return Ok(None) };
    let host = Host {
        store: store.clone(),
        audit: AuditWriter::start(store.clone()),
        policy: Policy::house(),
        health: Box::new(move || health(log.borrow().as_ref())),
        verify_log: verification(config, store),
        clock: Box::new(SystemTime::now),
    };
    let opened = open(web, host, config.data.join("keys")).await.map_err(NodeError::Web)?;
    Ok(Some(opened))
}

/// A second place that is away passes; a log that is not what was signed does not.
fn health(log: Option<&Trouble>) -> Health {
    match log {
        None => Health::default(),
        Some(Trouble { what, fault: Fault::Unavailable }) => {
            Health { degraded: vec![format!("audit log: {what}")], ..Health::default() }
        }
        Some(Trouble { what, .. }) => {
            Health { troubles: vec![format!("audit log: {what}")], ..Health::default() }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_was_rewritten_makes_the_node_unready_and_a_place_that_is_away_does_not() {
        let trouble = |fault| Trouble { what: "x".into(), fault };
        assert_eq!(health(None), Health::default());
        let away = health(Some(&trouble(Fault::Unavailable)));
        assert_eq!((away.troubles.len(), away.degraded.len()), (0, 1));
        let rewritten = health(Some(&trouble(Fault::Defect)));
        assert_eq!((rewritten.troubles.len(), rewritten.degraded.len()), (1, 0));
    }
}
