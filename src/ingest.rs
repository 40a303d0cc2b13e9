//! Every instance, from whichever door: hashed, sealed and scanned as it streams; on the disk,
//! then in the database, and only then acknowledged.

use crate::arrivals::Arrivals;
use crate::peers::Peers;
use crate::pipeline::sentence;
use crate::priors::errand::{Contradicted, Errand, Errands};
use crate::store::blobs::{ObjectWriter, Stored};
use crate::store::intake::{Intake, Received, Recorder};
use crate::store::study::Woken;
use crate::store::{Store, StoreError, milliseconds};
use crate::watermark::{Full, Watermark};
use interval_core::audit::words::{Action as Did, Actor, Detail, Outcome, PeerTitle, Resource};
use interval_core::audit::{AuditEvent, TraceId};
use interval_core::fault::Fault;
use interval_core::patient::{Patient, PatientPseudonym};
use interval_core::study::{Instance, Origin};
use interval_core::uid::{ClassUid, InstanceUid, StudyUid};
use interval_dimse::service::storage::{Incoming, Kept, Receiver, Reception};
use interval_dimse::status::{Refusal, Status};
use interval_iod::guard::{Guard, GuardError};
use interval_iod::header::{self, HeaderError};
use interval_iod::part10;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;
use tracing::{debug, warn};

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
    /// The disk is too full to begin.
    #[error("the object was not begun")]
    Full(#[from] Full),
    /// The object is of another study than the one that was announced.
    #[error("the object is of another study")]
    OtherStudy {
        /// Its SOP class.
        class: ClassUid,
        /// Its UID.
        instance: InstanceUid,
    },
    /// The peer may not send this.
    #[error("{title} may not send images of this patient here")]
    NotPermitted {
        /// How the peer calls itself.
        title: String,
    },
    /// We fetched it, and it is not what we asked for.
    #[error("what was fetched is not used")]
    Contradicted(#[from] Contradicted),
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
            Self::NotAnnounced(_)
            | Self::NotPermitted { .. }
            | Self::OtherStudy { .. }
            | Self::Contradicted(_) => Fault::Refused,
            Self::Full(_) => Fault::Exhausted,
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
    peers: Arc<Peers>,
    recorder: Recorder,
    watermark: Arc<Watermark>,
    arrivals: Arrivals,
    errands: Errands,
}

/// Whether somebody may bring images of a patient, where that is not for the list of peers to say.
pub trait Warden: Send + Sync {
    /// `None` is a patient whom we have not met.
    fn may_bring(
        &self,
        patient: Option<PatientPseudonym>,
    ) -> Pin<Box<dyn Future<Output = Result<bool, StoreError>> + Send + '_>>;
}

/// Who says whether an object may come in.
#[derive(Clone)]
enum Permission {
    /// Nobody has to: a file of the operator's.
    Operator,
    /// The list of peers.
    Peers,
    /// Somebody else.
    Warden(Arc<dyn Warden>),
}

/// What the command said of the object, where there was one.
#[derive(Debug, Clone)]
struct Announced {
    class: ClassUid,
    instance: InstanceUid,
}

/// One object on its way in.
pub struct Arrival {
    ingest: Ingest,
    permission: Permission,
    origin: Origin,
    announced: Option<Announced>,
    errand: Option<Arc<Errand>>,
    guard: Guard,
    writer: ObjectWriter,
    start: Vec<u8>,
}

impl Ingest {
    /// Instances go to this store, from these peers, while so many bytes are free on its disk.
    pub fn new(store: Store, peers: Arc<Peers>, free_bytes_min: u64) -> Self {
        let recorder = Recorder::start(store.clone());
        let watermark = Arc::new(Watermark::new(store.blobs().clone(), free_bytes_min));
        let (arrivals, errands) = (Arrivals::default(), Errands::default());
        Self { store, peers, recorder, watermark, arrivals, errands }
    }

    /// What we asked other applications to send to us.
    pub fn errands(&self) -> &Errands {
        &self.errands
    }

    /// What is seen of studies while they arrive.
    pub fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// Begins a data set that arrives without its envelope. Whoever may send nothing at all is
    /// refused before anything is written.
    pub async fn begin(&self, incoming: Incoming) -> Result<Arrival, IngestError> {
        // Of whom we asked for something it is seen from the header whether this is it.
        let asked = self.errands.awaits(&incoming.origin.calling_ae);
        if !self.peers.tell_patients_apart() && !asked {
            permit(&self.store, (&self.peers, &incoming.origin), None).await?;
        }
        self.data_set(incoming, None)
    }

    /// Begins a data set that we fetched.
    pub fn fetched(
        &self,
        incoming: Incoming,
        errand: &Arc<Errand>,
    ) -> Result<Arrival, IngestError> {
        self.data_set(incoming, Some(errand.clone()))
    }

    /// Begins a Part 10 file that we fetched.
    pub fn fetched_file(
        &self,
        origin: Origin,
        errand: &Arc<Errand>,
    ) -> Result<Arrival, IngestError> {
        let mut arrival = self.arrival(origin, Permission::Operator, (None, Guard::part10()))?;
        arrival.errand = Some(errand.clone());
        Ok(arrival)
    }

    fn data_set(
        &self,
        incoming: Incoming,
        errand: Option<Arc<Errand>>,
    ) -> Result<Arrival, IngestError> {
        let Incoming { origin, class, instance, syntax } = incoming;
        let prefix = part10::prefix(&class, &instance, &syntax, &origin.calling_ae);
        let announced = Some(Announced { class, instance });
        let guard = Guard::data_set(&syntax);
        let mut arrival = self.arrival(origin, Permission::Peers, (announced, guard))?;
        arrival.errand = errand;
        arrival.keep(&prefix)?;
        Ok(arrival)
    }

    /// Begins a whole Part 10 file that arrives piece by piece; the warden is asked once it is
    /// known whose it is.
    pub fn begin_file(
        &self,
        origin: Origin,
        warden: Arc<dyn Warden>,
    ) -> Result<Arrival, IngestError> {
        self.arrival(origin, Permission::Warden(warden), (None, Guard::part10()))
    }

    /// Takes a whole Part 10 file from the disk.
    pub async fn file(&self, path: &Path) -> Result<Instance, IngestError> {
        self.file_with_fate(path).await.map(|(instance, _)| instance)
    }

    /// The same, with what became of it.
    pub async fn file_with_fate(&self, path: &Path) -> Result<(Instance, Intake), IngestError> {
        let bytes = tokio::fs::read(path).await?;
        let origin = Origin {
            calling_ae: "FILE".into(),
            called_ae: String::new(),
            peer: path.display().to_string(),
            association: TraceId(0),
        };
        let mut arrival = self.arrival(origin, Permission::Operator, (None, Guard::part10()))?;
        arrival.take(&bytes)?;
        arrival.finish().await
    }

    fn arrival(
        &self,
        origin: Origin,
        permission: Permission,
        (announced, guard): (Option<Announced>, Guard),
    ) -> Result<Arrival, IngestError> {
        self.watermark.check()?;
        let writer = self.store.blobs().create()?;
        let (ingest, start) = (self.clone(), Vec::new());
        let errand = None;
        Ok(Arrival { ingest, permission, origin, announced, errand, guard, writer, start })
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
        self.finish_in(None).await
    }

    /// The same for an object that has to be of one study.
    pub async fn finish_in(
        self,
        only: Option<&StudyUid>,
    ) -> Result<(Instance, Intake), IngestError> {
        self.guard.finish()?;
        let (writer, start) = (self.writer, self.start);
        let stored: Stored = tokio::task::spawn_blocking(move || writer.finish())
            .await
            .map_err(io::Error::other)??;
        let object = stored.object.id;
        let (ingest, origin, permission) = (&self.ingest, self.origin, self.permission);
        let arrived = Arrived { ingest, origin, permission, errand: self.errand };
        let recorded = arrived.record(stored, &start, (self.announced, only)).await;
        if recorded.is_err() {
            // No row names the object; should this fail too, the scrub finds it.
            let _ = self.ingest.store.blobs().remove(object);
        }
        recorded
    }
}

/// An object that is on the disk.
struct Arrived<'a> {
    ingest: &'a Ingest,
    origin: Origin,
    permission: Permission,
    errand: Option<Arc<Errand>>,
}

impl Arrived<'_> {
    async fn record(
        self,
        stored: Stored,
        start: &[u8],
        (announced, only): (Option<Announced>, Option<&StudyUid>),
    ) -> Result<(Instance, Intake), IngestError> {
        let (instance, listing) = header::read_listed(start, stored.digest)?;
        let moved = || self.ingest.errands.of(&self.origin.calling_ae, &instance.study);
        let errand = self.errand.clone().or_else(moved);
        if let Some(errand) = &errand {
            errand.check(&instance)?;
        }
        if let Some(announced) = announced {
            announced.matches(&instance)?;
        }
        if only.is_some_and(|only| *only != instance.study) {
            let (class, instance) = (instance.class, instance.uid);
            return Err(IngestError::OtherStudy { class, instance });
        }
        if errand.is_none() {
            self.permit(&instance.patient).await?;
        }
        let Self { ingest, origin, .. } = self;
        let (study, from) = (instance.study.clone(), origin.clone());
        let purpose = errand.as_ref().map(|errand| errand.purpose());
        let received =
            Received { instance: instance.clone(), listing, stored, origin, errand: purpose };
        let is_ours = received.is_ours();
        let intake = ingest.recorder.record(received).await?;
        match (&errand, &intake) {
            (Some(errand), _) => errand.came(&intake),
            // Nobody waits for more of it.
            (None, _) if is_ours => {}
            (None, Intake::Kept | Intake::Revised) => ingest.arrivals.came(&from, &study),
            (None, Intake::Known) => {
                if ingest.store.wake(&study, SystemTime::now()).await? == Woken::Yes {
                    ingest.arrivals.came(&from, &study);
                }
            }
            (None, Intake::Quarantined(_)) => {}
        }
        Ok((instance, intake))
    }

    /// Whether the sender may send images of this patient, where that depends on the patient.
    async fn permit(&self, patient: &Patient) -> Result<(), IngestError> {
        let Ingest { store, peers, errands, .. } = self.ingest;
        let known = async || match store.pseudonym(&patient.id, &patient.issuer).await {
            Ok(known) => Ok(Some(known)),
            Err(StoreError::Unknown(_)) => Ok(None),
            Err(error) => Err(error),
        };
        match &self.permission {
            Permission::Operator => Ok(()),
            Permission::Peers
                if !peers.tell_patients_apart() && !errands.awaits(&self.origin.calling_ae) =>
            {
                Ok(())
            }
            Permission::Peers => permit(store, (peers, &self.origin), known().await?).await,
            Permission::Warden(warden) if warden.may_bring(known().await?).await? => Ok(()),
            Permission::Warden(_) => {
                Err(IngestError::NotPermitted { title: self.origin.calling_ae.clone() })
            }
        }
    }
}

/// Whether the sender may send images of a patient; a refusal is noted, once for each association.
async fn permit(
    store: &Store,
    (peers, origin): (&Peers, &Origin),
    patient: Option<PatientPseudonym>,
) -> Result<(), IngestError> {
    let (title, now) = (&origin.calling_ae, SystemTime::now());
    let Err(denied) = peers.may_send(title, patient, now) else { return Ok(()) };
    debug!(%denied, "{title} was refused");
    let actor = Actor::Peer(PeerTitle::of(title));
    let event = AuditEvent::new(milliseconds(now), actor, Did::Receive, Resource::Node)
        .with_outcome(Outcome::Denied, Detail::WrongPeer)
        .with_trace(origin.association);
    store.audit_once(&event).await?;
    Err(IngestError::NotPermitted { title: title.clone() })
}

impl Announced {
    /// Whether the object is the one that the command announced.
    fn matches(&self, instance: &Instance) -> Result<(), IngestError> {
        if self.instance != instance.uid {
            return Err(IngestError::NotAnnounced("SOP Instance UID differs"));
        }
        if self.class != instance.class {
            return Err(IngestError::NotAnnounced("SOP Class UID differs"));
        }
        Ok(())
    }
}

impl Receiver for Ingest {
    type Reception = Arrival;

    async fn begin(&self, incoming: Incoming) -> Result<Arrival, Refusal> {
        Ingest::begin(self, incoming).await.map_err(refusal)
    }

    async fn closed(&self, origin: &Origin) {
        self.arrivals.closed(origin);
    }
}

impl Reception for Arrival {
    async fn piece(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        self.take(piece).map_err(refusal)
    }

    async fn finish(self) -> Result<Kept, Refusal> {
        match Arrival::finish(self).await.map_err(refusal)? {
            (_, Intake::Kept | Intake::Known | Intake::Revised) => Ok(Kept::InPlace),
            (_, Intake::Quarantined(why)) => {
                Ok(Kept::Aside { comment: format!("put aside: {}", why.as_str()) })
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
        IngestError::NotPermitted { .. } => {
            Refusal::with_status(Status::NOT_AUTHORISED, "this peer may not send this")
        }
        other => Refusal::new(fault, sentence(&other)),
    }
}
