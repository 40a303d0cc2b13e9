//! Whether the node lives and whether it can work: for whatever restarts and balances it.

use crate::web::Health;
use crate::web::request::{Answered, Asked, json, json_with};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

/// Said of the database when it does not answer.
const DATABASE_AWAY: &str = "the database does not answer";

/// The node lives.
#[derive(Serialize, JsonSchema)]
pub struct Live {
    alive: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    notice: String,
}

/// Whether the node can work.
#[derive(Serialize, JsonSchema)]
pub struct Readiness {
    ready: bool,
    /// Why not.
    troubles: Vec<String>,
    /// What does not work although the node does.
    degraded: Vec<String>,
}

/// `GET /health/live`
pub async fn live(asked: Asked) -> Answered {
    json(&Live { alive: true, notice: asked.door.config.notice.clone() })
}

/// `GET /health/ready`: 503 while nobody could be served. A provider that is away keeps new people
/// out and lets those who are in go on, so that is told and not counted: a balancer that took the
/// node away for it would lose their sessions.
pub async fn ready(asked: Asked) -> Answered {
    let readiness = look(&asked).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json_with(status, &readiness)
}

/// How the node is now.
pub(super) async fn look(asked: &Asked) -> Readiness {
    let Health { mut troubles, mut degraded } = (asked.door.host.health)().await;
    if asked.door.host.store.audit_size().await.is_err() {
        troubles.push(DATABASE_AWAY.into());
    }
    let sign_in = asked.door.provider.trouble();
    degraded.extend(sign_in.map(|why| format!("sign-in: {why}")));
    let door = &asked.door;
    degraded.extend(door.identity.as_ref().and_then(|identity| identity.trouble(asked.now)));
    Readiness { ready: troubles.is_empty(), troubles, degraded }
}
