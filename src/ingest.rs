//! Every instance, from whichever door: hashed, sealed and scanned as it streams; on the disk,
//! then in the database, and only then acknowledged.

use crate::pipeline::sentence;
use crate::store::blobs::{ObjectWriter, Stored};
use crate::store::intake::Intake;
use crate::store::{Store, StoreError};
use interval_core::audit::TraceId;
use interval_core::fault::Fault;
use interval_core::study::{Instance, Origin};
use interval_core::uid::{ClassUid, InstanceUid};
use interval_dimse::service::storage::{Incoming, Kept, Receiver, Reception};
use interval_dimse::status::{Refusal, Status};
use interval_iod::guard::{Guard, GuardError};
use interval_iod::header::{self, HeaderError};
use interval_iod::part10;
use std::io;
use std::path::Path;
use std::time::SystemTime;
use tracing::{info, warn};

/// How much of an object is kept in memory for its header while it streams.
const HEADER_BYTES_MAX: usize = 1 << 20;

/// Why an instance is not taken.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The scan found something that no parser should see.
    #[error("the object was refused")]
    Guard(#[from] GuardError),
    /// The header does not say what an instance must say.
    #[error("the header cannot be read")]
    Header(#[from] HeaderError),
    /// The command announced another object than arrived.
    #[error("the object is not the one that was announced: {0}")]
    NotAnnounced(&'static str),
    /// The disk refused.
    #[error("the object could not be written")]
    Disk(#[from] io::Error),
    /// The database refused.
    #[error("the object could not be recorded")]
    Store(#[from] StoreError),
}

impl IngestError {
    /// What the failure asks of the sender.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Guard(error) => error.fault(),
            Self::Header(error) => error.fault(),
            Self::NotAnnounced(_) => Fault::Refused,
            Self::Disk(error) => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Exhausted,
                _ => Fault::Unavailable,
            },
            Self::Store(error) => error.fault(),
        }
    }
}

/// Takes instances for a store.
#[derive(Debug, Clone)]
pub struct Ingest {
    store: Store,
}

/// What the command said of the object, where there was one.
#[derive(Debug, Clone)]
struct Announced {
    class: ClassUid,
    instance: InstanceUid,
}

/// One object on its way in.
#[derive(Debug)]
pub struct Arrival {
    store: Store,
    origin: Origin,
    announced: Option<Announced>,
    guard: Guard,
    writer: ObjectWriter,
    start: Vec<u8>,
}

impl Ingest {
    /// Instances go to this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Begins a data set that arrives without its envelope.
    pub fn begin(&self, incoming: Incoming) -> Result<Arrival, IngestError> {
        let Incoming { origin, class, instance, syntax } = incoming;
        let prefix = part10::prefix(&class, &instance, &syntax, &origin.calling_ae);
        let announced = Some(Announced { class, instance });
        let mut arrival = self.arrival(origin, announced, Guard::data_set(&syntax))?;
        arrival.keep(&prefix)?;
        Ok(arrival)
    }

    /// Takes a whole Part 10 file from the disk.
    pub async fn file(&self, path: &Path) -> Result<Instance, IngestError> {
        let bytes = tokio::fs::read(path).await?;
        let origin = Origin {
            calling_ae: "FILE".into(),
            called_ae: String::new(),
            peer: path.display().to_string(),
            association: TraceId(0),
        };
        let mut arrival = self.arrival(origin, None, Guard::part10())?;
        arrival.take(&bytes)?;
        arrival.finish().await.map(|(instance, _)| instance)
    }

    fn arrival(
        &self,
        origin: Origin,
        announced: Option<Announced>,
        guard: Guard,
    ) -> Result<Arrival, IngestError> {
        let writer = self.store.blobs().create()?;
        let start = Vec::new();
        Ok(Arrival { store: self.store.clone(), origin, announced, guard, writer, start })
    }
}

impl Arrival {
    /// Scans and keeps the next piece.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), IngestError> {
        self.guard.take(piece)?;
        self.keep(piece)
    }

    fn keep(&mut self, piece: &[u8]) -> Result<(), IngestError> {
        self.writer.write(piece)?;
        let room = HEADER_BYTES_MAX.saturating_sub(self.start.len());
        self.start.extend_from_slice(&piece[..room.min(piece.len())]);
        Ok(())
    }

    /// Makes the object durable and records it.
    pub async fn finish(self) -> Result<(Instance, Intake), IngestError> {
        self.guard.finish()?;
        let (writer, start) = (self.writer, self.start);
        let stored: Stored = tokio::task::spawn_blocking(move || writer.finish())
            .await
            .map_err(io::Error::other)??;
        let recorded = record(&self.store, &stored, &start, &self.origin, self.announced).await;
        if recorded.is_err() {
            // No row names the object; should this fail too, the scrub finds it.
            let _ = self.store.blobs().remove(stored.object.id);
        }
        recorded
    }
}

async fn record(
    store: &Store,
    stored: &Stored,
    start: &[u8],
    origin: &Origin,
    announced: Option<Announced>,
) -> Result<(Instance, Intake), IngestError> {
    let instance = header::read(start, stored.digest)?;
    if let Some(announced) = announced {
        if announced.instance != instance.uid {
            return Err(IngestError::NotAnnounced("SOP Instance UID differs"));
        }
        if announced.class != instance.class {
            return Err(IngestError::NotAnnounced("SOP Class UID differs"));
        }
    }
    let intake = store.record(&instance, stored, origin, SystemTime::now()).await?;
    Ok((instance, intake))
}

impl Receiver for Ingest {
    type Reception = Arrival;

    async fn begin(&self, incoming: Incoming) -> Result<Arrival, Refusal> {
        Ingest::begin(self, incoming).map_err(refusal)
    }

    async fn closed(&self, origin: &Origin) {
        info!(calling_ae = %origin.calling_ae, "association with {} ended", origin.calling_ae);
    }
}

impl Reception for Arrival {
    async fn piece(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        self.take(piece).map_err(refusal)
    }

    async fn finish(self) -> Result<Kept, Refusal> {
        match Arrival::finish(self).await.map_err(refusal)? {
            (_, Intake::Kept | Intake::Known) => Ok(Kept::InPlace),
            (_, Intake::Quarantined) => {
                Ok(Kept::Aside { comment: "other content under a known UID was put aside".into() })
            }
        }
    }
}

/// The status for the peer, and the one place where a refused object is logged.
fn refusal(error: IngestError) -> Refusal {
    let fault = error.fault();
    warn!(fault = fault.as_str(), "an instance was not taken: {}", sentence(&error));
    match error {
        IngestError::NotAnnounced(what) => Refusal::with_status(Status::DOES_NOT_MATCH_CLASS, what),
        other => Refusal::new(fault, sentence(&other)),
    }
}
