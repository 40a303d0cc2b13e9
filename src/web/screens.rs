//! The pages of the viewer: files that were built beside the program and lie inside it. Every
//! address below `/app` is the one page; its script finds out which screen is meant.

use super::request::{Answered, Asked};
use super::status::Refusal;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
    VARY,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::fmt::Write;

/// What the build of the viewer left; nothing where it was not built.
#[derive(RustEmbed)]
#[folder = "viewer/dist"]
#[allow_missing = true]
struct Files;

/// The page.
const PAGE: &str = "index.html";

/// Where the page begins.
const APP: &str = "/app/";

/// A file whose name tells its content never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// Said where there is no page.
const WITHOUT: &str = "<!doctype html><title>Interval</title>\
    <p>This program was built without its screens. Run: cargo xtask setup";

/// The page itself is asked for again each time.
const AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Types of the files that the build writes.
const TYPES: [(&str, &str); 9] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("ico", "image/vnd.microsoft.icon"),
    ("woff2", "font/woff2"),
    ("wasm", "application/wasm"),
];

/// `GET /`: on to the page.
pub async fn door(_: Asked) -> Answered {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(APP));
    Ok(response)
}

/// `GET /app/{*screen}`
pub async fn page(asked: Asked) -> Answered {
    match file(&asked, PAGE, AGAIN) {
        Err(Refusal::NotFound) => Ok(without()),
        answered => answered,
    }
}

/// What stands there in a program that was built without its viewer.
fn without() -> Response {
    let mut response = Response::new(Body::from(WITHOUT));
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// `GET /assets/{*file}`
pub async fn asset(asked: Asked) -> Answered {
    file(&asked, &format!("assets/{}", asked.variable("file")), FOREVER)
}

/// A file of the build, compressed beforehand where the browser takes it so.
fn file(asked: &Asked, name: &str, keep: HeaderValue) -> Answered {
    let taken = |header, word: &str| {
        asked.headers.get(header).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains(word))
    };
    let packed = taken(ACCEPT_ENCODING, "gzip").then(|| Files::get(&format!("{name}.gz")));
    let (found, encoding) = match packed.flatten() {
        Some(packed) => (packed, Some(HeaderValue::from_static("gzip"))),
        None => (Files::get(name).ok_or(Refusal::NotFound)?, None),
    };
    let tag = tag(&found);
    let is_known = taken(IF_NONE_MATCH, &tag);
    let body = if is_known { Body::empty() } else { Body::from(found.data.into_owned()) };
    let mut response = Response::new(body);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    let extension = name.rsplit('.').next().unwrap_or_default();
    let kind = TYPES.iter().find(|(known, _)| *known == extension);
    let kind = kind.map_or("application/octet-stream", |(_, kind)| kind);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, keep);
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, encoding);
    }
    Ok(response)
}

fn tag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        // Writing to a text does not fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}
