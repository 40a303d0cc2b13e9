//! An archive that may have earlier studies: asked by DIMSE (C-FIND, C-GET, else C-MOVE) or by
//! DICOMweb (QIDO-RS, WADO-RS).

use super::errand::{Errand, Errands};
use super::wanted::CLASSES;
use crate::ingest::{Arrival, Ingest, IngestError};
use crate::pipeline::sentence;
use crate::store::intake::Intake;
use interval_core::audit::TraceId;
use interval_core::fault::Fault;
use interval_core::query::{Attribute, Criterion, Found, Level, Query, Selection};
use interval_core::study::Origin;
use interval_core::uid::{ClassUid, SeriesUid, StudyUid};
use interval_dicomweb::client::{Client, ClientError, Target};
use interval_dicomweb::json::{DataSet, Element, Tag, Value};
use interval_dicomweb::qido::Scope;
use interval_dimse::ae::AeTitle;
use interval_dimse::scu::{self, Peer, Root, ScuError, Transfer};
use interval_dimse::service::storage::{Incoming, Receiver};
use interval_dimse::status::Refusal;
use std::sync::Arc;
use std::time::Duration;
use tracing::debug;

/// Most studies of one patient that are looked at, and most series of one study.
const MATCHES_MAX: u64 = 1_000;

/// Longest silence of the line while an archive sends; one that fetches from tape says so earlier.
const QUESTION_LIMIT: Duration = Duration::from_mins(2);

/// Longest time for one series: 1,000 images of 0.5 MB over a line of 10 Mbit/s take seven minutes.
const SERIES_LIMIT: Duration = Duration::from_mins(15);

/// What a match has to tell of a study.
const OF_STUDY: [Attribute; 11] = [
    Attribute::StudyInstanceUID,
    Attribute::StudyDate,
    Attribute::StudyTime,
    Attribute::StudyDescription,
    Attribute::ModalitiesInStudy,
    Attribute::NumberOfStudyRelatedInstances,
    Attribute::PatientName,
    Attribute::PatientID,
    Attribute::IssuerOfPatientID,
    Attribute::PatientBirthDate,
    Attribute::PatientSex,
];

/// What a match has to tell of a series.
const OF_SERIES: [Attribute; 7] = [
    Attribute::SeriesInstanceUID,
    Attribute::Modality,
    Attribute::SeriesDescription,
    Attribute::ProtocolName,
    Attribute::BodyPartExamined,
    Attribute::Manufacturer,
    Attribute::NumberOfSeriesRelatedInstances,
];

/// Why an archive does not give what is asked for.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A DICOM peer does not.
    #[error(transparent)]
    Dimse(#[from] ScuError),
    /// An archive on the web does not.
    #[error(transparent)]
    Web(#[from] ClientError),
    /// What it gave could not be kept.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// It takes too long.
    #[error("it does not answer in time")]
    Late,
    /// Some objects did not come.
    #[error("{0} objects did not come")]
    Incomplete(u32),
}

impl SourceError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Dimse(error) => error.fault(),
            Self::Web(error) => error.fault(),
            Self::Ingest(error) => error.fault(),
            Self::Late => Fault::Unavailable,
            Self::Incomplete(_) => Fault::Refused,
        }
    }
}

/// An archive.
#[derive(Debug)]
pub struct Source {
    /// Its title or name.
    pub name: String,
    door: Door,
}

#[derive(Debug)]
enum Door {
    Dimse(Box<Peer>),
    Web(Box<Client>),
}

/// Which series of which study, for what.
#[derive(Debug, Clone)]
pub struct Ordered {
    /// Whose it has to be, and why it is fetched.
    pub errand: Arc<Errand>,
    /// The series.
    pub series: SeriesUid,
}

impl Source {
    /// A DICOM peer.
    pub fn peer(peer: Peer) -> Self {
        Self { name: peer.called.to_string(), door: Door::Dimse(Box::new(peer)) }
    }

    /// An archive on the web.
    pub fn web(name: &str, client: Client) -> Self {
        Self { name: name.to_owned(), door: Door::Web(Box::new(client)) }
    }

    /// The studies under a Patient ID. The issuer is asked for and not matched: an archive that
    /// keeps no issuers would have nothing to say. Whose they are is judged by what is told.
    pub async fn studies(&self, id: &str) -> Result<Vec<Found>, SourceError> {
        let mut query = Query::of(Level::Study);
        query.criteria.insert(Attribute::PatientID, Criterion::OneOf(vec![id.to_owned()]));
        query.wanted.extend(OF_STUDY);
        self.ask(&Scope::all(Level::Study), query).await
    }

    /// The series of a study.
    pub async fn series(&self, study: &StudyUid) -> Result<Vec<Found>, SourceError> {
        let mut query = Query::of(Level::Series);
        query.wanted.extend(OF_SERIES);
        let scope = Scope::of_study(Level::Series, study.clone());
        if let Door::Dimse(_) = self.door {
            let uid = Criterion::OneOf(vec![study.to_string()]);
            query.criteria.insert(Attribute::StudyInstanceUID, uid);
        }
        self.ask(&scope, query).await
    }

    async fn ask(&self, scope: &Scope, mut query: Query) -> Result<Vec<Found>, SourceError> {
        query.limit = Some(MATCHES_MAX);
        let asked = async {
            match &self.door {
                Door::Dimse(peer) => Ok(scu::find(peer, Root::Study, &query).await?),
                Door::Web(client) => {
                    let matches = client.search(scope, &query, MATCHES_MAX).await?;
                    Ok(matches.found.iter().map(told).collect())
                }
            }
        };
        tokio::time::timeout(QUESTION_LIMIT, asked).await.map_err(|_| SourceError::Late)?
    }

    /// Has one series sent to us.
    pub async fn fetch(
        &self,
        ordered: &Ordered,
        (ingest, own): (&Ingest, &AeTitle),
    ) -> Result<(), SourceError> {
        let fetching = async {
            match &self.door {
                Door::Dimse(peer) => by_dimse(peer, ordered, (ingest, own)).await,
                Door::Web(client) => by_web((client, &self.name), ordered, ingest).await,
            }
        };
        tokio::time::timeout(SERIES_LIMIT, fetching).await.map_err(|_| SourceError::Late)?
    }
}

/// By C-GET; where the peer does not agree to that, or not to all objects, by C-MOVE to our door.
async fn by_dimse(
    peer: &Peer,
    ordered: &Ordered,
    (ingest, own): (&Ingest, &AeTitle),
) -> Result<(), SourceError> {
    let study = ordered.errand.study().clone();
    let selection = Selection { series: vec![ordered.series.clone()], ..Selection::study(study) };
    let selected = (Root::Study, &selection);
    let classes: Vec<ClassUid> = CLASSES.iter().filter_map(|class| class.parse().ok()).collect();
    let runner = Runner { ingest: ingest.clone(), errand: ordered.errand.clone() };
    let why = match scu::get(peer, selected, &classes, &runner).await {
        Ok(transfer) if transfer.failed == 0 => return Ok(()),
        // Moved, what was refused would be refused again.
        Ok(_) if ordered.errand.contradicted().is_some() => return Ok(()),
        Ok(transfer) => failed(&transfer),
        Err(error) if error.fault() == Fault::Refused => SourceError::Dimse(error),
        Err(error) => return Err(error.into()),
    };
    debug!("{} does not give by C-GET, and is asked to move: {}", peer.called, sentence(&why));
    let errands: &Errands = ingest.errands();
    let _awaited = errands.await_from(peer.called.as_str(), ordered.errand.clone());
    let moved = scu::relay(peer, selected, own).await?;
    match moved.failed {
        0 => Ok(()),
        _ if ordered.errand.contradicted().is_some() => Ok(()),
        _ => Err(failed(&moved)),
    }
}

fn failed(transfer: &Transfer) -> SourceError {
    SourceError::Incomplete(transfer.failed.into())
}

/// Takes what a C-GET brings.
struct Runner {
    ingest: Ingest,
    errand: Arc<Errand>,
}

impl Receiver for Runner {
    type Reception = Arrival;

    async fn begin(&self, incoming: Incoming) -> Result<Arrival, Refusal> {
        let begun = self.ingest.fetched(incoming, &self.errand);
        begun.map_err(|error| Refusal::new(error.fault(), sentence(&error)))
    }
}

async fn by_web(
    (client, name): (&Client, &str),
    ordered: &Ordered,
    ingest: &Ingest,
) -> Result<(), SourceError> {
    let mut trace = [0; 16];
    // Without it the events of this series have the trace of no association.
    let _ = getrandom::fill(&mut trace);
    let origin = Origin {
        calling_ae: name.to_owned(),
        called_ae: String::new(),
        peer: name.to_owned(),
        association: TraceId(u128::from_be_bytes(trace)),
    };
    let target = Target::Series(ordered.errand.study().clone(), ordered.series.clone());
    let mut objects = client.retrieve(&target).await?;
    let mut refused = 0;
    while objects.next().await?.is_some() {
        let mut arrival = Some(ingest.fetched_file(origin.clone(), &ordered.errand)?);
        let mut first = None;
        while let Some(piece) = objects.piece().await? {
            if let Some(taking) = &mut arrival
                && let Err(error) = taking.take(&piece)
            {
                (arrival, first) = (None, Some(error));
            }
        }
        let taken = match (arrival, first) {
            (Some(arrival), _) => arrival.finish().await.map(|(_, intake)| intake),
            (None, Some(error)) => Err(error),
            (None, None) => Ok(Intake::Known),
        };
        match taken {
            Ok(_) => {}
            Err(IngestError::Contradicted(_)) => return Ok(()),
            Err(error) if error.fault() == Fault::Refused => {
                debug!("an object of {name} was not taken: {}", sentence(&error));
                refused += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
    if refused == 0 { Ok(()) } else { Err(SourceError::Incomplete(refused)) }
}

/// A match of QIDO-RS in the words of the catalogue.
fn told(set: &DataSet) -> Found {
    let mut found = Found::default();
    for attribute in Attribute::ALL {
        let (group, element) = attribute.tag();
        let Some(Element { value, .. }) = set.elements.get(&Tag(group, element)) else { continue };
        let values = match value {
            Value::Texts(texts) => texts.iter().map(|text| text.trim().to_owned()).collect(),
            Value::Numbers(numbers) => numbers.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        found.values.insert(*attribute, values);
    }
    found
}
