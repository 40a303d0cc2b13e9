//! The volumes and surfaces of a scene, as bytes that a browser may keep as long as it asks each time.

use super::{broken, bytes, named, never_made, not_there, scene};
use crate::pipeline::stage::packing;
use crate::pipeline::stage::scene::SCENE;
use crate::store::record::AssessmentRecord;
use crate::web::request::{Answered, Asked};
use crate::web::status::Refusal;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use interval_dicomweb::wado::{ETag, Freshness};

/// Largest volume that is unpacked here: 1024 x 512 x 512 voxels of two bytes.
const UNPACKED_BYTES_MAX: u64 = 512 << 20;

/// `GET /api/v1/studies/{study}/scene/{timepoint}/{name}`: 16-bit values for images (little endian,
/// i fastest), 8-bit for `labels`, `lesions` and `change`.
pub async fn volume(asked: Asked) -> Answered {
    let name = asked.variable("name").to_owned();
    if name == SCENE {
        return Err(Refusal::NotFound);
    }
    give(&asked, &name).await
}

/// `GET /api/v1/studies/{study}/scene/{timepoint}/surface/{track}`: see
/// `interval_imaging::surface::Surface::to_bytes`.
pub async fn surface(asked: Asked) -> Answered {
    let store = &asked.door.host.store;
    let (job, _) = scene(&asked).await?;
    let text = store.assessment(job).await?.ok_or_else(never_made)?;
    let assessment = AssessmentRecord::parse(text.as_bytes()).map_err(broken)?;
    let wanted = asked.variable("track");
    let track = assessment.tracks.iter().position(|track| track.name == wanted);
    let track = track.ok_or_else(not_there)?;
    give(&asked, &format!("surface/{track}")).await
}

/// One output of the timepoint in the address.
async fn give(asked: &Asked, name: &str) -> Answered {
    let (_, mut timepoints) = scene(asked).await?;
    let place = asked.variable("timepoint").parse::<usize>().ok();
    let place = place.filter(|place| *place < timepoints.len()).ok_or_else(not_there)?;
    let outputs = timepoints.swap_remove(place);
    let artefact = named(&outputs, name)?;
    let packed = takes_gzip(&asked.headers);
    let form = if packed { "gzip" } else { "plain" };
    let etag = ETag::of(&format!("{}-{form}", artefact.digest));
    let condition = asked.headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if etag.against(condition) == Freshness::Fresh {
        return Ok(answer(StatusCode::NOT_MODIFIED, &etag, Body::empty()));
    }
    let mut content = bytes(asked, artefact).await?;
    if !packed {
        let unpack = move || packing::unpack(&content, UNPACKED_BYTES_MAX);
        let unpacked = tokio::task::spawn_blocking(unpack).await.map_err(broken)?;
        content = unpacked.map_err(broken)?;
    }
    let mut response = answer(StatusCode::OK, &etag, Body::from(content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    if packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// What the browser may keep, as long as it asks each time whether it still may see it.
fn answer(status: StatusCode, etag: &ETag, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    put(ETAG, etag.as_str());
    put(CACHE_CONTROL, "private, no-cache");
    put(VARY, "accept-encoding");
    response
}

/// Whether the caller takes gzip (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_ok_and(|weight| weight > 0.)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accepted: &'static str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        assert_eq!(takes_gzip(&headers), expected, "{accepted}");
    }

    #[test]
    fn gzip_is_sent_to_whoever_takes_it() {
        check("gzip, deflate, br", true);
        check("br, GZIP;q=0.5", true);
        check("gzip;q=0, br", false);
        check("identity", false);
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
