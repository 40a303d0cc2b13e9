//! Whether a request that changes something came from a page of ours (ASVS 3.5: cross-site request
//! forgery). Cookies alone do not tell; the browser's own word about the page does.

use super::status::Refusal;
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;

/// The header that our pages put on requests that change something; another site's page cannot
/// without asking first, and we never say yes.
pub const MARK: &str = "x-interval-request";

/// Refuses what another site's page sent, or what says nothing about where it came from.
pub fn check(headers: &HeaderMap, ours: &str) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin_is_ours = match (text(ORIGIN.as_str()), text("sec-fetch-site")) {
        (Some(origin), None | Some("same-origin")) => origin == ours,
        (None, Some(site)) => site == "same-origin",
        (Some(_), Some(_)) | (None, None) => false,
    };
    if origin_is_ours && text(MARK) == Some("1") { Ok(()) } else { Err(Refusal::CrossSite) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    const OURS: &str = "https://interval.example";

    #[track_caller]
    fn check_pair(sent: &[(&'static str, &'static str)], taken: bool) {
        let pairs = sent
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let headers: HeaderMap = pairs.collect();
        assert_eq!(check(&headers, OURS).is_ok(), taken, "{sent:?}");
    }

    #[test]
    fn a_page_of_ours_may() {
        let mark = (MARK, "1");
        check_pair(&[mark, ("origin", OURS)], true);
        check_pair(&[mark, ("origin", OURS), ("sec-fetch-site", "same-origin")], true);
        check_pair(&[mark, ("sec-fetch-site", "same-origin")], true);
    }
    #[test]
    fn another_sites_page_may_not() {
        let mark = (MARK, "1");
        check_pair(&[mark, ("origin", "https://evil.example")], false);
        check_pair(&[mark, ("origin", "null")], false);
        check_pair(&[mark, ("origin", "https://interval.example.evil.example")], false);
        check_pair(&[mark, ("origin", "http://interval.example")], false);
        check_pair(&[mark, ("origin", OURS), ("sec-fetch-site", "cross-site")], false);
        check_pair(&[mark, ("sec-fetch-site", "same-site")], false);
        check_pair(&[mark], false);
        check_pair(&[("origin", OURS)], false);
    }
}
