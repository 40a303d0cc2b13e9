//! A request as the routes see it: who asks, what they were cleared for, and what they sent.

use super::Web;
use super::caller::Caller;
use super::guard::Clearance;
use super::status::Refusal;
use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use interval_core::access::{Grant, Panel};
use openidconnect::url::form_urlencoded;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Largest body of a request: an assignment or a reason is under 4 KiB, a logout token under 16.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Longest time until a body is complete.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// Longest pause within a body: whoever says nothing for so long has gone.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Parameters in one address; a search has four.
const PARAMETERS_MAX: usize = 32;

/// The number of one request, in its answer, its log line and its audit event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub u128);

impl RequestId {
    /// A new one.
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        // Without randomness the number says nothing, and everything that matters refuses anyway.
        let _ = getrandom::fill(&mut bytes);
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A request that was let in.
pub struct Asked {
    /// The door.
    pub door: Web,
    /// Its number.
    pub id: RequestId,
    /// When it came.
    pub now: SystemTime,
    /// Who asks, where somebody signed in.
    pub caller: Option<Caller>,
    /// What they were cleared for.
    pub clearance: Clearance,
    /// Its headers.
    pub headers: HeaderMap,
    /// The values of the template's variables.
    pub variables: Vec<(&'static str, String)>,
    /// The parameters of the address.
    pub parameters: Vec<(String, String)>,
    /// The query of the address as it is written.
    pub query: String,
    /// Its body, where the route takes it whole.
    pub body: Bytes,
    /// Its body, where the route takes it as it comes.
    pub stream: Mutex<Option<Body>>,
}

/// What a route answers.
pub type Answered = Result<Response, Refusal>;

impl Asked {
    /// The body that is taken as it comes; once.
    pub fn take_stream(&self) -> Body {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream.take().unwrap_or_else(Body::empty)
    }

    /// A variable of the template.
    pub fn variable(&self, name: &str) -> &str {
        let found = self.variables.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    /// A variable of the template, parsed. What does not parse does not exist.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Result<T, Refusal> {
        self.variable(name).parse().map_err(|_| Refusal::Forbidden)
    }

    /// A parameter of the address.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A number in the address, within its bounds.
    pub fn number(&self, name: &str, default: u64, most: u64) -> Result<u64, Refusal> {
        let Some(text) = self.parameter(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| *number <= most);
        number.ok_or_else(|| Refusal::Invalid(format!("{name} is a number up to {most}.")))
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        json_body(&self.headers, &self.body)
    }

    /// The grant for the patient whom the request is about.
    pub fn grant(&self) -> Result<&Grant, Refusal> {
        match &self.clearance {
            Clearance::Patient(grant) => Ok(grant),
            _ => Err(Refusal::Forbidden),
        }
    }

    /// The panel of the caller.
    pub fn panel(&self) -> Result<&Panel, Refusal> {
        match &self.clearance {
            Clearance::Panel(panel) => Ok(panel),
            _ => Err(Refusal::Forbidden),
        }
    }

    /// The caller.
    pub fn caller(&self) -> Result<&Caller, Refusal> {
        self.caller.as_ref().ok_or(Refusal::SignIn)
    }
}

/// A body, read as JSON.
pub fn json_body<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Refusal> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if media.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refusal::MediaType);
    }
    // The reason names fields of the form and positions in the text, never what was in them.
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Refusal::Invalid(format!(
            "The request is not in the form asked for (line {line}, column {column})."
        ))
    })
}

/// Pairs of an address's query, or of a form.
pub fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).take(PARAMETERS_MAX).map(|(k, v)| (k.into(), v.into())).collect()
}

/// Reads a body within its limits.
pub async fn body(body: Body) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(BODY_TIME_MAX, to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(read) => read.map_err(|_| Refusal::TooLarge),
        Err(_) => Err(Refusal::TooSlow),
    }
}

/// What comes of a body next, unless it pauses for too long.
pub async fn soon<T>(next: impl Future<Output = T>) -> Result<T, Refusal> {
    let silent = |_| Refusal::Malformed("The body did not go on.".into());
    tokio::time::timeout(PAUSE_MAX, next).await.map_err(silent)
}

/// The next piece of a body.
pub async fn next(stream: &mut BodyDataStream) -> Option<Result<Bytes, axum::Error>> {
    std::future::poll_fn(|cx| futures_core::Stream::poll_next(Pin::new(&mut *stream), cx)).await
}

/// The variables of a template, by the address that fits it.
pub fn variables(template: &'static str, path: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut rest = path;
    for part in template.split('/') {
        let (value, after) = rest.split_once('/').unwrap_or((rest, ""));
        if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            match name.strip_prefix('*') {
                // The last variable of some templates stands for all that is left.
                Some(name) => found.push((name, rest.to_owned())),
                None => found.push((name, value.to_owned())),
            }
        }
        rest = after;
    }
    found
}

/// Runs what computes or reads, off the threads that answer.
pub async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Refusal::failed(interval_core::fault::Fault::Defect, error))?
}

/// An answer in JSON.
pub fn json<T: Serialize>(value: &T) -> Answered {
    json_with(StatusCode::OK, value)
}

/// An answer in JSON with another status.
pub fn json_with<T: Serialize>(status: StatusCode, value: &T) -> Answered {
    let text = serde_json::to_vec(value)
        .map_err(|error| Refusal::failed(interval_core::fault::Fault::Defect, error))?;
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// An answer that says no more than that it is done.
pub fn done() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_gives_its_variables() {
        let found = variables("/api/v1/jobs/{job}/retry", "/api/v1/jobs/17/retry");
        assert_eq!(found, [("job", "17".to_owned())]);
        assert!(variables("/api/v1/me", "/api/v1/me").is_empty());
        let found = variables("/s/{study}/bulkdata/{*path}", "/s/1.2/bulkdata/00409096/0/7FE00010");
        assert_eq!(found[0], ("study", "1.2".to_owned()));
        assert_eq!(found[1], ("path", "00409096/0/7FE00010".to_owned()));
    }
    #[test]
    fn a_body_is_json_by_its_type_and_says_nothing_of_itself_when_it_is_not() {
        let mut headers = HeaderMap::new();
        let body = Bytes::from_static(b"{\"name\": \"Canary\", ");
        assert_eq!(json_body::<serde_json::Value>(&headers, &body), Err(Refusal::MediaType));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        let Err(Refusal::Invalid(what)) = json_body::<serde_json::Value>(&headers, &body) else {
            panic!("half a body was taken");
        };
        assert!(!what.contains("Canary"));
    }
}
