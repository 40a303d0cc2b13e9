//! WADO-RS: objects as they are kept, or in a transfer syntax that the caller takes; and single
//! values out of them.

use super::object::{etag, located, not_given, one, part10_in, read};
use super::{body, put, unchanged};
use crate::pipeline::sentence;
use crate::store::Store;
use crate::store::catalogue::Located;
use crate::web::request::{Answered, Asked, apart};
use crate::web::status::Refusal;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT_RANGES, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use axum::response::Response;
use bytes::Bytes;
use futures_core::Stream;
use interval_core::fault::Fault;
use interval_dicomweb::media::{Choice, Form, Kind};
use interval_dicomweb::multipart::{Boundary, Encoder, Head, Piece, Writer};
use interval_dicomweb::wado::{ByteRange, bulk_head, content_range, content_type, object_head};
use interval_iod::bulk::{self, Path};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;
use tracing::warn;

/// Objects that are read ahead of the wire.
const AHEAD: usize = 4;

/// All objects of a study or series, or one object.
pub async fn objects(asked: Asked) -> Answered {
    let is_one = !asked.variable("instance").is_empty();
    let choice = asked.choice(if is_one { Kind::Instance } else { Kind::Objects })?;
    let located = located(&asked).await?;
    let etag = etag(&located, &format!("{choice:?}"));
    if asked.is_fresh(&etag) {
        return Ok(unchanged(&etag));
    }
    let mut response = match choice.form {
        Form::Single => single(&asked, &located[0], &choice, etag.as_str()).await?,
        Form::Multipart => many(&asked, located, &choice).await?,
    };
    put(response.headers_mut(), ETAG, etag.as_str());
    Ok(response)
}

async fn single(asked: &Asked, located: &Located, choice: &Choice, etag: &str) -> Answered {
    let (store, located) = (asked.door.host.store.clone(), located.clone());
    let wanted = choice.syntaxes.clone();
    let (syntax, file) = apart(move || {
        let bytes = read(&store, &located)?;
        part10_in(bytes, &located, &wanted).map_err(|error| not_given(&error, error.fault()))
    })
    .await?;
    let boundary = Boundary::from_u128(asked.id.0);
    ranged(asked, (&content_type(choice, &boundary, Some(&syntax)), etag), file.into())
}

/// A body, or the part of it that is asked for (RFC 9110, 14).
fn ranged(asked: &Asked, (media, etag): (&str, &str), whole: Bytes) -> Answered {
    let length = whole.len() as u64;
    let is_for_this = asked.header(&IF_RANGE).is_none_or(|condition| condition == etag);
    let range = asked.header(&RANGE).filter(|_| is_for_this);
    let range = match range.map(|range| ByteRange::parse(range, length)) {
        None | Some(Ok(None)) => None,
        Some(Ok(Some(range))) => Some(range),
        Some(Err(_)) => return Err(Refusal::Range(length)),
    };
    let Some(range) = range else {
        let mut response = body(media, whole);
        put(response.headers_mut(), ACCEPT_RANGES, "bytes");
        return Ok(response);
    };
    let part = whole.slice(range.from as usize..range.to as usize);
    let mut response = body(media, part);
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    put(response.headers_mut(), CONTENT_RANGE, &content_range(Ok(range), length));
    Ok(response)
}

/// Objects one after the other, read a few ahead. What cannot be given in an acceptable form is
/// refused before anything is sent, when it is the first.
async fn many(asked: &Asked, located: Vec<Located>, choice: &Choice) -> Answered {
    let boundary = Boundary::from_u128(asked.id.0);
    let media = content_type(choice, &boundary, None);
    let (sender, mut pieces) = mpsc::channel(2 * AHEAD);
    let reading = Reading {
        store: asked.door.host.store.clone(),
        choice: choice.clone(),
        base: asked.base(),
    };
    tokio::task::spawn_blocking(move || reading.run(&located, &sender));
    let first = pieces.recv().await;
    if let Some(Err(refusal)) = first {
        return Err(refusal);
    }
    let first = first.and_then(Result::ok);
    let pieces = Pieces { first, rest: pieces };
    Ok(body(&media, Body::from_stream(Encoder::new(pieces, boundary))))
}

struct Reading {
    store: Store,
    choice: Choice,
    base: String,
}

impl Reading {
    fn run(&self, located: &[Located], pieces: &mpsc::Sender<Result<Piece, Refusal>>) {
        for object in located {
            let read = read(&self.store, object).map_err(Refusal::from).and_then(|bytes| {
                part10_in(bytes, object, &self.choice.syntaxes)
                    .map_err(|error| not_given(&error, error.fault()))
            });
            let (syntax, file) = match read {
                Ok(read) => read,
                Err(refusal) => {
                    warn!("an object was not retrieved: {refusal:?}");
                    // Nobody may be there any more to hear it.
                    let _ = pieces.blocking_send(Err(refusal));
                    return;
                }
            };
            let address = format!(
                "{}/studies/{}/series/{}/instances/{}",
                self.base, object.study, object.series, object.uid
            );
            let head = object_head(&syntax, address);
            let sent = [Piece::Part(head), Piece::Content(file.into())]
                .into_iter()
                .try_for_each(|piece| pieces.blocking_send(Ok(piece)));
            if sent.is_err() {
                return;
            }
        }
    }
}

/// The pieces as a stream. A failure in the middle breaks the body off: its end is missing, and
/// whoever reads it knows.
struct Pieces {
    first: Option<Piece>,
    rest: mpsc::Receiver<Result<Piece, Refusal>>,
}

impl Stream for Pieces {
    type Item = Result<Piece, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let failed = |_| io::Error::other("an object could not be read");
        self.rest.poll_recv(cx).map(|piece| piece.map(|piece| piece.map_err(failed)))
    }
}

/// One value of an object, named by its path of tags.
pub async fn bulk_data(asked: Asked) -> Answered {
    let choice = asked.choice(Kind::BulkData)?;
    let path: Path = asked.variable("path").parse().map_err(|_| Refusal::NotFound)?;
    let located = one(&asked).await?;
    let etag = etag(std::slice::from_ref(&located), asked.variable("path"));
    if asked.is_fresh(&etag) {
        return Ok(unchanged(&etag));
    }
    let store = asked.door.host.store.clone();
    let value: Bytes = apart(move || {
        let bytes = read(&store, &located)?;
        match bulk::find(&bytes, &path) {
            Ok(found) => Ok(found.bytes.into_owned().into()),
            Err(error) if error.fault() == Fault::Refused => Err(Refusal::NotFound),
            Err(error) => Err(Refusal::failed(error.fault(), sentence(&error))),
        }
    })
    .await?;
    let boundary = Boundary::from_u128(asked.id.0);
    let media = content_type(&choice, &boundary, None);
    let mut response = match choice.form {
        Form::Single => ranged(&asked, (&media, etag.as_str()), value)?,
        Form::Multipart => {
            let (base, path) = (asked.base(), asked.variable("path"));
            let instance = asked.variable("instance");
            let (study, series) = (asked.variable("study"), asked.variable("series"));
            let address = format!(
                "{base}/studies/{study}/series/{series}/instances/{instance}/bulkdata/{path}"
            );
            parts(&media, vec![(bulk_head(address), value)], boundary)
        }
    };
    put(response.headers_mut(), ETAG, etag.as_str());
    Ok(response)
}

/// A few parts that are there already.
pub fn parts(media: &str, parts: Vec<(Head, Bytes)>, boundary: Boundary) -> Response {
    let writer = Writer::new(boundary);
    let mut whole = Vec::with_capacity(parts.iter().map(|(_, bytes)| bytes.len() + 512).sum());
    for (number, (head, bytes)) in parts.iter().enumerate() {
        whole.extend_from_slice(&writer.head(number, head));
        whole.extend_from_slice(bytes);
    }
    whole.extend_from_slice(&writer.end());
    body(media, whole)
}
