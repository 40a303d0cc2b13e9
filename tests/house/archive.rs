//! The archive that results go home to: it keeps objects in memory, refuses them, or is away.

use interval_core::digest::Digest;
use interval_core::study::Instance;
use interval_core::uid::StudyUid;
use interval_dimse::acceptor::Acceptor;
use interval_dimse::policy::Policy;
use interval_dimse::service::storage::{Incoming, Kept, Receiver, Reception};
use interval_dimse::status::{Refusal, Status};
use interval_iod::{header, part10};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Its title.
pub const TITLE: &str = "ARCHIVE";

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temper {
    Takes,
    Refuses(Status),
}

/// An object as the archive has it.
#[derive(Debug, Clone)]
pub struct Filed {
    pub header: Instance,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
struct Shelf {
    filed: Arc<Mutex<Vec<Filed>>>,
    temper: Arc<Mutex<Temper>>,
}

/// An object on its way in.
pub struct OnTheWay {
    bytes: Vec<u8>,
    shelf: Shelf,
}

impl Receiver for Shelf {
    type Reception = OnTheWay;

    async fn begin(&self, incoming: Incoming) -> Result<OnTheWay, Refusal> {
        let Incoming { origin, class, instance, syntax } = incoming;
        let bytes = part10::prefix(&class, &instance, &syntax, &origin.calling_ae);
        Ok(OnTheWay { bytes, shelf: self.clone() })
    }
}

impl Reception for OnTheWay {
    async fn piece(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    async fn finish(self) -> Result<Kept, Refusal> {
        if let Temper::Refuses(status) = *self.shelf.temper.lock().unwrap() {
            return Err(Refusal::with_status(status, "the archive does not want it"));
        }
        let header = header::read(&self.bytes, Digest::of(&self.bytes)).unwrap();
        self.shelf.filed.lock().unwrap().push(Filed { header, bytes: self.bytes });
        Ok(Kept::InPlace)
    }
}

/// An archive that listens.
pub struct Archive {
    pub address: SocketAddr,
    shelf: Shelf,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Archive {
    /// An archive on any free port.
    pub async fn open() -> Self {
        Self::open_at(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
    }

    /// An archive at an address, if it is free.
    pub async fn open_at(address: SocketAddr) -> Option<Self> {
        let shelf = Shelf { filed: Arc::default(), temper: Arc::new(Mutex::new(Temper::Takes)) };
        let policy = Policy::for_title(TITLE.parse().unwrap());
        let acceptor = Acceptor::bind(address, policy, shelf.clone()).await.ok()?;
        let address = acceptor.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(acceptor.serve(async {
            // Dropping the archive stops it as well.
            let _ = stopped.await;
        }));
        Some(Self { address, shelf, stop, served })
    }

    /// Goes away.
    pub async fn close(self) -> SocketAddr {
        drop(self.stop);
        self.served.await.unwrap();
        self.address
    }

    pub fn set(&self, temper: Temper) {
        *self.shelf.temper.lock().unwrap() = temper;
    }

    /// What it has of a study, in the order of arrival.
    pub fn of_study(&self, study: &StudyUid) -> Vec<Filed> {
        let filed = self.shelf.filed.lock().unwrap();
        filed.iter().filter(|object| object.header.study == *study).cloned().collect()
    }

    /// The one object of a modality in a study.
    #[track_caller]
    pub fn the(&self, study: &StudyUid, modality: &str) -> Filed {
        let mut found = self.of_study(study);
        found.retain(|object| object.header.acquisition.modality == modality);
        assert_eq!(found.len(), 1, "objects of {modality} in the archive");
        found.remove(0)
    }

    /// Modalities of a study's objects, sorted.
    pub fn modalities(&self, study: &StudyUid) -> Vec<String> {
        let filed = self.of_study(study).into_iter();
        let mut modalities: Vec<_> = filed.map(|o| o.header.acquisition.modality).collect();
        modalities.sort();
        modalities
    }
}
