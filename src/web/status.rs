//! What a refusal looks like on the wire: RFC 9457 problems with a plain sentence and an id, and
//! nothing from inside.

use super::request::RequestId;
use axum::body::Body;
use axum::http::header::{CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use interval_core::fault::Fault;
use serde_json::json;
use std::time::Duration;
use tracing::error;

/// Why a request is not answered as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is signed in.
    SignIn,
    /// A fresh sign-in with several factors is needed first.
    StepUp,
    /// Not permitted, or not there: one and the same answer.
    Forbidden,
    /// The request came from another site's page.
    CrossSite,
    /// The request cannot be understood; the sentence says what is wrong with it.
    Invalid(String),
    /// The request is not of the form that its standard asks for; the sentence says why.
    Malformed(String),
    /// Nothing that can be given would be taken.
    NotAcceptable(String),
    /// The range is not within so many bytes.
    Range(u64),
    /// The request is understood, and the rules do not allow it.
    Conflict(String),
    /// The request does not say which revision it changes.
    Precondition,
    /// The body is larger than the route takes.
    TooLarge,
    /// The body did not come in time.
    TooSlow,
    /// The body is of another type.
    MediaType,
    /// Too many requests; again after this time.
    TooMany(Duration),
    /// There is no such page.
    NotFound,
    /// It was never made, or is no more; the sentence says why.
    Missing(String),
    /// Something of ours failed. The words are for the log.
    Failed {
        /// What it asks of the other side.
        fault: Fault,
        /// What failed.
        what: String,
    },
}

impl Refusal {
    /// A failure, with its words for the log.
    pub fn failed(fault: Fault, what: impl std::fmt::Display) -> Self {
        Self::Failed { fault, what: what.to_string() }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignIn | Self::StepUp => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
            Self::Range(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Precondition => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound | Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::Failed { fault, .. } => of_fault(*fault),
        }
    }

    fn sentence(&self) -> &str {
        match self {
            Self::SignIn => "Please sign in.",
            Self::StepUp => "Please confirm with a fresh sign-in with several factors.",
            Self::Forbidden => "You have no access to this.",
            Self::CrossSite => "This request did not come from a page of Interval.",
            Self::Invalid(what)
            | Self::Malformed(what)
            | Self::NotAcceptable(what)
            | Self::Missing(what)
            | Self::Conflict(what) => what,
            Self::Range(_) => "The range is not within the body.",
            Self::Precondition => "Please say in If-Match which revision this changes.",
            Self::TooLarge => "The request is larger than is taken here.",
            Self::TooSlow => "The request did not come to its end in time.",
            Self::MediaType => "The request is of a type that is not taken here.",
            Self::TooMany(_) => "Too many requests; please try again in a moment.",
            Self::NotFound => "There is no such page.",
            Self::Failed { fault: Fault::Refused, .. } => "The request cannot be carried out.",
            Self::Failed { fault: Fault::Exhausted, .. } => {
                "A limit of this node is reached; please try again later."
            }
            Self::Failed { fault: Fault::Unavailable, .. } => {
                "A part that this needs is away; please try again later."
            }
            Self::Failed { fault: Fault::Defect, .. } => {
                "Something went wrong here. Please tell your administrator the id."
            }
        }
    }

    /// The answer.
    pub fn response(&self, id: RequestId) -> Response {
        if let Self::Failed { fault, what } = self {
            error!(%id, fault = fault.as_str(), "a request failed: {what}");
        }
        let status = self.status();
        let mut problem = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "detail": self.sentence(),
            "id": id.to_string(),
        });
        if *self == Self::StepUp {
            problem["step_up"] = json!(true);
        }
        let mut response = Response::new(Body::from(problem.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self {
            Self::SignIn => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::StepUp => {
                // RFC 9470, section 3; the age is that of `core::access::STEP_UP_LIFE`.
                let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=300";
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
            Self::Range(length) => {
                if let Ok(range) = HeaderValue::from_str(&format!("bytes */{length}")) {
                    headers.insert(CONTENT_RANGE, range);
                }
            }
            Self::TooMany(wait) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
            }
            _ => {}
        }
        response
    }
}

/// The status of a fault (DESIGN: faults and doubts).
pub fn of_fault(fault: Fault) -> StatusCode {
    match fault {
        Fault::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::Exhausted => StatusCode::TOO_MANY_REQUESTS,
        Fault::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Fault::Defect => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(refusal: Refusal, status: u16) {
        assert_eq!(refusal.response(RequestId(1)).status().as_u16(), status);
    }

    #[test]
    fn each_fault_has_its_status() {
        let failed = |fault| Refusal::failed(fault, "inside");
        check(failed(Fault::Refused), 422);
        check(failed(Fault::Exhausted), 429);
        check(failed(Fault::Unavailable), 503);
        check(failed(Fault::Defect), 500);
    }
    #[test]
    fn nothing_from_inside_is_said() {
        let what = "SELECT secret FROM table".to_owned();
        for fault in [Fault::Refused, Fault::Exhausted, Fault::Unavailable, Fault::Defect] {
            assert!(!Refusal::Failed { fault, what: what.clone() }.sentence().contains("SELECT"));
        }
    }
    #[test]
    fn a_step_up_is_hinted_at() {
        let response = Refusal::StepUp.response(RequestId(1));
        let challenge = response.headers()[WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.contains("insufficient_user_authentication"));
    }
}
