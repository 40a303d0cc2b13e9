//! Events of reads, many in one transaction: a read waits until its event is committed, and fails
//! when it cannot be. What comes while a commit is under way shares the next one.

use super::{WRITE, append_all};
use crate::pipeline::sentence;
use crate::store::{Store, StoreError, database};
use interval_core::audit::AuditEvent;
use sea_orm::DbErr;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Events that may wait for the next commit; whoever comes then waits for a place.
const QUEUE_MAX: usize = 1024;
/// Events in one transaction.
const BATCH_MAX: usize = 512;
/// How long a read waits for its event: longer means that the log cannot be written.
const NOTE_LIMIT: Duration = Duration::from_secs(5);

/// Where reads leave their events. Copies share one queue; the writer ends with the last copy.
#[derive(Debug, Clone)]
pub struct AuditWriter {
    queue: mpsc::Sender<Waiting>,
}

/// An event and whoever waits for it. The answer is a sentence, because one failure is told to
/// many.
#[derive(Debug)]
struct Waiting {
    event: AuditEvent,
    answer: oneshot::Sender<Result<(), String>>,
}

impl AuditWriter {
    /// Starts writing to a store's log.
    pub fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(write(store, waiting));
        Self { queue }
    }

    /// Returns once the event is committed. A failure means that the read must not happen.
    pub async fn note(&self, event: AuditEvent) -> Result<(), StoreError> {
        let (answer, committed) = oneshot::channel();
        let written = async {
            let waiting = Waiting { event, answer };
            self.queue.send(waiting).await.map_err(|_| "its writer has stopped".to_owned())?;
            committed.await.map_err(|_| "its writer has stopped".to_owned())?
        };
        let in_time = timeout(NOTE_LIMIT, written).await;
        in_time
            .unwrap_or_else(|_| Err("it did not answer in time".to_owned()))
            .map_err(|why| database(WRITE)(DbErr::Custom(why)))
    }
}

async fn write(store: Store, mut queue: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let (events, answers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|waiting| (waiting.event, waiting.answer)).unzip();
        let ended = commit(&store, &events).await.map_err(|error| sentence(&error));
        for answer in answers {
            // Whoever gave up waiting has refused the read; the event says that it was asked for.
            let _ = answer.send(ended.clone());
        }
    }
}

async fn commit(store: &Store, events: &[AuditEvent]) -> Result<(), StoreError> {
    let tx = store.write().await?;
    append_all(&tx, events).await?;
    tx.commit().await.map_err(database(WRITE))
}
