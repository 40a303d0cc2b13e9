//! Calls through the router, in process.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

/// The origin that the tests' browsers see.
pub const ORIGIN: &str = "https://interval.test";

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a cookie that is set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.headers.get_all("set-cookie").iter().find_map(|line| {
            let (pair, _) = line.to_str().unwrap().split_once(';')?;
            let (known, value) = pair.split_once('=')?;
            (known == name).then(|| value.to_owned())
        })
    }

    /// Everything but what differs from request to request: the id.
    pub fn without_id(&self) -> (u16, String, Vec<(String, String)>) {
        let mut body = self.json();
        if let Some(body) = body.as_object_mut() {
            body.remove("id");
        }
        let headers = self.headers.iter().filter(|(name, _)| *name != "x-request-id");
        let mut headers: Vec<_> = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        (self.status.as_u16(), body.to_string(), headers)
    }
}

/// One call under construction.
pub struct Call {
    request: axum::http::request::Builder,
    body: Body,
}

impl Call {
    pub fn get(address: &str) -> Self {
        Self::new("GET", address)
    }

    pub fn post(address: &str) -> Self {
        Self::new("POST", address)
    }

    pub fn new(method: &str, address: &str) -> Self {
        Self { request: Request::builder().method(method).uri(address), body: Body::empty() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn cookie(self, name: &str, value: &str) -> Self {
        self.header("cookie", &format!("{name}={value}"))
    }

    /// As a page of ours sends it.
    pub fn own_page(self) -> Self {
        self.header("origin", ORIGIN).header("x-interval-request", "1")
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = Body::from(body.to_string());
        self.header("content-type", "application/json")
    }

    /// A body of any type.
    pub fn body(mut self, content_type: &str, body: Vec<u8>) -> Self {
        self.body = Body::from(body);
        self.header("content-type", content_type)
    }

    pub fn form(mut self, body: String) -> Self {
        self.body = Body::from(body);
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// The answer, whose body may go on.
    pub async fn start(self, router: &Router) -> axum::response::Response {
        router.clone().oneshot(self.request.body(self.body).unwrap()).await.unwrap()
    }

    /// The answer's status, headers and bytes.
    pub async fn bytes(self, router: &Router) -> (u16, HeaderMap, Vec<u8>) {
        self.bytes_up_to(router, 8 << 20).await
    }

    /// The same, of an answer that may be larger.
    pub async fn bytes_up_to(self, router: &Router, most: usize) -> (u16, HeaderMap, Vec<u8>) {
        let (parts, body) = self.start(router).await.into_parts();
        let bytes = to_bytes(body, most).await.unwrap();
        (parts.status.as_u16(), parts.headers, bytes.to_vec())
    }

    pub async fn send(self, router: &Router) -> Answer {
        let response = self.start(router).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 8 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}
