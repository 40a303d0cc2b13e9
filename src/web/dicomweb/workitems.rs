//! UPS-RS: what others ask to be done for a patient. Whoever may steer the patient's work makes,
//! claims and ends workitems; whoever may see the patient's results sees them; lists are kept to
//! the panel. A workitem whose inputs are ready says which instances of a study are on their way.

use super::{body, put};
use crate::store::workitem::WorkitemRefused;
use crate::store::{Store, StoreError};
use crate::web::people;
use crate::web::request::{Answered, Asked};
use crate::web::status::Refusal;
use axum::body::to_bytes;
use axum::http::header::{CONTENT_TYPE, LOCATION, WARNING};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use interval_core::access::{Action, Principal, Standing, decide};
use interval_core::audit::words::{self, Resource};
use interval_core::fault::Fault;
use interval_core::patient::{Patient, PatientPseudonym};
use interval_core::uid::{InstanceUid, StudyUid};
use interval_dicomweb::json::{DataSet, Limits, data_set, to_array};
use interval_dicomweb::media::Kind;
use interval_dicomweb::routes::Does;
use interval_dicomweb::workitem::{
    CancelRequest, Change, Reply, Search, StateChange, Workitem, WorkitemError, created_at, tag,
    target,
};
use interval_iod::home::Timestamp;
use std::time::{Duration, UNIX_EPOCH};

use crate::web::guard::{Need, Whose};

/// Matches of an answer when the caller names no limit, and at most.
const LIMIT: u64 = 200;
const LIMIT_MAX: u64 = 1_000;

/// Longest time until the body of a workitem is complete.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// Media types of bodies (PS3.18 11.1.2).
const TAKEN: [&str; 2] = ["application/dicom+json", "application/json"];

/// What a route needs, and what the audit log calls it.
pub fn need(does: Does) -> Option<(Need, words::Action, Resource)> {
    let steer = Need::Patient(Action::SteerJobs, Whose::Workitem, None);
    Some(match does {
        Does::CreateWorkitem => {
            (Need::Each(Action::SteerJobs), words::Action::Access, Resource::Node)
        }
        Does::SearchWorkitems => (Need::Panel(None), words::Action::Query, Resource::List),
        Does::RetrieveWorkitem => {
            let read = Need::Patient(Action::ReadResults, Whose::Workitem, None);
            (read, words::Action::Read, Resource::Node)
        }
        Does::UpdateWorkitem | Does::ChangeWorkitemState | Does::RequestCancellation => {
            (steer, words::Action::Update, Resource::Node)
        }
        _ => return None,
    })
}

/// Makes a workitem.
pub async fn create(asked: Asked) -> Answered {
    is_taken(&asked.headers)?;
    let text = whole(&asked).await?;
    let named = target(&asked.query).and_then(|target| {
        let content = data_set(&text, &Limits::WORKITEM)?;
        Workitem::create(content, target.workitem, &moment(&asked))
    });
    let Change { workitem, reply } = match named {
        Ok(change) => change,
        Err(error) => return Ok(refused(&error)),
    };
    let who = patient(&workitem.content);
    if who.id.is_empty() {
        return Ok(refused(&WorkitemError::Missing(tag::PATIENT_ID)));
    }
    if !may_steer(&asked, &who).await? {
        return Err(Refusal::Forbidden);
    }
    let actor = people::actor(&asked.door, asked.caller()?).await?;
    let store = &asked.door.host.store;
    if let Err(error) = store.make_workitem((&workitem, &who), actor, asked.now).await {
        return refusal(error);
    }
    announce(&asked, &workitem).await?;
    let mut response = said(StatusCode::CREATED, &reply);
    put(response.headers_mut(), LOCATION, &created_at(&asked.base(), &workitem.uid));
    Ok(response)
}

/// Searches for workitems.
pub async fn search(asked: Asked) -> Answered {
    let choice = asked.choice(Kind::Workitems)?;
    let search = Search::parse(&asked.query, LIMIT, LIMIT_MAX)
        .map_err(|error| Refusal::Malformed(format!("{error}.")))?;
    let found = asked.door.host.store.find_workitems(asked.panel()?, &search).await?;
    let sets = to_array(found.iter().map(|workitem| &workitem.content));
    Ok(body(choice.media.as_str(), sets))
}

/// A workitem, without its lock.
pub async fn retrieve(asked: Asked) -> Answered {
    let choice = asked.choice(Kind::Workitems)?;
    let uid = asked.parsed("workitem")?;
    let workitem = asked.door.host.store.workitem(asked.grant()?, &uid).await?;
    Ok(body(choice.media.as_str(), workitem.to_json()))
}

/// Changes attributes.
pub async fn update(asked: Asked) -> Answered {
    is_taken(&asked.headers)?;
    let (text, now) = (whole(&asked).await?, moment(&asked));
    let wanted = target(&asked.query)
        .and_then(|target| Ok((target.transaction, data_set(&text, &Limits::WORKITEM)?)));
    let (transaction, changes) = match wanted {
        Ok(wanted) => wanted,
        Err(error) => return Ok(refused(&error)),
    };
    change(asked, StatusCode::OK, |workitem| workitem.update(transaction.as_ref(), changes, &now))
        .await
}

/// Claims, completes or cancels.
pub async fn change_state(asked: Asked) -> Answered {
    is_taken(&asked.headers)?;
    let now = moment(&asked);
    let wanted = match StateChange::parse(&asked.body) {
        Ok(wanted) => wanted,
        Err(error) => return Ok(refused(&error)),
    };
    change(asked, StatusCode::OK, |workitem| workitem.change_state(&wanted, &now)).await
}

/// Asks that it be canceled.
pub async fn ask_to_cancel(asked: Asked) -> Answered {
    if !asked.body.is_empty() {
        is_taken(&asked.headers)?;
    }
    let now = moment(&asked);
    let wish = match CancelRequest::parse(&asked.body) {
        Ok(wish) => wish,
        Err(error) => return Ok(refused(&error)),
    };
    change(asked, StatusCode::ACCEPTED, |workitem| workitem.ask_to_cancel(&wish, &now)).await
}

async fn change(
    asked: Asked,
    done: StatusCode,
    judge: impl FnOnce(&Workitem) -> Result<Change, WorkitemError> + Send,
) -> Answered {
    let uid: InstanceUid = asked.parsed("workitem")?;
    let store = &asked.door.host.store;
    match store.change_workitem(asked.grant()?, &uid, judge, asked.now).await {
        Ok(changed) => {
            announce(&asked, &changed.change.workitem).await?;
            Ok(said(done, &changed.change.reply))
        }
        Err(error) => refusal(error),
    }
}

/// Whether the caller may steer the work of the patient whom a new workitem names.
async fn may_steer(asked: &Asked, who: &Patient) -> Result<bool, Refusal> {
    let (store, policy) = (&asked.door.host.store, &asked.door.host.policy);
    let patient = match store.pseudonym(&who.id, &who.issuer).await {
        Ok(known) => known,
        // Whom nobody has met, only who may do it for everybody may bring.
        Err(StoreError::Unknown(_)) => PatientPseudonym::NOBODY,
        Err(error) => return Err(error.into()),
    };
    let principal = &asked.caller()?.principal;
    let standing = match principal {
        Principal::Person(person) => store.standing(&person.id, patient).await?,
        _ => Standing::none(patient),
    };
    Ok(decide(policy, principal, &standing, Action::SteerJobs, asked.now).is_ok())
}

/// A workitem that is ready names the instances that its study will have: when they are here, the
/// study is complete as far as its sender knows. Studies of somebody else are not heard of.
async fn announce(asked: &Asked, workitem: &Workitem) -> Result<(), Refusal> {
    let content = &workitem.content;
    if content.text(tag::READINESS) != "READY" || workitem.state.is_final() {
        return Ok(());
    }
    let host = &asked.door.host;
    for input in content.items(tag::INPUT) {
        let Ok(study) = input.text(tag::STUDY).parse::<StudyUid>() else { continue };
        let references = input.items(tag::REFERENCED_SOP).iter();
        let named: Vec<InstanceUid> = references
            .filter_map(|reference| reference.text(tag::REFERENCED_INSTANCE).parse().ok())
            .collect();
        if !named.is_empty() && is_of(&host.store, &study, workitem).await? {
            host.ingest.arrivals().announced(&study, named);
        }
    }
    Ok(())
}

/// Whether a study is the workitem's patient's, or not here yet.
async fn is_of(store: &Store, study: &StudyUid, workitem: &Workitem) -> Result<bool, StoreError> {
    match store.patient_of_study(study).await {
        Ok(known) => Ok(known == store.patient_of_workitem(&workitem.uid).await?),
        Err(StoreError::Unknown(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

fn patient(content: &DataSet) -> Patient {
    let text = |tag| content.text(tag).trim().to_owned();
    Patient {
        id: text(tag::PATIENT_ID),
        issuer: text(tag::ISSUER_OF_PATIENT_ID),
        name: text(tag::PATIENT_NAME),
        birth_date: text(tag::PATIENT_BIRTH_DATE),
        sex: text(tag::PATIENT_SEX),
    }
}

/// When the request came, as a DT in UTC.
fn moment(asked: &Asked) -> String {
    let since = asked.now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let at = Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    format!("{}{}+0000", at.date(), at.time())
}

fn is_taken(headers: &HeaderMap) -> Result<(), Refusal> {
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media = said.split(';').next().unwrap_or_default().trim();
    let known = TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(media));
    if known { Ok(()) } else { Err(Refusal::MediaType) }
}

/// The body, within the limits of a workitem.
async fn whole(asked: &Asked) -> Result<axum::body::Bytes, Refusal> {
    let read = to_bytes(asked.take_stream(), Limits::WORKITEM.bytes_max);
    match tokio::time::timeout(BODY_TIME_MAX, read).await {
        Ok(read) => read.map_err(|_| Refusal::TooLarge),
        Err(_) => Err(Refusal::TooSlow),
    }
}

/// An answer without a body, with its warnings.
fn said(status: StatusCode, reply: &Reply) -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = status;
    for warning in &reply.warnings {
        if let Ok(warning) = HeaderValue::from_str(warning) {
            response.headers_mut().append(WARNING, warning);
        }
    }
    response
}

/// What the rules of workitems do not allow.
fn refused(error: &WorkitemError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    said(status, &Reply { warnings: vec![error.warning()] })
}

fn refusal(error: WorkitemRefused) -> Answered {
    match error {
        WorkitemRefused::Rules(error) => Ok(refused(&error)),
        WorkitemRefused::Full => Err(Refusal::failed(Fault::Exhausted, error)),
        WorkitemRefused::Store(error) => Err(error.into()),
    }
}
