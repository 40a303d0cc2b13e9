//! How the node is, on one page.

use crate::store::queues::Queue;
use crate::web::api::health::{self, Readiness};
use crate::web::certificate::{self, Paper};
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::fault::Fault;
use schemars::JsonSchema;
use serde::Serialize;

/// How the node is.
#[derive(Serialize, JsonSchema)]
pub struct Overview {
    health: Readiness,
    disk: Disk,
    queues: Vec<QueueDto>,
    /// One entry for each job under way, and one that is idle when there is none; none where the
    /// node only keeps.
    workers: Vec<Worker>,
    certificates: Vec<Certificate>,
    version: &'static str,
}

/// The disk of the objects.
#[derive(Serialize, JsonSchema)]
pub struct Disk {
    #[serde(rename = "free_bytes")]
    free: u64,
    #[serde(rename = "total_bytes")]
    total: u64,
    /// Below so many free bytes nothing new is taken.
    #[serde(rename = "watermark_bytes")]
    watermark: u64,
}

/// A queue.
#[derive(Serialize, JsonSchema)]
pub struct QueueDto {
    name: &'static str,
    waiting: u64,
    running: u64,
    /// What needs a human.
    failed: u64,
}

/// What a worker does.
#[derive(Serialize, JsonSchema)]
pub struct Worker {
    /// busy or idle.
    state: &'static str,
    job: Option<i32>,
    stage: Option<&'static str>,
}

/// A certificate of the node.
#[derive(Serialize, JsonSchema)]
pub struct Certificate {
    /// What it is for.
    what: &'static str,
    subject: String,
    not_after_ms: i64,
}

impl From<Queue> for QueueDto {
    fn from(Queue { name, waiting, running, failed }: Queue) -> Self {
        Self { name, waiting, running, failed }
    }
}

/// `GET /api/v1/admin/overview`
pub async fn show(asked: Asked) -> Answered {
    let host = &asked.door.host;
    let blobs = host.store.blobs();
    let away = |error| Refusal::failed(Fault::Unavailable, error);
    let at_work = host.store.at_work().await?;
    let mut workers: Vec<_> = at_work
        .iter()
        .map(|(job, stage)| Worker { state: "busy", job: Some(*job), stage: Some(stage.as_str()) })
        .collect();
    if workers.is_empty() && host.operations.model.is_some() {
        workers.push(Worker { state: "idle", job: None, stage: None });
    }
    json(&Overview {
        health: health::look(&asked).await,
        disk: Disk {
            free: blobs.free_bytes().map_err(away)?,
            total: blobs.total_bytes().map_err(away)?,
            watermark: host.operations.watermark_bytes,
        },
        queues: host.store.queues().await?.into_iter().map(QueueDto::from).collect(),
        workers,
        certificates: certificates(&asked),
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// The certificates of the doors and of the seal. One that cannot be read is told of by the health.
fn certificates(asked: &Asked) -> Vec<Certificate> {
    let operations = &asked.door.host.operations;
    let web = asked.door.identity.as_ref().and_then(|identity| identity.paper());
    let dimse = operations.dimse_certificate.as_deref().and_then(certificate::read);
    let seal = certificate::read(&crate::seal::certificate(&operations.keys));
    let named = [("web door", web), ("DICOM door", dimse), ("report seal", seal)];
    let told = named.into_iter().filter_map(|(what, paper)| {
        let Paper { subject, not_after_ms } = paper?;
        Some(Certificate { what, subject, not_after_ms })
    });
    told.collect()
}
