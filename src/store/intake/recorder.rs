//! Instances that arrive at the same time are recorded in one transaction: each waits for its own
//! answer, and all share one commit.

use super::{Intake, Received};
use crate::store::{Store, StoreError, database};
use sea_orm::DbErr;
use std::time::SystemTime;
use tokio::sync::{mpsc, oneshot};

/// Instances that may wait for the next commit; whoever comes then waits for a place.
const QUEUE_MAX: usize = 256;

/// Instances of one transaction: with some 0.1 ms each nobody waits noticeably for the others.
const BATCH_MAX: usize = 64;

/// Where received instances are left. Copies share one queue; it ends with the last copy.
#[derive(Debug, Clone)]
pub struct Recorder(mpsc::Sender<Waiting>);

#[derive(Debug)]
struct Waiting {
    received: Received,
    answer: oneshot::Sender<Result<Intake, StoreError>>,
}

impl Recorder {
    /// Starts recording in a store.
    pub fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(run(store, waiting));
        Self(queue)
    }

    /// Returns once the instance is recorded for good.
    pub async fn record(&self, received: Received) -> Result<Intake, StoreError> {
        let (answer, recorded) = oneshot::channel();
        let stopped = || database("record an instance")(DbErr::Custom("it has stopped".into()));
        self.0.send(Waiting { received, answer }).await.map_err(|_| stopped())?;
        recorded.await.map_err(|_| stopped())?
    }
}

async fn run(store: Store, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        let (batch, answers): (Vec<_>, Vec<_>) =
            waiting.drain(..).map(|waiting| (waiting.received, waiting.answer)).unzip();
        for (answer, outcome) in answers.into_iter().zip(record(&store, &batch).await) {
            // Whoever gave up waiting is told again when the instance is sent again.
            let _ = answer.send(outcome);
        }
    }
}

/// Records a batch; when that fails, one by one, so that each has its own outcome.
async fn record(store: &Store, batch: &[Received]) -> Vec<Result<Intake, StoreError>> {
    match store.record_all(batch, SystemTime::now()).await {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if batch.len() == 1 => vec![Err(error)],
        Err(_) => {
            let mut outcomes = Vec::with_capacity(batch.len());
            for received in batch {
                outcomes.push(store.record(received, SystemTime::now()).await);
            }
            outcomes
        }
    }
}
