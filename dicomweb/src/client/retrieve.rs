//! Objects and metadata from another archive (WADO-RS).

use super::connection::Client;
use super::failure::ClientError;
use crate::json::DataSet;
use crate::media::MediaType;
use crate::multipart::{Boundary, Head, MultipartError, Reader};
use bytes::Bytes;
use futures_core::Stream;
use http::header::CONTENT_TYPE;
use interval_core::uid::{InstanceUid, SeriesUid, StudyUid};
use std::fmt;
use std::pin::Pin;

/// What is retrieved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A study.
    Study(StudyUid),
    /// A series.
    Series(StudyUid, SeriesUid),
    /// One object.
    Instance(StudyUid, SeriesUid, InstanceUid),
}

impl fmt::Display for Target {
    /// As the path of an address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Study(study) => write!(f, "/studies/{study}"),
            Self::Series(study, series) => write!(f, "/studies/{study}/series/{series}"),
            Self::Instance(study, series, instance) => {
                write!(f, "/studies/{study}/series/{series}/instances/{instance}")
            }
        }
    }
}

type Bodies = Pin<Box<dyn Stream<Item = Result<Bytes, reqwest::Error>> + Send>>;

/// Objects as they arrive.
pub struct Objects {
    body: Body,
    object_bytes_max: u64,
    /// Bytes of the object that is arriving.
    arrived: u64,
}

enum Body {
    Parts(Box<Reader<Bodies>>),
    /// An archive that answers one object without parts: its head, until it is asked for.
    Single(Bodies, Option<Head>),
}

impl Objects {
    /// The head of the next object; nothing once all are here. What is left of the one before is
    /// passed over.
    pub async fn next(&mut self) -> Result<Option<Head>, ClientError> {
        self.arrived = 0;
        match &mut self.body {
            Body::Parts(reader) => reader.part().await.map_err(ClientError::Parts),
            Body::Single(_, head) => Ok(head.take()),
        }
    }

    /// The next bytes of the object; nothing once it is whole.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, ClientError> {
        let piece = match &mut self.body {
            Body::Parts(reader) => reader.piece().await.map_err(ClientError::Parts)?,
            Body::Single(bodies, _) => {
                let next = std::future::poll_fn(|cx| bodies.as_mut().poll_next(cx)).await;
                let broke = |error| ClientError::Parts(MultipartError::Source(Box::new(error)));
                next.transpose().map_err(broke)?
            }
        };
        self.arrived += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if self.arrived > self.object_bytes_max {
            let bytes_max = self.object_bytes_max;
            return Err(ClientError::TooLarge { action: "retrieve", bytes_max });
        }
        Ok(piece)
    }
}

impl Client {
    /// Retrieves objects as the archive has them stored.
    pub async fn retrieve(&self, target: &Target) -> Result<Objects, ClientError> {
        // Some archives know the star only with quotes, some only without: a token needs none.
        let accept = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
        let response = self.get("retrieve", &target.to_string(), accept).await?;
        let told = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = told.and_then(|told| MediaType::parse(told).ok());
        let wrong = || ClientError::MediaType { action: "retrieve" };
        let media = media.ok_or_else(wrong)?;
        let boundary = match media.essence() {
            "application/dicom" => None,
            "multipart/related" => {
                let boundary = Boundary::of(told.unwrap_or_default()).map_err(|_| wrong())?.0;
                Some(boundary)
            }
            _ => return Err(wrong()),
        };
        let bodies: Bodies = Box::pin(response.bytes_stream());
        let body = match boundary {
            Some(boundary) => Body::Parts(Box::new(Reader::new(bodies, &boundary))),
            None => Body::Single(bodies, Some(Head::of(media))),
        };
        Ok(Objects { body, object_bytes_max: self.settings.object_bytes_max, arrived: 0 })
    }

    /// The metadata of objects.
    pub async fn metadata(&self, target: &Target) -> Result<Vec<DataSet>, ClientError> {
        self.page("metadata", &format!("{target}/metadata")).await
    }
}
