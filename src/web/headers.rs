//! What every answer tells the browser: where scripts may come from, who may frame it, that
//! nothing is kept.

use super::config::WebConfig;
use super::request::RequestId;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};

/// Browsers come back by TLS only, for a year (RFC 6797).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Nothing of a device is asked for.
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()",
);

/// Scripts and styles come from files of ours only; pictures may be made in the page.
const CONTENT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; \
    manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors ";

/// The headers, worked out once.
#[derive(Debug, Clone)]
pub struct Dress {
    content: HeaderValue,
    has_frames: Frames,
    transport: Transport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frames {
    None,
    Some,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Tls,
    Loopback,
}

impl Dress {
    /// As configured.
    pub fn new(config: &WebConfig) -> Self {
        let ancestors = if config.frame_ancestors.is_empty() {
            "'none'".to_owned()
        } else {
            format!("'self' {}", config.frame_ancestors.join(" "))
        };
        // Origins were checked at start, so the text is a header; without it nothing is framed.
        let content = HeaderValue::from_str(&format!("{CONTENT}{ancestors}"))
            .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
        let is_empty = config.frame_ancestors.is_empty();
        Self {
            content,
            has_frames: if is_empty { Frames::None } else { Frames::Some },
            transport: if config.insecure_loopback { Transport::Loopback } else { Transport::Tls },
        }
    }

    /// Puts them on an answer.
    pub fn put_on(&self, headers: &mut HeaderMap, id: RequestId) {
        headers.insert(CONTENT_SECURITY_POLICY, self.content.clone());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(HeaderName::from_static("permissions-policy"), PERMISSIONS);
        let opener = HeaderName::from_static("cross-origin-opener-policy");
        headers.insert(opener, HeaderValue::from_static("same-origin"));
        let resource = HeaderName::from_static("cross-origin-resource-policy");
        headers.insert(resource, HeaderValue::from_static("same-origin"));
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if self.has_frames == Frames::None {
            headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
        if self.transport == Transport::Tls {
            headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
        }
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            headers.insert(HeaderName::from_static("x-request-id"), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(config: &str, header: &str, part: Option<&str>) {
        let config: WebConfig = toml::from_str(config).unwrap();
        let mut headers = HeaderMap::new();
        Dress::new(&config).put_on(&mut headers, RequestId(7));
        let value = headers.get(header).map(|value| value.to_str().unwrap());
        match part {
            Some(part) => assert!(value.unwrap().contains(part), "{header}: {value:?}"),
            None => assert_eq!(value, None),
        }
    }

    #[test]
    fn no_script_is_inline_and_nobody_frames_us() {
        check("", "content-security-policy", Some("script-src 'self';"));
        check("", "content-security-policy", Some("frame-ancestors 'none'"));
        check("", "x-frame-options", Some("DENY"));
    }
    #[test]
    fn a_record_system_frames_us_where_configured() {
        let config = "frame_ancestors = ['https://ehr.example']";
        let expected = "frame-ancestors 'self' https://ehr.example";
        check(config, "content-security-policy", Some(expected));
        check(config, "x-frame-options", None);
    }
    #[test]
    fn nothing_is_kept_by_the_browser() {
        check("", "cache-control", Some("no-store"));
        check("", "strict-transport-security", Some("31536000"));
        check("insecure_loopback = true", "strict-transport-security", None);
    }
}
