//! Stores in another archive (STOW-RS).

use super::connection::{Client, answered};
use super::failure::ClientError;
use crate::media::MediaType;
use crate::multipart::{Boundary, Encoder, Head, Piece, Writer};
use crate::stow::Report;
use bytes::Bytes;
use futures_core::Stream;
use interval_core::uid::StudyUid;
use reqwest::Body;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

/// An object in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its bytes, as in a file.
    pub bytes: Bytes,
}

/// The head of an object that is sent.
fn head() -> Head {
    Head::of(MediaType::of("application/dicom"))
}

impl Client {
    /// Stores objects that are in memory. What became of each is in the report: one that is not
    /// listed there is not known to be kept. `boundary` is random.
    pub async fn store(
        &self,
        study: Option<&StudyUid>,
        objects: Vec<Object>,
        boundary: u128,
    ) -> Result<Report, ClientError> {
        let boundary = Boundary::from_u128(boundary);
        let head = head();
        let sizes = objects.iter().map(|object| (&head, object.bytes.len() as u64));
        let length = Writer::new(boundary.clone()).length(sizes);
        let pieces = objects
            .into_iter()
            .flat_map(|object| [Piece::Part(head.clone()), Piece::Content(object.bytes)]);
        let pieces = Given(pieces.collect());
        self.store_body(study, Encoder::new(pieces, boundary.clone()), &boundary, Some(length))
            .await
    }

    /// Stores objects as they come: a head before each, then its bytes. Without `length`, the bytes
    /// of the whole body as [`Writer::length`] gives them, it is sent in chunks.
    pub async fn store_stream<S, E>(
        &self,
        study: Option<&StudyUid>,
        pieces: S,
        boundary: u128,
        length: Option<u64>,
    ) -> Result<Report, ClientError>
    where
        S: Stream<Item = Result<Piece, E>> + Send + Unpin + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        let boundary = Boundary::from_u128(boundary);
        self.store_body(study, Encoder::new(pieces, boundary.clone()), &boundary, length).await
    }

    async fn store_body<S, E>(
        &self,
        study: Option<&StudyUid>,
        body: Encoder<S>,
        boundary: &Boundary,
        length: Option<u64>,
    ) -> Result<Report, ClientError>
    where
        S: Stream<Item = Result<Piece, E>> + Send + Unpin + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        let path = study.map_or_else(|| "/studies".to_owned(), |study| format!("/studies/{study}"));
        let content_type = boundary.content_type("application/dicom");
        let response = self.upload(&path, &content_type, Body::wrap_stream(body), length).await?;
        // A refusal that tells of each object is an answer: some archives say 400 to it.
        if !matches!(response.status().as_u16(), 200..=299 | 400 | 409) {
            return answered("store", Ok(response)).and(Ok(Report::default()));
        }
        let status = response.status();
        let body = self.body("store", response).await?;
        match Report::parse(&body) {
            Ok(report) if status.is_success() || !report.outcomes.is_empty() => Ok(report),
            Err(error) if status.is_success() => Err(ClientError::Report(error)),
            _ => Err(ClientError::refusal("store", status.as_u16())),
        }
    }
}

/// Pieces that are all there.
struct Given(VecDeque<Piece>);

impl Stream for Given {
    type Item = Result<Piece, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}
