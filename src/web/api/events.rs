//! What changes among the caller's patients, as it happens: server-sent events. Every two seconds
//! the stream asks again whether it may; it ends with the session, the token or the right, and
//! when a patient was taken from the caller: the page then asks for a new one.

use super::jobs::JobDto;
use crate::store::job::Job;
use crate::web::Web;
use crate::web::caller::{Caller, Means};
use crate::web::people;
use crate::web::request::{Answered, Asked};
use crate::web::status::Refusal;
use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use hyper::body::Frame;
use interval_core::access::panel;
use interval_core::patient::PatientPseudonym;
use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// How often the stream looks; what was taken away ends within twice this time.
const LOOK: Duration = Duration::from_secs(2);

/// Jobs that one look compares: the newest of the caller's patients.
const JOBS_MAX: u64 = 200;

/// Events that may wait for a slow reader; one that is slower is cut off and begins again.
const WAITING_MAX: usize = 16;

/// The stream as a body.
struct Stream {
    events: mpsc::Receiver<Bytes>,
    _permit: OwnedSemaphorePermit,
}

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.events.poll_recv(context).map(|event| event.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// `GET /api/v1/events`
pub async fn stream(asked: Asked) -> Answered {
    let permit = asked.door.streams.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Refusal::TooMany(Duration::from_secs(10)))?;
    let caller = asked.caller()?.clone();
    let (send, events) = mpsc::channel(WAITING_MAX);
    tokio::spawn(watch(asked.door.clone(), caller, send));
    let mut response = Response::new(Body::new(Stream { events, _permit: permit }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Looks until the caller may no longer, the reader is gone, or the node stops.
async fn watch(door: Web, caller: Caller, send: mpsc::Sender<Bytes>) {
    let mut closing = door.closing.subscribe();
    let mut seen: Option<HashMap<i32, i64>> = None;
    let mut mine: Vec<PatientPseudonym> = Vec::new();
    loop {
        let Some(View { patients, jobs }) = look(&door, &caller).await else { return };
        // Both are in order.
        if mine.iter().any(|patient| patients.binary_search(patient).is_err()) {
            return;
        }
        mine = patients;
        let events = changes(&mut seen, &jobs);
        for event in events {
            if send.try_send(event).is_err() {
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = send.closed() => return,
            _ = closing.changed() => return,
        }
    }
}

/// What the caller sees at one time.
struct View {
    patients: Vec<PatientPseudonym>,
    jobs: Vec<Job>,
}

/// What the caller sees now; nothing when the caller may no longer look.
async fn look(door: &Web, caller: &Caller) -> Option<View> {
    let now = door.now();
    if let Means::Session(key) = caller.means
        && !door.sessions.stands(key, now)
    {
        return None;
    }
    people::actor(door, caller).await.ok()?;
    let panel = panel(&door.host.policy, &caller.principal, now).ok()?;
    let store = &door.host.store;
    let patients = store.patients_within(&panel).await.ok()?;
    let jobs = store.jobs_within(&panel, (0, JOBS_MAX)).await.ok()?;
    Some(View { patients, jobs })
}

/// One event for each job that is new or changed since the last look; at the first look, and when
/// nothing changed, a comment that keeps the connection open.
fn changes(seen: &mut Option<HashMap<i32, i64>>, jobs: &[Job]) -> Vec<Bytes> {
    let now: HashMap<_, _> = jobs.iter().map(|job| (job.id, job.changed_ms)).collect();
    let before = seen.replace(now);
    let Some(before) = before else { return vec![Bytes::from_static(b": watching\n\n")] };
    let changed = jobs.iter().filter(|job| before.get(&job.id) != Some(&job.changed_ms));
    let mut events: Vec<_> = changed
        .filter_map(|job| serde_json::to_string(&JobDto::from(job)).ok())
        .map(|data| Bytes::from(format!("event: job\ndata: {data}\n\n")))
        .take(WAITING_MAX - 1)
        .collect();
    if events.is_empty() {
        events.push(Bytes::from_static(b": still here\n\n"));
    }
    events
}
