//! The label map of a draft: one byte a voxel on the grid of the study's own T1c, `i` fastest.

use super::{answer, change, etag, look, look_as_seen};
use crate::review::{Change, Desk, ReviewError};
use crate::web::request::{Answered, Asked};
use crate::web::status::Refusal;
use axum::body::{Body, to_bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use interval_core::fault::Fault;
use std::io::Read;
use std::time::Duration;

/// Longest time until a label map is complete.
const BODY_TIME_MAX: Duration = Duration::from_mins(1);

/// What gzip adds to bytes that it cannot make smaller, at most: five bytes for each 16 KiB of
/// some 100 MB, and its frame.
const GZIP_EXCESS: usize = 64 * 1024;

const OCTETS: &str = "application/octet-stream";

/// `GET /api/v1/studies/{study}/review/labels`
pub async fn labels(asked: Asked) -> Answered {
    let seen = look(&asked).await?;
    let desk = Desk { store: &asked.door.host.store, grant: asked.grant()?, review: &seen.review };
    let voxels = desk.labels().await?.into_voxels();
    let mut taken = header(&asked.headers, &ACCEPT_ENCODING).split(',');
    let packs = taken.any(|one| one.split(';').next().map(str::trim) == Some("gzip"));
    let bytes = if packs { off(move || pack(&voxels)).await? } else { voxels };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(OCTETS));
    headers.insert(ETAG, etag(seen.review.revision)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if packs {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// `PUT /api/v1/studies/{study}/review/labels`
pub async fn paint(asked: Asked) -> Answered {
    let media = header(&asked.headers, &CONTENT_TYPE);
    if media.split(';').next().map(str::trim) != Some(OCTETS) {
        return Err(Refusal::MediaType);
    }
    let packed = match header(&asked.headers, &CONTENT_ENCODING).trim() {
        "" | "identity" => false,
        "gzip" => true,
        _ => return Err(Refusal::MediaType),
    };
    let seen = look_as_seen(&asked).await?;
    let desk = Desk { store: &asked.door.host.store, grant: asked.grant()?, review: &seen.review };
    let wanted = desk.labels().await?.grid().len();
    let most = if packed { wanted + GZIP_EXCESS } else { wanted };
    let read = tokio::time::timeout(BODY_TIME_MAX, to_bytes(asked.take_stream(), most)).await;
    let body = read.map_err(|_| Refusal::TooSlow)?.map_err(|_| Refusal::TooLarge)?;
    let voxels = if packed { off(move || unpack(&body, wanted)).await? } else { body.to_vec() };
    if voxels.len() != wanted {
        return Err(ReviewError::Size { wanted, given: voxels.len() }.into());
    }
    let seen = change(&asked, seen, Change::Paint(voxels)).await?;
    answer(&asked, StatusCode::OK, &seen).await
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// Runs what takes long where it holds nobody up.
async fn off(
    work: impl FnOnce() -> Result<Vec<u8>, Refusal> + Send + 'static,
) -> Result<Vec<u8>, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Refusal::failed(Fault::Defect, error))?
}

fn pack(voxels: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut packed = Vec::new();
    GzEncoder::new(voxels, Compression::fast())
        .read_to_end(&mut packed)
        .map_err(|error| Refusal::failed(Fault::Defect, error))?;
    Ok(packed)
}

/// Never more than one byte beyond what is wanted comes out, whatever went in.
fn unpack(packed: &[u8], wanted: usize) -> Result<Vec<u8>, Refusal> {
    let mut voxels = Vec::with_capacity(wanted);
    GzDecoder::new(packed)
        .take(wanted as u64 + 1)
        .read_to_end(&mut voxels)
        .map_err(|_| Refusal::Malformed("The body is no gzip.".into()))?;
    if voxels.len() > wanted { Err(Refusal::TooLarge) } else { Ok(voxels) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_and_never_more_than_wanted() {
        let voxels = vec![3; 100_000];
        let packed = pack(&voxels).unwrap();
        assert!(packed.len() < 1_000);
        assert_eq!(unpack(&packed, 100_000).unwrap(), voxels);
        assert_eq!(unpack(&packed, 99_999), Err(Refusal::TooLarge));
        assert_eq!(unpack(&packed, 100_001).unwrap().len(), 100_000);
        assert!(matches!(unpack(b"no gzip", 9), Err(Refusal::Malformed(_))));
    }
}
