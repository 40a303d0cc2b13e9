//! The two cookies of the door: one for the time of signing in, one for the session. Both carry a
//! random name and nothing else.

use super::config::WebConfig;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use cookie::{Cookie, SameSite};
use std::time::Duration;

/// The session. The prefix makes browsers insist on TLS, on this host and on the whole of it.
pub const SESSION: &str = "__Host-interval";

/// A sign-in under way.
pub const LOGIN: &str = "__Host-interval-login";

/// Whether our pages are shown within another site's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// They stand alone.
    Alone,
    /// They are framed by a record system: the cookie is sent there too, kept apart for each site
    /// that frames us.
    Framed,
}

impl Setting {
    /// As configured.
    pub fn of(config: &WebConfig) -> Self {
        if config.frame_ancestors.is_empty() { Self::Alone } else { Self::Framed }
    }
}

/// The value of a cookie that the browser sent, when it sent it once.
pub fn sent(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut values = lines
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned());
    let first = values.next()?;
    if values.next().is_some() { None } else { Some(first) }
}

/// The header that sets a cookie for a time.
pub fn set(name: &str, value: &str, life: Duration, setting: Setting) -> Option<HeaderValue> {
    let life = cookie::time::Duration::seconds(life.as_secs() as i64);
    let mut cookie = Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        // Lax and not Strict: coming back from the provider is a navigation from another site.
        // Requests that change something are checked for their origin as well.
        .same_site(SameSite::Lax)
        .max_age(life);
    if setting == Setting::Framed {
        cookie = cookie.same_site(SameSite::None).partitioned(true);
    }
    HeaderValue::from_str(&cookie.build().to_string()).ok()
}

/// The header that takes a cookie away.
pub fn clear(name: &str, setting: Setting) -> Option<HeaderValue> {
    set(name, "", Duration::ZERO, setting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_for_this_host_by_tls_and_not_for_scripts() {
        let header = set(SESSION, "abc", Duration::from_mins(1), Setting::Alone).unwrap();
        let text = header.to_str().unwrap();
        for part in ["__Host-", "HttpOnly", "Secure", "Path=/", "SameSite=Lax", "Max-Age=60"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("Domain"));
    }
    #[test]
    fn a_framed_page_has_a_cookie_of_its_own() {
        let header = set(SESSION, "abc", Duration::from_mins(1), Setting::Framed).unwrap();
        let text = header.to_str().unwrap();
        assert!(text.contains("SameSite=None") && text.contains("Partitioned"), "{text}");
    }
    #[test]
    fn two_cookies_of_one_name_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; __Host-interval=x"));
        assert_eq!(sent(&headers, SESSION).as_deref(), Some("x"));
        headers.append(COOKIE, HeaderValue::from_static("__Host-interval=y"));
        assert_eq!(sent(&headers, SESSION), None);
    }
}
