//! Where the values are that metadata leave out. Whoever calls us by our own name gets whole
//! addresses. A viewer behind somebody else's proxy would be turned away by its browser there: it
//! gets addresses relative to the one that it asked (RFC 3986, section 5.2), as DICOM JSON allows.

use crate::store::catalogue::Located;
use crate::web::request::Asked;
use axum::http::HeaderMap;
use axum::http::header::HOST;

/// What a proxy says that it was called by.
const FORWARDED_HOST: &str = "x-forwarded-host";

/// How objects are addressed in one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addresses {
    /// From the address of the service, which is this.
    Whole(String),
    /// From the metadata of a study.
    FromStudy,
    /// From the metadata of a series.
    FromSeries,
    /// From the metadata of an instance.
    FromInstance,
}

impl Addresses {
    /// Those for an answer to this request.
    pub fn of(asked: &Asked) -> Self {
        if is_by_name(&asked.headers, asked.door.origin()) {
            return Self::Whole(asked.base());
        }
        match (asked.variable("series"), asked.variable("instance")) {
            ("", _) => Self::FromStudy,
            (_, "") => Self::FromSeries,
            _ => Self::FromInstance,
        }
    }

    /// The address of an object.
    pub fn instance(&self, object: &Located) -> String {
        let Located { study, series, uid, .. } = object;
        match self {
            Self::Whole(base) => format!("{base}/studies/{study}/series/{series}/instances/{uid}"),
            Self::FromStudy => format!("series/{series}/instances/{uid}"),
            Self::FromSeries => format!("instances/{uid}"),
            Self::FromInstance => format!("../{uid}"),
        }
    }

    /// Tells answers apart that address otherwise.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Whole(_) => "metadata",
            _ => "metadata by relative addresses",
        }
    }
}

/// Whether the caller calls us by our public name: nothing is believed of what it says otherwise.
fn is_by_name(headers: &HeaderMap, origin: &str) -> bool {
    let (_, ours) = origin.split_once("://").unwrap_or(("", origin));
    let is_ours =
        |value: &axum::http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(ours.as_bytes());
    headers.get(HOST).is_none_or(is_ours) && headers.get(FORWARDED_HOST).is_none_or(is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[track_caller]
    fn check(sent: &[(&'static str, &'static str)], expected: bool) {
        let pairs = sent.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        let headers: HeaderMap = pairs.collect();
        assert_eq!(is_by_name(&headers, "https://node.example:8443"), expected, "{sent:?}");
    }

    #[test]
    fn whoever_says_nothing_or_our_name_calls_us_by_it() {
        check(&[], true);
        check(&[("host", "Node.example:8443")], true);
        check(&[("host", "node.example:8443"), (FORWARDED_HOST, "node.example:8443")], true);
    }
    #[test]
    fn a_proxy_of_another_name_is_another_name() {
        check(&[("host", "viewer.example")], false);
        check(&[("host", "node.example")], false);
        check(&[("host", "node.example:8443"), (FORWARDED_HOST, "viewer.example")], false);
    }
}
