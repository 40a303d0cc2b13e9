//! The segmentation models of the site: who vouches for each, and what has to be known of it.

use crate::operations::{ModelEntry, Vouching};
use crate::web::request::{Answered, Asked, json};
use schemars::JsonSchema;
use serde::Serialize;

/// The models of the site.
#[derive(Serialize, JsonSchema)]
pub struct Models {
    models: Vec<SiteModel>,
}

/// One of them.
#[derive(Serialize, JsonSchema)]
pub struct SiteModel {
    name: String,
    version: String,
    /// Over all its files; nothing when it cannot be used.
    sha256: Option<String>,
    /// Whether somebody who is trusted here vouches for it.
    signed: bool,
    /// Who, or why it cannot be used.
    why: String,
    /// Whether the node analyses with it.
    is_default: bool,
    /// What has to be known wherever it is used, a sentence each.
    limitations: Vec<String>,
}

/// `GET /api/v1/models`
pub async fn list(asked: Asked) -> Answered {
    let operations = &asked.door.host.operations;
    let dto = |entry: &ModelEntry| SiteModel {
        name: entry.name.clone(),
        version: entry.version.clone(),
        sha256: entry.sha256.clone(),
        signed: entry.vouched == Vouching::Trusted,
        why: entry.why.clone(),
        is_default: operations.is_default(entry),
        limitations: entry.limitations.clone(),
    };
    json(&Models { models: operations.models().await.iter().map(dto).collect() })
}
