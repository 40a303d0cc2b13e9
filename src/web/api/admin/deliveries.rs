//! Results on their way, one object and destination each; those that were given up wait here for a
//! human.

use crate::store::outbox::{DELIVERED, FAILED, PENDING};
use crate::store::queues::{Delivery, Word};
use crate::web::people;
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use schemars::JsonSchema;
use serde::Serialize;

/// Deliveries on one page.
const PAGE_MAX: u64 = 500;

/// A page of deliveries, the newest first.
#[derive(Serialize, JsonSchema)]
pub struct DeliveryPage {
    total: u64,
    deliveries: Vec<QueuedDelivery>,
}

/// A delivery. The patient appears by pseudonym.
#[derive(Serialize, JsonSchema)]
pub struct QueuedDelivery {
    id: i32,
    study: String,
    patient: String,
    destination: String,
    /// SEG, SR or PDF.
    kind: String,
    uid: String,
    /// pending, delivered or failed.
    state: String,
    attempt: i32,
    last_error: Option<String>,
    changed_ms: i64,
}

impl From<Delivery> for QueuedDelivery {
    fn from(row: Delivery) -> Self {
        Self {
            id: row.id,
            study: row.study,
            patient: row.patient.to_string(),
            destination: row.destination,
            kind: row.kind,
            uid: row.uid,
            state: row.state,
            attempt: row.attempt,
            last_error: Some(row.last_error).filter(|error| !error.is_empty()),
            changed_ms: row.changed_ms,
        }
    }
}

/// `GET /api/v1/admin/deliveries`: `state`, `offset`, `limit`.
pub async fn list(asked: Asked) -> Answered {
    let state = asked.parameter("state").filter(|state| !state.is_empty());
    if state.is_some_and(|state| ![PENDING, DELIVERED, FAILED].contains(&state)) {
        return Err(Refusal::Invalid("There is no such state.".into()));
    }
    let offset = asked.number("offset", 0, u64::from(u32::MAX))?;
    let page = (offset, asked.number("limit", 100, PAGE_MAX)?);
    let found = asked.door.host.store.deliveries_page(state, page).await?;
    let deliveries = found.rows.into_iter().map(QueuedDelivery::from).collect();
    json(&DeliveryPage { total: found.total, deliveries })
}

/// `POST /api/v1/admin/deliveries/{delivery}/retry`: again now, also one that was given up.
pub async fn retry(asked: Asked) -> Answered {
    say(asked, Word::Again).await
}

/// `POST /api/v1/admin/deliveries/{delivery}/cancel`: given up, until somebody retries it.
pub async fn cancel(asked: Asked) -> Answered {
    say(asked, Word::Enough).await
}

async fn say(asked: Asked, word: Word) -> Answered {
    let actor = people::actor(&asked.door, asked.caller()?).await?;
    let store = &asked.door.host.store;
    let id = asked.parsed("delivery")?;
    match store.say_of_delivery(id, word, (actor, asked.now)).await? {
        Some(delivery) => json(&QueuedDelivery::from(delivery)),
        None => Err(Refusal::Conflict("This delivery has ended already.".into())),
    }
}
