//! The applications that the node speaks with, and whether they answer.

use crate::operations::{Application, Echoed, NotAsked};
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// The applications.
#[derive(Serialize, JsonSchema)]
pub struct Applications {
    peers: Vec<ApplicationDto>,
}

/// One of them.
#[derive(Serialize, JsonSchema)]
pub struct ApplicationDto {
    name: String,
    /// Its application entity title; empty where it is asked by DICOMweb.
    title: String,
    address: Option<String>,
    /// What it may do here and what it is there for, a word each.
    uses: Vec<String>,
}

/// What one answered to an echo.
#[derive(Serialize, JsonSchema)]
pub struct EchoDto {
    ok: bool,
    took_ms: u64,
    /// Why it did not answer.
    why: Option<String>,
}

impl From<&Application> for ApplicationDto {
    fn from(known: &Application) -> Self {
        Self {
            name: known.name.clone(),
            title: known.title.clone(),
            address: known.address.clone(),
            uses: known.uses.clone(),
        }
    }
}

impl From<Echoed> for EchoDto {
    fn from(Echoed { took, failed }: Echoed) -> Self {
        Self { ok: failed.is_none(), took_ms: took.as_millis() as u64, why: failed }
    }
}

/// `GET /api/v1/admin/peers`
pub async fn list(asked: Asked) -> Answered {
    let known = &asked.door.host.operations.applications;
    json(&Applications { peers: known.iter().map(ApplicationDto::from).collect() })
}

/// `POST /api/v1/admin/peers/{name}/echo`: one at a time for each application.
pub async fn echo(asked: Asked) -> Answered {
    let (name, operations) = (asked.variable("name"), &asked.door.host.operations);
    let known = operations.applications.iter().find(|known| known.name == name);
    match operations.echo(known.ok_or(Refusal::NotFound)?).await {
        Ok(echoed) => json(&EchoDto::from(echoed)),
        Err(NotAsked::Busy) => Err(Refusal::TooMany(Duration::from_secs(5))),
        Err(error) => Err(Refusal::Conflict(format!("This application is not asked: {error}."))),
    }
}
