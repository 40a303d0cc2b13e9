//! Earlier studies of a patient, fetched when a study arrives or ahead of time: what is compared is
//! there before the comparison begins.

pub mod errand;
pub mod fetcher;
pub mod identity;
pub mod source;
pub mod wanted;

use crate::config::peer::Asked;
use crate::config::priors::PriorsConfig;
use crate::config::{Config, ConfigError};
use crate::ingest::Ingest;
use crate::peers::Peers;
use crate::pipeline::sentence;
use crate::store::fetching::{FetchEnd, FetchRequest, Whose};
use crate::store::study::Receiving;
use crate::store::{Store, StoreError};
use chrono::Timelike;
use fetcher::{Fetcher, For, Tally};
use interval_core::patient::PatientPseudonym;
use interval_dimse::ae::AeTitle;
use interval_dimse::scu::{Peer, Timeouts};
use source::Source;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tracing::{info, warn};
use wanted::Reach;

/// Orders that may wait; a study whose order finds no place is analysed without.
const QUEUE_MAX: usize = 256;

/// Orders that are worked on at a time: those that wait for one source hold up no other.
const ORDERS_AT_ONCE: usize = 64;

/// Patients whose last fetch is remembered.
const REMEMBERED_MAX: usize = 10_000;

/// Pause between two looks for requests ahead of time.
const PAUSE: Duration = Duration::from_secs(2);

/// Longest time for one order: the archive of a hospital gives eight studies in minutes.
const ORDER_LIMIT: Duration = Duration::from_hours(2);

/// Time that an archive has for a connection, so that one that is away is known soon.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Where priors are asked for; copies are one.
#[derive(Debug, Clone)]
pub struct Priors(Arc<Desk>);

#[derive(Debug)]
struct Desk {
    settings: PriorsConfig,
    fetcher: Fetcher,
    progress: Mutex<HashMap<PatientPseudonym, Progress>>,
    orders: mpsc::Sender<For>,
}

/// How far the fetch for one patient is.
#[derive(Debug, Clone)]
enum Progress {
    Underway(Instant),
    Over(Instant, Option<String>),
}

/// Whether a study waits for its priors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// They are being fetched.
    Longer,
    /// They are here, as far as they could be had; what its evidence is to say.
    Over(Option<String>),
}

/// Works on what is asked for.
pub struct Errands {
    priors: Priors,
    store: Store,
    waiting: mpsc::Receiver<For>,
}

/// The peers and archives of a configuration that have priors.
pub fn sources(config: &Config, peers: &Peers, own: &AeTitle) -> Result<Vec<Source>, ConfigError> {
    let mut sources = Vec::new();
    for (title, known) in peers.all().filter(|(_, known)| known.priors == Asked::Yes) {
        let called: AeTitle =
            title.parse().map_err(|_| ConfigError::Peer(format!("{title} is no title")))?;
        let address = known.address.clone().unwrap_or_default();
        let timeouts = Timeouts { connect: CONNECT_LIMIT, ..Timeouts::default() };
        let tls = config.tls_of(title, known)?;
        let calling = own.clone();
        sources.push(Source::peer(Peer { address, calling, called, timeouts, tls }));
    }
    for archive in config.archives.iter().filter(|archive| archive.priors) {
        sources.push(Source::web(&archive.name, archive.client()?));
    }
    Ok(sources)
}

/// Makes ready to fetch.
pub fn open(
    config: &Config,
    (store, ingest): (Store, Ingest),
    (peers, own): (&Peers, &AeTitle),
) -> Result<(Priors, Errands), ConfigError> {
    let sources = sources(config, peers, own)?;
    let settings = config.priors.clone();
    let reach = Reach { studies_max: settings.studies_max, years_max: settings.years_max };
    let fetcher = Fetcher::new((store.clone(), ingest), own.clone(), sources, reach);
    let (orders, waiting) = mpsc::channel(QUEUE_MAX);
    let progress = Mutex::default();
    let priors = Priors(Arc::new(Desk { settings, fetcher, progress, orders }));
    Ok((priors.clone(), Errands { priors, store, waiting }))
}

impl Priors {
    fn lock(&self) -> MutexGuard<'_, HashMap<PatientPseudonym, Progress>> {
        self.0.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an order for the patient would begin: none is under way, or was lately.
    pub fn is_due(&self, patient: PatientPseudonym) -> bool {
        if !self.0.fetcher.has_sources() {
            return false;
        }
        match self.lock().get(&patient) {
            Some(Progress::Underway(_)) => false,
            Some(Progress::Over(at, _)) => at.elapsed() >= self.0.settings.window(),
            None => true,
        }
    }

    /// Asks for the priors of a study that arrives, once a patient within the window.
    pub fn want(&self, row: &Receiving) {
        if !self.is_due(row.patient) {
            return;
        }
        self.begin(row.patient);
        let order = For::Study(row.patient, row.study.clone());
        if self.0.orders.try_send(order).is_err() {
            warn!(study = %row.study, "too many studies wait for their priors: {}", row.study);
            let remark = "earlier studies were not fetched: too many studies came at a time";
            self.end(row.patient, Some(remark.to_owned()));
        }
    }

    fn begin(&self, patient: PatientPseudonym) {
        let window = self.0.settings.window();
        let mut progress = self.lock();
        if progress.len() >= REMEMBERED_MAX {
            progress.retain(|_, one| match one {
                Progress::Underway(_) => true,
                Progress::Over(at, _) => at.elapsed() < window,
            });
        }
        progress.insert(patient, Progress::Underway(Instant::now()));
    }

    fn end(&self, patient: PatientPseudonym, remark: Option<String>) {
        self.lock().insert(patient, Progress::Over(Instant::now(), remark));
    }

    /// Whether a study of the patient waits.
    pub fn wait(&self, patient: PatientPseudonym) -> Wait {
        match self.lock().get(&patient) {
            None => Wait::Over(None),
            Some(Progress::Underway(since)) if since.elapsed() < self.0.settings.wait() => {
                Wait::Longer
            }
            Some(Progress::Underway(_)) => {
                Wait::Over(Some("earlier studies were still being fetched".to_owned()))
            }
            Some(Progress::Over(_, remark)) => Wait::Over(remark.clone()),
        }
    }

    /// Whether it is the hour for what can wait.
    fn is_night(&self) -> bool {
        let hour = u8::try_from(chrono::Local::now().hour()).unwrap_or(0);
        self.0.settings.night.is_none_or(|night| night.contains(hour))
    }

    async fn order(&self, order: For) {
        let For::Study(patient, study) = &order else { return };
        let fetching = self.0.fetcher.fetch(&order, None);
        let remark = match tokio::time::timeout(ORDER_LIMIT, fetching).await {
            Ok(Ok(tally)) => {
                info!(%study, "for study {study}: {tally}");
                tally.remark()
            }
            Ok(Err(error)) => {
                warn!(%study, "no priors for study {study}: {}", sentence(&error));
                Some("earlier studies could not be fetched".to_owned())
            }
            Err(_) => Some("earlier studies could not be fetched in time".to_owned()),
        };
        self.end(*patient, remark);
    }

    async fn request(&self, store: &Store, request: FetchRequest) -> Result<(), StoreError> {
        let why = match &request.whose {
            Whose::Known(patient) => For::Patient(*patient),
            Whose::Stranger(patient) => match store.pseudonym(&patient.id, &patient.issuer).await {
                Ok(known) => For::Patient(known),
                Err(StoreError::Unknown(_)) => For::Stranger(patient.clone()),
                Err(error) => return Err(error),
            },
        };
        let fetching = self.0.fetcher.fetch(&why, request.source.as_deref());
        let end = match tokio::time::timeout(ORDER_LIMIT, fetching).await {
            Ok(Ok(tally)) => ended(&tally),
            Ok(Err(error)) => FetchEnd::Later(sentence(&error)),
            Err(_) => FetchEnd::Later("it took too long".to_owned()),
        };
        let id = request.id;
        match &end {
            FetchEnd::Done(said) => info!(request = id, "request {id}: {said}"),
            FetchEnd::Later(said) => warn!(request = id, "request {id} goes on later: {said}"),
        }
        store.fetch_ended(&request, &end, SystemTime::now()).await
    }
}

fn ended(tally: &Tally) -> FetchEnd {
    if tally.away.is_empty() {
        FetchEnd::Done(tally.to_string())
    } else {
        FetchEnd::Later(tally.to_string())
    }
}

impl Errands {
    /// Works until told to stop; what is under way then is asked for again after the next start.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut underway = JoinSet::new();
        let mut looked = Instant::now();
        let mut requests = JoinSet::new();
        while !*stop.borrow() {
            let has_room = underway.len() < ORDERS_AT_ONCE;
            tokio::select! {
                order = self.waiting.recv(), if has_room => {
                    let Some(order) = order else { return };
                    let priors = self.priors.clone();
                    underway.spawn(async move { priors.order(order).await });
                }
                Some(_) = underway.join_next() => {}
                Some(_) = requests.join_next() => {}
                () = tokio::time::sleep(PAUSE) => {}
                _ = stop.changed() => {}
            }
            // One request after another: they can wait, and none is taken twice.
            if requests.is_empty() && looked.elapsed() >= PAUSE && self.priors.is_night() {
                looked = Instant::now();
                match self.store.fetches_due(SystemTime::now()).await {
                    Ok(due) => {
                        let (priors, store) = (self.priors.clone(), self.store.clone());
                        requests.spawn(async move { all(&priors, &store, due).await });
                    }
                    Err(error) => warn!("requests could not be read: {}", sentence(&error)),
                }
            }
        }
    }
}

async fn all(priors: &Priors, store: &Store, due: Vec<FetchRequest>) {
    for request in due {
        if let Err(error) = priors.request(store, request).await {
            warn!("a request to fetch was not carried out: {}", sentence(&error));
        }
    }
}
