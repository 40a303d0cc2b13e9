//! STOW-RS: objects as they stream in, each on its own: kept, or refused with its reason.

use super::body;
use crate::ingest::{Arrival, Ingest, IngestError, Warden};
use crate::pipeline::sentence;
use crate::store::intake::Intake;
use crate::web::request::{Answered, Asked, next, soon};
use crate::web::status::Refusal;
use crate::web::uploader::Uploader;
use axum::body::BodyDataStream;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::Response;
use interval_core::access::Principal;
use interval_core::audit::TraceId;
use interval_core::digest::Digest;
use interval_core::study::{Instance, Origin};
use interval_core::uid::StudyUid;
use interval_dicomweb::media::Kind;
use interval_dicomweb::multipart::{MultipartError, Reader};
use interval_dicomweb::stow::{Outcome, Payload, Reason, Report, Stored};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::task::JoinSet;
use tracing::{debug, warn};

/// Most objects of one request; a study of a whole-body PET has some 5,000.
const OBJECTS_MAX: usize = 20_000;

/// Objects that are being made durable while the next ones are read: they share commits.
const FINISHING_MAX: usize = 16;

/// Largest body of one request, in bytes: a study of some hundred multi-frame objects.
const BODY_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;

/// Stores objects of any study, or of the one in the address.
pub async fn store(asked: Asked) -> Answered {
    let announced = asked.header(&CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > BODY_BYTES_MAX) {
        return Err(Refusal::TooLarge);
    }
    let choice = asked.choice(Kind::Answer)?;
    let only = asked.uid::<StudyUid>("study")?;
    let payload =
        Payload::of(asked.header(&CONTENT_TYPE)).map_err(|error| match error.status() {
            415 => Refusal::MediaType,
            _ => Refusal::Malformed(format!("{error}.")),
        })?;
    let stream = asked.take_stream().into_data_stream();
    let uploader = Uploader::of(&asked)?;
    let mut intake = Stowing {
        ingest: asked.door.host.ingest.clone(),
        origin: origin(&asked)?,
        warden: Arc::new(uploader),
        base: asked.base(),
        only: only.clone(),
        finishing: JoinSet::new(),
        outcomes: Vec::new(),
    };
    match payload {
        Payload::Parts(boundary) => intake.parts(Reader::new(stream, &boundary)).await?,
        Payload::Single => intake.single(stream).await?,
    }
    intake.finish().await;
    asked.door.host.ingest.arrivals().closed(&intake.origin);
    Ok(answer(intake, (only, choice.media.as_str())))
}

fn answer(stowed: Stowing, (only, media): (Option<StudyUid>, &str)) -> Response {
    let mut report = match &only {
        Some(study) => Report::of_study(&stowed.base, study),
        None => Report::default(),
    };
    let studies: BTreeSet<_> =
        stowed.outcomes.iter().filter_map(|done| done.study.clone()).collect();
    if only.is_none() && studies.len() == 1 {
        report.study = studies.first().map(|study| format!("{}/studies/{study}", stowed.base));
    }
    let mut outcomes = stowed.outcomes;
    outcomes.sort_by_key(|done| done.number);
    report.outcomes = outcomes.into_iter().map(|done| done.outcome).collect();
    let mut response = body(media, report.to_json());
    *response.status_mut() =
        StatusCode::from_u16(report.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// How long requests of one caller count as one arrival: routers send each object in a request of
/// its own, and one event for a while says so.
const ARRIVAL: Duration = Duration::from_mins(5);

/// The objects that a caller brings within a while are one arrival.
fn origin(asked: &Asked) -> Result<Origin, Refusal> {
    let since = asked.now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let window = since / ARRIVAL.as_secs();
    let caller = match &asked.caller()?.principal {
        Principal::Person(person) => person.id.to_string(),
        Principal::Service { client, .. } => client.clone(),
        other => format!("{other:?}"),
    };
    let parts = [caller.as_bytes(), &window.to_be_bytes()];
    Ok(Origin {
        calling_ae: "STOW".into(),
        called_ae: String::new(),
        peer: String::new(),
        association: TraceId(Digest::of_parts(parts).leading_u128()),
    })
}

struct Stowing {
    ingest: Ingest,
    origin: Origin,
    warden: Arc<Uploader>,
    base: String,
    only: Option<StudyUid>,
    finishing: JoinSet<Done>,
    outcomes: Vec<Done>,
}

/// What became of the object with a number, and of which study it is.
struct Done {
    number: usize,
    study: Option<StudyUid>,
    outcome: Outcome,
}

impl Stowing {
    async fn parts(&mut self, mut reader: Reader<BodyDataStream>) -> Result<(), Refusal> {
        let mut number = 0;
        while let Some(head) = soon(reader.part()).await?.map_err(|error| malformed(&error))? {
            if number == OBJECTS_MAX {
                return Err(Refusal::TooLarge);
            }
            if !Payload::is_object(head.content_type.as_ref()) {
                self.refuse(number, Reason::CANNOT_UNDERSTAND);
                number += 1;
                continue;
            }
            let mut arrival = Some(self.begin()?);
            let mut failed = None;
            while let Some(piece) =
                soon(reader.piece()).await?.map_err(|error| malformed(&error))?
            {
                let Some(taking) = &mut arrival else { continue };
                if let Err(error) = taking.take(&piece) {
                    failed = Some(error);
                    arrival = None;
                }
            }
            match (arrival, failed) {
                (Some(arrival), _) => self.land(number, arrival).await,
                (None, error) => self.fail(number, error),
            }
            number += 1;
        }
        if number == 0 {
            return Err(Refusal::Malformed("There is no object in the request.".into()));
        }
        Ok(())
    }

    async fn single(&mut self, mut stream: BodyDataStream) -> Result<(), Refusal> {
        let mut arrival = self.begin()?;
        let mut bytes = 0;
        while let Some(piece) = soon(next(&mut stream)).await? {
            let piece = piece.map_err(|_| Refusal::Malformed("The body broke off.".into()))?;
            bytes += piece.len();
            if let Err(error) = arrival.take(&piece) {
                self.fail(0, Some(error));
                return Ok(());
            }
        }
        if bytes == 0 {
            return Err(Refusal::Malformed("There is no object in the request.".into()));
        }
        self.land(0, arrival).await;
        Ok(())
    }

    fn begin(&self) -> Result<Arrival, Refusal> {
        let warden: Arc<dyn Warden> = self.warden.clone();
        self.ingest.begin_file(self.origin.clone(), warden).map_err(|error| {
            warn!("an object was not begun: {}", sentence(&error));
            Refusal::Failed { fault: error.fault(), what: sentence(&error) }
        })
    }

    /// Makes an object durable while the next one is read.
    async fn land(&mut self, number: usize, arrival: Arrival) {
        if self.finishing.len() >= FINISHING_MAX {
            self.gather().await;
        }
        let (base, only) = (self.base.clone(), self.only.clone());
        self.finishing.spawn(async move {
            match arrival.finish_in(only.as_ref()).await {
                Ok((instance, intake)) => kept(number, &instance, &intake, &base),
                Err(error) => failed(number, &error),
            }
        });
    }

    async fn gather(&mut self) {
        if let Some(Ok(done)) = self.finishing.join_next().await {
            self.outcomes.push(done);
        }
    }

    async fn finish(&mut self) {
        while !self.finishing.is_empty() {
            self.gather().await;
        }
    }

    fn refuse(&mut self, number: usize, reason: Reason) {
        self.outcomes.push(Done { number, study: None, outcome: Outcome::Unreadable(reason) });
    }

    fn fail(&mut self, number: usize, error: Option<IngestError>) {
        match error {
            Some(error) => self.outcomes.push(failed(number, &error)),
            None => self.refuse(number, Reason::CANNOT_UNDERSTAND),
        }
    }
}

fn kept(number: usize, instance: &Instance, intake: &Intake, base: &str) -> Done {
    let warning = match intake {
        Intake::Kept | Intake::Known | Intake::Revised => None,
        // B000H: it was not kept where it wanted to be (PS3.18 table 10.5.3-2).
        Intake::Quarantined(_) => Some(Reason::COERCED),
    };
    let (study, series, uid) = (&instance.study, &instance.series, &instance.uid);
    let stored = Stored {
        class: instance.class.clone(),
        instance: uid.clone(),
        address: format!("{base}/studies/{study}/series/{series}/instances/{uid}"),
        warning,
    };
    Done { number, study: Some(study.clone()), outcome: Outcome::Stored(stored) }
}

fn failed(number: usize, error: &IngestError) -> Done {
    debug!("an object of a request was not taken: {}", sentence(error));
    let reason = match error {
        IngestError::NotPermitted { .. } => Reason::NOT_AUTHORISED,
        IngestError::OtherStudy { .. } => Reason::PROCESSING_FAILURE,
        other => Reason::of_fault(other.fault()),
    };
    let outcome = match error {
        IngestError::OtherStudy { class, instance } => {
            Outcome::Failed { class: class.clone(), instance: instance.clone(), reason }
        }
        _ => Outcome::Unreadable(reason),
    };
    Done { number, study: None, outcome }
}

fn malformed(error: &MultipartError) -> Refusal {
    Refusal::Malformed(format!("{error}."))
}
